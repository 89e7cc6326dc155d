//! `session-failure`: how sessions ended.

use serde::{Deserialize, Serialize};

use crate::event::{Fact, FactKind, Outcome};
use crate::summary::{Body, Scalar, Value};

use super::{Setup, State, View};

/// Sessions by outcome, each once.
///
/// - `ratio` = (failed + cancelled) / (completed + failed + cancelled), 0 when nothing ended
///   (the page's `check_session_failure_rate`, which counts cancelled ones as failed);
/// - `agent_ratio` = `agent_failed` / completed, 0 when nothing completed: COMPLETED is only the
///   server's status;
/// - `unfinished` sessions started and never finished; `open` are those of them that could still
///   finish, `oldest_open_seconds` the age of the oldest. Which never finish and how old they
///   are is known at the end of the input, so not where it is cut before.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct SessionFailure {
    started: u64,
    completed: u64,
    failed: u64,
    cancelled: u64,
    unfinished: u64,
    ends_without_start: u64,
    agent_failed: u64,
    orphaned: u64,
    /// Started less ended: what a window in which nothing happens is handed on.
    open: i64,
    oldest_nanos: Option<i64>,
}

impl SessionFailure {
    pub(super) fn new(_: &Setup) -> SessionFailure {
        SessionFailure::default()
    }
}

impl State for SessionFailure {
    fn learn(&mut self, fact: &Fact<'_>) {
        match fact.kind {
            FactKind::SessionStarted => {
                self.started += 1;
                self.open += 1;
            }
            FactKind::SessionFinished => {
                match fact.outcome {
                    Some(Outcome::Completed) => self.completed += 1,
                    Some(Outcome::Cancelled) => self.cancelled += 1,
                    Some(Outcome::Failed) | None => self.failed += 1,
                }
                self.agent_failed += u64::from(fact.agent_failed);
                self.ends_without_start += u64::from(!fact.had_start);
                self.open -= i64::from(fact.had_start);
            }
            FactKind::SessionUnfinished => {
                self.unfinished += 1;
                self.open -= 1;
            }
            FactKind::SessionOpen => {
                self.unfinished += 1;
                self.oldest_nanos = self.oldest_nanos.max(fact.nanos);
            }
            FactKind::SessionOrphaned => self.orphaned += 1,
            _ => {}
        }
    }

    fn merge(&mut self, later: SessionFailure) {
        self.started += later.started;
        self.completed += later.completed;
        self.failed += later.failed;
        self.cancelled += later.cancelled;
        self.unfinished += later.unfinished;
        self.ends_without_start += later.ends_without_start;
        self.agent_failed += later.agent_failed;
        self.orphaned += later.orphaned;
        self.open += later.open;
        self.oldest_nanos = self.oldest_nanos.max(later.oldest_nanos);
    }

    fn carry(&self, next: &mut SessionFailure) {
        next.open += self.open;
        next.oldest_nanos = next.oldest_nanos.max(self.oldest_nanos);
    }

    fn summarize(&self, view: &View) -> Body {
        let ended = self.completed + self.failed + self.cancelled;
        let oldest = match self.oldest_nanos {
            _ if view.window || view.cut => Value::Null,
            Some(nanos) => Value::Seconds(nanos as f64 / 1e9),
            None => Value::Seconds(0.0),
        };
        let unfinished = if view.cut { Value::Null } else { Value::count(self.unfinished) };
        let count = |name, n| Scalar { name, value: Value::count(n) };
        Body::scalars(vec![
            count("started", self.started),
            count("completed", self.completed),
            count("failed", self.failed),
            count("cancelled", self.cancelled),
            Scalar { name: "unfinished", value: unfinished },
            count("ends_without_start", self.ends_without_start),
            count("agent_failed", self.agent_failed),
            count("orphaned", self.orphaned),
            Scalar { name: "ratio", value: Value::ratio(self.failed + self.cancelled, ended) },
            Scalar { name: "agent_ratio", value: Value::ratio(self.agent_failed, self.completed) },
            Scalar { name: "open", value: Value::Int(self.open.max(0)) },
            Scalar { name: "oldest_open_seconds", value: oldest },
        ])
    }

    fn silent(&self) -> bool {
        self.started + self.completed + self.failed + self.cancelled == 0
    }
}
