//! The clocks of all sources in a form that can be kept over a restart.

use serde::{Deserialize, Serialize};

use super::{Clocks, Source};

/// How far time had come in every source.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::alert) struct SavedClocks {
    sources: Vec<(u32, Source)>,
    late: u64,
}

impl Clocks {
    /// As it is now, but for the pace, which is a matter of the configuration.
    pub(in crate::alert) fn save(&self) -> SavedClocks {
        let sources = self.sources.iter().map(|(number, source)| (*number, source.clone()));
        SavedClocks { sources: sources.collect(), late: self.late }
    }

    /// Goes on as it was `passed` microseconds ago. Nothing is known to have come meanwhile; what
    /// has is read before time is moved by that.
    pub(in crate::alert) fn restore(&mut self, saved: SavedClocks, passed: i64) {
        self.late = saved.late;
        self.sources = saved.sources.into_iter().collect();
        for source in self.sources.values_mut() {
            source.idle = source.idle.saturating_add(passed);
        }
    }

    /// For how long nothing has come from a source, in microseconds.
    pub(in crate::alert) fn idle_for(&self, source: u32) -> i64 {
        self.sources.get(&source).map_or(0, |source| source.idle)
    }
}
