//! `session-failure`: how sessions ended.

use serde::{Deserialize, Serialize};

use crate::event::{Fact, FactKind, Outcome};
use crate::summary::{Body, Value};

use super::{Setup, State, View, scalars};

/// Sessions by outcome, each once.
///
/// - `ratio` = (failed + cancelled) / (completed + failed + cancelled), 0 when nothing ended
///   (the page's `check_session_failure_rate`, which counts cancelled ones as failed);
/// - `agent_ratio` = `agent_failed` / completed, 0 when nothing completed: COMPLETED is only the
///   server's status;
/// - `unfinished` sessions started and never finished; `open` are those of them that could still
///   finish, `oldest_open_seconds` the age of the oldest. Which never finish and how old they
///   are is known at the end of the input, so not where it is cut before.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
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

const SCALARS: [&str; 12] = [
    "started",
    "completed",
    "failed",
    "cancelled",
    "unfinished",
    "ends_without_start",
    "agent_failed",
    "orphaned",
    "ratio",
    "agent_ratio",
    "open",
    "oldest_open_seconds",
];

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

    fn retract(&mut self, earlier: &SessionFailure) -> bool {
        if earlier.oldest_nanos.is_some() {
            // Told at the end of an input only, behind which there is no window.
            return false;
        }
        self.started -= earlier.started;
        self.completed -= earlier.completed;
        self.failed -= earlier.failed;
        self.cancelled -= earlier.cancelled;
        self.unfinished -= earlier.unfinished;
        self.ends_without_start -= earlier.ends_without_start;
        self.agent_failed -= earlier.agent_failed;
        self.orphaned -= earlier.orphaned;
        self.open -= earlier.open;
        true
    }

    fn carry(&self, next: &mut SessionFailure) {
        next.open += self.open;
        next.oldest_nanos = next.oldest_nanos.max(self.oldest_nanos);
    }

    fn summarize(&self, view: &View) -> Body {
        Body::scalars(scalars(self, &SCALARS, view))
    }

    fn figure(&self, name: &str, view: &View) -> Option<Value> {
        let ended = self.completed + self.failed + self.cancelled;
        Some(match name {
            "started" => Value::count(self.started),
            "completed" => Value::count(self.completed),
            "failed" => Value::count(self.failed),
            "cancelled" => Value::count(self.cancelled),
            "unfinished" if view.cut => Value::Null,
            "unfinished" => Value::count(self.unfinished),
            "ends_without_start" => Value::count(self.ends_without_start),
            "agent_failed" => Value::count(self.agent_failed),
            "orphaned" => Value::count(self.orphaned),
            "ratio" => Value::ratio(self.failed + self.cancelled, ended),
            "agent_ratio" => Value::ratio(self.agent_failed, self.completed),
            "open" => Value::Int(self.open.max(0)),
            "oldest_open_seconds" if view.window || view.cut => Value::Null,
            "oldest_open_seconds" => Value::Seconds(self.oldest_nanos.unwrap_or(0) as f64 / 1e9),
            _ => return None,
        })
    }

    fn silent(&self) -> bool {
        self.started + self.completed + self.failed + self.cancelled == 0
    }
}
