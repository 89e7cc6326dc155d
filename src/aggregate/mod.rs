//! The aggregators.
