//! What takes batches beside the rules of a live run. It knows neither where they come from nor
//! what is made of them.

use crate::record::Batch;

use super::Fold;

/// Takes each batch of a run in turn: those of one source in its order.
pub trait Figures {
    /// Takes the next batch.
    fn observe(&mut self, batch: &Batch);
}

/// Nobody wants any.
impl Figures for () {
    fn observe(&mut self, _: &Batch) {}
}

impl Figures for Fold {
    fn observe(&mut self, batch: &Batch) {
        Fold::observe(self, batch);
    }
}
