//! One raw event as the tracker sees it. It does not know what an event means.

use std::borrow::Cow;
use std::fmt;

use crate::record::{Batch, Capture, EventKind, Level, RawEvent, Timestamp, bounded, is_bounded};

use super::entry::EntryId;
use super::kept::Kept;

/// What the tracker remembers events by: the first captures.
const NAMES: [Capture; 3] = [Capture::Client, Capture::Session, Capture::Task];

/// The texts of these captures at a bounded length.
type Names<'a> = [Option<Cow<'a, str>>; NAMES.len()];

/// One recognised line: what it tells of, and the texts it gives. A view; copy it freely.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    /// When the line was written.
    pub time: Option<Timestamp>,
    /// The level of the line, if it is one of the six.
    pub level: Option<Level>,
    /// What the line tells of.
    pub kind: EventKind,
    pub(super) entry: EntryId,
    /// The texts of [`NAMES`], which nearly every event is asked for, and more than once.
    names: [Option<&'a str>; NAMES.len()],
    /// The others, looked up when they are asked for.
    texts: Texts<'a>,
}

/// Where the texts of an event stand.
#[derive(Clone, Copy)]
pub(super) enum Texts<'a> {
    Batch(&'a Batch, &'a RawEvent),
    Kept(Kept<'a>),
}

impl<'a> Texts<'a> {
    #[inline]
    fn get(&self, capture: Capture) -> Option<&'a str> {
        match self {
            Texts::Batch(batch, raw) => raw.get(batch, capture),
            Texts::Kept(kept) => kept.get(capture),
        }
    }

    #[inline]
    fn tell_more(&self) -> bool {
        match self {
            Texts::Batch(_, raw) => raw.tells_more(),
            Texts::Kept(kept) => kept.gives_others((1 << NAMES.len()) - 1),
        }
    }
}

impl<'a> Event<'a> {
    /// The view of one event of a batch.
    #[expect(clippy::inline_always, reason = "it is made where it stays, so that nobody copies")]
    #[inline(always)]
    #[must_use]
    pub fn of(batch: &'a Batch, raw: &'a RawEvent) -> Event<'a> {
        let row = raw.row as usize;
        let (time, level) = (batch.timestamp[row].get(), Level::from_name(batch.level[row]));
        let entry = EntryId::from_bits(raw.entry);
        Event::new(time, level, raw.kind, entry, Texts::Batch(batch, raw))
    }

    #[inline]
    pub(super) fn new(
        time: Option<Timestamp>,
        level: Option<Level>,
        kind: EventKind,
        entry: EntryId,
        texts: Texts<'a>,
    ) -> Event<'a> {
        let names = match texts {
            Texts::Batch(batch, raw) => raw.names(batch),
            Texts::Kept(kept) => NAMES.map(|name| kept.get(name)),
        };
        Event { time, level, kind, entry, names, texts }
    }

    /// A text that the line gives: captured by its pattern, set by its entry of the profile, or
    /// under a key of the record.
    #[inline]
    #[must_use]
    pub fn get(&self, capture: Capture) -> Option<&'a str> {
        match self.names.get(capture as usize) {
            Some(name) => *name,
            None => self.texts.get(capture),
        }
    }

    /// Whether it tells of the end of a session.
    #[inline]
    pub(super) fn ends_session(&self) -> bool {
        matches!(self.kind, EventKind::SessionFinished | EventKind::SessionCancelled)
    }

    /// Whether the line gives more than the names of a client, a session and a task.
    #[inline]
    pub(super) fn tells_more(&self) -> bool {
        self.texts.tell_more()
    }

    /// Whether the record itself names its client, by key or by message.
    #[inline]
    #[must_use]
    pub fn named_client(&self) -> bool {
        self.get(Capture::Client).is_some()
    }

    /// Whether its names of clients, sessions and tasks are short enough to be remembered.
    #[inline]
    pub(super) fn has_bounded_names(&self) -> bool {
        self.names.iter().flatten().all(|name| is_bounded(name))
    }

    /// Its names of clients, sessions and tasks at a bounded length, for [`Event::with_names`].
    pub(super) fn bounded_names(&self) -> Names<'a> {
        self.names.map(|name| name.map(bounded))
    }

    /// The same event with other names.
    pub(super) fn with_names<'b>(self, names: &'b Names<'a>) -> Event<'b> {
        Event { names: names.each_ref().map(Option::as_deref), ..self }
    }
}

/// With its texts, and not the batch that they stand in.
impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = Capture::ALL.iter();
        let texts = texts.filter_map(|&(capture, name)| Some((name, self.get(capture)?)));
        f.debug_struct("Event")
            .field("time", &self.time)
            .field("level", &self.level)
            .field("kind", &self.kind)
            .field("entry", &self.entry)
            .field("texts", &texts.collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_first_captures() {
        for (at, name) in NAMES.into_iter().enumerate() {
            assert_eq!(name as usize, at);
        }
    }
}
