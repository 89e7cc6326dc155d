//! What a line was recognised as: the data of raw events. Which wording means what is not known
//! here; that is [`crate::event`]'s business.

use super::{Batch, Text};

/// What kind of thing a line tells of.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// A client has been registered.
    ClientConnected,
    /// A client is gone; several lines may tell of one disconnect.
    ClientDisconnected,
    /// A client was not let in.
    RegistrationRefused,
    /// A task was not handed out.
    DispatchRefused,
    /// Tells of a session's owner or task, before it starts.
    SessionCreated,
    /// A session begins to run.
    SessionStarted,
    /// Tells how long a session ran, before its end.
    SessionTook,
    /// A session has ended with a status.
    SessionFinished,
    /// A session is being or has been cancelled.
    SessionCancelled,
    /// The agent of whichever session runs now has changed its state.
    AgentState,
    /// One health check of the server.
    HealthCheck,
    /// One HTTP request.
    HttpAccess,
    /// The server has started.
    ServerStarted,
    /// The server has stopped.
    ServerStopped,
}

impl EventKind {
    /// Every kind, with its name in profiles and expressions.
    pub const ALL: [(EventKind, &'static str); 14] = [
        (EventKind::ClientConnected, "client-connected"),
        (EventKind::ClientDisconnected, "client-disconnected"),
        (EventKind::RegistrationRefused, "registration-refused"),
        (EventKind::DispatchRefused, "dispatch-refused"),
        (EventKind::SessionCreated, "session-created"),
        (EventKind::SessionStarted, "session-started"),
        (EventKind::SessionTook, "session-took"),
        (EventKind::SessionFinished, "session-finished"),
        (EventKind::SessionCancelled, "session-cancelled"),
        (EventKind::AgentState, "agent-state"),
        (EventKind::HealthCheck, "health-check"),
        (EventKind::HttpAccess, "http-access"),
        (EventKind::ServerStarted, "server-started"),
        (EventKind::ServerStopped, "server-stopped"),
    ];

    /// The name in profiles, expressions and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        EventKind::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

/// What a pattern can take out of a message, or a key of the same name out of the record.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Capture {
    /// A client's identifier.
    Client,
    /// A session's identifier.
    Session,
    /// A task's name.
    Task,
    /// The server's status of a session, of a health check or of an HTTP answer.
    Status,
    /// The code of a WebSocket close.
    Code,
    /// The reason of a disconnect, refusal or cancellation.
    Reason,
    /// A duration in seconds.
    Seconds,
    /// The type of a client: device or constellation.
    Kind,
    /// The platform of a device.
    Platform,
    /// An HTTP method.
    Method,
    /// An HTTP path.
    Path,
    /// The state of an agent.
    State,
    /// A health check's latency in milliseconds.
    LatencyMs,
    /// Whether a health check succeeded: `true` or `false`.
    Ok,
}

impl Capture {
    /// How many captures there are.
    pub const COUNT: usize = 14;

    /// Every capture, with its name in patterns.
    pub const ALL: [(Capture, &'static str); Capture::COUNT] = [
        (Capture::Client, "client"),
        (Capture::Session, "session"),
        (Capture::Task, "task"),
        (Capture::Status, "status"),
        (Capture::Code, "code"),
        (Capture::Reason, "reason"),
        (Capture::Seconds, "seconds"),
        (Capture::Kind, "kind"),
        (Capture::Platform, "platform"),
        (Capture::Method, "method"),
        (Capture::Path, "path"),
        (Capture::State, "state"),
        (Capture::LatencyMs, "latency_ms"),
        (Capture::Ok, "ok"),
    ];
}

/// One recognised line of a batch. Only the tracker reads these.
#[derive(Debug, Clone)]
pub struct RawEvent {
    /// The row in its batch.
    pub row: u32,
    /// What the line tells of.
    pub kind: EventKind,
    /// Which entry of the profile recognised it.
    pub entry: u16,
    /// One bit for each capture that there is a text for.
    given: u16,
    /// The texts of the first captures, which nearly every event is asked for: client, session
    /// and task.
    names: [Text; NAMES],
    /// Where the first of the others stands among [`Batch::captured`]. They are in the order of
    /// [`Capture`], without gaps.
    first: u32,
}

/// How many captures are names.
const NAMES: usize = 3;

impl RawEvent {
    /// An event without texts, to be put into this batch once it has got them.
    #[must_use]
    pub fn new(batch: &Batch, row: u32, kind: EventKind, entry: u16) -> RawEvent {
        let (names, first) = ([Text::NONE; NAMES], batch.captured.len() as u32);
        RawEvent { row, kind, entry, given: 0, names, first }
    }

    /// Adds a text without escapes that stands in the batch. Captures come in their order, each
    /// once, and those of one event before those of the next one.
    pub fn give(&mut self, batch: &mut Batch, capture: Capture, text: Text) {
        debug_assert!(self.given >> capture as u16 == 0, "out of order");
        debug_assert!(text.is_some() && !text.is_escaped());
        self.given |= 1 << capture as u16;
        match self.names.get_mut(capture as usize) {
            Some(name) => *name = text,
            None => batch.captured.push(text),
        }
    }

    /// The texts of the first captures, all at once: client, session and task.
    #[expect(clippy::inline_always, reason = "they are put where they stay, so that nobody copies")]
    #[inline(always)]
    #[must_use]
    pub fn names<'a>(&self, batch: &'a Batch) -> [Option<&'a str>; NAMES] {
        let [client, session, task] =
            self.names.map(|name| name.is_some().then(|| batch.plain(name)));
        [
            client.or_else(|| self.own_client(batch)),
            session.or_else(|| self.own_session(batch)),
            task,
        ]
    }

    /// Whether there are captured texts of others than these.
    #[inline]
    #[must_use]
    pub fn tells_more(&self) -> bool {
        self.given >> NAMES != 0
    }

    /// A captured text, if the pattern, the profile's entry or a key of the record gave it. For
    /// want of one, the client and the session are those of the record.
    #[inline]
    #[must_use]
    pub fn get<'a>(&self, batch: &'a Batch, capture: Capture) -> Option<&'a str> {
        if self.given >> capture as u16 & 1 != 0 {
            return Some(batch.plain(self.text(batch, capture)));
        }
        match capture {
            Capture::Client => self.own_client(batch),
            Capture::Session => self.own_session(batch),
            _ => None,
        }
    }

    /// The text of a capture that has one.
    #[inline]
    fn text(&self, batch: &Batch, capture: Capture) -> Text {
        self.names.get(capture as usize).copied().unwrap_or_else(|| {
            let before = self.given >> NAMES & ((1 << (capture as usize - NAMES)) - 1);
            batch.captured[self.first as usize + before.count_ones() as usize]
        })
    }

    #[inline]
    fn own_client<'a>(&self, batch: &'a Batch) -> Option<&'a str> {
        let client = batch.client[self.row as usize];
        client.is_some().then(|| batch.names.get(client))
    }

    /// One with escapes has been given, decoded.
    #[inline]
    fn own_session<'a>(&self, batch: &'a Batch) -> Option<&'a str> {
        let session = batch.session[self.row as usize];
        (session.is_some() && !session.is_escaped()).then(|| batch.plain(session))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_in_the_order_of_the_enums() {
        for (index, (capture, _)) in Capture::ALL.iter().enumerate() {
            assert_eq!(*capture as usize, index);
        }
        for (kind, name) in EventKind::ALL {
            assert_eq!(kind.name(), name);
            assert_eq!(serde_json::to_value(kind).unwrap(), name);
        }
    }
}
