//! The greatest time that a source has credibly shown: one record dated far ahead must not make
//! all others late.

use serde::{Deserialize, Serialize};

/// A jump is confirmed by so many further records in a row.
const CONFIRMING_RECORDS: u64 = 10;

/// How far ahead is too far to be believed at once. Times are in any unit, as long as it is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Belief {
    /// A time more than this ahead of all before has to be confirmed: one hour.
    pub jump: i64,
    /// It is confirmed by records over so long a time, too: one minute.
    pub confirming: i64,
}

impl Belief {
    /// For times in microseconds.
    pub const MICROS: Belief = Belief { jump: 3_600_000_000, confirming: 60_000_000 };
}

/// The greatest credible time so far.
///
/// The first record alone is not credible yet: if the second lies more than an hour before it,
/// the first was the one dated far ahead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credible {
    greatest: Option<i64>,
    /// Whether more than one record stands behind `greatest`.
    confirmed: bool,
    jump: Option<Jump>,
}

/// Times far ahead that wait for confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Jump {
    first: i64,
    greatest: i64,
    records: u64,
}

impl Credible {
    /// Takes the next record; whether its time is believed.
    pub fn take(&mut self, at: i64, belief: Belief) -> bool {
        match self.greatest {
            None => self.greatest = Some(at),
            Some(greatest) if at > greatest.saturating_add(belief.jump) => {
                return self.jumped(at, belief);
            }
            Some(greatest) if !self.confirmed && at < greatest.saturating_sub(belief.jump) => {
                // The first record was the one dated far ahead.
                *self = Credible { greatest: Some(at), ..Credible::default() };
            }
            Some(greatest) => {
                self.greatest = Some(greatest.max(at));
                self.confirmed = true;
                self.jump = None;
            }
        }
        true
    }

    /// The greatest credible time, once there was a record.
    #[must_use]
    pub fn greatest(&self) -> Option<i64> {
        self.greatest
    }

    /// Whether this record would show that the first one, alone so far, was dated far ahead.
    #[must_use]
    pub fn refutes_first(&self, at: i64, belief: Belief) -> bool {
        !self.confirmed && self.greatest.is_some_and(|first| at < first.saturating_sub(belief.jump))
    }

    fn jumped(&mut self, at: i64, belief: Belief) -> bool {
        let jump = match self.jump {
            Some(jump) if (at - jump.greatest).abs() <= belief.jump => Jump {
                first: jump.first.min(at),
                greatest: jump.greatest.max(at),
                records: jump.records + 1,
            },
            _ => Jump { first: at, greatest: at, records: 1 },
        };
        let credible =
            jump.records > CONFIRMING_RECORDS || jump.greatest - jump.first >= belief.confirming;
        if credible {
            *self = Credible { greatest: Some(jump.greatest), confirmed: true, jump: None };
        } else {
            self.jump = Some(jump);
        }
        credible
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn believed(seconds: &[i64]) -> Vec<bool> {
        let mut credible = Credible::default();
        seconds.iter().map(|s| credible.take(s * 1_000_000, Belief::MICROS)).collect()
    }

    #[test]
    fn one_record_far_ahead_is_not_believed() {
        assert_eq!(believed(&[0, 1, 90_000, 2]), [true, true, false, true]);
    }

    #[test]
    fn a_jump_is_believed_once_others_confirm_it() {
        let mut times = vec![0, 1];
        times.extend([90_000; 11]);
        let believed_of = believed(&times);
        assert_eq!(believed_of.iter().filter(|believed| !**believed).count(), 10);
        assert!(believed_of[12]);
        assert_eq!(believed(&[0, 1, 90_000, 90_060]), [true, true, false, true]);
    }
}
