//! Marks the rows of a batch whose messages a profile knows.
//!
//! Nearly all rows are refused by a look at their logger, their first bytes and their last ones;
//! only what is left is decoded and meets a regular expression. Any JSON spelling of a message
//! (`\ud83d\udcf1`, `📱`) matches alike.

use std::collections::HashMap;

use regex::CaptureLocations;

use crate::record::{
    Batch, Capture, EventKind, FieldPath, FieldSlot, NameId, Needs, RawEvent, Text,
};

use super::entry::{self, Entry, EntryId, Pattern, Test, Words};
use super::literal::{self, Answer};
use super::profile::Profile;

/// A pattern never matches a longer message: a regular expression meets at most this many bytes
/// of text. No line that tells of an event is near it.
const MAX_MESSAGE: usize = 64 * 1024;

/// Fills the events of batches, by one profile.
#[derive(Debug)]
pub struct Matcher {
    entries: Vec<Known>,
    groups: Groups,
    scratch: Scratch,
}

impl Matcher {
    /// A matcher for a profile, which asks for the fields that its entries can use.
    #[must_use]
    pub fn new(profile: &Profile, needs: &mut Needs) -> Matcher {
        let entries = profile.entries();
        Matcher {
            entries: (0..).zip(entries).map(|(at, entry)| Known::new(at, entry, needs)).collect(),
            groups: Groups::new(entries),
            scratch: Scratch::default(),
        }
    }

    /// Fills `events`, and the client and session of rows whose message alone names them.
    pub fn recognise(&mut self, batch: &mut Batch) {
        self.groups.renew(batch);
        for index in 0..batch.records.len() {
            let row = batch.records[index];
            let group = self.groups.of(batch, batch.logger[row as usize]);
            let message = batch.message[row as usize];
            if !group.admits(&batch.bytes.as_bytes()[message.range()], message) {
                continue;
            }
            self.scratch.clear();
            let level = batch.level[row as usize];
            for &entry in &group.entries {
                let known = &mut self.entries[usize::from(entry)];
                if known.entry.level.is_none_or(|only| only.to_name() == level)
                    && known.matches(batch, message, group.longest, &mut self.scratch)
                {
                    if let Some(kind) = known.entry.kind {
                        known.mark(batch, row, kind, &self.scratch);
                    }
                    break;
                }
            }
        }
    }
}

/// An entry with what matching it needs.
#[derive(Debug)]
struct Known {
    entry: Entry,
    id: EntryId,
    /// Where the groups of the pattern's last match are.
    found: Option<CaptureLocations>,
    /// Where texts are looked up that neither the pattern nor the entry gives, best first.
    keys: Vec<(Capture, FieldSlot)>,
}

impl Known {
    fn new(index: usize, entry: &Entry, needs: &mut Needs) -> Known {
        let mut keys = Vec::new();
        for &capture in entry.kind.map_or(&[][..], entry::useful) {
            if !entry.gives(capture) {
                let names = entry::keys(capture).iter();
                keys.extend(names.map(|key| (capture, needs.field(&FieldPath::top(key)))));
            }
        }
        let found = match &entry.test {
            Test::Pattern(pattern) => Some(pattern.regex.capture_locations()),
            Test::Words(_) => None,
        };
        Known { entry: entry.clone(), id: EntryId::new(index, entry.traits), found, keys }
    }

    fn matches(
        &mut self,
        batch: &Batch,
        message: Text,
        longest: usize,
        scratch: &mut Scratch,
    ) -> bool {
        match &self.entry.test {
            Test::Pattern(pattern) => {
                if !may_match(pattern, batch, message, longest, scratch) {
                    return false;
                }
                let (Some(text), Some(found)) = (scratch.text(batch, message), &mut self.found)
                else {
                    return false;
                };
                pattern.regex.captures_read(found, text).is_some()
            }
            Test::Words(words) => holds(words, batch, message, scratch),
        }
    }

    /// Adds the event of a row that this entry has just matched.
    fn mark(&self, batch: &mut Batch, row: u32, kind: EventKind, scratch: &Scratch) {
        let at = row as usize;
        let mut captures = [Text::NONE; Capture::COUNT];
        for &(group, capture) in self.entry.test.groups() {
            if let Some((start, end)) = self.found.as_ref().and_then(|found| found.get(group)) {
                captures[capture as usize] = scratch.keep(batch, batch.message[at], start, end);
            }
        }
        for (capture, constant) in &self.entry.set {
            if !captures[*capture as usize].is_some() {
                captures[*capture as usize] = push(&mut batch.bytes, constant);
            }
        }
        for &(capture, slot) in &self.keys {
            if !captures[capture as usize].is_some() {
                captures[capture as usize] = field(batch, slot, at);
            }
        }
        share_client(batch, at, &mut captures[Capture::Client as usize]);
        share_session(batch, at, &mut captures[Capture::Session as usize]);
        batch.events.push(RawEvent { row, kind, entry: self.id.bits(), captures });
    }
}

/// Whether the literals of a pattern stand at both ends of a message.
fn may_match(
    pattern: &Pattern,
    batch: &Batch,
    message: Text,
    longest: usize,
    scratch: &mut Scratch,
) -> bool {
    let raw = &batch.bytes.as_bytes()[message.range()];
    if !message.is_escaped() {
        return raw.starts_with(&pattern.prefix) && raw.ends_with(&pattern.suffix);
    }
    // The looks at the raw text come first: they need no decoding.
    let begins = literal::begins(raw, &pattern.prefix);
    begins != Answer::No
        && literal::ends(raw, &pattern.suffix) != Answer::No
        && (begins == Answer::Yes
            || scratch.head(batch, message, longest).as_bytes().starts_with(&pattern.prefix))
}

/// Whether a message holds certain words.
fn holds(words: &Words, batch: &Batch, message: Text, scratch: &mut Scratch) -> bool {
    let raw = &batch.bytes.as_bytes()[message.range()];
    let seen = words.finder.find(raw).is_some();
    if !message.is_escaped() {
        return seen;
    }
    // What is seen may be part of an escape, and escapes may hide what is meant.
    (seen || !words.plain || literal::may_hide_ascii(raw))
        && words.finder.find(scratch.whole(batch, message).as_bytes()).is_some()
}

/// The texts of one row, decoded as far as anybody has asked.
#[derive(Debug, Default)]
struct Scratch {
    head: String,
    whole: String,
    has_head: bool,
    has_whole: bool,
}

impl Scratch {
    fn clear(&mut self) {
        self.has_head = false;
        self.has_whole = false;
    }

    /// The beginning of an escaped message; its first `len` bytes, if it has as many, are right.
    fn head(&mut self, batch: &Batch, message: Text, len: usize) -> &str {
        if !self.has_head {
            let head = literal::head(&batch.bytes[message.range()], len);
            let head = Text::escaped(message.range().start, head.len());
            batch.text(head, &mut self.head);
            self.has_head = true;
        }
        &self.head
    }

    /// An escaped message.
    fn whole(&mut self, batch: &Batch, message: Text) -> &str {
        if !self.has_whole {
            batch.text(message, &mut self.whole);
            self.has_whole = true;
        }
        &self.whole
    }

    /// A message, unless it is too long for a pattern. An escape is at most six times as long as
    /// its text, so that the longest ones need not be decoded to know.
    fn text<'a>(&'a mut self, batch: &'a Batch, message: Text) -> Option<&'a str> {
        let raw = &batch.bytes[message.range()];
        if raw.len() > 6 * MAX_MESSAGE {
            return None;
        }
        let text = if message.is_escaped() { self.whole(batch, message) } else { raw };
        (text.len() <= MAX_MESSAGE).then_some(text)
    }

    /// The place of a piece of a message that has just been decoded.
    fn keep(&self, batch: &mut Batch, message: Text, start: usize, end: usize) -> Text {
        if message.is_escaped() {
            push(&mut batch.bytes, &self.whole[start..end])
        } else {
            Text::plain(message.range().start + start, end - start)
        }
    }
}

/// Which entries the lines of which logger can match.
#[derive(Debug)]
struct Groups {
    /// The first one is for every logger that no entry names.
    all: Vec<Group>,
    loggers: HashMap<Box<str>, u16>,
    /// The group of each interned logger name seen, of one generation of one interner.
    seen: Vec<u16>,
    generation: u64,
}

/// Not looked up yet.
const UNSEEN: u16 = u16::MAX;

impl Groups {
    fn new(entries: &[Entry]) -> Groups {
        let mut loggers = HashMap::new();
        let mut names: Vec<Option<&str>> = vec![None];
        for logger in entries.iter().filter_map(|entry| entry.logger.as_ref()) {
            if !loggers.contains_key(logger) {
                loggers.insert(logger.clone(), names.len() as u16);
                names.push(Some(logger));
            }
        }
        let all = names.into_iter().map(|name| Group::new(entries, name)).collect();
        Groups { all, loggers, seen: Vec::new(), generation: 0 }
    }

    /// Must be called for every batch.
    fn renew(&mut self, batch: &Batch) {
        if self.generation != batch.names.generation() {
            self.generation = batch.names.generation();
            self.seen.clear();
        }
        self.seen.resize(batch.names.len(), UNSEEN);
    }

    fn of(&mut self, batch: &Batch, logger: NameId) -> &Group {
        let seen = &mut self.seen[logger.0 as usize];
        if *seen == UNSEEN {
            *seen = self.loggers.get(batch.names.get(logger)).copied().unwrap_or(0);
        }
        &self.all[usize::from(*seen)]
    }
}

/// The entries that the lines of one logger can match.
#[derive(Debug)]
struct Group {
    /// In the order of the profile.
    entries: Vec<u16>,
    /// By the first byte of a raw message: whether any entry can match it.
    first: [bool; 256],
    /// Whether an entry can match the empty message.
    empty: bool,
    /// The length of the longest prefix.
    longest: usize,
}

impl Group {
    fn new(entries: &[Entry], logger: Option<&str>) -> Group {
        let mut group =
            Group { entries: Vec::new(), first: [false; 256], empty: false, longest: 0 };
        for (index, entry) in entries.iter().enumerate() {
            if entry.logger.as_deref().is_some_and(|only| Some(only) != logger) {
                continue;
            }
            group.entries.push(index as u16);
            group.first[usize::from(b'\\')] = true;
            let prefix = entry.test.prefix();
            group.longest = group.longest.max(prefix.len());
            if let Some(&byte) = prefix.first() {
                group.first[usize::from(byte)] = true;
            } else {
                (group.first, group.empty) = ([true; 256], true);
            }
        }
        group
    }

    fn admits(&self, raw: &[u8], message: Text) -> bool {
        message.is_some() && raw.first().map_or(self.empty, |&byte| self.first[usize::from(byte)])
    }
}

/// Where a text is put behind the block.
fn push(bytes: &mut String, text: &str) -> Text {
    let start = bytes.len();
    bytes.push_str(text);
    Text::plain(start, text.len())
}

/// The text of a requested field: a string decoded, a number or truth value as it stands.
fn field(batch: &mut Batch, slot: FieldSlot, row: usize) -> Text {
    let text = batch.fields[usize::from(slot.0)][row];
    let Some((start, raw)) =
        text.is_some().then(|| (text.range().start, &batch.bytes[text.range()]))
    else {
        return Text::NONE;
    };
    match raw.as_bytes() {
        [b'"', inner @ .., b'"'] => {
            let (start, len) = (start + 1, inner.len());
            let escaped = memchr::memchr(b'\\', inner).is_some();
            let inner = if escaped { Text::escaped } else { Text::plain }(start, len);
            batch.decoded(inner)
        }
        b"null" | [b'{' | b'[', ..] => Text::NONE,
        _ => text,
    }
}

/// The record's client serves where its message names none, and the other way round.
fn share_client(batch: &mut Batch, row: usize, captured: &mut Text) {
    if !captured.is_some() {
        if batch.client[row].is_some() {
            *captured = push(&mut batch.bytes, batch.names.get(batch.client[row]));
        }
    } else if !batch.client[row].is_some() {
        batch.client[row] = batch.intern(*captured);
    }
}

/// The record's session serves where its message names none, and the other way round.
fn share_session(batch: &mut Batch, row: usize, captured: &mut Text) {
    if !captured.is_some() {
        *captured = batch.decoded(batch.session[row]);
    } else if !batch.session[row].is_some() {
        batch.session[row] = *captured;
    }
}
