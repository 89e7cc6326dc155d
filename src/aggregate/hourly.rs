//! `hourly`: how many records in each hour of the day.

use serde::{Deserialize, Serialize};

use crate::record::{Batch, Zone};
use crate::summary::{Body, Look, Table, Value};

use super::names::Tally;
use super::{Setup, State, View};

/// Records by hour of the day in the zone of the report. Undated records take no part.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Hours {
    hours: [Tally; 24],
    #[serde(skip)]
    zone: Zone,
}

impl Hours {
    pub(super) fn new(setup: &Setup) -> Hours {
        Hours { hours: [Tally::default(); 24], zone: setup.zone }
    }
}

impl State for Hours {
    fn observe(&mut self, batch: &Batch, rows: &[u32]) {
        for &row in rows {
            if let Some(time) = batch.timestamp[row as usize].get() {
                self.hours[time.hour(&self.zone) as usize].add(batch.level[row as usize]);
            }
        }
    }

    fn merge(&mut self, later: Hours) {
        for (mine, theirs) in self.hours.iter_mut().zip(later.hours) {
            mine.merge(theirs);
        }
    }

    fn summarize(&self, _: &View) -> Body {
        let columns = &["hour", "records", "errors"];
        let mut table = Table::new("hours", "🕐 Activity by Hour", Look::Hours, columns);
        for (hour, tally) in self.hours.iter().enumerate().filter(|(_, tally)| tally.records > 0) {
            table.rows.push(vec![
                Value::count(hour as u64),
                Value::count(tally.records),
                Value::count(tally.errors),
            ]);
        }
        Body::Figures { scalars: Vec::new(), tables: vec![table] }
    }

    fn silent(&self) -> bool {
        self.hours.iter().all(|tally| tally.records == 0)
    }
}
