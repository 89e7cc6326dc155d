//! A stream of bytes as blocks of whole lines, in bounded memory.
//!
//! The lines that come out do not depend on the size of blocks, nor on how the reader happens to
//! cut its bytes. Lines are not looked into: only newlines and lengths matter here.

use std::io::{self, Read};

use memchr::{memchr, memrchr};
use serde::{Deserialize, Serialize};

mod crowd;

use crowd::Crowd;

/// Consecutive whole lines of one input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    /// The lines with their newlines; only the very last line of an input may lack it. Empty only
    /// in a block that tells of oversize lines before the end of the input, or before an error.
    pub bytes: Vec<u8>,
    /// Lines longer than the limit that were skipped between the block before and this one.
    pub oversize: u64,
    /// The bytes of the skipped lines, line ends included.
    pub oversize_bytes: u64,
    /// How often lines may have been lost between the block before and this one: a file that was
    /// followed had been truncated before it could be read.
    pub losses: u64,
    /// How many bytes were read for it where the input is compressed, if that is known. Who reads
    /// by [`Blocks`] says so himself.
    pub compressed: Option<u64>,
}

impl Block {
    /// About how many bytes of the input were read for it.
    #[must_use]
    pub fn read_bytes(&self) -> u64 {
        self.compressed.unwrap_or(self.bytes.len() as u64 + self.oversize_bytes)
    }
}

/// The beginning of a line that has no end yet: what stays behind when reading pauses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rest {
    /// Its bytes; whole lines in front of it if reading was given up before they were delivered.
    pub(super) bytes: Vec<u8>,
    /// How many bytes of it have been dropped already, because it is too long.
    pub(super) skipped: u64,
    /// Whether it is too long.
    skipping: bool,
}

impl Rest {
    /// How many bytes have been read and not delivered.
    pub(super) fn len(&self) -> u64 {
        self.bytes.len() as u64 + self.skipped
    }
}

/// Room that is kept behind what is read: who takes the bytes of a block may append a little
/// without moving them.
const SLACK: usize = 4096;

/// Cuts what a reader gives into [`Block`]s.
///
/// Memory: little more than the size of a block and the longest line together, once here and once
/// in the block that is filled. It is handed over and taken back, so that it is cleared only once,
/// and of what is read only the beginning of the next line is copied.
#[derive(Debug)]
pub struct Blocks<R> {
    read: R,
    block_size: usize,
    max_line: usize,
    /// What has been read and not yet delivered is `buffer[start..filled]`. The rest is room that
    /// stays initialised, so that no read has to clear it first.
    buffer: Vec<u8>,
    start: usize,
    filled: usize,
    /// There is no newline in `buffer[start..searched]`.
    searched: usize,
    oversize: u64,
    oversize_bytes: u64,
    /// `start` is within an oversize line, of which so many bytes have been dropped.
    skipping: bool,
    skipped: u64,
    ended: bool,
    crowd: Crowd,
}

impl<R: Read> Blocks<R> {
    /// Blocks of lines from `read`, which is asked for `block_size` bytes at a time (at least 1).
    /// Lines of more than `max_line` bytes are skipped; their newline, and a carriage return
    /// before it, do not count.
    pub fn new(read: R, block_size: usize, max_line: usize) -> Blocks<R> {
        Blocks {
            read,
            block_size: block_size.max(1),
            max_line,
            buffer: Vec::new(),
            start: 0,
            filled: 0,
            searched: 0,
            oversize: 0,
            oversize_bytes: 0,
            skipping: false,
            skipped: 0,
            ended: false,
            crowd: Crowd::new(),
        }
    }

    /// The same blocks, read into memory that was used before.
    #[must_use]
    pub fn with_buffer(mut self, buffer: Vec<u8>) -> Blocks<R> {
        self.buffer = buffer;
        self
    }

    /// The reader.
    pub fn reader(&self) -> &R {
        &self.read
    }

    /// The same blocks, beginning with what was read before.
    pub(super) fn behind(mut self, rest: &Rest) -> Blocks<R> {
        self.filled = rest.bytes.len();
        self.make_room();
        self.buffer[..self.filled].copy_from_slice(&rest.bytes);
        (self.skipping, self.skipped) = (rest.skipping, rest.skipped);
        self
    }

    /// What has been read and not delivered, with the memory for further blocks.
    pub(super) fn into_rest(self) -> (Rest, Vec<u8>) {
        let bytes = self.buffer[self.start..self.filled].to_vec();
        let rest = Rest { bytes, skipped: self.skipped, skipping: self.skipping };
        (rest, self.buffer)
    }

    /// The reader, and the memory for further blocks. Bytes not delivered yet are lost.
    pub fn into_parts(self) -> (R, Vec<u8>) {
        (self.read, self.buffer)
    }

    /// Puts the next lines into `block`, whose old content is dropped and whose memory is used
    /// again. Returns `false`, with an empty block, at the end of the input.
    ///
    /// Lines are handed out as soon as there is one: a slow reader is not waited for until the
    /// block is full.
    ///
    /// # Errors
    ///
    /// What the reader says, except interruptions, which are tried again. Nothing is lost by an
    /// error: the next call goes on where this one stopped.
    pub fn next(&mut self, block: &mut Block) -> io::Result<bool> {
        self.take_back(block);
        loop {
            if let Some(end) = self.whole_lines() {
                self.deliver(end, block);
                return Ok(true);
            }
            if self.ended {
                return Ok(self.finish(block));
            }
            if self.oversize > 0 && self.start == self.filled {
                // Nothing may come behind the oversize line for long: it is told now.
                block.bytes.clear();
                self.label(block);
                return Ok(true);
            }
            if let Err(error) = self.fill() {
                block.bytes.clear();
                self.label(block);
                // What is known by now must not get lost if nobody asks again: the error, which
                // will come again, is told after it.
                return if block.oversize > 0 { Ok(true) } else { Err(error) };
            }
        }
    }

    /// The end of the lines that can be delivered now. Steps over oversize lines before them.
    fn whole_lines(&mut self) -> Option<usize> {
        loop {
            if self.skipping {
                let Some(at) = memchr(b'\n', &self.buffer[self.start..self.filled]) else {
                    self.skip_to(self.filled);
                    return None;
                };
                self.skip_to_line_end(self.start + at + 1);
            }
            let Some(last) = memrchr(b'\n', &self.buffer[self.searched..self.filled]) else {
                self.searched = self.filled;
                // One byte more than the limit may still turn out to be a carriage return.
                if self.filled - self.start <= self.max_line.saturating_add(1) {
                    return None;
                }
                self.skipping = true;
                continue;
            };
            let lines = &self.buffer[self.start..=self.searched + last];
            match fitting(lines, self.max_line) {
                0 => self.skipping = true,
                length => return Some(self.start + self.crowd.part(&lines[..length])),
            }
        }
    }

    /// Drops the bytes of an oversize line up to `end`.
    fn skip_to(&mut self, end: usize) {
        self.skipped += (end - self.start) as u64;
        self.start = end;
        self.searched = end;
    }

    /// Drops the last bytes of an oversize line and counts it.
    fn skip_to_line_end(&mut self, end: usize) {
        self.skip_to(end);
        self.skipping = false;
        self.oversize += 1;
        self.oversize_bytes += std::mem::take(&mut self.skipped);
    }

    /// Moves the lines up to `end` into `block`.
    fn deliver(&mut self, end: usize, block: &mut Block) {
        // What is not handed over has to be copied, and room that is, to be cleared again.
        if self.start == 0 && end >= self.buffer.len() / 2 {
            std::mem::swap(&mut self.buffer, &mut block.bytes);
            let rest = end..self.filled;
            self.filled = rest.len();
            self.make_room();
            self.buffer[..rest.len()].copy_from_slice(&block.bytes[rest]);
            block.bytes.truncate(end);
        } else {
            block.bytes.clear();
            block.bytes.extend_from_slice(&self.buffer[self.start..end]);
            self.start = end;
        }
        self.searched = self.start;
        self.label(block);
    }

    /// Goes on in the memory of a block that comes back, if only a beginning of a line waits in our
    /// own: then every block is read into the same memory, which is still in the cache.
    fn take_back(&mut self, block: &mut Block) {
        let waiting = self.start..self.filled;
        let capacity = block.bytes.capacity();
        if waiting.len() <= SLACK && capacity >= self.buffer.len() && block.bytes.len() >= SLACK {
            block.bytes[..waiting.len()].copy_from_slice(&self.buffer[waiting.clone()]);
            std::mem::swap(&mut self.buffer, &mut block.bytes);
            self.searched -= self.start;
            self.start = 0;
            self.filled = waiting.len();
        }
    }

    /// Tells `block` what came before its bytes.
    fn label(&mut self, block: &mut Block) {
        block.oversize = std::mem::take(&mut self.oversize);
        block.oversize_bytes = std::mem::take(&mut self.oversize_bytes);
        block.compressed = None;
        block.losses = 0;
    }

    /// What is left when the reader has ended: a line without newline, or oversize lines.
    fn finish(&mut self, block: &mut Block) -> bool {
        let end = self.filled;
        if self.skipping || end - self.start > self.max_line {
            self.skip_to_line_end(end);
        }
        let unterminated = self.start < end;
        if unterminated {
            self.deliver(end, block);
        } else {
            block.bytes.clear();
            self.label(block);
        }
        unterminated || block.oversize > 0
    }

    /// Reads once, behind what is there.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.filled, 0);
        self.filled -= self.start;
        self.searched -= self.start;
        self.start = 0;
        self.make_room();
        let room = self.filled + self.block_size;
        loop {
            match self.read.read(&mut self.buffer[self.filled..room]) {
                Ok(0) => self.ended = true,
                Ok(length) => self.filled += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            return Ok(());
        }
    }

    /// Makes room for a block behind the `filled` first bytes: by doubling, so that small blocks
    /// do not copy a long line again and again, but never beyond what a block and a line can need.
    fn make_room(&mut self) {
        let filled = self.filled + self.block_size;
        let needed = filled + SLACK;
        if self.buffer.capacity() < needed {
            let most = self.max_line.saturating_add(self.block_size + SLACK + 1);
            let wanted = self.buffer.capacity().saturating_mul(2).min(most).max(needed);
            self.buffer.reserve_exact(wanted - self.buffer.len());
        }
        if self.buffer.len() < filled {
            self.buffer.resize(filled, 0);
        }
    }
}

/// The length of the first of `lines` that are at most `max_line` long, newlines included. The
/// last line ends with its newline.
///
/// A line as long as the limit is rare, so most windows hold many lines, and their last newline is
/// found at once.
fn fitting(lines: &[u8], max_line: usize) -> usize {
    let mut end = 0;
    while end < lines.len() {
        let rest = &lines[end..];
        let window = &rest[..rest.len().min(max_line.saturating_add(1))];
        match memrchr(b'\n', window) {
            Some(at) => end += at + 1,
            // Without a newline in the window there is more behind it.
            None if rest[max_line..].starts_with(b"\r\n") => end += max_line + 2,
            None => break,
        }
    }
    end
}

#[cfg(test)]
mod tests;
