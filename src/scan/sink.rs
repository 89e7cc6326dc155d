//! What becomes of batches, whoever reads them: figures, or the lines themselves.
//!
//! A sink is a monoid, as what it collects is: several workers fill parts of it, which are put
//! together in the order of the input. This module must not know what is collected.

use crate::error::Error;
use crate::record::Batch;

/// Takes the batches of an input, or of a part of it, in their order.
pub trait Sink: Sized + Send {
    /// What makes empty sinks for parts of the same input.
    fn part_maker(&self) -> Box<dyn Fn() -> Self + Send + Sync>;

    /// Takes the next batch.
    fn observe(&mut self, batch: &Batch);

    /// Notes that something could not be read, or not to its end; nothing of it stands in batches.
    fn problem(&mut self, _: &Error) {}

    /// Says that every line observed so far stands so many lines further down in its file.
    fn shift_lines(&mut self, by: u64);

    /// Appends what a part has made of the input behind.
    fn merge(&mut self, later: Self);

    /// Whether a part holds so much that it has to wait for its turn before it takes more.
    fn is_full(&self) -> bool {
        false
    }

    /// Whether nothing that comes can make a difference any more: then reading stops.
    fn is_done(&self) -> bool {
        false
    }
}

/// Takes the batches of several sources that come side by side, those of one in its order.
pub trait SideBySide {
    /// Takes the next batch; it names its source.
    fn observe(&mut self, batch: &Batch);

    /// Whether records of text are wanted after a while, though further lines of them may come.
    fn is_hasty(&self) -> bool {
        false
    }

    /// Takes such a record. It is the first one of its batch; lines that come later are joined to
    /// none.
    fn observe_early(&mut self, batch: &Batch) {
        self.observe(batch);
    }

    /// Notes that something could not be read, or not to its end.
    fn problem(&mut self, _: &Error) {}
}

/// Nobody wants any.
impl SideBySide for () {
    fn observe(&mut self, _: &Batch) {}
}
