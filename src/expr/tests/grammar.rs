//! What is read as what.

use super::*;
use crate::record::FieldPath;

fn aggregation(text: &str) -> Aggregation {
    parse_aggregation(text).unwrap()
}

/// Conditions have no equality (patterns have none); what they show is as good.
fn same(left: &str, right: &str) {
    let [left, right] = [left, right].map(|text| format!("{:?}", parse_condition(text).unwrap()));
    assert_eq!(left, right);
}

#[test]
fn metrics_and_figures() {
    for (text, metric, figure) in [
        ("error-rate", Metric::Section("error-rate".into()), None),
        ("latency.session.p95", Metric::Section("latency".into()), Some("session.p95")),
        ("latency . session.p95", Metric::Section("latency".into()), Some("session.p95")),
        ("count", Metric::Count, None),
        ("count.records", Metric::Count, Some("records")),
        ("distinct(client_id).value", Metric::Distinct(Operand::Client), Some("value")),
        ("quantile(95%, line)", Metric::Quantile(0.95, Operand::Line), None),
        ("quantile(1, line)", Metric::Quantile(1.0, Operand::Line), None),
        ("made-up", Metric::Section("made-up".into()), None),
    ] {
        let read = aggregation(text);
        assert_eq!((read.metric, read.figure.as_deref()), (metric, figure), "{text}");
    }
}

#[test]
fn clauses_and_text() {
    let read = aggregation(
        " count\tby client ,session_id,\n field(a.b), hour   every 1h30m where client == 'a  b' ",
    );
    assert_eq!(
        read.text,
        "count by client ,session_id, field(a.b), hour every 1h30m where client == 'a  b'"
    );
    let labels: Vec<String> = read.by.iter().map(Operand::label).collect();
    assert_eq!(labels, ["client", "session", "a.b", "hour"]);
    assert_eq!(read.every, Some(5_400_000_000));
    assert_eq!(read.filter.unwrap().to_string(), "client == \"a  b\"");
}

#[test]
fn printing_is_canonical() {
    for (text, printed) in [
        ("count by client_id every 60m", "count by client every 1h"),
        ("sum( field('a.b') ).x where not(a==1)", "sum(field(\"a.b\")).x where a != 1"),
        ("count by field(x), field('a b')", "count by field(\"x\"), field(\"a b\")"),
        ("quantile(95%, @ms)", "quantile(0.95, @ms)"),
        ("distinct(field(level))", "distinct(field(\"level\"))"),
        ("count where event == session-finished", "count where event == \"session-finished\""),
        ("count where level in [error,'NOTICE']", "count where level in [ERROR, \"NOTICE\"]"),
        ("count where (a==1 or b==2) and c==3", "count where (a == 1 or b == 2) and c == 3"),
        ("count where a==1 or (b==2 and c==3)", "count where a == 1 or b == 2 and c == 3"),
        ("count where not (a == 5m or b !~ 'x\"')", "count where not (a == 300 or b !~ \"x\\\"\")"),
        ("count where not not has(x)", "count where not not has(x)"),
        ("count where timestamp>=0", "count where timestamp >= \"1970-01-01T00:00:00.000Z\""),
    ] {
        assert_eq!(aggregation(text).to_string(), printed);
        assert_eq!(aggregation(printed).to_string(), printed);
    }
}

#[test]
fn precedence() {
    same("a==1 or b==2 and not c==3", "a==1 or (b==2 and (not (c==3)))");
    same("not a == 1 and b == 2", "(not a == 1) and b == 2");
    same("a == 1 and (b == 2 and c == 3)", "a == 1 and b == 2 and c == 3");
    same("a != 1", "not a == 1");
    same("a !~ 'x'", "not a =~ 'x'");
}

#[test]
fn words_that_look_like_others() {
    // Names of fields that are not reserved, tight writing, words with hyphens.
    same("has==1 and field==2", "(has == 1) and (field == 2)");
    same("error-code>=-5", "error-code >= -5");
    same("info == 1 and deviates == 2 and from == 3", "info==1 and deviates==2 and from==3");
    same("größe == 1", "field(größe) == 1");
    same("x == 'it\\'s'", "x == \"it's\"");
    same("x =~ '\\d+'", "x =~ \"\\\\d+\"");
}

#[test]
fn literals_follow_their_operand() {
    let literal = |text: &str| match parse_condition(text).unwrap() {
        Condition::Compare(_, _, literal) => literal,
        other => panic!("{other:?}"),
    };
    let text = |text: &str| Literal::Text(text.to_owned());
    let level = Literal::Level(crate::record::Level::Error);
    for (condition, meant) in [
        ("level == 'err'", level.clone()),
        ("level >= Error", level.clone()),
        ("level == 'NOTICE'", text("NOTICE")),
        ("level contains 'err'", text("err")),
        ("severity == error", level),
        ("severity == 'error'", text("error")),
        ("status == error", text("error")),
        ("outcome == failed", text("failed")),
        ("status >= 500", Literal::Number(500.0)),
        ("x == 10%", Literal::Number(0.1)),
        ("x == 250ms", Literal::Number(0.25)),
        ("x == -1.5e-3", Literal::Number(-0.0015)),
        ("x == true", Literal::Bool(true)),
        ("x == 'true'", text("true")),
        ("timestamp > 1763791200.25", Literal::Time(Timestamp::from_micros(1_763_791_200_250_000))),
        ("timestamp > '1970-01-01T01:00+01:00'", Literal::Time(Timestamp::from_micros(0))),
        ("x == '2026-11-22T06:00:00Z'", text("2026-11-22T06:00:00Z")),
    ] {
        assert_eq!(literal(condition), meant, "{condition}");
    }
}

#[test]
fn binding_gives_slots_and_zones() {
    let mut read = aggregation(
        "sum(a) by hour, field(b) where field(a) == 1 and has(field(b.c)) \
         and timestamp in ['1970-01-01T01:00', 5] and day =~ 'x'",
    );
    let (mut needs, zone) = (Needs::default(), Zone::Fixed(3600));
    read.bind(&mut needs, &zone);
    assert_eq!(needs.paths(), ["a", "b", "b.c"].map(FieldPath::dotted));
    assert_eq!(read.by[0], Operand::Hour(zone));
    let bound = format!("{:?}", read.filter);
    assert!(bound.contains("Timestamp(0)") && bound.contains("Day(Fixed(3600))"), "{bound}");
}
