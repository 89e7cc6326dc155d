//! `latency`: how long sessions ran and health checks took.

use serde::{Deserialize, Serialize};

use crate::event::{Fact, FactKind};
use crate::summary::{Body, Value};

use super::distribution::Distribution;
use super::{Setup, State, View, scalars};

/// The page's seven figures and the sum, for finished sessions (in seconds) and health checks (in
/// milliseconds). Without values count and sum are 0 and the others unknown; see
/// [`Distribution`] for the percentiles.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Latency {
    session: Distribution,
    health: Distribution,
}

impl Latency {
    pub(super) fn new(_: &Setup) -> Latency {
        Latency::default()
    }
}

const SCALARS: [&str; 18] = [
    "session.count",
    "session.min",
    "session.max",
    "session.mean",
    "session.median",
    "session.p95",
    "session.p99",
    "session.sum",
    "session.approximate",
    "health.count",
    "health.min",
    "health.max",
    "health.mean",
    "health.median",
    "health.p95",
    "health.p99",
    "health.sum",
    "health.approximate",
];

/// One figure of a quantity.
fn figure(name: &str, of: &Distribution, unit: impl Fn(f64) -> Value) -> Option<Value> {
    let found = match name {
        "count" => return Some(Value::count(of.count())),
        "approximate" => return of.approximate().then_some(Value::Bool(true)),
        "min" => of.min(),
        "max" => of.max(),
        "mean" => of.mean(),
        "median" => of.median(),
        "p95" => of.last_of(20),
        "p99" => of.last_of(100),
        "sum" => Some(of.sum()),
        _ => return None,
    };
    Some(found.map_or(Value::Null, unit))
}

impl State for Latency {
    fn learn(&mut self, fact: &Fact<'_>) {
        let Some(nanos) = fact.nanos else { return };
        match fact.kind {
            FactKind::SessionFinished => self.session.add(i128::from(nanos)),
            // In milliseconds: a billionth of one is a picosecond.
            FactKind::HealthCheck => self.health.add(i128::from(nanos) * 1000),
            _ => {}
        }
    }

    fn merge(&mut self, later: Latency) {
        self.session.merge(later.session);
        self.health.merge(later.health);
    }

    fn summarize(&self, view: &View) -> Body {
        Body::scalars(scalars(self, &SCALARS, view))
    }

    fn figure(&self, name: &str, _: &View) -> Option<Value> {
        match name.split_once('.')? {
            ("session", name) => figure(name, &self.session, Value::Seconds),
            ("health", name) => figure(name, &self.health, Value::Millis),
            _ => None,
        }
    }

    fn silent(&self) -> bool {
        self.session.count() + self.health.count() == 0
    }
}
