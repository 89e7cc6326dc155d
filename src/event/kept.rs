//! Events kept for later: a partial that begins in the middle of a source holds those it cannot
//! resolve until its left neighbour is known. It knows no meaning.
//!
//! A part of a file may hold every event of it, so that keeping costs no allocation for each, and
//! appending is copying.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::record::{Capture, EventKind, Level, Timestamp};

use super::entry::EntryId;
use super::view::{Event, Texts};

/// Events in order, independent of their batches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptEvents {
    heads: Vec<Head>,
    /// For each text of each event where it ends, counted from the event's first text.
    ends: Vec<u32>,
    /// The texts, each behind the one before it.
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    time: Timestamp,
    entry: EntryId,
    /// Which captures have a text: a bit for each.
    given: u16,
    kind: EventKind,
    level: Option<Level>,
}

const _: () = assert!(Capture::COUNT <= u16::BITS as usize);

impl KeptEvents {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// Keeps an event behind the others: its names at the length at which they are remembered.
    pub fn push(&mut self, event: &Event<'_>) {
        if event.has_bounded_names() {
            self.keep(event);
        } else {
            let names = event.bounded_names();
            self.keep(&event.with_names(&names));
        }
    }

    fn keep(&mut self, event: &Event<'_>) {
        let Event { time, level, kind, entry, .. } = *event;
        let (start, mut given) = (self.text.len(), 0);
        for (capture, _) in Capture::ALL {
            if let Some(text) = event.get(capture) {
                given |= 1 << capture as u16;
                self.text.push_str(text);
                self.ends.push((self.text.len() - start) as u32);
            }
        }
        let time = time.unwrap_or(Timestamp::NONE);
        self.heads.push(Head { time, entry, given, kind, level });
    }

    /// Keeps the events that came behind these.
    pub fn append(&mut self, later: &KeptEvents) {
        self.heads.extend_from_slice(&later.heads);
        self.ends.extend_from_slice(&later.ends);
        self.text.push_str(&later.text);
    }

    /// The events, in order.
    pub fn iter(&self) -> impl Iterator<Item = Event<'_>> + Clone {
        let (mut ends, mut text) = (&*self.ends, &*self.text);
        self.heads.iter().map(move |head| {
            let (mine, behind) = ends.split_at(head.given.count_ones() as usize);
            let (own, rest) = text.split_at(mine.last().map_or(0, |end| *end as usize));
            (ends, text) = (behind, rest);
            let texts = Texts::Kept(Kept { given: head.given, ends: mine, text: own });
            Event::new(head.time.get(), head.level, head.kind, head.entry, texts)
        })
    }
}

/// The texts of one event that is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept<'a> {
    given: u16,
    ends: &'a [u32],
    text: &'a str,
}

impl<'a> Kept<'a> {
    /// Whether there are texts of others than these, of which there is a bit for each.
    #[inline]
    pub(super) fn gives_others(&self, than: u16) -> bool {
        self.given & !than != 0
    }

    #[inline]
    pub(super) fn get(&self, capture: Capture) -> Option<&'a str> {
        let bit = 1 << capture as u16;
        if self.given & bit == 0 {
            return None;
        }
        let at = (self.given & (bit - 1)).count_ones() as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.text[start as usize..self.ends[at] as usize])
    }
}

/// The serial form of one event.
#[derive(Serialize, Deserialize)]
struct Spelled<'a> {
    time: Option<Timestamp>,
    level: Option<Level>,
    kind: EventKind,
    entry: EntryId,
    captures: Vec<(Capture, Cow<'a, str>)>,
}

impl Serialize for KeptEvents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(|event| {
            let captures = Capture::ALL.iter().filter_map(|&(capture, _)| {
                event.get(capture).map(|text| (capture, Cow::Borrowed(text)))
            });
            let Event { time, level, kind, entry, .. } = event;
            Spelled { time, level, kind, entry, captures: captures.collect() }
        }))
    }
}

impl<'de> Deserialize<'de> for KeptEvents {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<KeptEvents, D::Error> {
        let mut kept = KeptEvents::default();
        for Spelled { time, level, kind, entry, mut captures } in Vec::deserialize(from)? {
            captures.sort_by_key(|(capture, _)| *capture);
            captures.dedup_by_key(|(capture, _)| *capture);
            let (mut given, mut ends, mut text) = (0, Vec::new(), String::new());
            for (capture, one) in captures {
                given |= 1 << capture as u16;
                text.push_str(&one);
                ends.push(text.len() as u32);
            }
            let texts = Texts::Kept(Kept { given, ends: &ends, text: &text });
            kept.push(&Event::new(time, level, kind, entry, texts));
        }
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// An event as it is spelled, with any texts.
    fn spelled() -> impl Strategy<Value = Value> {
        let kind = prop::sample::select(EventKind::ALL.to_vec());
        let level = prop::option::of(prop::sample::select(Level::ALL.to_vec()));
        let texts = prop::collection::vec(prop::option::of("[a-z📱]{0,3}"), Capture::COUNT);
        (kind, level, prop::option::of(0..9_i64), 0..9_u16, texts).prop_map(
            |((kind, _), level, time, entry, texts)| {
                let texts = Capture::ALL.iter().zip(texts);
                let captures: Vec<Value> = texts
                    .filter_map(|((capture, _), text)| Some(json!([capture, text?])))
                    .collect();
                json!({
                    "time": time, "level": level, "kind": kind, "entry": entry,
                    "captures": captures,
                })
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_kept_comes_back(
            events in prop::collection::vec(spelled(), 0..12),
            cut in any::<prop::sample::Index>(),
        ) {
            let load = |events: &[Value]| -> KeptEvents {
                serde_json::from_value(Value::from(events)).unwrap()
            };
            let whole = load(&events);
            prop_assert_eq!(serde_json::to_value(&whole).unwrap(), Value::from(&*events));
            prop_assert_eq!(whole.is_empty(), events.is_empty());
            prop_assert_eq!(whole.iter().count(), events.len());
            let (before, behind) = events.split_at(cut.index(events.len() + 1));
            let mut parts = load(before);
            parts.append(&load(behind));
            prop_assert_eq!(&parts, &whole);
            let mut again = KeptEvents::default();
            whole.iter().for_each(|event| again.push(&event));
            prop_assert_eq!(&again, &whole);
        }
    }

    #[test]
    fn a_capture_that_is_spelled_twice_counts_once() {
        let event = json!([{
            "time": null, "level": null, "kind": "agent-state", "entry": 0,
            "captures": [["ok", "x"], ["client", "a"], ["client", "b"]],
        }]);
        let kept: KeptEvents = serde_json::from_value(event).unwrap();
        let event = kept.iter().next().unwrap();
        assert_eq!((event.get(Capture::Client), event.get(Capture::Ok)), (Some("a"), Some("x")));
    }

    #[test]
    fn names_are_kept_at_bounded_length() {
        let long = "n".repeat(9000);
        let event = json!([{
            "time": null, "level": null, "kind": "agent-state", "entry": 0,
            "captures": [["client", long], ["session", long], ["task", long]],
        }]);
        let kept: KeptEvents = serde_json::from_value(event).unwrap();
        assert!(kept.text.len() <= 3 * 256);
    }
}
