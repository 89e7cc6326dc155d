//! What expressions are asked about.

use std::borrow::Cow;

use crate::record::{Level, Timestamp};

use super::Operand;

/// One value of a subject.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A number.
    Number(f64),
    /// A level.
    Level(Level),
    /// An instant.
    Time(Timestamp),
    /// A truth value.
    Bool(bool),
}

/// A record or a fact: whatever has values for operands.
pub trait Subject {
    /// The value of an operand, if there is one.
    fn get(&self, operand: &Operand) -> Option<Datum<'_>>;
}
