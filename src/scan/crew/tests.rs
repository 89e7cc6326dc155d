//! Files that break while several workers read them, against what can be read of them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use proptest::prelude::*;

use super::super::turns::OpenAnywhere;
use super::super::{Fold, Tracking, matcher};
use super::*;
use crate::aggregate::{Plan, Setup, View};
use crate::error::{Error, Result};
use crate::event::Profile;
use crate::parse::{self, Parser};
use crate::record::Needs;
use crate::source::{Input, ReadAt};

/// A log of two sources: one that breaks, and one behind it.
fn text() -> Vec<u8> {
    let mut text = Vec::new();
    for n in 0..60 {
        let line = match n % 5 {
            0 => format!("{{\"message\":\"[Session] Created session s{n} for task: t\"}}\n"),
            1 => format!("{{\"message\":\"[Session] Task completed: s{}\"}}\r\n", n - 1),
            2 => format!("{{\"level\":\"INFO\",\"n\":{n}\n"),
            3 => "\n".to_owned(),
            _ => format!("{{\"level\":\"ERROR\",\"message\":\"{}\"}}\n", "x".repeat(n * 3)),
        };
        text.extend_from_slice(line.as_bytes());
    }
    text
}

const MAX_LINE: usize = 150;

/// Bytes that end, or fail, behind so many of them, although more were promised.
struct Broken {
    bytes: Vec<u8>,
    fails: bool,
}

impl ReadAt for Broken {
    fn read_at(&self, buffer: &mut [u8], place: u64) -> io::Result<usize> {
        let rest = self.bytes.get(place as usize..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        if length == 0 && self.fails {
            return Err(io::Error::other("broken"));
        }
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}

/// How a file is opened that has so many bytes left, which its path tells.
#[expect(clippy::unnecessary_wraps, reason = "opening may fail as well")]
fn open_broken(input: &Input) -> Result<Option<(Arc<dyn ReadAt>, u64)>> {
    let (fails, left) = match input.shown().split_once('-') {
        Some((how, left)) => (how == "fails", left.parse().unwrap()),
        None => (false, usize::MAX),
    };
    let mut bytes = text();
    let promised = bytes.len() as u64;
    bytes.truncate(left);
    Ok(Some((Arc::new(Broken { bytes, fails }), promised)))
}

struct Run {
    profile: Profile,
    plans: Vec<Plan>,
    needs: Needs,
}

impl Run {
    fn new() -> Run {
        let profile = Profile::named("ufo").unwrap();
        let (plans, mut needs) = (Plan::all(&Setup::default()), Needs::default());
        let _ = matcher(&profile, &plans, &mut needs);
        Run { profile, plans, needs }
    }

    fn fold(&self) -> Fold {
        Fold::whole(&self.plans, Tracking { join: true, max_keys: 1000 })
    }

    fn scanner(&self) -> Scanner {
        let matcher = matcher(&self.profile, &self.plans, &mut self.needs.clone());
        let needs = self.needs.clone();
        let options = parse::Options { needs, max_line: MAX_LINE, ..parse::Options::default() };
        Scanner::new(Parser::new(options), matcher, &self.needs, Setup::default().seed)
    }

    /// The report of two sources, each in one go, and of what could not be read.
    fn of(&self, sources: &[(String, Vec<u8>)], problems: &[Error]) -> String {
        let (mut fold, mut scanner) = (self.fold(), self.scanner());
        for (number, (shown, bytes)) in (0..).zip(sources) {
            scanner.begin(shown, number);
            scanner.line = 1;
            let mut blocks = Blocks::new(&bytes[..], 1 << 20, MAX_LINE);
            let mut block = Block::default();
            while blocks.next(&mut block).unwrap() {
                scanner.block(&mut block, &mut fold);
            }
        }
        for error in problems {
            fold.problem(error);
        }
        written(fold)
    }

    /// The report of a broken file and a good one, by several workers.
    fn broken(&self, shown: &str, threads: usize, block: usize, piece: usize) -> (String, Outcome) {
        let series = [shown, "good"].map(|shown| Series {
            name: shown.to_owned(),
            files: vec![Input::File {
                // Something that is a file, as it has to be.
                path: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")),
                shown: shown.to_owned(),
                size: text().len() as u64,
                compressed: false,
            }],
        });
        let blocking = Blocking { block, max_line: MAX_LINE, piece };
        let (stop, seen) = (AtomicBool::new(false), |_| {});
        let scanner = || self.scanner();
        let scan = Scan { scanner: &scanner, blocking, threads, stop: &stop, seen: &seen };
        let mut fold = self.fold();
        let open: OpenAnywhere = open_broken;
        let turns = Turns::new(&series, blocking, threads.max(2)).opening(open);
        let outcome = scan.take_all(turns, &mut fold);
        (written(fold), outcome)
    }
}

fn written(fold: Fold) -> String {
    format!("{:#?}", fold.report(&View::default()))
}

/// The bytes up to the last line end.
fn whole_lines(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1));
    bytes
}

#[test]
fn what_can_be_read_of_a_broken_file_counts() {
    let run = Run::new();
    let config =
        ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(
        left in 0_usize..6000,
        threads in 1_usize..5,
        block in 1_usize..400,
        piece in 1_usize..2000,
        fails in any::<bool>(),
    )| {
        let mut rest = text();
        let left = left.min(rest.len());
        rest.truncate(left);
        let shown = if fails { format!("fails-{left}") } else { format!("ends-{left}") };
        // What fails never comes to an end, so that its last line is not known to be whole.
        let counts = if fails { whole_lines(rest) } else { rest };
        let problem = Error::io_of("cannot read", &shown, &io::Error::other("broken"));
        let sources = [(shown.clone(), counts), ("good".to_owned(), text())];
        let wanted = run.of(&sources, if fails { std::slice::from_ref(&problem) } else { &[] });
        let (report, outcome) = run.broken(&shown, threads, block, piece);
        prop_assert!(report == wanted, "{shown}");
        let problems: Vec<&str> = outcome.problems.iter().map(Error::message).collect();
        let told = format!("cannot read {shown}: broken");
        let wanted = if fails { vec![told.as_str()] } else { vec![] };
        prop_assert_eq!((problems, outcome.ended), (wanted, Ended::AtEnd));
    });
}

#[test]
fn a_worker_that_breaks_down_takes_the_run_with_it() {
    let run = Run::new();
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"));
    let files =
        vec![Input::File { path, shown: "log".to_owned(), size: 30_000, compressed: false }];
    let series = [Series { name: "log".to_owned(), files }];
    let blocks = AtomicUsize::new(0);
    let seen = |_| assert_ne!(blocks.fetch_add(1, Ordering::Relaxed), 20, "as it has to be");
    let scanner = || run.scanner();
    let (stop, mut fold) = (AtomicBool::new(false), run.fold());
    let blocking = Blocking { block: 100, max_line: MAX_LINE, piece: 100 };
    let scan = Scan { scanner: &scanner, blocking, threads: 4, stop: &stop, seen: &seen };
    let broken_down = catch_unwind(AssertUnwindSafe(|| scan.run(&series, &mut fold).ended));
    assert!(broken_down.is_err());
}
