//! xz: one stream.

use liblzma::stream::{Action, Error, Status, Stream};

use super::push::{Codec, Step, Then, since};
use super::{Fault, WINDOW_LOG};

/// What the library takes beside the window.
const BESIDE: u64 = 1 << 20;

/// One stream.
pub(super) struct Xz(Stream);

impl Xz {
    pub(super) fn new() -> Result<Xz, Fault> {
        let stream = Stream::new_stream_decoder((1 << WINDOW_LOG) + BESIDE, 0);
        stream.map(Xz).map_err(|error| Fault::Damaged(error.to_string()))
    }
}

impl Codec for Xz {
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        let before = (self.0.total_in(), self.0.total_out());
        let then = match self.0.process(input, out, Action::Run) {
            Ok(Status::StreamEnd) => Then::End,
            // Without progress it is asked once more, and then it is known to be cut off.
            Ok(_) => Then::More,
            Err(Error::MemLimit) => Then::Fault(Fault::Window),
            Err(error) => Then::Fault(Fault::Damaged(error.to_string())),
        };
        Step {
            used: since(before.0, self.0.total_in()),
            made: since(before.1, self.0.total_out()),
            then,
        }
    }
}
