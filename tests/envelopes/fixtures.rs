//! The fixtures: what each host writes of the records of `bare.log`, as it writes it.

use serde_json::{Value, json};

use crate::common::{feed, finish, run, shell};

const FOLDER: &str = "fixtures/envelopes/";

/// Each fixture, what `--input` calls it, and what its section `input` says but for the lines that
/// are records: malformed, blank, joined, duplicate keys.
const FIXTURES: [(&str, &str, [u64; 4]); 10] = [
    ("fluent-bit.log", "fluent-bit", [1, 0, 0, 0]),
    ("fluent-bit-parsed.log", "fluent-bit", [1, 0, 0, 1]),
    ("exec.log", "fluent-bit", [1, 0, 0, 0]),
    ("docker.log", "docker", [1, 0, 2, 0]),
    ("vector.log", "vector", [1, 0, 0, 0]),
    ("cri.log", "cri", [1, 0, 2, 0]),
    ("journald.log", "journald", [1, 0, 0, 0]),
    ("pod.log", "auto", [1, 0, 0, 0]),
    ("text.log", "text", [0, 0, 17, 0]),
    ("cri-text.log", "cri", [0, 7, 18, 0]),
];

/// The section `input`, and all others.
fn sections(mut report: Value) -> (Value, Value) {
    let sections = report["sections"].as_object_mut().unwrap();
    (sections.remove("input").unwrap(), report)
}

fn of(args: &[&str]) -> (Value, Value) {
    let mut all = vec!["--format", "json"];
    all.extend(args);
    sections(run(all).report())
}

fn bare() -> Value {
    of(&["fixtures/envelopes/bare.log"]).1
}

#[test]
fn each_fixture_gives_the_report_of_the_bare_records() {
    let bare = bare();
    for (name, kind, [malformed, blank, joined, duplicates]) in FIXTURES {
        let path = format!("{FOLDER}{name}");
        let lines = std::fs::read(&path).unwrap();
        let lines = lines.split_inclusive(|byte| *byte == b'\n').count();
        for input in ["auto", kind] {
            let (accounting, others) = of(&["--input", input, &path]);
            assert_eq!(others, bare, "{name}, {input}");
            let count = |figure: &str| accounting[figure].as_u64().unwrap();
            let figures = ["malformed", "blank", "joined", "duplicate_keys"].map(count);
            assert_eq!(figures, [malformed, blank, joined, duplicates], "{name}, {input}");
            assert_eq!((count("records"), count("lines")), (42, lines as u64), "{name}, {input}");
            assert_eq!(count("lines"), count("records") + malformed + blank + joined);
            assert_eq!((count("undated"), count("oversize"), count("repaired")), (0, 0, 0));
        }
    }
}

#[test]
fn a_pipe_and_any_number_of_threads_give_the_same() {
    let bare = bare();
    for (name, ..) in FIXTURES {
        let path = format!("{FOLDER}{name}");
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(sections(feed(&["--format", "json"], &bytes).report()).1, bare, "{name}");
        let whole = run(["--format", "json", "--threads", "1", &path]).stdout;
        assert_eq!(run(["--format", "json", "--threads", "2", &path]).stdout, whole, "{name}");
    }
}

#[test]
fn without_envelopes_a_line_is_what_it_is() {
    let (accounting, _) = of(&["--input", "json", "fixtures/envelopes/cri.log"]);
    assert_eq!((&accounting["records"], &accounting["malformed"]), (&json!(0), &json!(45)));
    let (accounting, others) = of(&["--input", "json", "fixtures/envelopes/docker.log"]);
    assert_eq!((&accounting["records"], &accounting["joined"]), (&json!(45), &json!(0)));
    assert_eq!(
        others["sections"]["level"]["levels"],
        of(&["--input", "vector", "fixtures/envelopes/docker.log"]).1["sections"]["level"]["levels"]
    );
}

#[test]
fn what_is_broken_inside_says_so_and_where() {
    for (name, column) in [("docker.log", 90), ("cri.log", 111), ("pod.log", 100)] {
        let (accounting, _) = of(&[&format!("{FOLDER}{name}")]);
        let sample = &accounting["samples"][0];
        assert_eq!((&sample["reason"], &sample["line"]), (&json!("inner"), &json!(11)), "{name}");
        assert_eq!(sample["column"], json!(column), "{name}");
    }
    // The fault is in the second part of what was joined.
    let broken = concat!(
        "2026-11-22T06:00:00Z stdout P {\"a\":\n",
        "2026-11-22T06:00:00Z stderr F {\"a\":1}\n",
        "2026-11-22T06:00:01Z stdout F 01}\n",
    );
    let (accounting, _) = sections(feed(&["--format", "json"], broken).report());
    let sample = &accounting["samples"][0];
    assert_eq!((&sample["line"], &sample["column"]), (&json!(3), &json!(32)), "{sample}");
    assert_eq!([&accounting["records"], &accounting["joined"]], [1, 1]);
}

#[test]
fn the_host_serves_where_the_record_has_nothing() {
    let lines = [
        r#"{"date":1795327919.25,"log":"{\"a\":1}","stream":"stderr"}"#,
        r#"{"log":"{\"level\":\"INFO\"}\n","stream":"stdout","time":"2026-11-22T06:11:59.846000789Z"}"#,
        r#"2026-11-22T06:12:00.000000001Z stderr F {"level":"INFO"}"#,
        r#"{"__REALTIME_TIMESTAMP":"1795327921846000","PRIORITY":"3","MESSAGE":"Failed.","SYSLOG_IDENTIFIER":"systemd"}"#,
        r#"{"message":"{\"stream\":\"stderr\"}","source_type":"file","timestamp":"2026-11-22T06:12:03Z"}"#,
    ];
    let of = |agg: &str| {
        let args = ["--format", "json", "--agg", agg, "--agg", "input"];
        feed(&args, lines.map(|line| format!("{line}\n")).concat()).report()["sections"].clone()
    };
    let by = of("count by field(stream)");
    let groups = by.as_object().unwrap().iter().find(|(name, _)| *name != "input").unwrap().1;
    let told: Vec<_> =
        groups["groups"].as_array().unwrap().iter().map(|group| group["records"].clone()).collect();
    assert_eq!(told, [3, 1, 1], "stderr, stdout, none: {groups}");
    assert_eq!(by["input"]["undated"], 0);
    assert_eq!(by["input"]["first"], "2026-11-22T06:11:59.250Z");
    assert_eq!(by["input"]["last"], "2026-11-22T06:12:03.000Z");
    let level = of("level");
    assert_eq!(level["level"]["levels"].to_string().matches("ERROR").count(), 1, "{level}");
    assert_eq!(
        of("logger")["logger"]["loggers"][0]["logger"]
            .as_str()
            .or(of("logger")["logger"]["loggers"][0]["name"].as_str()),
        Some("systemd")
    );
}

#[test]
fn records_that_look_like_wrappers_are_records() {
    let lines = concat!(
        r#"{"timestamp":"2026-11-22T06:00:00","level":"INFO","message":"m","log":"{\"level\":\"ERROR\"}"}"#,
        "\n",
        r#"{"level":"INFO","message":"{\"level\":\"ERROR\"}","source_type":"file"}"#,
        "\n",
        r#"{"message":"no record","source_type":"file"}"#,
        "\n",
        r#"{"level":"INFO","message":"{\"log\":\"x\"}"}"#,
        "\n",
        r#"{"level":"INFO","message":"m","exec":"{\"level\":\"ERROR\"}"}"#,
        "\n",
        r#"{"a":{"log":"{\"level\":\"ERROR\"}","time":"2026-11-22T06:00:00"}}"#,
        "\n",
        r#"{"log":"a text of its own"}"#,
        "\n",
    );
    let (accounting, others) = sections(feed(&["--format", "json"], lines).report());
    assert_eq!([&accounting["records"], &accounting["malformed"]], [7, 0]);
    assert_eq!(others["sections"]["error-rate"]["errors"], 0);
    // When the user says so, they are wrappers.
    let done = feed(&["--format", "json", "--input", "fluent-bit"], lines);
    assert_eq!(sections(done.report()).1["sections"]["error-rate"]["errors"], 2);
}

#[test]
fn an_unknown_envelope_names_those_that_there_are() {
    let done = run(["--input", "syslog", "fixtures/page.log"]);
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("journald"), "{}", done.stderr);
    let told =
        finish(&mut shell("cat fixtures/envelopes/*.log | ufo-logscan --agg input --format json"));
    let report: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(report["sections"]["input"]["records"], 42 * 11);
}
