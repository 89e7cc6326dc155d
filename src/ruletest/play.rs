//! A test as a live run: its records come when it says so, its clock shows what it says, and time
//! goes on while nothing comes. It is that of `scan::watch`, but for the clock.

use std::sync::Arc;

use crate::aggregate::Setup;
use crate::alert::{Engine, Event, Pace, Rule, Settings};
use crate::error::Result;
use crate::event::{Matcher, Profile};
use crate::parse::{Options, Parser};
use crate::record::{Batch, Needs, Timestamp};
use crate::scan::rules_matcher;

use super::Test;

/// What the only source is called.
const SOURCE: &str = "test";

/// The events that some rules tell in a test.
///
/// # Errors
///
/// If a rule asks for what there is not.
pub(super) fn play(test: &Test, rules: Vec<Rule>, profile: &Profile) -> Result<Vec<Event>> {
    let setup = Setup {
        message_levels: profile.message_levels().to_vec(),
        sources: Arc::from([SOURCE.to_owned()]),
        ..Setup::default()
    };
    let pace = Pace::default();
    let settings = Settings { pace, join: profile.join(), resend: None, live: true };
    let (seed, mut needs) = (setup.seed, Needs::default());
    let engine = Engine::new(rules, setup, settings, &mut needs)?;
    let matcher = rules_matcher(profile, &engine, &mut needs);
    let batch = Batch::new(seed, needs.paths().len());
    let parser = Parser::new(Options { needs, ..Options::default() });
    let told = Vec::new();
    let mut player =
        Player { start: test.start, pace, engine, parser, matcher, batch, last: None, told };
    player.play(test);
    Ok(player.told)
}

/// A run, and where it stands.
struct Player {
    start: Timestamp,
    pace: Pace,
    engine: Engine,
    parser: Parser,
    matcher: Option<Matcher>,
    batch: Batch,
    /// When the last record came.
    last: Option<i64>,
    told: Vec<Event>,
}

impl Player {
    fn play(&mut self, test: &Test) {
        self.engine.started_at(self.start);
        self.engine.begin(self.batch.source);
        self.batch.file = Arc::from(SOURCE);
        let lines = test.records.iter().enumerate();
        let mut lines: Vec<(i64, usize, i64)> =
            lines.flat_map(|(of, lines)| lines.times().map(move |(at, n)| (at, of, n))).collect();
        lines.sort_by_key(|(at, ..)| *at);
        for together in lines.chunk_by(|one, other| one.0 == other.0) {
            let at = together[0].0;
            let now = self.time(at);
            let mut block = Vec::new();
            for &(_, of, n) in together {
                test.records[of].push(n, now, &mut block);
            }
            self.wait_until(at);
            self.take(block, now);
            self.last = Some(at);
        }
        self.wait_until(test.end + self.pace.lateness);
    }

    fn time(&self, at: i64) -> Timestamp {
        Timestamp::from_micros(self.start.micros() + at)
    }

    /// Lets time go on until the clock shows so much; rules see what is so long ago that no record
    /// may come any more.
    fn wait_until(&mut self, at: i64) {
        let waited = match self.last {
            Some(last) => at - last,
            None => at - self.pace.lateness,
        };
        if waited > 0 {
            self.engine.idle(self.batch.source, waited);
            self.engine.evaluate_idle(&mut |event| self.told.push(event));
        }
    }

    fn take(&mut self, mut block: Vec<u8>, now: Timestamp) {
        self.batch.first_line += self.batch.rows() as u64;
        self.parser.take(&mut block, &mut self.batch);
        if let Some(matcher) = &mut self.matcher {
            matcher.recognise(&mut self.batch);
        }
        self.engine.observe(&self.batch, Some(now), &mut |event| self.told.push(event));
    }
}
