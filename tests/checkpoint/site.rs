//! A directory in which the program follows files, is killed, and goes on.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{Done, program, start, status};

/// How long anything may take; machines are busy.
const PATIENCE: Duration = Duration::from_mins(1);

/// A directory of its own.
pub(crate) struct Site {
    dir: tempfile::TempDir,
}

/// A record with a number.
pub(crate) fn record(number: u64) -> String {
    let second = number % 60;
    format!(
        "{{\"timestamp\":\"2026-11-22T06:00:{second:02}\",\"level\":\"INFO\",\"message\":\"m\",\"n\":{number}}}\n"
    )
}

/// Records with these numbers.
pub(crate) fn records(numbers: std::ops::Range<u64>) -> String {
    numbers.map(record).collect()
}

impl Site {
    pub(crate) fn new() -> Site {
        Site { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn append(&self, name: &str, text: &str) {
        let open = OpenOptions::new().append(true).create(true).open(self.path(name));
        open.unwrap().write_all(text.as_bytes()).unwrap();
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// A report of how many lines there were, and which numbers, kept in `state`.
    pub(crate) fn report(&self) -> Command {
        self.report_waiting("100ms")
    }

    /// The same that waits so long for late lines.
    pub(crate) fn report_waiting(&self, wait: &str) -> Command {
        let mut command = program();
        command.args([
            "-F",
            "--format",
            "json",
            "--agg",
            "input",
            "--agg",
            "count by field(\"n\")",
        ]);
        self.quickly(&mut command);
        command.args(["--rotate-wait", wait]);
        command.arg(self.path("app.log"));
        command
    }

    /// Adds a checkpoint, and that nothing takes long.
    pub(crate) fn quickly(&self, command: &mut Command) {
        command.args(["--poll-interval", "10ms", "--checkpoint-every", "10ms"]);
        command.arg("--checkpoint").arg(self.path("state"));
    }

    /// Starts a command, and waits until its checkpoint says that it has come to a line.
    pub(crate) fn until_line(&self, command: &mut Command, line: u64) -> Child {
        let mut child = start(command);
        until_it_listens(&mut child);
        self.wait_for_line(line);
        child
    }

    /// Waits until the checkpoint says that so many lines have been read of the file that is
    /// written.
    pub(crate) fn wait_for_line(&self, line: u64) {
        let begun = Instant::now();
        let wanted = format!("\"line\":{},\"named\":true", line + 1);
        while !fs::read_to_string(self.path("state")).is_ok_and(|state| state.contains(&wanted)) {
            assert!(begun.elapsed() < PATIENCE, "it does not come to line {line}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn file(&self, name: &str) -> File {
        File::create(self.path(name)).unwrap()
    }
}

/// Waits until a process has taken SIGTERM into its own hands.
pub(crate) fn until_it_listens(child: &mut Child) {
    let id = child.id();
    let caught = || {
        let Some(caught) = status(id, "SigCgt") else {
            std::thread::sleep(Duration::from_secs(1));
            return true;
        };
        u64::from_str_radix(&caught, 16).is_ok_and(|caught| caught & 1 << 14 != 0)
    };
    let begun = Instant::now();
    while !caught() {
        if begun.elapsed() > PATIENCE || child.try_wait().unwrap().is_some() {
            let mut told = String::new();
            std::io::Read::read_to_string(child.stderr.as_mut().unwrap(), &mut told).unwrap();
            panic!("it does not begin: {told}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Ends a process as a crash does.
pub(crate) fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Sends a signal.
pub(crate) fn signal(child: &Child, name: &str) {
    let line = format!("kill -{name} {}", child.id());
    assert!(Command::new("sh").args(["-c", &line]).status().unwrap().success());
}

/// Asks a process to stop.
pub(crate) fn stop(child: Child) -> Done {
    signal(&child, "TERM");
    child.wait_with_output().unwrap().into()
}

/// Each record from 1 on was seen once; the section `input`.
#[track_caller]
pub(crate) fn check(done: &Done, numbers: u64) -> Value {
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let report: Value = serde_json::from_str(&done.stdout).expect(&done.stdout);
    let sections = report["sections"].as_object().unwrap();
    let counts = &sections.iter().find(|(name, _)| name.starts_with("count")).unwrap().1["groups"];
    let mut seen: Vec<(u64, u64)> = counts.as_array().unwrap().iter().map(numbered).collect();
    seen.sort_unstable();
    let expected: Vec<(u64, u64)> = (1..=numbers).map(|number| (number, 1)).collect();
    let wrong = seen.iter().zip(&expected).find(|(seen, expected)| seen != expected);
    assert!(seen == expected, "{} of {numbers}, {wrong:?}\n{}", seen.len(), done.stderr);
    sections["input"].clone()
}

/// A number, and how often it was seen.
fn numbered(group: &Value) -> (u64, u64) {
    let key = group["by"].as_object().unwrap().values().next().unwrap();
    let number = key.as_u64().or_else(|| key.as_str().and_then(|key| key.parse().ok()));
    (number.unwrap_or(0), group["records"].as_u64().unwrap())
}
