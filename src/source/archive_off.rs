//! No archives: the feature `archives` is off.

use std::io::{self, Read};

use super::fault::{Fault, Problem};
use super::magic::Kind;
use super::open::Handle;

/// A compressed input that cannot be read.
pub(super) struct Archive(Kind);

impl Archive {
    /// An input that is compressed so.
    pub(super) fn new(kind: Kind, _: Vec<u8>, _: Handle) -> Archive {
        Archive(kind)
    }

    /// Nothing is read.
    pub(super) fn used(&self) -> u64 {
        0
    }

    /// Reading it fails.
    pub(super) fn doubt(&self) -> Option<Problem> {
        None
    }
}

impl Read for Archive {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(Problem { kind: self.0, fault: Fault::Unsupported }.into())
    }
}
