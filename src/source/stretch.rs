//! A stretch of a file: the lines that begin in it, so that several readers can share a file.
//!
//! Stretches that meet end to end give every line of the file once, wherever they meet. A reader
//! looks for the first newline from the byte before its stretch on, and reads past the end of its
//! stretch up to the end of the line that it is in.

use std::io::{self, Read};
use std::sync::Arc;

use memchr::memchr;

/// How many bytes are looked at first for the line end at either side of a stretch.
const GLANCE: usize = 4096;

/// Gives bytes from any place, to several threads at once.
pub trait ReadAt: Send + Sync {
    /// Reads once from the byte at `place` on. Returns how much that was; 0 at the end.
    ///
    /// # Errors
    ///
    /// What the system says, interruptions included.
    fn read_at(&self, buffer: &mut [u8], place: u64) -> io::Result<usize>;
}

#[cfg(unix)]
impl ReadAt for std::fs::File {
    fn read_at(&self, buffer: &mut [u8], place: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, place)
    }
}

/// The lines that begin in a stretch of a file, as bytes in order.
pub struct Stretch {
    file: Arc<dyn ReadAt>,
    /// The next byte to be read.
    place: u64,
    /// Lines that begin here or later belong to somebody else; without it to the end of the file.
    end: Option<u64>,
    at: At,
    glance: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Within a line that began before the stretch.
    AnotherLine,
    /// Within the lines of the stretch.
    Lines,
    /// Behind the last of them, or behind the last byte of the file.
    End,
    EndOfFile,
}

impl Stretch {
    /// The lines that begin at the bytes from `start` up to `end`, which is not one of them.
    #[must_use]
    pub fn new(file: Arc<dyn ReadAt>, start: u64, end: Option<u64>) -> Stretch {
        let at = match (start, end) {
            (_, Some(end)) if end <= start => At::End,
            (0, _) => At::Lines,
            _ => At::AnotherLine,
        };
        // The byte before the stretch may be the newline that ends the line before it.
        Stretch { file, place: start.saturating_sub(1), end, at, glance: GLANCE }
    }

    /// Whether the file has turned out to end before the stretch does, or within its last line.
    #[must_use]
    pub fn met_end_of_file(&self) -> bool {
        self.at == At::EndOfFile
    }

    /// Steps over the line that began before the stretch; `buffer` is room to look at it.
    fn find_start(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        let most = buffer.len().min(self.glance);
        let read = self.file.read_at(&mut buffer[..most], self.place)?;
        let newline = memchr(b'\n', &buffer[..read]);
        self.glance = self.glance.saturating_mul(2);
        self.place += newline.map_or(read, |at| at + 1) as u64;
        // Without a newline so far, the next line begins behind the next byte at the earliest.
        let next_line = self.place + u64::from(newline.is_none());
        if read == 0 {
            self.at = At::EndOfFile;
        } else if self.end.is_some_and(|end| next_line >= end) {
            self.at = At::End;
        } else if newline.is_some() {
            self.at = At::Lines;
            self.glance = GLANCE;
        }
        Ok(())
    }

    /// How much may be read at once: no more than the stretch, and little behind it.
    fn most(&mut self) -> usize {
        match self.end {
            None => usize::MAX,
            Some(end) if self.place < end => {
                usize::try_from(end - self.place).unwrap_or(usize::MAX)
            }
            Some(_) => {
                self.glance = self.glance.saturating_mul(2);
                self.glance / 2
            }
        }
    }

    /// How much of what has just been read belongs to the stretch.
    fn find_end(&mut self, read: &[u8], end: u64) -> usize {
        // The last line of the stretch ends with the first newline from the last byte on.
        let last = usize::try_from((end - 1).saturating_sub(self.place)).unwrap_or(usize::MAX);
        let Some(newline) = read.get(last..).and_then(|unsure| memchr(b'\n', unsure)) else {
            return read.len();
        };
        self.at = At::End;
        last + newline + 1
    }
}

impl Read for Stretch {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == At::AnotherLine {
            self.find_start(buffer)?;
        }
        if self.at != At::Lines {
            return Ok(0);
        }
        let most = buffer.len().min(self.most());
        let read = self.file.read_at(&mut buffer[..most], self.place)?;
        if read == 0 {
            self.at = At::EndOfFile;
        }
        let belongs = self.end.map_or(read, |end| self.find_end(&buffer[..read], end));
        self.place += read as u64;
        Ok(belongs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Block, Blocks};
    use proptest::prelude::*;

    /// Bytes in memory that are read in pieces of at most so many bytes.
    struct Pieces(Vec<u8>, usize);

    impl ReadAt for Pieces {
        fn read_at(&self, buffer: &mut [u8], place: u64) -> io::Result<usize> {
            let rest = self.0.get(place as usize..).unwrap_or_default();
            let length = rest.len().min(buffer.len()).min(self.1);
            buffer[..length].copy_from_slice(&rest[..length]);
            Ok(length)
        }
    }

    fn lines(mut blocks: Blocks<Stretch>) -> Vec<Vec<u8>> {
        let (mut lines, mut block) = (Vec::new(), Block::default());
        while blocks.next(&mut block).unwrap() {
            lines.extend(block.bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec));
        }
        lines
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

        #[test]
        fn every_line_is_in_the_stretch_that_it_begins_in(
            bytes in prop::collection::vec(prop::sample::select(&b"\n\n\nab\r"[..]), 0..60),
            cuts in prop::collection::vec(0_u64..70, 0..6),
            block in 1_usize..20,
            piece in 1_usize..20,
        ) {
            let file: Arc<dyn ReadAt> = Arc::new(Pieces(bytes.clone(), piece));
            let mut cuts: Vec<u64> = cuts.into_iter().chain([0]).collect();
            cuts.sort_unstable();
            let ends = cuts[1..].iter().copied().map(Some).chain([None]);
            for (&start, end) in cuts.iter().zip(ends) {
                let mut begin = 0;
                let mut wanted = Vec::new();
                for line in bytes.split_inclusive(|b| *b == b'\n') {
                    if begin >= start && end.is_none_or(|end| begin < end) {
                        wanted.push(line.to_vec());
                    }
                    begin += line.len() as u64;
                }
                let stretch = Stretch::new(Arc::clone(&file), start, end);
                prop_assert_eq!(lines(Blocks::new(stretch, block, 1000)), wanted, "{}..{:?}", start, end);
            }
        }
    }

    #[test]
    fn a_file_that_ends_too_early_is_told() {
        let file: Arc<dyn ReadAt> = Arc::new(Pieces(b"a\nbb\n".to_vec(), 100));
        let met_end = |start, end| {
            let mut stretch = Stretch::new(Arc::clone(&file), start, end);
            while stretch.read(&mut [0; 100]).unwrap() > 0 {}
            stretch.met_end_of_file()
        };
        assert!(!met_end(0, Some(2)));
        assert!(!met_end(2, Some(5)), "its last byte is a newline: what is behind it is not asked");
        assert!(met_end(2, Some(6)) && met_end(9, Some(20)) && met_end(0, None));
    }
}
