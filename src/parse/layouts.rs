//! The layouts of an input, learned on the way: the fast path.
//!
//! What a layout accepts is a record for the general path too, with the same values; whatever no
//! layout accepts goes there. So nothing depends on what has been learned but time.

use std::hint::select_unpredictable;

use super::layout::Layout;
use super::plan::Plan;
use super::program::Program;
use super::simd::{Block, Processor};
use super::slab::{Fates, Slab};
use super::unordered::Unordered;

/// How many layouts are kept.
const LAYOUTS: usize = 8;
/// So many lines are learned from at first: an input that still shows new layouts has none.
const LESSONS: u32 = 1024;
/// Formats change: after so many lines, one more is learned from.
const AGAIN: usize = 65_536;
/// A layout that fits fewer than one in so many of the lines that begin like it is given up,
const WORTH: u64 = 4;
/// once it has been tried on so many lines;
const TRIALS: u64 = 4096;
/// of more than so many, those long ago count less and less;
const RECENT: u64 = 16 * TRIALS;
/// and what has no order rests for so many.
const PAUSE: u64 = 16 * TRIALS;
/// A layout is the usual one if fewer than one in so many lines are not in it.
const USUAL: usize = 16;

/// A layout that has been learned.
#[derive(Debug)]
struct Known {
    layout: Layout,
    /// None for a layout that lanes cannot read.
    program: Option<Program>,
    trial: Trial,
}

/// How often a layout has fitted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trial {
    tried: u64,
    hits: u64,
    /// Whether nearly all lines of the last block fitted.
    usual: bool,
}

impl Trial {
    /// Counts lines on which it was tried, and those of them that it did not fit.
    fn add(&mut self, tried: usize, failed: usize) {
        if self.tried > RECENT {
            (self.tried, self.hits) = (self.tried / 2, self.hits / 2);
        }
        self.tried += tried as u64;
        self.hits += (tried - failed) as u64;
    }

    /// Whether it is not worth to try it any more.
    fn is_lost(self) -> bool {
        self.tried >= TRIALS && self.hits * WORTH < self.tried
    }

    /// Whether it is not tried on so many lines: what is lost gets another trial in a while, as
    /// formats change.
    fn pauses(&mut self, lines: usize) -> bool {
        if !self.is_lost() {
            return false;
        }
        self.tried += lines as u64;
        if self.tried > PAUSE {
            *self = Trial::default();
        }
        true
    }
}

/// The layouts of an input.
#[derive(Debug, Default)]
pub(super) struct Layouts {
    known: Vec<Known>,
    /// What is left when no layout fits.
    unordered: Option<Unordered>,
    /// How many lines were learned from, and how many have been read since one more might be.
    lessons: u32,
    since: usize,
    /// How many fields are requested.
    fields: usize,
    /// Lines that begin like a layout, and those that do not.
    candidates: Vec<u32>,
    others: Vec<u32>,
    failed: Vec<u32>,
}

impl Layouts {
    /// No layouts yet, for so many requested fields.
    pub(super) fn new(fields: usize) -> Layouts {
        Layouts { fields, ..Layouts::default() }
    }

    /// Reads lines in the known layouts, and leaves in `rows`, ascending, those that fit none.
    pub(super) fn read(
        &mut self,
        processor: Processor,
        plan: &Plan,
        block: Block<'_>,
        rows: &mut Vec<u32>,
        slab: &mut Slab,
    ) {
        self.since += rows.len();
        if self.since >= AGAIN {
            self.since = 0;
            self.lessons = self.lessons.min(LESSONS - 1);
        }
        let Layouts { known, candidates, others, failed, .. } = self;
        for Known { program, trial, .. } in known.iter_mut() {
            let Some(program) = program.as_ref().filter(|_| !rows.is_empty()) else { continue };
            failed.clear();
            if trial.usual {
                // Then the first step is as good a test as any.
                std::mem::swap(rows, candidates);
                others.clear();
            } else {
                processor.begin(program, block, rows, candidates, others);
            }
            program.fates.prepare(slab, candidates);
            processor.run(program, block, candidates, slab, failed);
            settle(&program.fates, block.bytes(), candidates, failed, slab);
            let usual = (failed.len() + others.len()) * USUAL < candidates.len();
            // Lines that were not told apart and turn out to be others say nothing of the layout.
            if usual || !trial.usual {
                trial.add(candidates.len(), failed.len());
            }
            trial.usual = usual;
            merge(others, failed, rows);
        }
        self.known.retain(|known| !known.trial.is_lost());
        self.known.sort_by_key(|known| std::cmp::Reverse(known.trial.hits));
        self.read_unordered(processor, plan, block, rows, slab);
    }

    fn read_unordered(
        &mut self,
        processor: Processor,
        plan: &Plan,
        block: Block<'_>,
        rows: &mut Vec<u32>,
        slab: &mut Slab,
    ) {
        let Layouts { unordered: Some(unordered), failed, .. } = self else { return };
        if rows.is_empty() || unordered.trial.pauses(rows.len()) {
            return;
        }
        failed.clear();
        unordered.fates.prepare(slab, rows);
        processor.run_unordered(unordered, block, rows, slab, failed);
        unordered.trial.add(rows.len(), failed.len());
        settle(&unordered.fates, block.bytes(), rows, failed, slab);
        // A layout may yet be learned from lines that need none.
        if self.lessons < LESSONS {
            let mut failed = std::mem::take(&mut self.failed);
            for_others(rows, &failed, |row| {
                self.learn(plan, &block.bytes()[block.lines()[row as usize].range()]);
            });
            std::mem::swap(&mut self.failed, &mut failed);
        }
        std::mem::swap(rows, &mut self.failed);
    }

    /// Learns from a line that another path has accepted.
    pub(super) fn learn(&mut self, plan: &Plan, line: &[u8]) {
        if self.lessons == LESSONS {
            return;
        }
        // A line that has no layout teaches nothing, and must not keep others from it.
        let Some(shape) = Layout::of(plan, line) else { return };
        self.lessons += 1;
        match &mut self.unordered {
            Some(unordered) => drop(unordered.learn(&shape, plan, self.fields)),
            none => *none = Unordered::new(&shape, plan, self.fields),
        }
        for known in &mut self.known {
            if let Some(both) = known.layout.merged(&shape) {
                if both == known.layout {
                    return;
                }
                known.program = Program::new(&both, plan, self.fields);
                known.layout = both;
                return;
            }
        }
        let program = Program::new(&shape, plan, self.fields);
        self.known.truncate(LAYOUTS - 1);
        self.known.push(Known { layout: shape, program, trial: Trial::default() });
    }
}

/// Settles the values of the lines that have been read, and takes back those of the others.
fn settle(fates: &Fates, bytes: &[u8], rows: &[u32], failed: &[u32], slab: &mut Slab) {
    if fates.wait() {
        for_others(rows, failed, |row| fates.settle(bytes, slab, row as usize));
    }
    for &row in failed {
        slab.forget(row as usize);
    }
}

/// Puts two ascending lists into one that ascends. Which comes next cannot be predicted.
fn merge(mut some: &[u32], mut others: &[u32], all: &mut Vec<u32>) {
    all.clear();
    while let (Some(&one), Some(&other)) = (some.first(), others.first()) {
        let first = one < other;
        all.push(select_unpredictable(first, one, other));
        some = &some[usize::from(first)..];
        others = &others[usize::from(!first)..];
    }
    all.extend_from_slice(some);
    all.extend_from_slice(others);
}

/// Calls `each` for the rows that are not in a list of some of them in the same order.
fn for_others(rows: &[u32], some: &[u32], mut each: impl FnMut(u32)) {
    let mut some = some.iter().peekable();
    for row in rows {
        if some.next_if_eq(&row).is_none() {
            each(*row);
        }
    }
}

#[cfg(test)]
mod tests;
