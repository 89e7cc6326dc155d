//! `health`: what health checks found.

use serde::{Deserialize, Serialize};

use crate::event::{Fact, FactKind};
use crate::record::Timestamp;
use crate::summary::{Body, Value};

use super::{Setup, State, View, scalars};

/// Health checks in their order.
///
/// - `availability` = (checks - failures) / checks, 1 when there were none;
/// - `consecutive_failures` is the run of failures at the end, `longest_failure_run` the longest;
/// - `uptime_seconds` reaches from the first success behind the last failure to the last check
///   (the page's monitor: a failure resets it), 0 without a success or while failing.
///
/// The run of failures at the beginning is kept too: it continues the one at the end of what
/// came before.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Health {
    checks: u64,
    failures: u64,
    leading: u64,
    trailing: u64,
    longest: u64,
    /// The first success behind the last failure.
    up_since: Option<Timestamp>,
    last: Option<Timestamp>,
}

const SCALARS: [&str; 6] = [
    "checks",
    "failures",
    "consecutive_failures",
    "longest_failure_run",
    "availability",
    "uptime_seconds",
];

impl Health {
    pub(super) fn new(_: &Setup) -> Health {
        Health::default()
    }

    fn uptime(&self) -> f64 {
        match (self.up_since, self.last) {
            (Some(since), Some(last)) => last.seconds_since(since).max(0.0),
            _ => 0.0,
        }
    }
}

impl State for Health {
    fn learn(&mut self, fact: &Fact<'_>) {
        if fact.kind != FactKind::HealthCheck {
            return;
        }
        let failed = u64::from(!fact.ok);
        self.merge(Health {
            checks: 1,
            failures: failed,
            leading: failed,
            trailing: failed,
            longest: failed,
            up_since: fact.time.filter(|_| fact.ok),
            last: fact.time,
        });
    }

    fn merge(&mut self, later: Health) {
        let across = self.trailing + later.leading;
        self.longest = self.longest.max(later.longest).max(across);
        if self.leading == self.checks {
            self.leading += later.leading;
        }
        self.trailing = if later.trailing == later.checks { across } else { later.trailing };
        if later.failures > 0 {
            self.up_since = later.up_since;
        } else {
            self.up_since = self.up_since.or(later.up_since);
        }
        self.checks += later.checks;
        self.failures += later.failures;
        self.last = self.last.max(later.last);
    }

    fn carry(&self, next: &mut Health) {
        // A run of failures goes on in the next window.
        if next.trailing == next.checks {
            next.trailing += self.trailing;
        }
    }

    fn summarize(&self, view: &View) -> Body {
        Body::scalars(scalars(self, &SCALARS, view))
    }

    fn figure(&self, name: &str, view: &View) -> Option<Value> {
        let ordered = |value| if view.unordered { Value::Null } else { value };
        Some(match name {
            "checks" => Value::count(self.checks),
            "failures" => Value::count(self.failures),
            "consecutive_failures" => ordered(Value::count(self.trailing)),
            "longest_failure_run" => ordered(Value::count(self.longest)),
            "availability" if self.checks == 0 => Value::Ratio(1.0),
            "availability" => Value::ratio(self.checks - self.failures, self.checks),
            "uptime_seconds" => ordered(Value::Seconds(self.uptime())),
            _ => return None,
        })
    }

    fn silent(&self) -> bool {
        self.checks == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seen(oks: &[bool]) -> Health {
        let mut health = Health::default();
        for (second, ok) in (0..).zip(oks) {
            let time = Timestamp::from_micros(second * 1_000_000);
            let mut fact = Fact::new(FactKind::HealthCheck, 0, Some(time));
            fact.ok = *ok;
            health.learn(&fact);
        }
        health
    }

    fn int(health: &Health, name: &str) -> i64 {
        match State::summarize(health, &View::default()).scalar(name) {
            Some(Value::Int(n)) => *n,
            other => panic!("{other:?}"),
        }
    }

    proptest! {
        #[test]
        fn runs_are_what_a_loop_finds(oks in prop::collection::vec(any::<bool>(), 0..20)) {
            let (mut run, mut longest) = (0, 0);
            for ok in &oks {
                run = if *ok { 0 } else { run + 1 };
                longest = longest.max(run);
            }
            let health = seen(&oks);
            prop_assert_eq!(int(&health, "consecutive_failures"), run);
            prop_assert_eq!(int(&health, "longest_failure_run"), longest);
            let up = match oks.iter().rposition(|ok| !ok) {
                Some(failed) => oks.len().saturating_sub(failed + 2),
                None => oks.len().saturating_sub(1),
            };
            let uptime = Some(Value::Seconds(up as f64));
            prop_assert_eq!(State::summarize(&health, &View::default()).scalar("uptime_seconds").cloned(), uptime);
        }
    }
}
