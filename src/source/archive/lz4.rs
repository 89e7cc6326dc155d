//! lz4: one frame.

use std::io::{self, Read};
use std::mem;

use lz4_flex::frame::{Error, FrameDecoder};

use super::bytes::Bytes;
use super::{Decoder, Fault};

/// One frame. The library reads by itself, so that it has the bytes while it works.
pub(super) struct Lz4 {
    decoder: FrameDecoder<Bytes>,
    doubt: Option<Fault>,
}

impl Lz4 {
    pub(super) fn new() -> Lz4 {
        Lz4 { decoder: FrameDecoder::new(Bytes::default()), doubt: None }
    }
}

impl Decoder for Lz4 {
    fn decode(&mut self, bytes: &mut Bytes, out: &mut [u8]) -> Result<usize, Fault> {
        mem::swap(self.decoder.get_mut(), bytes);
        let read = self.decoder.read(out);
        mem::swap(self.decoder.get_mut(), bytes);
        match read {
            // The library takes the end of all bytes for that of the frame.
            Ok(0) if bytes.met_end() => Err(Fault::Cut),
            Ok(made) => Ok(made),
            Err(error) => match fault(&error) {
                Fault::Checksum => {
                    self.doubt = Some(Fault::Checksum);
                    Ok(0)
                }
                fault => Err(fault),
            },
        }
    }

    fn doubt(&mut self) -> Option<Fault> {
        self.doubt.take()
    }
}

fn fault(error: &io::Error) -> Fault {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::ContentChecksumError) => Fault::Checksum,
        Some(what) => Fault::Damaged(what.to_string()),
        None if error.kind() == io::ErrorKind::UnexpectedEof => Fault::Cut,
        None => Fault::System(error.kind(), error.to_string()),
    }
}
