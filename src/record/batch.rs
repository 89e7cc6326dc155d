//! One block of input as columns.

use std::ops::Range;
use std::sync::Arc;

use super::unescape::{unescape, unescaped};
use super::{
    Accounting, Capture, Earlier, EventKind, FieldSlot, Interner, Level, NameId, RawEvent,
    RawLines, Reason, Seed, Text, Timestamp,
};

/// One block of whole lines as columns. Row *n* is the *n*-th line of the block; only the rows
/// in `records` are records, the other rows of every column are empty.
///
/// A batch is filled again and again: [`crate::parse`] fills everything but `events`
/// and their texts, [`crate::event`] adds those (and the client and session that only a message names).
#[derive(Debug)]
pub struct Batch {
    /// The block, behind it line feeds as padding, and behind these the texts that had to be
    /// rewritten. All spans are into this.
    pub bytes: String,
    /// The file, as the user named it; `-` for standard input.
    pub file: Arc<str>,
    /// The number of the source: one series, or standard input.
    pub source: u32,
    /// Whether the input has this source from its start. Only a partial state of a piece of a
    /// source has not.
    pub whole_source: bool,
    /// The number of the first line in its file, from 1; of those behind the earlier ones.
    pub first_line: u64,
    /// The first rows, if they were held back: they come before the others, maybe in another file.
    pub earlier: Vec<Earlier>,
    /// The names that the columns of names refer to.
    pub names: Interner,
    /// The rows that are records, ascending.
    pub records: Vec<u32>,
    /// The rows that were refused, ascending, with the reason.
    pub malformed: Vec<(u32, Reason)>,
    /// The rows, ascending, that belong to the record of an earlier row, and that one, if it is here.
    pub joined: Vec<(u32, Option<u32>)>,
    /// The rows, ascending, of lines that hold nothing but white space inside of a wrapper.
    pub blank: Vec<u32>,
    /// The rows, ascending, of records that are not just their line, and where these stand: what
    /// was wrapped, or the object that was made of text.
    pub inner: Vec<(u32, Text)>,
    /// Each line without its line end. For a repaired line, the line as it was mended.
    pub line: Vec<Text>,
    /// The lines as they came, if somebody has asked for them.
    pub raw: RawLines,
    /// Timestamps; [`Timestamp::NONE`] where missing or unreadable.
    pub timestamp: Vec<Timestamp>,
    /// Levels by name: the six have fixed numbers, see [`Level::from_name`].
    pub level: Vec<NameId>,
    /// Logger names.
    pub logger: Vec<NameId>,
    /// Modules.
    pub module: Vec<NameId>,
    /// Functions.
    pub function: Vec<NameId>,
    /// Clients: by key, or named by the message of an event.
    pub client: Vec<NameId>,
    /// Sessions: by key, or named by the message of an event.
    pub session: Vec<Text>,
    /// Messages.
    pub message: Vec<Text>,
    /// Exceptions.
    pub exception: Vec<Text>,
    /// The requested fields, by slot, as raw JSON values. Columns may be longer than the block.
    pub fields: Vec<Vec<Text>>,
    /// By slot, whether some row had the field.
    had: Vec<bool>,
    /// The recognised lines, by ascending row, at most one each.
    pub events: Vec<RawEvent>,
    /// The texts of the events but for their names, one event behind the other;
    /// [`RawEvent::get`] finds them.
    pub captured: Vec<Text>,
    /// What became of the lines.
    pub accounting: Accounting,
}

impl Batch {
    /// An empty batch with so many columns of requested fields.
    #[must_use]
    pub fn new(seed: Seed, fields: usize) -> Batch {
        Batch {
            bytes: String::new(),
            file: Arc::from("-"),
            source: 0,
            whole_source: true,
            first_line: 1,
            earlier: Vec::new(),
            names: Interner::new(seed),
            records: Vec::new(),
            malformed: Vec::new(),
            joined: Vec::new(),
            blank: Vec::new(),
            inner: Vec::new(),
            line: Vec::new(),
            raw: RawLines::default(),
            timestamp: Vec::new(),
            level: Vec::new(),
            logger: Vec::new(),
            module: Vec::new(),
            function: Vec::new(),
            client: Vec::new(),
            session: Vec::new(),
            message: Vec::new(),
            exception: Vec::new(),
            fields: vec![Vec::new(); fields],
            had: vec![false; fields],
            events: Vec::new(),
            captured: Vec::new(),
            accounting: Accounting::default(),
        }
    }

    /// Empties all columns, keeping their memory, and lets the interner forget if it must.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.names.trim();
        self.records.clear();
        self.malformed.clear();
        self.joined.clear();
        self.blank.clear();
        self.inner.clear();
        self.line.clear();
        self.raw.clear();
        self.timestamp.clear();
        for column in [
            &mut self.level,
            &mut self.logger,
            &mut self.module,
            &mut self.function,
            &mut self.client,
        ] {
            column.clear();
        }
        self.session.clear();
        self.message.clear();
        self.exception.clear();
        self.events.clear();
        self.captured.clear();
        self.accounting = Accounting::default();
    }

    /// Appends an empty row that shows `line`.
    pub fn push_row(&mut self, line: Text) {
        self.line.push(line);
        self.timestamp.push(Timestamp::NONE);
        for column in [
            &mut self.level,
            &mut self.logger,
            &mut self.module,
            &mut self.function,
            &mut self.client,
        ] {
            column.push(NameId::NONE);
        }
        self.session.push(Text::NONE);
        self.message.push(Text::NONE);
        self.exception.push(Text::NONE);
        for column in &mut self.fields {
            column.push(Text::NONE);
        }
    }

    /// Fills the columns of requested fields for so many rows. `column` gives that of a slot, at
    /// least as long, or none if no row has the field.
    pub fn set_fields<'a>(&mut self, rows: usize, column: impl Fn(usize) -> Option<&'a [Text]>) {
        for (slot, (field, had)) in self.fields.iter_mut().zip(&mut self.had).enumerate() {
            let texts = column(slot);
            if std::mem::replace(had, texts.is_some()) || texts.is_some() {
                field.clear();
            }
            // A field that no row has costs nothing from block to block.
            field.extend_from_slice(texts.map_or(&[], |texts| &texts[..rows]));
            if field.len() < rows {
                field.resize(rows, Text::NONE);
            }
        }
    }

    /// The bytes of some neighbouring lines as they came, line ends included. Empty unless they
    /// were asked for by [`super::Needs::keep_raw`]. The last line of a file may lack its end;
    /// only within the range it has one.
    #[must_use]
    pub fn raw_lines(&self, rows: Range<u32>) -> &[u8] {
        let lines = self.raw.get(rows.start as usize..rows.end as usize, &self.bytes);
        match rows.end.checked_sub(1) {
            Some(last) if self.is_unended(last as usize) => {
                lines.strip_suffix(b"\n").unwrap_or(lines)
            }
            _ => lines,
        }
    }

    /// The text of the record of a row, without what is wrapped around it. For a record of text it
    /// is the object that stands for it.
    #[must_use]
    pub fn record_text(&self, row: u32) -> &str {
        let inner = self.inner.binary_search_by_key(&row, |(row, _)| *row);
        self.plain(inner.map_or_else(|_| self.line[row as usize], |at| self.inner[at].1))
    }

    /// Whether some row of the block has a requested field.
    #[must_use]
    pub fn has_field(&self, slot: FieldSlot) -> bool {
        self.had.get(usize::from(slot.0)).is_some_and(|had| *had)
    }

    /// How many lines the block has.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.line.len()
    }

    /// What became of the lines of some rows, as far as rows tell: repaired records, duplicate
    /// keys, bytes and samples are told of the whole block only. Lines that were left out before
    /// the block was made have no rows.
    #[must_use]
    pub fn accounting_of(&self, rows: Range<u32>) -> Accounting {
        let rows = rows.start..rows.end.min(self.rows() as u32);
        let records = between(&self.records, &rows, |row| *row);
        let malformed = between(&self.malformed, &rows, |(row, _)| *row);
        let mut of = Accounting { lines: rows.len() as u64, ..Accounting::default() };
        of.records = records.len() as u64;
        of.undated =
            records.iter().filter(|row| !self.timestamp[**row as usize].is_some()).count() as u64;
        for (_, reason) in malformed {
            of.reasons[*reason as usize] += 1;
        }
        if records.len() + malformed.len() < rows.len() {
            self.account_others(rows, records, malformed, &mut of);
        }
        of
    }

    /// Counts the rows that are neither among the records nor malformed.
    fn account_others(
        &self,
        rows: Range<u32>,
        records: &[u32],
        malformed: &[(u32, Reason)],
        of: &mut Accounting,
    ) {
        let (mut records, mut malformed) = (records.iter().peekable(), malformed.iter().peekable());
        for row in rows {
            let known = records.next_if_eq(&&row).is_some()
                || malformed.next_if(|(refused, _)| *refused == row).is_some();
            if known {
                continue;
            }
            let line = self.line[row as usize];
            if self.joined_to(row).is_some() {
                of.joined += 1;
            } else if !line.is_some() {
                of.oversize += 1;
            } else if self.plain(line).bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
                || self.blank.binary_search(&row).is_ok()
            {
                of.blank += 1;
            } else {
                // A record that nobody reads is one of this program's own.
                of.records += 1;
                of.own_alerts += 1;
            }
        }
    }

    /// The text at a place; decoded into `scratch` if it has escapes. Empty for [`Text::NONE`].
    pub fn text<'a>(&'a self, text: Text, scratch: &'a mut String) -> &'a str {
        let raw = &self.bytes[text.range()];
        if !text.is_escaped() {
            return raw;
        }
        scratch.clear();
        unescape(raw, scratch);
        scratch
    }

    /// The text at a place that is known to have no escapes (lines, raw values, captures).
    #[inline]
    #[must_use]
    pub fn plain(&self, text: Text) -> &str {
        debug_assert!(!text.is_escaped());
        &self.bytes[text.range()]
    }

    /// Decodes a text with escapes once and for all, behind the block.
    pub fn decoded(&mut self, text: Text) -> Text {
        if !text.is_escaped() {
            return text;
        }
        let start = self.bytes.len();
        let out = unescaped(&self.bytes[text.range()]);
        self.bytes.push_str(&out);
        Text::plain(start, out.len())
    }

    /// The interned name of a text, decoded.
    pub fn intern(&mut self, text: Text) -> NameId {
        if !text.is_some() {
            return NameId::NONE;
        }
        let raw = &self.bytes[text.range()];
        if !text.is_escaped() {
            return self.names.intern(raw);
        }
        self.names.intern(&unescaped(raw))
    }

    /// The view of one row.
    #[must_use]
    pub fn record(&self, row: u32) -> Record<'_> {
        Record { batch: self, row: row as usize }
    }

    /// The views of all records, in order.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.records.iter().map(|&row| self.record(row))
    }
}

/// Those of some items, ascending by row, that lie within a range of rows.
fn between<'a, T>(items: &'a [T], rows: &Range<u32>, row: impl Fn(&T) -> u32) -> &'a [T] {
    let start = items.partition_point(|item| row(item) < rows.start);
    let end = items.partition_point(|item| row(item) < rows.end);
    items.get(start..end).unwrap_or_default()
}

/// One record: a view of one row of a [`Batch`].
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    batch: &'a Batch,
    row: usize,
}

impl<'a> Record<'a> {
    /// The batch that the record stands in.
    #[must_use]
    pub fn batch(&self) -> &'a Batch {
        self.batch
    }

    /// Its row in the batch.
    #[must_use]
    pub fn row(&self) -> usize {
        self.row
    }

    /// When it was written.
    #[must_use]
    pub fn timestamp(&self) -> Option<Timestamp> {
        self.batch.timestamp[self.row].get()
    }

    /// Its level, if it is one of the six.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        Level::from_name(self.batch.level[self.row])
    }

    /// Whether its level is ERROR or CRITICAL.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.level().is_some_and(Level::is_error)
    }

    /// The name of its level as it is counted, also when it is none of the six.
    #[must_use]
    pub fn level_name(&self) -> Option<&'a str> {
        self.name(self.batch.level[self.row])
    }

    /// Its logger.
    #[must_use]
    pub fn logger(&self) -> Option<&'a str> {
        self.name(self.batch.logger[self.row])
    }

    /// Its module.
    #[must_use]
    pub fn module(&self) -> Option<&'a str> {
        self.name(self.batch.module[self.row])
    }

    /// Its function.
    #[must_use]
    pub fn function(&self) -> Option<&'a str> {
        self.name(self.batch.function[self.row])
    }

    /// Its client: by key, or named by its message.
    #[must_use]
    pub fn client(&self) -> Option<&'a str> {
        self.name(self.batch.client[self.row])
    }

    /// A text column's value; decode it with [`Batch::text`].
    #[must_use]
    pub fn message(&self) -> Text {
        self.batch.message[self.row]
    }

    /// Its traceback.
    #[must_use]
    pub fn exception(&self) -> Text {
        self.batch.exception[self.row]
    }

    /// Its session: by key, or named by its message.
    #[must_use]
    pub fn session(&self) -> Text {
        self.batch.session[self.row]
    }

    /// The whole line.
    #[must_use]
    pub fn line(&self) -> &'a str {
        self.batch.plain(self.batch.line[self.row])
    }

    /// A requested field as raw JSON; `None` where the record has none. May be `NaN` and its
    /// like, which Python writes.
    #[must_use]
    pub fn field(&self, slot: FieldSlot) -> Option<&'a str> {
        let text = self.batch.fields[slot.0 as usize][self.row];
        text.is_some().then(|| self.batch.plain(text))
    }

    /// What its message was recognised as.
    #[must_use]
    pub fn event(&self) -> Option<&'a RawEvent> {
        let row = self.row as u32;
        let at = self.batch.events.binary_search_by_key(&row, |event| event.row).ok()?;
        self.batch.events.get(at)
    }

    /// The kind of its event.
    #[must_use]
    pub fn event_kind(&self) -> Option<EventKind> {
        self.event().map(|event| event.kind)
    }

    /// What the pattern of its event captured.
    #[must_use]
    pub fn capture(&self, capture: Capture) -> Option<&'a str> {
        self.event()?.get(self.batch, capture)
    }

    fn name(&self, id: NameId) -> Option<&'a str> {
        id.is_some().then(|| self.batch.names.get(id))
    }
}
