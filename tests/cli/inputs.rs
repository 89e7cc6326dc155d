//! What is read: every file once, and whatever can be read when something else cannot.

use std::fs;
use std::path::Path;

use crate::common::{Done, finish, program, root, skip};

const RECORD: &str = "{\"level\":\"INFO\",\"message\":\"a\"}\n";

fn run_in(folder: &Path, args: &[&str]) -> Done {
    finish(program().current_dir(folder).args(args))
}

/// How many records were read.
#[track_caller]
fn records(done: &Done) -> u64 {
    let report: serde_json::Value = serde_json::from_str(&done.stdout).expect(&done.stderr);
    report["sections"]["level"]["records"].as_u64().unwrap()
}

const COUNT: [&str; 4] = ["--format", "json", "--agg", "level"];

#[cfg(unix)]
#[test]
fn a_file_is_read_once_by_whatever_names() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a.log"), RECORD).unwrap();
    fs::hard_link(at("a.log"), at("hard.log")).unwrap();
    std::os::unix::fs::symlink("a.log", at("soft.log")).unwrap();
    fs::write(at("equal.log"), RECORD).unwrap();
    let names = ["a.log", "./a.log", "hard.log", "soft.log", "equal.log"];
    let done = run_in(folder.path(), &[&COUNT[..], &names].concat());
    assert_eq!((done.code, records(&done)), (Some(0), 2));
    let told = "ufo-logscan: given more than once, read once: ./a.log, hard.log, soft.log\n";
    assert_eq!(done.stderr, told);
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_stops_no_other() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    for name in ["closed.log", "open.log"] {
        fs::write(folder.path().join(name), RECORD).unwrap();
    }
    let closed = folder.path().join("closed.log");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&closed).is_ok() {
        skip("this user may read a file that nobody may read");
        return;
    }
    let done = run_in(folder.path(), &[&COUNT[..], &["closed.log", "open.log"]].concat());
    assert_eq!((done.code, records(&done)), (Some(2), 1));
    let told = "ufo-logscan: error: cannot read closed.log: Permission denied\n  \
        give your user the right to read it, or run as one who has it\n";
    assert_eq!(done.stderr, told);
}

/// Linux has a file that opens and cannot be read, whoever reads it.
#[test]
fn a_file_that_fails_while_it_is_read_stops_no_other() {
    const FAILING: &str = "/proc/self/mem";
    if !Path::new(FAILING).exists() {
        skip(&format!("there is no {FAILING} here"));
        return;
    }
    for order in [["fixtures/health.log", FAILING], [FAILING, "fixtures/health.log"]] {
        for more in [&[][..], &["--keep-order"]] {
            let done = run_in(root(), &[&COUNT[..], &order, more].concat());
            assert_eq!((done.code, records(&done)), (Some(2), 24));
            let told = format!("ufo-logscan: error: cannot read {FAILING}: Input/output error\n");
            assert_eq!(done.stderr, told);
        }
    }
}

#[test]
fn nothing_to_read_is_no_report() {
    for args in [&["nowhere.log"][..], &["--format", "json", "nowhere.log", "neither.log"]] {
        let done = run_in(root(), args);
        assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(done.stderr.contains("cannot read nowhere.log"), "{}", done.stderr);
    }
}

#[cfg(not(feature = "archives"))]
#[test]
fn compressed_files_say_how_to_read_them() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.log.gz"), b"\x1f\x8b\x08\0\0\0\0\0").unwrap();
    fs::write(folder.path().join("b.log"), RECORD).unwrap();
    let done = run_in(folder.path(), &[&COUNT[..], &["."]].concat());
    assert_eq!((done.code, records(&done)), (Some(2), 1));
    assert!(done.stderr.contains("a.log.gz is compressed: decompress it first"), "{}", done.stderr);
}

#[test]
fn hostile_file_names_are_shown_and_not_obeyed() {
    let name = "no\x1b[31m\u{202e}such\nfile.log";
    let done = run_in(root(), &[name]);
    assert_eq!(done.code, Some(2));
    assert!(!done.stderr.contains(['\x1b', '\u{202e}']), "{:?}", done.stderr);
    assert!(done.stderr.contains(r"\x1b[31m\u{202e}such"), "{:?}", done.stderr);
}

#[test]
fn the_version_is_the_packages() {
    let done = run_in(root(), &["-V"]);
    assert_eq!(done.stdout, format!("ufo-logscan {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
}
