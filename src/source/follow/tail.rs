//! An open file that grows, read from a place on, with the proof that it is still the same
//! content that is being read: what was read must still stand where it stood.
//!
//! It knows no names and no other files.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};

use super::mark::{FileMark, Id, PRINT, Print, bytes};

/// An open file, read up to a position.
///
/// It reads as far as there is something, and then says [`io::ErrorKind::WouldBlock`].
#[derive(Debug)]
pub(super) struct Tail {
    file: File,
    print: Print,
    /// What stood before the position does so no longer.
    changed: bool,
}

impl Tail {
    /// Reads a file on from what has been read.
    pub(super) fn new(file: File, print: Print) -> Tail {
        Tail { file, print, changed: false }
    }

    /// Reads the file from its beginning, because it has been truncated; what had been read.
    pub(super) fn restart(&mut self) -> Print {
        self.changed = false;
        std::mem::take(&mut self.print)
    }

    pub(super) fn print(&self) -> &Print {
        &self.print
    }

    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }

    /// Whether reading has found that what had been read is gone.
    pub(super) fn has_changed(&self) -> bool {
        self.changed
    }

    /// Whether the file still has, where they were, the bytes that were read.
    pub(super) fn is_intact(&self) -> io::Result<bool> {
        self.print.is_in(&self.file)
    }

    /// A mark so many bytes before the position.
    pub(super) fn mark(&self, back: u64, (device, inode): Id) -> FileMark {
        let print = self.print.without(back);
        let position = print.position;
        let enough = print.before.len() as u64 == PRINT.min(position);
        let print = match (!enough).then(|| Print::take(&self.file, position)) {
            // What has been truncated since has other bytes there.
            Some(Ok(taken)) if self.is_intact().unwrap_or(false) => taken,
            _ => print,
        };
        FileMark { device, inode, head: print.head, before: print.before, offset: position }
    }

    /// All that stands in the file now; none if it was truncated meanwhile.
    pub(super) fn begins(&self) -> io::Result<Option<Print>> {
        let print = Print::take(&self.file, self.file.metadata()?.len())?;
        let ends = PRINT.min(print.position) as usize;
        let whole = print.head.len() == ends && print.before.len() == ends;
        Ok((whole && print.is_in(&self.file)?).then_some(print))
    }

    /// Whether this file has, up to where something else has ended, what that has.
    pub(super) fn holds(&self, end: &Print) -> io::Result<bool> {
        end.is_in(&self.file)
    }

    /// Whether a file, so many bytes long, is a beginning of this one as it stands on the disk, as
    /// far as its ends tell.
    pub(super) fn has_beginning(&self, other: &File, length: u64) -> io::Result<bool> {
        if length > self.file.metadata()?.len() {
            return Ok(false);
        }
        let ends = length.min(4 * PRINT);
        for start in [0, length - ends] {
            if bytes(other, start, ends)? != bytes(&self.file, start, ends)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether only NUL bytes have been read so far: the hole that a writer leaves who goes on
    /// where he was before the file was truncated.
    fn in_hole(&self) -> bool {
        self.print.before.iter().all(|byte| *byte == 0)
            && self.print.head.iter().all(|byte| *byte == 0)
    }

    /// Steps over what is a hole for the file system, too.
    fn skip_hole(&mut self) {
        let position = self.print.position;
        if position == 0 {
            return;
        }
        let data = next_data(&self.file, position);
        if let Some(data) = data.filter(|data| *data > position + 1) {
            self.print = Print::hole(data - 1);
        }
    }

    /// Leaves out the NUL bytes before the first record but one, which tells that they were there.
    /// Returns how many bytes are left.
    fn strip_nuls(&mut self, buffer: &mut [u8], length: usize) -> usize {
        let Some(at) = buffer[..length].iter().position(|byte| *byte != 0) else {
            // The last one is read again, together with what comes behind it.
            self.print.advance(&buffer[..length - 1]);
            return 0;
        };
        self.print.advance(&buffer[..length]);
        let start = at.saturating_sub(1);
        buffer.copy_within(start..length, 0);
        length - start
    }
}

impl Read for Tail {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let in_hole = self.in_hole();
            if in_hole {
                self.skip_hole();
            }
            (&self.file).seek(SeekFrom::Start(self.print.position))?;
            let length = (&self.file).read(buffer)?;
            // Whoever truncates the file while it is read must not make us take the new content
            // for the rest of the old one. So the proof comes behind the reading.
            if !self.is_intact()? {
                self.changed = true;
                return Err(io::ErrorKind::WouldBlock.into());
            }
            if length == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            if !in_hole {
                self.print.advance(&buffer[..length]);
                return Ok(length);
            }
            match self.strip_nuls(buffer, length) {
                0 if length == 1 => return Err(io::ErrorKind::WouldBlock.into()),
                0 => {}
                left => return Ok(left),
            }
        }
    }
}

/// Where the next bytes are that are not in a hole, if the system tells.
#[cfg(target_os = "linux")]
fn next_data(file: &File, from: u64) -> Option<u64> {
    rustix::fs::seek(file, rustix::fs::SeekFrom::Data(from)).ok()
}

#[cfg(not(target_os = "linux"))]
fn next_data(_: &File, _: u64) -> Option<u64> {
    None
}
