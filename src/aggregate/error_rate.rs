//! `error-rate`: the share of errors among the records.

use serde::{Deserialize, Serialize};

use crate::summary::{Body, Value};

use super::names::Tally;
use super::records::Records;
use super::{Setup, State, View, scalars};

/// ERROR and CRITICAL records over all records, 0 when there are none (the page's
/// `check_error_rate`).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct ErrorRate(Tally);

impl ErrorRate {
    pub(super) fn new(_: &Setup) -> ErrorRate {
        ErrorRate::default()
    }
}

impl State for ErrorRate {
    fn observe(&mut self, records: &Records<'_>) {
        self.0.records += records.rows.len() as u64;
        self.0.errors += records.errors();
    }

    fn merge(&mut self, later: ErrorRate) {
        self.0.merge(later.0);
    }

    fn retract(&mut self, earlier: &ErrorRate) -> bool {
        self.0.records -= earlier.0.records;
        self.0.errors -= earlier.0.errors;
        true
    }

    fn summarize(&self, view: &View) -> Body {
        Body::scalars(scalars(self, &["records", "errors", "ratio"], view))
    }

    fn figure(&self, name: &str, _: &View) -> Option<Value> {
        match name {
            "records" => Some(Value::count(self.0.records)),
            "errors" => Some(Value::count(self.0.errors)),
            "ratio" => Some(Value::ratio(self.0.errors, self.0.records)),
            _ => None,
        }
    }

    fn silent(&self) -> bool {
        self.0.records == 0
    }
}
