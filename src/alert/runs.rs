//! The rows of a batch, cut where their place changes: what is folded at once.

use std::iter::Peekable;
use std::ops::Range;

use crate::record::Batch;

use super::clock::{Begun, Clock, Clocks, Place};

/// What is left of a batch.
pub(super) struct Runs<'b> {
    batch: &'b Batch,
    records: Peekable<std::slice::Iter<'b, u32>>,
    /// The next row whose place is not known.
    row: u32,
    /// The row before, with which the next run begins.
    ahead: Option<Head>,
}

/// The first row of a run: its place, and whether time begins with it.
type Head = (Place, Option<Begun>);

impl<'b> Runs<'b> {
    pub(super) fn new(batch: &'b Batch) -> Runs<'b> {
        Runs { batch, records: batch.records.iter().peekable(), row: 0, ahead: None }
    }

    /// The next rows of one place, and whether time begins with them.
    pub(super) fn next(&mut self, clocks: &mut Clocks) -> Option<(Range<u32>, Head)> {
        let mut clock = clocks.of(self.batch.source);
        let from = self.row - u32::from(self.ahead.is_some());
        let head = self.ahead.take().or_else(|| self.head(&mut clock))?;
        self.ahead = loop {
            match self.head(&mut clock) {
                Some((same, None)) if same == head.0 => {}
                other => break other,
            }
        };
        Some((from..self.row - u32::from(self.ahead.is_some()), head))
    }

    /// What the next row would begin.
    fn head(&mut self, clock: &mut Clock<'_>) -> Option<Head> {
        let row = self.row;
        if row as usize >= self.batch.rows() {
            return None;
        }
        self.row += 1;
        Some(match self.records.next_if(|next| **next == row) {
            Some(_) => (clock.record(self.batch.timestamp[row as usize].get()), clock.begun.take()),
            None => (clock.line(), None),
        })
    }
}
