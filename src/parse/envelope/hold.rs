//! What is held back at the end of a block: the lines of a record that may go on in the next one.
//!
//! A block that ends with a line that is a record for itself holds nothing back, and that is seen from
//! the beginning of that line alone.

use memchr::{memchr, memrchr};
use serde::{Deserialize, Serialize};

use super::Envelopes;
use super::join::Dropping;
use super::line::{Head, begins, head};
use crate::parse::Parser;
use crate::parse::lines::{lines as split, stripped};
use crate::record::Earlier;

/// Lines that were read and are not settled: they belong to a record that may go on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfinished {
    /// The lines with their line ends.
    pub(crate) bytes: Vec<u8>,
    /// In which files they stand, in order.
    pub(crate) lines: Vec<Earlier>,
    /// The records before them that were too long, or not waited for, and may still go on.
    pub(in crate::parse) dropping: Dropping,
    /// Whether all of them are lines of text, of which nobody can say that it is whole.
    pub(in crate::parse) text: bool,
}

impl Unfinished {
    /// Whether nothing is waited for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.dropping.is_empty()
    }

    /// Says that the lines stand so many lines further down in their file.
    pub(crate) fn shift(&mut self, by: u64) {
        for earlier in &mut self.lines {
            earlier.first_line += by;
        }
    }

    /// Whether there are lines.
    #[must_use]
    pub fn has_lines(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// Whether they may well be whole: they are text, and no line of it goes on in another part.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.text
    }
}

/// How much of a block can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ready {
    /// So many bytes; what is behind them must be held back.
    pub(crate) bytes: usize,
    /// What is dropped behind that.
    dropping: Dropping,
    text: bool,
}

impl Ready {
    /// What is held back of a block.
    pub(crate) fn unfinished(&self, bytes: Vec<u8>, lines: Vec<Earlier>) -> Unfinished {
        Unfinished { bytes, lines, dropping: self.dropping, text: self.text }
    }

    /// Behind this, lines of text that go on a record are dropped, since it was not waited for.
    pub(crate) fn given_up(&self) -> Unfinished {
        Unfinished { dropping: self.dropping, ..Unfinished::default() }
    }
}

impl Parser {
    /// How much of a block can be read before more has come. The block begins with what was
    /// held back of the one before; `closed` says that the line at that place closes that.
    pub(crate) fn ready(
        &mut self,
        block: &[u8],
        before: &Unfinished,
        closed: Option<usize>,
    ) -> Ready {
        let all = Ready { bytes: block.len(), dropping: Dropping::default(), text: false };
        if !self.envelopes.join() || block.is_empty() && before.dropping.is_empty() {
            return all;
        }
        let from = closed.unwrap_or(0);
        let last = last_beginning(&block[from..], self.envelopes);
        let last = last.map(|(at, head)| (from + at, head));
        if let Some((at, Head::Object | Head::Prefixed(_))) = last
            && is_last_line(block, at)
        {
            return all;
        }
        let known = if closed.is_some() { Dropping::default() } else { before.dropping };
        let (from, dropping) = last.map_or((from, known), |(at, _)| (at, Dropping::default()));
        self.look(block, from, dropping);
        let text = self.joins.only_text();
        match self.joins.open_from() {
            Some((bytes, dropping)) => Ready { bytes, dropping, text },
            None => Ready { dropping: self.joins.dropping(), ..all },
        }
    }

    /// What is dropped behind lines that were held back and are read, though they may go on.
    pub(crate) fn give_up(&mut self, held: &Unfinished) -> Ready {
        self.look(&held.bytes, 0, held.dropping);
        Ready { bytes: held.bytes.len(), dropping: self.joins.dropping_text(), text: false }
    }

    /// Looks at the lines of a block from a place on.
    fn look(&mut self, block: &[u8], from: usize, dropping: Dropping) {
        self.joins.begin(&dropping);
        for line in split(&block[from..]) {
            let (start, end) = (from + line.start, from + line.end);
            let stripped = stripped(&block[start..end], true);
            self.joins.line(0, &block[start + stripped..end], start);
        }
    }

    /// Whether nothing before a block matters for it.
    pub(crate) fn is_beginning(&self, block: &[u8]) -> bool {
        let end = memchr(b'\n', block).unwrap_or(block.len());
        !self.envelopes.join() || begins(&head(without_cr(&block[..end]), self.envelopes))
    }
}

/// A line without what is left of its end.
fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The last line that begins a record for itself: its place, and what it is.
fn last_beginning(block: &[u8], looked_for: Envelopes) -> Option<(usize, Head)> {
    let mut end = block.len() - usize::from(block.ends_with(b"\n"));
    loop {
        let start = memrchr(b'\n', &block[..end]).map_or(0, |at| at + 1);
        let head = head(without_cr(&block[start..end]), looked_for);
        if begins(&head) {
            return Some((start, head));
        }
        end = start.checked_sub(1)?;
    }
}

/// Whether the line at a place is the last one.
fn is_last_line(block: &[u8], at: usize) -> bool {
    let line = &block[at..];
    memchr(b'\n', line).is_none_or(|end| end + 1 == line.len())
}
