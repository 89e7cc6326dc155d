//! The conditions of alert rules: aggregations and the numbers they are compared with.
//!
//! `error-rate by module > 10% and count > 50` is a [`When`] of two [`Term`]s. Which figure an
//! aggregation means, and whether its number can reach the one that it is compared with, is not
//! known here.

use std::fmt::{self, Display, Formatter};

use crate::error::Result;

use super::fault::{Fault, Parsed};
use super::lexer::{Kind, Token};
use super::number::{parse_number, parse_share};
use super::parser::{Parser, mismatch, whole};
use super::{Aggregation, Operator};

/// How many comparisons one rule may have; each computes an aggregation of its own.
const MAX_TERMS: usize = 16;

/// What has to be so for a rule to fire: all of its terms. Two are equal if they were written
/// alike.
#[derive(Debug, Clone)]
pub struct When {
    /// The condition as the user wrote it, white space folded.
    pub text: String,
    /// At least one, at most 16; a deviation stands alone.
    pub terms: Vec<Term>,
}

impl PartialEq for When {
    fn eq(&self, other: &When) -> bool {
        self.text == other.text
    }
}

/// An aggregation and what is asked of its figure.
#[derive(Debug, Clone)]
pub struct Term {
    /// What is computed; it has no `every`.
    pub aggregation: Aggregation,
    /// What its figure is compared with.
    pub test: Test,
}

/// What is asked of a figure. The numbers are finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    /// `> 10%` and the like.
    Compare {
        /// Never one that looks into texts.
        operator: Operator,
        /// Whether it is `!=`, the negation of `==`.
        negated: bool,
        /// Percent are hundredths, durations seconds.
        number: f64,
    },
    /// `deviates 50% from 12`.
    Deviates {
        /// How far the figure may be from the number, as a share of that; not negative.
        share: f64,
        /// What the figure usually is.
        from: f64,
    },
}

impl Test {
    /// Whether a figure is as the test wants it; one that is not finite never is.
    ///
    /// ```
    /// use ufo_logscan::expr::parse_when;
    /// let when = parse_when("throughput deviates 50% from 4")?;
    /// assert!(when.terms[0].test.holds(6.5) && !when.terms[0].test.holds(6.0));
    /// # Ok::<(), ufo_logscan::error::Error>(())
    /// ```
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        if !value.is_finite() {
            return false;
        }
        match *self {
            Test::Compare { operator, negated, number } => {
                value.partial_cmp(&number).is_some_and(|order| operator.accepts(order) != negated)
            }
            Test::Deviates { share, from } => (value - from).abs() > share * from.abs(),
        }
    }
}

/// Reads what has to be so for a rule to fire, such as `error-rate by module > 10%`.
///
/// # Errors
///
/// A usage error that points at the column and names what was expected. Whether a section or a
/// figure exists is not checked.
pub fn parse_when(text: &str) -> Result<When> {
    whole(text, Parser::when)
}

const COMPARISON: &str = "a comparison (`==` `!=` `<` `<=` `>` `>=` or `deviates`)";

impl Parser<'_> {
    fn when(&mut self) -> Parsed<When> {
        self.in_rule = true;
        let mut terms = vec![self.term_of_rule(true)?];
        while !deviates(&terms) && self.sees("and") {
            let and = self.next().place();
            if terms.len() == MAX_TERMS {
                return Err(Fault::new(and, format!("more than {MAX_TERMS} comparisons")));
            }
            terms.push(self.term_of_rule(false)?);
        }
        self.end().map_err(|fault| match astray(self.peek()) {
            Some(hint) => fault.hint(hint.to_owned()),
            None => fault,
        })?;
        Ok(When { text: self.folded(0), terms })
    }

    fn term_of_rule(&mut self, first: bool) -> Parsed<Term> {
        let aggregation = self.aggregation()?;
        if !first && self.sees("deviates") {
            return Err(Fault::new(self.peek().place(), "a deviation stands alone in its rule")
                .hint(BAND.to_owned()));
        }
        let test = self.test(aggregation.filter.is_some())?;
        Ok(Term { aggregation, test })
    }

    fn test(&mut self, filtered: bool) -> Parsed<Test> {
        let token = self.next();
        let (operator, negated) = match token.text {
            "==" => (Operator::Equal, false),
            "!=" => (Operator::Equal, true),
            "<" => (Operator::Less, false),
            "<=" => (Operator::LessEqual, false),
            ">" => (Operator::Greater, false),
            ">=" => (Operator::GreaterEqual, false),
            "deviates" => return self.deviation(),
            _ => return Err(no_comparison(&token, filtered)),
        };
        let number = self.number()?;
        self.could_follow(&["and"]);
        Ok(Test::Compare { operator, negated, number })
    }

    fn deviation(&mut self) -> Parsed<Test> {
        let token = self.next();
        let share = parse_share(token.text)
            .filter(|share| token.text.ends_with('%') && *share >= 0.0)
            .ok_or_else(|| mismatch(&token, "a percentage such as `50%`", &[]))?;
        self.expect("from")?;
        let from = self.number()?;
        self.could_follow(&[]);
        Ok(Test::Deviates { share, from })
    }

    fn number(&mut self) -> Parsed<f64> {
        let token = self.next();
        parse_number(token.text).ok_or_else(|| {
            let what = "a number, a percentage or a duration such as `1h30m`";
            let fault = mismatch(&token, what, &[]);
            match &token.kind {
                Kind::Quoted(text) if parse_number(text).is_some() => {
                    fault.hint(format!("numbers have no quotes: {text}"))
                }
                _ => fault,
            }
        })
    }
}

/// What stands where a comparison should, with the likeliest reason.
fn no_comparison(token: &Token<'_>, filtered: bool) -> Fault {
    let hint = match token.text {
        "=~" | "!~" | "contains" | "startswith" | "in" => {
            "a figure is a number; texts are looked into behind `where`"
        }
        _ if filtered => {
            "the condition behind `where` goes on as far as it can, `and` and comparisons \
             included, and the figure is compared behind it: count where (level == ERROR) > 5"
        }
        "by" | "where" => ORDER,
        _ => return mismatch(token, COMPARISON, &["by", "where", "deviates"]),
    };
    mismatch(token, COMPARISON, &[]).hint(hint.to_owned())
}

/// Whether the last term is a deviation, behind which no other can stand.
fn deviates(terms: &[Term]) -> bool {
    matches!(terms.last(), Some(Term { test: Test::Deviates { .. }, .. }))
}

const BAND: &str = "a deviation stands alone; comparisons can be joined: count > 5 and count < 15";

const ORDER: &str = "the order is: metric, `by` keys, `where` condition, comparison";

/// Advice about a word behind a whole condition.
fn astray(token: &Token<'_>) -> Option<&'static str> {
    Some(match token.text {
        "by" | "where" => ORDER,
        "and" => BAND,
        "or" => "what may be so in either of two ways is two rules",
        "over" | "every" => "how long the window is says a key of the rule: over = \"5m\"",
        "for" => "how long it has to last says a key of the rule: for = \"5m\"",
        _ => return None,
    })
}

impl Display for When {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, Term { aggregation, test }) in self.terms.iter().enumerate() {
            let and = if index == 0 { "" } else { " and " };
            write!(f, "{and}{aggregation} {test}")?;
        }
        Ok(())
    }
}

impl Display for Test {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Test::Compare { operator, negated, number } => {
                if negated {
                    return write!(f, "!= {number}");
                }
                write!(f, "{operator} {number}")
            }
            Test::Deviates { share, from } => {
                write!(f, "deviates {}% from {from}", percent(share))
            }
        }
    }
}

/// The percentage that reads back as this share, the shortest one that is near.
fn percent(share: f64) -> f64 {
    let product = share * 100.0;
    let short = (product * 1e6).round() / 1e6;
    [short, product, product.next_up(), product.next_down()]
        .into_iter()
        .find(|percent| (percent / 100.0).total_cmp(&share).is_eq())
        .unwrap_or(product)
}
