//! `latency`: how long sessions ran and health checks took.

use serde::{Deserialize, Serialize};

use crate::event::{Fact, FactKind};
use crate::summary::{Body, Scalar, Value};

use super::distribution::Distribution;
use super::{Setup, State, View};

/// The page's seven figures and the sum, for finished sessions (in seconds) and health checks (in
/// milliseconds). Without values count and sum are 0 and the others unknown; see
/// [`Distribution`] for the percentiles.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Latency {
    session: Distribution,
    health: Distribution,
}

impl Latency {
    pub(super) fn new(_: &Setup) -> Latency {
        Latency::default()
    }
}

/// The names of one quantity's figures.
struct Figures {
    count: &'static str,
    sum: &'static str,
    approximate: &'static str,
    rest: [&'static str; 6],
}

const SESSION: Figures = Figures {
    count: "session.count",
    sum: "session.sum",
    approximate: "session.approximate",
    rest: [
        "session.min",
        "session.max",
        "session.mean",
        "session.median",
        "session.p95",
        "session.p99",
    ],
};

const HEALTH: Figures = Figures {
    count: "health.count",
    sum: "health.sum",
    approximate: "health.approximate",
    rest: ["health.min", "health.max", "health.mean", "health.median", "health.p95", "health.p99"],
};

fn figures(names: &Figures, of: &Distribution, value: impl Fn(f64) -> Value) -> Vec<Scalar> {
    let values = [of.min(), of.max(), of.mean(), of.median(), of.last_of(20), of.last_of(100)];
    let mut scalars = vec![Scalar { name: names.count, value: Value::count(of.count()) }];
    scalars.extend(
        names
            .rest
            .iter()
            .zip(values)
            .map(|(name, found)| Scalar { name, value: found.map_or(Value::Null, &value) }),
    );
    scalars.push(Scalar { name: names.sum, value: value(of.sum()) });
    if of.approximate() {
        scalars.push(Scalar { name: names.approximate, value: Value::Bool(true) });
    }
    scalars
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

    fn summarize(&self, _: &View) -> Body {
        let mut scalars = figures(&SESSION, &self.session, Value::Seconds);
        scalars.extend(figures(&HEALTH, &self.health, Value::Millis));
        Body::scalars(scalars)
    }

    fn silent(&self) -> bool {
        self.session.count() + self.health.count() == 0
    }
}
