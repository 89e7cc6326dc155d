//! `--every`: reports while the run goes on, and the last one at its end.

use std::io::Write;
use std::time::Duration;

use serde_json::Value;

use crate::common::{Accounting, finish, run, shell, stream};

const LINE: &str =
    "{\"timestamp\":\"2026-11-22T06:00:00\",\"level\":\"ERROR\",\"message\":\"a\\nb\"}\n";

#[test]
fn each_report_is_a_line_of_json_and_the_last_has_everything() {
    let args = ["--every", "1s", "--format", "json"];
    let (done, _) = stream(&args, |stdin| {
        for _ in 0..3 {
            stdin.write_all(LINE.as_bytes())?;
            stdin.flush()?;
            std::thread::sleep(Duration::from_millis(1100));
        }
        stdin.write_all(LINE.as_bytes())
    });
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    let reports: Vec<Value> =
        done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(reports.len() >= 3, "{}", done.stdout);
    let records: Vec<u64> = reports.iter().map(|report| Accounting::of(report).records).collect();
    assert!(records.is_sorted() && records[0] < 4 && records.last() == Some(&4), "{records:?}");
}

#[test]
fn the_last_of_several_reports_is_the_only_one_of_others() {
    let log = "fixtures/logs/ufo_server.log";
    let whole = finish(&mut shell(&format!("cat {log} | ufo-logscan --format json")));
    let last = finish(&mut shell(&format!(
        "(cat {log}; sleep 1.2) | ufo-logscan --every 1s --format json"
    )));
    let lines: Vec<&str> = last.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{}", last.stdout);
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(value(lines[1]), value(&whole.stdout));
    assert_eq!(lines[0], lines[1], "nothing came in between");
}

#[test]
fn in_text_each_report_says_when_it_was_made() {
    let log = "fixtures/logs/ufo_server.log";
    let whole = finish(&mut shell(&format!("cat {log} | ufo-logscan")));
    let done = finish(&mut shell(&format!("(cat {log}; sleep 1.2) | ufo-logscan --every 1s")));
    let heads: Vec<&str> = done.stdout.lines().filter(|line| line.starts_with("=== ")).collect();
    assert_eq!(heads.len(), 2, "{}", done.stdout);
    assert!(
        heads[0].ends_with("after 1s ===") && heads[1].ends_with("the last, every 1s ==="),
        "{heads:?}"
    );
    assert!(done.stdout.ends_with(&whole.stdout), "{}", done.stdout);
}

#[test]
fn a_reader_who_goes_away_ends_the_run() {
    let line = "(cat fixtures/page.log; sleep 4) | timeout 30 ufo-logscan --every 1s --format json | head -n 1";
    let done = finish(&mut shell(line));
    assert_eq!((done.stdout.lines().count(), done.stderr.as_str()), (1, ""));
}

#[test]
fn what_has_been_written_is_reported_once() {
    for args in [
        &["--every", "1s", "fixtures/page.log"][..],
        &["--every", "soon", "-"],
        &["--every", "1ms", "-"],
    ] {
        let done = run(args);
        assert_eq!(done.code, Some(2), "{args:?}");
        assert!(done.stderr.contains("--every"), "{}", done.stderr);
    }
}
