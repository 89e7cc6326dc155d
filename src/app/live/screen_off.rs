//! No screen: the feature `screen` is off.

use super::board::{Alerts, Board};
use super::notes::Notes;
use crate::app::signals::Stop;
use crate::error::Error;
use crate::record::Zone;

/// Whether this build has one.
pub(super) const EXISTS: bool = false;

/// What nobody looks at.
#[expect(dead_code, reason = "nobody does")]
pub(super) struct Seen<'a> {
    pub(super) now: i64,
    pub(super) behind: bool,
    pub(super) idle: i64,
    pub(super) board: &'a Board<'a>,
    pub(super) alerts: &'a Alerts,
    pub(super) notes: &'a Notes,
}

/// Shows nothing.
pub(super) struct Screen;

impl Screen {
    /// Shows nothing.
    pub(super) fn new(_: bool, _: String, _: Zone, _: &Stop, _: bool) -> Screen {
        Screen
    }

    /// Shows nothing.
    pub(super) fn look(&mut self, _: &Seen<'_>) {}

    /// Nobody asks for any.
    #[expect(clippy::option_option, reason = "so has its twin")]
    pub(super) fn take_condition(&mut self) -> Option<Option<String>> {
        None
    }

    /// Nobody asks for any.
    pub(super) fn refuse(&mut self, _: &Error) {}

    /// Nobody can.
    pub(super) fn has_quit(&self) -> bool {
        false
    }

    /// There is nothing to give back.
    pub(super) fn close(self) {}
}
