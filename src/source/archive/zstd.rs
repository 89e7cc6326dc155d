//! zstd: one frame.

use std::io;

use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use super::push::{Codec, Step, Then};
use super::{Fault, WINDOW_LOG};

/// The most that a block holds.
const BLOCK: usize = 128 << 10;
/// The header of the next block, which the library likes to see with the block before.
const BLOCK_HEADER: usize = 3;
/// How much of a frame it wants to see first.
const FIRST: usize = 5;

/// One frame.
///
/// The library does not tell how much it has put out when it fails. So it is handed one block at a
/// time, and as much room as a block may need: then nothing is ever put out in a call that fails.
pub(super) struct Zstd {
    decoder: Decoder<'static>,
    /// How many bytes the library wants next.
    wanted: usize,
    /// What is put out where there is less room, and how much of it has been handed out.
    block: Vec<u8>,
    handed: usize,
    then: Then,
}

impl Zstd {
    pub(super) fn new() -> Result<Zstd, Fault> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG))?;
        let (block, then) = (Vec::new(), Then::More);
        Ok(Zstd { decoder, wanted: FIRST, block, handed: 0, then })
    }

    /// Decompresses into room for a block.
    fn decompress(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        let most = match self.wanted.saturating_sub(BLOCK_HEADER) {
            0 => self.wanted.max(1),
            without_header => without_header,
        };
        let input = &input[..input.len().min(most)];
        let mut from = InBuffer::around(input);
        let mut to = OutBuffer::around(out);
        let (used, then) = match self.decoder.run(&mut from, &mut to) {
            Ok(0) => (from.pos(), Then::End),
            Ok(wanted) => {
                self.wanted = wanted;
                (from.pos(), Then::More)
            }
            Err(error) => match fault(&error) {
                // It has all of the frame by then.
                Fault::Checksum => (input.len(), Then::Doubt(Fault::Checksum)),
                fault => (0, Then::Fault(fault)),
            },
        };
        Step { used, made: to.pos(), then }
    }

    /// Hands out what has been put out before.
    fn hand_out(&mut self, used: usize, out: &mut [u8]) -> Step {
        let rest = &self.block[self.handed..];
        let made = rest.len().min(out.len());
        out[..made].copy_from_slice(&rest[..made]);
        self.handed += made;
        let then = if made < rest.len() { Then::More } else { self.then.clone() };
        Step { used, made, then }
    }
}

impl Codec for Zstd {
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        if self.handed < self.block.len() {
            return self.hand_out(0, out);
        }
        if out.len() >= BLOCK {
            return self.decompress(input, out);
        }
        let mut block = std::mem::take(&mut self.block);
        block.resize(BLOCK, 0);
        let Step { used, made, then } = self.decompress(input, &mut block);
        block.truncate(made);
        (self.block, self.handed, self.then) = (block, 0, then);
        self.hand_out(used, out)
    }
}

/// What the library means; it has no other way to say it than in words.
fn fault(error: &io::Error) -> Fault {
    let text = error.to_string();
    if text.contains("checksum") {
        Fault::Checksum
    } else if text.contains("too much memory") {
        Fault::Window
    } else {
        Fault::Damaged(text)
    }
}
