//! The built-in rules do what their tests say, each at its exact time, and each of them has tests.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at what it did not expect, and says what it leaves out"
)]

use std::fs;
use std::path::Path;

use ufo_logscan::alert::{Rule, Severity, defaults};
use ufo_logscan::event::Profile;
use ufo_logscan::expr::{Operator, Test};
use ufo_logscan::ruletest::{self, TestFile};

fn text(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rules");
    fs::read_to_string(folder.join(name)).unwrap()
}

fn file() -> TestFile {
    let (file, faults) = ruletest::read(&text("defaults_test.toml"), "defaults_test.toml");
    assert!(faults.is_empty(), "{faults:?}");
    file
}

/// What fails of the tests whose names begin so.
fn failing(rules: &[Rule], begin: &str) -> Vec<String> {
    let profile = Profile::named("ufo").unwrap();
    let mut failing = Vec::new();
    for test in file().tests.iter().filter(|test| test.name.starts_with(begin)) {
        for failure in test.run(rules, &profile).unwrap() {
            failing.push(format!("{}: {failure}", test.name));
        }
    }
    failing
}

#[test]
fn the_built_in_rules_fire_and_end_when_they_should() {
    let failing = failing(&defaults().unwrap(), "");
    assert!(failing.is_empty(), "{}", failing.join("\n"));
}

/// Only a file that is followed can lose lines.
const LOST: &str = "InputLoss";

#[test]
fn whatever_is_changed_in_a_built_in_rule_fails_a_test() {
    let mut unseen = Vec::new();
    println!("skipped: {LOST}, which no record can make fire; tests/follow has it");
    for rule in defaults().unwrap().into_iter().filter(|rule| rule.name != LOST) {
        for (what, changed) in changes(&rule) {
            let mut rules = defaults().unwrap();
            *rules.iter_mut().find(|other| other.name == rule.name).unwrap() = changed;
            if failing(&rules, &rule.name).is_empty() {
                unseen.push(format!("{}: {what}", rule.name));
            }
        }
    }
    assert!(unseen.is_empty(), "no test sees {unseen:#?}");
}

/// A rule with one thing about it changed, as little as can be.
fn changes(rule: &Rule) -> Vec<(&'static str, Rule)> {
    const TICK: i64 = 5_000_000;
    let with = |change: &dyn Fn(&mut Rule)| {
        let mut rule = rule.clone();
        change(&mut rule);
        rule
    };
    let mut changes = vec![
        ("a longer `for`", with(&|rule| rule.hold += TICK)),
        ("`keep_firing_for`", with(&|rule| rule.keep_firing_for = TICK)),
        ("another severity", with(&|rule| rule.severity = Severity::Info)),
    ];
    if rule.hold > 0 {
        changes.push(("a shorter `for`", with(&|rule| rule.hold -= TICK)));
    }
    if rule.min_records > 0 {
        changes.push(("fewer records", with(&|rule| rule.min_records -= 1)));
        changes.push(("more records", with(&|rule| rule.min_records += 1)));
    }
    if let Some(over) = rule.over {
        changes.push(("a longer window", with(&|rule| rule.over = Some(over + TICK))));
        changes.push(("a shorter window", with(&|rule| rule.over = Some(over - TICK))));
    }
    for at in 0..rule.when.terms.len() {
        changes.push((
            "another comparison",
            with(&|rule| {
                let Test::Compare { operator, .. } = &mut rule.when.terms[at].test else { return };
                *operator = match operator {
                    Operator::GreaterEqual => Operator::Greater,
                    Operator::Less => Operator::LessEqual,
                    _ => Operator::GreaterEqual,
                };
            }),
        ));
    }
    changes
}
