//! Tests of alert rules: records at times, and the alerts that are to come of them.
//!
//! The model is that of Prometheus' `promtool test rules`: at an `eval_time` exactly the alerts
//! of `exp_alerts` fire. A test is played as a live run whose clock is the test's own; what reads
//! lines and evaluates rules is what `watch` uses. No file is opened here and nothing is printed:
//! a test file comes as text, its rules and profile are whatever the caller has made of their
//! names, and what is wrong with a test is told as a [`Failure`].

mod compare;
mod file;
mod play;
mod record;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::alert::{Event, LIMIT_REACHED, Rule, Status};
use crate::config::unknown;
use crate::error::{Error, Result};
use crate::event::Profile;
use crate::record::Timestamp;

pub use compare::Failure;
pub use file::read;
use record::Lines;

/// What a test file says.
#[derive(Debug, Clone, Default)]
pub struct TestFile {
    /// The files of the rules that are tested, as written: relative to the test file. `None` if
    /// it names none.
    pub rules: Option<Vec<String>>,
    /// Whether the built-in rules take part too.
    pub defaults: bool,
    /// The tests, in order.
    pub tests: Vec<Test>,
}

/// One test.
#[derive(Debug, Clone)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// The profile that says what messages mean, as written: a name, or a file, relative to the
    /// test file.
    pub profile: Option<String>,
    /// The instant that its times count from.
    start: Timestamp,
    /// In the order of the file.
    records: Vec<Lines>,
    /// How far time goes, in microseconds from the start.
    end: i64,
    alerts: Vec<FiringAt>,
    events: Vec<Sequence>,
}

/// The labels of an alert.
type Labels = BTreeMap<String, String>;

/// That at an instant these alerts fire, and no others.
#[derive(Debug, Clone)]
struct FiringAt {
    place: String,
    /// In microseconds from the start.
    at: i64,
    /// The rule it is about; all of them without one.
    alertname: Option<String>,
    alerts: Vec<Alert>,
}

/// An alert as it is expected.
#[derive(Debug, Clone)]
struct Alert {
    /// All of them, `alertname` included.
    labels: Labels,
    /// Those that are compared.
    annotations: Labels,
}

/// That these events are told in a test, in this order, and no others.
#[derive(Debug, Clone)]
struct Sequence {
    place: String,
    /// The rule it is about; all of them without one.
    alertname: Option<String>,
    events: Vec<Told>,
}

/// An event as it is expected.
#[derive(Debug, Clone)]
struct Told {
    /// In microseconds from the start.
    at: i64,
    status: Status,
    /// All of them, `alertname` included; `None` if they are not compared.
    labels: Option<Labels>,
    /// Those that are compared.
    annotations: Labels,
}

impl Test {
    /// Plays the test with some rules, sorted by name. What was expected and did not come is a
    /// failure, and so is what came and was not expected.
    ///
    /// # Errors
    ///
    /// A rule that asks for what there is not, and an expectation about a rule that there is not.
    pub fn run(&self, rules: &[Rule], profile: &Profile) -> Result<Vec<Failure>> {
        self.check_names(rules)?;
        let told = play::play(self, rules.to_vec(), profile)?;
        let alerts = self.alerts.iter().filter_map(|expected| expected.compare(&told, self.start));
        let events = self.events.iter().filter_map(|expected| expected.compare(&told, self.start));
        Ok(alerts.chain(events).collect())
    }

    /// A test of a rule that does not exist would expect nothing and get it.
    fn check_names(&self, rules: &[Rule]) -> Result<()> {
        let known = || rules.iter().map(|rule| rule.name.as_str()).chain([LIMIT_REACHED]);
        let alerts = self.alerts.iter().map(|expected| (&expected.alertname, &expected.place));
        let events = self.events.iter().map(|expected| (&expected.alertname, &expected.place));
        for (name, place) in alerts.chain(events) {
            let Some(name) = name.as_deref().filter(|name| !known().any(|known| known == *name))
            else {
                continue;
            };
            return Err(unknown("rule", name, &known().collect::<Vec<_>>()).within(place));
        }
        Ok(())
    }
}

/// Whether an event is about a rule, if only one is asked for.
fn is_about(event: &Event, alertname: Option<&str>) -> bool {
    alertname.is_none_or(|name| name == event.name)
}

/// An error about a file, for what only its text can be blamed for.
fn fault(message: impl Into<String>) -> Error {
    Error::config(message)
}
