//! `level`: how many records of each level.

use serde::{Deserialize, Serialize};

use crate::record::{Batch, Level};
use crate::summary::{Body, Look, Table, Value};

use super::keyed::Keyed;
use super::records::Records;
use super::{Setup, State, View, scalars};

/// Records by level. A level that is none of the six counts under its own name; records without
/// one count as `(none)`, last.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Levels {
    levels: Keyed<u64>,
    none: u64,
}

impl Levels {
    pub(super) fn new(setup: &Setup) -> Levels {
        Levels { levels: Keyed::of(setup), none: 0 }
    }
}

impl State for Levels {
    fn observe(&mut self, records: &Records<'_>) {
        let Batch { names, level: column, .. } = records.batch;
        let [none, six @ .., others] = records.by_level();
        self.none += none;
        let six = Level::ALL.map(Level::to_name).into_iter().zip(six).filter(|(_, n)| *n > 0);
        if others > 0 || six.clone().any(|(level, _)| self.levels.named(names, level).is_none()) {
            // What is seen for the first time takes its place in the order of the rows.
            return self.levels.add_named(records, column, column, |n, _| *n += 1, |_| {});
        }
        six.for_each(|(level, more)| {
            self.levels.named(names, level).into_iter().for_each(|n| *n += more);
        });
    }

    fn merge(&mut self, later: Levels) {
        self.levels.merge(later.levels, |mine, theirs| *mine += theirs);
        self.none += later.none;
    }

    fn summarize(&self, view: &View) -> Body {
        let look = Look::Ranking { width: 10, unit: "" };
        let mut table = Table::new("levels", "📈 Events by Level", look, &["level", "records"]);
        let (ranked, omitted) = self.levels.ranked(view.top, |n| *n);
        let row = |name: Value, n: u64| vec![name, Value::count(n)];
        table.rows.extend(ranked.into_iter().map(|(name, n)| row(Value::text(name), *n)));
        table.omitted = omitted;
        if self.none > 0 {
            table.rows.push(row(Value::Rest("(none)"), self.none));
        }
        if let Some(other) = self.levels.other() {
            table.rows.push(row(Value::Rest("(other)"), *other));
            table.capped = true;
        }
        Body::Figures { scalars: scalars(self, &["records"], view), tables: vec![table] }
    }

    fn figure(&self, name: &str, _: &View) -> Option<Value> {
        let named = self.levels.iter().map(|(_, n)| n).chain(self.levels.other());
        (name == "records").then(|| Value::count(self.none + named.sum::<u64>()))
    }
}
