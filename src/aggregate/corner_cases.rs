//! The corner cases of the page's arithmetic, as the sections define them: no data, one value,
//! more disconnects than connects, no time between first and last.

use crate::event::{Fact, FactKind, Outcome};
use crate::record::Timestamp;
use crate::summary::{Body, Value};

use super::{Aggregator, Setup, View, kind};

/// The figures of a section that has learned some facts.
fn figures(section: &str, facts: &[Fact<'_>]) -> Body {
    let mut state: Box<dyn Aggregator> = (kind(section).unwrap().make)(&Setup::default());
    for fact in facts {
        state.learn(fact);
    }
    state.summarize(&View::default())
}

fn fact(kind: FactKind, second: i64) -> Fact<'static> {
    Fact::new(kind, 0, Some(Timestamp::from_micros(second * 1_000_000)))
}

fn finished(outcome: Outcome, second: i64) -> Fact<'static> {
    let ended = fact(FactKind::SessionFinished, second);
    Fact { outcome: Some(outcome), had_start: true, nanos: Some(1_500_000_000), ..ended }
}

#[track_caller]
fn check(body: &Body, name: &str, expected: &Value) {
    assert_eq!(body.scalar(name), Some(expected), "{name}");
}

#[test]
fn nothing_at_all_has_an_answer() {
    let none = figures("connections", &[]);
    check(&none, "stability", &Value::Ratio(1.0));
    check(&none, "disconnects_per_hour", &Value::Float(0.0));
    check(&none, "clients_online", &Value::Null);
    check(&none, "peak_online", &Value::Null);
    check(&figures("error-rate", &[]), "ratio", &Value::Ratio(0.0));
    let none = figures("session-failure", &[]);
    check(&none, "ratio", &Value::Ratio(0.0));
    check(&none, "agent_ratio", &Value::Ratio(0.0));
    let none = figures("throughput", &[]);
    check(&none, "tasks_per_minute", &Value::Float(0.0));
    check(&none, "peak_tasks_per_minute", &Value::Int(0));
    check(&none, "peak_start", &Value::Null);
    let none = figures("latency", &[]);
    check(&none, "session.count", &Value::Int(0));
    check(&none, "session.p95", &Value::Null);
    check(&none, "session.sum", &Value::Seconds(0.0));
    check(&figures("health", &[]), "availability", &Value::Ratio(1.0));
}

#[test]
fn stability_stays_within_0_and_1() {
    let [up, down] = [FactKind::ClientConnected, FactKind::ClientDisconnected];
    let half = figures("connections", &[fact(up, 0), fact(up, 1), fact(down, 2)]);
    check(&half, "stability", &Value::Ratio(0.5));
    // A log that begins in the middle: the page's own figure would be -1.
    let negative = figures("connections", &[fact(up, 0), fact(down, 1), fact(down, 2)]);
    check(&negative, "stability", &Value::Ratio(0.0));
    check(&figures("connections", &[fact(down, 1)]), "stability", &Value::Ratio(1.0));
}

#[test]
fn a_rate_needs_time() {
    let down = FactKind::ClientDisconnected;
    let per_hour = |seconds: &[i64]| {
        let facts: Vec<_> = seconds.iter().map(|second| fact(down, *second)).collect();
        figures("connections", &facts).scalar("disconnects_per_hour").cloned()
    };
    assert_eq!(per_hour(&[5]), Some(Value::Float(0.0)), "one has no span");
    assert_eq!(per_hour(&[5, 5]), Some(Value::Float(0.0)), "nor have two at one instant");
    assert_eq!(per_hour(&[0, 1800]), Some(Value::Float(4.0)));

    let one = figures("throughput", &[finished(Outcome::Completed, 61)]);
    check(&one, "tasks_per_minute", &Value::Float(0.0));
    check(&one, "peak_tasks_per_minute", &Value::Int(1));
    check(&one, "peak_start", &Value::Time(Timestamp::from_micros(60_000_000)));
    // Two minutes with one task each: the earlier one is the peak; failed tasks are none.
    let outcomes = [(Outcome::Completed, 0), (Outcome::Failed, 60), (Outcome::Completed, 120)];
    let two = figures("throughput", &outcomes.map(|(outcome, at)| finished(outcome, at)));
    check(&two, "tasks_per_minute", &Value::Float(1.0));
    check(&two, "peak_start", &Value::Time(Timestamp::from_micros(0)));
}

#[test]
fn one_value_is_every_figure_of_a_latency() {
    let one = figures("latency", &[finished(Outcome::Completed, 0)]);
    for name in ["min", "max", "mean", "median", "p95", "p99", "sum"] {
        let name = format!("session.{name}");
        check(&one, &name, &Value::Seconds(1.5));
    }
}

#[test]
fn cancelled_sessions_are_in_the_ratio_and_only_completed_ones_in_the_agents() {
    let failing = Fact { agent_failed: true, ..finished(Outcome::Completed, 0) };
    let others = [Outcome::Completed, Outcome::Failed, Outcome::Cancelled];
    let mut facts = vec![failing];
    facts.extend(others.map(|outcome| finished(outcome, 1)));
    let body = figures("session-failure", &facts);
    check(&body, "ratio", &Value::Ratio(0.5));
    check(&body, "agent_ratio", &Value::Ratio(0.5));
}
