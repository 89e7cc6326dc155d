//! The compressed bytes, as decoders take them. Knows nothing of formats.

use std::io::{self, Read};

use crate::source::fault::Fault;
use crate::source::open::Handle;

/// How much is read at once.
const CHUNK: usize = 64 << 10;

/// Bytes that are read and not yet used, and where more come from.
#[derive(Debug, Default)]
pub(super) struct Bytes {
    /// Empty while a decoder has what was here.
    rest: Option<Handle>,
    buffer: Vec<u8>,
    start: usize,
    filled: usize,
    used: u64,
    /// Somebody has asked for more than there is.
    met_end: bool,
}

impl Bytes {
    /// What has been read already, and then what `rest` gives.
    pub(super) fn new(head: Vec<u8>, rest: Handle) -> Bytes {
        let filled = head.len();
        let rest = Some(rest);
        Bytes { rest, buffer: head, start: 0, filled, used: 0, met_end: false }
    }

    /// How many bytes have been used.
    pub(super) fn used(&self) -> u64 {
        self.used
    }

    /// Whether somebody has asked for more bytes than there are.
    pub(super) fn met_end(&self) -> bool {
        self.met_end
    }

    /// What has been read and not used; there is nothing at the end only.
    pub(super) fn fill(&mut self) -> Result<&[u8], Fault> {
        self.peek(1)?;
        Ok(&self.buffer[self.start..self.filled])
    }

    /// The next bytes: `count` of them, or all that are left. They stay unused.
    pub(super) fn peek(&mut self, count: usize) -> Result<&[u8], Fault> {
        while self.filled - self.start < count {
            if self.read_more(count)? == 0 {
                self.met_end = true;
                break;
            }
        }
        let end = self.filled.min(self.start + count);
        Ok(&self.buffer[self.start..end])
    }

    fn read_more(&mut self, count: usize) -> Result<usize, Fault> {
        self.buffer.copy_within(self.start..self.filled, 0);
        self.filled -= self.start;
        self.start = 0;
        if self.buffer.len() < CHUNK.max(count) {
            self.buffer.resize(CHUNK.max(count), 0);
        }
        let Some(rest) = &mut self.rest else { return Ok(0) };
        loop {
            match rest.read(&mut self.buffer[self.filled..]) {
                Ok(length) => {
                    self.filled += length;
                    return Ok(length);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// So many bytes of those that were read have been used.
    pub(super) fn consume(&mut self, count: usize) {
        self.start += count;
        self.used += count as u64;
    }

    /// The next bytes, which have to be there.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let bytes = self.peek(N)?.try_into().map_err(|_| Fault::Cut)?;
        self.consume(N);
        Ok(bytes)
    }

    /// Steps over bytes that have to be there.
    pub(super) fn skip(&mut self, mut count: u64) -> Result<(), Fault> {
        while count > 0 {
            let here = self.fill()?.len();
            if here == 0 {
                return Err(Fault::Cut);
            }
            let step = here.min(usize::try_from(count).unwrap_or(usize::MAX));
            self.consume(step);
            count -= step as u64;
        }
        Ok(())
    }

    /// Steps over everything up to a zero, and over that.
    pub(super) fn skip_text(&mut self) -> Result<(), Fault> {
        while self.array::<1>()? != [0] {}
        Ok(())
    }

    /// Steps over zeros.
    pub(super) fn skip_zeros(&mut self) -> Result<(), Fault> {
        loop {
            let bytes = self.fill()?;
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            let all = zeros == bytes.len();
            self.consume(zeros);
            if !all || zeros == 0 {
                return Ok(());
            }
        }
    }
}

/// For decoders that read by themselves.
impl Read for Bytes {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill().map_err(|fault| match fault {
            Fault::System(kind, text) => io::Error::new(kind, text),
            _ => io::ErrorKind::UnexpectedEof.into(),
        })?;
        let length = bytes.len().min(out.len());
        out[..length].copy_from_slice(&bytes[..length]);
        self.consume(length);
        Ok(length)
    }
}
