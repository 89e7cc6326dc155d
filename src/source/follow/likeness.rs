//! How other files compare with a generation: copies of it, what goes on where it has ended, and
//! what has nothing to do with it.

use std::fs::File;
use std::io;

use super::generation::{Generation, Handle};
use super::mark::{PRINT, bytes};

/// How one file compares with a generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// It is something else.
    Other,
    /// It is a copy that has nothing new.
    Copy,
    /// What has been read of the generation is no longer in its own file.
    Changed,
    /// It is a copy that goes on, of a file that is not there any more.
    Continues,
}

impl Generation {
    /// Compares a file, so many bytes long, with what this generation has.
    pub(super) fn compare(&self, other: &File, length: u64) -> io::Result<Likeness> {
        match &self.handle {
            Handle::Open(tail) => {
                if !is_beginning(&tail.print().head, other)? {
                    return Ok(Likeness::Other);
                }
                // A copy is never longer than what it was made of. That holds of what stands in
                // the file now only if it was not truncated since.
                if !self.is_intact()? {
                    return Ok(Likeness::Changed);
                }
                if tail.has_beginning(other, length)? {
                    return Ok(Likeness::Copy);
                }
                // Of several copies the longest is the one that was made last.
                let known = self.pin.as_ref().unwrap_or(tail.print());
                let longer = self.copy && known.is_in(other)?;
                Ok(if longer { Likeness::Continues } else { Likeness::Other })
            }
            Handle::Packed(packed) => {
                let print = packed.print();
                let copy = print.position > PRINT && print.is_in(other)?;
                Ok(if copy { Likeness::Copy } else { Likeness::Other })
            }
            Handle::Closed(mark) => {
                if !is_beginning(&mark.head, other)? {
                    return Ok(Likeness::Other);
                }
                let print = mark.print();
                if let Some(tail) = self.opened(&print) {
                    let copy = tail.has_beginning(other, length)?;
                    return Ok(if copy { Likeness::Copy } else { Likeness::Other });
                }
                let enough = print.position > PRINT && print.is_in(other)?;
                Ok(match length {
                    _ if !enough => Likeness::Other,
                    length if length > print.position => Likeness::Continues,
                    _ => Likeness::Copy,
                })
            }
        }
    }

    /// Whether a file begins with what was read, which was enough to tell it from others.
    pub(super) fn continues_in(&self, other: &File) -> io::Result<bool> {
        match &self.handle {
            Handle::Open(tail) if tail.print().position > 4 * PRINT => tail.print().is_in(other),
            _ => Ok(false),
        }
    }
}

/// Whether a file begins as what was read does, as far as it goes.
fn is_beginning(head: &[u8], other: &File) -> io::Result<bool> {
    let theirs = bytes(other, 0, head.len() as u64)?;
    Ok(head.starts_with(&theirs))
}
