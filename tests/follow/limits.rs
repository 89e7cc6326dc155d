//! O1, O2, O3, O5: names that are no text, more files than may be open, one file of two names, a
//! file that cannot be read. And directories.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use crate::driver::{Expect, Mode, ROTATE_WAIT, Stage};

#[test]
fn o1_names_that_are_no_text() {
    for mode in [Mode::Steps, Mode::Polling] {
        let mut stage = Stage::new(mode);
        let name = |bytes: &[u8]| stage.path("").join(OsStr::from_bytes(bytes));
        let (log, old) = (name(b"a\xff\n.log"), name(b"a\xff\n.log.1"));
        let records = stage.records(20);
        fs::write(&log, records).unwrap();
        stage.follow_paths(std::slice::from_ref(&log));
        fs::rename(&log, &old).unwrap();
        let records = stage.records(20);
        fs::write(&log, records).unwrap();
        stage.settle();
        stage.end().check(40, Expect::default());
    }
}

/// Few files may be open, many are followed: those that are idle are closed, and that is told.
#[test]
fn o2_more_files_than_may_be_open() {
    let mut stage = Stage::new(Mode::Steps);
    stage.max_open = 16;
    many_files(stage, 300, 16);
}

#[test]
fn o2_more_files_than_the_system_allows() {
    let mut stage = Stage::new(Mode::Polling);
    stage.descriptors = Some(64);
    many_files(stage, 300, 64);
}

fn many_files(mut stage: Stage, many: u64, most: usize) {
    let names: Vec<String> = (0..many).map(|n| format!("{n}.log")).collect();
    for name in &names {
        stage.append(name, 2);
    }
    let paths: Vec<&str> = names.iter().map(String::as_str).collect();
    stage.follow(&paths);
    for round in 0..3 {
        for name in &names {
            stage.append(name, 1);
        }
        stage.until_quiet();
        assert!(stage.open_files() <= most, "round {round}: {}", stage.open_files());
    }
    // Rotation while they are closed.
    for name in names.iter().take(50) {
        stage.append(name, 1);
        stage.rename(name, &format!("{name}.1"));
        stage.append(name, 1);
    }
    stage.until_quiet();
    let written = stage.number;
    let seen = stage.end();
    seen.check(written, Expect::default());
    assert_eq!(seen.told.matches("idle are closed").count(), 1, "{}", seen.told);
}

#[test]
fn o3_one_file_of_two_names() {
    let mut stage = Stage::new(Mode::Steps);
    stage.append("app.log", 20);
    fs::hard_link(stage.path("app.log"), stage.path("same.log")).unwrap();
    std::os::unix::fs::symlink("app.log", stage.path("link.log")).unwrap();
    stage.follow(&["app.log", "same.log", "link.log"]);
    stage.append("app.log", 20);
    stage.rename("app.log", "app.log.1");
    stage.append("app.log", 20);
    stage.settle();
    stage.end().check(60, Expect::default());
}

/// What the shell makes of `app.log*`: the rotated files are read, and not again when they are
/// given other names.
#[test]
fn a_series_of_which_all_files_are_named() {
    let mut stage = Stage::new(Mode::Steps);
    for name in ["app.log.2", "app.log.1", "app.log"] {
        stage.append(name, 20);
    }
    stage.follow(&["app.log", "app.log.1", "app.log.2"]);
    stage.rename("app.log.2", "app.log.3");
    stage.rename("app.log.1", "app.log.2");
    stage.rename("app.log", "app.log.1");
    stage.append("app.log", 20);
    stage.pass(3 * ROTATE_WAIT);
    stage.append("app.log.3", 5);
    stage.settle();
    stage.end().check(85, Expect::default());
}

/// O5: the memory of a process looks like a file, and reading it fails.
#[test]
fn o5_a_file_that_cannot_be_read() {
    if !fs::metadata("/proc/self/mem").is_ok_and(|found| found.is_file()) {
        return crate::common::skip("O5: there is no file here that cannot be read");
    }
    let mut stage = Stage::new(Mode::Steps);
    stage.append("app.log", 20);
    std::os::unix::fs::symlink("/proc/self/mem", stage.path("bad.log")).unwrap();
    stage.follow(&["bad.log", "app.log"]);
    stage.append("app.log", 20);
    stage.pass(ROTATE_WAIT);
    let seen = stage.end();
    seen.check(40, Expect::default());
    assert!(seen.told.matches("cannot read").count() == 1, "{}", seen.told);
}

#[test]
fn a_directory_is_its_main_series_with_what_is_older() {
    for mode in [Mode::Steps, Mode::Polling, Mode::Woken] {
        let mut stage = Stage::new(mode);
        fs::create_dir(stage.path("logs")).unwrap();
        for name in ["logs/ufo_server.log.2", "logs/ufo_server.log.1", "logs/ufo_server.log"] {
            stage.append(name, 20);
        }
        let written = stage.number;
        stage.append("logs/ufo_server_daily.log", 20);
        stage.number = written;
        stage.follow(&["logs"]);
        stage.rename("logs/ufo_server.log", "logs/ufo_server.log.3");
        stage.append("logs/ufo_server.log", 20);
        stage.settle();
        stage.end().check(written + 20, Expect::default());
    }
}

#[test]
fn series_may_appear_in_a_directory() {
    for mode in [Mode::Steps, Mode::Polling, Mode::Woken] {
        let mut stage = Stage::new(mode);
        fs::create_dir(stage.path("logs")).unwrap();
        stage.follow(&["logs"]);
        stage.append("logs/one.log", 20);
        stage.settle();
        stage.append("logs/two.log", 20);
        stage.append("logs/one.log", 20);
        stage.settle();
        stage.rename("logs/two.log", "logs/two.log.1");
        stage.append("logs/two.log", 20);
        stage.settle();
        stage.end().check(80, Expect::default());
    }
}

#[test]
fn from_the_end_only_what_is_new_counts() {
    for mode in [Mode::Steps, Mode::Polling] {
        let mut stage = Stage::new(mode);
        stage.from = ufo_logscan::source::Start::End;
        stage.append("app.log.1", 20);
        stage.append("app.log", 20);
        let whole = stage.records(1);
        let (first, second) = whole.split_at(30);
        crate::driver::put(&stage.writer("app.log"), first);
        stage.follow(&["app.log"]);
        crate::driver::put(&stage.writer("app.log"), second);
        stage.append("app.log.1", 3);
        stage.append("app.log", 3);
        stage.rename("app.log", "app.log.2");
        stage.append("app.log", 3);
        stage.settle();
        let seen = stage.end();
        assert_eq!(seen.numbers.keys().copied().collect::<Vec<_>>(), (41..=50).collect::<Vec<_>>());
        seen.check(50, Expect { missing: 40, ..Expect::default() });
    }
}

/// A day with a rotation every ten seconds, by steps.
#[test]
fn a_day_of_rotations_keeps_nothing() {
    let mut stage = Stage::new(Mode::Steps);
    stage.append("app.log", 2);
    stage.follow(&["app.log"]);
    let keep = 4;
    let mut most = 0;
    for round in 0..8640_u32 {
        for number in (1..keep).rev() {
            let _ = fs::rename(
                stage.path(&format!("app.log.{number}")),
                stage.path(&format!("app.log.{}", number + 1)),
            );
        }
        stage.rename("app.log", "app.log.1");
        stage.append("app.log", 2);
        stage.jump(10_000);
        if round > 100 {
            most = most.max(stage.open_files());
        }
    }
    assert!(most <= 3, "{most} files were open");
    assert!(stage.remembered() < 100, "{}", stage.remembered());
    let written = stage.number;
    stage.end().check(written, Expect::default());
}
