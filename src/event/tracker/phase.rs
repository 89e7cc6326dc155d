//! Starts and stops of the server that several lines tell of. It knows no wording.

use serde::{Deserialize, Serialize};

use crate::event::entry::EntryId;

/// Several lines that tell of one start or stop of the server, each of another entry.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Phase(Vec<EntryId>);

impl Phase {
    /// Whether the line of an entry is the first of another start or stop.
    pub(super) fn begins_with(&mut self, entry: EntryId) -> bool {
        let begins = self.0.is_empty() || self.0.contains(&entry);
        if begins {
            self.0.clear();
        }
        self.0.push(entry);
        begins
    }

    /// No further line belongs to it.
    pub(super) fn end(&mut self) {
        self.0.clear();
    }
}
