//! A generation whose file has been compressed: it is read to its end, once.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::archives::is_cut;
use super::cut::Cut;
use super::generation::{Cutting, Generation, Handle, Step, next_block, torn};
use super::mark::{FileMark, Id, Print, Signature};
use crate::source::blocks::{Block, Rest};

impl Generation {
    /// One that is read from its beginning.
    pub(super) fn packed(id: Id, path: PathBuf, shown: Arc<str>) -> Generation {
        let (device, inode) = id;
        let mark = FileMark { device, inode, ..FileMark::default() };
        let mut generation = Generation::closed(mark, path, shown);
        generation.packed = true;
        generation
    }

    /// What was cut off, in its copy.
    pub(super) fn copied_packed(cut: Cut, id: Id, path: PathBuf) -> Generation {
        let print = cut.read();
        let Cut { rest, line, shown, .. } = cut;
        let mut generation = Generation::packed(id, path, Arc::from(shown.as_str())).at_line(line);
        generation.handle = Handle::Closed(print.mark(id));
        (generation.rest, generation.copy) = (rest, true);
        generation
    }

    /// The same, with what had been read of a line.
    pub(super) fn with_rest(mut self, rest: Rest) -> Generation {
        self.rest = rest;
        self
    }

    /// The same, of which everything has been read if the file is still as it was.
    pub(super) fn when_seen(mut self, seen: Option<Signature>) -> Generation {
        if let Some(seen) = seen.filter(|_| self.packed && self.retired) {
            self = self.unchanged(seen);
        }
        self
    }

    /// Its file has been compressed, and that is where reading goes on.
    pub(super) fn pack(&mut self, id: Id, path: PathBuf) {
        // Of a file that is not compressed the rest is read again.
        if !self.packed {
            self.rest = Rest::default();
        }
        self.handle = Handle::Closed(self.print().mark(id));
        (self.id, self.path, self.pin) = (id, path, None);
        (self.packed, self.ready, self.retired) = (true, true, false);
        (self.seen, self.settled) = (None, false);
    }

    /// What the file was like when it was opened for decompressing.
    pub(super) fn seen(&self) -> Option<Signature> {
        self.seen.filter(|_| self.packed)
    }

    /// The rest of a line that cannot be read again without everything before it.
    pub(super) fn kept_rest(&self) -> Rest {
        if self.packed { self.rest.clone() } else { Rest::default() }
    }

    /// The next lines. An archive may be being written: only where nothing has come for a while
    /// (`settled`) it is told that it is cut off.
    pub(super) fn unpack(
        &mut self,
        block: &mut Block,
        cutting: &mut Cutting,
        now: i64,
        settled: bool,
    ) -> Step {
        let Handle::Packed(packed) = &mut self.handle else { return Step::Moved };
        let next = next_block(packed, &mut self.rest, block, cutting);
        match next {
            Ok(_) => {
                self.last = now;
                Step::Block(self.delivered(block))
            }
            Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => {
                self.retire_packed();
                let rest = std::mem::take(&mut self.rest);
                // A last line without a newline is a line at the end of a file.
                if torn(&rest, block, cutting) {
                    return Step::Block(self.delivered(block));
                }
                Step::Nothing
            }
            Err(cause) if is_cut(&cause) && !settled => {
                self.leave_packed();
                self.waits = true;
                Step::Nothing
            }
            Err(cause) => {
                self.retire_packed();
                Step::Failed(cause)
            }
        }
    }

    fn retire_packed(&mut self) {
        self.leave_packed();
        self.retired = true;
    }

    fn leave_packed(&mut self) {
        if let Handle::Packed(packed) = &self.handle {
            self.handle = Handle::Closed(packed.mark(self.id));
        }
        (self.ready, self.waits) = (false, false);
    }
}

impl Print {
    /// The place behind it in a file.
    pub(super) fn mark(self, (device, inode): Id) -> FileMark {
        FileMark { device, inode, head: self.head, before: self.before, offset: self.position }
    }
}
