//! Facts: what truly happened, each once, however many lines tell of it.

use crate::record::{Level, Timestamp};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactKind {
    /// A client connected.
    ClientConnected,
    /// A client disconnected; at the first line that tells of it.
    ClientDisconnected,
    /// A client that was online is not any more because the server has started anew; no figure
    /// counts it, gauges follow it.
    ClientLost,
    /// A client was not let in.
    RegistrationRefused,
    /// A task was not handed out.
    DispatchRefused,
    /// A session started.
    SessionStarted,
    /// A session finished; at the line that decides its outcome.
    SessionFinished,
    /// A session started and never finished: the server started anew. At the time of that.
    SessionUnfinished,
    /// A session was open when the input ended: unfinished too. At the time of its start, with
    /// its age in `nanos`.
    SessionOpen,
    /// The owner of an open session disconnected.
    SessionOrphaned,
    /// A health check.
    HealthCheck,
    /// An HTTP request.
    HttpAccess,
    /// The server started.
    ServerStarted,
    /// The server stopped.
    ServerStopped,
    /// A record names a session and the tracker knows whose it is, though the record itself
    /// names no client: the record belongs to that client.
    Mention,
}

impl FactKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [FactKind; 15] = [
        FactKind::ClientConnected,
        FactKind::ClientDisconnected,
        FactKind::ClientLost,
        FactKind::RegistrationRefused,
        FactKind::DispatchRefused,
        FactKind::SessionStarted,
        FactKind::SessionFinished,
        FactKind::SessionUnfinished,
        FactKind::SessionOpen,
        FactKind::SessionOrphaned,
        FactKind::HealthCheck,
        FactKind::HttpAccess,
        FactKind::ServerStarted,
        FactKind::ServerStopped,
        FactKind::Mention,
    ];

    /// The name for `event` in expressions; `None` for what only gauges and tables follow.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            FactKind::ClientConnected => "client-connected",
            FactKind::ClientDisconnected => "client-disconnected",
            FactKind::RegistrationRefused => "registration-refused",
            FactKind::DispatchRefused => "dispatch-refused",
            FactKind::SessionStarted => "session-started",
            FactKind::SessionFinished => "session-finished",
            FactKind::SessionUnfinished | FactKind::SessionOpen => "session-unfinished",
            FactKind::SessionOrphaned => "session-orphaned",
            FactKind::HealthCheck => "health-check",
            FactKind::HttpAccess => "http-access",
            FactKind::ServerStarted => "server-started",
            FactKind::ServerStopped => "server-stopped",
            FactKind::ClientLost | FactKind::Mention => return None,
        })
    }
}

/// How a session ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The server's status was COMPLETED. Whether the agent succeeded is another matter.
    Completed,
    /// The server's status was another one.
    Failed,
    /// It was cancelled, whatever status was written afterwards.
    Cancelled,
}

impl Outcome {
    /// The name in expressions.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Completed => "completed",
            Outcome::Failed => "failed",
            Outcome::Cancelled => "cancelled",
        }
    }
}

/// One thing that happened. Texts are borrowed for the time of one call.
#[expect(clippy::struct_excessive_bools, reason = "each says one thing, of other kinds of facts")]
#[derive(Debug, Clone, Copy)]
pub struct Fact<'a> {
    /// What happened.
    pub kind: FactKind,
    /// When; `None` if its line has no timestamp.
    pub time: Option<Timestamp>,
    /// The number of its source.
    pub source: u32,
    /// The client it is about, learned from any earlier line if its own does not say. As all
    /// names here, that of the session and of the task, it is [`crate::record::bounded`].
    pub client: Option<&'a str>,
    /// The session it is about.
    pub session: Option<&'a str>,
    /// The task of that session.
    pub task: Option<&'a str>,
    /// The status as written, of a session, a health check or an HTTP answer.
    pub status: Option<&'a str>,
    /// The code of a disconnect.
    pub code: Option<&'a str>,
    /// The reason of a disconnect, refusal or cancellation.
    pub reason: Option<&'a str>,
    /// An HTTP method.
    pub method: Option<&'a str>,
    /// An HTTP path.
    pub path: Option<&'a str>,
    /// How the session ended.
    pub outcome: Option<Outcome>,
    /// The session completed, but its agent's last state was not FINISH.
    pub agent_failed: bool,
    /// When the session began, where a tracker has joined its lines.
    pub began: Option<Timestamp>,
    /// The start of the finished session was seen.
    pub had_start: bool,
    /// The client had been connected before.
    pub reconnection: bool,
    /// The client is a device.
    pub device: bool,
    /// By how much the number of clients online changes: 1, 0 or -1.
    pub online: i8,
    /// The health check succeeded.
    pub ok: bool,
    /// Nanoseconds: how long the session ran, how long the health check took, or the age of an
    /// open session. Never negative.
    pub nanos: Option<i64>,
    /// The level of its line.
    pub level: Option<Level>,
}

impl Fact<'_> {
    /// A fact of a kind that tells nothing else yet.
    #[must_use]
    pub fn new(kind: FactKind, source: u32, time: Option<Timestamp>) -> Fact<'static> {
        Fact {
            kind,
            time,
            source,
            client: None,
            session: None,
            task: None,
            status: None,
            code: None,
            reason: None,
            method: None,
            path: None,
            outcome: None,
            agent_failed: false,
            began: None,
            had_start: false,
            reconnection: false,
            device: false,
            online: 0,
            ok: false,
            nanos: None,
            level: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_in_the_order_of_their_numbers() {
        assert!((0..).zip(FactKind::ALL).all(|(at, kind)| kind as usize == at));
        assert_eq!(FactKind::ALL.last(), Some(&FactKind::Mention), "a new kind needs its place");
    }
}
