//! Whether a rule can fire at all, judged by what its figures can be.
//!
//! This module knows nothing of aggregators: what a figure counts, and whether it is a gauge, it
//! is told.

use std::fmt::Write as _;

use crate::aggregate::Unit;
use crate::error::{Error, Result};
use crate::expr::{Operator, Term, Test};

use super::Rule;

/// The figure of one term of a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure<'a> {
    /// The aggregation; terms of the same text are about the same figure.
    pub text: &'a str,
    /// What its number counts.
    pub unit: Unit,
    /// Whether it is a state that windows do not change, such as the devices online.
    pub gauge: bool,
}

/// Judges a rule by its figures, those of its terms in their order. What it gives are warnings:
/// terms that hold whatever happens, and deviations from nothing.
///
/// # Errors
///
/// A rule that can never fire, and a window over nothing but gauges, which would not wait as
/// whoever wrote it thinks.
pub fn check(rule: &Rule, figures: &[Figure<'_>]) -> Result<Vec<String>> {
    let fault = |message: String| Error::config(format!("the rule `{}` {message}", rule.name));
    if rule.over.is_some() && !figures.is_empty() && figures.iter().all(|figure| figure.gauge) {
        let what = figures[0].text;
        return Err(fault(format!("has an `over` that changes nothing: `{what}` is a gauge"))
            .hint("a gauge stands as it is at any moment; how long it has to last says `for`"));
    }
    let terms: Vec<(&Term, &Figure<'_>)> = rule.when.terms.iter().zip(figures).collect();
    for (index, (term, figure)) in terms.iter().enumerate() {
        let before = terms[..index].iter().filter(|(_, other)| other.text == figure.text);
        let tests: Vec<Test> = before.map(|(term, _)| term.test).chain([term.test]).collect();
        if possible(figure.unit, &[term.test]) && possible(figure.unit, &tests) {
            continue;
        }
        return Err(never(&fault, figure, term.test, &tests));
    }
    Ok(terms.iter().filter_map(|(term, figure)| doubt(rule, term.test, figure)).collect())
}

fn never(
    fault: &dyn Fn(String) -> Error,
    figure: &Figure<'_>,
    test: Test,
    tests: &[Test],
) -> Error {
    let Figure { text, unit, .. } = *figure;
    if possible(unit, &[test]) {
        let mut joined = String::new();
        for (index, test) in tests.iter().enumerate() {
            let and = if index == 0 { "" } else { " and " };
            // Writing to a string cannot fail.
            let _ = write!(joined, "{and}{text} {}", shown(unit, *test));
        }
        return fault(format!("can never fire: `{joined}` never holds"))
            .hint("what may be so in either of two ways is two rules");
    }
    let range = match unit {
        Unit::Ratio => "a ratio is from 0 to 100%",
        Unit::Count => "a count is a whole number, 0 or more",
        Unit::Seconds => "a time is 0 or more",
        Unit::Number => "nothing is",
    };
    fault(format!("can never fire: `{text} {}` never holds", shown(unit, test))).hint(range)
}

fn doubt(rule: &Rule, test: Test, figure: &Figure<'_>) -> Option<String> {
    let Figure { text, unit, .. } = *figure;
    let shown = shown(unit, test);
    if let Test::Deviates { from: 0.0, .. } = test {
        return Some(format!(
            "the rule `{}`: a share of 0 is 0, so that anything else deviates: `{text} {shown}`",
            rule.name
        ));
    }
    let against = opposite(test)?;
    (!possible(unit, &[against]))
        .then(|| format!("the rule `{}`: `{text} {shown}` always holds", rule.name))
}

/// A test in the unit of its figure.
fn shown(unit: Unit, test: Test) -> String {
    match test {
        Test::Compare { operator: Operator::Equal, negated: true, number } => {
            format!("!= {}", unit.show(number))
        }
        Test::Compare { operator, number, .. } => format!("{operator} {}", unit.show(number)),
        Test::Deviates { share, from } => {
            format!("deviates {} from {}", Unit::Ratio.show(share), unit.show(from))
        }
    }
}

/// The comparison that holds where this one does not.
fn opposite(test: Test) -> Option<Test> {
    let Test::Compare { operator, negated, number } = test else { return None };
    let (operator, negated) = match operator {
        Operator::Less => (Operator::GreaterEqual, false),
        Operator::LessEqual => (Operator::Greater, false),
        Operator::Greater => (Operator::LessEqual, false),
        Operator::GreaterEqual => (Operator::Less, false),
        operator => (operator, !negated),
    };
    Some(Test::Compare { operator, negated, number })
}

/// Whether some value of a unit passes all tests.
///
/// What a test allows begins and ends at a few numbers; if any value passes, then one of these,
/// or one between or beside them.
fn possible(unit: Unit, tests: &[Test]) -> bool {
    let (least, most) = match unit {
        Unit::Ratio => (0.0, 1.0),
        Unit::Count | Unit::Seconds => (0.0, f64::MAX),
        Unit::Number => (f64::MIN, f64::MAX),
    };
    let mut edges = vec![least, most];
    for test in tests {
        match *test {
            Test::Compare { number, .. } => edges.push(number),
            Test::Deviates { share, from } => {
                let band = share * from.abs();
                edges.extend([from, from - band, from + band]);
            }
        }
    }
    let beside = |edge: f64| match unit {
        Unit::Count => [edge.ceil() - 1.0, edge.floor(), edge.ceil(), edge.floor() + 1.0],
        _ => [edge.next_down(), edge, edge.next_up(), edge],
    };
    edges
        .into_iter()
        .flat_map(beside)
        .filter(|value| (least..=most).contains(value))
        .any(|value| tests.iter().all(|test| test.holds(value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::read;
    use proptest::prelude::*;

    fn rule(when: &str, rest: &str) -> Rule {
        let text = format!("[[rule]]\nname = 'R'\nwhen = '{when}'\n{rest}");
        read(&text, "rules.toml").unwrap().remove(0).rule.unwrap()
    }

    /// The judgement of a rule whose terms all have this unit.
    fn judged(unit: Unit, when: &str) -> String {
        let rule = rule(when, "");
        let terms = rule.when.terms.iter();
        let figures: Vec<Figure<'_>> =
            terms.map(|term| Figure { text: &term.aggregation.text, unit, gauge: false }).collect();
        match check(&rule, &figures) {
            Ok(warnings) => warnings.join("\n"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_can_never_fire_is_refused() {
        for (unit, when, reason) in [
            (Unit::Ratio, "x > 100%", "`x > 100%` never holds\n  a ratio is from 0 to 100%"),
            (Unit::Ratio, "x >= 120%", "`x >= 120%` never holds"),
            (Unit::Ratio, "x < 0", "`x < 0%` never holds"),
            (Unit::Ratio, "x == 5", "`x == 500%` never holds"),
            (Unit::Ratio, "x deviates 100% from 50%", "`x deviates 100% from 50%` never holds"),
            (Unit::Count, "x < 0", "`x < 0` never holds\n  a count is a whole number, 0 or more"),
            (Unit::Count, "x == 2.5", "`x == 2.5` never holds"),
            (Unit::Count, "x > 2 and x < 3", "`x > 2 and x < 3` never holds"),
            (Unit::Seconds, "x <= -1", "a time is 0 or more"),
            (Unit::Number, "x < 3 and x > 5", "`x < 3 and x > 5` never holds\n  what may be"),
            (Unit::Number, "x == 3 and y > 5 and x != 3", "`x == 3 and x != 3` never holds"),
        ] {
            let said = judged(unit, when);
            assert!(said.starts_with("the rule `R` can never fire: "), "{when}: {said}");
            assert!(said.contains(reason), "{when}: {said}");
        }
    }

    #[test]
    fn what_can_fire_is_not() {
        for (unit, when) in [
            (Unit::Ratio, "x >= 100%"),
            (Unit::Ratio, "x <= 0"),
            (Unit::Ratio, "x != 1"),
            (Unit::Ratio, "x deviates 99% from 50%"),
            (Unit::Count, "x > 2 and x < 4"),
            (Unit::Count, "x < 0.5"),
            (Unit::Count, "x > 1e300"),
            (Unit::Seconds, "x > 2 and x < 2.1"),
            (Unit::Number, "x < 3 and y > 5"),
            (Unit::Number, "x <= 3 and x >= 3"),
            (Unit::Number, "x < -5"),
        ] {
            assert_eq!(judged(unit, when), "", "{when}");
        }
    }

    #[test]
    fn what_says_nothing_is_told() {
        for (unit, when, meant) in [
            (Unit::Ratio, "x >= 0", "the rule `R`: `x >= 0%` always holds"),
            (Unit::Ratio, "x <= 100%", "the rule `R`: `x <= 100%` always holds"),
            (Unit::Count, "x > -1", "the rule `R`: `x > -1` always holds"),
            (Unit::Count, "x != 2.5", "the rule `R`: `x != 2.5` always holds"),
            (
                Unit::Number,
                "x deviates 50% from 0",
                "the rule `R`: a share of 0 is 0, so that anything else deviates: \
                 `x deviates 50% from 0`",
            ),
        ] {
            assert_eq!(judged(unit, when), meant);
        }
    }

    #[test]
    fn a_window_over_gauges_is_refused() {
        let rule = rule("a < 3 and b > 0", "over = '5m'");
        let figure = |text, gauge| Figure { text, unit: Unit::Count, gauge };
        let error = check(&rule, &[figure("a", true), figure("b", true)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the rule `R` has an `over` that changes nothing: `a` is a gauge\n  \
             a gauge stands as it is at any moment; how long it has to last says `for`"
        );
        assert!(check(&rule, &[figure("a", true), figure("b", false)]).is_ok());
        assert!(check(&Rule { over: None, ..rule }, &[figure("a", true); 2]).is_ok());
    }

    proptest! {
        /// Against all values on a grid that the numbers of the tests lie on.
        #[test]
        fn what_is_possible_is_what_some_value_does(
            tests in proptest::collection::vec((0..6_usize, -4..12_i32), 1..4),
            unit in prop::sample::select(vec![Unit::Ratio, Unit::Count, Unit::Number]),
        ) {
            let number = |n: i32| f64::from(n) / 4.0;
            let tests: Vec<Test> = tests
                .into_iter()
                .map(|(kind, n)| {
                    let operators = [Operator::Less, Operator::LessEqual, Operator::Greater,
                        Operator::GreaterEqual, Operator::Equal, Operator::Equal];
                    let (operator, negated) = (operators[kind], kind == 5);
                    Test::Compare { operator, negated, number: number(n) }
                })
                .collect();
            let values = match unit {
                Unit::Ratio => (0..=8).map(|n| f64::from(n) / 8.0).collect::<Vec<_>>(),
                Unit::Count => (0..10).map(f64::from).collect(),
                _ => (-40..100).map(|n| f64::from(n) / 8.0).collect(),
            };
            let any = values.iter().any(|value| tests.iter().all(|test| test.holds(*value)));
            prop_assert_eq!(possible(unit, &tests), any);
        }
    }
}
