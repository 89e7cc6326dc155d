//! Workers: they take pieces of the input in turn, read, parse and recognise them side by side,
//! and fold them in the order of the input.
//!
//! What one worker reads stays in the cache of its core: a block is read, parsed and folded
//! before the next one is read.

use std::io::{self, Read};
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::Result;
use crate::source::{Block, Blocks, Series, Stretch};

use super::live::{self, Arrived, Stream};
use super::order::{End, Order, Origin, Place};
use super::turns::{Piece, Task, Turns, Work};
use super::{Blocking, Ended, Outcome, Scanner, Sink};

/// How many finished parts may wait for each worker: what is slow for a moment stops nobody, and
/// memory stays bounded.
const ROOM: usize = 1;

/// A run over sources.
#[derive(Clone, Copy)]
pub struct Scan<'a> {
    /// Makes what a worker reads with; all that it makes read alike.
    pub scanner: &'a (dyn Fn() -> Scanner + Sync),
    /// How the input is cut.
    pub blocking: Blocking,
    /// How many threads parse and fold, at least 1. What may block, as a pipe does, is waited for
    /// by one more.
    pub threads: usize,
    /// Looked at before every read.
    pub stop: &'a AtomicBool,
    /// Told how many bytes have been read, every now and then and by any thread.
    pub seen: &'a (dyn Fn(u64) + Sync),
}

impl Scan<'_> {
    /// Reads the series one behind the other. The result is the same for any number of threads
    /// and any sizes of blocks and pieces; when it was asked to stop, it is that of everything up
    /// to some line.
    pub fn run<S: Sink>(&self, series: &[Series], sink: &mut S) -> Outcome {
        self.take_all(Turns::new(series, self.blocking, self.threads), sink)
    }

    fn take_all<S: Sink>(&self, turns: Turns<'_>, sink: &mut S) -> Outcome {
        let workers = usize::try_from(turns.estimate()).unwrap_or(usize::MAX).min(self.threads);
        let order = Order::new(sink, ROOM * workers, self.stop);
        let crew = Crew { scan: *self, order, turns: Mutex::new(turns) };
        let mut worker = crew.worker();
        if let Some(piece) = worker.alone(workers) {
            crew.together(worker, piece, workers);
        }
        crew.finish()
    }
}

/// What the workers of a run share.
struct Crew<'a, 'f, S> {
    scan: Scan<'a>,
    turns: Mutex<Turns<'a>>,
    order: Order<'f, S>,
}

impl<'a, 'f, S: Sink> Crew<'a, 'f, S> {
    fn worker(&self) -> Worker<'_, 'a, 'f, S> {
        let scanner = (self.scan.scanner)();
        Worker { crew: self, scanner, block: Block::default(), buffer: Vec::new() }
    }

    fn take(&self) -> Option<Piece<'a>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.take(self.scan.stop)
    }

    /// Reads a piece and all that are left with so many workers, of which `first` is one.
    fn together(&self, mut first: Worker<'_, 'a, 'f, S>, piece: Piece<'a>, workers: usize) {
        let threads = rayon::ThreadPoolBuilder::new().num_threads(workers - 1).build();
        // A system that has no threads left has one that goes on.
        let Ok(threads) = threads else {
            first.read(piece);
            return first.work();
        };
        threads.in_place_scope(|scope| {
            for _ in 1..workers {
                scope.spawn(|_| self.worker().work());
            }
            first.read(piece);
            first.work();
        });
    }

    fn finish(self) -> Outcome {
        let turns = self.turns.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (problems, everything) = self.order.finish(self.scan.scanner);
        let ended =
            if everything && !turns.interrupted { Ended::AtEnd } else { Ended::Interrupted };
        Outcome { ended, problems }
    }
}

/// One thread's share of a run.
struct Worker<'c, 'a, 'f, S> {
    crew: &'c Crew<'a, 'f, S>,
    scanner: Scanner,
    /// Memory that is used again and again.
    block: Block,
    buffer: Vec<u8>,
}

impl<'a, S: Sink> Worker<'_, 'a, '_, S> {
    /// Reads alone as long as others would be of no use; the first piece for which they are.
    fn alone(&mut self, workers: usize) -> Option<Piece<'a>> {
        loop {
            let piece = self.crew.take()?;
            if workers > 1 && !is_little(&piece) {
                return Some(piece);
            }
            self.read(piece);
        }
    }

    /// Reads pieces until there are none left.
    fn work(&mut self) {
        while self.crew.order.has_room() {
            let Some(piece) = self.crew.take() else { return };
            self.read(piece);
        }
    }

    fn read(&mut self, piece: Piece<'a>) {
        let Piece { number, begins, work } = piece;
        let first = begins && work.first_task().is_some_and(|task| task.first);
        let origin = Origin { number, of: work.of().map(|task| task.place), begins, first };
        if let Some(task) = work.first_task() {
            self.scanner.begin(task.input.shown(), task.source);
        }
        let mut place = self.crew.order.enter(origin, &mut self.scanner);
        let end = match work {
            Work::Files(files) => self.files(&files, &mut place),
            Work::Stretch { task, file, start, end } => {
                let stretch = Stretch::new(file, start, end);
                self.stretch(stretch, task, begins && task.first, &mut place)
            }
            Work::Blocks(task, arrived) => self.arrived(arrived, begins && task.first, &mut place),
            Work::Nothing(_, error) => End { problems: vec![error], ..End::default() },
        };
        // A file that nobody counts any more has no problems either.
        if !end.problems.is_empty() && place.counts(&mut self.scanner) {
            end.problems.iter().for_each(|error| place.problem(error));
        }
        place.leave(&mut self.scanner, end);
    }

    fn files(&mut self, files: &[Task<'_>], place: &mut Place<'_, '_, S>) -> End {
        let mut end = End::default();
        for task in files {
            if task.source != self.scanner.source()
                && let Some(batch) = self.scanner.flush()
            {
                place.observe(batch);
            }
            self.scanner.begin(task.input.shown(), task.source);
            self.scanner.line = 1;
            let read = if task.input.is_compressed() {
                self.archive(*task, place)
            } else {
                self.file(*task, place)
            };
            match read {
                Ok(Ended::AtEnd) => {}
                Ok(Ended::Interrupted) => {
                    end.interrupted = true;
                    break;
                }
                Err(error) => end.problems.push(error),
            }
        }
        end
    }

    fn file(&mut self, task: Task<'_>, place: &mut Place<'_, '_, S>) -> Result<Ended> {
        let (read, opened) = self.blocks(task.input.open()?, task.first, place);
        let read = read.and_then(|ended| opened.doubt().map_or(Ok(ended), Err));
        read.map_err(|cause| task.input.failed(&cause))
    }

    /// Reads what another thread decompresses.
    fn archive(&mut self, task: Task<'_>, place: &mut Place<'_, '_, S>) -> Result<Ended> {
        let Scan { blocking, stop, .. } = self.crew.scan;
        let stream = Stream::start(task.input, blocking);
        let mut block = mem::take(&mut self.block);
        while stream.wait(&mut block, stop)? {
            if !self.fold(&mut block, task.first, place) {
                break;
            }
        }
        self.block = block;
        Ok(if stop.load(Ordering::Relaxed) { Ended::Interrupted } else { Ended::AtEnd })
    }

    fn stretch(
        &mut self,
        stretch: Stretch,
        task: Task<'_>,
        begins: bool,
        place: &mut Place<'_, '_, S>,
    ) -> End {
        let (read, stretch) = self.blocks(stretch, begins, place);
        let mut end = End { over: stretch.met_end_of_file(), ..End::default() };
        match read {
            Ok(ended) => end.interrupted = ended == Ended::Interrupted,
            Err(cause) => {
                end.problems.push(task.input.failed(&cause));
                end.over = true;
            }
        }
        end
    }

    /// Reads blocks to the end, as long as they count.
    fn blocks<R: Read>(
        &mut self,
        read: R,
        begins: bool,
        place: &mut Place<'_, '_, S>,
    ) -> (io::Result<Ended>, R) {
        let Scan { blocking, stop, .. } = self.crew.scan;
        let read = UntilAsked { read, stop };
        let buffer = mem::take(&mut self.buffer);
        let mut blocks = Blocks::new(read, blocking.block, blocking.max_line).with_buffer(buffer);
        let mut block = mem::take(&mut self.block);
        let ended = loop {
            match blocks.next(&mut block) {
                Ok(true) if self.fold(&mut block, begins, place) => {}
                Ok(_) => break Ok(Ended::AtEnd),
                Err(error) if !stop.load(Ordering::Relaxed) => break Err(error),
                Err(_) => {}
            }
            if stop.load(Ordering::Relaxed) {
                break Ok(Ended::Interrupted);
            }
        };
        self.block = block;
        let (UntilAsked { read, .. }, buffer) = blocks.into_parts();
        self.buffer = buffer;
        (ended, read)
    }

    fn arrived(
        &mut self,
        Arrived { blocks, used, end }: Arrived,
        begins: bool,
        place: &mut Place<'_, '_, S>,
    ) -> End {
        for mut block in blocks {
            self.fold(&mut block, begins, place);
            // The thread that reads may have come to its end.
            let _ = used.send(block);
        }
        match end {
            None | Some(live::End::Reached) => End::default(),
            Some(live::End::Interrupted) => End { interrupted: true, ..End::default() },
            Some(live::End::Failed(error)) => End { problems: vec![error], ..End::default() },
        }
    }

    /// Folds a block; whether it counts. `begins` says whether its piece begins a source.
    fn fold(&mut self, block: &mut Block, begins: bool, place: &mut Place<'_, '_, S>) -> bool {
        if !place.counts(&mut self.scanner) {
            return false;
        }
        if place.hangs_on_before() && !self.scanner.is_beginning(block) {
            place.wait();
            if !place.counts(&mut self.scanner) {
                return false;
            }
        }
        let bytes = block.read_bytes();
        // What goes into the whole has its source from its start.
        self.scanner.whole(begins || place.is_next());
        place.observe(self.scanner.read(block));
        self.scanner.give_back(block);
        (self.crew.scan.seen)(bytes);
        true
    }
}

/// Whether a piece is so small that it is read before a thread for it has started.
fn is_little(piece: &Piece<'_>) -> bool {
    const LITTLE: usize = 64 << 10;
    match &piece.work {
        Work::Blocks(_, arrived) => {
            arrived.blocks.iter().map(|block| block.bytes.len()).sum::<usize>() < LITTLE
        }
        Work::Nothing(..) => true,
        Work::Files(_) | Work::Stretch { .. } => false,
    }
}

/// A reader that fails once somebody has asked to stop. Between two blocks would be too late:
/// a single line that is skipped may be as long as a disk.
#[derive(Debug)]
pub(super) struct UntilAsked<'a, R> {
    pub(super) read: R,
    pub(super) stop: &'a AtomicBool,
}

impl<R: Read> Read for UntilAsked<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            // Not `Interrupted`: readers try again after that.
            return Err(io::Error::other("asked to stop"));
        }
        self.read.read(buffer)
    }
}

#[cfg(test)]
mod tests;
