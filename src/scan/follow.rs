//! Followed files to figures and to rules: polls when it is time or when the system tells of
//! something, reads what there is, and lets time go on in between.
//!
//! The only clock is the caller's [`Clock`]; what is to be told goes to the caller, too.

use std::time::Duration;

use crate::alert::{Emit, Engine};
use crate::source::{Block, Follower, Notice, Saved, Wake};

use super::watch::Clock;
use super::{Fold, Scanner};

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

/// A fold for each source, because they come side by side.
pub struct Folds<'m> {
    make: &'m dyn Fn() -> Fold,
    folds: Vec<Fold>,
}

impl<'m> Folds<'m> {
    /// No folds yet; `make` makes an empty one.
    pub fn new(make: &'m dyn Fn() -> Fold) -> Folds<'m> {
        Folds { make, folds: Vec::new() }
    }

    /// The folds of an earlier run, to go on with.
    pub fn resume(make: &'m dyn Fn() -> Fold, folds: Vec<Fold>) -> Folds<'m> {
        Folds { make, folds }
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

    fn of(&mut self, source: u32) -> &mut Fold {
        while self.folds.len() <= source as usize {
            self.folds.push((self.make)());
        }
        &mut self.folds[source as usize]
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
            blocks: 0,
        }
    }

    /// How far every name has been read, see [`Follower::save`]. Between two calls of other
    /// methods what has been folded, or given to rules, is exactly that.
    #[must_use]
    pub fn positions(&self) -> Vec<Saved> {
        self.follower.save()
    }

    /// How many blocks have been read: if it is the same as before, nothing has come.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        self.blocks
    }

    /// Goes on with another scanner, for other rules.
    pub fn rescan(&mut self, mut scanner: Scanner) {
        scanner.go_on_from(&self.scanner);
        self.scanner = scanner;
    }

    /// Whether a file cannot be read at present.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.follower.is_failing()
    }

    /// Folds what has come, or waits a short time for something. Between two calls the folds hold
    /// exactly what the follower has given out.
    pub fn collect(&mut self, folds: &mut Folds<'_>) {
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
        if !behind {
            self.wait(PATIENCE);
        }
    }

    /// Folds what there is when somebody has asked to stop. What is waited for still is: another
    /// run may go on from here.
    pub fn catch_up(&mut self, folds: &mut Folds<'_>) {
        self.follower.poll(self.clock.elapsed());
        self.collect_all(folds);
    }

    /// Folds what is left when somebody has asked to stop, and waits for nothing any more.
    pub fn collect_rest(&mut self, folds: &mut Folds<'_>) {
        self.last_poll();
        self.collect_all(folds);
    }

    fn collect_all(&mut self, folds: &mut Folds<'_>) {
        let mut left = LAST;
        for source in 0..self.follower.sources() {
            while left > 0 && self.fold(source, folds) {
                left = left.saturating_sub(self.block.bytes.len() as u64);
            }
        }
        self.tell_all();
    }

    /// Folds the next block of a source; whether there was one.
    fn fold(&mut self, source: u32, folds: &mut Folds<'_>) -> bool {
        let some = self.read(source);
        if some {
            folds.of(source).observe(self.scanner.read(&mut self.block));
        }
        some
    }

    /// Gives rules what has come, or waits a short time for something, and lets time go on.
    pub fn step(&mut self, engine: &mut Engine, emit: &mut Emit<'_>) {
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
            self.give(source, engine, emit);
            blocks += 1;
        }
        self.idle(engine);
        engine.evaluate_idle(emit);
        if blocks < BLOCKS {
            let tick = engine.next_tick_in().unwrap_or(PATIENCE);
            self.wait(tick.clamp(0, PATIENCE));
        }
    }

    /// Gives rules what there is when somebody has asked to stop. What is waited for still is:
    /// another run may go on from here.
    pub fn catch_up_rules(&mut self, engine: &mut Engine, emit: &mut Emit<'_>) {
        self.follower.poll(self.clock.elapsed());
        self.give_all(engine, emit);
    }

    /// Gives rules what is left when somebody has asked to stop, and waits for nothing any more.
    pub fn finish(&mut self, engine: &mut Engine, emit: &mut Emit<'_>) {
        self.last_poll();
        self.give_all(engine, emit);
    }

    fn give_all(&mut self, engine: &mut Engine, emit: &mut Emit<'_>) {
        let mut left = LAST;
        while left > 0
            && let Some(source) = self.next_source(engine)
        {
            self.give(source, engine, emit);
            left = left.saturating_sub(self.block.bytes.len() as u64 + 1);
        }
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

    /// Gives rules the next block of a source.
    fn give(&mut self, source: u32, engine: &mut Engine, emit: &mut Emit<'_>) {
        if !self.read(source) {
            return;
        }
        if let Some(last) = self.last.get_mut(source as usize) {
            *last = self.clock.elapsed();
        }
        let wall = self.clock.wall();
        engine.observe(self.scanner.read(&mut self.block), Some(wall), emit);
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
