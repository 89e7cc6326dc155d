//! An input that has been opened: what blocks are read from in order.

use std::fs::File;
use std::io::{self, Read};

use super::archive::Archive;
use super::fault::Problem;
use super::magic::{self, Head};

/// How much is read first, to see whether it is compressed.
const FIRST: usize = 4096;

/// An open input. What is compressed is read as what it was before.
///
/// The bytes come first and the fault last: if something is wrong, reading fails behind the last
/// byte that can be decompressed. What is wrong although everything could be decompressed is told
/// by [`Opened::doubt`] at the end.
pub struct Opened(Reading);

enum Reading {
    /// Nothing has been read, so that nobody knows what it is.
    New(Handle),
    /// What was read to find that out, from a place on, and what comes behind it.
    Plain(Vec<u8>, usize, Handle),
    Compressed(Box<Archive>),
    /// Only while it is found out what it is.
    Nothing,
}

/// What the system reads.
#[derive(Debug)]
pub(super) enum Handle {
    Stdin(io::Stdin),
    File(File),
    #[cfg(all(test, feature = "archives"))]
    Memory(io::Cursor<Vec<u8>>),
}

impl Read for Handle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Handle::Stdin(stdin) => stdin.read(buffer),
            Handle::File(file) => file.read(buffer),
            #[cfg(all(test, feature = "archives"))]
            Handle::Memory(bytes) => bytes.read(buffer),
        }
    }
}

impl Opened {
    pub(super) fn stdin() -> Opened {
        Opened::new(Handle::Stdin(io::stdin()))
    }

    pub(super) fn file(file: File) -> Opened {
        Opened::new(Handle::File(file))
    }

    pub(super) fn new(handle: Handle) -> Opened {
        Opened(Reading::New(handle))
    }

    /// If it is a pipe that nothing has been read from, lets it hold as much as the system allows,
    /// so that its writer and its reader wait less often for each other. What cannot be enlarged
    /// stays as it is.
    #[cfg(target_os = "linux")]
    pub fn enlarge_pipe(&self) {
        // What the system allows every user unless somebody has changed it.
        const USUAL: usize = 1 << 20;
        let limit = std::fs::read_to_string("/proc/sys/fs/pipe-max-size");
        let limit = limit.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(USUAL);
        let _ = match &self.0 {
            Reading::New(Handle::Stdin(stdin)) => rustix::pipe::fcntl_setpipe_size(stdin, limit),
            Reading::New(Handle::File(file)) => rustix::pipe::fcntl_setpipe_size(file, limit),
            _ => Ok(0),
        };
    }

    /// Pipes have one size here.
    #[cfg(not(target_os = "linux"))]
    pub fn enlarge_pipe(&self) {}

    /// What is wrong with it, once it has been read to its end without an error: a checksum, or
    /// something behind compressed data.
    #[must_use]
    pub fn doubt(&self) -> Option<io::Error> {
        match &self.0 {
            Reading::Compressed(archive) => archive.doubt().map(Problem::into),
            _ => None,
        }
    }

    /// How many compressed bytes have been used so far; `None` if it is not compressed, or if
    /// nothing has been read.
    #[must_use]
    pub fn compressed_bytes(&self) -> Option<u64> {
        match &self.0 {
            Reading::Compressed(archive) => Some(archive.used()),
            _ => None,
        }
    }

    /// Finds out what it is, waiting for no more bytes than that takes.
    fn look(&mut self, mut handle: Handle) -> io::Result<()> {
        let mut head = vec![0; FIRST];
        let mut filled = 0;
        let kind = loop {
            match handle.read(&mut head[filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    // Whoever asks again reads from the beginning.
                    self.0 = Reading::New(handle);
                    return Err(error);
                }
                Ok(0) => match magic::head(&head[..filled]) {
                    Head::Compressed(kind) | Head::Unsure(Some(kind)) => break Some(kind),
                    Head::Plain | Head::Unsure(None) => break None,
                },
                Ok(length) => filled += length,
            }
            match magic::head(&head[..filled]) {
                Head::Unsure(_) => {}
                Head::Compressed(kind) => break Some(kind),
                Head::Plain => break None,
            }
        };
        head.truncate(filled);
        self.0 = match kind {
            Some(kind) => Reading::Compressed(Box::new(Archive::new(kind, head, handle))),
            None => Reading::Plain(head, 0, handle),
        };
        Ok(())
    }
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Reading::New(_) = self.0
            && let Reading::New(handle) = std::mem::replace(&mut self.0, Reading::Nothing)
        {
            self.look(handle)?;
        }
        match &mut self.0 {
            Reading::Plain(head, at, handle) => {
                let rest = &head[*at..];
                if rest.is_empty() {
                    return handle.read(buffer);
                }
                let length = rest.len().min(buffer.len());
                buffer[..length].copy_from_slice(&rest[..length]);
                *at += length;
                Ok(length)
            }
            Reading::Compressed(archive) => archive.read(buffer),
            Reading::New(_) | Reading::Nothing => Ok(0),
        }
    }
}
