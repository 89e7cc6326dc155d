//! What a condition is worth for one subject.

use std::cmp::Ordering;

use crate::record::Level;

use super::{Condition, Datum, Literal, Operand, Operator, Subject};

/// How much of a text a pattern sees, in bytes.
const MATCHED_TEXT: usize = 64 * 1024;

impl Operand {
    /// The subject's value, if it has one.
    #[must_use]
    pub fn of<'a>(&self, subject: &'a dyn Subject) -> Option<Datum<'a>> {
        subject.get(self)
    }
}

impl Condition {
    /// Whether the condition holds for a subject. Any comparison with a missing value is false.
    #[must_use]
    pub fn test(&self, subject: &dyn Subject) -> bool {
        match self {
            Condition::And(left, right) => left.test(subject) && right.test(subject),
            Condition::Or(left, right) => left.test(subject) || right.test(subject),
            Condition::Not(condition) => !condition.test(subject),
            Condition::Has(operand) => operand.of(subject).is_some(),
            Condition::Compare(operand, operator, literal) => {
                operand.of(subject).is_some_and(|datum| operator.holds(&datum, literal))
            }
            Condition::In(operand, literals) => operand.of(subject).is_some_and(|datum| {
                literals.iter().any(|literal| Operator::Equal.holds(&datum, literal))
            }),
            Condition::Matches(operand, pattern) => operand.of(subject).is_some_and(|datum| {
                let text = datum.text();
                pattern.is_match(&text[..text.floor_char_boundary(MATCHED_TEXT)])
            }),
        }
    }
}

impl Operator {
    fn holds(self, datum: &Datum<'_>, literal: &Literal) -> bool {
        match (self, literal) {
            (Operator::Equal, Literal::Text(text)) => datum.text() == *text,
            (Operator::Contains, Literal::Text(text)) => datum.text().contains(text),
            (Operator::StartsWith, Literal::Text(text)) => datum.text().starts_with(text),
            _ => order(datum, literal).is_some_and(|order| self.accepts(order)),
        }
    }

    pub(super) fn accepts(self, order: Ordering) -> bool {
        match self {
            Operator::Equal => order.is_eq(),
            Operator::Less => order.is_lt(),
            Operator::LessEqual => order.is_le(),
            Operator::Greater => order.is_gt(),
            Operator::GreaterEqual => order.is_ge(),
            Operator::Contains | Operator::StartsWith => false,
        }
    }
}

/// How a value stands to a literal; `None` if they are not of one kind.
fn order(datum: &Datum<'_>, literal: &Literal) -> Option<Ordering> {
    match (datum, literal) {
        (Datum::Text(text), Literal::Text(other)) => Some(text.as_bytes().cmp(other.as_bytes())),
        (Datum::Text(text), Literal::Level(other)) => Some(Level::from_text(text)?.cmp(other)),
        (Datum::Level(level), Literal::Level(other)) => Some(level.cmp(other)),
        (Datum::Time(time), Literal::Time(other)) => Some(time.cmp(other)),
        (Datum::Bool(truth), Literal::Bool(other)) => Some(truth.cmp(other)),
        (_, Literal::Number(other)) => datum.number()?.partial_cmp(other),
        _ => None,
    }
}
