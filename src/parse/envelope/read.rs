//! Reads a line in the general way, with whatever is wrapped around the record.
//!
//! What is unwrapped is appended behind the block, where mended lines stand too. Nothing of the
//! wrapper is unvalidated, and of what it holds neither.

use std::ops::Range;

use super::Envelopes;
use super::line::{Head, Header, Part, cri, head, header};
use super::object::{Content, Own, Value, Wrapper, open, stamp};
use crate::parse::plan::TOP;
use crate::parse::token::{Fault, Kind};
use crate::parse::{Line, Parser, lines};
use crate::record::{Batch, Reason, Standard, Text, escape, unescaped};

/// So many wrappers may be around a record: files of containers are collected, and collected again.
const MAX_WRAPPERS: usize = 4;
/// Places in a batch are 32 bits; unwrapping stops before they end.
const MAX_BYTES: usize = 3 << 30;

/// What a line is, or several that belong together.
pub(in crate::parse) enum Verdict {
    /// A record: where it stands if it is anything but the line itself, whether something was
    /// mended, and whether some object has a key twice.
    Record { inner: Option<Range<usize>>, repaired: bool, duplicate: bool },
    /// Nothing but white space.
    Blank,
    /// Too much to be unwrapped.
    Oversize,
    /// No record.
    Fault { at: Place, reason: Reason },
}

/// Where a fault is.
pub(in crate::parse) struct Place {
    /// The row of its line.
    pub(in crate::parse) row: usize,
    /// Where that line stands in the block as it came.
    pub(in crate::parse) raw: Range<usize>,
    /// Its byte column in that line, from 1.
    pub(in crate::parse) column: usize,
}

/// What is known of a record from around it, for what it lacks itself.
#[derive(Default)]
struct Outer {
    time: Text,
    level: Text,
    /// The requested fields, by slot.
    fields: Vec<Text>,
    repaired: bool,
    duplicate: bool,
}

/// A piece of a text that was taken out of a line.
struct Source {
    /// Where in the text it begins.
    start: usize,
    /// The number of the line among those that were joined.
    line: usize,
    /// Where it stood in the batch.
    place: Range<usize>,
    escaped: bool,
}

impl Parser {
    /// Reads the line that was looked at as this one, with those that belong to it.
    pub(in crate::parse) fn read(&mut self, line: Line, at: usize, batch: &mut Batch) -> Verdict {
        let bytes = &batch.bytes.as_bytes()[line.place.clone()];
        let joined = self.joins.has_parts(at);
        if lines::is_blank(bytes) && !joined {
            return Verdict::Blank;
        }
        let head = if self.envelopes == Envelopes::Json {
            Head::Object
        } else {
            head(bytes, self.envelopes)
        };
        match head {
            Head::Object | Head::Other if !joined && self.envelopes != Envelopes::Text => {
                self.read_object(line, batch)
            }
            // What begins no record, where there is nothing but text.
            Head::Object | Head::Other => {
                self.fault(&line, Fault { at: 0, reason: Reason::Syntax }, batch)
            }
            Head::Text | Head::Part(_) | Head::Prefixed(_) => self.read_joined(line, at, batch),
        }
    }

    /// Reads a line that is an object, or should be.
    fn read_object(&mut self, line: Line, batch: &mut Batch) -> Verdict {
        if let Err(fault) = self.walk(&line, batch) {
            return self.fault(&line, fault, batch);
        }
        let mut outer = Outer { repaired: line.is_repaired(), ..Outer::default() };
        let Some(wrapper) = self.wrapper(&line.place, batch) else {
            return self.record(&outer, None, batch);
        };
        let (inner, source) = match self.take_out(&wrapper, &line.place, &mut outer, batch) {
            Taken::Text(inner, source) => (inner, source),
            Taken::Oversize => return Verdict::Oversize,
            Taken::Missing(at) => {
                return self.fault(&line, Fault { at, reason: Reason::Inner }, batch);
            }
        };
        match self.unwrap(inner, &mut outer, batch) {
            Ok(verdict) => verdict,
            Err(fault) => self.inner_fault(fault, &[source], &[line], batch),
        }
    }

    /// Reads a record of text, or what a container has written, in all lines that belong to it.
    fn read_joined(&mut self, first: Line, at: usize, batch: &mut Batch) -> Verdict {
        let parts: Vec<(u32, bool)> = self.joins.parts(at).skip(1).collect();
        let mut lines = vec![(first, true)];
        for (row, fresh) in parts {
            let line = self.line(row as usize, false, batch);
            batch.line[line.row] = Text::plain(line.place.start, line.place.len());
            lines.push((line, fresh));
        }
        let mut outer = Outer::default();
        let (mut text, mut sources) = (String::new(), Vec::new());
        for (number, (line, fresh)) in lines.iter().enumerate() {
            outer.repaired |= line.is_repaired();
            if self.strict && line.is_repaired() {
                let fault = self.encoding_fault(line, batch);
                return self.fault(line, fault, batch);
            }
            let (place, escaped) = match self.content(line, number == 0, &mut outer, batch) {
                Ok(content) => content,
                Err(fault) => return self.fault(line, fault, batch),
            };
            if number > 0 && *fresh {
                text.push('\n');
            }
            let raw = &batch.bytes[place.clone()];
            sources.push(Source { start: text.len(), line: number, place: place.clone(), escaped });
            if escaped {
                text.push_str(without_end(&unescaped(raw)));
            } else {
                text.push_str(without_end(raw));
            }
        }
        if batch.bytes.len() + text.len() > MAX_BYTES {
            return Verdict::Oversize;
        }
        let inner = append(&text, batch);
        let lines: Vec<Line> = lines.into_iter().map(|(line, _)| line).collect();
        match self.unwrap(inner, &mut outer, batch) {
            Ok(verdict) => verdict,
            Err(fault) => self.inner_fault(fault, &sources, &lines, batch),
        }
    }

    /// What the program wrote of a line: where that stands, and whether it has escapes. Notes
    /// what else the first line says.
    fn content(
        &mut self,
        line: &Line,
        first: bool,
        outer: &mut Outer,
        batch: &mut Batch,
    ) -> Result<(Range<usize>, bool), Fault> {
        let base = line.place.start;
        let bytes = &batch.bytes.as_bytes()[line.place.clone()];
        match head(bytes, self.envelopes) {
            Head::Part(part) if part.docker => {
                self.walker.walk(&self.plan, batch, line.place.clone(), self.strict)?;
                let place = base + part.content.start..base + part.content.end;
                if first {
                    outer.time = stamp(&batch.bytes[line.place.clone()])
                        .map_or(Text::NONE, |time| text_of(time, base));
                }
                self.note_fields(&(place.start - 1..place.end), outer);
                Ok((place, true))
            }
            Head::Part(part) => {
                if first {
                    self.note_part(&part, base, outer, batch);
                }
                Ok((base + part.content.start..base + part.content.end, false))
            }
            Head::Prefixed(at) => Ok((base + at..line.place.end, false)),
            Head::Object | Head::Text | Head::Other => Ok((line.place.clone(), false)),
        }
    }

    /// The wrapper that a line is, which has just been walked over.
    fn wrapper(&self, place: &Range<usize>, batch: &Batch) -> Option<Wrapper> {
        let found = &self.walker.found;
        if !found.marked {
            return None;
        }
        let has = |field| found.best(&self.plan, field).is_some();
        let own = Own { level: has(Standard::Level), message: has(Standard::Message) };
        open(&batch.bytes[place.clone()], own, self.envelopes)
    }

    /// Reads what stands in wrappers; places of faults are in it.
    fn unwrap(
        &mut self,
        inner: Range<usize>,
        outer: &mut Outer,
        batch: &mut Batch,
    ) -> Result<Verdict, Fault> {
        let mut place = inner;
        // Where in it the text begins that is read now, if it is a text within that.
        let mut within = None;
        for wrappers in 1.. {
            let bytes = &batch.bytes.as_bytes()[place.clone()];
            if lines::is_blank(bytes) {
                return Ok(Verdict::Blank);
            }
            if let Some(header) = header(bytes) {
                return Ok(self.text(&header, place, outer, batch));
            }
            if wrappers < MAX_WRAPPERS
                && self.envelopes == Envelopes::Auto
                && let Some(part) = cri(bytes)
            {
                let base = place.start;
                within = within.or(Some(part.content.start));
                self.note_part(&part, base, outer, batch);
                place = base + part.content.start..base + part.content.end;
                continue;
            }
            let walked = self.walker.walk(&self.plan, batch, place.clone(), self.strict);
            walked.map_err(|fault| Fault { at: within.unwrap_or(fault.at), ..fault })?;
            let wrapper = self.wrapper(&place, batch).filter(|_| wrappers < MAX_WRAPPERS);
            let Some(wrapper) = wrapper else { break };
            place = match self.take_out(&wrapper, &place, outer, batch) {
                Taken::Text(place, _) => place,
                Taken::Oversize => return Ok(Verdict::Oversize),
                Taken::Missing(at) => {
                    return Err(Fault { at: within.unwrap_or(at), reason: Reason::Inner });
                }
            };
            within = within.or(Some(wrapper.value.start));
        }
        Ok(self.record(outer, Some(place), batch))
    }

    /// Reads a record of text, of which the header has been read.
    fn text(
        &mut self,
        header: &Header,
        place: Range<usize>,
        outer: &Outer,
        batch: &mut Batch,
    ) -> Verdict {
        let object = self.keys.record(header, &batch.bytes[place]);
        if batch.bytes.len() + object.len() > MAX_BYTES {
            return Verdict::Oversize;
        }
        let place = append(&object, batch);
        // It was written a moment ago, by a library.
        let _valid = self.walker.walk(&self.plan, batch, place.clone(), false);
        self.record(outer, Some(place), batch)
    }

    /// Completes the record that the walker has found with what is known from around it.
    fn record(&mut self, outer: &Outer, inner: Option<Range<usize>>, batch: &Batch) -> Verdict {
        let Parser { plan, walker, .. } = self;
        let found = &mut walker.found;
        for (field, text) in [(Standard::Timestamp, outer.time), (Standard::Level, outer.level)] {
            debug_assert!(text.range().end <= batch.bytes.len());
            if text.is_some() && !found.best(plan, field).is_some() {
                found.standard[plan.aliases(field).start] = text;
            }
        }
        for (field, &text) in found.fields.iter_mut().zip(&outer.fields) {
            if !field.is_some() {
                *field = text;
            }
        }
        let repaired = found.repaired || outer.repaired;
        let duplicate = found.duplicate || outer.duplicate;
        Verdict::Record { inner, repaired, duplicate }
    }

    /// Takes out of a wrapper what it holds, and notes what else is known from it.
    fn take_out(
        &mut self,
        wrapper: &Wrapper,
        place: &Range<usize>,
        outer: &mut Outer,
        batch: &mut Batch,
    ) -> Taken {
        let Wrapper { value, content, time, level, identifier, .. } = wrapper;
        let base = place.start;
        let in_batch = |place: Range<usize>| base + place.start..base + place.end;
        self.note_fields(&in_batch(value.place()), outer);
        if let Some(time) = time.filter(|_| !outer.time.is_some()) {
            outer.time = text_of(time, base);
        }
        let (text, source) = match content {
            Content::Missing => return Taken::Missing(value.start),
            Content::Bytes(bytes) => {
                let text = String::from_utf8_lossy(bytes).into_owned();
                outer.repaired |= std::str::from_utf8(bytes).is_err();
                (text, in_batch(value.start..value.start))
            }
            Content::String(inside) => {
                let inside = in_batch(inside.clone());
                (unescaped(&batch.bytes[inside.clone()]), inside)
            }
        };
        if let Some(level) = level.filter(|_| !outer.level.is_some()) {
            outer.level = append_string(level, batch);
        }
        let text = without_end(&text);
        let begins = text.trim_ascii_start().starts_with('{') || header(text.as_bytes()).is_some();
        let entry = (wrapper.is_journal() && !begins).then(|| {
            // Whatever is no record of a UFO server is still an entry of the journal.
            let name = identifier.and_then(Value::inside);
            let name = name.map(|name| unescaped(&batch.bytes[in_batch(name)]));
            self.keys.object([None, name.as_deref(), *level, Some(text), None])
        });
        let text = entry.as_deref().unwrap_or(text);
        if batch.bytes.len() + text.len() > MAX_BYTES {
            return Taken::Oversize;
        }
        let inner = append(text, batch);
        Taken::Text(inner, Source { start: 0, line: 0, place: source, escaped: true })
    }

    /// Notes the requested fields of a wrapper, but for the one that holds the record.
    fn note_fields(&self, value: &Range<usize>, outer: &mut Outer) {
        let found = &self.walker.found;
        outer.repaired |= found.repaired;
        outer.duplicate |= found.duplicate;
        outer.fields.resize(found.fields.len(), Text::NONE);
        for (mine, &text) in outer.fields.iter_mut().zip(&found.fields) {
            if !mine.is_some() && text.is_some() && !value.contains(&text.range().start) {
                *mine = text;
            }
        }
    }

    /// Notes what a line of CRI says besides what the program wrote.
    fn note_part(&self, part: &Part, base: usize, outer: &mut Outer, batch: &mut Batch) {
        if outer.time.is_some() {
            return;
        }
        let time = batch.bytes[base + part.time.start..base + part.time.end].to_owned();
        outer.time = append_string(&time, batch);
        outer.fields.resize(self.walker.found.fields.len(), Text::NONE);
        let mut note = |key: &[u8], quoted: Text| {
            let slot = self.plan.find(TOP, key).and_then(|entry| self.plan.entry(entry).slot);
            if let Some(slot) = slot {
                outer.fields[usize::from(slot)] = quoted;
            }
        };
        let place = outer.time.range();
        note(b"time", Text::plain(place.start - 1, place.len() + 2));
        let stream = append_string(part.stream.name(), batch).range();
        note(b"stream", Text::plain(stream.start - 1, stream.len() + 2));
    }

    fn fault(&self, line: &Line, fault: Fault, batch: &Batch) -> Verdict {
        let column = line.column(&self.block(batch)[line.raw.clone()], fault);
        let at = Place { row: line.row, raw: line.raw.clone(), column };
        Verdict::Fault { at, reason: fault.reason }
    }

    /// A fault in what was unwrapped, as one of the line that it stands in.
    fn inner_fault(
        &self,
        fault: Fault,
        sources: &[Source],
        lines: &[Line],
        batch: &Batch,
    ) -> Verdict {
        let reason = match fault.reason {
            // `--strict` refuses these, and nothing is broken.
            Reason::Encoding | Reason::Nonfinite => fault.reason,
            _ => Reason::Inner,
        };
        let at = sources.partition_point(|source| source.start <= fault.at).saturating_sub(1);
        let (source, line) = (&sources[at], &lines[sources[at].line]);
        let (raw, within) = (&batch.bytes[source.place.clone()], fault.at - source.start);
        let within = if source.escaped { escaped_offset(raw, within) } else { within };
        let at = source.place.start + within.min(raw.len()) - line.place.start;
        self.fault(line, Fault { at, reason }, batch)
    }
}

/// What has become of a wrapper.
enum Taken {
    /// The text that it held stands behind the block; where it came from.
    Text(Range<usize>, Source),
    /// It is too much.
    Oversize,
    /// The host has left it out, as the value at this offset says.
    Missing(usize),
}

/// A text without the end of its line.
fn without_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

/// Appends a text behind the block.
fn append(text: &str, batch: &mut Batch) -> Range<usize> {
    let start = batch.bytes.len();
    batch.bytes.push_str(text);
    start..batch.bytes.len()
}

/// Appends a text as a JSON string; it has nothing that must be escaped.
fn append_string(text: &str, batch: &mut Batch) -> Text {
    batch.bytes.push('"');
    let place = append(text, batch);
    batch.bytes.push('"');
    Text::plain(place.start, place.len())
}

/// The place of a value in the batch.
fn text_of(value: Value, base: usize) -> Text {
    match value.kind {
        Kind::Null => Text::NONE,
        Kind::String { escaped } => {
            Text::quoted(base + value.start + 1, value.end - value.start - 2, escaped)
        }
        Kind::Number | Kind::Other => Text::plain(base + value.start, value.end - value.start),
    }
}

/// Where in the inside of a string the character stands that is at an offset of its text.
fn escaped_offset(raw: &str, offset: usize) -> usize {
    let bytes = raw.as_bytes();
    let (mut at, mut seen) = (0, 0);
    while at < bytes.len() && seen < offset {
        if bytes[at] == b'\\' {
            let (c, taken) = escape(&bytes[at + 1..]);
            (at, seen) = (at + 1 + taken, seen + c.len_utf8());
        } else {
            (at, seen) = (at + 1, seen + 1);
        }
    }
    at
}
