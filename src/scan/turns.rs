//! Who reads what: hands the input out in pieces, in its order.
//!
//! A piece is a stretch of a large file, several small files, or what has arrived on a pipe.
//! Whoever takes one reads it alone; only taking happens in turn. Nothing is said here of lines:
//! a stretch ends in the middle of one, and whoever reads it knows what that means.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};
use crate::source::{Input, ReadAt, Series};

use super::Blocking;
use super::live::{Arrived, End, Stream};

/// How many pieces each worker gets of a file that is not large,
const PIECES: u64 = 4;
/// unless they were smaller than this, in bytes: it is not worth a thread's while.
const LEAST_PIECE: u64 = 256 << 10;

/// About how many times as large what is compressed was before: logs repeat themselves.
const COMPRESSION: u64 = 16;

/// A file, or another input, and its place in the run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task<'a> {
    pub(super) input: &'a Input,
    /// How many inputs come before it.
    pub(super) place: usize,
    /// The number of its source.
    pub(super) source: u32,
    /// Whether its source begins with it.
    pub(super) first: bool,
    /// Whether reading it may wait for whoever writes it.
    live: bool,
}

impl Task<'_> {
    /// About how many bytes of lines it has; `None` if that cannot be known.
    fn bytes(&self) -> Option<u64> {
        match self.input {
            Input::File { size, compressed: true, .. } => Some(size.saturating_mul(COMPRESSION)),
            Input::File { size, .. } if !self.live => Some(*size),
            _ => None,
        }
    }
}

/// What one worker reads without asking again.
pub(super) struct Piece<'a> {
    /// How many pieces come before it.
    pub(super) number: u64,
    /// Whether it begins with the first byte of an input.
    pub(super) begins: bool,
    pub(super) work: Work<'a>,
}

/// What there is to read.
pub(super) enum Work<'a> {
    /// Files, each from its beginning to its end.
    Files(Vec<Task<'a>>),
    /// The lines that begin in a stretch of a file; the last stretch has no end.
    Stretch { task: Task<'a>, file: Arc<dyn ReadAt>, start: u64, end: Option<u64> },
    /// What has come on a pipe.
    Blocks(Task<'a>, Arrived),
    /// Nothing: the file cannot be read.
    Nothing(Task<'a>, Error),
}

impl<'a> Work<'a> {
    /// The input of which this is one of several pieces.
    pub(super) fn of(&self) -> Option<Task<'a>> {
        match self {
            Work::Stretch { task, .. } | Work::Blocks(task, _) => Some(*task),
            Work::Files(_) | Work::Nothing(..) => None,
        }
    }

    /// The input that it begins with.
    pub(super) fn first_task(&self) -> Option<Task<'a>> {
        match self {
            Work::Files(files) => files.first().copied(),
            Work::Nothing(task, _) => Some(*task),
            work => work.of(),
        }
    }
}

/// The pieces of a run.
pub(super) struct Turns<'a> {
    tasks: Vec<Task<'a>>,
    blocking: Blocking,
    /// How many workers share large files.
    workers: usize,
    /// What is being read in several pieces, and with which task.
    open: Option<(Task<'a>, Open)>,
    /// How many tasks have been begun.
    begun: usize,
    number: u64,
    /// Whether there was something left when somebody asked to stop.
    pub(super) interrupted: bool,
    /// [`Input::open_anywhere`], unless a test needs files that break.
    open_anywhere: OpenAnywhere,
}

pub(super) type OpenAnywhere = fn(&Input) -> Result<Option<(Arc<dyn ReadAt>, u64)>>;

enum Open {
    /// A file whose bytes from `next.start` on nobody has taken; `next.end` is its length.
    File { file: Arc<dyn ReadAt>, next: Range<u64>, piece: u64 },
    /// A pipe, or what is decompressed; whether something has been taken from it.
    Stream { stream: Stream, begun: bool },
}

impl<'a> Turns<'a> {
    /// The pieces of all series for so many workers; for one alone no file is cut.
    pub(super) fn new(series: &'a [Series], blocking: Blocking, workers: usize) -> Turns<'a> {
        let mut tasks = Vec::new();
        for (source, one) in (0..).zip(series) {
            for input in &one.files {
                let first = input == &one.files[0];
                tasks.push(Task {
                    input,
                    place: tasks.len(),
                    source,
                    first,
                    live: input.is_live(),
                });
            }
        }
        Turns {
            tasks,
            blocking,
            workers,
            open: None,
            begun: 0,
            number: 0,
            interrupted: false,
            open_anywhere: Input::open_anywhere,
        }
    }

    /// The same with files that are opened in another way.
    #[cfg(test)]
    pub(super) fn opening(mut self, open_anywhere: OpenAnywhere) -> Turns<'a> {
        self.open_anywhere = open_anywhere;
        self
    }

    /// How many pieces there will be at least, about; very many if that cannot be known.
    pub(super) fn estimate(&self) -> u64 {
        let bytes = self.tasks.iter().map(|task| task.bytes().unwrap_or(u64::MAX));
        let bytes = bytes.fold(0, u64::saturating_add);
        bytes / self.piece_of(bytes) + 1
    }

    /// How large the pieces are of so many bytes: some for each worker, so that none is idle for
    /// long while the last ones are read.
    fn piece_of(&self, bytes: u64) -> u64 {
        let most = self.blocking.piece.max(1) as u64;
        (bytes / (PIECES * self.workers as u64)).clamp(most.min(LEAST_PIECE), most)
    }

    /// The next piece; none at the end, and when somebody has asked to stop.
    pub(super) fn take(&mut self, stop: &AtomicBool) -> Option<Piece<'a>> {
        loop {
            if let Some((task, open)) = self.open.take() {
                if let Some(piece) = self.go_on(task, open, stop) {
                    return Some(piece);
                }
                continue;
            }
            if self.begun == self.tasks.len() {
                return None;
            }
            if stop.load(Ordering::Relaxed) {
                self.interrupted = true;
                return None;
            }
            if let Some(piece) = self.begin() {
                return Some(piece);
            }
        }
    }

    fn piece(&mut self, begins: bool, work: Work<'a>) -> Piece<'a> {
        self.number += 1;
        Piece { number: self.number - 1, begins, work }
    }

    /// Whether a compressed file is read by all workers. One thread decompresses it; as long as
    /// there are others, it is better that each worker has one.
    fn is_shared(&self, task: Task<'a>) -> bool {
        let is_last = self.begun + 1 == self.tasks.len();
        is_last && self.workers > 1 && task.input.is_compressed()
    }

    /// Begins the next task: opens it if it is to be read in several pieces.
    fn begin(&mut self) -> Option<Piece<'a>> {
        let task = self.tasks[self.begun];
        if task.live || self.is_shared(task) {
            self.begun += 1;
            let stream = Stream::start(task.input, self.blocking);
            self.open = Some((task, Open::Stream { stream, begun: false }));
            return None;
        }
        if self.is_small(task) {
            let work = Work::Files(self.small_files());
            return Some(self.piece(true, work));
        }
        self.begun += 1;
        match self.cut(task) {
            Ok(Some(open)) => {
                self.open = Some((task, open));
                None
            }
            Ok(None) => Some(self.piece(true, Work::Files(vec![task]))),
            Err(error) => Some(self.piece(true, Work::Nothing(task, error))),
        }
    }

    /// Whether a file is read by whoever takes it, from its beginning to its end.
    fn is_small(&self, task: Task<'a>) -> bool {
        task.bytes().is_some_and(|bytes| self.workers == 1 || bytes <= self.piece_of(bytes))
    }

    /// The next small files, as many as make a piece.
    fn small_files(&mut self) -> Vec<Task<'a>> {
        let (mut files, mut bytes) = (Vec::new(), 0);
        while let Some(&task) = self.tasks.get(self.begun) {
            let fits = files.is_empty() || bytes <= self.blocking.piece as u64;
            if !fits || !self.is_small(task) {
                break;
            }
            bytes += task.bytes().unwrap_or_default();
            files.push(task);
            self.begun += 1;
        }
        files
    }

    fn cut(&self, task: Task<'a>) -> Result<Option<Open>> {
        let opened = (self.open_anywhere)(task.input)?;
        // It may have become empty since the plan was made.
        let opened = opened.filter(|(_, length)| *length > 0);
        Ok(opened.map(|(file, length)| {
            let piece = self.piece_of(length);
            Open::File { file, next: 0..length, piece }
        }))
    }

    /// The next piece of what is open.
    fn go_on(&mut self, task: Task<'a>, open: Open, stop: &AtomicBool) -> Option<Piece<'a>> {
        match open {
            Open::File { file, next, piece } => {
                if stop.load(Ordering::Relaxed) {
                    self.interrupted = true;
                    self.begun = self.tasks.len();
                    return None;
                }
                let (start, end) = (next.start, next.start.saturating_add(piece));
                // What has been appended since it was opened belongs to the last one.
                let end = (end < next.end).then_some(end);
                let work = Work::Stretch { task, file: Arc::clone(&file), start, end };
                if let Some(end) = end {
                    self.open = Some((task, Open::File { file, next: end..next.end, piece }));
                }
                Some(self.piece(start == 0, work))
            }
            Open::Stream { stream, begun } => {
                let arrived = stream.next(self.blocking.piece, stop);
                match arrived.end {
                    None => self.open = Some((task, Open::Stream { stream, begun: true })),
                    Some(End::Interrupted) => {
                        self.interrupted = true;
                        self.begun = self.tasks.len();
                    }
                    Some(End::Reached | End::Failed(_)) => {}
                }
                Some(self.piece(!begun, Work::Blocks(task, arrived)))
            }
        }
    }
}
