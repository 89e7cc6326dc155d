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
//! For rules, which may run for months, there is a limit in time as well ([`Tracker::forgetting`]).
//!
//! Names of clients, sessions and tasks are remembered, and told, at
//! [bounded](crate::record::bounded) length.
//!
//! Apart from that every event takes constant time. Nearly all of that would be waiting for
//! memory: so a name is looked up once, in a table whose cells, names and links lie close
//! together, and [`Tracker::observe`] reads ahead.

mod age;
mod clients;
mod index;
mod line;
mod name;
mod phase;
mod sessions;
mod slab;
mod table;

use serde::{Deserialize, Serialize};

use crate::record::{Capture, EventKind, Timestamp};

use super::fact::{Fact, FactKind, Outcome};
use super::number::{millis_to_nanos, seconds_to_nanos};
use super::view::Event;
use clients::Clients;
use line::Line;
use name::Key;
use phase::Phase;
use sessions::{Found, OpenId, OwnerId, Session, Sessions};
use table::{FEW, GLANCE, Glance};

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
    /// Whether an agent has come to a state that no session has claimed yet, and the last such
    /// state is not FINISH.
    agent_failed: Option<bool>,
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
            agent_failed: None,
            starting: Phase::default(),
            stopping: Phase::default(),
            latest: None,
        }
    }

    /// Lets it forget clients that have been gone, and sessions that have ended, for more than so
    /// many microseconds of the time that [`Tracker::go_on`] tells: it is as if they had never
    /// been. Reports need no such limit.
    #[must_use]
    pub fn forgetting(mut self, after: i64) -> Tracker {
        self.clients.forget_after(after);
        self.sessions.forget_after(after);
        self
    }

    /// Says how far time has come with the events that follow, in microseconds since 1970.
    pub fn go_on(&mut self, now: i64) {
        self.clients.go_on(now);
        self.sessions.go_on(now);
    }

    /// How many clients and sessions it remembers.
    #[must_use]
    pub fn held(&self) -> usize {
        self.clients.held() + self.sessions.held()
    }

    /// Takes the next events and tells what they mean.
    pub fn observe<'a>(
        &mut self,
        mut events: impl Iterator<Item = Event<'a>>,
        emit: &mut dyn FnMut(&Fact<'_>),
    ) {
        let mut lines = Vec::with_capacity(GLANCE);
        loop {
            lines.extend(events.by_ref().take(GLANCE).map(Line::new));
            if lines.is_empty() {
                return;
            }
            if self.join {
                self.glance(&lines);
            }
            for line in &lines {
                if line.event.has_bounded_names() {
                    self.take(line, emit);
                } else {
                    let names = line.event.bounded_names();
                    self.take(&Line::new(line.event.with_names(&names)), emit);
                }
            }
            lines.clear();
        }
    }

    /// Reads what the next events will need of the tables. Between two blocks of input that has
    /// left the caches; to wait for it once takes a fraction of waiting for one event after the
    /// other.
    fn glance(&self, lines: &[Line<'_>]) {
        let sessions = Glance::of(lines.iter().filter_map(|line| Some(line.session()?.hash)));
        let mut clients = Glance::default();
        if self.clients.held().max(self.sessions.owners()) > FEW {
            clients = Glance::of(lines.iter().filter_map(|line| Some(line.client()?.hash)));
            self.clients.glance(clients);
        }
        let ends = lines.iter().filter(|line| line.event.ends_session()).count();
        self.sessions.glance(sessions, clients, ends);
    }

    /// Takes a line whose names are of bounded length.
    fn take(&mut self, line: &Line<'_>, emit: &mut Emit<'_>) {
        let event = &line.event;
        if !self.join {
            alone(self.source, event, emit);
            return;
        }
        self.latest = self.latest.max(event.time);
        // A prober is not the server: its records may stand between the lines of one start.
        if !matches!(event.kind, EventKind::ServerStarted | EventKind::HealthCheck) {
            self.starting.end();
        }
        let owner = match (event.kind, line.session()) {
            (EventKind::SessionCreated, Some(id)) => self.session_created(id, line, emit),
            (EventKind::SessionStarted, Some(id)) => self.session_started(id, line, emit),
            (EventKind::SessionTook, Some(id)) => self.session_took(id, line, emit),
            (EventKind::SessionFinished | EventKind::SessionCancelled, Some(id)) => {
                self.session_ended(id, event, emit)
            }
            (_, session) => {
                self.no_session(line, emit);
                let session = session.filter(|_| !event.named_client());
                session.and_then(|id| self.sessions.owner(self.sessions.find(id)))
            }
        };
        // A record that names only its session is its owner's.
        if let Some(owner) = owner.filter(|_| !event.named_client()) {
            let mut mention = Fact::new(FactKind::Mention, self.source, event.time);
            mention.client = Some(self.sessions.client(owner));
            mention.session = event.get(Capture::Session);
            mention.level = event.level;
            emit(&mention);
        }
    }

    /// Takes a line that is not about a session, or does not say which.
    fn no_session(&mut self, line: &Line<'_>, emit: &mut Emit<'_>) {
        let event = &line.event;
        match event.kind {
            EventKind::ClientConnected => self.connected(line, emit),
            EventKind::ClientDisconnected => self.disconnected(line, emit),
            EventKind::AgentState => {
                let state = event.get(Capture::State).unwrap_or_default();
                self.agent_failed = Some(!state.trim().eq_ignore_ascii_case("FINISH"));
            }
            EventKind::ServerStarted => self.server_started(event, emit),
            EventKind::ServerStopped => {
                if self.stopping.begins_with(event.entry) {
                    emit(&fact(FactKind::ServerStopped, self.source, event));
                }
            }
            EventKind::SessionTook => self.agent_failed = None,
            EventKind::SessionStarted => {
                emit(&fact(FactKind::SessionStarted, self.source, event));
            }
            EventKind::SessionFinished | EventKind::SessionCancelled => {
                emit(&end(self.source, event));
            }
            EventKind::SessionCreated => {}
            EventKind::RegistrationRefused
            | EventKind::DispatchRefused
            | EventKind::HealthCheck
            | EventKind::HttpAccess => alone(self.source, event, emit),
        }
    }

    /// Tells which sessions are open now, as if the input ended here. Changes nothing.
    pub fn finish(&self, emit: &mut dyn FnMut(&Fact<'_>)) {
        for (open, start) in self.sessions.started() {
            let mut fact = Fact::new(FactKind::SessionOpen, self.source, start.time);
            fact.nanos = start.time.zip(self.latest).map(|(start, now)| between(start, now));
            complete(&mut fact, &self.sessions, open);
            emit(&fact);
        }
    }

    fn connected(&mut self, line: &Line<'_>, emit: &mut Emit<'_>) {
        let event = &line.event;
        let mut connected = fact(FactKind::ClientConnected, self.source, event);
        if let Some(client) = line.client() {
            let device = is_device(event, client.text);
            let change = self.clients.connect(client, device, self.max_keys);
            connected.device = device;
            connected.online = change.online;
            connected.reconnection = change.reconnection;
            if let Some(was) = change.was_device.filter(|was| *was != device) {
                // It was online as something else: gauges by type must not drift.
                let mut lost = fact(FactKind::ClientLost, self.source, event);
                lost.device = was;
                lost.online = -1;
                emit(&lost);
                connected.online = 1;
            }
        }
        emit(&connected);
    }

    fn disconnected(&mut self, line: &Line<'_>, emit: &mut Emit<'_>) {
        let event = &line.event;
        let mut disconnected = fact(FactKind::ClientDisconnected, self.source, event);
        let Some(client) = line.client() else {
            emit(&disconnected);
            return;
        };
        let coded = disconnected.code.is_some();
        let more = coded || event.entry.traits().continues;
        let Some(change) = self.clients.disconnect(client, coded, more, self.max_keys) else {
            return;
        };
        disconnected.device = change.device.unwrap_or_else(|| is_device(event, client.text));
        disconnected.online = change.online;
        emit(&disconnected);
        self.sessions.orphan(client, |id, session| {
            let mut orphaned = Fact::new(FactKind::SessionOrphaned, self.source, event.time);
            orphaned.client = Some(client.text);
            orphaned.session = Some(id);
            orphaned.task = session.task();
            orphaned.level = event.level;
            emit(&orphaned);
        });
    }

    fn session_created(
        &mut self,
        id: Key<'_>,
        line: &Line<'_>,
        emit: &mut Emit<'_>,
    ) -> Option<OwnerId> {
        let open = self.session(id, self.sessions.find(id), line, emit);
        self.sessions.get(open).owner
    }

    fn session_started(
        &mut self,
        id: Key<'_>,
        line: &Line<'_>,
        emit: &mut Emit<'_>,
    ) -> Option<OwnerId> {
        let open = self.session(id, self.sessions.find(id), line, emit);
        if self.sessions.start(open, line.event.time) {
            let mut started = fact(FactKind::SessionStarted, self.source, &line.event);
            complete(&mut started, &self.sessions, open);
            emit(&started);
        }
        self.sessions.get(open).owner
    }

    fn session_took(
        &mut self,
        id: Key<'_>,
        line: &Line<'_>,
        emit: &mut Emit<'_>,
    ) -> Option<OwnerId> {
        let agent_failed = self.agent_failed.take().unwrap_or(false);
        let found = self.sessions.find(id);
        if self.sessions.is_late(found) {
            return self.sessions.owner(found);
        }
        let open = self.session(id, found, line, emit);
        let nanos = line.event.get(Capture::Seconds).and_then(seconds_to_nanos);
        self.sessions.took(open, nanos, agent_failed);
        self.sessions.get(open).owner
    }

    fn session_ended(
        &mut self,
        id: Key<'_>,
        event: &Event<'_>,
        emit: &mut Emit<'_>,
    ) -> Option<OwnerId> {
        let found = self.sessions.find(id);
        if self.sessions.is_late(found) {
            return self.sessions.owner(found);
        }
        let mut ended = end(self.source, event);
        if let Some(open) = found.open {
            let session = self.sessions.get(open);
            ended.agent_failed = session.agent_failed && ended.outcome == Some(Outcome::Completed);
            ended.had_start = session.start.is_some();
            ended.nanos = session.took.or(ended.nanos).or_else(|| measured(event, session));
            complete(&mut ended, &self.sessions, open);
        }
        emit(&ended);
        self.sessions.end(id, found, event.get(Capture::Client))
    }

    fn server_started(&mut self, event: &Event<'_>, emit: &mut Emit<'_>) {
        if !self.starting.begins_with(event.entry) {
            return;
        }
        let Tracker { source, clients, sessions, .. } = self;
        emit(&fact(FactKind::ServerStarted, *source, event));
        clients.restart(|client, device| {
            let mut lost = Fact::new(FactKind::ClientLost, *source, event.time);
            lost.client = Some(client);
            lost.device = device;
            lost.online = -1;
            lost.level = event.level;
            emit(&lost);
        });
        for (open, _) in sessions.started() {
            let mut unfinished = Fact::new(FactKind::SessionUnfinished, *source, event.time);
            complete(&mut unfinished, sessions, open);
            emit(&unfinished);
        }
        sessions.restart();
        self.agent_failed = None;
        self.stopping.end();
    }

    /// The session of a name, opened if it is not open, with what the line tells of it.
    fn session(
        &mut self,
        id: Key<'_>,
        mut found: Found,
        line: &Line<'_>,
        emit: &mut Emit<'_>,
    ) -> OpenId {
        let open = found.open.unwrap_or_else(|| {
            if self.sessions.len() >= self.max_keys {
                self.give_up_oldest(line.event.time, emit);
                found = self.sessions.find(id);
            }
            self.sessions.insert(id, found)
        });
        let decides = line.event.kind == EventKind::SessionCreated;
        self.sessions.learn(open, line.client(), line.event.get(Capture::Task), decides);
        open
    }

    /// Gives up the oldest open session as unfinished: there are as many as may be.
    fn give_up_oldest(&mut self, time: Option<Timestamp>, emit: &mut Emit<'_>) {
        let Some(oldest) = self.sessions.first() else { return };
        if self.sessions.get(oldest).start.is_some() {
            let mut unfinished = Fact::new(FactKind::SessionUnfinished, self.source, time);
            complete(&mut unfinished, &self.sessions, oldest);
            emit(&unfinished);
        }
        self.sessions.drop_open(oldest);
    }
}

/// The fact that an event is by itself, if it is one.
fn alone(source: u32, event: &Event<'_>, emit: &mut Emit<'_>) {
    let kind = match event.kind {
        EventKind::SessionCreated | EventKind::SessionTook | EventKind::AgentState => return,
        EventKind::SessionFinished | EventKind::SessionCancelled => {
            let mut ended = end(source, event);
            ended.had_start = true;
            emit(&ended);
            return;
        }
        EventKind::ClientConnected => FactKind::ClientConnected,
        EventKind::ClientDisconnected => FactKind::ClientDisconnected,
        EventKind::SessionStarted => FactKind::SessionStarted,
        EventKind::RegistrationRefused => FactKind::RegistrationRefused,
        EventKind::DispatchRefused => FactKind::DispatchRefused,
        EventKind::HttpAccess => FactKind::HttpAccess,
        EventKind::ServerStarted => FactKind::ServerStarted,
        EventKind::ServerStopped => FactKind::ServerStopped,
        EventKind::HealthCheck => FactKind::HealthCheck,
    };
    let mut fact = fact(kind, source, event);
    match kind {
        FactKind::ClientConnected | FactKind::ClientDisconnected => {
            fact.device = fact.client.is_some_and(|client| is_device(event, client));
        }
        FactKind::HealthCheck => {
            fact.ok = is_healthy(event);
            fact.nanos = event.get(Capture::LatencyMs).and_then(millis_to_nanos);
        }
        _ => {}
    }
    emit(&fact);
}

/// A fact with everything that its line says in so many words.
fn fact<'a>(kind: FactKind, source: u32, event: &Event<'a>) -> Fact<'a> {
    let mut fact = Fact {
        client: event.get(Capture::Client),
        session: event.get(Capture::Session),
        task: event.get(Capture::Task),
        level: event.level,
        ..Fact::new(kind, source, event.time)
    };
    if event.tells_more() {
        fact.status = event.get(Capture::Status);
        fact.code = event.get(Capture::Code);
        fact.reason = event.get(Capture::Reason).filter(|reason| !reason.is_empty());
        fact.method = event.get(Capture::Method);
        fact.path = event.get(Capture::Path);
    }
    fact
}

/// Adds to a fact what is known of an open session.
fn complete<'a>(fact: &mut Fact<'a>, sessions: &'a Sessions, open: OpenId) {
    let session = sessions.get(open);
    fact.session = fact.session.or_else(|| Some(sessions.name(open)));
    fact.client = session.owner.map(|owner| sessions.client(owner)).or(fact.client);
    fact.task = session.task().or(fact.task);
    fact.began = session.start.and_then(|start| start.time);
}

/// The end of a session as its line tells it.
fn end<'a>(source: u32, event: &Event<'a>) -> Fact<'a> {
    let mut ended = fact(FactKind::SessionFinished, source, event);
    ended.outcome = Some(match event.kind {
        EventKind::SessionCancelled => Outcome::Cancelled,
        _ if is_completed(ended.status) => Outcome::Completed,
        _ => Outcome::Failed,
    });
    ended.nanos = event.get(Capture::Seconds).and_then(seconds_to_nanos);
    ended
}

/// Whether a status says that a session completed: `TaskStatus.COMPLETED`, `completed`.
fn is_completed(status: Option<&str>) -> bool {
    status.is_some_and(|status| {
        let status = status.strip_prefix("TaskStatus.").unwrap_or(status);
        // To compare letters in either case takes long, and most do not need it.
        status == "COMPLETED" || status.eq_ignore_ascii_case("completed")
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
