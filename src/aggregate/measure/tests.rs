//! What measures are: their figures and units, what is refused, and gauges that grow with time.

use super::*;
use crate::aggregate::{KINDS, Plan};
use crate::event::FactKind;
use crate::expr::parse_aggregation;
use crate::record::{Accounting, NameId, Seed, Text};

fn measured(text: &str) -> Result<Measure> {
    let aggregation = parse_aggregation(text).unwrap();
    Measure::new(aggregation, &Setup::default(), &mut Needs::default())
}

fn measure(text: &str) -> Measure {
    measured(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn second(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000)
}

#[test]
fn a_metric_means_its_main_figure() {
    use crate::aggregate::Unit::{Count, Number, Ratio, Seconds};
    for (text, figure, unit) in [
        ("error-rate", "ratio", Ratio),
        ("session-failure", "ratio", Ratio),
        ("session-failure.oldest_open_seconds", "oldest_open_seconds", Seconds),
        ("session-failure.orphaned", "orphaned", Count),
        ("latency", "session.p95", Seconds),
        ("latency.health.p95", "health.p95", Seconds),
        ("latency.health.count", "health.count", Count),
        ("connections", "devices_online", Count),
        ("connections.stability", "stability", Ratio),
        ("throughput", "tasks_per_minute", Number),
        ("health", "consecutive_failures", Count),
        ("health.uptime_seconds", "uptime_seconds", Seconds),
        ("input.malformed_ratio", "malformed_ratio", Ratio),
        ("input", "records", Count),
        ("silence", "seconds", Seconds),
        ("count", "records", Count),
        ("sum(n)", "sum", Number),
        ("quantile(0.9, n)", "quantile", Number),
        ("distinct(n)", "distinct", Count),
    ] {
        let measure = measure(text);
        assert_eq!((measure.figure(), measure.unit()), (figure, unit), "{text}");
        assert_eq!(measure.text(), text);
    }
}

#[test]
fn gauges_are_told_from_counts() {
    for (text, gauge, of_all) in [
        ("connections", true, true),
        ("connections.clients_online by client", true, true),
        ("session-failure.open", true, true),
        ("session-failure.oldest_open_seconds", true, true),
        ("silence where level == ERROR", true, true),
        ("health.consecutive_failures", false, true),
        ("health.uptime_seconds", false, true),
        ("connections.peak_online", false, true),
        ("connections.reconnections", false, false),
        ("health.failures", false, false),
        ("session-failure", false, false),
    ] {
        let measure = measure(text);
        assert_eq!((measure.is_gauge(), measure.is_of_all()), (gauge, of_all), "{text}");
    }
}

#[test]
fn what_cannot_be_watched_is_refused_with_a_way_out() {
    for (text, said, hint) in [
        ("error-rate every 1m", "takes no `every`", "over = "),
        ("hourly", "`hourly` has tables only", "compares one figure"),
        ("timeline.records", "no figure `records`", "it has tables only"),
        ("error-rate.ration", "no figure `ration`", "did you mean `ratio`?"),
        ("throughput.peak_start", "is no number", ""),
        ("input by file", "have no keys", "count by file"),
        ("input.late", "no figure `late`", "its figures are lines, "),
        ("silense", "unknown aggregator `silense`", "did you mean `silence`?"),
        ("session-failure.oldest_open_second", "no figure", "did you mean `oldest_open_seconds`?"),
    ] {
        let error = measured(text).expect_err(text);
        assert!(error.message().contains(said), "{text}: {error}");
        assert!(error.advice().unwrap_or_default().contains(hint), "{text}: {error}");
    }
    let (silence, setup) = (parse_aggregation("silence").unwrap(), Setup::default());
    let error = Plan::new(silence, &setup, &mut Needs::default()).unwrap_err();
    assert!(error.advice().is_some_and(|hint| hint.contains("for alert rules")), "{error}");
}

#[test]
fn what_stands_behind_a_figure_is_counted() {
    let rules = [&SILENCE, &LINES, &OPEN_SESSIONS, &GENERIC];
    let kinds = KINDS.iter().filter(|kind| kind.name != "input").chain(rules);
    let mut checked = 0;
    for kind in kinds {
        let state = (kind.make)(&Setup::default());
        let Body::Figures { scalars, .. } = state.summarize(&AT_THE_EPOCH) else { panic!() };
        for behind in kind.behind {
            let of = |figure: &&str| behind.figure.is_empty() || figure.starts_with(behind.figure);
            let name = kind.name;
            assert!(scalars.iter().any(|scalar| of(&scalar.name)), "{name}.{}", behind.figure);
            for count in behind.population.iter().chain(behind.matched) {
                let value = state.figure(count, &AT_THE_EPOCH);
                assert_eq!(value, Some(Value::Int(0)), "{name}: {count}");
                checked += 1;
            }
        }
    }
    assert!(checked > 30);
    // The generic ones count the same.
    for text in ["sum(n)", "avg(n)", "min(n)", "max(n)", "quantile(0.5, n)", "distinct(n)"] {
        let measure = measure(text);
        let reading = measure.reading(measure.state().as_ref(), second(0), second(0));
        assert_eq!((reading.records, reading.matched), (Some(0), None), "{text}");
    }
}

#[test]
fn a_figure_is_that_of_the_summary() {
    for kind in KINDS {
        let state = (kind.make)(&Setup::default());
        let Body::Figures { scalars, .. } = state.summarize(&WINDOW) else { panic!() };
        for scalar in scalars {
            assert_eq!(state.figure(scalar.name, &WINDOW), Some(scalar.value), "{}", kind.name);
        }
        assert_eq!(state.figure("no such figure", &WINDOW), None);
    }
}

#[test]
fn labels_are_those_of_prometheus() {
    let named = measure("count by client_id, session, field(\"1 é\"), hour");
    assert_eq!(named.labels(), ["client", "session", "_1__", "hour"]);
    assert!(named.is_grouped() && !measure("count").is_grouped());
    let mut fact = Fact::new(FactKind::SessionStarted, 0, None);
    fact.client = Some("a-b:c");
    assert_eq!(named.key_of(&fact), None, "no fact counts");
    let sessions = measure("session-failure by client, session");
    let key = sessions.key_of(&fact).unwrap();
    let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(sessions.group_labels(&key), [label("client", "a-b:c"), label("session", "(none)")]);
    // What was cut off is missing.
    assert_eq!(sessions.group_labels("")[1], label("session", "(none)"));
    assert_eq!(measure("count").group_labels(""), []);
}

/// Records of the logger `a`, at these seconds, all undated where there is none.
fn batch(seconds: &[Option<i64>]) -> Batch {
    let mut batch = Batch::new(Seed(1), 0);
    for (row, at) in (0..).zip(seconds) {
        batch.push_row(Text::plain(0, 0));
        batch.records.push(row);
        batch.timestamp[row as usize] = at.map_or(Timestamp::NONE, second);
        batch.level[row as usize] = NameId::NONE;
    }
    batch
}

#[test]
fn silence_grows_since_the_last_record_or_the_start() {
    let silence = measure("silence");
    let mut state = silence.state();
    let read = |state: &dyn Aggregator, now| silence.reading(state, second(now), second(100));
    let nothing = Reading { value: Some(60.0), records: None, matched: None, grows: true };
    assert_eq!(read(state.as_ref(), 160), nothing);
    for (key, rows) in silence.partition(&batch(&[Some(150), None, Some(140)]), &[0, 1, 2]) {
        assert_eq!(key, "");
        state.observe(&batch(&[Some(150), None, Some(140)]), &rows);
    }
    assert_eq!(read(state.as_ref(), 160).value, Some(10.0));
    state.observe(&batch(&[None]), &[0]);
    assert_eq!(read(state.as_ref(), 160).value, Some(10.0), "nobody knows when that was");
    assert_eq!(read(state.as_ref(), 149).value, Some(0.0), "never negative");
    let mut earlier = silence.state();
    earlier.merge(state);
    assert_eq!(read(earlier.as_ref(), 151).value, Some(1.0));
}

#[test]
fn the_oldest_open_session_grows_while_there_is_one() {
    let oldest = measure("session-failure.oldest_open_seconds");
    let mut state = oldest.state();
    let read = |state: &dyn Aggregator| oldest.reading(state, second(60), second(0));
    let none = Reading { value: Some(0.0), records: None, matched: None, grows: false };
    assert_eq!(read(state.as_ref()), none);
    let fact = |kind| Fact { began: Some(second(20)), ..Fact::new(kind, 0, Some(second(20))) };
    state.learn(&fact(FactKind::SessionStarted));
    assert_eq!(read(state.as_ref()), Reading { value: Some(40.0), grows: true, ..none });
    state.learn(&fact(FactKind::SessionFinished));
    assert_eq!(read(state.as_ref()), none);
}

#[test]
fn who_is_online_is_unknown_until_something_tells() {
    let online = measure("connections");
    let mut state = online.state();
    let read = |state: &dyn Aggregator| online.reading(state, second(0), second(0)).value;
    assert_eq!(read(state.as_ref()), None);
    state.learn(&Fact::new(FactKind::ServerStarted, 0, None));
    assert_eq!(read(state.as_ref()), Some(0.0));
    let connected = Fact::new(FactKind::ClientConnected, 0, None);
    state.learn(&Fact { online: 1, device: true, ..connected });
    assert_eq!(read(state.as_ref()), Some(1.0));
}

#[test]
fn lines_are_told_and_not_observed() {
    let malformed = measure("input.malformed_ratio");
    assert!(malformed.takes_lines() && !measure("count").takes_lines());
    let mut state = malformed.state();
    assert_eq!(malformed.partition(&batch(&[None]), &[0]), []);
    let mut lines = Accounting { lines: 8, records: 5, blank: 1, ..Accounting::default() };
    lines.reasons[3] = 2;
    state.account(&lines);
    state.account(&Accounting { lines: 2, records: 2, ..Accounting::default() });
    let expected = Reading { value: Some(0.2), records: Some(10), matched: Some(2), grows: false };
    assert_eq!(malformed.reading(state.as_ref(), second(0), second(0)), expected);
}

#[test]
fn what_is_read_is_what_is_needed() {
    let reads = |text: &str, field| measure(text).reads(field);
    assert!(reads("module", Standard::Module) && !reads("module", Standard::Logger));
    assert!(
        !reads("error-rate", Standard::Client) && reads("error-rate by client", Standard::Client)
    );
    assert!(reads("silence where logger == \"a\"", Standard::Logger));
    assert!(!reads("silence", Standard::Logger));
    assert!(measure("connections").needs_events() && !measure("silence").needs_events());
    assert!(measure("count where has(client)").needs_events());
}
