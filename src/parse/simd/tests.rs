//! Every kind of processor gives the answers of a search byte by byte.

use std::fmt::Write;

use proptest::prelude::*;

use super::vector::CHUNK;
use super::{Block, Index, PADDING, Processor, Simd};
use crate::parse::layout::{Layout, SHORT};
use crate::parse::plan::Plan;
use crate::parse::program::Program;
use crate::parse::slab::Slab;
use crate::parse::token::Tokens;
use crate::parse::unordered::Unordered;
use crate::record::{FieldNames, Needs, Standard, Text};

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        6 => any::<u8>(),
        6 => b'a'..=b'z',
        1 => prop::sample::select(b"\"\\\n\r \x1f\x20\x7f\x80\xff\0!#[]".to_vec()),
    ];
    prop::collection::vec(byte, 0..6 * CHUNK)
}

/// Pieces of strings, most of them right.
fn piece() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        8 => prop::sample::select(vec![
            "a", "\\n", "\\\\", "\\\"", "\\/", "\\u00e9", "\\uFFFF", "\\ud83d\\udcf1", "\\uD83D\\uDCF1", "é",
            "some more text",
        ]),
        1 => prop::sample::select(vec![
            "\\x", "\\ud83d", "\\udcf1", "\\u12", "\\u12g4", "\t", "\\ud83d\\u0041", "\\ud83d\\n",
        ]),
    ]
}

/// The kinds that this processor is; `tests/processors.rs` tells which ones it is not.
fn kinds() -> impl Iterator<Item = (Processor, &'static str)> {
    Simd::ALL
        .into_iter()
        .filter(|(simd, _)| simd.is_available())
        .map(|(simd, name)| (Processor::new(simd), name))
}

#[test]
fn the_fastest_kind_is_found() {
    for (simd, name) in Simd::ALL {
        assert_eq!(simd.name(), name);
    }
    assert!(Simd::Portable.is_available() && Simd::detect().is_available());
}

/// A layout of lines whose text may be long, or is always short.
fn layout(plan: &Plan, key: &str, long: bool) -> Layout {
    let text = "x".repeat(if long { 3 * SHORT } else { 0 });
    Layout::of(plan, format!("{{\"a\": 2, \"{key}\": \"{text}\"}}").as_bytes()).unwrap()
}

fn program(plan: &Plan, key: &str, long: bool) -> Program {
    Program::new(&layout(plan, key, long), plan, 0).unwrap()
}

#[test]
fn every_byte_behind_a_backslash_is_judged() {
    let plan = Plan::new(&FieldNames::default(), &Needs::default());
    let program = program(&plan, "message", true);
    for byte in 0..=u8::MAX {
        // At any place in a chunk, and at its very end.
        for before in 0..2 * CHUNK {
            let text = [&[b'x'; 2 * CHUNK][..before], b"\\", &[byte], b"0041"].concat();
            let line = [br#"{"a": 1, "message": ""#, &text[..], b"\"}"].concat();
            let lines = [Text::plain(0, line.len())];
            let bytes = [&line[..], &[b'\n'; PADDING]].concat();
            for (processor, name) in kinds() {
                let (mut slab, mut failed) = (Slab::new(0), Vec::new());
                slab.reset(1);
                let mut index = Index::default();
                processor.index(&bytes, line.len(), &mut index);
                let block = Block::new(&bytes, line.len(), &lines, &index);
                processor.run(&program, block, &[0], &mut slab, &mut failed);
                let valid = br#""\/bfnrtu"#.contains(&byte);
                assert_eq!(failed.is_empty(), valid, "{name}: {byte:#x} at {before}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn special_bytes_are_found(bytes in bytes(), at in 0..6 * CHUNK) {
        let at = at.min(bytes.len());
        let slow = (at..bytes.len()).find(|&i| matches!(bytes[i], b'"' | b'\\' | 0..0x20));
        for (processor, name) in kinds() {
            prop_assert_eq!(processor.special(&bytes, at), slow.unwrap_or(bytes.len()), "{}", name);
        }
    }

    #[test]
    fn chunks_are_compared_up_to_a_length(
        one in any::<[u8; 16]>(),
        at in 0..2 * CHUNK,
        bit in 0..8_u8,
        len in 0..2 * CHUNK,
    ) {
        let one: Vec<u8> = one.iter().copied().cycle().take(CHUNK).collect();
        let mut other = one.clone();
        if let Some(byte) = other.get_mut(at) {
            *byte ^= 1_u8 << bit;
        }
        let differ = one[..len.min(CHUNK)] != other[..len.min(CHUNK)];
        let [one, other] = [one, other].map(|chunk| <[u8; CHUNK]>::try_from(chunk).unwrap());
        for (processor, name) in kinds() {
            prop_assert_eq!(processor.differs(&one, &other, len), differ, "{}", name);
        }
    }

    #[test]
    fn line_feeds_and_ends_of_strings_are_found(
        bytes in bytes(),
        pieces in prop::collection::vec((piece(), prop::sample::select(vec!["", "\"", "\n"])), 0..80),
        stale in bytes(),
    ) {
        let mut text = bytes;
        text.extend(pieces.iter().flat_map(|(piece, end)| [piece.as_bytes(), end.as_bytes()]).flatten());
        let slow: Vec<u32> = (0..).zip(&text).filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).collect();
        let len = text.len();
        let padded = [&text[..], &[b'\n'; PADDING]].concat();
        for (processor, name) in kinds() {
            let mut index = Index::default();
            // What was found in another block is gone.
            processor.index(&[&stale[..], &[b'\n'; PADDING]].concat(), stale.len(), &mut index);
            prop_assert_eq!(processor.index(&padded, len, &mut index), text.is_ascii(), "{}", name);
            prop_assert_eq!(index.newlines(), &slow, "{}", name);
            let begins = |start: &usize| *start == 0 || matches!(text[start - 1], b'"' | b'\n');
            for start in (0..len).filter(begins) {
                let (end, escaped) = index.marks().end(start as u32);
                // Where no line ends in between, a string from here on ends as a slow reader says.
                let mut quoted = vec![b'"'];
                quoted.extend_from_slice(&padded[start..]);
                let mut tokens = Tokens::within(&quoted, 0);
                match tokens.string() {
                    Ok(slow) if !tokens.repaired() => {
                        prop_assert_eq!((end as usize, escaped), (start + tokens.at() - 2, slow), "{}", name);
                    }
                    _ => prop_assert_ne!(padded[end as usize], b'"', "{}", name),
                }
            }
        }
    }

    /// Lines that begin anywhere, with values and keys of any length across the bounds of
    /// chunks, and anything behind the block.
    #[test]
    fn lanes_read_strings_of_any_length(
        before in 0..2 * CHUNK,
        lengths in prop::collection::vec(0..3 * CHUNK, 1..9),
        key in "[b-z]{1,40}",
        pieces in prop::collection::vec(piece(), 0..9),
        place in any::<prop::sample::Index>(),
        stale in bytes(),
    ) {
        let mut names = FieldNames::default();
        names.rename(Standard::Message, &key);
        let plan = Plan::new(&names, &Needs::default());
        let inside = |length: usize| {
            let mut text = "x".repeat(length);
            text.insert_str(place.index(length + 1), &pieces.concat());
            text
        };
        let mut block = "y".repeat(before) + "\n";
        let mut lines = Vec::new();
        for &length in &lengths {
            let start = block.len();
            let _ = write!(block, "{{\"a\": 1, \"{key}\": \"{}\"}}", inside(length));
            lines.push(Text::plain(start, block.len() - start));
            block.push('\n');
        }
        let programs = [true, false].map(|long| (Some(program(&plan, &key, long)), long));
        let len = block.len();
        let bytes = [block.as_bytes(), &[b'\n'; PADDING], &stale].concat();
        let valid = serde_json::from_str::<String>(&format!("\"{}\"", inside(3))).is_ok();
        let rows: Vec<u32> = (0..lines.len() as u32).collect();
        let unordered = Unordered::new(&layout(&plan, &key, true), &plan, 0).unwrap();
        let ways = programs.iter().chain([&(None, true)]);
        for ((processor, name), (program, long)) in kinds().flat_map(|kind| ways.clone().map(move |way| (kind, way))) {
            let (mut slab, mut failed) = (Slab::new(0), Vec::new());
            slab.reset(lines.len());
            let mut index = Index::default();
            processor.index(&bytes, len, &mut index);
            let block = Block::new(&bytes, len, &lines, &index);
            if let Some(program) = program {
                processor.run(program, block, &rows, &mut slab, &mut failed);
            } else {
                processor.run_unordered(&unordered, block, &rows, &mut slab, &mut failed);
            }
            for (row, &length) in lengths.iter().enumerate() {
                let wanted = inside(length);
                let fits = !failed.contains(&(row as u32));
                // Which of the longer ones are found hangs on where they begin.
                if !valid || *long || wanted.len() <= SHORT {
                    prop_assert_eq!(fits, valid, "{}", name);
                }
                if !fits {
                    continue;
                }
                let text = slab.standard(Standard::Message)[row];
                prop_assert_eq!(&bytes[text.range()], wanted.as_bytes(), "{}", name);
                prop_assert_eq!(text.is_escaped(), inside(length).contains('\\'), "{}", name);
            }
        }
    }
}
