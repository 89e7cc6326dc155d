//! What paths mean, on real directories.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at what it did not expect, and tells what it could not check"
)]

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use ufo_logscan::record::{Timestamp, Zone};
use ufo_logscan::source::{Input, PEEK, Plan, PlanOptions, plan};

/// A directory of files that begin with a time of 2026-11-22, or with none.
struct Logs(TempDir);

impl Logs {
    fn new(files: &[(&str, &str)]) -> Logs {
        let logs = Logs(TempDir::new().unwrap());
        for (name, time) in files {
            logs.write(name, time);
        }
        logs
    }

    fn write(&self, name: &str, time: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // Whether two files are the same must not be guessed from what stands in them.
        let line = if time.is_empty() { String::new() } else { format!("2026-11-22T{time}") };
        fs::write(path, line + "\n").unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        if name == "-" { PathBuf::from(name) } else { self.0.path().join(name) }
    }

    fn plan(&self, names: &[&str]) -> Plan {
        self.plan_with(names, false)
    }

    fn plan_with(&self, names: &[&str], keep_order: bool) -> Plan {
        let paths: Vec<PathBuf> = names.iter().map(|name| self.path(name)).collect();
        plan(&paths, &PlanOptions { keep_order, first_time: &first_time }).unwrap()
    }

    /// `text` without the path of the directory.
    fn short(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.0.path().display()), "")
    }

    /// The files of each series, in order.
    fn files(&self, plan: &Plan) -> Vec<String> {
        let join = |files: &[Input]| {
            files.iter().map(|file| self.short(file.shown())).collect::<Vec<_>>().join(" ")
        };
        plan.series.iter().map(|series| join(&series.files)).collect()
    }

    fn notes(&self, plan: &Plan) -> Vec<String> {
        plan.notes.iter().map(|note| self.short(note)).collect()
    }

    fn problems(&self, plan: &Plan) -> Vec<String> {
        plan.problems.iter().map(|problem| self.short(&problem.to_string())).collect()
    }
}

fn first_time(head: &[u8]) -> Option<Timestamp> {
    assert!(head.len() <= PEEK);
    let line = head.split(|byte| *byte == b'\n').next()?;
    Timestamp::from_text(std::str::from_utf8(line).ok()?, &Zone::Utc)
}

#[test]
fn a_directory_means_its_main_series() {
    let logs = Logs::new(&[
        ("d/ufo_server.log", "06:00"),
        ("d/ufo_server.log.1", "05:00"),
        ("d/ufo_server.log.2", "04:00"),
        ("d/ufo_server_daily.log", "05:00"),
        ("d/ufo_server_daily.log.2026-11-21", "04:00"),
        ("d/ufo_server_errors.log", "06:00"),
        ("d/web.log", "06:00"),
        ("d/README", ""),
        ("d/.hidden", ""),
        ("d/task_1/request.log", "06:00"),
        ("d/task_2/request.log", "06:00"),
    ]);
    let plan = logs.plan(&["d"]);
    assert_eq!(logs.files(&plan), ["d/ufo_server.log.2 d/ufo_server.log.1 d/ufo_server.log"]);
    assert_eq!(plan.series[0].name, logs.path("d/ufo_server.log").to_string_lossy());
    assert_eq!(
        logs.notes(&plan),
        ["d/: reading ufo_server.log and 2 older files; left out ufo_server_daily.log (2 files), \
          ufo_server_errors.log (1 file): they repeat records of the main log; \
          left out web.log (1 file): name it to read it too; 2 directories not entered; \
          1 file not named like a log"]
    );
    assert!(plan.problems.is_empty());
}

#[test]
fn a_directory_without_the_main_series() {
    for (names, read) in [
        (&["a.log", "a.log.1"][..], &["d/a.log.1 d/a.log"][..]),
        (
            &["a.log", "b.json", "c.ndjson", "d.jsonl"],
            &["d/a.log", "d/b.json", "d/c.ndjson", "d/d.jsonl"],
        ),
        (&["a.log", "a_daily.log", "a_errors.log.1", "b.log"], &["d/a.log", "d/b.log"]),
        (&["a_daily.log"], &["d/a_daily.log"]),
        (&["a_daily.log", "a_errors.log"], &["d/a_daily.log"]),
        (&["a_errors.log", "b_errors.log"], &["d/a_errors.log", "d/b_errors.log"]),
        (&["ufo_server.log.3", "a.log"], &["d/ufo_server.log.3"]),
    ] {
        let logs = Logs::new(&[]);
        for name in names {
            logs.write(&format!("d/{name}"), "");
        }
        let plan = logs.plan(&["d"]);
        assert_eq!(logs.files(&plan), read, "{names:?}");
        let left_out = names.iter().any(|name| !read.join(" ").contains(name));
        assert_eq!(!plan.notes.is_empty(), left_out, "{names:?}: {:?}", plan.notes);
    }
}

#[test]
fn a_directory_without_logs_is_a_problem() {
    let logs = Logs::new(&[("d/notes.txt", ""), ("d/sub/a.log", ""), ("e/a.log", "")]);
    let plan = logs.plan(&["d", "e"]);
    assert_eq!(
        logs.problems(&plan),
        [
            "no log files in d/: name the files themselves\n  1 directory in it not entered: name the one you mean"
        ]
    );
    assert_eq!(logs.files(&plan), ["e/a.log"]);
}

#[test]
fn files_are_read_in_order_of_time() {
    let logs = Logs::new(&[
        ("a.log", "09:00"),
        ("a.log.1", "08:00"),
        ("b.log", "07:00"),
        ("c.txt", ""),
        ("empty.log", ""),
    ]);
    let plan = logs.plan(&["-", "empty.log", "a.log", "c.txt", "b.log", "a.log.1"]);
    assert_eq!(logs.files(&plan), ["b.log", "a.log.1 a.log", "-", "empty.log", "c.txt"]);
    let plan = logs.plan_with(&["a.log", "b.log", "a.log.1"], true);
    assert_eq!(logs.files(&plan), ["a.log", "b.log", "a.log.1"]);
    let plan = logs.plan_with(&["a.log", "a.log.1", "b.log"], true);
    assert_eq!(logs.files(&plan), ["a.log a.log.1", "b.log"]);
}

#[test]
fn time_beats_rotation_and_rotation_decides_the_rest() {
    let logs = Logs::new(&[
        ("d/a.log", "01:00"),
        ("d/a.log.1", ""),
        ("d/a.log.2", "03:00"),
        ("d/a.log.10", "02:00"),
        ("d/a.log.9", "02:00"),
        ("d/a.log.2026-11-20", ""),
    ]);
    let by_time = ["d/a.log.2026-11-20 d/a.log d/a.log.10 d/a.log.9 d/a.log.1 d/a.log.2"];
    assert_eq!(logs.files(&logs.plan(&["d"])), by_time);
    let kept = ["d/a.log.2026-11-20 d/a.log.10 d/a.log.9 d/a.log.2 d/a.log.1 d/a.log"];
    assert_eq!(logs.files(&logs.plan_with(&["d"], true)), kept);
}

#[test]
fn series_of_the_same_name_in_two_directories_are_two() {
    let logs = Logs::new(&[("d/a.log", "02:00"), ("d/a.log.1", "01:00"), ("e/a.log", "01:30")]);
    let plan = logs.plan(&["d", "e"]);
    assert_eq!(logs.files(&plan), ["d/a.log.1 d/a.log", "e/a.log"]);
    let plan = logs.plan(&["d/a.log", "e/a.log", "d/../d/a.log.1"]);
    assert_eq!(logs.files(&plan), ["d/../d/a.log.1 d/a.log", "e/a.log"]);
}

#[test]
fn standard_input_is_read_once() {
    let logs = Logs::new(&[]);
    let plan = logs.plan(&["-", "-"]);
    assert_eq!(logs.files(&plan), ["-"]);
    assert_eq!(plan.series[0].files, [Input::Stdin]);
    assert_eq!(plan.notes, ["given more than once, read once: -"]);
    let error =
        ufo_logscan::source::plan(&[], &PlanOptions { keep_order: true, first_time: &|_| None });
    assert!(error.is_err());
}

#[cfg(unix)]
#[test]
fn a_file_of_many_names_is_read_once() {
    let logs = Logs::new(&[("d/ufo_server.log", "02:00"), ("d/ufo_server.log.1", "01:00")]);
    std::os::unix::fs::symlink("ufo_server.log", logs.path("d/latest.log")).unwrap();
    std::os::unix::fs::symlink("d", logs.path("link")).unwrap();
    fs::hard_link(logs.path("d/ufo_server.log.1"), logs.path("old.log")).unwrap();
    // The link comes first, but the file has the name that tells its series.
    let plan = logs.plan(&["d/latest.log", "d", "link", "d/./ufo_server.log", "old.log"]);
    assert_eq!(logs.files(&plan), ["d/ufo_server.log.1 d/ufo_server.log"]);
    let notes = logs.notes(&plan);
    let repeated = "given more than once, read once: d/ufo_server.log, link/ufo_server.log.1, \
                    link/ufo_server.log, d/./ufo_server.log and 1 more";
    assert!(notes.iter().any(|note| note == repeated), "{notes:?}");
}

#[test]
fn logs_that_repeat_each_other_are_read_if_named() {
    let logs = Logs::new(&[
        ("d/ufo_server.log", "02:00"),
        ("d/ufo_server_daily.log", "03:00"),
        ("d/ufo_server_errors.log", "01:00"),
        ("e/ufo_server_errors.log", "01:00"),
    ]);
    let plan = logs.plan(&["d", "d/ufo_server_errors.log", "e/ufo_server_errors.log"]);
    assert_eq!(
        logs.files(&plan),
        ["d/ufo_server_errors.log", "e/ufo_server_errors.log", "d/ufo_server.log"]
    );
    assert_eq!(
        logs.notes(&plan),
        [
            "d/: reading ufo_server.log; left out ufo_server_daily.log (1 file): \
             it repeats records of the main log",
            "d/ufo_server.log, d/ufo_server_errors.log repeat each other's records, \
             which are counted more than once",
        ]
    );
}

#[test]
fn a_missing_file_is_a_problem_with_advice() {
    let logs = Logs::new(&[("d/ufo_server.log", "02:00"), ("d/other.log", "")]);
    let names =
        ["d/ufo_servr.log", "d/zzz", "no/a.log", "d/*.log", "d/ufo_server.log/", "d/ufo_servr.log"];
    let plan = logs.plan(&[&names[..], &["d/ufo_server.log"]].concat());
    assert_eq!(logs.files(&plan), ["d/ufo_server.log"]);
    let problems = logs.problems(&plan);
    for (problem, (name, advice)) in problems.iter().zip([
        ("d/ufo_servr.log", "did you mean d/ufo_server.log?"),
        ("d/zzz", "nothing in d has a similar name: check the path"),
        ("no/a.log", "there is no directory no to look in"),
        ("d/*.log", "the shell found nothing"),
        ("d/ufo_server.log/", ""),
    ]) {
        assert!(problem.starts_with(&format!("cannot read {name}: ")), "{problem}");
        assert!(problem.contains(advice), "{problem}");
    }
    assert_eq!(problems.len(), 5);
    assert!(logs.plan(&["d/zzz"]).series.is_empty());
}

#[cfg(unix)]
#[test]
fn a_link_to_nowhere_is_told() {
    let logs = Logs::new(&[("d/ufo_server.log.1", "02:00")]);
    std::os::unix::fs::symlink("gone.log", logs.path("d/ufo_server.log")).unwrap();
    std::os::unix::fs::symlink("loop.log", logs.path("loop.log")).unwrap();
    let plan = logs.plan(&["d", "loop.log"]);
    assert_eq!(logs.files(&plan), ["d/ufo_server.log.1"]);
    let problems = logs.problems(&plan);
    assert!(
        problems[0].ends_with("it is a link to gone.log, which does not exist"),
        "{problems:?}"
    );
    assert!(problems[1].starts_with("cannot read loop.log: "), "{problems:?}");
}

#[cfg(not(feature = "archives"))]
#[test]
fn a_compressed_file_is_a_problem_whatever_its_name() {
    let logs = Logs::new(&[("d/ufo_server.log", "02:00"), ("d/ufo_server.log.2.gz", "01:00")]);
    fs::write(logs.path("d/ufo_server.log.1"), b"\x1f\x8b\x08\0\0\0").unwrap();
    for keep_order in [false, true] {
        let plan = logs.plan_with(&["d"], keep_order);
        // The name of one lies: it is plain text.
        assert_eq!(logs.files(&plan), ["d/ufo_server.log.2.gz d/ufo_server.log"]);
        assert_eq!(
            logs.problems(&plan),
            ["d/ufo_server.log.1 is compressed: decompress it first\n  `gzip -dk` does that"]
        );
    }
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_a_problem() {
    use std::os::unix::fs::PermissionsExt;
    let logs = Logs::new(&[("d/a.log", "02:00"), ("d/b.log", "01:00"), ("e/a.log", "01:00")]);
    let forbid = |name: &str| {
        fs::set_permissions(logs.path(name), fs::Permissions::from_mode(0o000)).unwrap();
    };
    forbid("d/a.log");
    forbid("e");
    if fs::File::open(logs.path("d/a.log")).is_ok() {
        println!("skipped: nothing is forbidden to root");
        return;
    }
    let plan = logs.plan(&["d", "e"]);
    fs::set_permissions(logs.path("e"), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(logs.files(&plan), ["d/b.log"]);
    let problems = logs.problems(&plan);
    assert!(problems[0].starts_with("cannot read d/a.log: Permission denied\n"), "{problems:?}");
    assert!(problems[1].starts_with("cannot read "), "{problems:?}");
    assert_eq!(problems.len(), 2);
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_opened_but_not_looked_into() {
    let logs = Logs::new(&[("a.log", "01:00")]);
    let made = std::process::Command::new("mkfifo").arg(logs.path("pipe.log")).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: no mkfifo here");
        return;
    }
    // A plan that opened the pipe would wait for a writer for ever.
    let plan = logs.plan(&["pipe.log", "a.log"]);
    assert_eq!(logs.files(&plan), ["a.log", "pipe.log"]);
    let path = logs.path("pipe.log");
    let writer = std::thread::spawn(move || fs::write(path, "through the pipe\n").unwrap());
    assert_eq!(read(&plan.series[1].files[0]), "through the pipe\n");
    writer.join().unwrap();
}

#[cfg(unix)]
#[test]
fn names_need_not_be_text() {
    use std::os::unix::ffi::OsStrExt;
    let logs = Logs::new(&[]);
    let name = |bytes: &[u8]| logs.0.path().join(std::ffi::OsStr::from_bytes(bytes));
    let paths =
        [name(b"a\xff.log"), name(b"a\xfe.log"), name(b"a\xff.log.1"), name(b"\x1b[31m\xff")];
    for path in &paths {
        if fs::write(path, "x\n").is_err() {
            println!("skipped: this file system wants text");
            return;
        }
    }
    for paths in [&paths[..], &[logs.0.path().to_owned()]] {
        let plan =
            plan(paths, &PlanOptions { keep_order: false, first_time: &first_time }).unwrap();
        assert!(plan.problems.is_empty());
        let files: Vec<usize> = plan.series.iter().map(|series| series.files.len()).collect();
        // Names that only look the same are not the same series.
        assert!(files.starts_with(&[2, 1]) || files.starts_with(&[1, 2]), "{files:?}");
    }
    let gone =
        plan(&[name(b"gone\xff")], &PlanOptions { keep_order: false, first_time: &first_time });
    assert_eq!(gone.unwrap().problems.len(), 1);
}

#[test]
fn an_input_opens_or_says_why_not() {
    let logs = Logs::new(&[("a.log", "01:00")]);
    let plan = logs.plan(&["a.log"]);
    let file = &plan.series[0].files[0];
    assert!(matches!(file, Input::File { size: 17, .. }), "{file:?}");
    assert_eq!(read(file), "2026-11-22T01:00\n");
    fs::remove_file(logs.path("a.log")).unwrap();
    let error = file.open().err().unwrap();
    assert!(logs.short(error.message()).starts_with("cannot read a.log: "), "{error}");
}

fn read(input: &Input) -> String {
    let mut text = String::new();
    input.open().unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn an_empty_path_is_a_problem() {
    let plan = plan(
        &[PathBuf::new(), Path::new("a\0b").to_owned()],
        &PlanOptions { keep_order: false, first_time: &first_time },
    );
    assert_eq!(plan.unwrap().problems.len(), 2);
}
