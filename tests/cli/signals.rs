//! S4: SIGINT and SIGTERM. What has been read is reported within a second; a second signal ends
//! the program at once.

#![cfg(unix)]

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, Command};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::common::{Done, program, start, status};

const SECOND: Duration = Duration::from_secs(1);
/// How long anything may take that takes no time; machines are busy.
const PATIENCE: Duration = Duration::from_secs(20);

const RECORD: &[u8] =
    b"{\"timestamp\":\"2026-11-22T06:00:00\",\"level\":\"INFO\",\"message\":\"a\"}\n";

fn send(signal: &str, child: &Child) {
    let kill = format!("kill -{signal} {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

#[track_caller]
fn wait_until(what: &str, mut is: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is() {
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until the program has caught the signals; elsewhere than on Linux, for a while.
fn wait_until_listening(child: &Child) {
    const SIGTERM: u64 = 1 << 14;
    if status(child.id(), "SigCgt").is_none() {
        std::thread::sleep(SECOND);
        return;
    }
    wait_until("handlers of signals", || {
        let caught = status(child.id(), "SigCgt").unwrap();
        u64::from_str_radix(&caught, 16).unwrap() & SIGTERM != 0
    });
}

/// How many bytes the program has read so far, on Linux.
fn read_so_far(child: &Child) -> Option<u64> {
    let io = std::fs::read_to_string(format!("/proc/{}/io", child.id())).ok()?;
    io.lines().find_map(|line| line.strip_prefix("rchar: "))?.parse().ok()
}

/// Writes to a program that waits, and gives it the time to take what was written.
fn give(child: &Child, stdin: &mut ChildStdin, bytes: &[u8]) {
    let before = read_so_far(child);
    stdin.write_all(bytes).unwrap();
    if let Some(before) = before {
        wait_until("the reader", || read_so_far(child).unwrap() >= before + bytes.len() as u64);
    }
    std::thread::sleep(Duration::from_millis(300));
}

fn live(args: &[&str]) -> (Child, ChildStdin) {
    let mut child = start(program().args(args));
    let stdin = child.stdin.take().unwrap();
    wait_until_listening(&child);
    (child, stdin)
}

/// Its end and how long that took; what does not end is killed, so that the test does.
fn end(child: Child) -> (Done, Duration) {
    let start = Instant::now();
    let kill = format!("kill -KILL {}", child.id());
    let (ended, watch) = mpsc::channel::<()>();
    let watchdog = std::thread::spawn(move || {
        if watch.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            let _ = Command::new("sh").args(["-c", &kill]).status();
        }
    });
    let output = child.wait_with_output().unwrap();
    drop(ended);
    watchdog.join().unwrap();
    (output.into(), start.elapsed())
}

#[test]
fn s4_a_live_run_reports_what_it_has_and_is_content() {
    for (signal, threads) in [("INT", "1"), ("TERM", "1"), ("INT", "4"), ("TERM", "4")] {
        let (child, mut stdin) =
            live(&["--format", "json", "--agg", "input,level", "--threads", threads]);
        give(&child, &mut stdin, &RECORD.repeat(500));
        give(&child, &mut stdin, &RECORD.repeat(300));
        // A line that is not finished yet: its newline would still come.
        give(&child, &mut stdin, &RECORD[..20]);
        send(signal, &child);
        let (done, took) = end(child);
        assert!(took < SECOND, "SIG{signal}: {took:?}");
        let report = done.report();
        assert_eq!(report["sections"]["level"]["records"], 800, "SIG{signal}");
        assert_eq!(report["sections"]["input"]["lines"], 800, "SIG{signal}");
    }
}

#[test]
fn s4_a_run_that_has_read_nothing_reports_that() {
    let (child, _stdin) = live(&[]);
    send("INT", &child);
    let (done, took) = end(child);
    assert!(took < SECOND, "{took:?}");
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    assert!(done.stdout.contains("No records."), "{}", done.stdout);
}

/// A file that takes longer than anybody waits: records, then a hole that costs no disk.
fn endless() -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&RECORD.repeat(5000)).unwrap();
    file.as_file().set_len(1 << 40).unwrap();
    file
}

#[test]
fn s4_an_interrupted_batch_reports_what_it_has_and_tells_its_caller() {
    let file = endless();
    for (signal, code, threads) in [("INT", 130, "1"), ("TERM", 143, "1"), ("INT", 130, "3")] {
        let path = file.path().to_str().unwrap();
        let (child, _stdin) =
            live(&["--format", "json", "--agg", "input,level", "--threads", threads, path]);
        let enough = RECORD.len() as u64 * 5000 + (64 << 20);
        if read_so_far(&child).is_some() {
            wait_until("the hole", || read_so_far(&child).unwrap() > enough);
        } else {
            std::thread::sleep(SECOND);
        }
        send(signal, &child);
        let (done, took) = end(child);
        assert!(took < SECOND, "SIG{signal}: {took:?}");
        assert_eq!((done.code, done.stderr.as_str()), (Some(code), ""), "SIG{signal}");
        let report: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
        assert_eq!(report["sections"]["level"]["records"], 5000, "SIG{signal}");
        crate::common::Accounting::of(&report);
    }
}

/// The report is more than a pipe holds and nobody takes it, so that the first signal cannot end
/// the program; the second one does.
#[test]
fn s4_a_second_signal_ends_it_at_once() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let (mut child, mut stdin) = live(&["--format", "json", "--agg", "count by client"]);
        let long = "x".repeat(100);
        let lines = (0..3000).map(|n| format!("{{\"client_id\":\"{n} {long}\"}}\n"));
        let lines: Vec<String> = lines.collect();
        give(&child, &mut stdin, lines.concat().as_bytes());
        send(signal, &child);
        std::thread::sleep(SECOND / 2);
        assert!(child.try_wait().unwrap().is_none(), "it has written into a full pipe");
        send(signal, &child);
        let start = Instant::now();
        wait_until("its end", || child.try_wait().unwrap().is_some());
        assert!(start.elapsed() < SECOND, "{:?}", start.elapsed());
        let status = child.wait().unwrap();
        assert_eq!((status.code(), status.signal()), (Some(code), None), "SIG{signal}");
    }
}
