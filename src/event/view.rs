//! One raw event as the tracker sees it, and the same kept for later.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::record::{Batch, Capture, EventKind, Level, RawEvent, Timestamp, bounded};

use super::entry::EntryId;

/// What the tracker remembers events by.
const NAMES: [Capture; 3] = [Capture::Client, Capture::Session, Capture::Task];

/// The texts of these captures.
type Names<'a> = [Option<Cow<'a, str>>; NAMES.len()];

/// One recognised line: what it tells of, and the texts it gives. A view; copy it freely.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// When the line was written.
    pub time: Option<Timestamp>,
    /// The level of the line, if it is one of the six.
    pub level: Option<Level>,
    /// What the line tells of.
    pub kind: EventKind,
    pub(super) entry: EntryId,
    captures: [Option<&'a str>; Capture::COUNT],
}

impl<'a> Event<'a> {
    /// The view of one event of a batch.
    #[must_use]
    pub fn of(batch: &'a Batch, raw: &'a RawEvent) -> Event<'a> {
        let row = raw.row as usize;
        Event {
            time: batch.timestamp[row].get(),
            level: Level::from_name(batch.level[row]),
            kind: raw.kind,
            entry: EntryId::from_bits(raw.entry),
            captures: Capture::ALL.map(|(capture, _)| raw.get(batch, capture)),
        }
    }

    /// A text that the line gives: captured by its pattern, set by its entry of the profile, or
    /// under a key of the record.
    #[must_use]
    pub fn get(&self, capture: Capture) -> Option<&'a str> {
        self.captures[capture as usize]
    }

    /// Whether the record itself names its client, by key or by message.
    #[must_use]
    pub fn named_client(&self) -> bool {
        self.get(Capture::Client).is_some()
    }

    /// Its names of clients, sessions and tasks at a bounded length, for [`Event::with_names`].
    pub(super) fn bounded_names(&self) -> Names<'a> {
        NAMES.map(|name| self.get(name).map(bounded))
    }

    /// The same event with other names.
    pub(super) fn with_names<'b>(self, names: &'b Names<'a>) -> Event<'b> {
        let mut event: Event<'b> = self;
        for (name, text) in NAMES.into_iter().zip(names) {
            event.captures[name as usize] = text.as_deref();
        }
        event
    }

    /// The same event, independent of its batch.
    #[must_use]
    pub fn keep(&self) -> OwnedEvent {
        let captures = Capture::ALL.iter().filter_map(|&(capture, _)| {
            Some((capture, self.get(capture)?.to_owned().into_boxed_str()))
        });
        OwnedEvent {
            time: self.time,
            level: self.level.map(|level| level.name().into()),
            kind: self.kind,
            entry: self.entry,
            captures: captures.collect(),
        }
    }
}

/// An event kept for later: a partial that begins in the middle of a source holds those it
/// cannot resolve until its left neighbour is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnedEvent {
    time: Option<Timestamp>,
    level: Option<Box<str>>,
    kind: EventKind,
    entry: EntryId,
    captures: Vec<(Capture, Box<str>)>,
}

impl OwnedEvent {
    /// The view of the event.
    #[must_use]
    pub fn event(&self) -> Event<'_> {
        let mut captures = [None; Capture::COUNT];
        for (capture, text) in &self.captures {
            captures[*capture as usize] = Some(&**text);
        }
        let level = self.level.as_deref().and_then(Level::from_text);
        Event { time: self.time, level, kind: self.kind, entry: self.entry, captures }
    }
}
