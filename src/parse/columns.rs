//! What was found in a line becomes a row of columns.
//!
//! Gives values their types: levels, instants, names, texts. Knows no syntax.

use super::OWN_LOGGER;
use super::plan::Plan;
use super::recent::Recent;
use super::token::Kind;
use super::walk::{Found, Value};
use crate::record::{Batch, Level, NameId, Standard, Text, Timestamp, Zone};

/// A line that is a record, about to become a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) plan: &'a Plan,
    pub(super) found: &'a Found,
    pub(super) zone: &'a Zone,
}

/// What is remembered from row to row to save work.
#[derive(Debug)]
pub(super) struct Memory {
    scratch: String,
    recent: Recent,
    minute: Minute,
}

impl Memory {
    pub(super) fn new() -> Memory {
        Memory { scratch: String::new(), recent: Recent::new(), minute: Minute::default() }
    }
}

/// The last minute that was read from a text, up to and with its last colon.
#[derive(Debug, Default)]
struct Minute {
    text: [u8; 17],
    start: Option<Timestamp>,
}

impl Minute {
    /// Reads `2026-11-22T06:11:54` with an optional fraction and nothing behind it, if it lies
    /// in the minute that was read last. Offsets of zones do not change within a minute.
    fn read(&self, text: &[u8]) -> Option<Timestamp> {
        let (minute, rest) = text.split_first_chunk::<17>()?;
        if *minute != self.text {
            return None;
        }
        let (second, rest) = rest.split_first_chunk::<2>()?;
        let [tens, ones] = second.map(|byte| i64::from(byte.wrapping_sub(b'0')));
        if tens > 5 || ones > 9 {
            return None;
        }
        let micros = match rest {
            [] => 0,
            [b'.', digits @ ..] if digits.len() == 6 && digits.iter().all(u8::is_ascii_digit) => {
                digits.iter().fold(0, |n, digit| n * 10 + i64::from(digit - b'0'))
            }
            _ => return None,
        };
        let start = self.start?.micros();
        Some(Timestamp::from_micros(start + (tens * 10 + ones) * 1_000_000 + micros))
    }

    /// Remembers the minute of a text that has been read in full.
    fn remember(&mut self, text: &[u8], zone: Zone) {
        let Some((minute, rest)) = text.split_first_chunk::<17>() else { return };
        // An offset behind the seconds would move the minute.
        let naive = rest.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
        if naive && minute[16] == b':' {
            let start = std::str::from_utf8(&text[..16]).ok();
            self.start = start.and_then(|start| Timestamp::from_text(start, &zone));
            self.text = *minute;
        }
    }
}

impl Fields<'_> {
    /// Whether this program wrote the record.
    pub(super) fn is_own(&self, batch: &Batch, memory: &mut Memory) -> bool {
        let Value { kind, text } = self.value(Standard::Logger);
        // The name has no characters that must be escaped, but any may be.
        let may_be = text.is_escaped() || text.range().len() == OWN_LOGGER.len();
        may_be
            && matches!(kind, Kind::String { .. })
            && batch.text(text, &mut memory.scratch) == OWN_LOGGER
    }

    /// Fills the last row of the batch.
    pub(super) fn fill(&self, batch: &mut Batch, memory: &mut Memory) {
        let row = batch.rows() - 1;
        batch.timestamp[row] = self.timestamp(batch, memory);
        batch.level[row] = level(self.value(Standard::Level), batch, memory);
        batch.logger[row] = memory.recent.intern(batch, self.text(Standard::Logger));
        batch.module[row] = memory.recent.intern(batch, self.text(Standard::Module));
        batch.function[row] = memory.recent.intern(batch, self.text(Standard::Function));
        batch.client[row] = memory.recent.intern(batch, self.text(Standard::Client));
        batch.session[row] = self.text(Standard::Session);
        batch.message[row] = self.text(Standard::Message);
        batch.exception[row] = self.text(Standard::Exception);
        for (column, &text) in batch.fields.iter_mut().zip(&self.found.fields) {
            column[row] = text;
        }
    }

    /// The value of a standard field: of its keys that are there and not `null`, the best.
    fn value(&self, field: Standard) -> Value {
        let values = &self.found.standard[self.plan.aliases(field)];
        values.iter().find(|value| value.kind != Kind::Null).copied().unwrap_or(Value::NONE)
    }

    fn text(&self, field: Standard) -> Text {
        self.value(field).text
    }

    fn timestamp(&self, batch: &Batch, memory: &mut Memory) -> Timestamp {
        let Value { kind, text } = self.value(Standard::Timestamp);
        let raw = batch.bytes[text.range()].as_bytes();
        let read = match kind {
            Kind::String { escaped: false } => memory.minute.read(raw).or_else(|| {
                memory.minute.remember(raw, *self.zone);
                Timestamp::from_text(batch.plain(text), self.zone)
            }),
            Kind::String { escaped: true } => {
                Timestamp::from_text(batch.text(text, &mut memory.scratch), self.zone)
            }
            Kind::Number => Timestamp::from_number(batch.plain(text)),
            Kind::Null | Kind::Other => None,
        };
        read.unwrap_or(Timestamp::NONE)
    }
}

/// One of the six levels, or what else stands there under its own name.
fn level(value: Value, batch: &mut Batch, memory: &mut Memory) -> NameId {
    let scratch = &mut memory.scratch;
    let mut text = batch.bytes[value.text.range()].trim();
    let known = match value.kind {
        Kind::Null => return NameId::NONE,
        Kind::String { escaped } => {
            if escaped {
                text = batch.text(value.text, scratch).trim();
            }
            Level::from_text(text)
        }
        Kind::Number => text.parse().ok().and_then(Level::from_number),
        Kind::Other => None,
    };
    match known {
        Some(level) => level.to_name(),
        None if value.text.is_escaped() => batch.names.intern(scratch.trim()),
        None => batch.names.intern(batch.bytes[value.text.range()].trim()),
    }
}
