//! Blocks of very many very short lines, which are handed out in parts: what is made of a block
//! takes room by its lines, so that a block of nothing but newlines would take hundreds of times
//! its size. Knows nothing of what stands in a line.

use std::hash::{BuildHasher, RandomState};

use memchr::memchr_iter;

/// How many lines a part has at most. Blocks of the usual size have ten times fewer.
const LINES: usize = 16 << 10;
/// One sample of so many bytes is taken
const SAMPLE: usize = 64;
/// of each stretch of so many: counting all newlines would be felt.
const STRETCH: usize = 1 << 11;

/// Finds blocks that are to be handed out in parts.
#[derive(Debug)]
pub(super) struct Crowd {
    /// Where samples are taken nobody can know who writes lines.
    random: u64,
}

impl Crowd {
    pub(super) fn new() -> Crowd {
        Crowd { random: RandomState::new().hash_one(LINES) | 1 }
    }

    /// The length of those of some whole lines that are handed out at once: all of them, but in a
    /// crowd. What samples miss is at most a few times as much.
    pub(super) fn part(&mut self, lines: &[u8]) -> usize {
        if lines.len() <= LINES || self.estimate(lines) <= LINES / 2 {
            return lines.len();
        }
        memchr_iter(b'\n', lines).nth(LINES - 1).map_or(lines.len(), |last| last + 1)
    }

    fn estimate(&mut self, lines: &[u8]) -> usize {
        let (samples, _) = lines.as_chunks::<SAMPLE>();
        let newlines = samples.chunks_exact(STRETCH / SAMPLE).map(|stretch| {
            self.random = self.random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            let sample = &stretch[(self.random >> 32) as usize % (STRETCH / SAMPLE)];
            usize::from(sample.iter().map(|byte| u8::from(*byte == b'\n')).sum::<u8>())
        });
        newlines.sum::<usize>() * (STRETCH / SAMPLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Block, Blocks};

    #[test]
    fn many_short_lines_come_in_parts() {
        for line in ["\n", "{}\n", "[\n", "\r\n"] {
            let input = line.repeat(100_000);
            let mut blocks = Blocks::new(input.as_bytes(), 128 << 10, 1 << 20);
            let (mut block, mut all, mut most) = (Block::default(), Vec::new(), 0);
            while blocks.next(&mut block).unwrap() {
                most = most.max(memchr_iter(b'\n', &block.bytes).count());
                all.extend_from_slice(&block.bytes);
            }
            assert_eq!(most, LINES, "{line:?}");
            assert_eq!(all, input.as_bytes());
        }
    }

    #[test]
    fn a_crowd_hides_nowhere() {
        // Half of the block are newlines, at any one place of it.
        for at in 0..64 {
            let mut lines = vec![b'x'; 128 << 10];
            lines[at << 10..][..64 << 10].fill(b'\n');
            assert!(Crowd::new().part(&lines) < lines.len(), "{at}");
        }
    }

    #[test]
    fn usual_lines_come_together() {
        let lines = "{\"level\":\"INFO\",\"message\":\"m\"}\n".repeat(4000);
        assert_eq!(Crowd::new().part(lines.as_bytes()), lines.len());
    }
}
