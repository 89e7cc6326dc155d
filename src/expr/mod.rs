//! The grammar of aggregations and conditions, and what a condition is worth for one subject.
//!
//! `error-rate by module every 1h where client == "x"` becomes an [`Aggregation`]; its condition
//! and keys ask a [`Subject`] (a record, or a fact) for their operands. This module knows no
//! aggregator: whether a metric exists is [`crate::aggregate`]'s business.

mod ast;
mod subject;

pub use ast::{Aggregation, Condition, Literal, Metric, Operand, Operator};
pub use subject::{Datum, Subject};
