//! Files that were truncated, until their copies are found or given up.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::generation::{Cutting, Delivered, torn};
use super::mark::Print;
use crate::source::blocks::{Block, Rest};

/// What was being read of a file when it was truncated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cut {
    /// What it is known by.
    pub(super) print: Print,
    /// Whether nothing of that was read.
    #[serde(default)]
    pub(super) unread: bool,
    pub(super) rest: Rest,
    pub(super) line: u64,
    pub(super) shown: String,
    /// When it was found; in a run that goes on, before it began.
    #[serde(skip)]
    pub(super) since: i64,
}

impl Cut {
    /// What was read of it.
    pub(super) fn read(&self) -> Print {
        if self.unread { Print::default() } else { self.print.clone() }
    }

    /// Nobody has found a copy: what is left of it is a line that was torn.
    pub(super) fn tear(self, block: &mut Block, cutting: &mut Cutting) -> Option<Delivered> {
        let shown = Arc::from(self.shown.as_str());
        let delivered = Delivered { shown, first_line: self.line };
        torn(&self.rest, block, cutting).then_some(delivered)
    }
}
