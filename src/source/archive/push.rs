//! Decoders that are handed bytes, driven until they give some.

use super::bytes::Bytes;
use super::{Decoder, Fault};

/// What decompresses from one piece of memory to another.
pub(super) trait Codec {
    /// Decompresses some of `input`, which is empty at the end of all bytes, into `out`.
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step;
}

/// What one step has done.
pub(super) struct Step {
    /// How many bytes it has used of its input.
    pub(super) used: usize,
    /// How many bytes it has put out.
    pub(super) made: usize,
    pub(super) then: Then,
}

/// What comes after a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Then {
    More,
    /// Nothing: the member is over.
    End,
    /// Nothing: the member is over, and not as it should be.
    Doubt(Fault),
    Fault(Fault),
}

/// A [`Decoder`] made of a [`Codec`].
pub(super) struct Push<C> {
    codec: C,
    /// What is to be told once everything before has been handed out.
    then: Then,
    /// Steps in a row that have done nothing.
    idle: u32,
}

impl<C> Push<C> {
    pub(super) fn new(codec: C) -> Push<C> {
        Push { codec, then: Then::More, idle: 0 }
    }
}

impl<C: Codec> Decoder for Push<C> {
    fn decode(&mut self, bytes: &mut Bytes, out: &mut [u8]) -> Result<usize, Fault> {
        loop {
            match &self.then {
                Then::More => {}
                Then::End | Then::Doubt(_) => return Ok(0),
                Then::Fault(fault) => return Err(fault.clone()),
            }
            let input = bytes.fill()?;
            let at_end = input.is_empty();
            let Step { used, made, then } = self.codec.step(input, out);
            bytes.consume(used);
            self.then = then;
            if made > 0 {
                self.idle = 0;
                return Ok(made);
            }
            self.idle = if used > 0 { 0 } else { self.idle + 1 };
            if self.then == Then::More && self.idle > 1 {
                // At the end it has had its chance to put out what it held back.
                let stuck = || Fault::Damaged("it makes no progress".to_owned());
                self.then = Then::Fault(if at_end { Fault::Cut } else { stuck() });
            }
        }
    }

    fn doubt(&mut self) -> Option<Fault> {
        match &self.then {
            Then::Doubt(fault) => Some(fault.clone()),
            _ => None,
        }
    }
}

/// What was counted since `before`.
pub(super) fn since(before: u64, now: u64) -> usize {
    usize::try_from(now.wrapping_sub(before)).unwrap_or(usize::MAX)
}
