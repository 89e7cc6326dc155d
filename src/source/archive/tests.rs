//! Archives that are whole, cut, damaged and put together, against what was compressed.

mod pack;

use std::io::{Cursor, Write};

use proptest::prelude::*;

use super::*;
use crate::source::Opened;

const ALL: [Kind; 5] = [Kind::Gzip, Kind::Zstd, Kind::Xz, Kind::Bzip2, Kind::Lz4];

fn pack(kind: Kind, content: &[u8]) -> Vec<u8> {
    let (_, pack) = pack::ALL.into_iter().find(|(name, _)| *name == kind.name()).unwrap();
    pack(content)
}

fn log(lines: usize) -> Vec<u8> {
    let line = |n: usize| format!("{{\"n\":{n},\"text\":\"{}\"}}\n", n.wrapping_mul(2_654_435_761));
    (0..lines).map(line).collect::<String>().into_bytes()
}

/// What an archive gives, read so much at a time, and what was wrong with it.
fn unpack_by(room: usize, archive: &[u8]) -> (Vec<u8>, Option<String>) {
    let mut opened = Opened::new(Handle::Memory(Cursor::new(archive.to_vec())));
    let (mut content, mut buffer) = (Vec::new(), vec![0; room]);
    loop {
        match opened.read(&mut buffer) {
            Ok(0) => return (content, opened.doubt().map(|doubt| doubt.to_string())),
            Ok(length) => content.extend_from_slice(&buffer[..length]),
            Err(error) => {
                let again = opened.read(&mut buffer).unwrap_err();
                assert_eq!(again.to_string(), error.to_string(), "a fault stays");
                return (content, Some(error.to_string()));
            }
        }
    }
}

fn unpack(archive: &[u8]) -> (Vec<u8>, Option<String>) {
    unpack_by(256 << 10, archive)
}

#[test]
fn every_kind_gives_what_was_compressed() {
    for kind in ALL {
        for content in [Vec::new(), b"x".to_vec(), log(3), log(40_000), vec![b'x'; 3 << 20]] {
            let archive = pack(kind, &content);
            for room in [1 << 10, 128 << 10, 1 << 20] {
                assert!(unpack_by(room, &archive) == (content.clone(), None), "{kind:?}, {room}");
            }
        }
    }
}

/// H14, and the same with other kinds: members one behind the other, of all kinds in turn.
#[test]
fn many_members_are_one_content() {
    let whole = log(5000);
    let pieces: Vec<&[u8]> = whole.chunks(whole.len() / 100 + 1).collect();
    assert_eq!(pieces.len(), 100);
    for kind in ALL {
        let archive: Vec<u8> = pieces.iter().flat_map(|piece| pack(kind, piece)).collect();
        assert!(unpack(&archive) == (whole.clone(), None), "{kind:?}");
    }
    let skipped = b"\x5a\x2a\x4d\x18\x05\0\0\0hello";
    let mut mixed = skipped.to_vec();
    for (number, piece) in pieces.iter().enumerate() {
        mixed.extend(pack(ALL[number % ALL.len()], piece));
        mixed.extend_from_slice(if number % 2 == 0 { skipped } else { &[0; 512] });
    }
    assert!(unpack(&mixed) == (whole, None));
}

/// H15: a beginning, never anything else, and it is told.
#[test]
fn an_archive_cut_anywhere_gives_a_beginning() {
    let whole = log(120);
    for kind in ALL {
        let (half, rest) = whole.split_at(whole.len() / 2);
        let (first, second) = (pack(kind, half), pack(kind, rest));
        let archive = [&first[..], &second].concat();
        let mut longest = 0;
        for cut in 0..archive.len() {
            let (content, problem) = unpack(&archive[..cut]);
            let is_text = cut < 4 && archive[..cut].iter().all(|byte| (b' '..=b'~').contains(byte));
            if is_text {
                // Nothing, or a few letters: nobody can know that more were to come.
                assert_eq!(content, &archive[..cut]);
                continue;
            }
            assert!(whole.starts_with(&content), "{kind:?} at {cut}");
            assert!(content.len() >= longest, "{kind:?} at {cut}: less of more");
            longest = content.len();
            if cut >= first.len() {
                assert!(content.len() >= half.len(), "{kind:?} at {cut}");
            }
            // Between two members nothing is missing.
            let name = kind.name();
            let told = (cut != first.len()).then(|| format!("its {name} data is cut off"));
            assert_eq!(problem, told, "{kind:?} at {cut}");
        }
    }
}

/// What came before a fault is kept: of deflated data every byte, of others every block.
#[test]
fn what_was_decompressed_before_damage_is_kept() {
    let whole = log(200_000);
    for kind in ALL {
        let mut archive = pack(kind, &whole);
        let middle = archive.len() / 2;
        archive[middle..middle + 64].fill(0xff);
        let (content, problem) = unpack(&archive);
        let same = content.iter().zip(&whole).take_while(|(a, b)| a == b).count();
        let least = whole.len() / 3;
        // xz has one block: everything up to the damage; bzip2 blocks of 100 kB; zstd and lz4 less.
        assert!(same >= least, "{kind:?}: {same} of {}", whole.len());
        assert!(problem.is_some_and(|problem| problem.contains(kind.name())), "{kind:?}");
    }
}

/// H16.
#[test]
fn what_is_wrong_behind_the_content_is_told_and_the_content_kept() {
    let whole = log(1000);
    for kind in ALL {
        let archive = pack(kind, &whole);
        let padded = [&archive[..], &[0; 1000]].concat();
        assert!(unpack(&padded) == (whole.clone(), None), "{kind:?}");
        let behind = [&archive[..], b"{\"level\":\"INFO\"}\n"].concat();
        let told = format!("something that is not compressed is behind its {} data", kind.name());
        assert!(unpack(&behind) == (whole.clone(), Some(told)), "{kind:?}");
    }
    for (kind, from_end) in [(Kind::Gzip, 8), (Kind::Gzip, 1), (Kind::Zstd, 2), (Kind::Lz4, 3)] {
        let mut archive = pack(kind, &whole);
        let at = archive.len() - from_end;
        archive[at] ^= 1;
        // The next member is read all the same.
        archive.extend(pack(kind, &whole));
        let told = format!("the checksum of its {} data is wrong", kind.name());
        assert!(unpack(&archive) == (whole.repeat(2), Some(told)), "{kind:?} {from_end}");
    }
}

#[test]
fn windows_that_are_too_large_are_refused() {
    let (_, problem) = unpack(&large_window(28));
    assert_eq!(problem.unwrap(), "its zstd data needs a window of more than 128 MiB");
    assert_eq!(unpack(&large_window(27)), (b"{}\n".to_vec(), None));
    let mut options = liblzma::stream::LzmaOptions::new_preset(0).unwrap();
    options.dict_size(256 << 20);
    let mut filters = liblzma::stream::Filters::new();
    filters.lzma2(&options);
    let stream =
        liblzma::stream::Stream::new_stream_encoder(&filters, liblzma::stream::Check::Crc32);
    // An encoder for such a window takes gibibytes, which a small machine may refuse.
    let Ok(stream) = stream else { return };
    let mut out = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
    out.write_all(b"{}\n").unwrap();
    let (_, problem) = unpack(&out.finish().unwrap());
    assert_eq!(problem.unwrap(), "its xz data needs a window of more than 128 MiB");
}

/// A frame with a window of so many bits, and three bytes in it.
fn large_window(bits: u8) -> Vec<u8> {
    let mut frame = b"\x28\xb5\x2f\xfd\0".to_vec();
    frame.push((bits - 10) << 3);
    // A raw block, the last one.
    frame.extend_from_slice(&[(3 << 3) | 1, 0, 0]);
    frame.extend_from_slice(b"{}\n");
    frame
}

#[test]
fn text_stays_as_it_is() {
    for text in [&b""[..], b"\n", b"BZh9 is a text\n", b"(", b"{\"a\":1}\n"] {
        for room in [1, 2, 100] {
            assert_eq!(unpack_by(room, text), (text.to_vec(), None));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300, failure_persistence: None, ..ProptestConfig::default()
    })]

    /// Whatever stands in an archive: no panic, no endless loop.
    #[test]
    fn any_bytes_come_to_an_end(
        kind in prop::sample::select(&ALL[..]),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        room in 1_usize..300_000,
    ) {
        let mut archive = pack(kind, &log(2000));
        for (at, byte) in flips {
            let at = at.index(archive.len());
            archive[at] = byte;
        }
        let (content, _) = unpack_by(room, &archive);
        prop_assert!(content.len() < 64 << 20);
    }
}
