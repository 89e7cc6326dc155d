//! The rules of counting, one by one.

mod model;

use serde_json::{Value, json};

use crate::event::{Fact, FactKind, KeptEvents, Tracker};
use crate::record::{Capture, bounded};

/// A raw event: its kind, the entry that recognised it, and what it captured.
pub(super) fn event(
    kind: &str,
    entry: u16,
    second: Option<i64>,
    captures: &[(Capture, &str)],
) -> KeptEvents {
    let captures: Vec<Value> =
        captures.iter().map(|(capture, text)| json!([capture, text])).collect();
    let time = second.map(|second| second * 1_000_000);
    serde_json::from_value(json!([{
        "time": time, "level": "INFO", "kind": kind, "entry": entry, "captures": captures,
    }]))
    .unwrap()
}

/// A fact in a few words.
fn words(fact: &Fact<'_>) -> String {
    let mut words = vec![format!("{:?}", fact.kind)];
    let names = [fact.client, fact.session, fact.task];
    words.extend(names.into_iter().flatten().map(str::to_owned));
    for (said, word) in [
        (fact.device, "device"),
        (fact.reconnection, "again"),
        (fact.online > 0, "+1"),
        (fact.online < 0, "-1"),
        (fact.agent_failed, "agent_failed"),
        (fact.kind == FactKind::SessionFinished && !fact.had_start, "no_start"),
    ] {
        words.extend(said.then(|| word.to_owned()));
    }
    words.extend(fact.outcome.map(|outcome| outcome.name().to_owned()));
    words.extend(fact.nanos.map(|nanos| format!("{nanos}ns")));
    words.join(" ")
}

/// A tracker and what it has told so far, mentions left out.
struct Told {
    tracker: Tracker,
    facts: Vec<String>,
}

impl Told {
    fn new() -> Told {
        Told::capped(1000)
    }

    fn capped(max_keys: usize) -> Told {
        Told { tracker: Tracker::new(0, true, max_keys), facts: Vec::new() }
    }

    fn see(&mut self, kind: &str, captures: &[(Capture, &str)]) -> &mut Told {
        self.see_entry(kind, 0, None, captures)
    }

    fn at(&mut self, second: i64, kind: &str, captures: &[(Capture, &str)]) -> &mut Told {
        self.see_entry(kind, 0, Some(second), captures)
    }

    fn see_entry(
        &mut self,
        kind: &str,
        entry: u16,
        second: Option<i64>,
        captures: &[(Capture, &str)],
    ) -> &mut Told {
        let event = event(kind, entry, second, captures);
        self.tracker.observe(event.iter(), &mut |fact| {
            if fact.kind != FactKind::Mention {
                self.facts.push(words(fact));
            }
        });
        self
    }

    /// What has been told since the last time.
    fn told(&mut self) -> Vec<String> {
        std::mem::take(&mut self.facts)
    }

    fn finish(&mut self) -> Vec<String> {
        self.facts.clear();
        self.tracker.finish(&mut |fact| self.facts.push(words(fact)));
        self.told()
    }
}

use Capture::{Client, Code, Kind, Ok as Healthy, Reason, Seconds, Session, State, Status, Task};

const UP: &str = "client-connected";
const DOWN: &str = "client-disconnected";
const CREATED: &str = "session-created";
const STARTED: &str = "session-started";
const TOOK: &str = "session-took";
const FINISHED: &str = "session-finished";
const CANCELLED: &str = "session-cancelled";
const STATE: &str = "agent-state";
const BOOT: &str = "server-started";
const HALT: &str = "server-stopped";

/// The bits of entries whose lines have a successor, and whose sessions are measured.
const CONTINUES: u16 = 1 << 14;
const MEASURE: u16 = 1 << 15;

#[test]
fn a_disconnect_counts_once_at_its_first_line() {
    let mut told = Told::new();
    told.see(UP, &[(Client, "device_1")]).see(DOWN, &[(Client, "device_1"), (Code, "1006")]);
    assert_eq!(
        told.told(),
        ["ClientConnected device_1 device +1", "ClientDisconnected device_1 device -1"]
    );
    told.see_entry(DOWN, 1 | CONTINUES, None, &[(Client, "device_1")]);
    told.see(DOWN, &[(Client, "device_1")]);
    assert!(told.told().is_empty());
    // The second line may come behind the next connect, and so may a third.
    told.see(UP, &[(Client, "device_1")]).see(DOWN, &[(Client, "device_1"), (Code, "1006")]);
    told.see(UP, &[(Client, "device_1")]).told();
    told.see_entry(DOWN, 1 | CONTINUES, None, &[(Client, "device_1")]);
    told.see(DOWN, &[(Client, "device_1")]);
    assert!(told.told().is_empty());
    // Without a line before it the same line is a disconnect.
    told.see(DOWN, &[(Client, "device_1")]);
    assert_eq!(told.told(), ["ClientDisconnected device_1 device -1"]);
}

#[test]
fn a_line_with_a_code_is_always_the_first() {
    let mut told = Told::new();
    told.see(UP, &[(Client, "a")]).see(DOWN, &[(Client, "a"), (Code, "1000")]);
    told.see(UP, &[(Client, "a")]).told();
    told.see(DOWN, &[(Client, "a"), (Code, "1000")]);
    assert_eq!(told.told(), ["ClientDisconnected a -1"]);
}

#[test]
fn an_unknown_client_disconnects_without_going_below_zero() {
    let mut told = Told::new();
    told.see(DOWN, &[(Client, "device_1")]).see(DOWN, &[(Client, "device_1")]);
    told.see(DOWN, &[(Client, "box"), (Kind, "Device")]);
    assert_eq!(
        told.told(),
        ["ClientDisconnected device_1 device", "ClientDisconnected box device"]
    );
    told.see(UP, &[(Client, "device_1")]);
    assert_eq!(
        told.told(),
        ["ClientConnected device_1 device +1"],
        "no connect of it was seen before"
    );
}

#[test]
fn a_second_connect_is_a_reconnection() {
    let mut told = Told::new();
    told.see(UP, &[(Client, "a")]).see(DOWN, &[(Client, "a")]).see(UP, &[(Client, "a")]);
    told.see(UP, &[(Client, "a")]);
    assert_eq!(
        told.told(),
        [
            "ClientConnected a +1",
            "ClientDisconnected a -1",
            "ClientConnected a again +1",
            "ClientConnected a again"
        ]
    );
    // Its disconnect was missed, and it is something else now.
    told.see(UP, &[(Client, "a"), (Kind, "device")]);
    assert_eq!(told.told(), ["ClientLost a -1", "ClientConnected a device again +1"]);
}

#[test]
fn a_device_is_what_connected_as_one() {
    let mut told = Told::new();
    for (client, kind) in
        [("a", "ClientType.DEVICE"), ("device_b", "constellation"), ("device_c", "windows")]
    {
        told.see(UP, &[(Client, client), (Kind, kind)]);
    }
    told.see(DOWN, &[(Client, "a"), (Kind, "Constellation")]);
    assert_eq!(
        told.told(),
        [
            "ClientConnected a device +1",
            "ClientConnected device_b +1",
            "ClientConnected device_c device +1",
            "ClientDisconnected a device -1"
        ]
    );
}

#[test]
fn a_session_ends_once_and_may_start_again() {
    let mut told = Told::new();
    told.see(STARTED, &[(Session, "s")]).see(STARTED, &[(Session, "s")]);
    told.see(CANCELLED, &[(Session, "s"), (Reason, "x")]).see(CANCELLED, &[(Session, "s")]);
    told.see(FINISHED, &[(Session, "s"), (Status, "FAILED")]);
    assert_eq!(told.told(), ["SessionStarted s", "SessionFinished s cancelled"]);
    told.see(STARTED, &[(Session, "s")])
        .see(FINISHED, &[(Session, "s"), (Status, "TaskStatus.COMPLETED")]);
    assert_eq!(told.told(), ["SessionStarted s", "SessionFinished s completed"]);
    told.see(FINISHED, &[(Session, "t"), (Status, "completed")]).see(FINISHED, &[(Session, "u")]);
    assert_eq!(
        told.told(),
        ["SessionFinished t no_start completed", "SessionFinished u no_start failed"]
    );
    told.see(STARTED, &[]).see(FINISHED, &[(Status, "failed")]);
    assert_eq!(told.told(), ["SessionStarted", "SessionFinished no_start failed"]);
}

#[test]
fn the_agents_last_state_decides_and_is_forgotten() {
    let mut told = Told::new();
    for (states, status, failed) in [
        (vec!["CONTINUE", "FINISH"], "COMPLETED", false),
        (vec!["FINISH", "FAIL"], "COMPLETED", true),
        (vec![""], "COMPLETED", true),
        (vec![], "COMPLETED", false),
        (vec!["ERROR"], "FAILED", false),
    ] {
        told.see(STARTED, &[(Session, "s")]);
        for state in &states {
            told.see(STATE, &[(State, state)]);
        }
        told.see(TOOK, &[(Session, "s"), (Seconds, "0.31")]).see(STATE, &[(State, "FAIL")]);
        told.see(FINISHED, &[(Session, "s"), (Status, status)]);
        assert_eq!(told.told()[1].contains("agent_failed"), failed, "{states:?}");
        told.see(TOOK, &[(Session, "other")]);
    }
}

#[test]
fn durations_are_said_or_measured() {
    let mut told = Told::new();
    let end = [(Session, "s"), (Status, "completed")];
    told.at(10, STARTED, &[(Session, "s")]).at(12, TOOK, &[(Session, "s"), (Seconds, "1.25")]);
    told.at(13, FINISHED, &end);
    assert_eq!(told.told()[1], "SessionFinished s completed 1250000000ns");
    told.at(10, STARTED, &[(Session, "s")]).at(13, FINISHED, &end);
    assert_eq!(told.told()[1], "SessionFinished s completed");
    told.at(10, STARTED, &[(Session, "s")]).see_entry(FINISHED, MEASURE, Some(13), &end);
    assert_eq!(told.told()[1], "SessionFinished s completed 3000000000ns");
    told.at(10, STARTED, &[(Session, "s")]).see_entry(FINISHED, MEASURE, Some(9), &end);
    assert_eq!(told.told()[1], "SessionFinished s completed 0ns");
    told.see(STARTED, &[(Session, "s")]).see_entry(FINISHED, MEASURE, Some(9), &end);
    assert_eq!(told.told()[1], "SessionFinished s completed");
    told.see(STARTED, &[(Session, "s")]).see(FINISHED, &[(Session, "s"), (Seconds, "2")]);
    assert_eq!(told.told()[1], "SessionFinished s failed 2000000000ns");
}

#[test]
fn a_session_is_its_owners_whatever_comes_later() {
    let mut told = Told::new();
    told.see(CREATED, &[(Session, "s"), (Task, "old")]);
    told.see(CREATED, &[(Session, "s"), (Task, "t")])
        .see(CREATED, &[(Session, "s"), (Client, "a")]);
    told.see(STARTED, &[(Session, "s")])
        .see(CREATED, &[(Session, "s"), (Task, "thief"), (Client, "b")]);
    told.see(FINISHED, &[(Session, "s"), (Client, "c")]);
    assert_eq!(told.told(), ["SessionStarted a s t", "SessionFinished a s t failed"]);
    told.see(STARTED, &[(Session, "s")]).see(TOOK, &[(Session, "s"), (Client, "c")]);
    told.see(FINISHED, &[(Session, "s")]);
    assert_eq!(told.told(), ["SessionStarted s", "SessionFinished c s failed"]);
}

#[test]
fn a_record_without_a_client_is_mentioned_for_its_sessions() {
    let mut tracker = Tracker::new(0, true, 10);
    let mut mentions = Vec::new();
    for (kind, captures) in [
        (STARTED, vec![(Session, "s")]),
        (CREATED, vec![(Session, "s"), (Client, "a")]),
        (FINISHED, vec![(Session, "s")]),
        (CANCELLED, vec![(Session, "s")]),
        (CANCELLED, vec![(Session, "unknown")]),
        (STATE, vec![]),
    ] {
        let event = event(kind, 0, None, &captures);
        tracker.observe(event.iter(), &mut |fact| {
            if fact.kind == FactKind::Mention {
                mentions.push((kind, fact.client.unwrap().to_owned(), fact.level.is_some()));
            }
        });
    }
    assert_eq!(mentions, [(FINISHED, "a".to_owned(), true), (CANCELLED, "a".to_owned(), true)]);
}

#[test]
fn the_owner_leaves_its_open_sessions_as_orphans() {
    let mut told = Told::new();
    for session in ["s1", "s2", "s3", "s4"] {
        told.see(CREATED, &[(Session, session), (Client, "a"), (Task, "t")]);
    }
    for session in ["s3", "s1", "s2"] {
        told.see(STARTED, &[(Session, session)]);
    }
    told.see(FINISHED, &[(Session, "s3")]).told();
    told.see(DOWN, &[(Client, "a"), (Code, "1006")]);
    assert_eq!(
        told.told(),
        ["ClientDisconnected a", "SessionOrphaned a s1 t", "SessionOrphaned a s2 t"]
    );
    // A session becomes an orphan once; it is still open.
    told.see(UP, &[(Client, "a")]).see(STARTED, &[(Session, "s4")]).told();
    told.see(DOWN, &[(Client, "a"), (Code, "1006")]);
    assert_eq!(told.told(), ["ClientDisconnected a -1", "SessionOrphaned a s4 t"]);
    told.see(FINISHED, &[(Session, "s1")]);
    assert_eq!(told.told(), ["SessionFinished a s1 t failed"]);
}

#[test]
fn a_server_start_counts_once_and_clears() {
    let mut told = Told::new();
    told.see(UP, &[(Client, "device_b")]).see(UP, &[(Client, "a")]);
    told.at(5, STARTED, &[(Session, "s2")]).at(6, STARTED, &[(Session, "s1")]).told();
    told.see(BOOT, &[]);
    let lost = ["ClientLost device_b device -1", "ClientLost a -1"];
    let open = ["SessionUnfinished s2", "SessionUnfinished s1"];
    assert_eq!(told.told(), [&["ServerStarted"], &lost[..], &open[..]].concat());
    told.see_entry(BOOT, 1, None, &[]).see("health-check", &[(Healthy, "false")]);
    told.see_entry(BOOT, 2, None, &[]);
    assert_eq!(told.told(), ["HealthCheck"]);
    told.see_entry(BOOT, 1, None, &[]);
    assert_eq!(told.told(), ["ServerStarted"], "the same line again is another start");
    told.see(UP, &[(Client, "a")]).see_entry(BOOT, 2, None, &[]);
    assert_eq!(told.told(), ["ClientConnected a again +1", "ServerStarted", "ClientLost a -1"]);
    assert!(told.finish().is_empty());
}

#[test]
fn a_server_start_ends_the_wait_for_further_lines() {
    let mut told = Told::new();
    told.see(UP, &[(Client, "a")]).see(DOWN, &[(Client, "a"), (Code, "1012")]);
    told.see(BOOT, &[]).see(UP, &[(Client, "a")]).told();
    told.see(DOWN, &[(Client, "a")]);
    assert_eq!(told.told(), ["ClientDisconnected a -1"]);
}

#[test]
fn a_server_stop_counts_once() {
    let mut told = Told::new();
    told.see(HALT, &[]).see(DOWN, &[(Client, "a")]).see_entry(HALT, 1, None, &[]);
    assert_eq!(told.told(), ["ServerStopped", "ClientDisconnected a"]);
    told.see(BOOT, &[]).see_entry(HALT, 1, None, &[]).see_entry(HALT, 1, None, &[]);
    assert_eq!(told.told(), ["ServerStarted", "ServerStopped", "ServerStopped"]);
}

#[test]
fn what_is_open_at_the_end_is_told_without_a_change() {
    let mut told = Told::new();
    told.at(5, STARTED, &[(Session, "s1")]).see(STARTED, &[(Session, "s2")]);
    told.see(CREATED, &[(Session, "s3")]).at(9, STATE, &[]).at(7, STATE, &[]);
    let open = ["SessionOpen s1 4000000000ns", "SessionOpen s2"];
    assert_eq!(told.finish(), open);
    assert_eq!(told.finish(), open);
}

#[test]
fn health_checks_say_whether_they_succeeded() {
    let mut told = Told::new();
    for (captures, healthy) in [
        (vec![(Healthy, "true"), (Capture::LatencyMs, "12.3")], true),
        (vec![(Healthy, "false"), (Status, "200")], false),
        (vec![(Status, "204")], true),
        (vec![(Status, "500")], false),
        (vec![], true),
    ] {
        let event = event("health-check", 0, None, &captures);
        told.tracker.observe(event.iter(), &mut |fact| {
            assert_eq!(fact.ok, healthy, "{captures:?}");
            assert_eq!(fact.nanos, captures.get(1).filter(|_| healthy).map(|_| 12_300_000));
        });
    }
}

#[test]
fn memory_is_bounded() {
    let mut told = Told::capped(2);
    for client in ["a", "b", "c"] {
        told.see(UP, &[(Client, client)]);
    }
    assert_eq!(told.told()[2], "ClientConnected c", "all are online: no gauge counts it");
    told.see(DOWN, &[(Client, "c")]).see(DOWN, &[(Client, "a")]).told();
    told.see(UP, &[(Client, "d")]).see(UP, &[(Client, "a")]);
    assert_eq!(told.told(), ["ClientConnected d +1", "ClientConnected a"], "a was forgotten");

    let mut told = Told::capped(2);
    for session in ["s1", "s2", "s3"] {
        told.see(STARTED, &[(Session, session)]);
    }
    told.see(FINISHED, &[(Session, "unknown")]);
    let facts =
        ["SessionStarted s1", "SessionStarted s2", "SessionUnfinished s1", "SessionStarted s3"];
    assert_eq!(told.told()[..4], facts);
    assert_eq!(told.finish().len(), 2);
}

#[test]
fn names_are_remembered_at_bounded_length() {
    let long = "device_".repeat(9000);
    let [a, b, session, task] = ["a", "b", "s", "t"].map(|end| format!("{long}{end}"));
    let mut told = Told::new();
    told.see(UP, &[(Client, &a)]).see(UP, &[(Client, &b)]).see(UP, &[(Client, &a)]);
    told.see(CREATED, &[(Session, &session), (Client, &a), (Task, &task)]);
    told.see(STARTED, &[(Session, &session)]).see(STATE, &[(State, &long)]);
    let [a, b, session, task] = [a, b, session, task].map(|name| bounded(&name).into_owned());
    let (connect, start) = ("ClientConnected", format!("SessionStarted {a} {session} {task}"));
    assert_eq!(told.told()[..2], [&a, &b].map(|client| format!("{connect} {client} device +1")));
    let state = serde_json::to_string(&told.tracker).unwrap();
    assert!(state.len() < 4096, "{}", state.len());
    told.see(DOWN, &[(Client, &format!("{long}a"))]);
    let told = told.told();
    assert_eq!(told[0], format!("ClientDisconnected {a} device -1"));
    assert_eq!(told[1], start.replace("Started", "Orphaned"));
    // Without joining names are the same.
    let event = event(UP, 0, None, &[(Client, &format!("{long}a"))]);
    Tracker::new(0, false, 1).observe(event.iter(), &mut |fact| assert_eq!(fact.client, Some(&*a)));
}

#[test]
fn the_most_recent_ends_are_remembered() {
    let mut told = Told::new();
    for number in 0..=65_536 {
        let client = format!("client {}", number / 2);
        told.see(FINISHED, &[(Session, &number.to_string()), (Client, &client)]);
    }
    told.tracker.sessions.check();
    told.told();
    told.see(FINISHED, &[(Session, "1")]).see(FINISHED, &[(Session, "65536")]);
    assert!(told.told().is_empty());
    told.see(FINISHED, &[(Session, "0")]);
    assert_eq!(told.told(), ["SessionFinished 0 no_start failed"], "forgotten, so it counts again");
    told.tracker.sessions.check();
}
