//! Lines cut in every way, against splitting the whole input at once.

use std::collections::VecDeque;

use memchr::memchr_iter;
use proptest::prelude::*;

use super::*;

/// A reader that gives its bytes in pieces of the given sizes, then in any, with interruptions.
struct Pieces<'a> {
    bytes: &'a [u8],
    sizes: VecDeque<usize>,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.sizes.pop_front() {
            Some(0) => Err(io::ErrorKind::Interrupted.into()),
            Some(size) => {
                let size = size.min(into.len());
                self.bytes.read(&mut into[..size])
            }
            None => self.bytes.read(into),
        }
    }
}

fn pieces<'a>(bytes: &'a [u8], sizes: &[usize]) -> Pieces<'a> {
    Pieces { bytes, sizes: sizes.iter().copied().collect() }
}

/// What came of an input: the lines that fit with their numbers, and how much did not.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    lines: Vec<(u64, Vec<u8>)>,
    oversize: u64,
    oversize_bytes: u64,
}

fn naive(bytes: &[u8], max_line: usize) -> Outcome {
    let mut outcome = Outcome::default();
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let content = line.strip_suffix(b"\r\n").or(line.strip_suffix(b"\n")).unwrap_or(line);
        if content.len() <= max_line {
            outcome.lines.push((index as u64 + 1, line.to_vec()));
        } else {
            outcome.oversize += 1;
            outcome.oversize_bytes += line.len() as u64;
        }
    }
    outcome
}

/// Reads everything, and checks what each block promises on the way.
fn read_all<R: Read>(mut blocks: Blocks<R>) -> Outcome {
    let mut outcome = Outcome::default();
    let (mut block, mut next_line) = (Block::default(), 1);
    let mut is_last = false;
    while blocks.next(&mut block).unwrap() {
        assert!(!is_last, "something came behind a last block");
        // Oversize lines may be told alone, whatever comes behind them.
        is_last = !block.bytes.is_empty() && !block.bytes.ends_with(b"\n");
        assert!(!block.bytes.is_empty() || block.oversize > 0);
        next_line += block.oversize;
        for line in block.bytes.split_inclusive(|byte| *byte == b'\n') {
            outcome.lines.push((next_line, line.to_vec()));
            next_line += 1;
        }
        outcome.oversize += block.oversize;
        outcome.oversize_bytes += block.oversize_bytes;
        // Memory comes back with anything in it, or not at all.
        match next_line % 4 {
            0 => block.bytes.resize(9000, b'\n'),
            1 => block.bytes = vec![b'z'; 6000],
            2 => block.bytes = Vec::new(),
            _ => {}
        }
    }
    assert_eq!(block, Block::default());
    assert!(!blocks.next(&mut block).unwrap(), "the end stays the end");
    outcome
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn the_lines_depend_on_nothing_but_the_bytes(
        bytes in prop::collection::vec(prop::sample::select(&b"\n\n\r\rabc"[..]), 0..200),
        max_line in 0_usize..12,
        block_size in 1_usize..40,
        sizes in prop::collection::vec(0_usize..10, 0..60),
    ) {
        let blocks = Blocks::new(pieces(&bytes, &sizes), block_size, max_line);
        prop_assert_eq!(read_all(blocks), naive(&bytes, max_line));
    }

    #[test]
    fn long_lines_are_the_same_in_any_blocks(
        lengths in prop::collection::vec((0_usize..3000, prop::bool::ANY), 0..20),
        is_ended in prop::bool::ANY,
        block_size in 1_usize..5000,
        sizes in prop::collection::vec(1_usize..2000, 0..30),
    ) {
        let mut bytes = Vec::new();
        for (length, is_crlf) in lengths {
            bytes.resize(bytes.len() + length, b'x');
            bytes.extend_from_slice(if is_crlf { b"\r\n" } else { b"\n" });
        }
        if !is_ended {
            bytes.pop();
        }
        let blocks = Blocks::new(pieces(&bytes, &sizes), block_size, 1000);
        prop_assert_eq!(read_all(blocks), naive(&bytes, 1000));
    }
}

#[test]
fn the_limit_is_for_the_line_without_its_end() {
    let bytes = b"abc\nabc\r\nabcd\nabc\r\r\n\nabc\r";
    let outcome = read_all(Blocks::new(&bytes[..], 64, 3));
    let lines = [(1, &b"abc\n"[..]), (2, b"abc\r\n"), (5, b"\n")];
    assert_eq!(outcome.lines, lines.map(|(n, line)| (n, line.to_vec())));
    // The last one has no newline, so its carriage return is no part of a line end.
    assert_eq!((outcome.oversize, outcome.oversize_bytes), (3, 15));
}

#[test]
fn oversize_lines_are_told_before_the_lines_behind_them() {
    let mut blocks = Blocks::new(&b"a\nlong one\nlong two\nb\nlong"[..], 64, 3);
    let mut block = Block::default();
    let mut all = Vec::new();
    while blocks.next(&mut block).unwrap() {
        let text = String::from_utf8(block.bytes.clone()).unwrap();
        all.push((text, block.oversize, block.oversize_bytes));
    }
    assert_eq!(all, [("a\n".into(), 0, 0), ("b\n".into(), 2, 18), (String::new(), 1, 4)]);
}

#[test]
fn without_limit_every_line_fits() {
    let outcome = read_all(Blocks::new(&b"abc\r\nd"[..], 0, usize::MAX));
    assert_eq!(outcome, naive(b"abc\r\nd", usize::MAX));
}

#[test]
fn a_slow_reader_is_not_waited_for() {
    /// Fails wherever a real one would block.
    struct Slow(VecDeque<&'static [u8]>);
    impl Read for Slow {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            match self.0.pop_front() {
                Some(b"") => Err(io::ErrorKind::WouldBlock.into()),
                Some(mut bytes) => bytes.read(into),
                None => Ok(0),
            }
        }
    }
    let steps: [&[u8]; 7] = [b"one\ntw", b"", b"o\n", b"", b"three", b"", b"\nfour"];
    let mut blocks = Blocks::new(Slow(steps.into()), 1 << 16, 100);
    let mut block = Block::default();
    for expected in [Some("one\n"), None, Some("two\n"), None, None, Some("three\n"), Some("four")]
    {
        let got = blocks.next(&mut block).ok().map(|_| String::from_utf8(block.bytes.clone()));
        assert_eq!(got.map(Result::unwrap).as_deref(), expected);
    }
    assert!(!blocks.next(&mut block).unwrap());
}

#[test]
fn memory_is_bounded_by_a_block_and_a_line() {
    let (block_size, max_line) = (1 << 16, 1 << 20);
    let bound = block_size + max_line + SLACK + 1;
    let head = [&b"ab\n".repeat(1000)[..], &b"y".repeat(max_line), b"\n"].concat();
    let endless = io::repeat(b'x').take(20 << 20);
    let input = head.chain(endless).chain(&b"\nend\n"[..]);
    let mut blocks = Blocks::new(input, block_size, max_line);
    let mut block = Block::default();
    let (mut lines, mut oversize_bytes) = (0, 0);
    while blocks.next(&mut block).unwrap() {
        lines += memchr_iter(b'\n', &block.bytes).count();
        oversize_bytes += block.oversize_bytes;
        assert!(blocks.buffer.capacity() <= bound, "{}", blocks.buffer.capacity());
        assert!(block.bytes.capacity() <= bound, "{}", block.bytes.capacity());
    }
    assert_eq!((lines, oversize_bytes), (1002, (20 << 20) + 1));
}

#[test]
fn many_oversize_lines_in_one_block_cost_linear_time() {
    // A copy of the rest for each of them would move gigabytes.
    let bytes = b"a\nlonger\n".repeat(200_000);
    let outcome = read_all(Blocks::new(&bytes[..], bytes.len(), 1));
    assert_eq!((outcome.lines.len(), outcome.oversize), (200_000, 200_000));
}

#[test]
fn memory_is_used_again() {
    let bytes = b"0123456789\n".repeat(10_000);
    let mut blocks = Blocks::new(&bytes[..], 10_000, 100).with_buffer(vec![7; 20_000]);
    let mut block = Block { bytes: Vec::with_capacity(20_000), ..Block::default() };
    let given = [block.bytes.as_ptr(), blocks.buffer.as_ptr()];
    let mut lines = 0;
    while blocks.next(&mut block).unwrap() {
        lines += memchr_iter(b'\n', &block.bytes).count();
        assert!(given.contains(&block.bytes.as_ptr()));
    }
    assert_eq!(lines, 10_000);
    assert!(given.contains(&blocks.into_parts().1.as_ptr()));
}
