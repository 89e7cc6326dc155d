//! Bytes as they come: what blocks are filled from.
//!
//! Memory that is about to be read into need not be cleared first, where the system lets us say
//! so: a block is filled by the system's own copy and by nothing else.

use std::io::{self, Read};

/// Gives bytes in order.
pub trait Supply {
    /// Reads once and appends what came: at most as much as `buffer` has spare capacity, which
    /// must not be nothing. Returns how much that is; 0 at the end of the input.
    ///
    /// # Errors
    ///
    /// What the system says, interruptions included. The buffer is then as it was.
    fn supply(&mut self, buffer: &mut Vec<u8>) -> io::Result<usize>;
}

impl<R: Read> Supply for R {
    fn supply(&mut self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        let filled = buffer.len();
        // A reader of any kind may look at what it is given, so that has to be something.
        buffer.resize(buffer.capacity(), 0);
        let read = self.read(&mut buffer[filled..]);
        buffer.truncate(filled + *read.as_ref().unwrap_or(&0));
        read
    }
}

/// Gives bytes from any place, to several threads at once.
pub trait ReadAt: Send + Sync {
    /// Reads once from the byte at `place` on and appends what came: at most `most` bytes, and at
    /// most as much as `buffer` has spare capacity. Returns how much that is; 0 at the end.
    ///
    /// # Errors
    ///
    /// What the system says, interruptions included. The buffer is then as it was.
    fn read_at(&self, buffer: &mut Vec<u8>, place: u64, most: usize) -> io::Result<usize>;
}

#[cfg(unix)]
impl ReadAt for std::fs::File {
    fn read_at(&self, buffer: &mut Vec<u8>, place: u64, most: usize) -> io::Result<usize> {
        let filled = buffer.len();
        if most >= buffer.capacity() - filled {
            return Ok(rustix::io::pread(self, rustix::buffer::spare_capacity(buffer), place)?);
        }
        // Less than there is room for: only the last pieces of a stretch.
        buffer.resize(filled + most, 0);
        let read = rustix::io::pread(self, &mut buffer[filled..], place);
        buffer.truncate(filled + read.unwrap_or(0));
        Ok(read?)
    }
}
