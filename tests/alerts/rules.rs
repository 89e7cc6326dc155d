//! Random rules: all kinds of terms, with all that may stand beside them.

use std::fmt::Write as _;

use proptest::prelude::*;
use ufo_logscan::alert::{Rule, combine, read};

/// Conditions that windows may be of.
const COUNTED: [&str; 26] = [
    "count > 2",
    "count < 1",
    "count where level == ERROR >= 1",
    "error-rate > 30%",
    "error-rate deviates 50% from 40%",
    "input.malformed_ratio > 20%",
    "input.undated > 0",
    "input.lines >= 4",
    "session-failure.ratio > 40%",
    "session-failure.orphaned > 0",
    "latency.health.p95 > 100ms",
    "connections.connects > 1",
    "connections.stability < 60%",
    "throughput.records_per_second > 0.5",
    "client.distinct >= 2",
    "distinct(module) >= 2",
    "quantile(0.9, n) > 10",
    "count by module > 1",
    "count by module < 1",
    "count by level, client >= 2",
    "error-rate by module > 40%",
    "connections.reconnections by client >= 1",
    "connections.disconnects by client > 0",
    "session-failure.failed by client where session != \"s1\" > 0",
    "count by module > 1 and error-rate by module > 30%",
    "count by module < 1 and count < 4",
];

/// Conditions about how things stand.
const STANDING: [&str; 14] = [
    "connections.devices_online == 0",
    "connections.devices_online < 2 and connections.devices_online > 0",
    "connections.clients_online by client > 0",
    "connections.peak_online > 1",
    "session-failure.oldest_open_seconds > 20s",
    "session-failure.oldest_open_seconds by client >= 40s",
    "session-failure.open > 1",
    "health.consecutive_failures >= 2",
    "silence > 15s",
    "silence >= 1m",
    "silence deviates 50% from 30s",
    "silence > 10s and session-failure.open > 0",
    "silence by module > 10s",
    "health.uptime_seconds > 10",
];

/// Conditions of both kinds.
const MIXED: [&str; 4] = [
    "count by module >= 1 and connections.devices_online == 0",
    "error-rate > 30% and silence < 20s",
    "count by module >= 1 and silence > 5s",
    "count < 3 and session-failure.open > 0",
];

/// Conditions about records, whatever their order.
const OF_RECORDS: [&str; 10] = [
    "count > 2",
    "count < 1",
    "count where level == ERROR >= 1",
    "error-rate > 30%",
    "distinct(module) >= 2",
    "quantile(0.9, n) > 10",
    "count by module > 1",
    "count by level, module >= 2",
    "error-rate by module > 40%",
    "silence > 15s",
];

/// The only rule, or the rules, of a text.
pub(crate) fn rules(text: &str) -> Vec<Rule> {
    combine(Vec::new(), read(text, "rules.toml").unwrap()).unwrap()
}

/// How far windows may reach.
const OVER: [&str; 7] = ["5s", "7s", "10s", "30s", "1m", "5m", "1h"];

/// A condition with its window.
fn over(when: &'static [&'static str]) -> impl Strategy<Value = String> {
    let all = (prop::sample::select(when), prop::sample::select(&OVER[..]));
    all.prop_map(|(when, over)| format!("when = '{when}'\nover = '{over}'\n"))
}

/// A condition without a window.
fn plain(when: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(when).prop_map(|when| format!("when = '{when}'\n"))
}

/// A condition with all that may stand beside it.
fn with_the_rest(when: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let wait = || prop_oneof![3 => Just("0s"), 1 => Just("5s"), 1 => Just("12s"), 1 => Just("1m")];
    let few = prop_oneof![3 => Just(0), 1 => 1..4];
    let limit = prop_oneof![2 => Just(100), 1 => 1..3];
    (when, wait(), wait(), wait(), few, limit).prop_map(|(when, hold, keep, repeat, few, limit)| {
        format!(
            "{when}for = '{hold}'\nkeep_firing_for = '{keep}'\nrepeat_interval = '{repeat}'\n\
             min_records = {few}\nlimit = {limit}\n"
        )
    })
}

/// One to four random rules.
pub(crate) fn random() -> impl Strategy<Value = String> {
    let when = prop_oneof![
        6 => over(&COUNTED), 2 => plain(&COUNTED), 4 => plain(&STANDING), 2 => over(&MIXED),
    ];
    some(when)
}

/// One to four random rules about records, whatever their order.
pub(crate) fn of_records() -> impl Strategy<Value = String> {
    some(prop_oneof![4 => over(&OF_RECORDS[..9]), 1 => plain(&OF_RECORDS)])
}

fn some(when: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    prop::collection::vec(with_the_rest(when), 1..5).prop_map(|bodies| {
        let mut text = String::new();
        for (number, body) in bodies.iter().enumerate() {
            let _ = write!(text, "[[rule]]\nname = 'R{number}'\n{body}");
        }
        text
    })
}
