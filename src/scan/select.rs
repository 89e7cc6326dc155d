//! Which lines of a batch are meant: those of records that a condition holds for, or the others.
//! A record of several lines is meant with all of them.
//!
//! It only looks at rows. What becomes of their lines is the business of [`super::filter`].

use crate::event::{Matcher, Profile};
use crate::expr::{Condition, Operand};
use crate::record::{Batch, Needs, Standard, Timestamp};

use super::matcher_for;

/// What lines have to be.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// Records that a bound condition holds for.
    Matching(Condition),
    /// Records that it does not hold for.
    Others(Condition),
    /// No records, and not blank.
    Malformed,
}

/// A choice of lines.
#[derive(Debug, Clone)]
pub struct Selection {
    /// What they have to be.
    pub wanted: Wanted,
    /// Only records of this time or later; undated ones are left out.
    pub since: Option<Timestamp>,
    /// Only records from before this time; undated ones are left out.
    pub until: Option<Timestamp>,
}

/// A line that is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) row: u32,
    /// The number of its record among those of the batch that are meant.
    pub(super) record: u32,
}

/// Fills in all lines of records, ascending, of which the first rows are given, ascending.
pub(super) fn spread(batch: &Batch, records: &[u32], lines: &mut Vec<Chosen>) {
    lines.clear();
    lines.extend((0..).zip(records).map(|(record, row)| Chosen { row: *row, record }));
    if batch.joined.is_empty() || records.is_empty() {
        return;
    }
    for (row, of) in &batch.joined {
        if let Some(Ok(record)) = of.map(|of| records.binary_search(&of)) {
            lines.push(Chosen { row: *row, record: record as u32 });
        }
    }
    lines.sort_unstable_by_key(|line| line.row);
}

impl Selection {
    /// The matcher of a run; none if the choice does not depend on what messages mean. Tells the
    /// needs which names nobody reads.
    #[must_use]
    pub fn matcher(&self, profile: &Profile, needs: &mut Needs) -> Option<Matcher> {
        let (mut events, mut read) = (false, Vec::new());
        if let Wanted::Matching(condition) | Wanted::Others(condition) = &self.wanted {
            condition.visit(&mut |operand, _| {
                read.extend(name(operand));
                // Clients and sessions may be named by a message alone.
                events |= matches!(
                    operand,
                    Operand::Client
                        | Operand::Session
                        | Operand::Task
                        | Operand::Event
                        | Operand::Status
                );
            });
        }
        matcher_for(profile, events, |field| read.contains(&field), needs)
    }

    /// Fills in the first rows of the records that are meant, ascending; of lines that are no
    /// record, too.
    pub(super) fn choose(&self, batch: &Batch, rows: &mut Vec<u32>) {
        rows.clear();
        let dated = |row: u32| self.has(batch.timestamp[row as usize]);
        let records = batch.records.iter().copied();
        match &self.wanted {
            Wanted::Malformed => rows.extend(batch.malformed.iter().map(|(row, _)| *row)),
            Wanted::Matching(condition) => rows
                .extend(records.filter(|row| dated(*row) && condition.test(&batch.record(*row)))),
            Wanted::Others(condition) => rows
                .extend(records.filter(|row| dated(*row) && !condition.test(&batch.record(*row)))),
        }
    }

    fn has(&self, time: Timestamp) -> bool {
        match (self.since, self.until) {
            (None, None) => true,
            (since, until) => {
                time.is_some()
                    && since.is_none_or(|since| since <= time)
                    && until.is_none_or(|until| time < until)
            }
        }
    }
}

/// The column of names that an operand is read from.
fn name(operand: &Operand) -> Option<Standard> {
    Some(match operand {
        Operand::Logger => Standard::Logger,
        Operand::Module => Standard::Module,
        Operand::Function => Standard::Function,
        Operand::Client => Standard::Client,
        _ => return None,
    })
}
