//! Each format of events, from the process.

use serde_json::{Value, json};

use crate::common::{Done, finish};
use crate::process::{DOWN, checks, rules, watch};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// The lines about one alert that fires and ends.
fn lines(format: &str, key: Option<&str>) -> Vec<Value> {
    let (rules, log) = (rules(DOWN), rules(&checks(1..4)));
    let mut command = watch(rules.path(), ["--alert-format", format]);
    command.arg(log.path()).env_remove("PAGERDUTY_ROUTING_KEY");
    if let Some(key) = key {
        command.env("PAGERDUTY_ROUTING_KEY", key);
    }
    let done: Done = finish(&mut command);
    assert_eq!((done.code, &*done.stderr), (Some(0), ""));
    done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn ndjson_is_what_is_told_without_a_format() {
    let lines = lines("ndjson", None);
    assert_eq!(lines.len(), 2);
    for line in lines {
        let _ = crate::process::event(&line.to_string());
    }
}

#[test]
fn alertmanager_gets_arrays_of_alerts() {
    let lines = lines("alertmanager", None);
    assert_eq!(lines.len(), 2);
    for line in &lines {
        assert_eq!(line.as_array().unwrap().len(), 1);
        assert_eq!(line[0]["labels"], json!({"alertname": "Down", "severity": "error"}));
        assert_eq!(line[0]["startsAt"], "2020-11-22T06:00:20.000Z");
    }
    assert_eq!(lines[0][0].get("endsAt"), None);
    assert_eq!(lines[1][0]["endsAt"], "2020-11-22T06:00:30.000Z");
}

/// It forgets what is not told again within five minutes.
#[test]
fn alertmanager_is_told_again_before_it_forgets() {
    let (rules, log) = (rules(DOWN), rules(&(checks(1..3) + &checks(4..5) + &checks(60..61))));
    let mut command = watch(rules.path(), ["--alert-format", "alertmanager"]);
    let done = finish(command.arg(log.path()));
    // From 20 s to 600 s, every 240 s.
    assert_eq!(done.stdout.lines().count(), 3, "{}", done.stdout);
}

#[test]
fn pagerduty_gets_the_key_of_the_environment() {
    let keyed = lines("pagerduty", Some(KEY));
    assert_eq!(keyed.len(), 2);
    for (line, action) in keyed.iter().zip(["trigger", "resolve"]) {
        assert_eq!(line["event_action"], action);
        assert_eq!(line["routing_key"], KEY);
        assert_eq!(line["dedup_key"], "Down");
    }
    assert_eq!(keyed[0]["payload"]["severity"], "error");
    assert!(keyed[0]["payload"]["summary"].as_str().unwrap().starts_with("Down firing"));
    let lines = lines("pagerduty", None);
    assert!(lines.iter().all(|line| line.get("routing_key").is_none()));
}

#[test]
fn slack_gets_texts() {
    let lines = lines("slack", None);
    assert_eq!(lines.len(), 2);
    for (line, word) in lines.iter().zip(["firing", "resolved"]) {
        assert!(line["text"].as_str().unwrap().contains(&format!("Down {word}")), "{line}");
    }
}
