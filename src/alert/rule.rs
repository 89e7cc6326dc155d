//! What a rule says. Where it was written and what has become of it stand elsewhere.

use std::collections::BTreeMap;

use crate::expr::When;

use super::{Severity, Template};

/// A rule: what has to be so, for how long, and what is told of it then.
///
/// Durations are in microseconds and not negative. Two rules are equal if nothing about them
/// differs; that their files differ in comments, order or place does not count.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The name, unique among the rules of a run: `[A-Za-z_][A-Za-z0-9_]*`, at most 128 bytes.
    pub name: String,
    /// What has to be so.
    pub when: When,
    /// The length of the sliding window, not 0. `None`: gauges as they stand, counters over the
    /// whole run.
    pub over: Option<i64>,
    /// How long it has to be so before the rule fires (`for`).
    pub hold: i64,
    /// How long the rule goes on firing when it is no longer so.
    pub keep_firing_for: i64,
    /// After how long an alert that still fires is told again; 0 = never.
    pub repeat_interval: i64,
    /// With fewer behind a figure it is unknown, and changes no state.
    pub min_records: u64,
    /// How bad it is.
    pub severity: Severity,
    /// How many series of the rule may fire at once, 1 to 10,000.
    pub limit: usize,
    /// Labels of all its alerts, by names as Prometheus has them; never `alertname`, `severity`
    /// or a key of the rule, and no value is empty.
    pub labels: BTreeMap<String, String>,
    /// What is told to a person.
    pub annotations: BTreeMap<String, Template>,
}
