//! What was found in the lines of a block becomes columns.
//!
//! Gives values their types: levels, instants, names, texts. Knows no syntax. Each column is made
//! for all lines at once, since one line's work does not wait for another's.

use super::OWN_LOGGER;
use super::minute::{Minute, PLAIN};
use super::recent::Recent;
use super::simd::Processor;
use super::slab::{Slab, is_string};
use crate::record::{
    Batch, Interner, Level, NameId, Needs, Standard, Text, Timestamp, Zone, unescaped,
};

/// What is remembered from block to block to save work.
#[derive(Debug)]
pub(super) struct Columns {
    zone: Zone,
    processor: Processor,
    /// The fields whose names nobody reads.
    skipped: [bool; Standard::COUNT],
    scratch: String,
    recent: Recent,
    minute: Minute,
}

impl Columns {
    pub(super) fn new(zone: Zone, processor: Processor, needs: &Needs) -> Columns {
        let skipped = Standard::ALL.map(|(field, ..)| !needs.reads(field));
        let (recent, minute) = (Recent::new(), Minute::default());
        Columns { zone, processor, skipped, scratch: String::new(), recent, minute }
    }

    /// Fills the columns of a batch from a slab, whose lines are records where `accepted` says so.
    pub(super) fn fill(&mut self, accepted: &[bool], slab: &mut Slab, batch: &mut Batch) {
        self.records(accepted, slab, batch);
        let rows = accepted.len();
        let column = |field| &slab.standard(field)[..rows];
        self.timestamps(column(Standard::Timestamp), batch);
        self.levels(column(Standard::Level), batch);
        let Batch { bytes, names, logger, module, function, client, .. } = &mut *batch;
        for (field, names_of) in [
            (Standard::Logger, logger),
            (Standard::Module, module),
            (Standard::Function, function),
            (Standard::Client, client),
        ] {
            if self.skipped[field as usize] {
                names_of.resize(rows, NameId::NONE);
                continue;
            }
            self.recent.intern(self.processor, bytes, column(field), names, names_of);
        }
        batch.session.extend_from_slice(column(Standard::Session));
        batch.message.extend_from_slice(column(Standard::Message));
        batch.exception.extend_from_slice(column(Standard::Exception));
        batch.set_fields(rows, |slot| slab.field(slot));
        let undated = |row: &&u32| !batch.timestamp[**row as usize].is_some();
        batch.accounting.undated = batch.records.iter().filter(undated).count() as u64;
    }

    /// Lists and counts the records; those that this program wrote are counted and emptied.
    fn records(&mut self, accepted: &[bool], slab: &mut Slab, batch: &mut Batch) {
        let rows = accepted.len();
        batch.records.resize(rows, 0);
        let mut count = 0;
        for (row, accepted) in accepted.iter().enumerate() {
            batch.records[count] = row as u32;
            count += usize::from(*accepted);
        }
        batch.records.truncate(count);
        batch.accounting.records = count as u64;
        // The name has no characters that must be escaped, but any may be.
        let may_be = |text: &Text| text.is_escaped() | (text.len() == OWN_LOGGER.len());
        let loggers = &slab.standard(Standard::Logger)[..rows];
        if loggers.iter().fold(false, |any, logger| any | may_be(logger)) {
            self.own(slab, batch);
        }
    }

    /// Counts the records that this program wrote, and empties them.
    fn own(&mut self, slab: &mut Slab, batch: &mut Batch) {
        let mut records = std::mem::take(&mut batch.records);
        records.retain(|&row| {
            let own = self.is_own(slab.standard(Standard::Logger)[row as usize], batch);
            if own {
                slab.forget(row as usize);
            }
            !own
        });
        batch.accounting.own_alerts = batch.accounting.records - records.len() as u64;
        batch.records = records;
    }

    fn is_own(&mut self, logger: Text, batch: &Batch) -> bool {
        (logger.is_escaped() || logger.len() == OWN_LOGGER.len())
            && is_string(batch.bytes.as_bytes(), logger)
            && batch.text(logger, &mut self.scratch) == OWN_LOGGER
    }

    fn timestamps(&mut self, texts: &[Text], batch: &mut Batch) {
        let Columns { zone, minute, .. } = self;
        let Batch { bytes, timestamp: column, .. } = batch;
        column.extend(texts.iter().map(|&text| {
            let (start, len) = text.place();
            let plain = bytes.as_bytes().get(start as usize..).and_then(<[u8]>::first_chunk);
            let plain = plain.filter(|_| len as usize == PLAIN);
            let time = plain.and_then(|plain| minute.read_plain(plain));
            match time {
                Some(time) => time,
                None => timestamp(bytes, text, *zone, minute).unwrap_or(Timestamp::NONE),
            }
        }));
    }

    fn levels(&mut self, texts: &[Text], batch: &mut Batch) {
        let Batch { bytes, names, level, .. } = batch;
        level.extend(texts.iter().map(|&text| {
            let known = usual(bytes.as_bytes(), text);
            known.unwrap_or_else(|| unusual(bytes, text, names, &mut self.scratch))
        }));
    }
}

/// Whether a value is a string with escapes, for fields whose texts do not say so.
pub(super) fn has_escapes(bytes: &[u8], text: Text) -> bool {
    memchr::memchr(b'\\', &bytes[text.range()]).is_some() && is_string(bytes, text)
}

/// A timestamp in any form.
#[cold]
#[inline(never)]
fn timestamp(bytes: &str, text: Text, zone: Zone, minute: &mut Minute) -> Option<Timestamp> {
    if !text.is_some() {
        return None;
    }
    let raw = &bytes[text.range()];
    if let Some(time) = minute.read(raw.as_bytes()) {
        return Some(time);
    }
    if !is_string(bytes.as_bytes(), text) {
        return Timestamp::from_number(raw);
    }
    if has_escapes(bytes.as_bytes(), text) {
        return Timestamp::from_text(&unescaped(raw), &zone);
    }
    let read = Timestamp::from_text(raw, &zone)?;
    minute.remember(raw.as_bytes(), read);
    Some(read)
}

/// The level whose name a text is, as it is mostly written.
#[inline]
fn usual(bytes: &[u8], text: Text) -> Option<NameId> {
    let (start, len) = text.place();
    let word = u64::from_le_bytes(*bytes.get(start as usize..)?.first_chunk()?);
    // What this leaves of a text that is shorter or longer than any name does not matter.
    let word = word & (u64::MAX >> (64_u32.wrapping_sub(8 * len) % 64));
    let (known, length, level) = USUAL[usual_place(word)];
    (known == word && length == len).then_some(level)
}

/// The six names as words, with their lengths, each at its own place; no text is as long as an
/// empty place demands.
const USUAL: [(u64, u32, NameId); 16] = {
    let names: [&[u8]; 6] = [b"TRACE", b"DEBUG", b"INFO", b"WARNING", b"ERROR", b"CRITICAL"];
    let mut places = [(0, u32::MAX, NameId::NONE); 16];
    let mut at = 0;
    while at < names.len() {
        let (mut word, mut byte) = (0_u64, names[at].len());
        while byte > 0 {
            byte -= 1;
            word = word << 8 | names[at][byte] as u64;
        }
        let place = usual_place(word);
        assert!(places[place].0 == 0, "two names share a place");
        places[place] = (word, names[at].len() as u32, NameId(at as u32 + 1));
        at += 1;
    }
    places
};

/// Tells the six names apart.
const fn usual_place(word: u64) -> usize {
    (word.wrapping_mul(0x91b7_584a_2265_b1f5) >> 60) as usize
}

/// One of the six levels in another writing, or what else stands there under its own name.
#[cold]
#[inline(never)]
fn unusual(bytes: &str, text: Text, names: &mut Interner, scratch: &mut String) -> NameId {
    if !text.is_some() {
        return NameId::NONE;
    }
    let raw = &bytes[text.range()];
    let written = if has_escapes(bytes.as_bytes(), text) {
        *scratch = unescaped(raw);
        scratch.trim()
    } else {
        raw.trim()
    };
    let known = if is_string(bytes.as_bytes(), text) {
        Level::from_text(written)
    } else {
        raw.parse().ok().and_then(Level::from_number)
    };
    known.map_or_else(|| names.intern(written), Level::to_name)
}
