//! No progress bar: the feature `progress` is off.

/// Shows nothing.
pub(super) struct Progress;

impl Progress {
    /// Shows nothing.
    pub(super) fn new(_: u64, _: bool) -> Progress {
        Progress
    }

    /// Shows nothing.
    pub(super) fn advance(&self, _: u64) {}

    /// Shows nothing.
    pub(super) fn finish(&self) {}
}
