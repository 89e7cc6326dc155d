//! Wrappers that are objects: Fluent Bit's, Docker's, Vector's, those of `journalctl -o json`.
//!
//! They are told from records by their keys. A record may have a `log` or a `message` of its own: what
//! has a level, and but for Vector a message, is no wrapper unless the user says what it is.

use std::ops::Range;

use super::Envelopes;
use super::line::{cri, header, is_object};
use crate::parse::token::{Kind, Tokens};
use crate::record::unescaped;

/// A value of the top level: where it stands in its line, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
}

impl Value {
    pub(super) fn place(self) -> Range<usize> {
        self.start..self.end
    }

    /// Where the inside of a string stands.
    pub(super) fn inside(self) -> Option<Range<usize>> {
        matches!(self.kind, Kind::String { .. }).then_some(self.start + 1..self.end - 1)
    }

    fn text(self, line: &str) -> Option<&str> {
        self.inside().map(|inside| &line[inside])
    }
}

/// A wrapper that has been recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrapper {
    /// What stands for the record: the value itself is left out of what serves the record.
    pub(super) value: Value,
    pub(super) content: Content,
    /// When the host says it was.
    pub(super) time: Option<Value>,
    /// Of a journal, the level and the program's name.
    pub(super) level: Option<&'static str>,
    pub(super) identifier: Option<Value>,
    journal: bool,
}

/// What a wrapper holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// The inside of a string, whose place this is.
    String(Range<usize>),
    /// Bytes that were written as numbers.
    Bytes(Vec<u8>),
    /// The host has left it out.
    Missing,
}

/// The keys that tell a wrapper, with their last values.
#[derive(Debug, Default)]
struct Keys {
    log: Option<Value>,
    exec: Option<Value>,
    date: Option<Value>,
    time: Option<Value>,
    timestamp: Option<Value>,
    stream: Option<Value>,
    message: Option<Value>,
    source_type: Option<Value>,
    journal: Option<Value>,
    realtime: Option<Value>,
    priority: Option<Value>,
    identifier: Option<Value>,
    program: Option<Value>,
}

impl Keys {
    fn of(line: &str) -> Keys {
        let mut keys = Keys::default();
        let mut entries = Entries { line, tokens: Tokens::within(line.as_bytes(), 0) };
        entries.tokens.peek();
        entries.tokens.advance();
        while let Some((key, value)) = entries.next() {
            let place = match key {
                "log" => &mut keys.log,
                "exec" => &mut keys.exec,
                "date" => &mut keys.date,
                "time" => &mut keys.time,
                "timestamp" => &mut keys.timestamp,
                "stream" => &mut keys.stream,
                "message" => &mut keys.message,
                "source_type" => &mut keys.source_type,
                "MESSAGE" => &mut keys.journal,
                "__REALTIME_TIMESTAMP" => &mut keys.realtime,
                "PRIORITY" => &mut keys.priority,
                "SYSLOG_IDENTIFIER" => &mut keys.identifier,
                "_COMM" => &mut keys.program,
                _ => continue,
            };
            *place = Some(value);
        }
        keys
    }
}

/// The entries of an object that is known to be valid.
struct Entries<'a> {
    line: &'a str,
    tokens: Tokens<'a>,
}

impl<'a> Entries<'a> {
    fn next(&mut self) -> Option<(&'a str, Value)> {
        if self.tokens.peek()? == b',' {
            self.tokens.advance();
        }
        if self.tokens.peek()? != b'"' {
            return None;
        }
        let start = self.tokens.at() + 1;
        self.tokens.string().ok()?;
        let key = &self.line[start..self.tokens.at() - 1];
        self.tokens.peek();
        self.tokens.advance();
        Some((key, self.value()?))
    }

    fn value(&mut self) -> Option<Value> {
        let nested = matches!(self.tokens.peek()?, b'{' | b'[');
        let start = self.tokens.at();
        let mut kind = Kind::Other;
        if nested {
            let mut depth = 0;
            loop {
                match self.tokens.peek()? {
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    b',' | b':' => {}
                    _ => {
                        self.tokens.scalar().ok()?;
                        continue;
                    }
                }
                self.tokens.advance();
                if depth == 0 {
                    break;
                }
            }
        } else {
            kind = self.tokens.scalar().ok()?;
        }
        Some(Value { start, end: self.tokens.at(), kind })
    }
}

impl Wrapper {
    /// Whether it is an entry of a journal.
    pub(super) fn is_journal(&self) -> bool {
        self.journal
    }
}

/// The time that Docker gives a line, which is known to be valid.
pub(super) fn stamp(line: &str) -> Option<Value> {
    Keys::of(line).time
}

/// Whether the record that a line is has these fields itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Own {
    pub(super) level: bool,
    pub(super) message: bool,
}

/// The wrapper that a valid object is, if it is one.
pub(super) fn open(line: &str, own: Own, looked_for: Envelopes) -> Option<Wrapper> {
    let keys = Keys::of(line);
    let guessed = looked_for == Envelopes::Auto;
    let record = guessed && (own.level || own.message);
    if looked_for.has(Envelopes::Journald)
        && let Some(wrapper) = journal(line, &keys, guessed)
    {
        return Some(wrapper);
    }
    if looked_for.has(Envelopes::Vector)
        && !(guessed && own.level)
        && let (Some(_), Some(message)) = (keys.source_type, keys.message)
        && let Some(wrapper) = string(message, keys.timestamp)
        && message.text(line).is_some_and(holds_record)
    {
        return Some(wrapper);
    }
    if record || !(looked_for.has(Envelopes::FluentBit) || looked_for == Envelopes::Docker) {
        return None;
    }
    let time = keys.time.or(keys.date);
    if let Some(log) = keys.log {
        let stamped = time.or(keys.stream).is_some();
        let holds = stamped || !guessed || log.text(line).is_some_and(holds_record);
        return if holds { string(log, time) } else { None };
    }
    keys.exec.filter(|_| looked_for != Envelopes::Docker).and_then(|exec| string(exec, time))
}

fn string(value: Value, time: Option<Value>) -> Option<Wrapper> {
    let content = Content::String(value.inside()?);
    Some(Wrapper { value, content, time, level: None, identifier: None, journal: false })
}

/// Whether the inside of a string begins like something that is read as a record.
fn holds_record(raw: &str) -> bool {
    // Enough for the beginning; an escape that is cut does no harm at its end.
    let mut end = raw.len().min(600);
    while !raw.is_char_boundary(end) {
        end -= 1;
    }
    let text = unescaped(&raw[..end]);
    let text = text.trim_ascii_start().as_bytes();
    text.starts_with(b"{") && (is_object(text) || text.len() == 1)
        || header(text).is_some()
        || cri(text).is_some()
}

fn journal(line: &str, keys: &Keys, guessed: bool) -> Option<Wrapper> {
    let message = keys.journal?;
    if guessed {
        keys.realtime?;
    }
    let (value, content) = journal_text(line, message);
    let level = keys.priority.and_then(|priority| {
        let number = &line[priority.inside().unwrap_or(priority.place())];
        match number {
            "0" | "1" | "2" => Some("CRITICAL"),
            "3" => Some("ERROR"),
            "4" => Some("WARNING"),
            "5" | "6" => Some("INFO"),
            "7" => Some("DEBUG"),
            _ => None,
        }
    });
    let identifier = keys.identifier.or(keys.program);
    let identifier = identifier.filter(|value| value.inside().is_some());
    Some(Wrapper { value, content, time: keys.realtime, level, identifier, journal: true })
}

/// The text of a field of the journal: a string, the numbers of its bytes, `null` where it is too
/// long, or an array of these where the entry has the field several times: then the last counts.
fn journal_text(line: &str, value: Value) -> (Value, Content) {
    if let Some(inside) = value.inside() {
        return (value, Content::String(inside));
    }
    if !line[value.place()].starts_with('[') {
        return (value, Content::Missing);
    }
    let values = elements(line, value);
    if let Some(bytes) = bytes(line, &values) {
        return (value, Content::Bytes(bytes));
    }
    // What is nested deeper than that is no journal's.
    match values.last() {
        Some(last) if last.inside().is_some() => (*last, journal_text(line, *last).1),
        Some(last) => {
            let content = bytes(line, &elements(line, *last));
            (*last, content.map_or(Content::Missing, Content::Bytes))
        }
        None => (value, Content::Missing),
    }
}

/// The elements of an array; none of anything else.
fn elements(line: &str, array: Value) -> Vec<Value> {
    let mut values = Vec::new();
    if line[array.place()].starts_with('[') {
        let tokens = Tokens::within(line.as_bytes(), array.start + 1);
        let mut entries = Entries { line, tokens };
        while entries.tokens.peek().is_some_and(|next| next != b']') {
            let Some(value) = entries.value() else { break };
            values.push(value);
            if entries.tokens.peek() == Some(b',') {
                entries.tokens.advance();
            }
        }
    }
    values
}

/// The bytes that some values are the numbers of.
fn bytes(line: &str, values: &[Value]) -> Option<Vec<u8>> {
    let byte = |value: &Value| line[value.place()].parse().ok();
    let bytes = values.iter().map(byte).collect::<Option<Vec<u8>>>();
    bytes.filter(|bytes| !bytes.is_empty())
}
