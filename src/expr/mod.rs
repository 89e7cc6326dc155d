//! The grammar of aggregations and conditions, and what a condition is worth for one subject.
//!
//! `error-rate by module every 1h where client == "x"` becomes an [`Aggregation`]; its condition
//! and keys ask a [`Subject`] (a record, or a fact) for their operands. This module knows no
//! aggregator: whether a metric exists is [`crate::aggregate`]'s business.
//!
//! An expression is read ([`parse_aggregation`], [`parse_condition`], [`parse_when`]), bound once
//! to the columns and the zone of a run ([`Aggregation::bind`]), and then asked for every subject.
//! Expressions may come from a hostile file: their length and depth are bounded, and so is the
//! recursion of everything that walks them.

mod ast;
mod bind;
mod condition;
mod display;
mod evaluate;
mod fault;
mod lexer;
mod literal;
mod names;
mod number;
mod parser;
mod record;
mod subject;
mod when;

#[cfg(test)]
mod tests;

pub use ast::{Aggregation, Condition, Literal, Metric, Operand, Operator};
pub use number::{duration_text, parse_duration};
pub use parser::{parse_aggregation, parse_condition};
pub use subject::{Datum, Subject};
pub use when::{Term, Test, When, parse_when};
