//! However many threads read, and however the input is cut for them, the report is the same.
//!
//! What is compared with is a scan of the lines one behind the other, which knows nothing of
//! files, pieces or threads.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(dead_code, reason = "the logs are shared with other tests")]

#[path = "merge/aggregations.rs"]
mod aggregations;
#[path = "common/mod.rs"]
mod common;
#[path = "merge/drive.rs"]
mod drive;
#[path = "merge/log.rs"]
mod log;

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use proptest::prelude::*;
use tempfile::TempDir;
use ufo_logscan::aggregate::{ErrorsBy, Setup};
use ufo_logscan::record::{Timestamp, Zone};
use ufo_logscan::scan::{Blocking, Ended};
use ufo_logscan::source::{Input, Series};

use drive::{Outcome, Run};
use log::{File, Log, MAX_LINE, everything, random};

/// A log as files of a folder.
struct Files {
    _folder: TempDir,
    series: Vec<Series>,
}

impl Files {
    /// Each source with all its files; an empty file in front of the first one.
    fn of(log: &Log) -> Files {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            Input::File {
                path,
                shown: name.to_owned(),
                size: bytes.len() as u64,
                compressed: false,
            }
        };
        let mut series: Vec<Series> = log
            .iter()
            .map(|file| Series {
                name: file.name.to_owned(),
                files: vec![write(file.name, &file.lines.concat())],
            })
            .collect();
        if let Some(first) = series.first_mut() {
            first.files.insert(0, write("empty.log", b""));
        }
        Files { _folder: folder, series }
    }
}

fn blocking(block: usize, piece: usize) -> Blocking {
    Blocking { block, max_line: MAX_LINE, piece }
}

/// Reads the files and compares with what the lines one behind the other give.
fn assert_same(run: &Run, whole: &Outcome, files: &Files, threads: usize, blocking: Blocking) {
    let bytes = AtomicU64::new(0);
    let seen = |more| {
        bytes.fetch_add(more, Ordering::Relaxed);
    };
    let (outcome, read) =
        run.read(&files.series, threads, blocking, &AtomicBool::new(false), &seen);
    assert_eq!((read.ended, read.problems), (Ended::AtEnd, Vec::new()));
    if let Some(difference) = outcome.differs(whole) {
        panic!("{threads} threads, {blocking:?}: {difference}");
    }
    let inputs = files.series.iter().flat_map(|one| &one.files);
    let size = inputs.map(|input| fs::metadata(input_path(input)).unwrap().len()).sum::<u64>();
    assert_eq!(bytes.into_inner(), size, "progress tells every byte");
}

fn input_path(input: &Input) -> &std::path::Path {
    match input {
        Input::File { path, .. } => path,
        Input::Stdin => unreachable!("only files are written"),
    }
}

/// The ways to set up a run that change what is merged.
fn setups() -> Vec<(&'static str, Setup)> {
    let at = |text| Timestamp::from_text(text, &Zone::Utc);
    vec![
        ("ufo", Setup::default()),
        ("page", Setup { errors_by: ErrorsBy::Prefix, ..Setup::default() }),
        (
            "ufo",
            Setup {
                max_keys: 3,
                since: at("2026-11-22T05:58:14Z"),
                until: at("2026-11-23T05:59:30Z"),
                ..Setup::default()
            },
        ),
    ]
}

const BLOCKS: [usize; 5] = [1, 60, 1000, 1 << 16, 1 << 20];
const PIECES: [usize; 4] = [1, 150, 2000, 1 << 20];

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let log = everything();
    let files = Files::of(&log);
    for (profile, setup) in setups() {
        let mut run = Run::new(&setup, profile, aggregations::some);
        let whole = run.report_of(&log, usize::MAX);
        for threads in [1, 2, 3, 7] {
            for (block, piece) in BLOCKS.into_iter().zip(PIECES.into_iter().cycle()) {
                assert_same(&run, &whole, &files, threads, blocking(block, piece));
                assert_same(&run, &whole, &files, threads, blocking(1 << 16, piece));
            }
        }
    }
}

#[test]
fn every_section_and_combination_is_the_same() {
    let log = everything();
    let files = Files::of(&log);
    let mut run = Run::new(&Setup::default(), "ufo", aggregations::all);
    let whole = run.report_of(&log, usize::MAX);
    for threads in [2, 5] {
        for piece in [100, 1500] {
            assert_same(&run, &whole, &files, threads, blocking(300, piece));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_logs_are_the_same(
        log in random(),
        threads in 1_usize..8,
        block in prop::sample::select(BLOCKS.to_vec()),
        piece in prop::sample::select(PIECES.to_vec()),
        setup in 0_usize..3,
    ) {
        let (profile, setup) = setups().remove(setup);
        let mut run = Run::new(&setup, profile, aggregations::some);
        let whole = run.report_of(&log, usize::MAX);
        assert_same(&run, &whole, &Files::of(&log), threads, blocking(block, piece));
    }

    /// Whoever stops a run gets the report of everything up to some line.
    #[test]
    fn a_stopped_run_is_a_beginning(
        after in 0_u64..9000,
        threads in 1_usize..5,
        piece in prop::sample::select(PIECES.to_vec()),
    ) {
        let mut log = everything();
        let run = &mut Run::new(&Setup::default(), "ufo", aggregations::some);
        let (stop, bytes) = (AtomicBool::new(false), AtomicU64::new(0));
        let seen = |more| {
            if bytes.fetch_add(more, Ordering::Relaxed) + more >= after {
                stop.store(true, Ordering::Relaxed);
            }
        };
        let series = Files::of(&log);
        let (outcome, _) = run.read(&series.series, threads, blocking(100, piece), &stop, &seen);
        let lines = outcome.value()["sections"]["input"]["lines"].as_u64().unwrap();
        let mut rest = lines as usize;
        for File { lines, .. } in &mut log {
            let kept = rest.min(lines.len());
            lines.truncate(kept);
            rest -= kept;
        }
        let difference = outcome.differs(&run.report_of(&log, 5));
        prop_assert!(difference.is_none(), "{threads} threads: {}", difference.unwrap());
    }
}

/// The command, over everything that is kept as an example, in both formats.
#[test]
fn the_program_writes_the_same_bytes() {
    let mut inputs = vec![vec!["fixtures/logs".to_owned()], common::log_fixtures()];
    inputs.extend(common::log_fixtures().into_iter().map(|path| vec![path]));
    let more: [&[&str]; 3] = [
        &["--format", "json"],
        &["--since", "2026-11-22T06:00", "--strict"],
        &["--agg", "count by client every 1h", "--agg", "errors by module", "--agg", "input"],
    ];
    for paths in inputs {
        for more in more {
            let run = |threads: &str| {
                let args = ["--threads", threads].into_iter().chain(more.iter().copied());
                let done = common::run(args.chain(paths.iter().map(String::as_str)));
                (done.code, done.stdout, done.stderr)
            };
            let one = run("1");
            for threads in ["2", "7"] {
                assert_eq!(run(threads), one, "{threads} threads: {more:?} {paths:?}");
            }
        }
    }
}
