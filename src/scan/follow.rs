//! Followed files to figures and to rules: polls when it is time or when the system tells of
//! something, reads what there is, and lets time go on in between.
//!
//! The only clock is the caller's [`Clock`]; what is to be told goes to the caller, too.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::aggregate::View;
use crate::alert::{Emit, Engine};
use crate::error::Error;
use crate::parse::Unfinished;
use crate::record::Batch;
use crate::source::{Block, Follower, Notice, Saved, Wake};
use crate::summary::Report;

use super::watch::{Clock, WHOLE};
use super::{Fold, Scanner, SideBySide};

/// How long it waits at most, so that a request to stop is heard.
const PATIENCE: i64 = 50_000;
/// How long it waits at least between polls, however often the system tells of something.
const LEAST: i64 = 10_000;
/// How many blocks are read before time goes on.
const BLOCKS: usize = 32;
/// How many bytes are read still when somebody asks to stop.
const LAST: u64 = 64 << 20;
/// After how many polls directories are watched anew: others may have taken their places.
const RENEWAL: u64 = 256;

/// How often polls are made.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The longest time between two polls, in microseconds.
    pub interval: i64,
    /// Whether to do without being told by the system.
    pub polling: bool,
}

/// How far followed files have been read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Positions {
    /// Every name, see [`Follower::save`].
    pub files: Vec<Saved>,
    /// The lines before those positions that nothing knows of yet, because their records may go
    /// on, by the numbers of sources.
    pub held: Vec<(u32, Unfinished)>,
}

/// A fold for each source, because they come side by side.
pub struct Folds<'m> {
    make: Box<dyn Fn() -> Fold + 'm>,
    folds: Vec<Fold>,
}

impl<'m> Folds<'m> {
    /// No folds yet; `make` makes an empty one.
    pub fn new(make: impl Fn() -> Fold + 'm) -> Folds<'m> {
        Folds { make: Box::new(make), folds: Vec::new() }
    }

    /// The folds of an earlier run, to go on with.
    pub fn resume(make: impl Fn() -> Fold + 'm, folds: Vec<Fold>) -> Folds<'m> {
        Folds { make: Box::new(make), folds }
    }

    /// Those of all sources as they are now, in their order.
    #[must_use]
    pub fn copies(&self) -> Vec<Fold> {
        self.folds.clone()
    }

    /// That of all sources, in their order.
    #[must_use]
    pub fn merged(self) -> Fold {
        let mut folds = self.folds.into_iter();
        let mut whole = folds.next().unwrap_or_else(self.make);
        folds.for_each(|fold| whole.merge(fold));
        whole
    }

    /// The report of a run that had ended here; the folds go on as if nobody had looked.
    #[must_use]
    pub fn snapshot(&self, view: &View) -> Report {
        let mut folds = self.folds.iter();
        let mut whole = folds.next().map_or_else(&self.make, Fold::clone);
        folds.for_each(|fold| whole.merge(fold.clone()));
        whole.report(view)
    }

    fn of(&mut self, source: u32) -> &mut Fold {
        while self.folds.len() <= source as usize {
            self.folds.push((self.make)());
        }
        &mut self.folds[source as usize]
    }
}

impl SideBySide for Folds<'_> {
    fn observe(&mut self, batch: &Batch) {
        self.of(batch.source).observe(batch);
    }

    fn problem(&mut self, error: &Error) {
        self.of(0).problem(error);
    }
}

/// Files that are followed, on their way into figures or rules.
pub struct Following<'a> {
    follower: Follower,
    wake: Wake,
    pace: Pace,
    scanner: Scanner,
    clock: &'a dyn Clock,
    tell: &'a dyn Fn(Notice),
    block: Block,
    /// When the last poll was, and when the next one is.
    polled: i64,
    next_poll: i64,
    polls: u64,
    /// When something came last from each source.
    last: Vec<i64>,
    /// What could not be read, until it stands in a fold.
    problems: Vec<Error>,
    /// How many blocks have been read.
    blocks: u64,
}

impl<'a> Following<'a> {
    /// Begins to follow; `tell` takes what the user should know.
    pub fn new(
        follower: Follower,
        pace: Pace,
        scanner: Scanner,
        clock: &'a dyn Clock,
        tell: &'a dyn Fn(Notice),
    ) -> Following<'a> {
        Following {
            follower,
            wake: Wake::new(pace.polling),
            pace,
            scanner,
            clock,
            tell,
            block: Block::default(),
            polled: i64::MIN,
            next_poll: i64::MIN,
            polls: 0,
            last: Vec::new(),
            problems: Vec::new(),
            blocks: 0,
        }
    }

    /// Goes on with lines that an earlier run has held back; before anything is read.
    #[must_use]
    pub fn holding(mut self, held: Vec<(u32, Unfinished)>) -> Following<'a> {
        self.scanner.resume_all(held);
        self
    }

    /// How far every name has been read. Between two calls of other methods what has been folded,
    /// or given to rules, is exactly that.
    #[must_use]
    pub fn positions(&self) -> Positions {
        Positions { files: self.follower.save(), held: self.scanner.held() }
    }

    /// How many blocks have been read: if it is the same as before, nothing has come.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        self.blocks
    }

    /// Goes on with another scanner, for other rules.
    pub fn rescan(&mut self, mut scanner: Scanner) {
        scanner.go_on_from(&mut self.scanner);
        self.scanner = scanner;
    }

    /// Whether a file cannot be read at present.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.follower.is_failing()
    }

    /// Hands on what has come, or waits a short time for something. Between two calls the folds
    /// hold exactly what the follower has given out.
    pub fn collect(&mut self, folds: &mut dyn SideBySide) {
        self.poll_if_due();
        let mut behind = false;
        for source in 0..self.follower.sources() {
            for _ in 0..BLOCKS {
                if !self.fold(source, folds) {
                    break;
                }
            }
            behind |= self.follower.has_more(source);
        }
        if folds.is_hasty() {
            self.fold_text(folds);
        }
        if !behind {
            self.wait(PATIENCE);
        }
        self.note_problems(folds);
    }

    /// Hands on what there is when somebody has asked to stop. What is waited for still is:
    /// another run may go on from here.
    pub fn catch_up(&mut self, folds: &mut dyn SideBySide) {
        self.follower.poll(self.clock.elapsed());
        self.collect_all(folds);
    }

    /// Hands on what is left when somebody has asked to stop, and waits for nothing any more.
    pub fn collect_rest(&mut self, folds: &mut dyn SideBySide) {
        self.last_poll();
        self.collect_all(folds);
        self.flush(&mut |batch| folds.observe(batch));
    }

    fn collect_all(&mut self, folds: &mut dyn SideBySide) {
        let mut left = LAST;
        for source in 0..self.follower.sources() {
            while left > 0 && self.fold(source, folds) {
                left = left.saturating_sub(self.block.bytes.len() as u64);
            }
        }
        self.tell_all();
        self.note_problems(folds);
    }

    fn note_problems(&mut self, folds: &mut dyn SideBySide) {
        for error in self.problems.drain(..) {
            folds.problem(&error);
        }
    }

    /// Hands on the next block of a source; whether there was one.
    fn fold(&mut self, source: u32, folds: &mut dyn SideBySide) -> bool {
        let some = self.read(source);
        if some {
            let now = self.clock.elapsed();
            self.last.resize(self.follower.sources() as usize, now);
            if let Some(last) = self.last.get_mut(source as usize) {
                *last = now;
            }
            folds.observe(self.scanner.read(&mut self.block));
        }
        some
    }

    /// Gives rules what has come, or waits a short time for something, and lets time go on.
    pub fn step(&mut self, engine: &mut Engine, emit: &mut Emit<'_>) {
        self.step_beside(&mut (), engine, emit);
    }

    /// The same, and figures get what rules get. Between two calls they hold exactly what the
    /// follower has given out.
    pub fn step_beside(
        &mut self,
        figures: &mut dyn SideBySide,
        engine: &mut Engine,
        emit: &mut Emit<'_>,
    ) {
        self.poll_if_due();
        while self.last.len() < self.follower.sources() as usize {
            let source = self.last.len() as u32;
            engine.begin(source);
            // In a run that goes on from an earlier one, silence goes on, too.
            self.last.push(self.clock.elapsed().saturating_sub(engine.idle_for(source)));
        }
        let mut blocks = 0;
        while blocks < BLOCKS
            && let Some(source) = self.next_source(engine)
        {
            self.give(source, figures, engine, emit);
            blocks += 1;
        }
        self.give_text(figures, engine, emit);
        self.note_problems(figures);
        self.idle(engine);
        engine.evaluate_idle(emit);
        if blocks < BLOCKS {
            let tick = engine.next_tick_in().unwrap_or(PATIENCE);
            self.wait(tick.clamp(0, PATIENCE));
        }
    }

    /// Whether there is more to read at once.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        (0..self.follower.sources()).any(|source| self.follower.has_more(source))
    }

    /// Gives rules and figures what there is when somebody has asked to stop. What is waited for
    /// still is: another run may go on from here.
    pub fn catch_up_beside(
        &mut self,
        figures: &mut dyn SideBySide,
        engine: &mut Engine,
        emit: &mut Emit<'_>,
    ) {
        self.follower.poll(self.clock.elapsed());
        self.give_all(figures, engine, emit);
        self.settle(figures, engine, emit);
    }

    /// Gives rules what is left when somebody has asked to stop, and waits for nothing any more.
    pub fn finish(&mut self, engine: &mut Engine, emit: &mut Emit<'_>) {
        self.finish_beside(&mut (), engine, emit);
    }

    /// The same, and figures get what rules get.
    pub fn finish_beside(
        &mut self,
        figures: &mut dyn SideBySide,
        engine: &mut Engine,
        emit: &mut Emit<'_>,
    ) {
        self.last_poll();
        self.give_all(figures, engine, emit);
        let wall = self.clock.wall();
        self.flush(&mut |batch| {
            figures.observe(batch);
            engine.observe(batch, Some(wall), emit);
        });
        self.settle(figures, engine, emit);
    }

    fn give_all(&mut self, figures: &mut dyn SideBySide, engine: &mut Engine, emit: &mut Emit<'_>) {
        let mut left = LAST;
        while left > 0
            && let Some(source) = self.next_source(engine)
        {
            self.give(source, figures, engine, emit);
            left = left.saturating_sub(self.block.bytes.len() as u64 + 1);
        }
    }

    /// Hands on the lines that were held back: nobody waits for what would go on with them.
    fn flush(&mut self, take: &mut dyn FnMut(&Batch)) {
        for source in 0..self.follower.sources() {
            self.scanner.turn_to(source);
            if let Some(batch) = self.scanner.flush() {
                take(batch);
            }
        }
    }

    /// Sees through what was told of the files, and how time has gone on.
    fn settle(&mut self, figures: &mut dyn SideBySide, engine: &mut Engine, emit: &mut Emit<'_>) {
        self.note_problems(figures);
        self.idle(engine);
        engine.evaluate_idle(emit);
        self.tell_all();
    }

    /// The source with something to read whose time is least.
    fn next_source(&self, engine: &Engine) -> Option<u32> {
        let sources = 0..self.follower.sources();
        let behind = sources.filter(|source| self.follower.has_more(*source));
        behind.min_by_key(|source| (engine.time_of(*source), *source))
    }

    /// Gives rules and figures the next block of a source.
    fn give(
        &mut self,
        source: u32,
        figures: &mut dyn SideBySide,
        engine: &mut Engine,
        emit: &mut Emit<'_>,
    ) {
        if !self.read(source) {
            return;
        }
        if let Some(last) = self.last.get_mut(source as usize) {
            *last = self.clock.elapsed();
        }
        let wall = self.clock.wall();
        let batch = self.scanner.read(&mut self.block);
        figures.observe(batch);
        engine.observe(batch, Some(wall), emit);
        self.scanner.renew(engine);
    }

    /// Gives rules the records of text that have waited long enough for further lines.
    fn give_text(
        &mut self,
        figures: &mut dyn SideBySide,
        engine: &mut Engine,
        emit: &mut Emit<'_>,
    ) {
        let now = self.clock.elapsed();
        for (source, last) in (0..).zip(&self.last) {
            // What has come and is not read yet may go on with it.
            if now - last < WHOLE || self.follower.has_more(source) {
                continue;
            }
            self.scanner.turn_to(source);
            if let Some(batch) = self.scanner.flush_text() {
                figures.observe(batch);
                engine.observe(batch, Some(self.clock.wall()), emit);
            }
        }
    }

    /// Hands on the records of text that have waited long enough for further lines.
    fn fold_text(&mut self, folds: &mut dyn SideBySide) {
        let now = self.clock.elapsed();
        for (source, last) in (0..).zip(&self.last) {
            if now - last < WHOLE {
                continue;
            }
            self.scanner.turn_to(source);
            if let Some(batch) = self.scanner.flush_text() {
                folds.observe_early(batch);
            }
        }
    }

    /// Tells the engine how long nothing has come from each source that has been read to its end.
    fn idle(&self, engine: &mut Engine) {
        let now = self.clock.elapsed();
        for (source, last) in (0..).zip(&self.last) {
            if !self.follower.has_more(source) {
                engine.idle(source, now - last);
            }
        }
    }

    /// The next block of a source; whether there is one.
    fn read(&mut self, source: u32) -> bool {
        let Some(piece) = self.follower.read(source, &mut self.block) else { return false };
        self.scanner.begin(&piece.shown, source);
        self.scanner.line(piece.first_line);
        self.blocks += 1;
        true
    }

    fn poll_if_due(&mut self) {
        let now = self.clock.elapsed();
        if now < self.next_poll {
            return;
        }
        self.follower.poll(now);
        self.polled = now;
        self.next_poll = now.saturating_add(self.pace.interval);
        self.polls += 1;
        if self.polls.is_multiple_of(RENEWAL) {
            self.wake.renew();
        }
        self.wake.watch(&self.follower.places());
        self.tell_all();
    }

    /// Looks a last time what there is.
    fn last_poll(&mut self) {
        self.follower.poll(self.clock.elapsed());
        self.follower.finish();
    }

    fn tell_all(&mut self) {
        for notice in self.follower.notices() {
            if let Notice::Problem(error) = &notice {
                self.problems.push(error.clone());
            }
            (self.tell)(notice);
        }
    }

    /// Waits for the next poll, at most so many microseconds.
    fn wait(&mut self, most: i64) {
        self.tell_all();
        let now = self.clock.elapsed();
        let micros = (self.next_poll - now).min(most).max(0);
        let patience = Duration::from_micros(micros.unsigned_abs());
        let early = self.polled + LEAST;
        if now < early {
            // What is told meanwhile waits.
            let rest = Duration::from_micros((early - now).unsigned_abs());
            std::thread::sleep(rest.min(patience));
        } else if self.wake.wait(patience) {
            self.next_poll = self.next_poll.min(self.clock.elapsed());
        }
    }
}
