//! `input`, for rules: what became of the lines of a window.

use serde::{Deserialize, Serialize};

use crate::record::Accounting;
use crate::summary::{Body, Value};

use super::{Setup, State, View, scalars};

/// Sums of what is told of lines. They come by [`State::account`] alone: malformed ones have no
/// columns to observe.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Lines(Accounting);

const SCALARS: [&str; 9] = [
    "lines",
    "records",
    "malformed",
    "oversize",
    "blank",
    "undated",
    "own_alerts",
    "possible_losses",
    "malformed_ratio",
];

impl Lines {
    pub(super) fn new(_: &Setup) -> Lines {
        Lines::default()
    }
}

impl State for Lines {
    fn account(&mut self, lines: &Accounting) {
        self.0.merge(lines);
        // Nobody asks a rule for samples.
        self.0.samples.clear();
    }

    fn merge(&mut self, later: Lines) {
        self.0.merge(&later.0);
    }

    fn retract(&mut self, earlier: &Lines) -> bool {
        self.0.take_out(&earlier.0);
        true
    }

    fn summarize(&self, view: &View) -> Body {
        Body::scalars(scalars(self, &SCALARS, view))
    }

    fn figure(&self, name: &str, _: &View) -> Option<Value> {
        Some(match name {
            "lines" => Value::count(self.0.lines),
            "records" => Value::count(self.0.records),
            "malformed" => Value::count(self.0.malformed()),
            "oversize" => Value::count(self.0.oversize),
            "blank" => Value::count(self.0.blank),
            "undated" => Value::count(self.0.undated),
            "own_alerts" => Value::count(self.0.own_alerts),
            "possible_losses" => Value::count(self.0.possible_losses),
            "malformed_ratio" => Value::ratio(self.0.malformed(), self.0.lines),
            _ => return None,
        })
    }
}
