//! `module` and `logger`: how many records, and how many of them errors, by name.

use serde::{Deserialize, Serialize};

use crate::record::NameId;
use crate::summary::{Body, Look, Table, Value};

use super::keyed::Keyed;
use super::records::Records;
use super::rows::is_error;
use super::{Setup, State, View, scalars};

/// Records, and how many of them are errors (ERROR and CRITICAL).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) records: u64,
    pub(super) errors: u64,
}

impl Tally {
    /// Counts a record of this level.
    #[inline]
    pub(super) fn add(&mut self, level: NameId) {
        // Both counts at once.
        const OF: [Tally; 2] = [Tally { records: 1, errors: 0 }, Tally { records: 1, errors: 1 }];
        self.merge(OF[usize::from(is_error(level))]);
    }

    /// Adds another tally.
    #[inline]
    pub(super) fn merge(&mut self, other: Tally) {
        self.records += other.records;
        self.errors += other.errors;
    }
}

/// Which column names are taken from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Column {
    #[default]
    Module,
    Logger,
}

/// Records by a name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Names {
    column: Column,
    table: Keyed<Tally>,
    none: Tally,
}

impl Names {
    pub(super) fn modules(setup: &Setup) -> Names {
        Names::new(setup, Column::Module)
    }

    pub(super) fn loggers(setup: &Setup) -> Names {
        Names::new(setup, Column::Logger)
    }

    fn new(setup: &Setup, column: Column) -> Names {
        let table = Keyed::of(setup);
        Names { column, table, none: Tally::default() }
    }
}

impl State for Names {
    fn observe(&mut self, records: &Records<'_>) {
        let column = match self.column {
            Column::Module => &records.batch.module,
            Column::Logger => &records.batch.logger,
        };
        let none = |level| self.none.add(level);
        self.table.add_named(records, column, &records.batch.level, Tally::add, none);
    }

    fn merge(&mut self, later: Names) {
        self.table.merge(later.table, Tally::merge);
        self.none.merge(later.none);
    }

    fn summarize(&self, view: &View) -> Body {
        let look = Look::Ranking { width: 20, unit: "" };
        let mut table = match self.column {
            Column::Module => {
                let columns = &["name", "records", "errors"];
                Table::new("modules", "📦 Events by Module", look, columns)
            }
            Column::Logger => {
                let columns = &["name", "records", "errors"];
                Table::new("loggers", "📦 Events by Logger", look, columns)
            }
        };
        let row = |name: Value, tally: &Tally| {
            vec![name, Value::count(tally.records), Value::count(tally.errors)]
        };
        let (ranked, omitted) = self.table.ranked(view.top, |tally| tally.records);
        table.rows.extend(ranked.into_iter().map(|(name, tally)| row(Value::text(name), tally)));
        table.omitted = omitted;
        if self.none.records > 0 {
            table.rows.push(row(Value::Rest("(none)"), &self.none));
        }
        if let Some(other) = self.table.other() {
            table.rows.push(row(Value::Rest("(other)"), other));
            table.capped = true;
        }
        Body::Figures { scalars: scalars(self, &["distinct"], view), tables: vec![table] }
    }

    fn figure(&self, name: &str, _: &View) -> Option<Value> {
        match name {
            "distinct" => Some(Value::count(self.table.len() as u64)),
            "records" => {
                let named = self.table.iter().map(|(_, tally)| tally);
                let all = named.chain(self.table.other()).chain([&self.none]);
                Some(Value::count(all.map(|tally| tally.records).sum()))
            }
            _ => None,
        }
    }

    fn silent(&self) -> bool {
        self.table.is_empty()
    }
}
