//! What holds for what.

use std::sync::Arc;

use super::*;
use crate::record::{Capture, EventKind, Level, RawEvent};

const FIELDS: &[(&str, &str)] = &[
    ("n", "12"),
    ("tenth", "0.1"),
    ("text", r#""12.0""#),
    ("quoted", r#""a\"\ud83d b""#),
    ("plain", r#""error""#),
    ("yes", "true"),
    ("no", "false"),
    ("nothing", "null"),
    ("nan", "NaN"),
    ("infinite", "-Infinity"),
    ("huge", "1e999"),
    ("id", "12345678901234567890"),
    ("object", r#"{"a":[1]}"#),
    ("a.b", "5"),
];

#[test]
fn records_answer() {
    for condition in [
        "n == 12 and n == '12' and n == 1.2e1 and n > 11 and n contains '1' and n startswith '12'",
        "text == 12 and text == '12.0' and text < 13 and text >= 12",
        "tenth == 10% and tenth == 100ms",
        "quoted == 'a\"\u{fffd} b'",
        "plain >= WARN and plain == ERROR",
        "yes == true and yes != false and yes == 'true' and no == false",
        "id == '12345678901234567890' and id > 1e19 and id in [1, 12345678901234567890]",
        "object contains '[1]' and has(object)",
        "field('a.b') == 5 and not has(field('a.c'))",
        "level > INFO and level >= warn and level == 'warning' and level startswith 'WARN'",
        "module == 'handler' and module < 'i' and module > 'HANDLER'",
        "message == 'Task \"a\" failed: 42 ✅' and message =~ 'failed: \\d+ .$'",
        "line == '{…}' and file == '-'",
        "timestamp == '2026-11-22T23:30:00Z' and timestamp == '2026-11-23T00:30:00'",
        "timestamp < 1e10 and timestamp in [1, '2026-11-23T00:30:00+01:00']",
        "day == '2026-11-23' and hour == 0 and hour in [0, 1] and day > '2026-11-22'",
        "n in [1, '12'] and not n in [1, 2]",
    ] {
        assert!(holds(condition, FIELDS), "{condition}");
    }
}

#[test]
fn what_is_missing_or_of_another_kind_compares_to_nothing() {
    for condition in [
        "has(nothing) or has(nan) or has(infinite) or has(huge) or has(nowhere)",
        "client == '' or has(client) or has(session) or has(exception) or has(outcome)",
        "nan == 1 or nan < 1 or nan >= 1 or huge > 1",
        "nowhere == 'x' or nowhere =~ '' or nowhere in ['x'] or nowhere contains ''",
        "n < '2' or n <= '12' or n >= '12'",
        "yes == 1 or yes == TRACE or no < 1",
        "plain == true or plain > 1",
        "level == 'NOTICE' or level < 'info'",
        "module == ERROR or module > 1",
        "message =~ '^task'",
    ] {
        assert!(!holds(condition, FIELDS), "{condition}");
    }
    assert!(holds("nowhere != 'x' and nowhere !~ 'x' and not nowhere < 5 and nan != 1", FIELDS));
}

#[test]
fn a_level_of_another_name_is_a_text() {
    let mut batch = sample(&Needs::default(), &[]);
    batch.level[0] = batch.names.intern("NOTICE");
    let holds = |text: &str| parse_condition(text).unwrap().test(&batch.record(0));
    assert!(holds("level == 'NOTICE' and has(level) and level != ERROR and level contains 'OT'"));
    assert!(!holds("level >= TRACE or level < CRITICAL"));
}

#[test]
fn events_answer_with_what_they_captured() {
    let mut batch = sample(&Needs::default(), &[]);
    let mut event = RawEvent::new(&batch, 0, EventKind::SessionFinished, 0);
    for (capture, text) in [(Capture::Task, "build"), (Capture::Status, "503")] {
        let text = store(&mut batch, text);
        event.give(&mut batch, capture, text);
    }
    batch.file = Arc::from("logs/ufo.log");
    batch.events.push(event);
    let holds = |text: &str| parse_condition(text).unwrap().test(&batch.record(0));
    assert!(holds("event == session-finished and event startswith session and task == 'build'"));
    assert!(holds("status >= 500 and status == '503' and file startswith 'logs/'"));
    assert!(holds("event in [health-check, session-finished] and event =~ 'fin'"));
}

#[test]
fn patterns_see_the_first_part_of_a_text() {
    let text = format!("\"{}x\"", "é".repeat(32 * 1024));
    assert!(!holds("t =~ 'x'", &[("t", &text)]));
    assert!(holds("t =~ 'é$' and t contains 'x'", &[("t", &text)]));
}

#[test]
fn unbound_fields_have_no_value() {
    let batch = sample(&Needs::default(), &[]);
    assert!(!parse_condition("has(x)").unwrap().test(&batch.record(0)));
}

#[test]
fn values_as_keys_and_numbers() {
    let text = |text: &'static str| Datum::Text(text.into());
    for (datum, key, number) in [
        (text("1e2"), "1e2", Some(100.0)),
        (text(" 1"), " 1", None),
        (text("inf"), "inf", None),
        (Datum::Number(14.0), "14", Some(14.0)),
        (Datum::Number(-0.0), "0", Some(0.0)),
        (Datum::Number(f64::NAN), "NaN", None),
        (Datum::Level(Level::Error), "ERROR", None),
        (Datum::Time(Timestamp::from_micros(1)), "1970-01-01T00:00:00.000001Z", None),
        (Datum::Bool(true), "true", None),
    ] {
        assert_eq!((&*datum.text(), datum.number()), (key, number));
    }
    let batch = sample(&Needs::default(), &[]);
    let record = batch.record(0);
    assert_eq!(Operand::Module.of(&record), Some(text("handler")));
    assert_eq!(Operand::Hour(Zone::Utc).of(&record), Some(Datum::Number(23.0)));
}
