//! Sources to batches to aggregators.
