//! The order of the input, kept while several workers read it at once.
//!
//! There is one sink of the whole input, a fold say. It belongs to the worker whose piece is next in the
//! order: what that one reads goes straight into it. The others fold their pieces into parts of
//! their own until it is their turn, which they may notice in the middle of a piece. Which worker
//! is how fast therefore decides only what is merged and what is not, and that makes no
//! difference to the result.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::Error;
use crate::parse::Unfinished;
use crate::record::Batch;

use super::{Scanner, Sink};

/// The number of the first line of a piece that begins in the middle of a file, as long as nobody
/// knows how many lines come before it: one at least.
const UNKNOWN_LINE: u64 = 2;

/// What has been folded so far, and what waits for its turn.
pub(super) struct Order<'f, S> {
    make_part: Box<dyn Fn() -> S + Send + Sync>,
    /// How many finished parts may wait before workers stop taking pieces.
    room: usize,
    state: Mutex<State<'f, S>>,
    changed: Condvar,
}

struct State<'f, S> {
    /// None while the worker whose turn it is has it.
    whole: Option<Whole<'f, S>>,
    /// The number of the piece whose turn it is.
    next: u64,
    waiting: BTreeMap<u64, Finished<S>>,
    /// Nothing further counts: somebody asked to stop, or a worker broke down.
    closed: bool,
}

/// A piece that was read before its turn came.
struct Finished<S> {
    origin: Origin,
    /// None if there was nothing in it.
    part: Option<S>,
    /// The number of the line behind it.
    line: u64,
    /// What was held back at its end.
    held: Held,
    end: End,
}

/// Lines at the end of what was read that may go on in the next piece, and their source.
#[derive(Debug, Default)]
struct Held {
    lines: Unfinished,
    source: u32,
}

impl Held {
    /// What a scanner has held back; it forgets that.
    fn of(scanner: &mut Scanner) -> Held {
        Held { lines: scanner.give_away(), source: scanner.source() }
    }
}

/// Where a piece stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    /// How many pieces come before it.
    pub(super) number: u64,
    /// The place in the run of the input of which it is one of several pieces.
    pub(super) of: Option<usize>,
    /// Whether it is the first of them, or holds whole files.
    pub(super) begins: bool,
    /// Whether it begins a source, so that nothing before it matters for it.
    pub(super) first: bool,
}

/// How the reading of a piece has ended.
#[derive(Debug, Default)]
pub(super) struct End {
    /// Why some of it could not be read.
    pub(super) problems: Vec<Error>,
    /// Whether the input is over with it, whatever others have read behind it.
    pub(super) over: bool,
    /// Whether somebody asked to stop before all of it was read.
    pub(super) interrupted: bool,
}

impl<'f, S: Sink> Order<'f, S> {
    /// An order in which so many finished parts may wait. Once nothing more can make a difference
    /// to the sink, everybody is asked to stop.
    pub(super) fn new(sink: &'f mut S, room: usize, stop: &'f AtomicBool) -> Order<'f, S> {
        let make_part = sink.part_maker();
        let (problems, held) = (Vec::new(), Held::default());
        let whole = Whole { sink, stop, problems, current: None, lines: 0, over: None, held };
        let waiting = BTreeMap::new();
        let state = State { whole: Some(whole), next: 0, waiting, closed: false };
        Order { make_part, room, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Waits until another piece may be taken; whether there is any use in taking one.
    pub(super) fn has_room(&self) -> bool {
        let mut state = self.lock();
        // Somebody is reading the piece whose turn it is: what waits will not wait for ever.
        while !state.closed && state.waiting.len() > self.room {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        !state.closed
    }

    /// The place of a piece. `scanner` will read it, and is told the number of its first line as
    /// far as that is known.
    pub(super) fn enter(&self, origin: Origin, scanner: &mut Scanner) -> Place<'_, 'f, S> {
        scanner.line = if origin.begins { 1 } else { UNKNOWN_LINE };
        Place { order: self, origin, whole: None, part: None, left: false }
    }

    /// What could not be read, in the order of the input, and whether all that was taken counts.
    /// Lines that wait for more are read as they are.
    pub(super) fn finish(self, scanner: &dyn Fn() -> Scanner) -> (Vec<Error>, bool) {
        let mut state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(whole) = &mut state.whole
            && whole.held.lines.has_lines()
        {
            whole.flush(&mut scanner());
        }
        (state.whole.map_or_else(Vec::new, |whole| whole.problems), !state.closed)
    }

    /// The turn passes to the next piece, and on as long as those are finished.
    fn pass_on(&self, mut whole: Whole<'f, S>, mut interrupted: bool, scanner: &mut Scanner) {
        loop {
            let mut state = self.lock();
            state.next += 1;
            state.closed |= interrupted;
            let next = state.next;
            let finished = if state.closed { None } else { state.waiting.remove(&next) };
            self.changed.notify_all();
            let Some(finished) = finished else {
                state.whole = Some(whole);
                return;
            };
            // Others may hand in theirs while this one is merged.
            drop(state);
            interrupted = whole.append(finished, scanner);
        }
    }
}

impl<'f, S> Order<'f, S> {
    fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<'f, S>> {
        // Nothing that is done under the lock leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The fold of all pieces up to some point, and what else is known there.
struct Whole<'f, S> {
    sink: &'f mut S,
    stop: &'f AtomicBool,
    problems: Vec<Error>,
    /// The input that is being read in several pieces.
    current: Option<usize>,
    /// How many lines it has had.
    lines: u64,
    /// The input of which nothing more counts: it has ended or failed.
    over: Option<usize>,
    held: Held,
}

impl<S: Sink> Whole<'_, S> {
    /// How many lines too low the numbers are that a piece has given its lines.
    fn shift(&self, origin: Origin) -> u64 {
        let before = if self.current == origin.of { self.lines } else { 0 };
        if origin.begins { 0 } else { before.saturating_sub(UNKNOWN_LINE - 1) }
    }

    fn is_over(&self, origin: Origin) -> bool {
        origin.of.is_some() && self.over == origin.of
    }

    /// Merges a part, which begins with something that closes whatever was open before it.
    fn merge(&mut self, mut part: S, shift: u64, scanner: &mut Scanner) {
        self.flush(scanner);
        part.shift_lines(shift);
        self.sink.merge(part);
        self.stop_if_done();
    }

    fn stop_if_done(&self) {
        if self.sink.is_done() {
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    /// Reads what was held back as it is: nothing of it goes on.
    fn flush(&mut self, scanner: &mut Scanner) {
        let Held { lines, source } = std::mem::take(&mut self.held);
        scanner.give_held(lines, source, self.sink);
    }

    /// Lets a scanner go on from here with what was held back, if it reads the same source.
    fn hand_over(&mut self, scanner: &mut Scanner, first: bool) {
        if first || self.held.source != scanner.source() {
            self.flush(scanner);
        }
        scanner.resume(std::mem::take(&mut self.held.lines));
    }

    /// Appends a piece that was read before its turn came; whether the reading stopped there.
    fn append(&mut self, finished: Finished<S>, scanner: &mut Scanner) -> bool {
        let Finished { origin, part, line, mut held, end } = finished;
        let shift = self.shift(origin);
        if let Some(part) = part
            && !self.is_over(origin)
        {
            self.merge(part, shift, scanner);
            held.lines.shift(shift);
            self.held = held;
        }
        self.end(origin, line + shift, end)
    }

    /// Notes how a piece has ended, before a line; whether the reading stopped there.
    fn end(&mut self, origin: Origin, line: u64, end: End) -> bool {
        if self.is_over(origin) {
            return false;
        }
        self.problems.extend(end.problems);
        (self.current, self.lines) = (origin.of, line - 1);
        if end.over {
            self.over = origin.of;
        }
        end.interrupted
    }
}

/// The place of one piece in the order, while it is read.
pub(super) struct Place<'o, 'f, S> {
    order: &'o Order<'f, S>,
    origin: Origin,
    /// Present once it is the turn of the piece.
    whole: Option<Whole<'f, S>>,
    /// What was read before, if anything was.
    part: Option<S>,
    left: bool,
}

impl<S: Sink> Place<'_, '_, S> {
    /// Looks whether it is the turn of the piece: then `scanner` learns the true numbers of its
    /// lines. Tells whether the lines may count; nobody needs to read those that do not.
    pub(super) fn counts(&mut self, scanner: &mut Scanner) -> bool {
        if let Some(whole) = &self.whole {
            return !whole.is_over(self.origin) && !whole.sink.is_done();
        }
        let mut state = self.order.lock();
        // What is full waits for its turn: memory stays bounded, however much is kept.
        let full = self.part.as_ref().is_some_and(Sink::is_full);
        while full && !state.closed && state.next != self.origin.number {
            state = self.order.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.closed || state.next != self.origin.number {
            return !state.closed;
        }
        self.whole = state.whole.take();
        drop(state);
        let part = self.part.take();
        let Some(whole) = &mut self.whole else { return false };
        if whole.is_over(self.origin) {
            return false;
        }
        let shift = whole.shift(self.origin);
        scanner.line += shift;
        scanner.shift_held(shift);
        match part {
            Some(part) => whole.merge(part, shift, scanner),
            None => whole.hand_over(scanner, self.origin.first),
        }
        !whole.sink.is_done()
    }

    /// Whether what comes before the piece may matter for what is read next: nothing of it was
    /// read, and its turn has not come.
    pub(super) fn hangs_on_before(&self) -> bool {
        self.whole.is_none() && self.part.is_none() && !self.origin.first
    }

    /// Waits until it is the turn of the piece, or nothing counts any more.
    pub(super) fn wait(&self) {
        let mut state = self.order.lock();
        while !state.closed && state.next != self.origin.number {
            state = self.order.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether it is the turn of the piece, so that its lines go straight into the whole.
    pub(super) fn is_next(&self) -> bool {
        self.whole.is_some()
    }

    /// Takes the next lines, which count.
    pub(super) fn observe(&mut self, batch: &Batch) {
        match &mut self.whole {
            Some(whole) => {
                whole.sink.observe(batch);
                whole.stop_if_done();
            }
            None => self.part.get_or_insert_with(&self.order.make_part).observe(batch),
        }
    }

    /// Notes what could not be read of the piece.
    pub(super) fn problem(&mut self, error: &Error) {
        match &mut self.whole {
            Some(whole) => whole.sink.problem(error),
            None => self.part.get_or_insert_with(&self.order.make_part).problem(error),
        }
    }

    /// The piece has been read. What it gave is merged now, or when its turn comes.
    pub(super) fn leave(mut self, scanner: &mut Scanner, end: End) {
        let counts = self.counts(scanner);
        self.left = true;
        let held = Held::of(scanner);
        if let Some(mut whole) = self.whole.take() {
            if counts {
                whole.held = held;
            }
            let interrupted = whole.end(self.origin, scanner.line, end);
            self.order.pass_on(whole, interrupted, scanner);
            return;
        }
        let (origin, line) = (self.origin, scanner.line);
        let finished = Finished { origin, part: self.part.take(), line, held, end };
        let mut state = self.order.lock();
        if state.closed {
            return;
        }
        if state.next != origin.number {
            state.waiting.insert(origin.number, finished);
            return;
        }
        // The turn has come since it was looked for.
        if let Some(mut whole) = state.whole.take() {
            drop(state);
            let interrupted = whole.append(finished, scanner);
            self.order.pass_on(whole, interrupted, scanner);
        }
    }
}

impl<S> Drop for Place<'_, '_, S> {
    /// A worker that breaks down must not let the others wait for its turn to end.
    fn drop(&mut self) {
        if !self.left {
            self.order.close();
        }
    }
}
