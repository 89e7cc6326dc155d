//! One generation of a followed file: content that is appended to, under whatever names it goes,
//! from its beginning to its end.
//!
//! A file that is truncated begins a new generation; a copy made before that goes on with the old
//! one. When to look, and what the names mean, is the trail's business.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::cut::Cut;
use super::mark::{FileMark, Id, Print, Signature, id_of};
use super::packed::Packed;
use super::siblings::Age;
use super::tail::Tail;
use crate::source::blocks::{Block, Blocks, Rest};

/// So many bytes tell one log from another by its first lines: by fewer no copy is looked for.
const PINNED: u64 = 64;

/// A generation and how far it has been read.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they do not depend on each other")]
pub(super) struct Generation {
    pub(super) id: Id,
    /// Where it was seen last.
    pub(super) path: PathBuf,
    /// The name that its lines have in reports.
    pub(super) shown: Arc<str>,
    pub(super) handle: Handle,
    /// What stood in the file when it was last looked into, as long as nothing of it has been read.
    pub(super) pin: Option<Print>,
    pub(super) rest: Rest,
    /// The number of the next line.
    line: u64,
    /// The state of the file when everything in it had been read.
    pub(super) seen: Option<Signature>,
    /// Whether it was looked at since without a change. Times in file systems are coarse: what
    /// has just changed may change again and look the same.
    pub(super) settled: bool,
    /// Whether there may be something to read.
    pub(super) ready: bool,
    /// When something came last, or when it lost its name.
    pub(super) last: i64,
    /// When it was last seen in its directory, and how old it was there.
    pub(super) listed: i64,
    pub(super) age: Option<Age>,
    /// Nothing has come for long since it lost its name, and nobody expects more.
    pub(super) retired: bool,
    /// It is the copy of a file that was truncated: nobody writes to it.
    pub(super) copy: bool,
    /// Its file is compressed.
    pub(super) packed: bool,
    /// Its file is compressed and cut off: it may be being written.
    pub(super) waits: bool,
    /// An error was told, and has not gone away since.
    pub(super) failing: bool,
}

/// What it is read from.
#[derive(Debug)]
pub(super) enum Handle {
    Open(Tail),
    Packed(Box<Packed>),
    Closed(FileMark),
}

/// What became of an attempt to read.
#[derive(Debug)]
pub(super) enum Step {
    /// There are lines.
    Block(Delivered),
    /// Everything has been read.
    Nothing,
    /// What had been read stands there no longer.
    Changed,
    /// The file has another place now.
    Moved,
    /// The system refuses.
    Failed(io::Error),
}

/// Where the lines of a block are.
#[derive(Debug, Clone)]
pub(super) struct Delivered {
    pub(super) shown: Arc<str>,
    /// The number of the first line, oversize ones before the block included.
    pub(super) first_line: u64,
}

/// How lines are cut, and memory that is used again.
#[derive(Debug)]
pub(super) struct Cutting {
    pub(super) block: usize,
    pub(super) max_line: usize,
    pub(super) buffer: Vec<u8>,
}

impl Generation {
    /// One that is open.
    pub(super) fn open(id: Id, path: PathBuf, shown: Arc<str>, tail: Tail) -> Generation {
        Generation::with(id, path, shown, Handle::Open(tail))
    }

    /// One that is opened when it is read.
    pub(super) fn closed(mark: FileMark, path: PathBuf, shown: Arc<str>) -> Generation {
        Generation::with(mark.id(), path, shown, Handle::Closed(mark))
    }

    fn with(id: Id, path: PathBuf, shown: Arc<str>, handle: Handle) -> Generation {
        Generation {
            id,
            path,
            shown,
            handle,
            pin: None,
            rest: Rest::default(),
            line: 1,
            seen: None,
            settled: false,
            ready: true,
            last: i64::MIN,
            listed: i64::MIN,
            age: None,
            retired: false,
            copy: false,
            packed: false,
            waits: false,
            failing: false,
        }
    }

    /// The same, so old.
    pub(super) fn aged(mut self, age: Age) -> Generation {
        self.age = Some(age);
        self
    }

    /// The same, but so many lines further.
    pub(super) fn at_line(mut self, line: u64) -> Generation {
        self.line = line;
        self
    }

    /// The same, with nothing to read until it changes.
    pub(super) fn unchanged(mut self, seen: Signature) -> Generation {
        (self.seen, self.settled, self.ready, self.retired) = (Some(seen), true, false, true);
        self
    }

    /// What was cut off, in its copy.
    pub(super) fn copied(cut: Cut, id: Id, path: PathBuf, file: File) -> Generation {
        let Cut { print, unread, rest, line, shown, .. } = cut;
        let shown = Arc::from(shown.as_str());
        let (pin, read) = if unread { (Some(print), Print::default()) } else { (None, print) };
        let mut generation = Generation::open(id, path, shown, Tail::new(file, read));
        (generation.rest, generation.line, generation.copy) = (rest, line, true);
        generation.pin = pin;
        generation
    }

    /// Goes on in another file that begins with what was read of this one.
    pub(super) fn move_to(&mut self, id: Id, path: PathBuf, file: File) {
        let print = self.print();
        (self.id, self.path, self.packed, self.pin) = (id, path, false, None);
        self.handle = Handle::Open(Tail::new(file, print));
        (self.ready, self.settled) = (true, false);
    }

    /// What has been read of it.
    pub(super) fn print(&self) -> Print {
        match &self.handle {
            Handle::Open(tail) => tail.print().clone(),
            Handle::Packed(packed) => packed.print().clone(),
            Handle::Closed(mark) => mark.print(),
        }
    }

    /// How much that is, in bytes.
    pub(super) fn position(&self) -> u64 {
        match &self.handle {
            Handle::Open(tail) => tail.print().position,
            Handle::Packed(packed) => packed.print().position,
            Handle::Closed(mark) => mark.offset,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        !matches!(self.handle, Handle::Closed(_))
    }

    /// Whether what was read of an open file, or is to be read, still stands in it.
    pub(super) fn is_intact(&self) -> io::Result<bool> {
        match &self.handle {
            Handle::Open(tail) => Ok(tail.is_intact()? && self.has_pinned(tail)?),
            Handle::Packed(_) | Handle::Closed(_) => Ok(true),
        }
    }

    /// Whether what was to be read still stands in a file.
    fn has_pinned(&self, tail: &Tail) -> io::Result<bool> {
        self.pin.as_ref().map_or(Ok(true), |pin| tail.holds(pin))
    }

    /// Holds to what stands in an open file of which nothing has been read; whether that is anything.
    pub(super) fn pin(&mut self) -> bool {
        let Handle::Open(tail) = &self.handle else { return false };
        if tail.print().position == 0 && self.pin.is_none() {
            // What cannot be read now, reading tells.
            let all = tail.begins().ok().flatten();
            self.pin = all.filter(|print| print.position > 0);
        }
        self.pin.is_some()
    }

    /// Whether its file can be read still, under whatever name.
    pub(super) fn has_own_file(&self) -> bool {
        match &self.handle {
            Handle::Closed(_) if self.packed => self.is_its_number_there(),
            // Its number may have been given to another.
            Handle::Closed(mark) => self.opened(&mark.print()).is_some(),
            Handle::Open(_) | Handle::Packed(_) => true,
        }
    }

    /// Whether some file of its number is where it was seen last.
    pub(super) fn is_its_number_there(&self) -> bool {
        let found = std::fs::metadata(&self.path);
        found.is_ok_and(|found| id_of(&self.path, &found) == self.id)
    }

    /// Whether the file has, up to where something else has ended, what that has.
    pub(super) fn holds(&self, end: &Print) -> io::Result<bool> {
        match &self.handle {
            Handle::Open(tail) => tail.holds(end),
            Handle::Closed(mark) if !self.packed => {
                self.opened(&mark.print()).map_or(Ok(false), |tail| tail.holds(end))
            }
            Handle::Packed(_) | Handle::Closed(_) => Ok(false),
        }
    }

    /// Whether there is a line that has not come to its end, but may.
    pub(super) fn is_torn(&self) -> bool {
        self.rest.len() > 0 && !self.packed
    }

    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Where it has come.
    pub(super) fn mark(&self) -> FileMark {
        match &self.handle {
            Handle::Open(tail) => tail.mark(self.rest.len(), self.id),
            Handle::Packed(packed) => packed.mark(self.id),
            Handle::Closed(mark) => mark.clone(),
        }
    }

    /// Closes the file. What was read of a line without an end will be read again.
    pub(super) fn close(&mut self) {
        let mark = self.mark();
        self.rest = self.kept_rest();
        self.handle = Handle::Closed(mark);
    }

    /// What the system tells of an open file now.
    pub(super) fn metadata(&self) -> Option<std::fs::Metadata> {
        match &self.handle {
            Handle::Open(tail) => tail.metadata().ok(),
            Handle::Packed(_) | Handle::Closed(_) => None,
        }
    }

    /// Looks whether something has changed.
    pub(super) fn look(&mut self, now: Signature) {
        let same = self.seen == Some(now);
        // To look again into what is compressed takes time.
        self.ready |= !(same && (self.settled || self.packed));
        self.settled = same;
    }

    /// Opens the file, if it is not open. `None` if it is another file now, or none.
    pub(super) fn reopen(&mut self) -> Step {
        let Handle::Closed(mark) = &self.handle else { return Step::Nothing };
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Step::Moved,
            Err(cause) => return Step::Failed(cause),
        };
        let seen = match file.metadata() {
            Ok(metadata) if id_of(&self.path, &metadata) == self.id => Signature::of(&metadata),
            Ok(_) => return Step::Moved,
            Err(cause) => return Step::Failed(cause),
        };
        let print = mark.print();
        if self.packed {
            self.seen = Some(seen);
            return match Packed::behind(file, &print) {
                Ok(Some(packed)) => {
                    self.handle = Handle::Packed(Box::new(packed));
                    Step::Nothing
                }
                Ok(None) => Step::Changed,
                Err(cause) => Step::Failed(cause),
            };
        }
        self.handle = Handle::Open(Tail::new(file, print));
        match self.is_intact() {
            Ok(true) => Step::Nothing,
            Ok(false) => Step::Changed,
            Err(cause) => Step::Failed(cause),
        }
    }

    /// The next lines, of a file that is open. If it is read from its beginning, and `pinned` says
    /// so, no lines that have come since it was pinned.
    pub(super) fn read(
        &mut self,
        pinned: bool,
        block: &mut Block,
        cutting: &mut Cutting,
        now: i64,
    ) -> Step {
        let Handle::Open(tail) = &mut self.handle else { return Step::Moved };
        let seen = tail.metadata().map(|metadata| Signature::of(&metadata));
        let was_empty = pinned && self.pin.is_none() && tail.print().position == 0;
        let next = next_block(&mut *tail, &mut self.rest, block, cutting);
        if was_empty && tail.print().position > 0 {
            tail.restart();
            self.rest = Rest::default();
            return Step::Changed;
        }
        // Of what has been read otherwise, the tail has the proof.
        if let Some(pin) = &self.pin
            && !tail.holds(pin).unwrap_or(false)
        {
            return Step::Changed;
        }
        if tail.print().position > 0 {
            self.pin = None;
        }
        match next {
            Ok(_) => {
                self.last = now;
                self.failing = false;
                Step::Block(self.delivered(block))
            }
            Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => {
                if tail.has_changed() {
                    return Step::Changed;
                }
                self.ready = false;
                if self.seen != seen.as_ref().ok().copied() {
                    (self.seen, self.settled) = (seen.ok(), false);
                    (self.last, self.retired) = (now, false);
                }
                Step::Nothing
            }
            Err(cause) => {
                self.ready = false;
                Step::Failed(cause)
            }
        }
    }

    /// Gives up waiting for the end of the last line.
    pub(super) fn tear(&mut self, block: &mut Block, cutting: &mut Cutting) -> Option<Delivered> {
        let rest = std::mem::take(&mut self.rest);
        torn(&rest, block, cutting).then(|| self.delivered(block))
    }

    pub(super) fn delivered(&mut self, block: &Block) -> Delivered {
        let first_line = self.line;
        self.line += lines(block);
        Delivered { shown: Arc::clone(&self.shown), first_line }
    }

    /// Begins anew, because the file was truncated; what had been read, unless that was nothing.
    pub(super) fn cut(&mut self, now: i64) -> Option<Cut> {
        if self.packed {
            // It is another archive, of which nothing has been read.
            (self.rest, self.line) = (Rest::default(), 1);
            self.handle = Handle::Closed(Print::default().mark(self.id));
            return None;
        }
        let Handle::Open(tail) = &mut self.handle else { return None };
        let read = tail.restart();
        let pin = self.pin.take();
        let unread = pin.is_some();
        let print =
            pin.map_or(read, |pin| if pin.position < PINNED { Print::default() } else { pin });
        let (rest, line) = (std::mem::take(&mut self.rest), std::mem::replace(&mut self.line, 1));
        (self.ready, self.settled, self.last) = (true, false, now);
        let shown = self.shown.to_string();
        let rest = if unread { Rest::default() } else { rest };
        (print.position > 0).then_some(Cut { print, unread, rest, line, shown, since: now })
    }

    /// The file of a generation that is closed, if it is where it was and as it was.
    pub(super) fn opened(&self, print: &Print) -> Option<Tail> {
        if self.packed {
            return None;
        }
        let file = File::open(&self.path).ok()?;
        let same = id_of(&self.path, &file.metadata().ok()?) == self.id;
        let tail = (same && print.is_in(&file).ok()?).then(|| Tail::new(file, print.clone()))?;
        self.has_pinned(&tail).ok()?.then_some(tail)
    }
}

/// The next lines of what is read from, behind the rest of what was read before.
pub(super) fn next_block(
    read: impl io::Read,
    rest: &mut Rest,
    block: &mut Block,
    cutting: &mut Cutting,
) -> io::Result<bool> {
    let buffer = std::mem::take(&mut cutting.buffer);
    let mut blocks = Blocks::new(read, cutting.block, cutting.max_line);
    blocks = blocks.with_buffer(buffer).behind(rest);
    let next = blocks.next(block);
    (*rest, cutting.buffer) = blocks.into_rest();
    next
}

/// The line without its end as a block of its own.
pub(super) fn torn(rest: &Rest, block: &mut Block, cutting: &mut Cutting) -> bool {
    let mut blocks = Blocks::new(io::empty(), cutting.block, cutting.max_line).behind(rest);
    blocks.next(block).unwrap_or(false)
}

/// How many lines a block tells of.
fn lines(block: &Block) -> u64 {
    let ended = memchr::memchr_iter(b'\n', &block.bytes).count() as u64;
    let open = block.bytes.last().is_some_and(|byte| *byte != b'\n');
    block.oversize + ended + u64::from(open)
}
