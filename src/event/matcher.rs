//! Marks the rows of a batch whose messages a profile knows.
//!
//! Nearly all rows are refused by a look at their logger and their first character, most others by
//! a few more of their first bytes and their last ones; only what is left meets a pattern, and is
//! decoded first if it has escapes behind its first literal. Any JSON spelling of a message (`\ud83d\udcf1`, `📱`) matches alike. It knows no
//! wording, and not what events mean.

use crate::record::{
    Batch, Capture, EventKind, FieldPath, FieldSlot, Level, NameId, Needs, RawEvent, Text,
};

use super::bytes;
use super::entry::{self, Entry, EntryId, Test, Words};
use super::groups::Groups;
use super::literal::{self, Answer};
use super::pattern::Pattern;
use super::profile::Profile;
use super::program::Marks;

/// A pattern never matches a longer message: it meets at most this many bytes of text. No line
/// that tells of an event is near it.
const MAX_MESSAGE: usize = 64 * 1024;

/// Fills the events of batches, by one profile.
#[derive(Debug)]
pub struct Matcher {
    entries: Vec<Known>,
    groups: Groups,
    /// The fields that are asked for each capture.
    fields: Vec<(Capture, FieldSlot)>,
    rows: Vec<u32>,
    scratch: Scratch,
}

impl Matcher {
    /// A matcher for a profile, which asks for the fields that its entries can use.
    #[must_use]
    pub fn new(profile: &Profile, needs: &mut Needs) -> Matcher {
        let groups = Groups::new(profile.entries());
        let entries = (0..).zip(profile.entries());
        let entries: Vec<_> = entries.map(|(at, entry)| Known::new(at, entry, needs)).collect();
        let fields = entries.iter().flat_map(|known| &known.gives).flat_map(Gives::fields);
        let mut fields: Vec<_> = fields.collect();
        fields.sort_unstable_by_key(|(capture, slot)| (*capture as u8, slot.0));
        fields.dedup();
        Matcher { entries, groups, fields, rows: Vec::new(), scratch: Scratch::default() }
    }

    /// Fills `events`, and the client and session of rows whose message alone names them.
    pub fn recognise(&mut self, batch: &mut Batch) {
        let Matcher { entries, groups, fields, rows, scratch } = self;
        groups.admitted(batch, rows);
        let present = fields.iter().filter(|(_, slot)| batch.has_field(*slot));
        let present = present.fold(0, |all, (capture, _)| all | 1 << *capture as u16);
        for &row in &*rows {
            let level = batch.level[row as usize];
            scratch.clear();
            let mut entries = groups.find(batch, row).iter().map(|at| &entries[usize::from(*at)]);
            if let Some(known) = entries.find(|known| known.matches(batch, row, level, scratch))
                && let Some(kind) = known.kind
            {
                let gives = if known.asks & present == 0 { &known.sure } else { &known.gives };
                known.mark(batch, row, kind, gives, scratch);
            }
        }
    }
}

/// An entry with what matching it needs.
#[derive(Debug)]
struct Known {
    kind: Option<EventKind>,
    /// The only level whose lines can match.
    level: Option<NameId>,
    test: Test,
    id: EntryId,
    /// What the events of this entry may give, in the order of captures.
    gives: Box<[Gives]>,
    /// The same without what only a field of the record can give.
    sure: Box<[Gives]>,
    /// One bit for each capture that fields are asked for.
    asks: u16,
    /// Whether the pattern has groups that give something.
    grouped: bool,
}

/// Where the text of a capture comes from: the first of these that has one.
#[derive(Debug, Clone)]
struct Gives {
    capture: Capture,
    /// A group of the pattern.
    group: Option<usize>,
    /// The entry itself.
    constant: Option<Box<str>>,
    /// The record, under these keys, best first.
    keys: Box<[FieldSlot]>,
}

impl Gives {
    fn fields(&self) -> impl Iterator<Item = (Capture, FieldSlot)> {
        self.keys.iter().map(|slot| (self.capture, *slot))
    }

    /// Whether only a field of the record can give it.
    fn is_asked(&self) -> bool {
        self.group.is_none() && self.constant.is_none() && self.capture != Capture::Session
    }
}

impl Known {
    fn new(index: usize, entry: &Entry, needs: &mut Needs) -> Known {
        let gives = Capture::ALL.iter().filter_map(|&(capture, _)| {
            let group = entry.test.group(capture);
            let constant = entry.set.iter().find(|(set, _)| *set == capture);
            let useful = entry.kind.is_some_and(|kind| entry::useful(kind).contains(&capture));
            let keys = entry::keys(capture).iter().filter(|_| useful && !entry.gives(capture));
            let keys: Box<[_]> = keys.map(|key| needs.field(&FieldPath::top(key))).collect();
            // A record's session may have to be decoded. Its client is a name and never has.
            let any = group.is_some() || constant.is_some() || !keys.is_empty();
            (any || capture == Capture::Session).then(|| Gives {
                capture,
                group,
                constant: constant.map(|(_, text)| text.clone()),
                keys,
            })
        });
        let gives: Box<[Gives]> = gives.collect();
        let fields = gives.iter().flat_map(Gives::fields);
        Known {
            kind: entry.kind,
            level: entry.level.map(Level::to_name),
            asks: fields.fold(0, |asks, (capture, _)| asks | 1 << capture as u16),
            grouped: gives.iter().any(|gives| gives.group.is_some()),
            sure: gives.iter().filter(|gives| !gives.is_asked()).cloned().collect(),
            gives,
            test: entry.test.clone(),
            id: EntryId::new(index, entry.traits),
        }
    }

    fn matches(&self, batch: &Batch, row: u32, level: NameId, scratch: &mut Scratch) -> bool {
        if self.level.is_some_and(|only| only != level) {
            return false;
        }
        let message = batch.message[row as usize];
        match &self.test {
            Test::Pattern(pattern) => scratch.matches(pattern, batch, message),
            Test::Words(words) => holds(words, batch, message, scratch),
        }
    }

    /// Adds the event of a row that this entry has just matched.
    fn mark(
        &self,
        batch: &mut Batch,
        row: u32,
        kind: EventKind,
        gives: &[Gives],
        scratch: &mut Scratch,
    ) {
        let at = row as usize;
        let message = if self.grouped { scratch.place(batch, batch.message[at]) } else { 0 };
        let mut event = RawEvent::new(batch, row, kind, self.id.bits());
        for gives in gives {
            let group = gives.group.and_then(|group| scratch.marks.get(group));
            let text = if let Some((start, end)) = group {
                Text::plain(message + start, end - start)
            } else if let Some(constant) = &gives.constant {
                push(&mut batch.bytes, constant)
            } else {
                let keys = gives.keys.iter();
                keys.map(|slot| field(batch, *slot, at, &mut scratch.piece))
                    .find(|text| text.is_some())
                    .unwrap_or(Text::NONE)
            };
            let text = match gives.capture {
                Capture::Client => share_client(batch, at, text),
                Capture::Session => share_session(batch, at, text, &mut scratch.piece),
                _ => text,
            };
            if text.is_some() {
                event.give(batch, gives.capture, text);
            }
        }
        batch.events.push(event);
    }
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

/// What is known of the message of one row.
#[derive(Debug, Default)]
struct Scratch {
    /// Where the groups of the last pattern are that it matched.
    marks: Marks,
    /// The message decoded, if anybody has asked and it has escapes.
    whole: String,
    has_whole: bool,
    /// Where the text stands in the message that the last marks count from, if that is the
    /// message as it is written.
    begin: Option<usize>,
    /// Some other text decoded.
    piece: String,
}

impl Scratch {
    fn clear(&mut self) {
        self.has_whole = false;
    }

    /// An escaped message.
    fn whole(&mut self, batch: &Batch, message: Text) -> &str {
        if !self.has_whole {
            batch.text(message, &mut self.whole);
            self.has_whole = true;
        }
        &self.whole
    }

    /// Whether a message matches a pattern and is not too long for one. An escape is at most six
    /// times as long as its text, so that the longest ones need not be decoded to know.
    fn matches(&mut self, pattern: &Pattern, batch: &Batch, message: Text) -> bool {
        let text = &batch.bytes[message.range()];
        self.begin = None;
        if !message.is_escaped() {
            return text.len() <= MAX_MESSAGE
                && bytes::ends(text.as_bytes(), pattern.suffix())
                && pattern.matches(text, &mut self.marks);
        }
        // What is shorter than that is short enough decoded.
        if !self.has_whole
            && text.len() <= MAX_MESSAGE
            && let Some((matches, begin)) = pattern.matches_raw(text, &mut self.marks)
        {
            self.begin = Some(begin);
            return matches;
        }
        if text.len() > 6 * MAX_MESSAGE
            || literal::ends(text.as_bytes(), pattern.suffix()) == Answer::No
        {
            return false;
        }
        self.whole(batch, message);
        self.whole.len() <= MAX_MESSAGE && pattern.matches(&self.whole, &mut self.marks)
    }

    /// Where the text stands without escapes that marks count from: puts it there if it has some.
    fn place(&self, batch: &mut Batch, message: Text) -> usize {
        if let Some(begin) = self.begin {
            return message.range().start + begin;
        }
        let place =
            if message.is_escaped() { push(&mut batch.bytes, &self.whole) } else { message };
        place.range().start
    }
}

/// Where a text is put behind the block.
fn push(bytes: &mut String, text: &str) -> Text {
    let start = bytes.len();
    bytes.push_str(text);
    Text::plain(start, text.len())
}

/// A text without escapes; decoded behind the block if it has some.
fn decoded(batch: &mut Batch, text: Text, scratch: &mut String) -> Text {
    if !text.is_escaped() {
        return text;
    }
    batch.text(text, scratch);
    push(&mut batch.bytes, scratch)
}

/// The text of a requested field: a string decoded, a number or truth value as it stands.
fn field(batch: &mut Batch, slot: FieldSlot, row: usize, scratch: &mut String) -> Text {
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
            decoded(batch, inner, scratch)
        }
        b"null" | [b'{' | b'[', ..] => Text::NONE,
        _ => text,
    }
}

/// The message's client serves where the record names none. That the record's serves where its
/// message names none is [`RawEvent::get`]'s business.
fn share_client(batch: &mut Batch, row: usize, captured: Text) -> Text {
    if captured.is_some() && !batch.client[row].is_some() {
        batch.client[row] = batch.intern(captured);
    }
    captured
}

/// The record's session serves where its message names none, and the other way round.
fn share_session(batch: &mut Batch, row: usize, captured: Text, scratch: &mut String) -> Text {
    let own = batch.session[row];
    if captured.is_some() {
        if !own.is_some() {
            batch.session[row] = captured;
        }
        captured
    } else {
        decoded(batch, own, scratch)
    }
}
