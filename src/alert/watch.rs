//! One rule at work: what it asks of which series, and where it stands for each group.

mod saved;

use foldhash::quality::FixedState;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::aggregate::{Measure, Reading};
use crate::expr::Test;
use crate::record::{Seed, Timestamp};

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
    pub(super) states: HashMap<Key, Standing, FixedState>,
    /// What was read when an alert that fires was told last, by key.
    told: HashMap<Key, Reading, FixedState>,
    /// Whether it stands for many groups.
    grouped: bool,
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

/// How rules look at a tick.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) tick: i64,
    pub(super) now: Timestamp,
    /// Since when they have looked.
    pub(super) start: Timestamp,
    /// What is read had been written long before: then a silence is no news, but that it is over
    /// is.
    pub(super) past: bool,
}

/// What becomes of a rule's condition, term by term.
struct Judged {
    verdict: Verdict,
    changes_in: Option<f64>,
}

impl Judged {
    fn new() -> Judged {
        Judged { verdict: Verdict::Holds, changes_in: None }
    }

    fn add(&mut self, rule: &Rule, term: &Term, reading: &Reading, moment: Moment) {
        let few = reading.records.is_some_and(|records| records < rule.min_records);
        let one = match reading.value {
            Some(value) if !few => {
                if reading.grows {
                    let soonest = until_change(&term.test, value).into_iter();
                    self.changes_in = soonest.chain(self.changes_in).min_by(f64::total_cmp);
                }
                match term.test.holds(value) {
                    true if moment.past && term.measure.is_silence() => Verdict::Unknown,
                    true => Verdict::Holds,
                    false => Verdict::Fails,
                }
            }
            _ => Verdict::Unknown,
        };
        // What fails fails, whatever the unknown would be.
        self.verdict = match (self.verdict, one) {
            (Verdict::Fails, _) | (_, Verdict::Fails) => Verdict::Fails,
            (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
            _ => Verdict::Holds,
        };
    }
}

impl Watch {
    pub(super) fn new(
        rule: Rule,
        terms: Vec<Term>,
        Settings { pace, resend, .. }: Settings,
        seed: Seed,
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
        let grouped = terms.iter().any(|term| term.measure.is_grouped());
        let states = HashMap::with_hasher(seed.hasher());
        let told = HashMap::with_hasher(seed.hasher());
        Watch { rule, timing, terms, states, told, grouped, firing: 0, refused: 0, limited: None }
    }

    /// Goes on where the same rule stood before.
    pub(super) fn go_on(&mut self, before: Watch) {
        self.states = before.states;
        self.told = before.told;
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
        let before = known.unwrap_or_default();
        let (standing, tell) = self.next(before, tick, look.verdict);
        let Standing { phase, refused } = standing;
        self.firing =
            self.firing + usize::from(phase.is_firing()) - usize::from(before.phase.is_firing());
        self.refused = self.refused + usize::from(refused) - usize::from(before.refused);
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

    /// What annotations speak of: what was read when an alert was told to fire last, also when it
    /// has ended. That is what receivers know it by.
    pub(super) fn spoken(&mut self, key: &Key, look: &Look, tell: Tell) -> Reading {
        let now = look.readings[0];
        if matches!(tell, Tell::Resolves { .. }) {
            return self.told.remove(key).unwrap_or(now);
        }
        self.told.insert(Key::clone(key), now);
        now
    }

    /// Where it stands after a tick, and what is to be told.
    fn next(&self, before: Standing, tick: i64, verdict: Verdict) -> (Standing, Option<Tell>) {
        let mut phase = before.phase;
        let may_fire = phase.is_firing() || self.firing < self.rule.limit;
        let tell = phase.step(tick, verdict, self.timing, may_fire);
        let refused = match verdict {
            Verdict::Holds => !may_fire && phase.is_due(tick, self.timing),
            Verdict::Fails => false,
            // Nothing has changed, unless there is room now.
            Verdict::Unknown => !may_fire && before.refused,
        };
        (Standing { phase, refused }, tell)
    }

    /// How many standings and readings it remembers.
    pub(super) fn held(&self) -> usize {
        self.states.len() + self.told.len()
    }

    /// Since when it fires for a group.
    pub(super) fn started(&self, key: &str) -> Option<i64> {
        self.states.get(key)?.phase.started()
    }

    /// The keys of the groups that would fire but for the limit, in no order.
    pub(super) fn refused(&self) -> impl Iterator<Item = &Key> {
        let some = (self.refused > 0).then(|| self.states.iter());
        some.into_iter().flatten().filter(|(_, standing)| standing.refused).map(|(key, _)| key)
    }

    /// Whether it stands for many groups.
    pub(super) fn is_grouped(&self) -> bool {
        self.grouped
    }

    /// The term that names the groups.
    pub(super) fn grouped_term(&self) -> Option<&Term> {
        self.terms.iter().find(|term| term.measure.is_grouped())
    }

    /// Whether something may become of a group whose state has changed in one of the series. If
    /// it stands where it stood and time alone changes nothing sooner than before, then nothing
    /// does: where an alert ends, whoever waits for its place is looked at as well.
    pub(super) fn may_move(&self, at: usize, slot: u32, series: &[Series], moment: Moment) -> bool {
        let Some(key) = series[at].key(slot) else { return false };
        let counted = self.rule.min_records > 0;
        let mut judged = Judged::new();
        for term in &self.terms {
            let state = if term.series == at {
                series[at].state_at(slot)
            } else {
                series[term.series].state(key)
            };
            let Moment { now, start, .. } = moment;
            let reading = term.measure.judgement(state.as_ref(), now, start, counted);
            judged.add(&self.rule, term, &reading, moment);
            if judged.verdict == Verdict::Fails {
                break;
            }
        }
        let before = self.states.get(key).copied().unwrap_or_default();
        judged.changes_in.is_some()
            || self.next(before, moment.tick, judged.verdict) != (before, None)
    }

    /// Reads the figures for a group at a moment.
    pub(super) fn look(&self, key: &str, series: &[Series], moment: Moment) -> Look {
        let mut judged = Judged::new();
        let mut readings = Vec::with_capacity(self.terms.len());
        for term in &self.terms {
            let state = series[term.series].state(key);
            let reading = term.measure.reading(state.as_ref(), moment.now, moment.start);
            judged.add(&self.rule, term, &reading, moment);
            readings.push(reading);
        }
        Look { verdict: judged.verdict, readings, changes_in: judged.changes_in }
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
