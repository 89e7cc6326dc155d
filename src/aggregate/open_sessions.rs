//! `session-failure.oldest_open_seconds`, for rules: how long the oldest open session has run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{Fact, FactKind};
use crate::record::Timestamp;
use crate::summary::{Body, Value};

use super::{Setup, State, View, scalars};

/// How many more sessions that began at an instant have been opened than closed, by that instant.
///
/// A state may begin in the middle of the input, with the ends of sessions that were opened
/// before: there it counts below zero, until it is put behind what came before. Sessions whose
/// start nobody dated have no age and do not count. Trackers bound how many are open.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct OpenSessions {
    by_start: BTreeMap<Timestamp, i64>,
    /// The sum of those above zero.
    open: i64,
}

impl OpenSessions {
    pub(super) fn new(_: &Setup) -> OpenSessions {
        OpenSessions::default()
    }

    fn add(&mut self, began: Timestamp, sessions: i64) {
        let there = self.by_start.entry(began).or_default();
        self.open -= (*there).max(0);
        *there += sessions;
        self.open += (*there).max(0);
        if *there == 0 {
            self.by_start.remove(&began);
        }
    }

    /// When the oldest of them began.
    fn oldest(&self) -> Option<Timestamp> {
        self.by_start.iter().find(|(_, sessions)| **sessions > 0).map(|(began, _)| *began)
    }
}

impl State for OpenSessions {
    fn learn(&mut self, fact: &Fact<'_>) {
        let Some(began) = fact.began else { return };
        match fact.kind {
            FactKind::SessionStarted => self.add(began, 1),
            FactKind::SessionFinished | FactKind::SessionUnfinished => self.add(began, -1),
            _ => {}
        }
    }

    fn merge(&mut self, later: OpenSessions) {
        for (began, sessions) in later.by_start {
            self.add(began, sessions);
        }
    }

    fn summarize(&self, view: &View) -> Body {
        Body::scalars(scalars(self, &["oldest_open_seconds"], view))
    }

    fn figure(&self, name: &str, view: &View) -> Option<Value> {
        match (name, self.oldest(), view.clock) {
            ("oldest_open_seconds", None, _) => Some(Value::Seconds(0.0)),
            ("oldest_open_seconds", Some(began), Some(clock)) => {
                Some(Value::Seconds(clock.now.seconds_since(began).max(0.0)))
            }
            ("oldest_open_seconds", Some(_), None) => Some(Value::Null),
            ("open", ..) => Some(Value::Int(self.open)),
            _ => None,
        }
    }
}
