//! Expressions as text again, for reports: what is printed reads back as the same expression.

use std::fmt::{self, Display, Formatter};

use super::lexer::{is_plain_word, quote};
use super::names::{self, RESERVED};
use super::number::duration_text;
use super::{Aggregation, Condition, Literal, Metric, Operand, Operator};

impl Display for Aggregation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.metric)?;
        if let Some(figure) = &self.figure {
            write!(f, ".{figure}")?;
        }
        for (index, key) in self.by.iter().enumerate() {
            f.write_str(if index == 0 { " by " } else { ", " })?;
            write_key(key, f)?;
        }
        if let Some(every) = self.every {
            write!(f, " every {}", duration_text(every))?;
        }
        match &self.filter {
            Some(filter) => write!(f, " where {filter}"),
            None => Ok(()),
        }
    }
}

/// Behind `by`, a field is never a bare name.
fn write_key(key: &Operand, f: &mut Formatter<'_>) -> fmt::Result {
    match key {
        Operand::Field { .. } => write!(f, "field({})", quote(&key.label())),
        key => write!(f, "{key}"),
    }
}

impl Display for Metric {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Metric::Section(name) => f.write_str(name),
            Metric::Count => f.write_str("count"),
            Metric::Sum(operand) => write!(f, "sum({operand})"),
            Metric::Avg(operand) => write!(f, "avg({operand})"),
            Metric::Min(operand) => write!(f, "min({operand})"),
            Metric::Max(operand) => write!(f, "max({operand})"),
            Metric::Quantile(share, operand) => write!(f, "quantile({share}, {operand})"),
            Metric::Distinct(operand) => write!(f, "distinct({operand})"),
        }
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let label = self.label();
        let Operand::Field { path, .. } = self else { return f.write_str(&label) };
        let bare = path.keys().len() == 1
            && is_plain_word(&label)
            && names::known(&label).is_none()
            && !RESERVED.contains(&label.as_str());
        if bare { f.write_str(&label) } else { write!(f, "field({})", quote(&label)) }
    }
}

impl Display for Operator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.sign())
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Text(text) => f.write_str(&quote(text)),
            Literal::Number(number) => write!(f, "{number}"),
            Literal::Level(level) => f.write_str(level.name()),
            Literal::Time(time) => f.write_str(&quote(&time.to_string())),
            Literal::Bool(truth) => write!(f, "{truth}"),
        }
    }
}

/// How tightly a condition holds together: what binds less is put in parentheses.
#[derive(PartialEq, PartialOrd)]
enum Strength {
    Or,
    And,
    Term,
}

impl Condition {
    fn strength(&self) -> Strength {
        match self {
            Condition::Or(..) => Strength::Or,
            Condition::And(..) => Strength::And,
            _ => Strength::Term,
        }
    }

    /// Writes the condition where nothing weaker than `least` can stand.
    fn write(&self, f: &mut Formatter<'_>, least: &Strength) -> fmt::Result {
        if self.strength() < *least { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Condition::And(left, right) => {
                left.write(f, &Strength::And)?;
                f.write_str(" and ")?;
                right.write(f, &Strength::And)
            }
            Condition::Or(left, right) => write!(f, "{left} or {right}"),
            Condition::Not(condition) => match &**condition {
                Condition::Compare(operand, Operator::Equal, literal) => {
                    write!(f, "{operand} != {literal}")
                }
                Condition::Matches(operand, pattern) => {
                    write!(f, "{operand} !~ {}", quote(pattern.as_str()))
                }
                other => {
                    f.write_str("not ")?;
                    other.write(f, &Strength::Term)
                }
            },
            Condition::Has(operand) => write!(f, "has({operand})"),
            Condition::Compare(operand, operator, literal) => {
                write!(f, "{operand} {operator} {literal}")
            }
            Condition::In(operand, literals) => {
                for (index, literal) in literals.iter().enumerate() {
                    let before =
                        if index == 0 { format!("{operand} in [") } else { ", ".to_owned() };
                    write!(f, "{before}{literal}")?;
                }
                f.write_str("]")
            }
            Condition::Matches(operand, pattern) => {
                write!(f, "{operand} =~ {}", quote(pattern.as_str()))
            }
        }
    }
}
