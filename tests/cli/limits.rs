//! Limits and faults of inputs: more files than may be open, standard input by its path, a file that
//! grows while it is read.

#![cfg(unix)]

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use crate::common::{Accounting, Done, feed, finish, program, shell, skip};

const INPUT: [&str; 4] = ["--format", "json", "--agg", "input"];

fn record(n: usize) -> String {
    format!("{{\"timestamp\":\"2026-11-22T06:{:02}:00\",\"level\":\"INFO\",\"n\":{n}}}\n", n % 60)
}

/// A folder of so many logs of two lines each.
fn folder(files: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..files {
        let lines = [record(n), record(n + 30)].concat();
        fs::write(folder.path().join(format!("{n}.log")), lines).unwrap();
    }
    folder
}

/// O2, read once.
#[test]
fn o2_ten_thousand_files_with_256_descriptors() {
    let folder = folder(10_000);
    for threads in ["1", "4"] {
        let mut command = shell("ulimit -n 256; exec ufo-logscan \"$@\"");
        command.arg("ufo-logscan").args(INPUT).args(["--threads", threads]).arg(folder.path());
        let found = Accounting::of(&finish(&mut command).report());
        assert_eq!((found.lines, found.records), (20_000, 20_000));
    }
}

/// Rules see all sources side by side, and that needs no more descriptors.
#[test]
fn o2_rules_over_more_files_than_may_be_open() {
    let folder = folder(600);
    let mut command = shell("ulimit -n 64; exec ufo-logscan \"$@\"");
    command.args(["ufo-logscan", "watch", "--replay"]).arg(folder.path());
    let done = finish(&mut command);
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{}", done.stdout);
}

#[test]
fn standard_input_by_its_path() {
    if fs::metadata("/dev/stdin").is_err() {
        return skip("there is no /dev/stdin here");
    }
    let lines: String = (0..5000).map(record).collect();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(lines.as_bytes()).unwrap();
    for path in ["/dev/stdin", "/dev/fd/0", "-"] {
        let args = [&INPUT[..], &[path]].concat();
        let stdin = File::open(file.path()).unwrap();
        let redirected = finish(program().args(&args).stdin(stdin));
        assert_eq!(Accounting::of(&redirected.report()).records, 5000, "{path}");
        let piped = feed(&args, &lines);
        assert_eq!(Accounting::of(&piped.report()).records, 5000, "{path}");
    }
}

/// What is there when the last piece is read counts, in whole lines.
#[test]
fn a_file_may_grow_while_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let lines: String = (0..20_000).map(record).collect();
    fs::write(&path, &lines).unwrap();
    for threads in ["1", "3"] {
        let before = fs::metadata(&path).unwrap().len();
        let mut command = program();
        command.args(INPUT).args(["--threads", threads]).arg(&path);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut writer = OpenOptions::new().append(true).open(&path).unwrap();
        let mut n = 0;
        while child.try_wait().unwrap().is_none() {
            writer.write_all(record(n).as_bytes()).unwrap();
            n += 1;
            std::thread::sleep(Duration::from_millis(1));
        }
        let report = Done::from(child.wait_with_output().unwrap()).report();
        let found = Accounting::of(&report);
        assert_eq!(found.lines, found.records);
        let bytes = report["sections"]["input"]["bytes"].as_u64().unwrap();
        assert!(bytes >= before && bytes <= fs::metadata(&path).unwrap().len(), "{bytes}");
    }
}
