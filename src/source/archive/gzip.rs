//! gzip (RFC 1952): a header, deflated data, a checksum and a length.
//!
//! Header and trailer are read here and not by the library, so that what was decompressed is kept
//! where the checksum is wrong, and the next member is found all the same.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::bytes::Bytes;
use super::push::{Codec, Push, Step, Then, since};
use super::{Decoder, Fault};

const HAS_CHECKSUM: u8 = 2;
const HAS_EXTRA: u8 = 4;
const HAS_NAME: u8 = 8;
const HAS_COMMENT: u8 = 16;
const RESERVED: u8 = 0xe0;

/// One member.
pub(super) struct Gzip {
    inside: bool,
    body: Push<Deflate>,
    crc: Crc,
    doubt: Option<Fault>,
}

impl Gzip {
    pub(super) fn new() -> Gzip {
        let body = Push::new(Deflate(Decompress::new(false)));
        Gzip { inside: false, body, crc: Crc::new(), doubt: None }
    }

    /// Compares what the member says of its content with what came; nothing may be wrong with it.
    fn check(&self, bytes: &mut Bytes) -> Result<(), Fault> {
        let [a, b, c, d, length @ ..] = bytes.array::<8>()?;
        let is_right = u32::from_le_bytes([a, b, c, d]) == self.crc.sum()
            && u32::from_le_bytes(length) == self.crc.amount();
        if is_right { Ok(()) } else { Err(Fault::Checksum) }
    }
}

impl Decoder for Gzip {
    fn decode(&mut self, bytes: &mut Bytes, out: &mut [u8]) -> Result<usize, Fault> {
        if !self.inside {
            skip_header(bytes)?;
            self.inside = true;
        }
        let made = self.body.decode(bytes, out)?;
        self.crc.update(&out[..made]);
        if made == 0 {
            self.doubt = self.check(bytes).err();
        }
        Ok(made)
    }

    fn doubt(&mut self) -> Option<Fault> {
        self.doubt.take()
    }
}

fn skip_header(bytes: &mut Bytes) -> Result<(), Fault> {
    let [_, _, method, flags, ..] = bytes.array::<10>()?;
    if method != 8 || flags & RESERVED != 0 {
        return Err(Fault::Damaged("its header asks for what nobody knows".to_owned()));
    }
    if flags & HAS_EXTRA != 0 {
        let length = u16::from_le_bytes(bytes.array()?);
        bytes.skip(u64::from(length))?;
    }
    for text in [HAS_NAME, HAS_COMMENT] {
        if flags & text != 0 {
            bytes.skip_text()?;
        }
    }
    if flags & HAS_CHECKSUM != 0 {
        bytes.skip(2)?;
    }
    Ok(())
}

/// The data between header and trailer.
struct Deflate(Decompress);

impl Codec for Deflate {
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        let before = (self.0.total_in(), self.0.total_out());
        let then = match self.0.decompress(input, out, FlushDecompress::None) {
            Ok(Status::StreamEnd) => Then::End,
            Ok(Status::Ok | Status::BufError) => Then::More,
            Err(error) => Then::Fault(Fault::Damaged(
                error.message().unwrap_or("it cannot be decompressed").to_owned(),
            )),
        };
        Step {
            used: since(before.0, self.0.total_in()),
            made: since(before.1, self.0.total_out()),
            then,
        }
    }
}
