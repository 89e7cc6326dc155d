//! `module` and `logger`: how many records, and how many of them errors, by name.

use serde::{Deserialize, Serialize};

use crate::record::{Batch, Level, NameId};
use crate::summary::{Body, Look, Table, Value};

use super::keyed::Keyed;
use super::{Setup, State, View, scalars};

/// Records, and how many of them are errors (ERROR and CRITICAL).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) records: u64,
    pub(super) errors: u64,
}

impl Tally {
    /// Counts a record of this level.
    pub(super) fn add(&mut self, level: NameId) {
        self.records += 1;
        self.errors += u64::from(is_error(level));
    }

    /// Adds another tally.
    pub(super) fn merge(&mut self, other: Tally) {
        self.records += other.records;
        self.errors += other.errors;
    }
}

/// Whether a record of this level counts as an error, see [`Level::is_error`]: the numbers of the
/// levels are fixed, and those of errors come last. A single comparison, and so no jump that
/// would have to be guessed for each record.
#[inline]
pub(super) fn is_error(level: NameId) -> bool {
    const FIRST: u32 = Level::Error as u32;
    level.0.wrapping_sub(FIRST) <= Level::Critical as u32 - FIRST
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
    fn observe(&mut self, batch: &Batch, rows: &[u32]) {
        let column = match self.column {
            Column::Module => &batch.module,
            Column::Logger => &batch.logger,
        };
        let mut none = Tally::default();
        let named = rows.iter().filter_map(|&row| {
            let (name, level) = (column[row as usize], batch.level[row as usize]);
            if name.is_some() {
                return Some((name, level));
            }
            none.add(level);
            None
        });
        self.table.add_named(&batch.names, named, Tally::add);
        self.none.merge(none);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_levels_tell_errors() {
        let numbers = (0..9).chain([u32::MAX]).map(NameId);
        for name in numbers {
            let level = Level::from_name(name);
            assert_eq!(is_error(name), level.is_some_and(Level::is_error), "{name:?}");
        }
    }
}
