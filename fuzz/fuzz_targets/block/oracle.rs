//! What `serde_json` and the slow reader say of lines, and what the parser must then say.

use serde_json::Value;
use ufo_logscan::parse::Parser;
use ufo_logscan::record::{Batch, FieldSlot, Level, Record, Seed, Standard, Timestamp, Zone};

use crate::reference::{self, Verdict};
use crate::{PATHS, text};

pub(crate) const MAX_LINE: usize = 2000;

/// Reads lines with a fresh parser and compares everything that it says.
pub(crate) fn check(lines: &[Vec<u8>], strict: bool) -> Batch {
    let mut batch = Batch::new(Seed(3), PATHS.len());
    crate::parse(&mut Parser::new(crate::options(strict)), &mut batch, lines, 2);
    assert_eq!(batch.rows(), lines.len());
    let mut counts = Counts::default();
    let mut last: Option<Told<'_>> = None;
    for (number, line) in lines.iter().enumerate() {
        counts.lines += 1;
        // Recipes repeat lines, and the slow reader is slow.
        let told = last.take().filter(|last| last.raw == line);
        let told = told.unwrap_or_else(|| Told::of(line, strict));
        check_line(&batch, number as u32, &told, &mut counts);
        last = Some(told);
    }
    let found = &batch.accounting;
    assert_eq!(found.lines, found.records + found.malformed() + found.oversize + found.blank);
    assert_eq!(found.records, batch.records.len() as u64 + found.own_alerts);
    let found = Counts {
        lines: found.lines,
        records: found.records - found.own_alerts,
        oversize: found.oversize,
        repaired: found.repaired,
        duplicate_keys: found.duplicate_keys,
        undated: found.undated,
    };
    assert_eq!(found, counts);
    batch
}

#[derive(Debug, Default, PartialEq)]
struct Counts {
    lines: u64,
    records: u64,
    oversize: u64,
    repaired: u64,
    duplicate_keys: u64,
    undated: u64,
}

/// What others say of a line.
struct Told<'a> {
    raw: &'a [u8],
    /// Without what is stripped from it.
    line: &'a [u8],
    is_stripped: bool,
    value: Option<Value>,
    /// The slow reader's verdict if it is a record.
    verdict: Option<Verdict>,
}

impl<'a> Told<'a> {
    fn of(raw: &'a [u8], strict: bool) -> Told<'a> {
        let nuls = raw.iter().take_while(|byte| **byte == 0).count();
        let is_stripped = nuls > 0;
        let line = raw[nuls..].strip_suffix(b"\r").unwrap_or(&raw[nuls..]);
        let verdict = reference::read(line, strict).filter(|_| !(strict && is_stripped));
        let value = serde_json::from_slice::<Value>(line);
        match &value {
            Ok(value) => {
                assert_eq!(verdict.is_some(), value.is_object() && !(strict && is_stripped));
            }
            Err(error) => {
                assert!(verdict.is_none() || is_excused(line, error), "{error}: {}", show(line));
            }
        }
        Told { raw, line, is_stripped, value: value.ok(), verdict }
    }

    /// Whether it is an alert of our own, which is a record that stands in no row.
    fn is_own(&self) -> bool {
        let logger = self.value.as_ref().and_then(|value| standard(value, Standard::Logger));
        logger.is_some_and(|name| name == ufo_logscan::parse::OWN_LOGGER)
    }
}

fn check_line(batch: &Batch, number: u32, told: &Told<'_>, counts: &mut Counts) {
    let accepted = batch.records.binary_search(&number).is_ok();
    if told.line.len() > MAX_LINE {
        counts.oversize += 1;
        assert!(!accepted);
        return;
    }
    // `serde_json` cannot tell whose record it is if it refuses the line.
    let may_be_own = told.value.is_none() && batch.accounting.own_alerts > 0;
    if told.is_own() || (may_be_own && !accepted) {
        assert!(!accepted);
        return;
    }
    assert_eq!(accepted, told.verdict.is_some(), "{}", show(told.line));
    let Some(verdict) = told.verdict else { return };
    let record = batch.record(number);
    counts.records += 1;
    counts.repaired += u64::from(verdict.repaired || told.is_stripped);
    counts.duplicate_keys += u64::from(verdict.duplicate);
    counts.undated += u64::from(record.timestamp().is_none());
    assert_eq!(record.line(), String::from_utf8_lossy(told.line));
    if let Some(value) = &told.value {
        check_values(record, value);
    }
}

fn show(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
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

fn check_values(record: Record<'_>, wanted: &Value) {
    let batch = record.batch();
    for (slot, path) in PATHS.iter().enumerate() {
        let found = record.field(FieldSlot(slot as u16));
        let found = found.map(|raw| serde_json::from_str::<Value>(raw).expect("a value is JSON"));
        assert_eq!(found.as_ref(), reach(wanted, path), "{path}");
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
        assert!(same(found.as_deref(), standard(wanted, field)), "{field:?}: {found:?}");
    }
    if let Some(Value::String(name)) = standard(wanted, Standard::Level) {
        assert_eq!(record.level(), Level::from_text(name), "{name}");
    }
    match standard(wanted, Standard::Timestamp) {
        Some(Value::String(text)) => {
            assert_eq!(record.timestamp(), Timestamp::from_text(text, &Zone::Utc), "{text}");
        }
        Some(Value::Number(number)) if number.is_u64() || number.is_i64() => {
            assert_eq!(record.timestamp(), Timestamp::from_number(&number.to_string()));
        }
        Some(Value::Number(_)) => {}
        _ => assert_eq!(record.timestamp(), None),
    }
}
