//! Lines that a scanner holds back: the last ones of a block, if their record may go on.
//!
//! They are held as they came, and read together with what comes behind them. So every record is
//! in one batch with all of its lines, wherever blocks, files and pieces of the input end.

use std::mem;

use crate::parse::{Ready, Unfinished};
use crate::record::{Batch, Earlier};
use crate::source::Block;

use super::{Scanner, Sink};

impl Scanner {
    /// Makes the batch of a block, and holds back what may go on.
    pub(super) fn take(&mut self, block: &mut Block) {
        let before = mem::take(&mut self.unfinished);
        // What was skipped, or is missing, ends whatever was open.
        let closed = block.oversize > 0 || block.losses > 0;
        let held = before.bytes.len();
        prepend(&before.bytes, &mut block.bytes);
        let ready = self.parser.ready(&block.bytes, &before, closed.then_some(held));
        let tail = block.bytes.split_off(ready.bytes);
        self.parse(&mut block.bytes, &before, closed);
        self.line = self.batch.first_line;
        self.hold(&ready, tail);
        self.settle();
    }

    /// Parses what is ready, which begins with lines that were held back.
    fn parse(&mut self, bytes: &mut Vec<u8>, before: &Unfinished, closed: bool) {
        self.batch.earlier.clone_from(&before.lines);
        self.parser.take_behind(bytes, before, closed, &mut self.batch);
    }

    /// Takes back the line ends that were not in the input.
    fn settle(&mut self) {
        let invented = self.batch.earlier.iter().filter(|earlier| earlier.unended).count() as u64;
        let accounting = &mut self.batch.accounting;
        accounting.bytes = accounting.bytes.saturating_sub(invented);
    }

    /// Holds back the tail of a block whose beginning has been parsed.
    fn hold(&mut self, ready: &Ready, mut tail: Vec<u8>) {
        let rows = self.batch.rows() as u64;
        let earlier: u64 = self.batch.earlier.iter().map(|earlier| earlier.rows).sum();
        self.line += rows.saturating_sub(earlier);
        if tail.is_empty() {
            self.unfinished = ready.unfinished(tail, Vec::new());
            return;
        }
        let unended = !tail.ends_with(b"\n");
        if unended {
            tail.push(b'\n');
        }
        let mut left = memchr::memchr_iter(b'\n', &tail).count() as u64;
        let mut lines = Vec::new();
        let mut passed = rows;
        for one in mem::take(&mut self.batch.earlier) {
            let read = one.rows.min(passed);
            passed -= read;
            let held = one.rows - read;
            left -= held;
            if held > 0 {
                lines.push(Earlier {
                    first_line: one.first_line + read,
                    rows: held,
                    ..one.clone()
                });
            }
            if read > 0 {
                let unended = one.unended && held == 0;
                self.batch.earlier.push(Earlier { rows: read, unended, ..one });
            }
        }
        if left > 0 {
            let file = self.batch.file.to_string();
            join(&mut lines, Earlier { file, first_line: self.line, rows: left, unended });
            self.line += left;
        }
        self.unfinished = ready.unfinished(tail, lines);
    }

    /// What was held back of the current source, read as if nothing of it went on; none if
    /// nothing was.
    pub fn flush(&mut self) -> Option<&Batch> {
        let before = mem::take(&mut self.unfinished);
        self.read_held(before)
    }

    /// The same, if all of it is text: it is mostly whole, but that is seen only from what comes
    /// next. What may come still of such records will be counted and dropped.
    pub fn flush_text(&mut self) -> Option<&Batch> {
        if !(self.unfinished.has_lines() && self.unfinished.is_text()) {
            return None;
        }
        let before = mem::take(&mut self.unfinished);
        self.unfinished = self.parser.give_up(&before).given_up();
        self.read_held(before)
    }

    fn read_held(&mut self, mut before: Unfinished) -> Option<&Batch> {
        if !before.has_lines() {
            return None;
        }
        let mut bytes = mem::take(&mut before.bytes);
        self.batch.first_line = self.line;
        self.parse(&mut bytes, &before, false);
        self.settle();
        if let Some(matcher) = &mut self.matcher {
            matcher.recognise(&mut self.batch);
        }
        Some(&self.batch)
    }

    /// Gives a sink what was held back: nothing more comes.
    pub fn finish(&mut self, sink: &mut impl Sink) {
        if let Some(batch) = self.flush() {
            sink.observe(batch);
        }
    }

    /// Gives a sink what another scanner held back of a source.
    pub(super) fn give_held(&mut self, held: Unfinished, source: u32, sink: &mut impl Sink) {
        let own = (self.batch.source, self.batch.whole_source);
        (self.batch.source, self.batch.whole_source) = (source, true);
        if let Some(batch) = self.read_held(held) {
            sink.observe(batch);
        }
        (self.batch.source, self.batch.whole_source) = own;
    }

    /// The source that is read.
    pub(super) fn source(&self) -> u32 {
        self.batch.source
    }

    /// Goes to another source, whose lines may be held back, too.
    pub(super) fn turn_to(&mut self, source: u32) {
        if self.batch.source == source {
            return;
        }
        let left = mem::replace(&mut self.batch.source, source);
        let held = self.others.remove(&source).unwrap_or_default();
        let held = mem::replace(&mut self.unfinished, held);
        if !held.is_empty() {
            self.others.insert(left, held);
        }
    }

    /// What is held back of the current source, for a checkpoint; [`Scanner::resume`] takes it.
    #[must_use]
    pub fn unfinished(&self) -> &Unfinished {
        &self.unfinished
    }

    /// Goes on with what another scanner held back of the current source.
    pub fn resume(&mut self, unfinished: Unfinished) {
        self.unfinished = unfinished;
    }

    /// What is held back of every source, by its number.
    pub(super) fn held(&self) -> Vec<(u32, Unfinished)> {
        let current = (self.batch.source, &self.unfinished);
        let others = self.others.iter().map(|(source, held)| (*source, held));
        let held = others.chain([current]).filter(|(_, held)| !held.is_empty());
        held.map(|(source, held)| (source, held.clone())).collect()
    }

    /// Goes on, new as it is, with what another scanner held back of all sources.
    pub(super) fn resume_all(&mut self, held: Vec<(u32, Unfinished)>) {
        self.others.extend(held);
        self.unfinished = self.others.remove(&self.batch.source).unwrap_or_default();
    }

    /// Takes away what is held back of the current source.
    pub(super) fn give_away(&mut self) -> Unfinished {
        mem::take(&mut self.unfinished)
    }

    /// Says that what is held back stands so many lines further down in its file.
    pub(super) fn shift_held(&mut self, by: u64) {
        self.unfinished.shift(by);
    }

    /// Whether nothing that came before a block matters for it.
    pub(super) fn is_beginning(&self, block: &Block) -> bool {
        block.oversize > 0 || self.parser.is_beginning(&block.bytes)
    }
}

/// Puts bytes in front of others.
fn prepend(front: &[u8], bytes: &mut Vec<u8>) {
    if !front.is_empty() {
        bytes.splice(0..0, front.iter().copied());
    }
}

/// Appends lines to those that are held; lines of one file that follow each other are one entry.
fn join(lines: &mut Vec<Earlier>, more: Earlier) {
    match lines.last_mut() {
        Some(last)
            if !last.unended
                && last.file == more.file
                && last.first_line + last.rows == more.first_line =>
        {
            last.rows += more.rows;
            last.unended = more.unended;
        }
        _ => lines.push(more),
    }
}
