//! One entry of a profile, ready to be matched.

use std::sync::Arc;

use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};

use crate::record::{Capture, EventKind, Level};

use super::pattern::Pattern;

/// One `[[event]]` of a profile.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// What a line that matches tells of; `None` if it tells of nothing, whatever later entries
    /// say of it.
    pub(super) kind: Option<EventKind>,
    /// The only logger whose lines can match.
    pub(super) logger: Option<Box<str>>,
    /// The only level whose lines can match.
    pub(super) level: Option<Level>,
    /// What the message must be.
    pub(super) test: Test,
    /// Texts that the entry gives by itself.
    pub(super) set: Vec<(Capture, Box<str>)>,
    /// What the tracker must know.
    pub(super) traits: Traits,
}

impl Entry {
    /// Whether every match gives a text, so that no key need be asked for it.
    pub(super) fn gives(&self, capture: Capture) -> bool {
        let captured = match &self.test {
            Test::Pattern(pattern) => pattern.gives(capture),
            Test::Words(_) => false,
        };
        captured || self.set.iter().any(|(given, _)| *given == capture)
    }
}

/// What a message must be for an entry to match it.
#[derive(Debug, Clone)]
pub(super) enum Test {
    /// The whole message matches.
    Pattern(Arc<Pattern>),
    /// The message holds these words.
    Words(Box<Words>),
}

impl Test {
    /// What messages begin with; none says that they may begin with anything.
    pub(super) fn prefixes(&self) -> Option<&[Box<[u8]>]> {
        match self {
            Test::Pattern(pattern) => pattern.prefixes(),
            Test::Words(_) => None,
        }
    }

    /// At which place the pattern marks the group of a capture.
    pub(super) fn group(&self, capture: Capture) -> Option<usize> {
        match self {
            Test::Pattern(pattern) => pattern.captures().position(|known| known == capture),
            Test::Words(_) => None,
        }
    }
}

/// Words for a search in messages.
#[derive(Debug, Clone)]
pub(super) struct Words {
    /// The search.
    pub(super) finder: Finder<'static>,
    /// Whether JSON writes the words without escapes unless it is made to.
    pub(super) plain: bool,
}

impl Words {
    /// A search for `words`.
    pub(super) fn new(words: &str) -> Words {
        let plain =
            words.bytes().all(|byte| matches!(byte, b' '..=b'~') && !b"\"\\/".contains(&byte));
        Words { finder: Finder::new(words).into_owned(), plain }
    }
}

/// What the tracker must know of an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Traits {
    /// The lines never say how long a session ran: take its end minus its start.
    pub(super) measure: bool,
    /// Another line about the same disconnect follows.
    pub(super) continues: bool,
}

/// The number of an entry together with its traits: all that an event carries of its profile, so
/// that the tracker needs none, also for events that come from elsewhere. It is what
/// [`crate::record::RawEvent::entry`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct EntryId(u16);

const MEASURE: u16 = 1 << 15;
const CONTINUES: u16 = 1 << 14;

impl EntryId {
    /// How many entries can be numbered.
    pub(super) const MAX: usize = CONTINUES as usize;

    /// The identity of the entry at `index`, which is below [`EntryId::MAX`].
    pub(super) fn new(index: usize, traits: Traits) -> EntryId {
        debug_assert!(index < EntryId::MAX);
        let measure = if traits.measure { MEASURE } else { 0 };
        let continues = if traits.continues { CONTINUES } else { 0 };
        EntryId(index as u16 | measure | continues)
    }

    pub(super) fn from_bits(bits: u16) -> EntryId {
        EntryId(bits)
    }

    pub(super) fn bits(self) -> u16 {
        self.0
    }

    pub(super) fn traits(self) -> Traits {
        Traits { measure: self.0 & MEASURE != 0, continues: self.0 & CONTINUES != 0 }
    }
}

/// The texts that facts of a kind can use: those whose keys are worth reading where a pattern
/// does not capture them. Client and session have columns of their own.
pub(super) fn useful(kind: EventKind) -> &'static [Capture] {
    use Capture::{Code, Kind, LatencyMs, Method, Ok, Path, Reason, Seconds, State, Status, Task};
    match kind {
        EventKind::ClientConnected => &[Kind],
        EventKind::ClientDisconnected => &[Code, Reason],
        EventKind::RegistrationRefused => &[Reason],
        EventKind::DispatchRefused => &[Task, Reason],
        EventKind::SessionCreated | EventKind::SessionStarted => &[Task],
        EventKind::SessionTook => &[Seconds],
        EventKind::SessionFinished => &[Task, Status, Reason, Seconds],
        EventKind::SessionCancelled => &[Task, Reason, Seconds],
        EventKind::AgentState => &[State],
        EventKind::HealthCheck => &[Status, LatencyMs, Ok],
        EventKind::HttpAccess => &[Method, Path, Status],
        EventKind::ServerStarted | EventKind::ServerStopped => &[],
    }
}

/// The keys that hold a text, best first: its own name, and what the page calls it.
pub(super) fn keys(capture: Capture) -> &'static [&'static str] {
    match capture {
        Capture::Client | Capture::Session => &[],
        Capture::Task => &["task", "task_name"],
        Capture::Status => &["status"],
        Capture::Code => &["code"],
        Capture::Reason => &["reason", "cancel_reason"],
        Capture::Seconds => &["seconds", "duration_seconds"],
        Capture::Kind => &["kind", "client_type"],
        Capture::Platform => &["platform"],
        Capture::Method => &["method"],
        Capture::Path => &["path"],
        Capture::State => &["state"],
        Capture::LatencyMs => &["latency_ms"],
        Capture::Ok => &["ok"],
    }
}
