//! Whatever a layout reads, the general path reads the same: accepted and refused lines, values,
//! repairs. Blocks of many lines, a third of them mutated, in formats that are learned on the
//! way.

use std::fmt::Write;

use proptest::prelude::*;

use super::super::{Options, Parser, Simd};
use crate::record::{Batch, FieldPath, Needs, Seed};

const PATHS: [&str; 4] = ["line", "extra", "client_id", "note"];

fn value() -> impl Strategy<Value = String> {
    let words = vec![
        "\"INFO\"",
        "\"\"",
        "\"a \\\"b\\\" c\"",
        "\"\\ud83d\\udcf1 x\"",
        "\"\\ud83d\"",
        "\"é📱\"",
        "\"2026-11-22T06:11:54.593129\"",
        "\"2026-11-22T06:11:59\"",
        "\"2026-11-22T06:11:60\"",
        "\"2026-11-22T06:11:5x.593129\"",
        "\"2026-11-22T06:11:54+01:00\"",
        "\"\\\\\"",
        "\"\\u0041\"",
        "1",
        "0",
        "01",
        "-1",
        "1.5e3",
        "1e",
        "null",
        "true",
        "NaN",
        "[1]",
        "{}",
        "\"\\x\"",
        "\"\\u12\"",
        "\"tab\there\"",
        "\"x",
        "12x",
    ];
    prop_oneof![
        6 => "\"[a-zA-Z0-9 :.{}\\[\\],]{0,40}\"",
        6 => prop::sample::select(words).prop_map(str::to_owned),
        // About as long as is read at once, and longer.
        2 => ("[a-z:{},]{50,140}", prop::sample::select(vec!["", "\\n", "\\x", "é"]))
            .prop_map(|(text, end)| format!("\"{text}{end}\"")),
    ]
}

/// Which keys a line has, in which order, with which separators.
fn line() -> impl Strategy<Value = String> {
    let formats: Vec<(&[&str], &str, &str)> = vec![
        (&["timestamp", "level", "logger", "message", "module", "function", "line"], ", ", ": "),
        (&["timestamp", "level", "logger", "message", "line", "exception"], ", ", ": "),
        (
            &["timestamp", "level", "logger", "message", "line", "client_id", "session_id"],
            ", ",
            ": ",
        ),
        (&["timestamp", "level", "logger", "message", "line", "session_id"], ", ", ": "),
        (&["ts", "msg", "lvl", "extra"], ",", ":"),
        (&["msg", "ts", "extra", "note"], ",", ":"),
        (&["msg", "ts", "msg"], ",", ":"),
        (&["l\\u0065vel", "message"], ", ", ": "),
        (&["message"], ", ", ": "),
    ];
    let mutation = prop_oneof![
        8 => Just(0_u8),
        1 => Just(1),
        1 => Just(2),
        1 => Just(3),
        2 => Just(4),
    ];
    (
        prop::sample::select(formats),
        prop::collection::vec(value(), 7),
        prop_oneof![2 => Just(0_usize), 1 => 1..7_usize],
        mutation,
        any::<prop::sample::Index>(),
        any::<u8>(),
    )
        .prop_map(|((keys, comma, colon), values, turn, mutation, at, byte)| {
            let mut pairs: Vec<String> = keys
                .iter()
                .zip(&values)
                .map(|(key, value)| match *key {
                    // Mostly a number, so that its layout is learned.
                    "line" if value.len() % 4 > 0 => format!("\"{key}\"{colon}{}", value.len()),
                    _ => format!("\"{key}\"{colon}{value}"),
                })
                .collect();
            let turn = turn % pairs.len();
            pairs.rotate_left(turn);
            let mut line = format!("{{{}}}", pairs.join(comma));
            let at = line.floor_char_boundary(at.index(line.len()));
            match mutation {
                1 => line.truncate(at),
                2 => line.insert(at, char::from(byte & 0x7f)),
                3 => line += " ",
                4 if line.is_char_boundary(at + 1) => {
                    line.replace_range(at..=at, char::from(byte & 0x7f).encode_utf8(&mut [0; 4]));
                }
                _ => {}
            }
            line.replace('\n', " ")
        })
}

/// What is read by lanes of one kind, or in the general way alone.
fn read(simd: Option<Simd>, blocks: &[String]) -> String {
    let mut needs = Needs::default();
    for path in PATHS {
        needs.field(&FieldPath::top(path));
    }
    let kind = simd.unwrap_or(Simd::Portable);
    let mut parser =
        Parser::new(Options { needs: needs.clone(), simd: kind, ..Options::default() });
    if simd.is_none() {
        parser.layouts = None;
    }
    let mut batch = Batch::new(Seed(1), needs.paths().len());
    let mut told = String::new();
    for block in blocks {
        parser.parse(block.as_bytes(), &mut batch);
        let _ = writeln!(told, "{:?}", batch.accounting);
        for &row in &batch.records {
            let (record, mut scratch) = (batch.record(row), String::new());
            let _ = write!(
                told,
                "{row} {:?} {:?} {:?} {:?} {:?} {:?}",
                record.timestamp(),
                record.level_name(),
                record.logger(),
                record.module(),
                record.function(),
                record.client(),
            );
            for text in [record.message(), record.exception(), record.session()] {
                let _ = write!(told, " {}{:?}", text.is_some(), batch.text(text, &mut scratch));
            }
            for column in &batch.fields {
                let text = column[row as usize];
                let _ = write!(told, " {}{:?}", text.is_some(), batch.plain(text));
            }
            told += "\n";
        }
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn layouts_agree_with_the_general_path(
        blocks in prop::collection::vec(prop::collection::vec(line(), 1..40), 1..4)
    ) {
        let blocks: Vec<String> = blocks.iter().map(|lines| lines.join("\n") + "\n").collect();
        let general = read(None, &blocks);
        for (simd, name) in Simd::ALL {
            prop_assert_eq!(&read(Some(simd), &blocks), &general, "{}", name);
        }
    }
}

#[test]
fn lines_without_a_layout_do_not_keep_others_from_it() {
    let mut parser = Parser::new(Options::default());
    let mut batch = Batch::new(Seed(1), 0);
    let nested = "{\"message\": {\"a\": 1}}\n".repeat(2 * super::LESSONS as usize);
    let flat = "{\"message\": \"m\", \"line\": 1}\n".repeat(3);
    for block in [&nested, &flat, &flat] {
        parser.parse(block.as_bytes(), &mut batch);
    }
    assert!(parser.rest.is_empty(), "{:?}", parser.rest);
}

#[test]
fn what_no_layout_fits_is_read_without_order() {
    let mut parser = Parser::new(Options::default());
    let mut batch = Batch::new(Seed(1), 0);
    let keys = ["timestamp", "level", "message", "line"];
    let line = |turn: usize| {
        let mut keys = keys;
        keys.rotate_left(turn % 4);
        keys.swap(turn % 3, 3);
        format!("{{{}}}", keys.map(|key| format!("\"{key}\": \"x\"")).join(", "))
    };
    let lines: Vec<String> = (0..100).map(line).collect();
    parser.parse(lines.join("\n").as_bytes(), &mut batch);
    parser.layouts.as_mut().unwrap().known.clear();
    parser.parse(lines.join("\n").as_bytes(), &mut batch);
    assert_eq!(batch.accounting.records, 100);
    assert!(parser.rest.is_empty(), "{:?}", parser.rest);
}

#[test]
fn a_layout_is_learned_and_optional_keys_are_merged() {
    let mut parser = Parser::new(Options::default());
    let mut batch = Batch::new(Seed(1), 0);
    let lines = [
        r#"{"timestamp": "t", "level": "INFO", "message": "m", "line": 1}"#,
        r#"{"timestamp": "t", "level": "INFO", "message": "m", "line": 1, "client_id": "c"}"#,
        r#"{"timestamp": "t", "level": "INFO", "message": "m", "line": 1, "exception": "e"}"#,
        r#"{"timestamp": "t", "level": "INFO", "message": "m", "line": 1, "exception": "e", "client_id": "c"}"#,
    ];
    for line in lines {
        parser.parse(line.as_bytes(), &mut batch);
    }
    let layouts = parser.layouts.as_ref().unwrap();
    assert_eq!(layouts.known.len(), 1, "{:#?}", layouts.known);
    assert_eq!(layouts.lessons, 4);
    for line in lines {
        parser.parse(line.as_bytes(), &mut batch);
    }
    assert_eq!(parser.layouts.unwrap().lessons, 4, "all of them are known");
}

/// A parser that has had so many formats that it learns from few lines more.
fn weary() -> (Parser, Batch) {
    let (mut parser, mut batch) = (Parser::new(Options::default()), Batch::new(Seed(1), 0));
    let odd = |n| format!("{{\"key_{n}\": 1, \"message\": \"m\"}}\n");
    let odd: String = (0..=super::LESSONS).map(odd).collect();
    parser.parse(odd.as_bytes(), &mut batch);
    assert_eq!(parser.layouts.as_ref().unwrap().lessons, super::LESSONS);
    (parser, batch)
}

/// Whether some layout fits nearly all of these lines, once there were enough of them.
fn is_learned(line: &str, parser: &mut Parser, batch: &mut Batch) -> bool {
    let block = format!("{line}\n").repeat(super::AGAIN / 4);
    for _ in 0..8 {
        parser.parse(block.as_bytes(), batch);
    }
    parser.layouts.as_ref().unwrap().known.iter().any(|known| known.trial.usual)
}

#[test]
fn a_format_is_learned_that_comes_late() {
    let (mut parser, mut batch) = weary();
    let line = r#"{"timestamp": "t", "level": "INFO", "message": "m", "line": 1}"#;
    assert!(is_learned(line, &mut parser, &mut batch));
    let other = r#"{"timestamp": "t", "severity": "INFO", "message": "m", "line": 1}"#;
    assert!(is_learned(other, &mut parser, &mut batch));
    // What has become of the first one no longer stands in the way.
    let layouts = parser.layouts.unwrap();
    assert!(layouts.known[0].trial.usual, "{:#?}", layouts.known);
}

#[test]
fn a_string_may_become_long_late() {
    let line = |message: &str| format!("{{\"level\": \"INFO\", \"message\": \"{message}\"}}");
    let (mut parser, mut batch) = weary();
    assert!(is_learned(&line("short"), &mut parser, &mut batch));
    assert!(is_learned(&line(&"long ".repeat(40)), &mut parser, &mut batch));
}
