//! Drives the engine over logs in memory.

use std::fmt::Write as _;

use ufo_logscan::aggregate::Setup;
use ufo_logscan::alert::{Engine, Event, Pace, Rule, Settings};
use ufo_logscan::event::{Matcher, Profile};
use ufo_logscan::parse::{Options, Parser};
use ufo_logscan::record::{Batch, Needs, Timestamp};
use ufo_logscan::scan::{Scanner, rules_matcher};
use ufo_logscan::source::Block;

use crate::written::{Line, bytes};

/// Ticks of 5 s, lateness 5 s, events joined, all by event time.
pub(crate) const SETTINGS: Settings = Settings {
    pace: Pace { tick: 5_000_000, lateness: 5_000_000 },
    join: true,
    resend: None,
    live: false,
};

/// An engine, and what reads for it.
pub(crate) struct Run {
    pub(crate) engine: Engine,
    scanner: Scanner,
    pub(crate) events: Vec<Event>,
}

impl Run {
    pub(crate) fn new(rules: &[Rule], settings: Settings) -> Run {
        Run::with(rules, settings, Setup::default())
    }

    pub(crate) fn with(rules: &[Rule], settings: Settings, setup: Setup) -> Run {
        let mut needs = Needs::default();
        let seed = setup.seed;
        let engine = Engine::new(rules.to_vec(), setup, settings, &mut needs).unwrap();
        let profile = Profile::named("ufo").unwrap();
        let events = rules_matcher(&profile, &engine, &mut needs).is_some();
        let matcher = events.then(|| Matcher::new(&profile, &mut needs));
        let options = Options { needs: needs.clone(), ..Options::default() };
        let scanner = Scanner::new(Parser::new(options), matcher, &needs, seed);
        Run { engine, scanner, events: Vec::new() }
    }

    /// Takes bytes of a source, whole lines.
    pub(crate) fn take(&mut self, source: u32, bytes: Vec<u8>) {
        self.take_at(source, bytes, None);
    }

    /// The same in a live run, at a time of the wall.
    pub(crate) fn take_at(&mut self, source: u32, bytes: Vec<u8>, now: Option<Timestamp>) {
        self.take_block(source, Block { bytes, ..Block::default() }, now);
    }

    pub(crate) fn take_block(&mut self, source: u32, mut block: Block, now: Option<Timestamp>) {
        self.scanner.begin("x.log", source);
        let batch = self.scanner.read(&mut block);
        self.engine.observe(batch, now, &mut |event| self.events.push(event));
    }

    /// Says in a live run that nothing has come for so long.
    pub(crate) fn idle(&mut self, micros: i64) {
        self.idle_of(&[(0, micros)]);
    }

    /// The same of several sources.
    pub(crate) fn idle_of(&mut self, sources: &[(u32, i64)]) {
        for (source, micros) in sources {
            self.engine.idle(*source, *micros);
        }
        self.engine.evaluate_idle(&mut |event| self.events.push(event));
    }

    /// Takes lines of a source, so many a block.
    pub(crate) fn blocks(&mut self, source: u32, lines: &[Line], a_block: usize) {
        for lines in lines.chunks(a_block) {
            self.take(source, bytes(lines));
        }
    }

    pub(crate) fn end(&mut self, source: u32) {
        self.engine.end(source, &mut |event| self.events.push(event));
    }

    pub(crate) fn finish(mut self) -> Vec<Event> {
        self.engine.finish(&mut |event| self.events.push(event));
        self.events
    }

    /// The columns of a whole log, as the engine would see them.
    pub(crate) fn read(&mut self, lines: &[Line]) -> &Batch {
        self.scanner.begin("x.log", 0);
        let mut block = Block { bytes: bytes(lines), ..Block::default() };
        self.scanner.read(&mut block)
    }
}

/// The events of a log of one source, so many lines a block.
pub(crate) fn watch(
    rules: &[Rule],
    settings: Settings,
    lines: &[Line],
    a_block: usize,
) -> Vec<Event> {
    let mut run = Run::new(rules, settings);
    run.blocks(0, lines, a_block);
    run.finish()
}

/// What two runs have to agree on: a line for each event.
pub(crate) fn told(events: &[Event]) -> String {
    let mut text = String::new();
    for event in events {
        let second = |at: Timestamp| (at.micros() - crate::written::START * 1_000_000) as f64 / 1e6;
        let _ = writeln!(
            text,
            "{} {:?} {:?} from {} to {:?}: {:?} {:?}",
            second(event.at),
            event.status,
            event.labels,
            second(event.starts_at),
            event.ends_at.map(second),
            event.value,
            event.evidence.map(|evidence| (evidence.records, evidence.matched)),
        );
    }
    text
}
