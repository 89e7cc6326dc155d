//! Generated lines, a third of them mutated, many in a block: accepted, mended and read as
//! `serde_json` and the slow reader of [`super::reference`] say.

use std::ops::Range;

use proptest::prelude::*;
use serde_json::Value;

use super::{Options, Parser, needs, reference, text};
use crate::record::{Batch, FieldSlot, Seed, Standard, Timestamp, Zone};

const PATHS: [&str; 6] = ["level", "a", "a.b", "a.b.c", "task_name", "\u{e9}"];

fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => "[a-zA-Z0-9 :./_-]{0,20}",
        2 => "[é✅📱\u{7f}\u{85}\u{2028}]{1,2}",
        2 => Just("\\n".to_owned()),
        1 => prop::sample::select(vec!["\\\\", "\\\"", "\\/", "\\t", "\\b", "\\f", "\\r"])
            .prop_map(str::to_owned),
        1 => prop::sample::select(vec!["\\u0041", "\\u00E9", "\\u2705", "\\ud83d\\udcf1", "\\u0000"])
            .prop_map(str::to_owned),
        1 => prop::sample::select(vec!["\\ud83d", "\\udcf1"]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn key() -> impl Strategy<Value = String> {
    let known = vec![
        "timestamp",
        "time",
        "level",
        "severity",
        "logger",
        "name",
        "message",
        "msg",
        "module",
        "function",
        "exception",
        "client_id",
        "session_id",
        "a",
        "b",
        "c",
        "task_name",
        "line",
        "\\u0061",
        "\\u0062",
        "l\\u0065vel",
        "\\u00e9",
        "é",
        "",
    ];
    prop_oneof![
        9 => prop::sample::select(known).prop_map(|key| format!("\"{key}\"")),
        1 => string(),
    ]
}

fn scalar() -> impl Strategy<Value = String> {
    let words = vec![
        "null",
        "true",
        "false",
        "0",
        "-0",
        "30",
        "1e5",
        "-1.25E-2",
        "1763791200.25",
        "NaN",
        "-Infinity",
        "1e999",
        "18446744073709551616",
        "\"INFO\"",
        "\" warn \"",
        "\"NOTICE\"",
        "\"2026-11-22T06:11:54.593129\"",
        "\"2026-11-22T06:11:54\\u005a\"",
        "\"2026-13-01\"",
    ];
    prop_oneof![
        2 => prop::sample::select(words).prop_map(str::to_owned),
        1 => any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(|n| n.to_string()),
        2 => string(),
    ]
}

fn space() -> impl Strategy<Value = String> {
    prop_oneof![6 => Just(String::new()), 3 => Just(" ".to_owned()), 1 => "[ \t\r]{1,9}"]
}

fn value() -> impl Strategy<Value = String> {
    scalar().prop_recursive(4, 24, 5, |inner| {
        let item = (space(), inner.clone()).prop_map(|(space, value)| format!("{space}{value}"));
        prop_oneof![
            prop::collection::vec(item, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            object(inner, 0..5),
        ]
    })
}

fn object(
    value: impl Strategy<Value = String>,
    members: Range<usize>,
) -> impl Strategy<Value = String> {
    let member = (key(), space(), value, space()).prop_map(|(key, before, value, after)| {
        format!("{before}{key}{after}:{before}{value}{after}")
    });
    prop::collection::vec(member, members).prop_map(|members| format!("{{{}}}", members.join(",")))
}

fn whole() -> impl Strategy<Value = Vec<u8>> {
    // Few members are usual; past sixteen, keys are compared in another way.
    let record = prop_oneof![6 => object(value(), 0..9), 1 => object(scalar(), 15..24)];
    (space(), record, space())
        .prop_map(|(before, object, after)| format!("{before}{object}{after}").into_bytes())
}

/// A line without line feed, right or nearly so.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let interesting =
        b"\"\\{}[]:,0123456789.eE+-tfnNIu \t\r\0\x1f\x7f\x80\xc3\xa9\xed\xff".to_vec();
    let byte = prop_oneof![prop::sample::select(interesting), any::<u8>()];
    let mutation = (any::<prop::sample::Index>(), 0..5_u8, byte);
    let mutated =
        (whole(), prop::collection::vec(mutation, 1..3)).prop_map(|(mut line, mutations)| {
            for (at, what, byte) in mutations {
                let at = at.index(line.len() + 1);
                match what {
                    0 => line.truncate(at),
                    1 => line.insert(at, byte),
                    2 if at < line.len() => drop(line.remove(at)),
                    _ if at < line.len() => line[at] = byte,
                    _ => line.push(byte),
                }
            }
            line.retain(|byte| *byte != b'\n');
            line
        });
    prop_oneof![2 => whole(), 1 => mutated]
}

fn blocks() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(line(), 1..30)
}

fn options(strict: bool) -> Options {
    Options { needs: needs(&PATHS), strict, ..Options::default() }
}

fn parse(parser: &mut Parser, batch: &mut Batch, lines: &[Vec<u8>], first_line: u64) {
    batch.first_line = first_line;
    parser.parse(&lines.join(&b'\n'), batch);
}

/// A row as texts, comparable between batches.
fn row(batch: &Batch, row: u32) -> Vec<Option<String>> {
    let record = batch.record(row);
    let mut all = vec![
        Some(record.line().to_owned()),
        record.timestamp().map(|time| time.to_string()),
        text(batch, record.session()),
        text(batch, record.message()),
        text(batch, record.exception()),
    ];
    for name in
        [record.level_name(), record.logger(), record.module(), record.function(), record.client()]
    {
        all.push(name.map(str::to_owned));
    }
    for slot in 0..PATHS.len() {
        all.push(record.field(FieldSlot(slot as u16)).map(str::to_owned));
    }
    all
}

fn reach<'a>(record: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(record, |value, key| value.get(key)).filter(|value| !value.is_null())
}

/// The value of a standard field by its best key that is not null.
fn standard(record: &Value, field: Standard) -> Option<&Value> {
    let (_, _, keys) = Standard::ALL[field as usize];
    keys.iter().find_map(|key| record.get(key).filter(|value| !value.is_null()))
}

/// Texts are compared as texts, raw JSON by its value.
fn same(found: Option<&str>, wanted: Option<&Value>) -> bool {
    match (found, wanted) {
        (Some(found), Some(Value::String(wanted))) => found == wanted,
        (Some(found), Some(wanted)) => {
            serde_json::from_str::<Value>(found).ok().as_ref() == Some(wanted)
        }
        (None, wanted) => wanted.is_none(),
        (Some(_), None) => false,
    }
}

fn check_values(batch: &Batch, number: u32, wanted: &Value) -> Result<(), TestCaseError> {
    let record = batch.record(number);
    for (slot, path) in PATHS.iter().enumerate() {
        let found = record.field(FieldSlot(slot as u16));
        let found = found.map(|raw| serde_json::from_str::<Value>(raw).unwrap());
        prop_assert_eq!(found.as_ref(), reach(wanted, path), "{}", path);
    }
    for (field, found) in [
        (Standard::Message, text(batch, record.message())),
        (Standard::Exception, text(batch, record.exception())),
        (Standard::Session, text(batch, record.session())),
        (Standard::Logger, record.logger().map(str::to_owned)),
        (Standard::Module, record.module().map(str::to_owned)),
        (Standard::Function, record.function().map(str::to_owned)),
        (Standard::Client, record.client().map(str::to_owned)),
    ] {
        prop_assert!(same(found.as_deref(), standard(wanted, field)), "{:?}: {:?}", field, found);
    }
    let time = match standard(wanted, Standard::Timestamp) {
        Some(Value::String(text)) => Timestamp::from_text(text, &Zone::Utc),
        _ => record
            .timestamp()
            .filter(|_| standard(wanted, Standard::Timestamp).is_some_and(Value::is_number)),
    };
    prop_assert_eq!(record.timestamp(), time);
    Ok(())
}

/// What `serde_json` refuses and we do not: numbers that it cannot hold, lone surrogates,
/// Python's numbers, bad UTF-8.
fn is_excused(line: &[u8], error: &serde_json::Error) -> bool {
    let error = error.to_string();
    let has = |word: &str| memchr::memmem::find(line, word.as_bytes()).is_some();
    error.contains("number out of range")
        || error.contains("surrogate")
        || error.contains("unexpected end of hex escape")
        || std::str::from_utf8(line).is_err()
        || ["NaN", "Infinity"].into_iter().any(has)
}

fn check_block(lines: &[Vec<u8>], strict: bool) -> Result<(), TestCaseError> {
    let mut batch = Batch::new(Seed(3), PATHS.len());
    parse(&mut Parser::new(options(strict)), &mut batch, lines, 2);
    let (mut repaired, mut duplicates, mut undated) = (0, 0, 0);
    // A last line without anything in it is no line.
    prop_assert!(batch.rows() == lines.len() || lines.last().is_some_and(Vec::is_empty));
    for (number, line) in lines.iter().enumerate().take(batch.rows()) {
        let number = number as u32;
        let nuls = line.iter().take_while(|byte| **byte == 0).count();
        let stripped = nuls > 0;
        let line = line[nuls..].strip_suffix(b"\r").unwrap_or(&line[nuls..]);
        let wanted = reference::read(line, strict).filter(|_| !(strict && stripped));
        let accepted = batch.records.binary_search(&number).is_ok();
        prop_assert_eq!(accepted, wanted.is_some(), "{}", String::from_utf8_lossy(line));
        match serde_json::from_slice::<Value>(line) {
            Ok(value) => {
                prop_assert_eq!(accepted, value.is_object() && !(strict && stripped));
                if accepted {
                    check_values(&batch, number, &value)?;
                }
            }
            Err(error) => prop_assert!(!accepted || is_excused(line, &error), "{}", error),
        }
        if let Some(verdict) = wanted {
            repaired += u64::from(verdict.repaired || stripped);
            duplicates += u64::from(verdict.duplicate);
            undated += u64::from(batch.record(number).timestamp().is_none());
            prop_assert_eq!(batch.record(number).line(), String::from_utf8_lossy(line));
        }
    }
    let accounting = &batch.accounting;
    prop_assert_eq!(accounting.repaired, repaired);
    prop_assert_eq!(accounting.duplicate_keys, duplicates);
    prop_assert_eq!(accounting.undated, undated);
    let blank = |line: &&Vec<u8>| line.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r' | 0));
    prop_assert!(accounting.blank <= lines.iter().filter(blank).count() as u64);
    Ok(())
}

proptest! {
    #[test]
    fn lines_are_read_as_serde_json_reads_them(lines in blocks(), strict: bool) {
        check_block(&lines, strict)?;
    }

    #[test]
    fn a_cut_between_two_lines_changes_nothing(lines in blocks(), cut: prop::sample::Index) {
        let lines: Vec<_> = lines.into_iter().map(|line| [line, b"\n".to_vec()].concat()).collect();
        let mut whole = Batch::new(Seed(3), PATHS.len());
        Parser::new(options(false)).parse(&lines.concat(), &mut whole);

        // One parser and one batch for both parts: nothing of the first stays in the second.
        let (mut parser, mut part) = (Parser::new(options(false)), Batch::new(Seed(9), PATHS.len()));
        let cut = cut.index(lines.len() + 1);
        let (mut rows, mut records, mut sum) = (Vec::new(), Vec::new(), Vec::new());
        for (first, lines) in [(0, &lines[..cut]), (cut, &lines[cut..])] {
            part.first_line = first as u64 + 1;
            parser.parse(&lines.concat(), &mut part);
            rows.extend((0..part.rows() as u32).map(|number| row(&part, number)));
            records.extend(part.records.iter().map(|number| number + first as u32));
            sum.push(part.accounting.clone());
        }
        let later = sum.pop().unwrap_or_default();
        sum[0].merge(&later);
        prop_assert_eq!(&sum[0], &whole.accounting);
        prop_assert_eq!(records, whole.records.clone());
        let all: Vec<_> = (0..whole.rows() as u32).map(|number| row(&whole, number)).collect();
        prop_assert_eq!(rows, all);
    }

    #[test]
    fn what_is_a_record_does_not_depend_on_what_is_read(lines in blocks()) {
        let block = lines.join(&b'\n');
        let (mut all, mut none) = (Batch::new(Seed(1), PATHS.len()), Batch::new(Seed(1), 0));
        Parser::new(options(false)).parse(&block, &mut all);
        let mut nothing = Options::default();
        for (field, ..) in Standard::ALL {
            nothing.names.rename(field, "no such key");
        }
        Parser::new(nothing).parse(&block, &mut none);
        none.accounting.undated = all.accounting.undated;
        prop_assert_eq!(all.accounting, none.accounting);
        prop_assert_eq!(all.records, none.records);
    }
}
