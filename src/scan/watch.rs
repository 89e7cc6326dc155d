//! Sources to rules: what has been written is replayed in the order of its times, what is being
//! written is read as it comes, and time goes on while nothing does.
//!
//! The only clock is the caller's [`Clock`]; where alert events go is the caller's business, too.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use memchr::memchr_iter;

use crate::alert::{Emit, Engine};
use crate::error::Error;
use crate::record::{Batch, Timestamp};
use crate::source::{Block, Blocks, Input, Opened, Series, Stretch};

use super::crew::UntilAsked;
use super::live::{End, Stream};
use super::{Blocking, Ended, Outcome, Scanner, SideBySide};

/// What tells the time in live runs.
pub trait Clock {
    /// The time that clocks on the wall show; it may jump.
    fn wall(&self) -> Timestamp;
    /// Microseconds since any fixed moment; it never goes back.
    fn elapsed(&self) -> i64;
}

/// Sources that have been written: read to their ends, that whose time is least first, so that
/// rules see them side by side.
pub struct Replay<'a> {
    /// Makes the scanner.
    pub scanner: &'a dyn Fn() -> Scanner,
    /// How the input is cut.
    pub blocking: Blocking,
    /// Set by somebody else once the run is to stop.
    pub stop: &'a AtomicBool,
    /// Told how many bytes have been read.
    pub seen: &'a dyn Fn(u64),
}

impl<'a> Replay<'a> {
    /// Reads everything and says how the run went.
    pub fn run(&self, series: &'a [Series], engine: &mut Engine, emit: &mut Emit<'_>) -> Outcome {
        let mut outcome = Outcome { ended: Ended::AtEnd, problems: Vec::new() };
        let mut scanner = (self.scanner)();
        let mut readers: Vec<Reader<'_>> = Vec::new();
        for (source, one) in (0..).zip(series) {
            engine.begin(source);
            readers.push(Reader::new(source, &one.files, self, series.len() > MANY));
        }
        let mut block = Block::default();
        while let Some(at) = next(&readers, engine) {
            if self.stop.load(Ordering::Relaxed) {
                outcome.ended = Ended::Interrupted;
                break;
            }
            match readers[at].next(&mut block) {
                Ok(true) => {
                    (self.seen)(block.bytes.len() as u64 + block.oversize_bytes);
                    engine.observe(readers[at].scan(&mut scanner, &mut block), None, emit);
                    scanner.renew(engine);
                }
                Ok(false) if self.stop.load(Ordering::Relaxed) => {}
                Ok(false) => {
                    let source = readers[at].source;
                    scanner.turn_to(source);
                    if let Some(batch) = scanner.flush() {
                        engine.observe(batch, None, emit);
                    }
                    engine.end(source, emit);
                    readers.swap_remove(at);
                }
                Err(error) => outcome.problems.push(error),
            }
        }
        engine.finish(emit);
        outcome
    }
}

/// Of more sources than these none is kept open: they are opened for each block.
const MANY: usize = 64;

/// The reader whose source has come least far; of equals the first source.
fn next(readers: &[Reader<'_>], engine: &Engine) -> Option<usize> {
    let key = |reader: &Reader<'_>| (engine.time_of(reader.source), reader.source);
    (0..readers.len()).min_by_key(|at| key(&readers[*at]))
}

/// One source, file by file.
struct Reader<'a> {
    source: u32,
    files: std::slice::Iter<'a, Input>,
    /// What is read, or was last.
    input: Option<&'a Input>,
    open: Option<Open<'a>>,
    /// The number of the next line.
    line: u64,
    blocking: Blocking,
    stop: &'a AtomicBool,
    /// Whether it is one of very many.
    many: bool,
}

enum Open<'a> {
    File(Blocks<UntilAsked<'a, Opened>>),
    /// A file that is open only while it is read, and how many bytes of it have been.
    Part(u64),
    /// What may block for ever, as history that comes by a pipe, or what is compressed.
    Stream(Stream),
}

impl<'a> Reader<'a> {
    fn new(source: u32, files: &'a [Input], replay: &Replay<'a>, many: bool) -> Reader<'a> {
        let Replay { blocking, stop, .. } = *replay;
        let (files, input, open) = (files.iter(), None, None);
        Reader { source, files, input, open, line: 1, blocking, stop, many }
    }

    /// The next block; whether there is one. After an error it goes on with the next file.
    fn next(&mut self, block: &mut Block) -> Result<bool, Error> {
        loop {
            let (Some(input), Some(open)) = (self.input, &mut self.open) else {
                let Some(input) = self.files.next() else { return Ok(false) };
                (self.input, self.line) = (Some(input), 1);
                self.open = Some(self.open(input)?);
                continue;
            };
            let next = match open {
                Open::File(blocks) => blocks.next(block).map_err(|cause| input.failed(&cause)),
                Open::Part(place) => part(input, place, block, self.blocking, self.stop),
                Open::Stream(stream) => stream.wait(block, self.stop),
            };
            match next {
                Ok(true) => return Ok(true),
                Ok(false) | Err(_) if self.stop.load(Ordering::Relaxed) => return Ok(false),
                Ok(false) => self.open = None,
                Err(error) => {
                    self.open = None;
                    return Err(error);
                }
            }
        }
    }

    fn open(&self, input: &'a Input) -> Result<Open<'a>, Error> {
        if input.is_live() || input.is_compressed() {
            return Ok(Open::Stream(Stream::start(input, self.blocking)));
        }
        if self.many && input.open_anywhere()?.is_some() {
            return Ok(Open::Part(0));
        }
        let Blocking { block, max_line, .. } = self.blocking;
        let read = UntilAsked { read: input.open()?, stop: self.stop };
        Ok(Open::File(Blocks::new(read, block, max_line)))
    }

    /// Its next block as columns.
    fn scan<'s>(&mut self, scanner: &'s mut Scanner, block: &mut Block) -> &'s Batch {
        scanner.begin(self.input.map_or("", Input::shown), self.source);
        scanner.line(self.line);
        scanner.read(block);
        self.line = scanner.line;
        &scanner.batch
    }
}

/// The next block of a file from a place on, which is moved behind it; whether there is one.
fn part(
    input: &Input,
    place: &mut u64,
    block: &mut Block,
    blocking: Blocking,
    stop: &AtomicBool,
) -> Result<bool, Error> {
    // What was a file has become something else: there is nothing behind the place.
    let Some((file, _)) = input.open_anywhere()? else { return Ok(false) };
    let read = UntilAsked { read: Stretch::new(file, *place, None), stop };
    let mut blocks = Blocks::new(read, blocking.block, blocking.max_line);
    let more = blocks.next(block).map_err(|cause| input.failed(&cause))?;
    *place += block.bytes.len() as u64 + block.oversize_bytes;
    Ok(more)
}

/// How long a step waits at most, so that a request to stop is heard.
const PATIENCE: Duration = Duration::from_millis(50);
/// In microseconds, how long nobody may have looked for what comes without looking twice.
const SLEPT: i64 = 1_000_000;

/// In microseconds, how long a record of text is waited for after its last line.
pub(super) const WHOLE: i64 = 1_000_000;

/// Sources that are being written. Each is read by a thread of its own.
pub struct Live {
    streams: Vec<Listening>,
    /// When was looked last, by [`Clock::elapsed`].
    looked: i64,
    /// How many lines have come, if somebody wants to know.
    lines: Option<u64>,
}

struct Listening {
    source: u32,
    /// The files that are read one after the other: in a live run there is mostly one.
    files: std::vec::IntoIter<Input>,
    stream: Stream,
    scanner: Scanner,
    /// Since when nothing has moved its time, by [`Clock::elapsed`], and since when nothing came.
    last: i64,
    came: i64,
}

impl Live {
    /// Begins to read.
    pub fn start(
        series: &[Series],
        blocking: Blocking,
        scanner: &dyn Fn() -> Scanner,
        engine: &mut Engine,
        clock: &dyn Clock,
    ) -> Live {
        engine.started_at(clock.wall());
        let mut streams = Vec::new();
        for (source, one) in (0..).zip(series) {
            engine.begin(source);
            let mut files = one.files.clone().into_iter();
            let Some(first) = files.next() else { continue };
            let mut scanner = scanner();
            scanner.begin(first.shown(), source);
            let stream = Stream::start(&first, blocking);
            let now = clock.elapsed();
            streams.push(Listening { source, files, stream, scanner, last: now, came: now });
        }
        Live { streams, looked: clock.elapsed(), lines: None }
    }

    /// Counts line ends from now on, for [`Live::lines`].
    pub fn count_lines(&mut self) {
        self.lines = Some(0);
    }

    /// How many lines have been taken and looked at, whatever was in them.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.lines.unwrap_or(0)
    }

    /// Goes on with other scanners, for other rules.
    pub fn rescan(&mut self, make: &dyn Fn() -> Scanner) {
        for listening in &mut self.streams {
            let mut scanner = make();
            scanner.go_on_from(&mut listening.scanner);
            listening.scanner = scanner;
        }
    }

    /// Takes what comes within a short time, and lets time go on. Whether there may be more;
    /// what could not be read becomes a problem.
    pub fn step(
        &mut self,
        blocking: Blocking,
        engine: &mut Engine,
        clock: &dyn Clock,
        problems: &mut Vec<Error>,
        emit: &mut Emit<'_>,
    ) -> bool {
        self.step_beside(&mut (), blocking, engine, clock, problems, emit)
    }

    /// The same, and figures get what rules get: between two calls they hold all that was read.
    pub fn step_beside(
        &mut self,
        figures: &mut dyn SideBySide,
        blocking: Blocking,
        engine: &mut Engine,
        clock: &dyn Clock,
        problems: &mut Vec<Error>,
        emit: &mut Emit<'_>,
    ) -> bool {
        let tick = engine.next_tick_in().and_then(|micros| u64::try_from(micros).ok());
        let patience = tick.map_or(PATIENCE, |micros| PATIENCE.min(Duration::from_micros(micros)));
        let looked = self.looked;
        self.look(patience, figures, blocking, engine, clock, problems, emit);
        if clock.elapsed() - looked >= SLEPT {
            // We were stopped, or waited for whoever takes events: what came meanwhile may be on
            // its way to us still, and that is no silence.
            self.look(PATIENCE, figures, blocking, engine, clock, problems, emit);
        }
        for listening in &self.streams {
            engine.idle(listening.source, clock.elapsed() - listening.last);
        }
        if self.streams.is_empty() {
            engine.finish(emit);
            return false;
        }
        engine.evaluate_idle(emit);
        true
    }

    /// Takes what has arrived by the time that somebody asks to stop.
    pub fn finish_beside(
        &mut self,
        figures: &mut dyn SideBySide,
        engine: &mut Engine,
        clock: &dyn Clock,
        problems: &mut Vec<Error>,
        emit: &mut Emit<'_>,
    ) {
        for listening in &mut self.streams {
            let mut arrived = listening.stream.poll(Duration::ZERO);
            for block in &mut arrived.blocks {
                listening.read(block, figures, engine, clock, emit);
            }
            listening.flush(figures, engine, clock, emit);
            if let Some(End::Failed(error)) = arrived.end {
                figures.problem(&error);
                problems.push(error);
            }
        }
    }

    /// Takes what comes within a time.
    #[expect(clippy::too_many_arguments, reason = "a step hands all of its own on")]
    fn look(
        &mut self,
        patience: Duration,
        figures: &mut dyn SideBySide,
        blocking: Blocking,
        engine: &mut Engine,
        clock: &dyn Clock,
        problems: &mut Vec<Error>,
        emit: &mut Emit<'_>,
    ) {
        let patience = patience / u32::try_from(self.streams.len().max(1)).unwrap_or(u32::MAX);
        let mut at = 0;
        while let Some(listening) = self.streams.get_mut(at) {
            let mut arrived = listening.stream.poll(patience);
            for block in &mut arrived.blocks {
                if let Some(lines) = &mut self.lines {
                    *lines += block.oversize + memchr_iter(b'\n', &block.bytes).count() as u64;
                }
                listening.read(block, figures, engine, clock, emit);
                let _ = arrived.used.send(std::mem::take(block));
            }
            listening.read_text(figures, engine, clock, emit);
            match arrived.end {
                None => at += 1,
                Some(end) => {
                    if let End::Failed(error) = end {
                        figures.problem(&error);
                        problems.push(error);
                    }
                    if !listening.go_on(blocking) {
                        listening.flush(figures, engine, clock, emit);
                        engine.end(listening.source, emit);
                        self.streams.remove(at);
                    }
                }
            }
        }
        self.looked = clock.elapsed();
    }
}

impl Listening {
    /// Takes a block. Time stands still for nothing but records: lines that are none, and our own
    /// alerts, would else keep rules from being evaluated.
    fn read(
        &mut self,
        block: &mut Block,
        figures: &mut dyn SideBySide,
        engine: &mut Engine,
        clock: &dyn Clock,
        emit: &mut Emit<'_>,
    ) {
        self.came = clock.elapsed();
        let before = engine.time_of(self.source);
        let batch = self.scanner.read(block);
        figures.observe(batch);
        engine.observe(batch, Some(clock.wall()), emit);
        if batch.accounting.undated > 0 || engine.time_of(self.source) != before {
            self.last = self.came;
        }
    }

    /// Takes a record of text that has waited long enough for further lines.
    fn read_text(
        &mut self,
        figures: &mut dyn SideBySide,
        engine: &mut Engine,
        clock: &dyn Clock,
        emit: &mut Emit<'_>,
    ) {
        if clock.elapsed() - self.came < WHOLE {
            return;
        }
        if let Some(batch) = self.scanner.flush_text() {
            figures.observe(batch);
            engine.observe(batch, Some(clock.wall()), emit);
        }
        self.scanner.renew(engine);
    }

    /// Takes what was held back: nothing more comes.
    fn flush(
        &mut self,
        figures: &mut dyn SideBySide,
        engine: &mut Engine,
        clock: &dyn Clock,
        emit: &mut Emit<'_>,
    ) {
        if let Some(batch) = self.scanner.flush() {
            figures.observe(batch);
            engine.observe(batch, Some(clock.wall()), emit);
        }
    }

    /// Goes on with the next file of the source, if there is one.
    fn go_on(&mut self, blocking: Blocking) -> bool {
        let Some(next) = self.files.next() else { return false };
        self.scanner.begin(next.shown(), self.source);
        self.scanner.line(1);
        self.stream = Stream::start(&next, blocking);
        true
    }
}
