//! `error-rate`: the share of errors among the records.

use serde::{Deserialize, Serialize};

use crate::record::Batch;
use crate::summary::{Body, Scalar, Value};

use super::names::Tally;
use super::{Setup, State, View};

/// ERROR and CRITICAL records over all records, 0 when there are none (the page's
/// `check_error_rate`).
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct ErrorRate(Tally);

impl ErrorRate {
    pub(super) fn new(_: &Setup) -> ErrorRate {
        ErrorRate::default()
    }
}

impl State for ErrorRate {
    fn observe(&mut self, batch: &Batch, rows: &[u32]) {
        for &row in rows {
            self.0.add(batch.level[row as usize]);
        }
    }

    fn merge(&mut self, later: ErrorRate) {
        self.0.merge(later.0);
    }

    fn summarize(&self, _: &View) -> Body {
        Body::scalars(vec![
            Scalar { name: "records", value: Value::count(self.0.records) },
            Scalar { name: "errors", value: Value::count(self.0.errors) },
            Scalar { name: "ratio", value: Value::ratio(self.0.errors, self.0.records) },
        ])
    }

    fn silent(&self) -> bool {
        self.0.records == 0
    }
}
