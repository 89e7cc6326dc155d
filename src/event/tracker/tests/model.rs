//! The tracker against an oracle without a state: for every event it reads the whole past again,
//! and the facts told of it, as a person with the log at hand would.

use proptest::prelude::*;

use super::{CONTINUES, event, words};
use crate::event::{Fact, FactKind, KeptEvents, Outcome, Tracker};
use crate::record::{Capture, EventKind};

/// One event in the words of the model.
#[derive(Debug, Clone)]
struct Step {
    kind: EventKind,
    entry: u16,
    client: Option<&'static str>,
    session: &'static str,
    coded: bool,
    continues: bool,
    word: usize,
    second: Option<i64>,
}

/// Names that do not stand inside of what is kept.
const CLIENT: &str = "a client whose name is longer than those that need no allocation";
const SESSION: &str = "a session whose name is longer than those that need no allocation";

const STATES: [&str; 3] = ["FINISH", "FAIL", ""];
const STATUSES: [&str; 3] = ["COMPLETED", "TaskStatus.completed", "FAILED"];
const SECONDS: [&str; 3] = ["0.5", "1", "?"];

impl Step {
    fn is_session(&self) -> bool {
        matches!(
            self.kind,
            EventKind::SessionCreated
                | EventKind::SessionStarted
                | EventKind::SessionTook
                | EventKind::SessionFinished
                | EventKind::SessionCancelled
        )
    }

    fn is_of(&self, session: &str) -> bool {
        self.is_session() && self.session == session
    }

    fn is_device(&self) -> bool {
        self.word == 0 || self.client == Some("device_a")
    }

    fn event(&self) -> KeptEvents {
        let mut captures: Vec<_> =
            self.client.iter().map(|&client| (Capture::Client, client)).collect();
        if self.is_session() {
            captures.push((Capture::Session, self.session));
        }
        captures.extend(match self.kind {
            EventKind::ClientConnected | EventKind::ClientDisconnected if self.word == 0 => {
                Some((Capture::Kind, "Device"))
            }
            EventKind::AgentState => Some((Capture::State, STATES[self.word])),
            EventKind::SessionTook => Some((Capture::Seconds, SECONDS[self.word])),
            EventKind::SessionFinished => Some((Capture::Status, STATUSES[self.word])),
            _ => None,
        });
        if self.coded && self.kind == EventKind::ClientDisconnected {
            captures.push((Capture::Code, "1000"));
        }
        let entry = self.entry | if self.continues { CONTINUES } else { 0 };
        event(self.kind.name(), entry, self.second, &captures)
    }
}

/// A fact that the oracle has told at a step.
#[derive(Debug, Clone)]
struct Past {
    at: usize,
    kind: FactKind,
    client: Option<&'static str>,
    session: Option<&'static str>,
    device: bool,
}

/// All that has happened and been told, the present step included.
#[derive(Default)]
struct Oracle {
    steps: Vec<Step>,
    past: Vec<Past>,
    told: Vec<String>,
}

impl Oracle {
    fn tell(&mut self, fact: Fact<'static>) {
        self.told.push(words(&fact));
        let Fact { kind, client, session, device, .. } = fact;
        self.past.push(Past { at: self.steps.len() - 1, kind, client, session, device });
    }

    /// Where the server last started, and what has been told since.
    fn epoch(&self) -> (usize, &[Past]) {
        match self.past.iter().rposition(|fact| fact.kind == FactKind::ServerStarted) {
            Some(start) => (self.past[start].at, &self.past[start + 1..]),
            None => (0, &self.past),
        }
    }

    /// The connect by which a client is online.
    fn connect_of(&self, client: &str) -> Option<&Past> {
        let told = self.epoch().1.iter().rev().filter(|fact| fact.client == Some(client));
        let mut changes = told.filter(|fact| {
            matches!(fact.kind, FactKind::ClientConnected | FactKind::ClientDisconnected)
        });
        changes.next().filter(|fact| fact.kind == FactKind::ClientConnected)
    }

    /// The last start or end of a session.
    fn turn_of(&self, session: &str) -> Option<&Past> {
        let told = self.epoch().1.iter().rev().filter(|fact| fact.session == Some(session));
        let mut turns = told.filter(|fact| {
            matches!(fact.kind, FactKind::SessionStarted | FactKind::SessionFinished)
        });
        turns.next()
    }

    fn is_open(&self, session: &str) -> bool {
        self.turn_of(session).is_some_and(|turn| turn.kind == FactKind::SessionStarted)
    }

    /// The lines since the last end of a session: behind that, lines that are no cause for a new
    /// start are about the old end.
    fn life(&self, session: &str) -> Vec<(usize, &Step)> {
        let (begin, told) = self.epoch();
        let end = told
            .iter()
            .rfind(|fact| fact.kind == FactKind::SessionFinished && fact.session == Some(session));
        let mut late = end.is_some();
        let from = end.map_or(begin, |end| end.at + 1);
        let lines =
            self.steps.iter().enumerate().skip(from).filter(|(_, step)| step.is_of(session));
        lines
            .filter(|(_, step)| {
                late &= step.kind != EventKind::SessionStarted;
                !late || step.kind == EventKind::SessionCreated
            })
            .collect()
    }

    /// Whose a session is: who the last line before its start says, else whoever any line does.
    fn client_of(&self, session: &str) -> Option<&'static str> {
        let life = self.life(session);
        let start = life.iter().position(|(_, step)| step.kind == EventKind::SessionStarted);
        let mut prepared = life[..start.unwrap_or(life.len())].iter().rev();
        prepared
            .find_map(|(_, step)| step.client.filter(|_| step.kind == EventKind::SessionCreated))
            .or_else(|| life.iter().find_map(|(_, step)| step.client))
    }

    /// What the server said of the run: how long, and whether the agent's last state was bad.
    fn run_of(&self, session: &str) -> (Option<i64>, bool) {
        let life = self.life(session);
        let took = life.iter().rfind(|(_, step)| step.kind == EventKind::SessionTook);
        let Some(&(at, took)) = took else { return (None, false) };
        let before = self.steps[self.epoch().0..at].iter().rev();
        let mut since = before.take_while(|step| step.kind != EventKind::SessionTook);
        let state = since.find(|step| step.kind == EventKind::AgentState);
        let nanos = [Some(500_000_000), Some(1_000_000_000), None][took.word];
        (nanos, state.is_some_and(|state| state.word != 0))
    }

    /// The open sessions and where they started, in that order.
    fn open(&self) -> Vec<(&'static str, usize)> {
        let starts = self.epoch().1.iter().filter(|fact| fact.kind == FactKind::SessionStarted);
        let sessions = starts.filter_map(|fact| Some((fact.session?, fact.at)));
        sessions
            .filter(|(id, at)| self.is_open(id) && self.turn_of(id).unwrap().at == *at)
            .collect()
    }

    fn unfinished(&self) -> Vec<(Fact<'static>, usize)> {
        let fact = |(id, at)| {
            let fact = Fact::new(FactKind::SessionUnfinished, 0, None);
            (Fact { session: Some(id), client: self.client_of(id), ..fact }, at)
        };
        self.open().into_iter().map(fact).collect()
    }

    /// Whether a line begins a start or stop: no line of the same one stands before it, or it
    /// stands there itself. `interrupts` says what cannot stand between two lines of one.
    fn begins(&self, interrupts: impl Fn(EventKind) -> bool) -> bool {
        let (now, before) = self.steps.split_last().unwrap();
        let mut seen = Vec::new();
        for step in before {
            if interrupts(step.kind) || (step.kind == now.kind && seen.contains(&step.entry)) {
                seen.clear();
            }
            if step.kind == now.kind {
                seen.push(step.entry);
            }
        }
        seen.is_empty() || seen.contains(&now.entry)
    }

    fn step(&mut self, now: &Step) {
        self.steps.push(now.clone());
        match now.kind {
            EventKind::ClientConnected => self.connected(now),
            EventKind::ClientDisconnected => self.disconnected(now),
            EventKind::SessionStarted if !self.is_open(now.session) => {
                let fact = Fact::new(FactKind::SessionStarted, 0, None);
                let client = self.client_of(now.session);
                self.tell(Fact { session: Some(now.session), client, ..fact });
            }
            EventKind::SessionFinished | EventKind::SessionCancelled => self.ended(now),
            EventKind::ServerStarted
                if self.begins(|kind| kind != now.kind && kind != EventKind::HealthCheck) =>
            {
                self.server_started();
            }
            EventKind::ServerStopped if self.begins(|kind| kind == EventKind::ServerStarted) => {
                self.tell(Fact::new(FactKind::ServerStopped, 0, None));
            }
            EventKind::HealthCheck => self.tell(Fact::new(FactKind::HealthCheck, 0, None)),
            _ => {}
        }
        self.mention(now);
    }

    fn connected(&mut self, now: &Step) {
        let (client, device) = (now.client.unwrap(), now.is_device());
        let before = self.connect_of(client).map(|connect| connect.device);
        let reconnection = self
            .past
            .iter()
            .any(|fact| fact.kind == FactKind::ClientConnected && fact.client == Some(client));
        let fact = |kind| Fact { client: Some(client), ..Fact::new(kind, 0, None) };
        if let Some(before) = before.filter(|before| *before != device) {
            self.tell(Fact { device: before, online: -1, ..fact(FactKind::ClientLost) });
        }
        let online = i8::from(before != Some(device));
        self.tell(Fact { reconnection, device, online, ..fact(FactKind::ClientConnected) });
    }

    fn disconnected(&mut self, now: &Step) {
        let client = now.client.unwrap();
        let lines = self.steps[self.epoch().0..].iter().rev().skip(1);
        let mut lines = lines.filter(|step| step.kind == now.kind && step.client == Some(client));
        let announced = lines.next().is_some_and(|step| step.coded || step.continues);
        let connect = self.connect_of(client).cloned();
        let known = self.past.iter().any(|fact| {
            fact.client == Some(client)
                && matches!(fact.kind, FactKind::ClientConnected | FactKind::ClientDisconnected)
        });
        if (announced && !now.coded) || (connect.is_none() && known) {
            return;
        }
        let device = connect.as_ref().map_or(now.is_device(), |connect| connect.device);
        let online = if connect.is_some() { -1 } else { 0 };
        let fact = Fact::new(FactKind::ClientDisconnected, 0, None);
        self.tell(Fact { client: Some(client), device, online, ..fact });
        for (id, start) in self.open() {
            let told = self.past.iter().any(|fact| {
                fact.kind == FactKind::SessionOrphaned
                    && fact.session == Some(id)
                    && fact.at > start
            });
            if !told && self.client_of(id) == Some(client) {
                let fact = Fact::new(FactKind::SessionOrphaned, 0, None);
                self.tell(Fact { client: Some(client), session: Some(id), ..fact });
            }
        }
    }

    fn ended(&mut self, now: &Step) {
        let turn = self.turn_of(now.session).map(|turn| turn.kind);
        if turn == Some(FactKind::SessionFinished) {
            return;
        }
        let outcome = match (now.kind, now.word) {
            (EventKind::SessionCancelled, _) => Outcome::Cancelled,
            (_, 0 | 1) => Outcome::Completed,
            _ => Outcome::Failed,
        };
        let (nanos, agent_failed) = self.run_of(now.session);
        self.tell(Fact {
            session: Some(now.session),
            client: self.client_of(now.session),
            outcome: Some(outcome),
            agent_failed: agent_failed && outcome == Outcome::Completed,
            had_start: turn.is_some(),
            nanos,
            ..Fact::new(FactKind::SessionFinished, 0, None)
        });
    }

    fn server_started(&mut self) {
        let connects = self.epoch().1.iter().filter(|fact| {
            fact.kind == FactKind::ClientConnected
                && self
                    .connect_of(fact.client.unwrap())
                    .is_some_and(|last| std::ptr::eq(last, *fact))
        });
        let online: Vec<Past> = connects.cloned().collect();
        let unfinished = self.unfinished();
        self.tell(Fact::new(FactKind::ServerStarted, 0, None));
        for Past { client, device, .. } in online {
            let fact = Fact::new(FactKind::ClientLost, 0, None);
            self.tell(Fact { client, device, online: -1, ..fact });
        }
        for (fact, _) in unfinished {
            self.tell(fact);
        }
    }

    fn mention(&mut self, now: &Step) {
        if now.client.is_some() || !now.is_session() {
            return;
        }
        let client = match self.turn_of(now.session) {
            Some(turn) if self.life(now.session).is_empty() => turn.client,
            _ => self.client_of(now.session),
        };
        if client.is_some() {
            let fact = Fact::new(FactKind::Mention, 0, None);
            self.tell(Fact { client, session: Some(now.session), ..fact });
        }
    }

    fn finish(&self) -> Vec<String> {
        let latest = self.steps.iter().filter_map(|step| step.second).max();
        let mut told = Vec::new();
        for (fact, start) in self.unfinished() {
            let age = self.steps[start].second.zip(latest);
            let nanos = age.map(|(start, latest)| (latest - start) * 1_000_000_000);
            told.push(words(&Fact { kind: FactKind::SessionOpen, nanos, ..fact }));
        }
        told
    }
}

fn step() -> impl Strategy<Value = Step> {
    use EventKind::{
        AgentState, ClientConnected, ClientDisconnected, HealthCheck, ServerStarted, ServerStopped,
        SessionCancelled, SessionCreated, SessionFinished, SessionStarted, SessionTook,
    };
    let kind = prop_oneof![
        6 => prop::sample::select(vec![ClientConnected, ClientDisconnected]),
        12 => prop::sample::select(vec![SessionCreated, SessionStarted, SessionStarted,
            SessionTook, SessionFinished, SessionCancelled, AgentState]),
        1 => prop::sample::select(vec![ServerStarted, ServerStarted, ServerStopped, HealthCheck]),
    ];
    let names = (
        prop::option::weighted(0.4, prop::sample::select(vec!["device_a", "b", CLIENT])),
        prop::sample::select(vec!["s1", "s2", "s3", SESSION]),
    );
    let rest = (0..3_u16, any::<bool>(), any::<bool>(), 0..3_usize, prop::option::of(0..50_i64));
    (kind, names, rest).prop_map(|(kind, (client, session), rest)| {
        let (entry, coded, continues, word, second) = rest;
        let client = match kind {
            ClientConnected | ClientDisconnected => client.or(Some("b")),
            AgentState | HealthCheck | ServerStarted | ServerStopped => None,
            _ => client,
        };
        let continues = continues && kind == ClientDisconnected;
        Step { kind, entry, client, session, coded, continues, word, second }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_tracker_counts_as_the_oracle(
        steps in prop::collection::vec(step(), 0..80),
        saved in 0..80_usize,
    ) {
        let mut tracker = Tracker::new(0, true, 1000);
        let mut oracle = Oracle::default();
        for (at, step) in steps.iter().enumerate() {
            if at == saved {
                let state = serde_json::to_string(&tracker).unwrap();
                tracker = serde_json::from_str(&state).unwrap();
                prop_assert_eq!(serde_json::to_string(&tracker).unwrap(), state);
            }
            let mut told = Vec::new();
            tracker.observe(step.event().iter(), &mut |fact| told.push(words(fact)));
            oracle.told.clear();
            oracle.step(step);
            prop_assert_eq!(&told, &oracle.told, "at step {} {:?}", at, step);
            tracker.sessions.check();
        }
        let mut told = Vec::new();
        tracker.finish(&mut |fact| told.push(words(fact)));
        prop_assert_eq!(told, oracle.finish());
    }

    #[test]
    fn small_memories_stay_small_and_gauges_above_zero(
        steps in prop::collection::vec(step(), 0..200),
        limit in 1..4_i32,
    ) {
        let mut tracker = Tracker::new(0, true, limit.unsigned_abs() as usize);
        let (mut online, mut started, mut ended) = (0, 0, 0);
        for step in &steps {
            tracker.observe(step.event().iter(), &mut |fact| {
                online += i32::from(fact.online);
                assert!((0..=limit).contains(&online));
                started += i32::from(fact.kind == FactKind::SessionStarted);
                ended += i32::from(fact.kind == FactKind::SessionUnfinished || fact.had_start);
            });
            assert!((0..=limit).contains(&(started - ended)));
            tracker.sessions.check();
        }
        tracker.finish(&mut |fact| ended += i32::from(fact.kind == FactKind::SessionOpen));
        prop_assert_eq!(started, ended, "every start has one end");
    }

    /// One after the other, in groups, and through the serial form between any two.
    #[test]
    fn it_makes_no_difference_how_events_come(
        steps in prop::collection::vec(step(), 0..60),
        limit in 1..6_usize,
    ) {
        let new = || Tracker::new(0, true, limit);
        let (mut single, mut saved, mut grouped) = (new(), new(), new());
        let (mut told, mut told_saved, mut told_grouped) = (Vec::new(), Vec::new(), Vec::new());
        let mut kept = KeptEvents::default();
        for step in &steps {
            let event = step.event();
            single.observe(event.iter(), &mut |fact| told.push(words(fact)));
            saved = serde_json::from_str(&serde_json::to_string(&saved).unwrap()).unwrap();
            saved.observe(event.iter(), &mut |fact| told_saved.push(words(fact)));
            saved.sessions.check();
            kept.append(&event);
        }
        grouped.observe(kept.iter(), &mut |fact| told_grouped.push(words(fact)));
        prop_assert_eq!(&told_saved, &told);
        prop_assert_eq!(&told_grouped, &told);
        let state = serde_json::to_value(&single).unwrap();
        prop_assert_eq!(&serde_json::to_value(&saved).unwrap(), &state);
        prop_assert_eq!(&serde_json::to_value(&grouped).unwrap(), &state);
    }
}
