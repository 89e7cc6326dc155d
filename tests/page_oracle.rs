//! With `--profile page --errors-by prefix` the figures are those that the monitoring page's
//! scripts compute, ties included: a property test against Python.
//!
//! The logs are those that both can be asked about: each line is refused by both, or is an object
//! with the page's keys as strings (`line` a number), an upper-case level that is no alias, and a
//! naive time; lines are at most 1 MiB and end in LF. Python reads NaN and lone surrogates in its
//! own way, and secrets are masked in what we print: neither occurs. Names are cut behind 256
//! bytes; no name here is so long.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "it is a test, and says if it cannot run"
)]

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

/// Python with the page's figures; it answers until it is dropped.
struct Oracle {
    process: Child,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
}

impl Oracle {
    /// `None`, and a line that says so, where there is no Python.
    fn start() -> Option<Oracle> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/page_oracle.py");
        let mut python = Command::new("python3");
        let process = python.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let Ok(mut process) = process else {
            println!("skipped: no python3 here, so nothing is compared to the page's scripts");
            return None;
        };
        let ask = process.stdin.take().unwrap();
        let answer = BufReader::new(process.stdout.take().unwrap());
        Some(Oracle { process, ask, answer })
    }

    fn figures(&mut self, path: &Path) -> Value {
        writeln!(self.ask, "{}", json!(path)).unwrap();
        let mut line = String::new();
        self.answer.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("Python gave up: {line:?}"))
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The program's report in the shape of the oracle's answer.
fn ours(path: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_ufo-logscan"))
        .args(["--profile", "page", "--errors-by", "prefix", "--format", "json"])
        .arg(path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let sections = &report["sections"];
    let rows = |section: &str, table: &str, key: &str| -> Vec<Value> {
        let rows = sections[section][table].as_array().unwrap().iter();
        rows.map(|row| json!([row[key], row["records"]])).collect()
    };
    let (modules, messages) =
        (rows("module", "modules", "name"), rows("errors", "messages", "message"));
    let (errors, sessions) = (&sections["error-rate"], &sections["session-failure"]);
    json!({
        "levels": rows("level", "levels", "level"),
        "top_modules": modules[..modules.len().min(10)],
        "top_messages": messages[..messages.len().min(5)],
        "modules": modules,
        "messages": messages,
        "clients": rows("client", "clients", "client"),
        "hours": rows("hourly", "hours", "hour"),
        "records": errors["records"],
        "errors": errors["errors"],
        "error_rate": errors["ratio"],
        "completed": sessions["completed"],
        "failed": sessions["failed"].as_u64().unwrap() + sessions["cancelled"].as_u64().unwrap(),
        "failure_rate": sessions["ratio"],
    })
}

/// Asks both about a log and tells the figures that differ.
fn differences(oracle: &mut Oracle, log: &str) -> Vec<String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(log.as_bytes()).unwrap();
    let (here, page) = (ours(file.path()), oracle.figures(file.path()));
    let page = page.as_object().unwrap();
    assert_eq!(here.as_object().unwrap().len(), page.len());
    page.iter()
        .filter(|(figure, value)| here[figure.as_str()] != **value)
        .map(|(figure, value)| {
            format!("{figure}: {} here, {value} by the page", here[figure.as_str()])
        })
        .collect()
}

/// How each character of a string is written, in turn: as it is where that may be, as `\uXXXX` in
/// small or large digits, or by its short escape.
type Spelling = Vec<u8>;

fn spelling() -> impl Strategy<Value = Spelling> {
    prop_oneof![Just(vec![0]), prop::collection::vec(0_u8..4, 1..7)]
}

fn quoted(text: &str, spelling: &Spelling) -> String {
    let mut out = String::from('"');
    for (c, how) in text.chars().zip(spelling.iter().cycle()) {
        let short = match c {
            '\n' => Some("\\n"),
            '\r' => Some("\\r"),
            '\t' => Some("\\t"),
            '\u{8}' => Some("\\b"),
            '\u{c}' => Some("\\f"),
            '"' => Some("\\\""),
            '\\' => Some("\\\\"),
            '/' => Some("\\/"),
            _ => None,
        };
        match (how, short) {
            (0 | 3, None) if c >= ' ' => out.push(c),
            (0, Some("\\/")) => out.push(c),
            (0 | 3, Some(short)) => out.push_str(short),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let digits =
                        if *how == 1 { format!("{unit:04x}") } else { format!("{unit:04X}") };
                    out.push_str("\\u");
                    out.push_str(&digits);
                }
            }
        }
    }
    out + "\""
}

/// Texts of a few words, so that some occur again, and of anything.
fn text() -> impl Strategy<Value = String> {
    let words = vec![
        "",
        "a",
        "b",
        "handler",
        "device_linux_001",
        "Task completed",
        "Task failed",
        "Task cancelled",
        "task completed",
        "[WS] ✅ ",
        "👨‍👩‍👧 🚀",
        "\u{0}\u{1f}\u{7f}\u{85}\u{2028}",
        "\"quoted\" and \\ back\\n",
        "(none)",
        "(other)",
        "it's 12:30 é e\u{301}",
        "a text of exactly fifty characters, not one more!!",
        "\u{feff}\u{202e}x",
    ];
    let piece = prop_oneof![
        8 => select(words).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
        1 => prop::collection::vec(any::<char>(), 0..6).prop_map(String::from_iter),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

/// Names that a table has room for.
fn name() -> impl Strategy<Value = String> {
    text().prop_map(|text| text.chars().take(50).collect())
}

fn message() -> impl Strategy<Value = String> {
    let long = (text(), 1_usize..40_000).prop_map(|(text, times)| text.repeat(times));
    let long = long.prop_map(|text| text.chars().take(60_000).collect());
    prop_oneof![30 => text(), 1 => long]
}

fn level() -> impl Strategy<Value = &'static str> {
    let often = select(vec!["INFO", "WARNING", "ERROR"]);
    let seldom = select(vec!["DEBUG", "CRITICAL", "NOTICE", "TRACE", "AUDIT", "LEVEL 25"]);
    prop_oneof![2 => often, 1 => seldom]
}

/// What `datetime.isoformat()` writes of a naive time.
fn time() -> impl Strategy<Value = String> {
    let year = prop_oneof![4 => Just(2026), 1 => 1_u32..10_000];
    let fraction = prop_oneof![
        Just(String::new()),
        (0_u32..1000).prop_map(|millis| format!(".{millis:03}")),
        (1_u32..1_000_000).prop_map(|micros| format!(".{micros:06}")),
    ];
    (year, 1_u32..13, 1_u32..29, 0_u32..24, 0_u32..3600, fraction).prop_map(
        |(year, month, day, hour, of_hour, fraction)| {
            let (minute, second) = (of_hour / 60, of_hour % 60);
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}")
        },
    )
}

/// The members of a record as keys and values, written; some records have more than the page's.
fn members() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let texts = (time(), level(), message(), name(), prop::option::of(name()), text());
    let more = select(vec![
        None,
        Some(("session_id", "\"Task completed\"")),
        Some(("duration_seconds", "1.5e-3")),
        Some(("extra", "[1E400,true,null,{\"level\":\"ERROR\",\"message\":\"Task failed\"},[]]")),
        // The last of equal keys wins.
        Some(("level", "\"ERROR\"")),
        Some(("message", "\"Task failed\"")),
    ]);
    (texts, spelling(), 0_u32..10_000, more).prop_map(|(texts, spelling, line, more)| {
        let (time, level, message, module, client, logger) = texts;
        let mut members: Vec<(&str, String)> =
            more.map(|(key, value)| (key, value.to_owned())).into_iter().collect();
        let mut add = |key, text: &str| members.push((key, quoted(text, &spelling)));
        add("timestamp", &time);
        add("level", level);
        add("logger", &logger);
        add("message", &message);
        add("module", &module);
        add("function", &logger);
        if let Some(client) = client {
            add("client_id", &client);
        }
        members.push(("line", line.to_string()));
        members
    })
}

fn record() -> impl Strategy<Value = String> {
    let space = select(vec!["", " ", "\t", "  "]);
    (members(), spelling(), space, any::<Index>()).prop_map(|(mut members, spelling, space, by)| {
        // What the page has no use for comes first, so that the page's keys win over it.
        let more = usize::from(members[0].0 != "timestamp");
        let others = &mut members[more..];
        others.rotate_left(by.index(others.len()));
        let members: Vec<String> = members
            .iter()
            .map(|(key, value)| {
                format!("{space}{}{space}:{space}{value}{space}", quoted(key, &spelling))
            })
            .collect();
        format!("{space}{{{}}}{space}", members.join(","))
    })
}

/// Lines that both refuse.
fn refused() -> impl Strategy<Value = String> {
    let cut = (record(), any::<Index>()).prop_map(|(record, at)| {
        let record = record.trim_end();
        record[..record.floor_char_boundary(at.index(record.len()))].to_owned()
    });
    let behind =
        select(vec!["x", "}", ",", "{}", "null", "\u{a0}", "\u{feff}", "\u{b}", "#", "\"\""]);
    let before = select(vec!["x", "[", ",", "{", "\u{b}", "//", "{\"a\":"]);
    let wrong = select(vec![
        "",
        " ",
        "\t\t",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":-}",
        "{\"a\":- 1}",
        "{\"a\":1e}",
        "{\"a\":0x1}",
        "{\"a\":\"\u{1}\"}",
        "{\"a\":\"\t\"}",
        "{\"a\u{c}\":1}",
        "{\"a\":\"\\q\"}",
        "{\"a\":\"\\u12G4\"}",
        "{\"a\":\"\\ud83d\\u\"}",
        "{\"a\":\"\\'\"}",
        "{\"a\":nul}",
        "{\"a\":True}",
        "{\"a\":Inf}",
        "{\"a\":-NaN}",
        "{\"a\":\"open}",
        "{\"a\":[1}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1}{\"a\":1}",
        "Traceback (most recent call last):",
        "}",
        "\"",
        "{\"a\":1}\u{1}",
    ]);
    prop_oneof![
        cut,
        (record(), behind).prop_map(|(record, behind)| record + behind),
        (before, record()).prop_map(|(before, record)| before.to_owned() + &record),
        wrong.prop_map(str::to_owned),
    ]
}

fn log() -> impl Strategy<Value = String> {
    let line = prop_oneof![5 => record(), 1 => refused()];
    (prop::collection::vec(line, 0..40), any::<bool>()).prop_map(|(lines, closed)| {
        let end = if closed && !lines.is_empty() { "\n" } else { "" };
        lines.join("\n") + end
    })
}

#[test]
fn figures_are_those_of_the_page() {
    let Some(oracle) = Oracle::start() else { return };
    let oracle = RefCell::new(oracle);
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&log(), |log| {
        let different = differences(&mut oracle.borrow_mut(), &log);
        prop_assert!(different.is_empty(), "{}", different.join("\n"));
        Ok(())
    });
    if let Err(fault) = outcome {
        panic!("{fault}");
    }
}

/// A record with a level, a message and a module.
fn said(level: &str, message: &str, module: &str) -> String {
    let time = "2026-11-22T06:11:54";
    json!({"timestamp": time, "level": level, "message": message, "module": module, "line": 1})
        .to_string()
}

#[test]
fn a_line_may_have_a_mebibyte() {
    let Some(mut oracle) = Oracle::start() else { return };
    let empty = said("ERROR", "", "m").len();
    let full = said("ERROR", &"Task failed ".repeat(90_000)[..(1 << 20) - empty], "m");
    assert_eq!(full.len(), 1 << 20);
    let log = [said("INFO", "Task completed", "n"), full, said("ERROR", "last", "n")].join("\n");
    assert_eq!(differences(&mut oracle, &log), Vec::<String>::new());
}

#[test]
fn ties_go_to_the_first_seen_and_words_by_their_rank() {
    let Some(mut oracle) = Oracle::start() else { return };
    let log = [
        said("NOTICE", "Task failed and Task completed", "z"),
        said("ERROR", "second", "a"),
        said("WARNING", "first", "a"),
        said("CRITICAL", "Task cancelled, Task failed", "z"),
        said("WARNING", "second", "b"),
        said("WARNING", "first", "b"),
    ];
    let log = log.join("\n");
    assert_eq!(differences(&mut oracle, &log), Vec::<String>::new());
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(log.as_bytes()).unwrap();
    let figures = ours(file.path());
    assert_eq!(figures["messages"], json!([["second", 2], ["first", 2]]));
    assert_eq!(figures["modules"], json!([["z", 2], ["a", 2], ["b", 2]]));
    assert_eq!(
        figures["levels"],
        json!([["WARNING", 3], ["NOTICE", 1], ["ERROR", 1], ["CRITICAL", 1]])
    );
    assert_eq!((&figures["completed"], &figures["failed"]), (&json!(1), &json!(1)));
    assert_eq!(figures["errors"], 2);
}
