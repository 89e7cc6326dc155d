//! What comes before there is a record: the wall's time, and lines that are none.

use ufo_logscan::alert::{Rule, Settings, built_in, combine, read};
use ufo_logscan::record::{Timestamp, Zone};
use ufo_logscan::source::Block;

use crate::drive::{Run, SETTINGS};

fn rules(text: &str) -> Vec<Rule> {
    combine(Vec::new(), read(text, "test.toml").unwrap()).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::from_text(text, &Zone::Utc).unwrap()
}

fn record(time: &str) -> Vec<u8> {
    format!("{{\"timestamp\":\"{time}\",\"level\":\"INFO\",\"message\":\"m\"}}\n").into_bytes()
}

#[test]
fn a_log_in_another_zone_than_was_thought_is_not_silent() {
    let defaults = combine(built_in().unwrap(), Vec::new()).unwrap();
    let mut run = Run::new(&defaults, Settings { live: true, ..SETTINGS });
    run.engine.begin(0);
    run.engine.started_at(at("2026-11-22T06:00:00Z"));
    run.idle(20_000_000);
    // Its clock is Kathmandu's, and it does not say so.
    run.take(0, record("2026-11-22T11:45:21"));
    assert_eq!(run.events, []);
    run.idle(610_000_000);
    assert_eq!(run.events.len(), 1, "{:?}", run.events);
    assert_eq!(run.events[0].at, at("2026-11-22T11:55:25Z"));
}

#[test]
fn silence_counts_from_the_start_until_there_is_a_record() {
    let defaults = combine(built_in().unwrap(), Vec::new()).unwrap();
    let mut run = Run::new(&defaults, Settings { live: true, ..SETTINGS });
    run.engine.begin(0);
    run.engine.started_at(at("2026-11-22T06:00:00Z"));
    run.idle(600_000_000);
    assert_eq!(run.events, []);
    run.idle(605_000_000);
    assert_eq!(run.events[0].at, at("2026-11-22T06:10:05Z"));
    run.take(0, record("2026-11-22T06:20:01"));
    run.take(0, record("2026-11-22T06:20:11"));
    assert_eq!(run.events.len(), 2, "{:?}", run.events);
    assert_eq!(run.events[1].ends_at, Some(at("2026-11-22T06:20:05Z")));
}

#[test]
fn lines_that_are_too_long_to_be_rows_are_lines() {
    let rules = rules("[[rule]]\nname = \"Long\"\nwhen = \"input.oversize >= 2\"\nover = \"5m\"");
    let mut run = Run::new(&rules, SETTINGS);
    run.take(0, record("2026-11-22T06:00:01"));
    let bytes = record("2026-11-22T06:00:02");
    run.take_block(0, Block { bytes, oversize: 2, ..Block::default() }, None);
    run.take(0, record("2026-11-22T06:01:00"));
    assert_eq!(run.events.len(), 1);
    assert_eq!(run.events[0].at, at("2026-11-22T06:00:05Z"));
}
