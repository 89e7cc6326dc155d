//! One rule at work: what it asks of which series, and where it stands for each group.

mod saved;

use std::collections::BTreeMap;

use crate::aggregate::{Measure, Reading};
use crate::expr::Test;
use crate::record::Timestamp;
use serde::{Deserialize, Serialize};

use super::check::Figure;
use super::clock::Pace;
use super::engine::Settings;
use super::phase::{Phase, Tell, Timing, Verdict};
use super::rule::Rule;
use super::series::{Key, Series};

pub(super) use saved::SavedWatch;

/// A rule, its series and its states.
pub(super) struct Watch {
    pub(super) rule: Rule,
    pub(super) timing: Timing,
    pub(super) terms: Vec<Term>,
    /// Where it stands for each group that is not inactive, by key; `""` without groups.
    pub(super) states: BTreeMap<Key, Standing>,
    /// How many of them fire.
    pub(super) firing: usize,
    /// Groups that would fire but for the limit.
    pub(super) refused: usize,
    /// Since when the alert about that fires, if it does.
    pub(super) limited: Option<i64>,
}

/// One comparison of a rule.
pub(super) struct Term {
    pub(super) measure: Measure,
    pub(super) test: Test,
    /// The number of its series.
    pub(super) series: usize,
    /// The aggregation, in the one form that it has.
    pub(super) text: String,
}

impl Term {
    /// What is compared, as it is judged.
    pub(super) fn figure(&self) -> Figure<'_> {
        let (unit, gauge) = (self.measure.unit(), self.measure.is_gauge());
        Figure { text: &self.text, unit, gauge }
    }
}

/// Where a rule stands for one group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Standing {
    pub(super) phase: Phase,
    /// It would fire but for the limit.
    pub(super) refused: bool,
}

/// What the terms of a rule have read for one group at a tick.
pub(super) struct Look {
    pub(super) verdict: Verdict,
    /// Of each term.
    pub(super) readings: Vec<Reading>,
    /// In how many seconds time alone may change the verdict.
    pub(super) changes_in: Option<f64>,
}

impl Watch {
    pub(super) fn new(
        rule: Rule,
        terms: Vec<Term>,
        Settings { pace, resend, .. }: Settings,
    ) -> Watch {
        let repeat = match (rule.repeat_interval, resend) {
            (interval, None) => interval,
            (0, Some(resend)) => resend,
            (interval, Some(resend)) => interval.min(resend),
        };
        let timing = Timing {
            hold: pace.ticks_in(rule.hold),
            keep_firing: pace.ticks_in(rule.keep_firing_for),
            repeat: pace.ticks_in(repeat),
        };
        let states = BTreeMap::new();
        Watch { rule, timing, terms, states, firing: 0, refused: 0, limited: None }
    }

    /// Goes on where the same rule stood before.
    pub(super) fn go_on(&mut self, before: Watch) {
        self.states = before.states;
        self.firing = before.firing;
        self.refused = before.refused;
        self.limited = before.limited;
    }

    /// Goes on to a tick for a group: what is to be told, and when to look again if nothing new
    /// comes.
    pub(super) fn step(
        &mut self,
        key: &Key,
        tick: i64,
        look: &Look,
        pace: Pace,
    ) -> (Option<Tell>, Option<i64>) {
        let known = self.states.get(key).copied();
        let Standing { mut phase, refused } = known.unwrap_or_default();
        let fired = phase.is_firing();
        let may_fire = fired || self.firing < self.rule.limit;
        let tell = phase.step(tick, look.verdict, self.timing, may_fire);
        let waits = !may_fire && look.verdict != Verdict::Fails && phase.is_due(tick, self.timing);
        self.firing = self.firing + usize::from(phase.is_firing()) - usize::from(fired);
        self.refused = self.refused + usize::from(waits) - usize::from(refused);
        let standing = Standing { phase, refused: waits };
        match (phase, known) {
            (Phase::Inactive, None) => {}
            (Phase::Inactive, Some(_)) => drop(self.states.remove(key)),
            (_, Some(known)) if known == standing => {}
            _ => drop(self.states.insert(Key::clone(key), standing)),
        }
        let after = |seconds: f64| tick + ((seconds * 1e6 / pace.tick as f64) as i64).max(1);
        let changes = look.changes_in.map(after);
        let wake = changes.into_iter().chain(phase.deadline(tick, self.timing)).min();
        (tell, wake)
    }

    /// Since when it fires for a group.
    pub(super) fn started(&self, key: &str) -> Option<i64> {
        self.states.get(key)?.phase.started()
    }

    /// The keys of the groups that would fire but for the limit.
    pub(super) fn refused(&self) -> impl Iterator<Item = &Key> {
        let refused = self.states.iter().filter(|(_, standing)| standing.refused);
        refused.map(|(key, _)| key)
    }

    /// Whether it stands for many groups.
    pub(super) fn is_grouped(&self) -> bool {
        self.terms.iter().any(|term| term.measure.is_grouped())
    }

    /// The term that names the groups.
    pub(super) fn grouped_term(&self) -> Option<&Term> {
        self.terms.iter().find(|term| term.measure.is_grouped())
    }

    /// Reads the figures for a group at a tick. `past` says that what is read had been written long
    /// before: then a silence is no news, but that it is over is.
    pub(super) fn look(
        &self,
        key: &str,
        series: &[Series],
        times: [Timestamp; 2],
        past: bool,
    ) -> Look {
        let [now, start] = times;
        let read = |term: &Term| {
            let key = if term.measure.is_grouped() { key } else { "" };
            let state = |state: &_| term.measure.reading(state, now, start);
            series[term.series].with_state(key, |pane| state(pane.as_ref()))
        };
        let readings: Vec<Reading> = self.terms.iter().map(read).collect();
        let mut verdict = Verdict::Holds;
        let mut changes_in: Option<f64> = None;
        for (term, reading) in self.terms.iter().zip(&readings) {
            let few = reading.records.is_some_and(|records| records < self.rule.min_records);
            let one = match reading.value {
                Some(value) if !few => {
                    if reading.grows {
                        let soonest = until_change(&term.test, value);
                        changes_in = soonest.into_iter().chain(changes_in).min_by(f64::total_cmp);
                    }
                    match term.test.holds(value) {
                        true if past && term.measure.is_silence() => Verdict::Unknown,
                        true => Verdict::Holds,
                        false => Verdict::Fails,
                    }
                }
                _ => Verdict::Unknown,
            };
            // What fails fails, whatever the unknown would be.
            verdict = match (verdict, one) {
                (Verdict::Fails, _) | (_, Verdict::Fails) => Verdict::Fails,
                (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
                _ => Verdict::Holds,
            };
        }
        Look { verdict, readings, changes_in }
    }
}

/// In how many seconds a value that grows by one a second reaches a number that the test turns on.
fn until_change(test: &Test, value: f64) -> Option<f64> {
    let bounds = match test {
        Test::Compare { number, .. } => [*number, *number],
        Test::Deviates { share, from } => [from - share * from.abs(), from + share * from.abs()],
    };
    let ahead = bounds.into_iter().map(|bound| bound - value).filter(|wait| *wait >= 0.0);
    ahead.min_by(f64::total_cmp)
}
