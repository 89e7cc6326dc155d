//! H18, H19: more keys than anybody wants, and keys that want to collide.

use std::fmt::Write as _;

use serde_json::Value;

use crate::common::feed;

fn sum(rows: &Value, figure: &str) -> u64 {
    rows.as_array().unwrap().iter().map(|row| row[figure].as_u64().unwrap()).sum()
}

/// One record for each of so many clients; every seventh is an error.
fn clients(count: u64) -> String {
    let mut lines = String::new();
    for n in 0..count {
        let level = if n % 7 == 0 { "ERROR" } else { "INFO" };
        let _ = writeln!(
            lines,
            "{{\"timestamp\":\"2026-11-22T06:{:02}:00\",\"level\":\"{level}\",\
             \"client_id\":\"c{n}\",\"logger\":\"l{n}\",\"message\":\"m{n}\",\"x\":1}}",
            n % 60
        );
    }
    lines
}

const RECORDS: u64 = 10_000;
const ERRORS: u64 = 1429;

#[test]
fn h18_past_the_cap_totals_stay_exact() {
    let args = ["--format", "json", "--max-keys", "100", "--agg", "client,logger,level,error-rate"];
    let report = feed(&args, clients(RECORDS)).report();
    let sections = &report["sections"];
    assert_eq!(sections["level"]["records"], RECORDS);
    assert_eq!(sections["error-rate"]["errors"], ERRORS);
    for (section, table, name) in [("client", "clients", "client"), ("logger", "loggers", "name")] {
        let rows = &sections[section][table];
        let last = rows.as_array().unwrap().last().unwrap();
        assert_eq!(rows.as_array().unwrap().len(), 101, "{section}");
        assert_eq!((&last[name], &last["records"]), (&"(other)".into(), &(RECORDS - 100).into()));
        assert_eq!((sum(rows, "records"), sum(rows, "errors")), (RECORDS, ERRORS), "{section}");
        assert_eq!(sections[section][format!("{table}_capped")], true, "{section}");
    }
    let first: Vec<&Value> =
        sections["client"]["clients"].as_array().unwrap()[..3].iter().collect();
    assert_eq!(first.iter().map(|row| &row["client"]).collect::<Vec<_>>(), ["c0", "c1", "c2"]);
}

#[test]
fn h18_groups_and_windows_are_capped_too() {
    for agg in ["error-rate by client", "error-rate by client every 1h", "sum(x) by client, logger"]
    {
        let args = ["--format", "json", "--max-keys", "100", "--agg", agg];
        let report = feed(&args, clients(RECORDS)).report();
        let section = &report["sections"][agg];
        let groups = section["groups"].as_array().unwrap();
        assert_eq!(groups.len(), 101, "{agg}");
        let last = groups.last().unwrap();
        assert_eq!(last["by"]["client"], "(other)", "{agg}");
        assert_eq!(section["capped"], true, "{agg}");
        let records = |group: &Value| match group.get("windows") {
            Some(windows) => sum(windows, "records"),
            None => group["records"].as_u64().unwrap(),
        };
        assert_eq!(records(last), RECORDS - 100, "{agg}");
        assert_eq!(groups.iter().map(records).sum::<u64>(), RECORDS, "{agg}");
    }
}

#[test]
fn h18_the_text_says_that_keys_were_put_together() {
    let done = feed(&["--max-keys", "100", "--top", "200", "--agg", "client"], clients(RECORDS));
    assert_eq!(done.code, Some(0));
    assert!(done.stdout.contains("(other)"), "{}", done.stdout);
    assert!(done.stdout.contains("(keys past the cap are counted as (other))"), "{}", done.stdout);
}

/// Sessions and clients of events are keys as well: the tracker forgets, and never loses a count.
#[test]
fn h18_the_tracker_is_capped() {
    let mut lines = String::new();
    for n in 0..2000 {
        let _ = writeln!(lines, "{{\"message\":\"[WS] ✅ Registered device client: c{n}\"}}");
        let _ = writeln!(lines, "{{\"message\":\"[Session] Created session s{n} for task: t\"}}");
    }
    let args = ["--format", "json", "--max-keys", "50", "--agg", "session-failure,connections"];
    let report = feed(&args, lines).report();
    let sections = &report["sections"];
    assert_eq!(sections["session-failure"]["started"], 2000);
    assert_eq!(sections["session-failure"]["unfinished"], 2000);
    assert_eq!(sections["connections"]["connects"], 2000);
}

/// Names of any length: records and facts are still of the same client, and of no other.
#[test]
fn h18_long_names_are_cut_alike() {
    let long = "x".repeat(60_000);
    let mut lines = String::new();
    for client in ["a", "b"] {
        let said = ["Created session s{} for task: t", "Task completed: s{}", "Nothing of note"];
        for said in said.map(|said| said.replace("{}", client)) {
            let _ = writeln!(
                lines,
                "{{\"timestamp\":\"2026-11-22T06:00:00\",\"client_id\":\"{long}{client}\",\
                 \"message\":\"[Session] {said}\"}}"
            );
        }
    }
    let by_client = "timeline by client";
    let args = ["--format", "json", "--agg", "client", "--agg", by_client];
    let report = feed(&args, lines).report();
    let rows = report["sections"]["client"]["clients"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows.iter().all(|row| row["records"] == 3 && row["sessions"] == 1), "{rows:?}");
    let groups = report["sections"][by_client]["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2, "{groups:?}");
    let counts = |group: &Value| ["records", "finished"].map(|n| group["buckets"][0][n].clone());
    assert!(groups.iter().all(|group| counts(group) == [3, 1]), "{groups:?}");
}

/// H19: keys made to meet in one place of a table whose hash has no seed: multiples of powers of
/// two, one character apart, equal at both ends. They have to be told apart, all of them.
#[test]
fn h19_keys_that_look_alike_are_told_apart() {
    const EACH: u64 = 50_000;
    let mut lines = String::new();
    for n in 0..EACH {
        let blocks: String =
            (0..16).map(|bit| if n >> bit & 1 == 1 { "AaAaAaBB" } else { "AaAaBBAa" }).collect();
        for key in [
            format!("{}", n << 32),
            format!("{n:064b}"),
            format!("{blocks}{}", n >> 16),
            format!("same{n:08}same"),
        ] {
            let _ = writeln!(lines, "{{\"client_id\":\"{key}\"}}");
        }
    }
    let args = ["--format", "json", "--agg", "client,level"];
    let report = feed(&args, lines).report();
    let sections = &report["sections"];
    assert_eq!(sections["level"]["records"], 4 * EACH);
    assert_eq!(sections["client"]["distinct"], 4 * EACH);
    let rows = sections["client"]["clients"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["records"] == 1));
}

/// The same within one object: its keys are compared with each other.
#[test]
fn h19_an_object_of_very_many_keys_is_compared_in_time() {
    let mut line = "{".to_owned();
    for n in 0..60_000 {
        let _ = write!(line, "\"k{n:05}\":{n},");
    }
    let count = |end: &str| {
        let done = feed(&["--format", "json", "--agg", "input"], format!("{line}{end}}}\n"));
        let input = done.report()["sections"]["input"].clone();
        assert_eq!((&input["records"], &input["oversize"]), (&1.into(), &0.into()));
        input["duplicate_keys"].as_u64().unwrap()
    };
    assert_eq!(count("\"z\":0"), 0);
    assert_eq!(count("\"k00000\":0"), 1);
}
