//! Scans pieces of a log as the program scans files.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::atomic::AtomicBool;

use ufo_logscan::aggregate::{Plan, Setup, View};
use ufo_logscan::event::{Matcher, Profile};
use ufo_logscan::parse::{Options, Parser};
use ufo_logscan::record::Zone;
use ufo_logscan::render::json;
use ufo_logscan::scan::{self, Blocking, Fold, Scan, Scanner, Tracking, matcher};
use ufo_logscan::source::{Block, Blocks, Series};
use ufo_logscan::summary::Report;

use crate::aggregations::Plans;
use crate::log::{File, Log, MAX_LINE};

/// Lines of a log, counted over all its files.
pub(crate) type Piece = Range<usize>;

/// One run: everything but the input.
pub(crate) struct Run {
    plans: Vec<Plan>,
    tracking: Tracking,
    zone: Zone,
    scanner: Scanner,
    make_scanner: Box<dyn Fn() -> Scanner + Sync>,
}

/// A report in bytes, and which of its sections are silent.
#[derive(PartialEq, Eq)]
pub(crate) struct Outcome {
    json: String,
    silent: Vec<bool>,
    empty: bool,
}

/// So many lines a block: what one read gives.
struct Lines<'a> {
    rest: &'a [Vec<u8>],
    a_block: usize,
}

impl Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (now, rest) = self.rest.split_at(self.a_block.min(self.rest.len()));
        let bytes = now.concat();
        buffer[..bytes.len()].copy_from_slice(&bytes);
        self.rest = rest;
        Ok(bytes.len())
    }
}

impl Run {
    pub(crate) fn new(setup: &Setup, profile: &str, plans: fn(&Setup) -> Plans) -> Run {
        let profile = Profile::named(profile).unwrap();
        let setup = Setup { message_levels: profile.message_levels().to_vec(), ..setup.clone() };
        let Plans { plans, mut needs } = plans(&setup);
        let needs_events = matcher(&profile, &plans, &mut needs).is_some();
        let options = Options { needs: needs.clone(), max_line: MAX_LINE, ..Options::default() };
        let tracking = Tracking { join: profile.join(), max_keys: setup.max_keys };
        let make_scanner = move || {
            let matcher = needs_events.then(|| Matcher::new(&profile, &mut needs.clone()));
            Scanner::new(Parser::new(options.clone()), matcher, &needs, setup.seed)
        };
        let scanner = make_scanner();
        Run { plans, tracking, zone: setup.zone, scanner, make_scanner: Box::new(make_scanner) }
    }

    /// An empty state for an input from its start.
    pub(crate) fn whole(&self) -> Fold {
        Fold::whole(&self.plans, self.tracking)
    }

    /// An empty state for a part of an input.
    pub(crate) fn part(&self) -> Fold {
        Fold::part(&self.plans, self.tracking)
    }

    /// Folds in a piece of a log, so many lines a block.
    pub(crate) fn scan(&mut self, fold: &mut Fold, log: &Log, piece: &Piece, a_block: usize) {
        let mut before = 0;
        for (number, file) in (0..).zip(log) {
            let within = |at: usize| at.clamp(before, before + file.lines.len()) - before;
            self.file(fold, number, file, within(piece.start)..within(piece.end), a_block);
            before += file.lines.len();
        }
    }

    fn file(&mut self, fold: &mut Fold, number: u32, file: &File, lines: Piece, a_block: usize) {
        if lines.is_empty() {
            return;
        }
        let skipped = lines.start as u64;
        self.scanner.begin(file.name, number);
        self.scanner.whole(skipped == 0);
        self.scanner.line(skipped + 1);
        let lines = Lines { rest: &file.lines[lines], a_block };
        let mut blocks = Blocks::new(lines, 1 << 20, MAX_LINE);
        let mut block = Block::default();
        while blocks.next(&mut block).unwrap() {
            self.scanner.block(&mut block, fold);
        }
    }

    /// The report of files, and what became of the run.
    #[allow(dead_code, reason = "not every test reads files")]
    pub(crate) fn read(
        &self,
        series: &[Series],
        threads: usize,
        blocking: Blocking,
        stop: &AtomicBool,
        seen: &(dyn Fn(u64) + Sync),
    ) -> (Outcome, scan::Outcome) {
        let mut fold = self.whole();
        let scan = Scan { scanner: &*self.make_scanner, blocking, threads, stop, seen };
        let read = scan.run(series, &mut fold);
        (self.report(fold), read)
    }

    /// The state of a piece, in its serial form.
    pub(crate) fn saved(&mut self, log: &Log, piece: &Piece, a_block: usize) -> String {
        let mut fold = self.part();
        self.scan(&mut fold, log, piece, a_block);
        save(&fold)
    }

    /// The state of a serial form.
    pub(crate) fn load(&self, saved: &str) -> Fold {
        Fold::load(&self.plans, self.tracking, serde_json::from_str(saved).unwrap()).unwrap()
    }

    /// The state of a serial form, to go on with.
    #[allow(dead_code, reason = "not every test is interrupted")]
    pub(crate) fn resume(&self, saved: &str) -> Fold {
        Fold::resume(&self.plans, self.tracking, serde_json::from_str(saved).unwrap()).unwrap()
    }

    /// The report of a state.
    pub(crate) fn report(&self, fold: Fold) -> Outcome {
        self.outcome(&fold.report(&View::default()))
    }

    /// The report of a state that goes on.
    #[allow(dead_code, reason = "not every test looks between two steps")]
    pub(crate) fn snapshot(&self, fold: &Fold) -> Outcome {
        self.outcome(&fold.snapshot(&View::default()))
    }

    fn outcome(&self, report: &Report) -> Outcome {
        let mut json = Vec::new();
        json::write(report, &self.zone, &mut json).unwrap();
        let silent = report.sections.iter().map(|section| section.silent).collect();
        Outcome { json: String::from_utf8(json).unwrap(), silent, empty: report.empty }
    }

    /// The report of a log, read in one go.
    pub(crate) fn report_of(&mut self, log: &Log, a_block: usize) -> Outcome {
        let mut fold = self.whole();
        self.scan(&mut fold, log, &all(log), a_block);
        self.report(fold)
    }
}

/// All lines of a log.
pub(crate) fn all(log: &Log) -> Piece {
    0..log.iter().map(|file| file.lines.len()).sum()
}

/// The serial form of a state.
pub(crate) fn save(fold: &Fold) -> String {
    fold.save().to_string()
}

impl Outcome {
    /// The report as a value.
    pub(crate) fn value(&self) -> serde_json::Value {
        serde_json::from_str(&self.json).unwrap()
    }

    /// Sections that have nothing to say.
    pub(crate) fn silent(&self) -> Vec<String> {
        let value = self.value();
        let names = value["sections"].as_object().unwrap().keys();
        // Without its `preserve_order`, serde_json sorts keys: names are read from the bytes.
        let mut places: Vec<(usize, &String)> =
            names.map(|name| (self.place(name), name)).collect();
        places.sort_unstable();
        let silent = places.into_iter().zip(&self.silent).filter(|(_, silent)| **silent);
        silent.map(|((_, name), _)| name.clone()).collect()
    }

    fn place(&self, name: &str) -> usize {
        let key = format!("\n  {}:", serde_json::to_string(name).unwrap());
        self.json.find(&key).unwrap()
    }

    /// What differs, section by section; `None` if nothing does.
    pub(crate) fn differs(&self, other: &Outcome) -> Option<String> {
        if self == other {
            return None;
        }
        let (mine, theirs) = (self.value(), other.value());
        let sections = mine["sections"].as_object().unwrap().iter();
        let different: Vec<String> = sections
            .filter(|(name, section)| theirs["sections"][*name] != **section)
            .map(|(name, section)| {
                format!("{name}\n  here  {section}\n  whole {}", theirs["sections"][name])
            })
            .collect();
        let shown: Vec<&str> = different.iter().take(3).map(String::as_str).collect();
        Some(format!("{} sections differ:\n{}", different.len(), shown.join("\n")))
    }
}
