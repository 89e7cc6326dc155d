//! A compressed file that is read as what it was before, from its beginning or from a place on.
//! How far that has come is known by bytes, as in a file that grows. It knows no names.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};

use super::mark::{FileMark, Id, Print};
use crate::source::open::Opened;

/// How much is stepped over at once.
const STEP: usize = 64 << 10;

/// A compressed file, decompressed up to a position.
///
/// It reads as far as there is something, and then says [`io::ErrorKind::WouldBlock`].
pub(super) struct Packed {
    opened: Opened,
    print: Print,
    /// What is wrong although it could be read to its end has been told.
    doubted: bool,
}

impl Packed {
    /// Reads a file, which stands at its first byte.
    pub(super) fn new(file: File) -> Packed {
        Packed { opened: Opened::file(file), print: Print::default(), doubted: false }
    }

    /// Reads on from what has been read, if the file begins with that.
    pub(super) fn behind(file: File, print: &Print) -> io::Result<Option<Packed>> {
        let mut packed = Packed::new(file);
        let is_there = packed.reach(print.position)?;
        Ok((is_there && packed.print == *print).then_some(packed))
    }

    /// Reads up to a position; whether there is so much.
    pub(super) fn reach(&mut self, position: u64) -> io::Result<bool> {
        let mut buffer = vec![0; STEP];
        while self.print.position < position {
            let left = usize::try_from(position - self.print.position).unwrap_or(STEP).min(STEP);
            match self.read(&mut buffer[..left]) {
                Ok(_) => {}
                Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(cause) => return Err(cause),
            }
        }
        Ok(true)
    }

    /// What has been read.
    pub(super) fn print(&self) -> &Print {
        &self.print
    }

    pub(super) fn mark(&self, (device, inode): Id) -> FileMark {
        let Print { position: offset, head, before } = self.print.clone();
        FileMark { device, inode, head, before, offset }
    }
}

impl Read for Packed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.opened.read(buffer)?;
        if length > 0 {
            self.print.advance(&buffer[..length]);
            return Ok(length);
        }
        match self.opened.doubt() {
            Some(doubt) if !std::mem::replace(&mut self.doubted, true) => Err(doubt),
            _ => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packed").field("print", &self.print).finish_non_exhaustive()
    }
}
