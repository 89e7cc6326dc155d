//! Envelopes while they are written and rotated.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::common::{program, run, start};

fn append(path: &Path, bytes: &[u8]) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
}

/// The report of a log that is followed while `write` writes it.
fn followed(log: &Path, write: impl FnOnce()) -> Value {
    let mut command = program();
    command.args(["-F", "--poll-interval", "10ms", "--rotate-wait", "200ms", "--format", "json"]);
    let child = start(command.arg(log));
    std::thread::sleep(Duration::from_millis(400));
    write();
    std::thread::sleep(Duration::from_millis(700));
    let kill = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A record may begin in a file and go on in the next one, and lines come in pieces.
#[test]
fn what_is_followed_is_joined_over_rotations() {
    let bare = run(["--format", "json", "fixtures/envelopes/bare.log"]).report();
    for name in ["cri.log", "docker.log", "text.log", "cri-text.log"] {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("app.log");
        let bytes = fs::read(format!("fixtures/envelopes/{name}")).unwrap();
        // A third of it is written before, and the second part ends behind the first part of a
        // record, if there is one.
        let parts = [&b"\" P"[..], b" P ", b"stdout P", b"\\n  File", b"Traceback"];
        let within = parts.iter().find_map(|part| memchr::memmem::rfind(&bytes, part));
        let line_end = |at: usize| at + memchr::memchr(b'\n', &bytes[at..]).unwrap() + 1;
        let cuts = [line_end(bytes.len() / 3), line_end(within.unwrap_or(bytes.len() / 2))];
        let [first, second] = if cuts[0] < cuts[1] { cuts } else { [cuts[1], cuts[0]] };
        append(&log, &bytes[..first]);
        let report = followed(&log, || {
            for piece in bytes[first..second].chunks(1777) {
                append(&log, piece);
                std::thread::sleep(Duration::from_millis(15));
            }
            fs::rename(&log, dir.path().join("app.log.1")).unwrap();
            append(&log, &bytes[second..]);
        });
        let without = |report: &Value| {
            let mut sections = report["sections"].clone();
            sections.as_object_mut().unwrap().remove("input");
            sections
        };
        assert_eq!(without(&report), without(&bare), "{name}");
        let input = &report["sections"]["input"];
        let read = run(["--format", "json", &format!("fixtures/envelopes/{name}")]).report();
        for figure in ["lines", "records", "malformed", "joined", "blank", "bytes"] {
            assert_eq!(input[figure], read["sections"]["input"][figure], "{name}: {figure}");
        }
    }
}
