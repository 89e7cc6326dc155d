//! bzip2: one stream.

use bzip2::{Decompress, Status};

use super::Fault;
use super::push::{Codec, Step, Then, since};

/// One stream.
pub(super) struct Bzip2(Decompress);

impl Bzip2 {
    pub(super) fn new() -> Bzip2 {
        Bzip2(Decompress::new(false))
    }
}

impl Codec for Bzip2 {
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        let before = (self.0.total_in(), self.0.total_out());
        let then = match self.0.decompress(input, out) {
            Ok(Status::StreamEnd) => Then::End,
            Ok(Status::MemNeeded) => Then::Fault(Fault::Damaged("there is no memory".to_owned())),
            Ok(_) => Then::More,
            Err(error) => Then::Fault(Fault::Damaged(error.to_string())),
        };
        Step {
            used: since(before.0, self.0.total_in()),
            made: since(before.1, self.0.total_out()),
            then,
        }
    }
}
