//! Compressed files as the bytes that were compressed.
//!
//! An archive is a row of members, each complete in itself: gzip members, zstd and lz4 frames, xz
//! and bzip2 streams, in any mixture. Everything that can be decompressed is handed out before a
//! fault is told. Memory is bounded by the window of a member, whatever it decompresses to. This
//! module must not know lines.

mod bytes;
mod bzip2;
mod gzip;
mod lz4;
mod push;
mod xz;
mod zstd;

use std::io::{self, Read};

use super::fault::{Fault, Problem};
use super::magic::{self, Head, Kind};
use super::open::Handle;
use bytes::Bytes;
use push::Push;

/// The most memory that the window of a member may take, as a power of two: 128 MiB.
const WINDOW_LOG: u32 = 27;

/// What decompresses one member.
trait Decoder {
    /// Fills some of `out`, which has room; 0 behind the last byte of the member.
    ///
    /// A fault comes alone: what was decompressed before has been handed out by then.
    fn decode(&mut self, bytes: &mut Bytes, out: &mut [u8]) -> Result<usize, Fault>;

    /// What was wrong with a member although all of it was handed out.
    fn doubt(&mut self) -> Option<Fault> {
        None
    }
}

/// A compressed input that is being read.
pub(super) struct Archive {
    bytes: Bytes,
    /// How the member is compressed that is read, or was read last.
    kind: Kind,
    at: At,
    /// What was wrong first, although it kept nothing from being read.
    doubt: Option<Problem>,
}

enum At {
    Between,
    Within(Box<dyn Decoder>),
    End,
    Failed(Fault),
}

impl Archive {
    /// An input that begins with `head`, which says that it is compressed so, and goes on with
    /// what `rest` gives.
    pub(super) fn new(kind: Kind, head: Vec<u8>, rest: Handle) -> Archive {
        Archive { bytes: Bytes::new(head, rest), kind, at: At::Between, doubt: None }
    }

    /// How many compressed bytes have been used.
    pub(super) fn used(&self) -> u64 {
        self.bytes.used()
    }

    /// What is wrong with an archive that was read to its end.
    pub(super) fn doubt(&self) -> Option<Problem> {
        self.doubt.clone()
    }

    fn note(&mut self, fault: Option<Fault>) {
        if self.doubt.is_none() {
            self.doubt = fault.map(|fault| Problem { kind: self.kind, fault });
        }
    }

    /// Where the reading goes on: in a member, or at the end.
    fn next(&mut self, first: bool) -> Result<At, Fault> {
        loop {
            // Archives on tapes are filled up with zeros, and xz allows them as well.
            if !first {
                self.bytes.skip_zeros()?;
            }
            let head = self.bytes.peek(magic::LONGEST)?;
            if magic::is_skippable(head) {
                self.skip_frame()?;
                continue;
            }
            return match magic::head(head) {
                Head::Compressed(kind) => {
                    self.kind = kind;
                    Ok(At::Within(decoder(kind)?))
                }
                _ if head.is_empty() => Ok(At::End),
                Head::Unsure(Some(kind)) => {
                    self.kind = kind;
                    Err(Fault::Cut)
                }
                // Behind a member even one byte may be the beginning of the next one.
                Head::Unsure(None) if !first => Err(Fault::Cut),
                Head::Unsure(None) | Head::Plain => {
                    self.note(Some(Fault::Behind));
                    Ok(At::End)
                }
            };
        }
    }

    /// Steps over a frame that holds something for others.
    fn skip_frame(&mut self) -> Result<(), Fault> {
        let [_, _, _, _, length @ ..] = self.bytes.array::<8>()?;
        self.bytes.skip(u64::from(u32::from_le_bytes(length)))
    }
}

fn decoder(kind: Kind) -> Result<Box<dyn Decoder>, Fault> {
    Ok(match kind {
        Kind::Gzip => Box::new(gzip::Gzip::new()),
        Kind::Zstd => Box::new(Push::new(zstd::Zstd::new()?)),
        Kind::Xz => Box::new(Push::new(xz::Xz::new()?)),
        Kind::Bzip2 => Box::new(Push::new(bzip2::Bzip2::new())),
        Kind::Lz4 => Box::new(lz4::Lz4::new()),
    })
}

impl Read for Archive {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            let next = match &mut self.at {
                At::Within(decoder) => match decoder.decode(&mut self.bytes, out) {
                    Ok(0) => {
                        let doubt = decoder.doubt();
                        self.note(doubt);
                        self.next(false)
                    }
                    Ok(length) => return Ok(length),
                    Err(fault) => Err(fault),
                },
                At::Between => self.next(true),
                At::End => return Ok(0),
                At::Failed(fault) => {
                    return Err(Problem { kind: self.kind, fault: fault.clone() }.into());
                }
            };
            // A fault is told again and again: nobody can go on behind it.
            self.at = next.unwrap_or_else(At::Failed);
        }
    }
}

#[cfg(test)]
mod tests;
