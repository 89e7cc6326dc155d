//! Logs, folders of them, and what the program says of them.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{Done, finish, program};

/// Lines of a log from a minute of a day on: sessions that begin and end, errors, clients.
pub(crate) fn log(minute: usize, lines: usize) -> Vec<u8> {
    let mut text = String::new();
    for n in 0..lines {
        let level = if n % 7 == 3 { "ERROR" } else { "INFO" };
        // Every session ends where another file may already have begun.
        let session = minute * lines + n;
        let message = match n % 3 {
            0 => format!("[Session] Created session s{session} for task: t"),
            1 => format!("[Session] Task completed: s{}", session.saturating_sub(5 * 3 + 1)),
            _ => format!("message {}", n.wrapping_mul(2_654_435_761)),
        };
        let at = minute * 60 + n * 60 / lines;
        let _ = writeln!(
            text,
            "{{\"timestamp\":\"2026-11-21T{:02}:{:02}:{:02}\",\"level\":\"{level}\",\"logger\":\"l{}\",\"message\":\"{message}\",\"client_id\":\"c{}\"}}",
            at / 3600,
            at / 60 % 60,
            at % 60,
            n % 5,
            n % 11,
        );
    }
    text.into_bytes()
}

/// A folder of files.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new(files: &[(&str, &[u8])]) -> Folder {
        let folder = Folder(TempDir::new().unwrap());
        for (name, bytes) in files {
            fs::write(folder.path(name), bytes).unwrap();
        }
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs the program in the folder.
    pub(crate) fn run(&self, args: &[&str]) -> Done {
        finish(program().current_dir(self.0.path()).args(args))
    }

    /// The default report as JSON, without what files are called.
    #[track_caller]
    pub(crate) fn report(&self, args: &[&str]) -> Value {
        let done = self.run(&[&["--format", "json"], args].concat());
        nameless(done.report())
    }
}

/// Forgets what files are called.
pub(crate) fn nameless(mut report: Value) -> Value {
    fn forget(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.retain(|name, _| name != "file" && name != "path");
                members.values_mut().for_each(forget);
            }
            Value::Array(items) => items.iter_mut().for_each(forget),
            _ => {}
        }
    }
    forget(&mut report);
    report
}

/// How many records and lines a run has found that had something to complain about.
#[track_caller]
pub(crate) fn counted(done: &Done) -> (u64, u64) {
    let report: Value = serde_json::from_str(&done.stdout).expect(&done.stdout);
    let count = |name: &str| report["sections"]["input"][name].as_u64().unwrap();
    (count("records"), count("lines"))
}
