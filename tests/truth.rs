//! What truly happened is what the report says: logs of a real server, whose sessions and
//! connections were counted by the driver of that server or by hand, against the whole program.
//! `fixtures/truth/expected.json` tells how.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod common;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

fn expected() -> Map<String, Value> {
    let text = std::fs::read_to_string(common::root().join("fixtures/truth/expected.json"));
    let document: Value = serde_json::from_str(&text.unwrap()).unwrap();
    document["paths"].as_object().unwrap().clone()
}

fn report(path: &str) -> Value {
    let done = common::run(["--format", "json", path]);
    assert_eq!(done.code, Some(0), "{path}: {}", done.stderr);
    serde_json::from_str(&done.stdout).unwrap()
}

/// The figures of a report by the names that `expected.json` gives them.
fn figures(report: &Value) -> Map<String, Value> {
    let sections = &report["sections"];
    let connections = &sections["connections"];
    let session = &sections["latency"]["session"];
    let mut figures = Map::new();
    let mut set = |name: &str, value: Value| {
        assert_eq!(figures.insert(name.to_owned(), value), None, "{name} twice");
    };
    set("lines", sections["input"]["lines"].clone());
    set("levels", table(&sections["level"]["levels"], "level", "records"));
    for name in [
        "started",
        "completed",
        "failed",
        "cancelled",
        "unfinished",
        "ends_without_start",
        "agent_failed",
    ] {
        set(name, sections["session-failure"][name].clone());
    }
    for name in ["connects", "disconnects", "reconnections", "peak_online"] {
        set(name, connections[name].clone());
    }
    set("online_at_end", connections["clients_online"].clone());
    set("flaky", table(&connections["flaky"], "client", "reconnections"));
    let clients = sections["client"]["clients"].as_array().unwrap();
    set("clients", clients.iter().filter(|row| row["connects"].as_u64() > Some(0)).count().into());
    for name in ["count", "max", "sum"] {
        set(&format!("took_{name}"), session[name].clone());
    }
    figures
}

/// A table as an object: what stands in one column by what stands in another.
fn table(rows: &Value, key: &str, value: &str) -> Value {
    let rows = rows.as_array().unwrap().iter();
    let entry = |row: &Value| (row[key].as_str().unwrap().to_owned(), row[value].clone());
    Value::Object(rows.map(entry).collect())
}

/// JSON may write one number in several ways.
fn same(a: &Value, b: &Value) -> bool {
    a == b || a.as_f64().is_some_and(|a| Some(a) == b.as_f64())
}

fn differences(path: &str, expected: &Map<String, Value>, found: &Map<String, Value>) -> String {
    let wrong = expected.iter().filter(|(name, value)| !same(value, &found[name.as_str()]));
    wrong
        .map(|(name, value)| format!("{path}: {name} is {}, not {value}\n", found[name.as_str()]))
        .collect()
}

#[test]
fn every_figure_is_what_happened() {
    let mut wrong = String::new();
    let expected = expected();
    assert_eq!(expected.len(), 7);
    for (path, expected) in expected {
        let found = figures(&report(&path));
        let expected = expected.as_object().unwrap();
        let names = |map: &Map<String, Value>| map.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(expected), names(&found), "{path}");
        wrong += &differences(&path, expected, &found);
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_wrong_figure_would_be_seen() {
    let expected = json!({"started": 3, "took_max": 150, "flaky": {"a": 3}});
    let found = json!({"started": 2, "took_max": 150.0, "flaky": {"a": 4}});
    let wrong = differences("x", expected.as_object().unwrap(), found.as_object().unwrap());
    assert_eq!(wrong, "x: flaky is {\"a\":4}, not {\"a\":3}\nx: started is 2, not 3\n");
}

#[test]
fn gauges_agree_with_the_counts() {
    for path in expected().keys() {
        let report = report(path);
        let sessions = &report["sections"]["session-failure"];
        let count = |name: &str| sessions[name].as_u64().unwrap();
        let ended = count("completed") + count("failed") + count("cancelled");
        let open = count("started") + count("ends_without_start") - ended;
        assert_eq!(count("unfinished"), open, "{path}");
        assert!(count("open") <= count("unfinished"), "{path}");
        assert_eq!(sessions["oldest_open_seconds"] == 0.0, count("open") == 0, "{path}");
    }
}
