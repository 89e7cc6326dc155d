//! Joins the raw events of one source into facts, and keeps its gauges.
//!
//! It sees events in the order of the source and nothing else: no wording, no clock. Its memory
//! is bounded:
//!
//! * clients: at most `max_keys`. Past that the client that has been gone for longest is
//!   forgotten, so that its next connect is no reconnection; if all of them are online, a new
//!   one is not remembered and no gauge counts it.
//! * open sessions: at most `max_keys`. Past that the oldest one is given up as unfinished.
//! * ended sessions: the 65,536 most recent. A line about an older end counts as a new end.
//!
//! Names of clients, sessions and tasks are remembered, and told, at [`bounded`] length.
//!
//! Apart from that every event takes constant time.

mod clients;
mod ledger;
mod sessions;

use serde::{Deserialize, Serialize};

use crate::record::{Capture, EventKind, Timestamp, bounded};

use super::entry::EntryId;
use super::fact::{Fact, FactKind, Outcome};
use super::number::{millis_to_nanos, seconds_to_nanos};
use super::view::Event;
use clients::Clients;
use sessions::{Session, Sessions};

/// Where facts go.
type Emit<'e> = dyn FnMut(&Fact<'_>) + 'e;

/// Raw events of one source, in its order, to facts. The state can be saved at any point.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tracker {
    source: u32,
    join: bool,
    max_keys: usize,
    clients: Clients,
    sessions: Sessions,
    /// The last state of an agent that no session has claimed yet.
    agent_state: Option<Box<str>>,
    starting: Phase,
    stopping: Phase,
    /// The greatest timestamp of an event.
    latest: Option<Timestamp>,
}

impl Tracker {
    /// A tracker for the source of a number. Without `join` every event is a fact of its own,
    /// nothing is remembered, and no gauge changes. See the module for `max_keys`.
    #[must_use]
    pub fn new(source: u32, join: bool, max_keys: usize) -> Tracker {
        Tracker {
            source,
            join,
            max_keys: max_keys.max(1),
            clients: Clients::default(),
            sessions: Sessions::default(),
            agent_state: None,
            starting: Phase::default(),
            stopping: Phase::default(),
            latest: None,
        }
    }

    /// Takes the next event and tells what it means.
    pub fn observe(&mut self, event: &Event<'_>, emit: &mut dyn FnMut(&Fact<'_>)) {
        let names = event.bounded_names();
        let event = &event.with_names(&names);
        if !self.join {
            alone(self.source, event, emit);
            return;
        }
        self.latest = self.latest.max(event.time);
        // A prober is not the server: its records may stand between the lines of one start.
        if !matches!(event.kind, EventKind::ServerStarted | EventKind::HealthCheck) {
            self.starting = Phase::default();
        }
        match event.kind {
            EventKind::ClientConnected => self.connected(event, emit),
            EventKind::ClientDisconnected => self.disconnected(event, emit),
            EventKind::SessionCreated => self.session_created(event, emit),
            EventKind::SessionStarted => self.session_started(event, emit),
            EventKind::SessionTook => self.session_took(event, emit),
            EventKind::SessionFinished | EventKind::SessionCancelled => {
                self.session_ended(event, emit);
            }
            EventKind::AgentState => {
                let state = event.get(Capture::State).unwrap_or_default();
                self.agent_state = Some(bounded(state.trim()).into());
            }
            EventKind::ServerStarted => self.server_started(event, emit),
            EventKind::ServerStopped => {
                if self.stopping.begins_with(event.entry) {
                    emit(&fact(FactKind::ServerStopped, self.source, event));
                }
            }
            EventKind::RegistrationRefused
            | EventKind::DispatchRefused
            | EventKind::HealthCheck
            | EventKind::HttpAccess => alone(self.source, event, emit),
        }
        self.mention(event, emit);
    }

    /// Tells which sessions are open now, as if the input ended here. Changes nothing.
    pub fn finish(&self, emit: &mut dyn FnMut(&Fact<'_>)) {
        for (id, session, start) in self.sessions.started() {
            let age = start.time.zip(self.latest).map(|(start, now)| between(start, now));
            let open = Fact::new(FactKind::SessionOpen, self.source, start.time);
            emit(&Fact { nanos: age, ..of_session(open, id, session) });
        }
    }

    fn connected(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) {
        let connected = fact(FactKind::ClientConnected, self.source, event);
        let Some(client) = event.get(Capture::Client) else {
            emit(&connected);
            return;
        };
        let device = is_device(event, client);
        let change = self.clients.connect(client, device, self.max_keys);
        let mut online = change.online;
        if let Some(was) = change.was_device.filter(|was| *was != device) {
            // It was online as something else: gauges by type must not drift.
            let lost = fact(FactKind::ClientLost, self.source, event);
            emit(&Fact { device: was, online: -1, ..lost });
            online = 1;
        }
        emit(&Fact { device, online, reconnection: change.reconnection, ..connected });
    }

    fn disconnected(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) {
        let disconnected = fact(FactKind::ClientDisconnected, self.source, event);
        let Some(client) = event.get(Capture::Client) else {
            emit(&disconnected);
            return;
        };
        let coded = event.get(Capture::Code).is_some();
        let more = coded || event.entry.traits().continues;
        let Some(change) = self.clients.disconnect(client, coded, more, self.max_keys) else {
            return;
        };
        let device = change.device.unwrap_or_else(|| is_device(event, client));
        emit(&Fact { device, online: change.online, ..disconnected });
        let Tracker { source, sessions, .. } = self;
        sessions.orphan(client, |id, session| {
            let orphaned = Fact::new(FactKind::SessionOrphaned, *source, event.time);
            emit(&Fact { level: event.level, ..of_session(orphaned, id, session) });
        });
    }

    fn session_created(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) {
        if let Some(id) = event.get(Capture::Session) {
            self.session(id, event, emit);
        }
    }

    fn session_started(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) {
        let started = fact(FactKind::SessionStarted, self.source, event);
        let Some(id) = event.get(Capture::Session) else {
            emit(&started);
            return;
        };
        let slot = self.session(id, event, emit);
        if self.sessions.start(slot, event.time) {
            emit(&of_session(started, id, self.sessions.get(slot)));
        }
    }

    fn session_took(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) {
        let state = self.agent_state.take();
        let Some(id) = event.get(Capture::Session) else { return };
        if self.is_late(id) {
            return;
        }
        let slot = self.session(id, event, emit);
        let failed = state.is_some_and(|state| !state.eq_ignore_ascii_case("FINISH"));
        let nanos = event.get(Capture::Seconds).and_then(seconds_to_nanos);
        self.sessions.took(slot, nanos, failed);
    }

    fn session_ended(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) {
        let (ended, outcome) = end(self.source, event);
        let Some(id) = event.get(Capture::Session) else {
            emit(&ended);
            return;
        };
        if self.is_late(id) {
            return;
        }
        let session = match self.sessions.find(id) {
            Some(slot) => self.sessions.drop_open(slot).1,
            None => Session::default(),
        };
        emit(&Fact {
            agent_failed: session.agent_failed && outcome == Outcome::Completed,
            had_start: session.start.is_some(),
            nanos: session.took.or(ended.nanos).or_else(|| measured(event, &session)),
            ..of_session(ended, id, &session)
        });
        let client = session.client.or_else(|| event.get(Capture::Client).map(Box::from));
        self.sessions.remember_end(id, client);
    }

    fn server_started(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) {
        if !self.starting.begins_with(event.entry) {
            return;
        }
        let Tracker { source, clients, sessions, .. } = self;
        emit(&fact(FactKind::ServerStarted, *source, event));
        clients.restart(|client, device| {
            let lost = Fact::new(FactKind::ClientLost, *source, event.time);
            let level = event.level;
            emit(&Fact { client: Some(client), device, online: -1, level, ..lost });
        });
        for (id, session, _) in sessions.started() {
            emit(&unfinished(*source, event.time, id, session));
        }
        sessions.restart();
        self.agent_state = None;
        self.stopping = Phase::default();
    }

    /// The slot of a session, with what the event tells of it.
    fn session(&mut self, id: &str, event: &Event<'_>, emit: &mut Emit<'_>) -> u32 {
        let slot = self.sessions.find(id).unwrap_or_else(|| {
            if self.sessions.len() >= self.max_keys
                && let Some(oldest) = self.sessions.first()
            {
                let (id, session) = self.sessions.drop_open(oldest);
                if session.start.is_some() {
                    emit(&unfinished(self.source, event.time, &id, &session));
                }
            }
            self.sessions.insert(id)
        });
        let (client, task) = (event.get(Capture::Client), event.get(Capture::Task));
        self.sessions.learn(slot, client, task, event.kind == EventKind::SessionCreated);
        slot
    }

    /// Whether a line about the end of a session comes after that end.
    fn is_late(&self, id: &str) -> bool {
        let open =
            self.sessions.find(id).is_some_and(|slot| self.sessions.get(slot).start.is_some());
        !open && self.sessions.has_ended(id)
    }

    /// Tells whose a record is that names only its session.
    fn mention(&self, event: &Event<'_>, emit: &mut Emit<'_>) {
        if event.named_client() {
            return;
        }
        let session = event.get(Capture::Session);
        if let Some(client) = session.and_then(|id| self.sessions.client(id)) {
            let mention = Fact::new(FactKind::Mention, self.source, event.time);
            emit(&Fact { client: Some(client), session, level: event.level, ..mention });
        }
    }
}

/// Several lines that tell of one start or stop of the server, each of another entry.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Phase(Vec<EntryId>);

impl Phase {
    /// Whether the line of an entry is the first of another start or stop.
    fn begins_with(&mut self, entry: EntryId) -> bool {
        let begins = self.0.is_empty() || self.0.contains(&entry);
        if begins {
            self.0.clear();
        }
        self.0.push(entry);
        begins
    }
}

/// The fact that an event is by itself, if it is one.
fn alone(source: u32, event: &Event<'_>, emit: &mut Emit<'_>) {
    let of = |kind| fact(kind, source, event);
    let fact = match event.kind {
        EventKind::SessionCreated | EventKind::SessionTook | EventKind::AgentState => return,
        EventKind::ClientConnected | EventKind::ClientDisconnected => {
            let kind = match event.kind {
                EventKind::ClientConnected => FactKind::ClientConnected,
                _ => FactKind::ClientDisconnected,
            };
            let device = event.get(Capture::Client).is_some_and(|client| is_device(event, client));
            Fact { device, ..of(kind) }
        }
        EventKind::SessionFinished | EventKind::SessionCancelled => {
            Fact { had_start: true, ..end(source, event).0 }
        }
        EventKind::SessionStarted => of(FactKind::SessionStarted),
        EventKind::RegistrationRefused => of(FactKind::RegistrationRefused),
        EventKind::DispatchRefused => of(FactKind::DispatchRefused),
        EventKind::HttpAccess => of(FactKind::HttpAccess),
        EventKind::ServerStarted => of(FactKind::ServerStarted),
        EventKind::ServerStopped => of(FactKind::ServerStopped),
        EventKind::HealthCheck => Fact {
            ok: is_healthy(event),
            nanos: event.get(Capture::LatencyMs).and_then(millis_to_nanos),
            ..of(FactKind::HealthCheck)
        },
    };
    emit(&fact);
}

/// A fact with everything that its line says in so many words.
fn fact<'a>(kind: FactKind, source: u32, event: &Event<'a>) -> Fact<'a> {
    Fact {
        client: event.get(Capture::Client),
        session: event.get(Capture::Session),
        task: event.get(Capture::Task),
        status: event.get(Capture::Status),
        code: event.get(Capture::Code),
        reason: event.get(Capture::Reason).filter(|reason| !reason.is_empty()),
        method: event.get(Capture::Method),
        path: event.get(Capture::Path),
        level: event.level,
        ..Fact::new(kind, source, event.time)
    }
}

/// The same fact with what is known of its session.
fn of_session<'a>(fact: Fact<'a>, id: &'a str, session: &'a Session) -> Fact<'a> {
    Fact {
        session: Some(id),
        client: session.client.as_deref().or(fact.client),
        task: session.task.as_deref().or(fact.task),
        ..fact
    }
}

/// A session that never finished, at the time that ended it.
fn unfinished<'a>(
    source: u32,
    time: Option<Timestamp>,
    id: &'a str,
    session: &'a Session,
) -> Fact<'a> {
    of_session(Fact::new(FactKind::SessionUnfinished, source, time), id, session)
}

/// The end of a session as its line tells it.
fn end<'a>(source: u32, event: &Event<'a>) -> (Fact<'a>, Outcome) {
    let outcome = match event.kind {
        EventKind::SessionCancelled => Outcome::Cancelled,
        _ if is_completed(event.get(Capture::Status)) => Outcome::Completed,
        _ => Outcome::Failed,
    };
    let nanos = event.get(Capture::Seconds).and_then(seconds_to_nanos);
    let ended = fact(FactKind::SessionFinished, source, event);
    (Fact { outcome: Some(outcome), nanos, ..ended }, outcome)
}

/// Whether a status says that a session completed: `TaskStatus.COMPLETED`, `completed`.
fn is_completed(status: Option<&str>) -> bool {
    status.is_some_and(|status| {
        status.strip_prefix("TaskStatus.").unwrap_or(status).eq_ignore_ascii_case("completed")
    })
}

/// How long a session ran by the clock of the log, for wording that never says it.
fn measured(event: &Event<'_>, session: &Session) -> Option<i64> {
    let start = session.start?.time.filter(|_| event.entry.traits().measure)?;
    Some(between(start, event.time?))
}

/// Nanoseconds from one instant to a later one; 0 if it is not later.
fn between(start: Timestamp, end: Timestamp) -> i64 {
    end.micros().saturating_sub(start.micros()).max(0).saturating_mul(1000)
}

/// Whether a client is a device: by the type that its line says, else by its name.
fn is_device(event: &Event<'_>, client: &str) -> bool {
    let kind = event.get(Capture::Kind).unwrap_or_default();
    let kind = kind.strip_prefix("ClientType.").unwrap_or(kind);
    kind.eq_ignore_ascii_case("device")
        || (!kind.eq_ignore_ascii_case("constellation") && client.starts_with("device_"))
}

/// Whether a health check succeeded: by its own word, else by its status, else by its level.
fn is_healthy(event: &Event<'_>) -> bool {
    match (event.get(Capture::Ok), event.get(Capture::Status)) {
        (Some(ok), _) => ok.eq_ignore_ascii_case("true"),
        (None, Some(status)) => status.len() == 3 && status.starts_with('2'),
        (None, None) => event.level.is_some_and(|level| !level.is_error()),
    }
}

#[cfg(test)]
mod tests;
