//! What `serde_json` and the slow reader say of lines, and what the parser must then say.

use serde_json::Value;
use ufo_logscan::parse::Parser;
use ufo_logscan::record::{Batch, FieldSlot, Level, Record, Seed, Standard, Timestamp, Zone};

use crate::{PATHS, reference, text};

pub(crate) const MAX_LINE: usize = 2000;

/// Reads lines with a fresh parser and compares everything that it says.
pub(crate) fn check(lines: &[Vec<u8>], strict: bool) -> Batch {
    let mut batch = Batch::new(Seed(3), PATHS.len());
    crate::parse(&mut Parser::new(crate::options(strict)), &mut batch, lines, 2);
    assert_eq!(batch.rows(), lines.len());
    let mut counts = Counts::default();
    for (number, line) in lines.iter().enumerate() {
        counts.lines += 1;
        check_line(&batch, number as u32, line, strict, &mut counts);
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

fn check_line(batch: &Batch, number: u32, line: &[u8], strict: bool, counts: &mut Counts) {
    let nuls = line.iter().take_while(|byte| **byte == 0).count();
    let line = line[nuls..].strip_suffix(b"\r").unwrap_or(&line[nuls..]);
    let accepted = batch.records.binary_search(&number).is_ok();
    if line.len() > MAX_LINE {
        counts.oversize += 1;
        assert!(!accepted);
        return;
    }
    let wanted = reference::read(line, strict).filter(|_| !(strict && nuls > 0));
    let value = serde_json::from_slice::<Value>(line);
    if let Ok(value) = &value {
        assert_eq!(wanted.is_some(), value.is_object() && !(strict && nuls > 0));
    } else if let Err(error) = &value {
        assert!(wanted.is_none() || is_excused(line, error), "{error}: {}", show(line));
    }
    let is_own = value.as_ref().is_ok_and(|value| {
        standard(value, Standard::Logger).is_some_and(|name| name == ufo_logscan::parse::OWN_LOGGER)
    });
    // An alert of our own is a record that stands in no row; what is excused may be one too.
    if is_own || (value.is_err() && !accepted && batch.accounting.own_alerts > 0) {
        assert!(!accepted);
        return;
    }
    assert_eq!(accepted, wanted.is_some(), "{}", show(line));
    let Some(verdict) = wanted else { return };
    let record = batch.record(number);
    counts.records += 1;
    counts.repaired += u64::from(verdict.repaired || nuls > 0);
    counts.duplicate_keys += u64::from(verdict.duplicate);
    counts.undated += u64::from(record.timestamp().is_none());
    assert_eq!(record.line(), String::from_utf8_lossy(line));
    if let Ok(value) = value {
        check_values(record, &value);
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
