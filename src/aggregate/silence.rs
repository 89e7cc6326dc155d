//! `silence`, for rules: how long nothing has come.

use serde::{Deserialize, Serialize};

use crate::record::Timestamp;
use crate::summary::{Body, Value};

use super::records::Records;
use super::{Setup, State, View, scalars};

/// The greatest time of the records. Silence lasts since then, and since rules began to look if
/// there was none; it is unknown where nobody says what time it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Silence {
    last: Timestamp,
}

impl Silence {
    pub(super) fn new(_: &Setup) -> Silence {
        Silence { last: Timestamp::NONE }
    }
}

impl State for Silence {
    fn observe(&mut self, records: &Records<'_>) {
        let Records { batch, rows, .. } = *records;
        // NONE is below every time.
        let latest = rows.iter().map(|&row| batch.timestamp[row as usize]).max();
        self.last = self.last.max(latest.unwrap_or(Timestamp::NONE));
    }

    fn merge(&mut self, later: Silence) {
        self.last = self.last.max(later.last);
    }

    fn summarize(&self, view: &View) -> Body {
        Body::scalars(scalars(self, &["seconds"], view))
    }

    fn figure(&self, name: &str, view: &View) -> Option<Value> {
        let lasts = |clock: super::Clock| {
            let since = self.last.get().unwrap_or(clock.start);
            Value::Seconds(clock.now.seconds_since(since).max(0.0))
        };
        (name == "seconds").then(|| view.clock.map_or(Value::Null, lasts))
    }
}
