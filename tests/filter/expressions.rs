//! What a condition selects is what it counts, and what an evaluator over plain JSON says.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::Value;

use crate::common::{feed, run};

/// Conditions of every kind.
const CONDITIONS: [&str; 30] = [
    "level >= ERROR",
    "level == warning",
    "level in [ERROR, CRITICAL] and module == 'handler'",
    "not (level < WARNING)",
    "logger startswith 'ufo.server'",
    "logger !~ '^ufo'",
    "function == 'handler'",
    "message contains 'session'",
    "message =~ '(?i)error.*client'",
    "client == 'device_linux_001'",
    "client_id != 'device_linux_001'",
    "has(client) and not has(session)",
    "session =~ '^[0-9a-f]'",
    "session_id in ['x'] or task contains 'e'",
    "has(exception)",
    "exception contains 'Timeout'",
    "event == session-end",
    "event != session-end and has(event)",
    "event in [client-connected, client-disconnected]",
    "event =~ 'session'",
    "status == 200 or status >= 400",
    "hour >= 8 and day == '2026-11-22'",
    "timestamp >= '2026-11-22T08:00:00Z'",
    "line > 300 and field(\"line\") < 400",
    "field(\"nowhere.to.be\") == 1",
    "has(taskName)",
    "file contains 'log.1'",
    "level >= ERROR or message contains 'disconnected' and not module == 'handler'",
    "outcome == failed",
    "message == 'x' or not message == 'x'",
];

#[test]
fn what_is_selected_is_what_is_counted() {
    let mut args: Vec<String> = vec!["--format".into(), "json".into()];
    for condition in CONDITIONS {
        args.extend(["--agg".into(), format!("count where {condition}")]);
    }
    args.push("fixtures/logs".into());
    let done = run(&args);
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    let (mut some, mut all) = (0, 0);
    for condition in CONDITIONS {
        let section = &report["sections"][format!("count where {condition}")];
        let counted = section["records"].as_u64().expect(condition);
        let selected = |more: &[&str]| -> u64 {
            let args = ["filter", condition, "fixtures/logs", "--count"];
            let done = run(args.iter().chain(more));
            assert_eq!(done.code, Some(0), "{condition}: {}", done.stderr);
            let counts = done.stdout.lines().map(|line| line.rsplit_once(':').unwrap().1);
            counts.map(|count| count.parse::<u64>().unwrap()).sum()
        };
        assert_eq!(selected(&[]), counted, "{condition}");
        assert_eq!(selected(&["--invert"]), 486 - counted, "not {condition}");
        let lines = run(["filter", condition, "fixtures/logs"]).stdout.lines().count() as u64;
        assert_eq!(lines, counted, "{condition}");
        some += u64::from(counted > 0);
        all += u64::from(counted == 486);
    }
    assert!(some > 20 && all < 5, "{some} {all}");
}

/// A comparison of the oracle.
#[derive(Debug, Clone)]
enum Test {
    Is(&'static str, Value),
    AtLeast(&'static str, i64),
    Has(&'static str),
    Contains(&'static str, &'static str),
    Level(usize),
    Not(Box<Test>),
    Both(Box<Test>, Box<Test>),
    Either(Box<Test>, Box<Test>),
}

const LEVELS: [&str; 5] = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];

impl Test {
    fn text(&self) -> String {
        match self {
            Test::Is(field, value) => format!("{field} == {value}"),
            Test::AtLeast(field, number) => format!("{field} >= {number}"),
            Test::Has(field) => format!("has({field})"),
            Test::Contains(field, part) => format!("{field} contains '{part}'"),
            Test::Level(level) => format!("level >= {}", LEVELS[*level]),
            Test::Not(test) => format!("not ({})", test.text()),
            Test::Both(one, other) => format!("({}) and ({})", one.text(), other.text()),
            Test::Either(one, other) => format!("({}) or ({})", one.text(), other.text()),
        }
    }

    fn holds(&self, record: &Value) -> bool {
        match self {
            Test::Is(field, value) => &record[*field] == value,
            Test::AtLeast(field, number) => record[*field].as_i64().is_some_and(|n| n >= *number),
            Test::Has(field) => !record[*field].is_null(),
            Test::Contains(field, part) => {
                record[*field].as_str().is_some_and(|text| text.contains(part))
            }
            Test::Level(least) => {
                let level = LEVELS.iter().position(|name| record["level"] == **name);
                level.is_some_and(|level| level >= *least)
            }
            Test::Not(test) => !test.holds(record),
            Test::Both(one, other) => one.holds(record) && other.holds(record),
            Test::Either(one, other) => one.holds(record) || other.holds(record),
        }
    }
}

fn condition() -> impl Strategy<Value = Test> {
    let text = prop::sample::select(vec!["a", "ab", "é b", "\"q\"", ""]);
    let leaf = prop_oneof![
        (prop::sample::select(vec!["x", "client_id", "module"]), text.clone())
            .prop_map(|(field, text)| Test::Is(field, text.into())),
        (0_i64..5).prop_map(|n| Test::AtLeast("n", n)),
        (0_i64..5).prop_map(|n| Test::Is("n", n.into())),
        prop::sample::select(vec!["x", "n", "client_id", "module", "message"]).prop_map(Test::Has),
        prop::sample::select(vec!["x", "message"]).prop_map(|field| Test::Contains(field, "a")),
        (0..LEVELS.len()).prop_map(Test::Level),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|test| Test::Not(Box::new(test))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Test::Both(a.into(), b.into())),
            (inner.clone(), inner).prop_map(|(a, b)| Test::Either(a.into(), b.into())),
        ]
    })
}

fn record() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        prop::sample::select(vec!["a", "ab", "é b", "\"q\"", ""]).prop_map(Value::from),
        Just(Value::Null),
    ];
    let number = prop_oneof![(0_i64..5).prop_map(Value::from), Just(Value::Null)];
    (number, prop::collection::vec(text, 4), 0..LEVELS.len()).prop_map(|(n, mut texts, level)| {
        let mut record = serde_json::json!({"level": LEVELS[level], "n": n});
        for field in ["x", "client_id", "module", "message"] {
            record[field] = texts.pop().unwrap();
        }
        record
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_records_are_judged_as_serde_json_reads_them(
        test in condition(),
        records in prop::collection::vec(record(), 1..30),
    ) {
        let (mut log, mut wanted) = (String::new(), String::new());
        for record in &records {
            writeln!(log, "{record}").unwrap();
            if test.holds(record) {
                writeln!(wanted, "{record}").unwrap();
            }
        }
        let done = feed(&["filter", &test.text()], &log);
        prop_assert_eq!(done.stdout, wanted, "{}", test.text());
    }
}
