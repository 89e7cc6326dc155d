//! One corpus of hostile texts through every output of every command: as message, logger, module,
//! level, client, session, task, field and its name, and as the name of a file. Each output is then
//! read by its own reader. A new output is a row of [`OUTPUTS`].

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};
use ufo_logscan::escape::{mask, terminal};

use crate::common::{Done, finish, program, skip, stream};
use crate::corpus::{DECEIVERS, SECRET, texts};
use crate::{exposition, metrics, page, tables};

/// An output: how it is made of a log on standard input, and what its reader finds in it.
struct Output {
    name: &'static str,
    args: &'static [&'static str],
    of: Command,
    /// Reads it, fails if it is broken, and gives the names of clients in it.
    read: fn(&str) -> Option<BTreeSet<String>>,
    /// What the client of a name is to be called there.
    shown: fn(&str) -> String,
}

/// What makes an output.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Command {
    /// All aggregations of [`EVERYTHING`] are asked for.
    Report,
    /// The rule [`RULE`].
    Watch,
    /// What passes lines on: as they came, so that only its reader can say whether it is right.
    Raw,
    /// What passes records on.
    Records,
}

const OUTPUTS: &[Output] = &[
    Output {
        name: "text",
        args: &["--color", "never"],
        of: Command::Report,
        read: |_| None,
        shown: escaped,
    },
    Output {
        name: "json",
        args: &["--format", "json"],
        of: Command::Report,
        read: read_json,
        shown: masked,
    },
    Output {
        name: "html",
        args: &["--format", "html"],
        of: Command::Report,
        read: read_html,
        shown: escaped,
    },
    Output {
        name: "csv",
        args: &["--format", "csv"],
        of: Command::Report,
        read: read_csv,
        shown: of_csv,
    },
    Output {
        name: "prometheus",
        args: &["--format", "prometheus", "--metric-keys", "1000"],
        of: Command::Report,
        read: |page| Some(read_metrics(page, false)),
        shown: escaped,
    },
    Output {
        name: "openmetrics",
        args: &["--format", "openmetrics", "--metric-keys", "1000"],
        of: Command::Report,
        read: |page| Some(read_metrics(page, true)),
        shown: escaped,
    },
    Output {
        name: "ndjson",
        args: &["watch"],
        of: Command::Watch,
        read: read_events,
        shown: masked,
    },
    Output {
        name: "alertmanager",
        args: &["watch", "--alert-format", "alertmanager"],
        of: Command::Watch,
        read: read_alertmanager,
        shown: masked,
    },
    Output {
        name: "pagerduty",
        args: &["watch", "--alert-format", "pagerduty"],
        of: Command::Watch,
        read: |text| read_lines(text, |_| None),
        shown: masked,
    },
    Output {
        name: "slack",
        args: &["watch", "--alert-format", "slack"],
        of: Command::Watch,
        read: read_slack,
        shown: masked,
    },
    Output {
        name: "filter",
        args: &["filter", "has(client_id)"],
        of: Command::Raw,
        read: read_raw,
        shown: str::to_owned,
    },
    Output {
        name: "filter --json",
        args: &["filter", "has(client_id)", "--json"],
        of: Command::Records,
        read: read_records,
        shown: masked,
    },
];

const EVERYTHING: &[&str] = &[
    "--top",
    "1000",
    "--agg",
    "level,module,logger,client,errors,connections,session-failure,http,health,input,timeline,hourly",
    "--agg",
    "count by client",
    "--agg",
    "count by session, task",
    "--agg",
    "error-rate by field(\"x\")",
    "--agg",
    "errors by logger, module",
    "--agg",
    "level every 1h",
];

/// Fires for each client.
const RULE: &str = "[[rule]]\nname = \"Any\"\nwhen = \"count by client > 0\"\nover = \"1h\"\n\
    min_records = 1\nlimit = 10000\nseverity = \"error\"\nannotations = { summary = \"{{labels.client}}\" }\n";

fn escaped(text: &str) -> String {
    terminal(text).into_owned()
}

fn masked(text: &str) -> String {
    mask(text).into_owned()
}

fn of_csv(text: &str) -> String {
    format!("client={}", terminal(text))
}

/// The corpus as a log, and lines that are badly encoded.
fn log(texts: &[String]) -> Vec<u8> {
    let mut log = String::new();
    for (number, text) in texts.iter().enumerate() {
        let mut record = json!({
            "timestamp": format!("2026-11-22T06:{:02}:{:02}", number / 60 % 60, number % 60),
            "level": "ERROR", "message": text, "logger": text, "module": text,
            "client_id": text, "session_id": text, "task_name": text, "x": text,
        });
        let _ = writeln!(log, "{record}");
        record["level"] = text.as_str().into();
        record[text.as_str()] = json!({text.as_str(): [text]});
        let _ = writeln!(log, "{record}");
        let said = |message: String| json!({"timestamp": record["timestamp"], "level": "INFO", "logger": "UFOWebSocketHandler", "message": message});
        for message in [
            format!("[WS] 📱 Device client {text} connected"),
            format!("[WS] {text} disconnected - code=1000, reason={text}"),
            format!("[WS] 📱 Device client {text} connected"),
        ] {
            let _ = writeln!(log, "{}", said(message));
        }
        let _ = writeln!(log, "{{\"broken\":\"{}", text.replace('\n', " "));
    }
    let mut log = log.into_bytes();
    for raw in [
        &b"\xff"[..],
        b"\xc0\xaf",
        b"\xed\xa0\xbd",
        b"\\ud83d",
        b"\\udcf1\\ud83d",
        b"\xf4\x90\x80\x80",
    ] {
        let line = [
            b"{\"timestamp\":\"2026-11-22T06:00:00\",\"level\":\"ERROR\",\"client_id\":\"",
            raw,
            b"\",\"message\":\"",
            raw,
            b"\"}\n",
        ];
        log.extend(line.concat());
    }
    log
}

#[track_caller]
fn harmless(what: &str, printed: &str) {
    let harms = |c: char| c != '\n' && (c.is_control() || DECEIVERS.contains(c));
    for line in printed.lines() {
        assert!(!line.contains(harms), "{what}: {line:?}");
        assert!(!line.contains(SECRET), "{what}: a secret: {line:?}");
    }
}

fn read_json(text: &str) -> Option<BTreeSet<String>> {
    let report: Value = serde_json::from_str(text).unwrap();
    let groups = report["sections"]["count by client"]["groups"].as_array().unwrap();
    Some(
        groups
            .iter()
            .filter_map(|group| group["by"]["client"].as_str())
            .map(str::to_owned)
            .collect(),
    )
}

fn read_html(text: &str) -> Option<BTreeSet<String>> {
    let elements = page::check(text);
    Some(
        elements
            .into_iter()
            .filter(|element| element.tag == "th")
            .map(|element| element.text)
            .collect(),
    )
}

fn read_csv(text: &str) -> Option<BTreeSet<String>> {
    let rows = tables::rows(text);
    for row in &rows {
        for cell in row {
            let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
            assert!(!formula || cell.parse::<f64>().is_ok(), "{cell:?}");
        }
    }
    Some(
        rows.into_iter()
            .filter(|row| row[0] == "count by client")
            .map(|row| row[2].clone())
            .collect(),
    )
}

fn read_metrics(text: &str, open_metrics: bool) -> BTreeSet<String> {
    let families = metrics::families(text, open_metrics);
    if !open_metrics {
        match metrics::promtool(text) {
            Some(said) => assert_eq!(said, ""),
            None => skip("promtool (Debian: prometheus) is not installed"),
        }
    }
    let counts = |sample: &&exposition::Sample| {
        sample.labels.get("aggregation").is_some_and(|written| written == "count by client")
    };
    let samples = families.iter().flat_map(|family| &family.samples).filter(counts);
    samples.filter_map(|sample| sample.labels.get("client").cloned()).collect()
}

fn read_lines(text: &str, client: fn(&Value) -> Option<&str>) -> Option<BTreeSet<String>> {
    let mut clients = BTreeSet::new();
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        clients.extend(client(&value).map(str::to_owned));
    }
    assert!(text.lines().count() > 50, "{} lines", text.lines().count());
    (!clients.is_empty()).then_some(clients)
}

fn read_events(text: &str) -> Option<BTreeSet<String>> {
    read_lines(text, |event| event["labels"]["client"].as_str())
}

fn read_alertmanager(text: &str) -> Option<BTreeSet<String>> {
    read_lines(text, |alerts| alerts[0]["labels"]["client"].as_str())
}

/// Lines as they came; of some only this program says that they are records.
fn read_raw(text: &str) -> Option<BTreeSet<String>> {
    let records = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Some(records.filter_map(|record| record["client_id"].as_str().map(str::to_owned)).collect())
}

fn read_records(text: &str) -> Option<BTreeSet<String>> {
    read_lines(text, |record| record["client_id"].as_str())
}

fn read_slack(text: &str) -> Option<BTreeSet<String>> {
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let said = value.to_string();
        assert!(!said.contains("<!channel>") && !said.contains("<@U"), "{said}");
    }
    read_lines(text, |_| None)
}

fn made(output: &Output, rule: &std::path::Path, log: &[u8]) -> Done {
    let mut args: Vec<&str> = output.args.to_vec();
    match output.of {
        Command::Report => args.extend(EVERYTHING),
        Command::Watch => {
            args.extend(["--replay", "--no-defaults", "--rules", rule.to_str().unwrap()]);
        }
        Command::Raw | Command::Records => {}
    }
    stream(&args, |stdin| std::io::Write::write_all(stdin, log)).0
}

#[test]
fn hostile_texts_are_texts_in_every_output() {
    let texts = texts();
    let bytes = log(&texts);
    let log = String::from_utf8_lossy(&bytes);
    let folder = tempfile::tempdir().unwrap();
    let rule = folder.path().join("rule.toml");
    std::fs::write(&rule, RULE).unwrap();
    assert!(texts.len() > 150, "{}", texts.len());
    for output in OUTPUTS {
        // What passes bytes on is given text, so that its output can be looked at as text.
        let raw = output.of == Command::Raw;
        let done = made(output, &rule, if raw { log.as_bytes() } else { &bytes });
        assert_eq!(done.code, Some(0), "{}: {}", output.name, done.stderr);
        if raw {
            let known: BTreeSet<&str> = log.split('\n').collect();
            assert!(done.stdout.lines().all(|line| known.contains(line)), "{}", output.name);
        } else {
            harmless(output.name, &done.stdout);
        }
        harmless("standard error", &done.stderr);
        let Some(clients) = (output.read)(&done.stdout) else { continue };
        let short = texts.iter().filter(|text| !text.is_empty() && text.len() <= 200);
        for text in short.filter(|text| !text.contains(SECRET)) {
            let shown = (output.shown)(text);
            assert!(
                clients.contains(&shown),
                "{}: {shown:?} is not among {clients:?}",
                output.name
            );
        }
    }
}

/// Names of files come from whoever writes into a directory.
#[cfg(unix)]
#[test]
fn hostile_names_of_files_are_texts_in_every_report() {
    let folder = tempfile::tempdir().unwrap();
    let mut names = 0;
    for (number, text) in texts().iter().enumerate() {
        let name = format!("{}{number}.log", text.replace(['/', '\0'], ""));
        names += usize::from(std::fs::write(folder.path().join(name), "{}\nbroken\n").is_ok());
    }
    assert!(names > 100);
    for output in OUTPUTS.iter().filter(|output| output.of == Command::Report) {
        let mut command = program();
        command.current_dir(folder.path()).args(output.args).args([
            "--agg",
            "input",
            "--agg",
            "count by file",
            ".",
        ]);
        let done = finish(&mut command);
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        harmless(output.name, &done.stdout);
        harmless("standard error", &done.stderr);
        match output.name {
            "html" => drop(page::check(&done.stdout)),
            "csv" => drop(tables::rows(&done.stdout)),
            "json" => drop(serde_json::from_str::<Value>(&done.stdout).unwrap()),
            "prometheus" | "openmetrics" => {
                metrics::families(&done.stdout, output.name == "openmetrics");
            }
            _ => {}
        }
    }
}
