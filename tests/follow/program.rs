//! The program itself: what it refuses, how it ends, and what `watch` tells.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::{program, run, start};
use crate::driver::record;

#[test]
fn standard_input_cannot_be_followed() {
    for args in [&["-F", "-"][..], &["-F"], &["watch", "-F"], &["watch", "--follow", "-"]] {
        let done = run(args);
        assert_eq!(done.code, Some(2), "{args:?}");
        assert!(done.stderr.contains("without --follow") || done.stderr.contains("--follow out"));
    }
    let done = run(["--from", "end", "fixtures/page.log"]);
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("--follow"), "{}", done.stderr);
    let done = run(["-F", "--poll-interval", "soon", "fixtures/page.log"]);
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("--poll-interval soon"), "{}", done.stderr);
}

/// Alert events stream while files are rotated, and a loss is one of them.
#[test]
fn watch_tells_of_what_is_written_and_of_what_may_be_lost() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("app.log");
    let errors = |n: u64| -> String {
        (0..n).map(|n| record(n).replace("INFO", "ERROR").replace("06:00:00", "06:00:30")).collect()
    };
    fs::write(&log, record(1).repeat(30)).unwrap();
    let mut command = program();
    command.args(["watch", "-F", "--poll-interval", "20ms", "--rotate-wait", "100ms"]);
    command.args(["--tick", "100ms", "--lateness", "200ms"]);
    let mut child = start(command.arg(&log));
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    std::thread::sleep(Duration::from_millis(500));
    fs::rename(&log, dir.path().join("app.log.1")).unwrap();
    fs::write(&log, errors(30)).unwrap();
    let mut wait_for = |name: &str| loop {
        let line = lines.next().unwrap().unwrap();
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        if event["labels"]["alertname"] == name {
            assert_eq!(event["status"], "firing", "{event}");
            return;
        }
    };
    wait_for("HighErrorRate");
    fs::write(&log, "").unwrap();
    wait_for("InputLoss");
    let kill = format!("kill -TERM {}", child.id());
    let begun = Instant::now();
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("possible loss") && told.contains("no copy"), "{told}");
}
