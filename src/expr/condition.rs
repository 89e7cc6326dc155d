//! Reads conditions.
//!
//! Chains of `and` or of `or` become balanced trees: a chain may be as long as the expression,
//! and whatever walks the tree recurses no deeper than the logarithm of that.

use std::vec;

use super::fault::Parsed;
use super::names::meant;
use super::parser::{Parser, mismatch};
use super::{Condition, Literal, Operand, Operator};

const OPERATORS: &str =
    "an operator (`==` `!=` `<` `<=` `>` `>=` `=~` `!~` `contains` `startswith` `in`)";

/// What joins two conditions.
#[derive(Clone, Copy)]
enum Connective {
    And,
    Or,
}

impl Connective {
    fn word(self) -> &'static str {
        match self {
            Connective::And => "and",
            Connective::Or => "or",
        }
    }

    fn join(self, left: Condition, right: Condition) -> Condition {
        match self {
            Connective::And => Condition::And(Box::new(left), Box::new(right)),
            Connective::Or => Condition::Or(Box::new(left), Box::new(right)),
        }
    }

    /// Appends the terms that this connective joins in a condition; parentheses around them
    /// change nothing.
    fn terms(self, condition: Condition, terms: &mut Vec<Condition>) {
        match (self, condition) {
            (Connective::And, Condition::And(left, right))
            | (Connective::Or, Condition::Or(left, right)) => {
                self.terms(*left, terms);
                self.terms(*right, terms);
            }
            (_, term) => terms.push(term),
        }
    }

    /// Joins the next `count` terms, in their order; `None` if there are none.
    fn balanced(self, terms: &mut vec::IntoIter<Condition>, count: usize) -> Option<Condition> {
        if count <= 1 {
            return terms.next();
        }
        let left = self.balanced(terms, count / 2)?;
        let right = self.balanced(terms, count - count / 2)?;
        Some(self.join(left, right))
    }
}

impl Parser<'_> {
    pub(super) fn condition(&mut self) -> Parsed<Condition> {
        let condition = self.chain(Connective::Or, Self::conjunction)?;
        self.could_follow(&["and", "or"]);
        Ok(condition)
    }

    fn conjunction(&mut self) -> Parsed<Condition> {
        self.chain(Connective::And, Self::term)
    }

    fn chain(
        &mut self,
        connective: Connective,
        term: fn(&mut Self) -> Parsed<Condition>,
    ) -> Parsed<Condition> {
        let mut terms = Vec::new();
        connective.terms(term(self)?, &mut terms);
        while self.take(connective.word()) {
            connective.terms(term(self)?, &mut terms);
        }
        let count = terms.len();
        connective
            .balanced(&mut terms.into_iter(), count)
            .ok_or_else(|| mismatch(self.peek(), "a condition", &[]))
    }

    fn term(&mut self) -> Parsed<Condition> {
        if self.take("not") {
            return Ok(not(self.nested(Self::term)?));
        }
        if self.take("(") {
            let condition = self.nested(Self::condition)?;
            self.close("`and`, `or` or `)`", ")")?;
            return Ok(condition);
        }
        if self.sees_call("has") {
            self.next();
            self.expect("(")?;
            let operand = self.operand()?;
            self.expect(")")?;
            return Ok(Condition::Has(operand));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Parsed<Condition> {
        let operand = self.operand()?;
        let token = self.next();
        let operator = match token.text {
            "==" => Operator::Equal,
            "!=" => return Ok(not(self.compare(operand, Operator::Equal)?)),
            "<" => Operator::Less,
            "<=" => Operator::LessEqual,
            ">" => Operator::Greater,
            ">=" => Operator::GreaterEqual,
            "contains" => Operator::Contains,
            "startswith" => Operator::StartsWith,
            "=~" => return self.matches(operand),
            "!~" => return Ok(not(self.matches(operand)?)),
            "in" => return self.list(operand),
            _ => return Err(mismatch(&token, OPERATORS, &["contains", "startswith", "in"])),
        };
        self.compare(operand, operator)
    }

    fn compare(&mut self, operand: Operand, operator: Operator) -> Parsed<Condition> {
        let literal = match operator {
            Operator::Contains | Operator::StartsWith => {
                Literal::Text(self.text_literal(&operand)?)
            }
            Operator::Equal => self.literal(&operand)?,
            _ => self.ordered_literal(&operand)?,
        };
        if operator == Operator::Equal {
            let mut literals = meant(&operand, literal);
            return Ok(match (literals.pop(), literals.is_empty()) {
                (Some(literal), true) => Condition::Compare(operand, operator, literal),
                (last, _) => Condition::In(operand, literals.into_iter().chain(last).collect()),
            });
        }
        Ok(Condition::Compare(operand, operator, literal))
    }

    fn matches(&mut self, operand: Operand) -> Parsed<Condition> {
        let pattern = self.pattern(&operand)?;
        Ok(Condition::Matches(operand, pattern))
    }

    fn list(&mut self, operand: Operand) -> Parsed<Condition> {
        self.expect("[")?;
        let mut literals = meant(&operand, self.literal(&operand)?);
        while self.take(",") {
            literals.extend(meant(&operand, self.literal(&operand)?));
        }
        self.close("`,` or `]`", "]")?;
        Ok(Condition::In(operand, literals))
    }

    fn close(&mut self, what: &str, bracket: &str) -> Parsed<()> {
        if self.take(bracket) {
            return Ok(());
        }
        Err(mismatch(self.peek(), what, &["and", "or"]))
    }
}

fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}
