//! What `connections` counts, without who is there: all that most rules ask for.

use serde::{Deserialize, Serialize};

use crate::event::{Fact, FactKind};
use crate::summary::{Body, Value};

use super::{Setup, State, View, scalars};

/// Connects, disconnects and refusals. What the figures mean says
/// [`Connections`](super::connections::Connections).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Comings {
    connects: u64,
    disconnects: u64,
    reconnections: u64,
    refused: u64,
}

/// The figures, in the order of the section.
pub(super) const FIGURES: [&str; 5] =
    ["connects", "disconnects", "reconnections", "refused", "stability"];

impl Comings {
    pub(super) fn new(_: &Setup) -> Comings {
        Comings::default()
    }

    pub(super) fn disconnects(&self) -> u64 {
        self.disconnects
    }

    fn stability(&self) -> f64 {
        if self.connects == 0 {
            return 1.0;
        }
        (1.0 - self.disconnects as f64 / self.connects as f64).clamp(0.0, 1.0)
    }
}

impl State for Comings {
    fn learn(&mut self, fact: &Fact<'_>) {
        match fact.kind {
            FactKind::ClientConnected => {
                self.connects += 1;
                self.reconnections += u64::from(fact.reconnection);
            }
            FactKind::ClientDisconnected => self.disconnects += 1,
            FactKind::RegistrationRefused => self.refused += 1,
            _ => {}
        }
    }

    fn merge(&mut self, later: Comings) {
        self.connects += later.connects;
        self.disconnects += later.disconnects;
        self.reconnections += later.reconnections;
        self.refused += later.refused;
    }

    fn retract(&mut self, earlier: &Comings) -> bool {
        self.connects -= earlier.connects;
        self.disconnects -= earlier.disconnects;
        self.reconnections -= earlier.reconnections;
        self.refused -= earlier.refused;
        true
    }

    fn summarize(&self, view: &View) -> Body {
        Body::scalars(scalars(self, &FIGURES, view))
    }

    fn figure(&self, name: &str, _: &View) -> Option<Value> {
        Some(match name {
            "connects" => Value::count(self.connects),
            "disconnects" => Value::count(self.disconnects),
            "reconnections" => Value::count(self.reconnections),
            "refused" => Value::count(self.refused),
            "stability" => Value::Ratio(self.stability()),
            _ => return None,
        })
    }

    fn silent(&self) -> bool {
        self.connects + self.disconnects + self.refused == 0
    }
}
