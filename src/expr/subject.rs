//! What expressions are asked about.

use std::borrow::Cow;

use crate::record::{Level, Timestamp};

use super::Operand;
use super::number::json_number;

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

impl Datum<'_> {
    /// The value as a text, such as the key of a group: levels by name, instants in UTC.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Datum::Text(text) => Cow::Borrowed(text),
            // Adding nothing makes of -0 what everybody takes it for.
            Datum::Number(number) => Cow::Owned((number + 0.0).to_string()),
            Datum::Level(level) => Cow::Borrowed(level.name()),
            Datum::Time(time) => Cow::Owned(time.to_string()),
            Datum::Bool(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
        }
    }

    /// The value of a number, or of a text that is a number in JSON; always finite.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Datum::Number(number) => Some(*number).filter(|number| number.is_finite()),
            Datum::Text(text) => json_number(text),
            Datum::Level(_) | Datum::Time(_) | Datum::Bool(_) => None,
        }
    }
}

/// A record or a fact: whatever has values for operands.
pub trait Subject {
    /// The value of an operand, if there is one.
    fn get(&self, operand: &Operand) -> Option<Datum<'_>>;
}
