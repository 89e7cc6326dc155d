//! The rows of a batch, cut where their place changes: what is folded at once.

use std::ops::Range;

use crate::record::Batch;

use super::clock::{Begun, Clock, Clocks, Place};

/// What is left of a batch.
pub(super) struct Runs<'b> {
    batch: &'b Batch,
    /// The next row whose place is not known.
    row: u32,
    /// The records from that one on.
    records: &'b [u32],
    /// The row before, with which the next run begins.
    ahead: Option<Head>,
}

/// The first row of a run: its place, and whether time begins with it.
type Head = (Place, Option<Begun>);

impl<'b> Runs<'b> {
    pub(super) fn new(batch: &'b Batch) -> Runs<'b> {
        Runs { batch, row: 0, records: &batch.records, ahead: None }
    }

    /// The next rows of one place, and whether time begins with them.
    pub(super) fn next(&mut self, clocks: &mut Clocks) -> Option<(Range<u32>, Head)> {
        let mut clock = clocks.of(self.batch.source);
        let from = self.row - u32::from(self.ahead.is_some());
        let head = self.ahead.take().or_else(|| self.head(&mut clock))?;
        self.ahead = loop {
            self.pass(&mut clock, head.0);
            match self.head(&mut clock) {
                Some((same, None)) if same == head.0 => {}
                other => break other,
            }
        };
        Some((from..self.row - u32::from(self.ahead.is_some()), head))
    }

    /// Passes the next records of a place as long as only time goes on: to ask the clock for each
    /// of them would be a third of what rules cost.
    fn pass(&mut self, clock: &mut Clock<'_>, place: Place) {
        let Some(stretch) = clock.stretch(place) else { return };
        let (mut greatest, mut last) = (*stretch.start(), None);
        let rows = self.records.iter().zip(self.row..).take_while(|(row, next)| **row == *next);
        let times = rows.map(|(row, _)| self.batch.timestamp[*row as usize].micros());
        let mut count = 0;
        for at in times.take_while(|at| stretch.contains(at)) {
            (greatest, last) = (greatest.max(at), Some(at));
            count += 1;
        }
        if let Some(last) = last {
            clock.go_on(greatest, last);
            self.row += count;
            self.records = &self.records[count as usize..];
        }
    }

    /// What the next row would begin.
    fn head(&mut self, clock: &mut Clock<'_>) -> Option<Head> {
        let row = self.row;
        if row as usize >= self.batch.rows() {
            return None;
        }
        self.row += 1;
        Some(match self.records.split_first() {
            Some((next, records)) if *next == row => {
                self.records = records;
                let time = self.batch.timestamp[row as usize].get();
                (clock.record(time), clock.begun.take())
            }
            _ => (clock.line(), None),
        })
    }
}
