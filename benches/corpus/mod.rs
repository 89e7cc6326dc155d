//! Logs made up for measuring: the same bytes for the same layout and size, on every machine.
//!
//! Each has sessions with starts and ends, connects and disconnects throughout, exceptions of
//! 300 to 2,000 characters on errors, escapes in about half of the lines, one line in a hundred
//! malformed, and for each GiB well over 200,000 different beginnings of messages. `corpora check`
//! counts that. The page's three layouts hold the same records in the same order.

mod lines;

use std::io::{self, Write};

pub(crate) use lines::Layout;

/// A small generator of pseudo-random numbers (`SplitMix64`, Steele, Lea, Flood 2014).
pub(crate) struct Random(u64);

impl Random {
    /// A generator that always gives the same numbers for a seed.
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// An identifier in the form of a UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 48 & 0x3fff | 0x8000,
            b & 0xffff_ffff_ffff
        )
    }
}

/// Writes a log of at least `size` bytes, whole lines.
///
/// # Errors
///
/// If it cannot be written.
pub(crate) fn write(layout: Layout, size: u64, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = lines::Lines::new(layout);
    let mut written = 0;
    let mut line = String::new();
    while written < size {
        line.clear();
        lines.next(&mut line);
        line.push('\n');
        out.write_all(line.as_bytes())?;
        written += line.len() as u64;
    }
    Ok(())
}
