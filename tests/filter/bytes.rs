//! Byte for byte: whatever is asked for, and however the input is cut for whomever.

use std::sync::Arc;

use proptest::prelude::*;
use ufo_logscan::record::{Timestamp, Zone};
use ufo_logscan::scan::{Blocking, Shape};

use crate::log::{Log, MAX_LINE, everything, random};
use crate::model::{Files, Question, What, expected, passed};

const BLOCKS: [usize; 5] = [1, 60, 1000, 1 << 16, 1 << 20];
const PIECES: [usize; 4] = [1, 150, 2000, 1 << 20];

const TEXTS: [&str; 9] = [
    "level >= ERROR",
    "has(message)",
    "not has(message)",
    "message contains 'sess'",
    "session == 'sess-1' or client == 'device_b'",
    "event == session-end",
    "field('ctx.region') == 'eu' or n > 1",
    "line contains 'bad' and hour < 12",
    "file =~ 'a' and not level in [INFO, WARNING]",
];

#[track_caller]
fn assert_same(
    question: &Question,
    log: &Log,
    (wanted, counts): &(Vec<u8>, Vec<u64>),
    files: &Files,
    threads: usize,
    blocking: Blocking,
) {
    let (found, seen, outcome) = passed(question, files, threads, blocking, Shape::Raw);
    assert_eq!(outcome.problems, Vec::new());
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(shown(&found), shown(wanted), "{question:?}, {threads} threads, {blocking:?}");
    assert!(found == *wanted, "{question:?}: bytes that are no text differ");
    assert_eq!(seen.meant, counts.iter().sum::<u64>(), "{question:?}");
    for (file, lines) in &seen.files {
        let at = log.iter().position(|one| one.name == &**file).unwrap();
        assert_eq!(*lines, counts[at], "{question:?}: {file}");
    }
}

fn blocking(block: usize, piece: usize) -> Blocking {
    Blocking { block, max_line: MAX_LINE, piece }
}

#[test]
fn every_question_gives_the_lines_of_the_plain_way() {
    let log = everything();
    let files = Files::of(&log);
    let since = Timestamp::from_text("2026-11-22T05:58:20Z", &Zone::Utc);
    let mut some = 0;
    for text in TEXTS {
        for what in [What::Matching, What::Others, What::Malformed] {
            for (since, around, most) in [
                (None, 0, u64::MAX),
                (since, 0, 5),
                (None, 2, u64::MAX),
                (None, 3, 4),
                (None, 0, 0),
            ] {
                let question = Question { since, around, most, ..Question::new(what, text) };
                let wanted = expected(&question, &log);
                some += wanted.0.len();
                for (threads, piece) in [(1, 1 << 20), (3, 150)] {
                    assert_same(&question, &log, &wanted, &files, threads, blocking(300, piece));
                }
            }
        }
    }
    assert!(some > 100_000, "{some} bytes");
}

/// Every line is in exactly one of these, but those that nobody can pass on.
#[test]
fn matching_others_malformed_and_blank_are_all_lines() {
    let mut log = everything();
    for file in &mut log {
        file.lines.retain(|line| !line.windows(18).any(|part| part == b"ufo_logscan.alert\""));
        file.lines.retain(|line| line.len() <= MAX_LINE);
    }
    let files = Files::of(&log);
    for text in TEXTS {
        let mut lines: Vec<Vec<u8>> = Vec::new();
        for what in [What::Matching, What::Others, What::Malformed] {
            let question = Question::new(what, text);
            let bytes = passed(&question, &files, 3, blocking(500, 1500), Shape::Raw).0;
            lines.extend(bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec));
        }
        let is_blank = |line: &&Vec<u8>| line.iter().all(u8::is_ascii_whitespace);
        let all = log.iter().flat_map(|file| &file.lines);
        lines.extend(all.clone().filter(is_blank).cloned());
        let ended = |mut line: Vec<u8>| {
            if !line.ends_with(b"\n") {
                line.push(b'\n');
            }
            line
        };
        let mut lines: Vec<Vec<u8>> = lines.into_iter().map(ended).collect();
        let mut all: Vec<Vec<u8>> = all.cloned().map(ended).collect();
        lines.sort();
        all.sort();
        assert!(lines == all, "{text}: {} and {} lines", lines.len(), all.len());
    }
}

/// What is made of lines is made of each that is meant, mended and without its line end.
#[test]
fn lines_can_be_made_anew() {
    let log = everything();
    let files = Files::of(&log);
    let make = |line: &str, out: &mut Vec<u8>| {
        assert!(!line.ends_with(['\n', '\r']));
        out.extend_from_slice(format!("<{line}>\n").as_bytes());
    };
    let question =
        Question { around: 1, ..Question::new(What::Matching, "message contains 'bad'") };
    let (bytes, ..) =
        passed(&question, &files, 2, blocking(100, 150), Shape::Lines(Arc::new(make)));
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(
        text.lines().filter(|line| line.contains("\"bad \u{fffd}\u{fffd} byte\"")).count(),
        1
    );
    assert_eq!(text.lines().count(), 3, "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_logs_are_passed_on_as_they_came(
        log in random(),
        text in prop::sample::select(TEXTS.to_vec()),
        what in prop::sample::select(vec![What::Matching, What::Others, What::Malformed]),
        around in prop_oneof![2 => Just(0_u32), 3 => 1_u32..5],
        most in prop_oneof![2 => Just(u64::MAX), 1 => 0_u64..9],
        threads in 1_usize..6,
        block in prop::sample::select(BLOCKS.to_vec()),
        piece in prop::sample::select(PIECES.to_vec()),
    ) {
        let question = Question { around, most, ..Question::new(what, text) };
        let wanted = expected(&question, &log);
        assert_same(&question, &log, &wanted, &Files::of(&log), threads, blocking(block, piece));
    }
}
