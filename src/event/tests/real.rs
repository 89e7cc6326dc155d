//! Cuts of real logs: every line that tells of an event, in order, and some that only look so.

use super::{profile, track};
use crate::event::{Fact, FactKind, Outcome, Tracker};

/// What the facts of one source add up to.
#[derive(Debug, Default, PartialEq)]
struct Figures {
    started: u32,
    completed: u32,
    failed: u32,
    cancelled: u32,
    unfinished: u32,
    ends_without_start: u32,
    agent_failed: u32,
    connects: u32,
    disconnects: u32,
    reconnections: u32,
    peak_online: i32,
    online_at_end: i32,
    took_count: u32,
    took_max: i64,
    took_sum: i64,
}

#[derive(Debug, Default)]
struct Sum {
    figures: Figures,
    refused: u32,
    dispatch_refused: u32,
    server_starts: u32,
    server_stops: u32,
    requests: u32,
    nameless_sessions: u32,
    orphaned: u32,
    devices: i32,
}

impl Sum {
    fn add(&mut self, fact: &Fact<'_>) {
        let figures = &mut self.figures;
        figures.online_at_end += i32::from(fact.online);
        figures.peak_online = figures.peak_online.max(figures.online_at_end);
        self.devices += if fact.device { i32::from(fact.online) } else { 0 };
        match fact.kind {
            FactKind::SessionStarted => figures.started += 1,
            FactKind::SessionUnfinished | FactKind::SessionOpen => figures.unfinished += 1,
            FactKind::SessionFinished => {
                match fact.outcome.unwrap() {
                    Outcome::Completed => figures.completed += 1,
                    Outcome::Failed => figures.failed += 1,
                    Outcome::Cancelled => figures.cancelled += 1,
                }
                figures.ends_without_start += u32::from(!fact.had_start);
                figures.agent_failed += u32::from(fact.agent_failed);
                self.nameless_sessions += u32::from(fact.client.is_none());
                if let Some(nanos) = fact.nanos {
                    figures.took_count += 1;
                    figures.took_max = figures.took_max.max(nanos);
                    figures.took_sum += nanos;
                }
            }
            FactKind::ClientConnected => {
                figures.connects += 1;
                figures.reconnections += u32::from(fact.reconnection);
            }
            FactKind::ClientDisconnected => figures.disconnects += 1,
            FactKind::RegistrationRefused => self.refused += 1,
            FactKind::DispatchRefused => self.dispatch_refused += 1,
            FactKind::ServerStarted => self.server_starts += 1,
            FactKind::ServerStopped => self.server_stops += 1,
            FactKind::HttpAccess => self.requests += 1,
            FactKind::SessionOrphaned => self.orphaned += 1,
            _ => {}
        }
    }
}

fn sum(lines: &str) -> Sum {
    let mut tracker = Tracker::new(0, true, 1000);
    let mut sum = Sum::default();
    track(&mut tracker, &profile("ufo"), lines, &mut |fact| sum.add(fact));
    tracker.finish(&mut |fact| sum.add(fact));
    sum
}

const CENT: i64 = 10_000_000;

#[test]
fn a_whole_run() {
    let sum = sum(include_str!("../../../fixtures/events/tiny.log"));
    assert_eq!(
        sum.figures,
        Figures {
            started: 83,
            completed: 74,
            failed: 2,
            cancelled: 4,
            unfinished: 3,
            ends_without_start: 0,
            agent_failed: 12,
            connects: 25,
            disconnects: 25,
            reconnections: 6,
            peak_online: 14,
            online_at_end: 0,
            took_count: 74,
            took_max: 309 * CENT,
            took_sum: 1949 * CENT,
        }
    );
    assert_eq!((sum.server_starts, sum.server_stops, sum.requests), (1, 1, 6));
    // Eight refused registrations; four bad requests over HTTP, six for a client that is offline;
    // three bad targets, one peer, one stolen session.
    assert_eq!((sum.refused, sum.dispatch_refused), (8, 15));
    assert_eq!((sum.nameless_sessions, sum.devices), (0, 0));
}

#[test]
fn the_wording_of_python_3_10() {
    let sum = sum(include_str!("../../../fixtures/events/py310.log"));
    assert_eq!(
        sum.figures,
        Figures {
            started: 38,
            completed: 29,
            failed: 2,
            cancelled: 4,
            unfinished: 3,
            ends_without_start: 0,
            agent_failed: 3,
            connects: 25,
            disconnects: 25,
            reconnections: 6,
            peak_online: 14,
            online_at_end: 0,
            took_count: 30,
            took_max: 317 * CENT,
            took_sum: 1905 * CENT,
        }
    );
}

#[test]
fn a_series_that_starts_in_the_middle() {
    let sum = sum(include_str!("../../../fixtures/events/rotate.log"));
    assert_eq!(
        sum.figures,
        Figures {
            started: 27,
            completed: 23,
            failed: 1,
            cancelled: 4,
            unfinished: 0,
            ends_without_start: 1,
            agent_failed: 1,
            connects: 2,
            disconnects: 16,
            reconnections: 0,
            peak_online: 2,
            online_at_end: 0,
            took_count: 24,
            took_max: 213 * CENT,
            took_sum: 529 * CENT,
        }
    );
}
