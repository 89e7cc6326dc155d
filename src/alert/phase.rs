//! Where one rule stands for one group: inactive, pending or firing. It knows no figures; it is
//! told at ticks whether the condition holds, and says what is to be told.

use serde::{Deserialize, Serialize};

/// Whether a condition holds at a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It holds.
    Holds,
    /// It does not.
    Fails,
    /// The log has not said enough: nothing changes.
    Unknown,
}

/// The durations of a rule, in ticks, rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timing {
    /// How long the condition must hold before it fires.
    pub(super) hold: i64,
    /// How long it fires on after the condition has ceased to hold.
    pub(super) keep_firing: i64,
    /// How often it is told again while it fires; 0 is never.
    pub(super) repeat: i64,
}

/// What is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tell {
    /// It has begun to fire.
    Fires,
    /// It still does.
    Repeats,
    /// It does not any more; it had begun at that tick.
    Resolves {
        /// The tick at which it had begun.
        started: i64,
    },
}

/// The state of one rule for one group; ticks are numbers of ticks since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// The condition does not hold.
    #[default]
    Inactive,
    /// It has held since a tick, but not for long enough.
    Pending {
        /// The first tick at which it held.
        since: i64,
    },
    /// It has held for long enough.
    Firing {
        /// The first tick at which it fired.
        started: i64,
        /// When it was told last.
        told: i64,
        /// The tick from which on the condition does not hold any more.
        failing: Option<i64>,
    },
}

impl Phase {
    /// Goes on to a tick. Between two steps nothing has changed: the verdict was that of the
    /// first all the time. `may_fire` is false where too many series of the rule fire already.
    pub(super) fn step(
        &mut self,
        at: i64,
        verdict: Verdict,
        timing: Timing,
        may_fire: bool,
    ) -> Option<Tell> {
        match (*self, verdict) {
            (Phase::Inactive, Verdict::Holds) => {
                *self = Phase::Pending { since: at };
                self.fires_if_due(at, timing, may_fire)
            }
            (Phase::Pending { .. }, Verdict::Holds) => self.fires_if_due(at, timing, may_fire),
            (Phase::Pending { .. }, Verdict::Fails) => {
                *self = Phase::Inactive;
                None
            }
            (Phase::Firing { started, told, .. }, Verdict::Holds) => {
                *self = Phase::Firing { started, told, failing: None };
                self.repeats_if_due(at, timing)
            }
            (Phase::Firing { started, told, failing }, Verdict::Fails) => {
                let since = failing.unwrap_or(at);
                if at - since >= timing.keep_firing {
                    *self = Phase::Inactive;
                    return Some(Tell::Resolves { started });
                }
                *self = Phase::Firing { started, told, failing: Some(since) };
                self.repeats_if_due(at, timing)
            }
            (Phase::Firing { .. }, Verdict::Unknown) => self.repeats_if_due(at, timing),
            (Phase::Inactive, _) | (Phase::Pending { .. }, Verdict::Unknown) => None,
        }
    }

    fn fires_if_due(&mut self, at: i64, timing: Timing, may_fire: bool) -> Option<Tell> {
        if !self.is_due(at, timing) || !may_fire {
            return None;
        }
        *self = Phase::Firing { started: at, told: at, failing: None };
        Some(Tell::Fires)
    }

    fn repeats_if_due(&mut self, at: i64, timing: Timing) -> Option<Tell> {
        match self {
            Phase::Firing { told, .. } if timing.repeat > 0 && at - *told >= timing.repeat => {
                *told = at;
                Some(Tell::Repeats)
            }
            _ => None,
        }
    }

    /// The next tick behind `at` at which time alone may change something. What is overdue waits
    /// for another verdict, or for a place among those that may fire.
    pub(super) fn deadline(&self, at: i64, timing: Timing) -> Option<i64> {
        let deadlines = match *self {
            Phase::Inactive => [None, None],
            Phase::Pending { since } => [Some(since + timing.hold), None],
            Phase::Firing { told, failing, .. } => [
                (timing.repeat > 0).then_some(told + timing.repeat),
                failing.map(|since| since + timing.keep_firing),
            ],
        };
        deadlines.into_iter().flatten().filter(|deadline| *deadline > at).min()
    }

    /// Whether it has been pending for long enough to fire.
    pub(super) fn is_due(&self, at: i64, timing: Timing) -> bool {
        matches!(self, Phase::Pending { since } if at - since >= timing.hold)
    }

    /// Whether it fires.
    pub(super) fn is_firing(&self) -> bool {
        matches!(self, Phase::Firing { .. })
    }

    /// Since when it fires.
    pub(super) fn started(&self) -> Option<i64> {
        match self {
            Phase::Firing { started, .. } => Some(*started),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: Timing = Timing { hold: 0, keep_firing: 0, repeat: 0 };

    /// What is told of verdicts at the ticks 0, 1, 2 …, each looked at.
    fn told(verdicts: &str, timing: Timing) -> String {
        let mut phase = Phase::default();
        let step = |(at, c): (i64, char)| match phase.step(at, verdict(c), timing, true) {
            None => '.',
            Some(Tell::Fires) => 'F',
            Some(Tell::Repeats) => 'R',
            Some(Tell::Resolves { .. }) => 'r',
        };
        (0..).zip(verdicts.chars()).map(step).collect()
    }

    fn verdict(c: char) -> Verdict {
        match c {
            '1' => Verdict::Holds,
            '0' => Verdict::Fails,
            _ => Verdict::Unknown,
        }
    }

    #[test]
    fn a_condition_fires_and_resolves_once() {
        assert_eq!(told("0011100", PLAIN), "..F..r.");
    }

    #[test]
    fn for_missed_by_one_tick_is_nothing_and_met_is_one() {
        let timing = Timing { hold: 3, ..PLAIN };
        assert_eq!(told("11100", timing), ".....");
        assert_eq!(told("111100", timing), "...Fr.");
    }

    #[test]
    fn flapping_is_one_alert_while_it_is_kept_firing() {
        let timing = Timing { keep_firing: 2, ..PLAIN };
        assert_eq!(told("1010010001", timing), "F.......rF");
    }

    #[test]
    fn a_firing_one_is_told_again() {
        let timing = Timing { repeat: 2, ..PLAIN };
        assert_eq!(told("11111?0", timing), "F.R.R.r");
    }

    #[test]
    fn the_unknown_changes_nothing() {
        assert_eq!(told("1???0", PLAIN), "F...r");
        assert_eq!(told("?????", PLAIN), ".....");
        assert_eq!(told("1?1", Timing { hold: 2, ..PLAIN }), "..F");
    }

    proptest! {
        /// Looking only where the verdict changes and at deadlines tells the same.
        #[test]
        fn ticks_can_be_left_out(
            runs in prop::collection::vec((prop::sample::select(vec!['0', '1', '?']), 1usize..8), 1..12),
            hold in 0i64..5, keep_firing in 0i64..5, repeat in 0i64..5,
        ) {
            let timing = Timing { hold, keep_firing, repeat };
            let verdicts: String = runs.iter().flat_map(|(c, n)| vec![*c; *n]).collect();
            let mut phase = Phase::default();
            let (mut few, mut wake, mut last) = (String::new(), None, None);
            for (at, c) in (0..).zip(verdicts.chars()) {
                let looked = last != Some(c) || wake.is_some_and(|wake| at >= wake);
                let tell = if looked { phase.step(at, verdict(c), timing, true) } else { None };
                if looked {
                    wake = phase.deadline(at, timing);
                }
                last = Some(c);
                few.push(match tell {
                    None => '.',
                    Some(Tell::Fires) => 'F',
                    Some(Tell::Repeats) => 'R',
                    Some(Tell::Resolves { .. }) => 'r',
                });
            }
            prop_assert_eq!(few, told(&verdicts, timing));
        }
    }
}
