//! The layouts of an input, learned on the way: the fast path.
//!
//! What a layout accepts is a record for the general path too, with the same values; whatever no
//! layout accepts goes there. So nothing depends on what has been learned but time.

use super::layout::Layout;
use super::plan::Plan;
use super::program::Program;
use super::simd::{Block, Processor};
use super::slab::Slab;

/// How many layouts are kept.
const LAYOUTS: usize = 8;
/// So many lines are learned from at most: an input that still shows new layouts has none.
const LESSONS: u32 = 4096;
/// A layout that fits fewer than one in so many of the lines that begin like it is given up,
const WORTH: u64 = 4;
/// once it has been tried on so many lines.
const TRIALS: u64 = 4096;

/// A layout that has been learned.
#[derive(Debug)]
struct Known {
    layout: Layout,
    /// None for a layout that lanes cannot read.
    program: Option<Program>,
    tried: u64,
    hits: u64,
}

/// The layouts of an input.
#[derive(Debug, Default)]
pub(super) struct Layouts {
    known: Vec<Known>,
    lessons: u32,
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
        block: Block<'_>,
        rows: &mut Vec<u32>,
        slab: &mut Slab,
    ) {
        let Layouts { known, candidates, others, failed, .. } = self;
        for Known { program, tried, hits, .. } in known.iter_mut() {
            let Some(program) = program else { continue };
            if rows.is_empty() {
                break;
            }
            candidates.clear();
            others.clear();
            failed.clear();
            processor.begin(program, block, rows, candidates, others);
            program.fates.prepare(slab, &[]);
            processor.run(program, block, candidates, slab, failed);
            if program.fates.wait() {
                let mut failed = failed.iter().peekable();
                for row in &*candidates {
                    if failed.next_if_eq(&row).is_none() {
                        program.fates.settle(block.bytes, slab, *row as usize);
                    }
                }
            }
            for &row in &*failed {
                slab.forget(row as usize);
            }
            *tried += candidates.len() as u64;
            *hits += (candidates.len() - failed.len()) as u64;
            rows.clear();
            rows.extend_from_slice(others);
            rows.extend_from_slice(failed);
            if !others.is_empty() && !failed.is_empty() {
                rows.sort_unstable();
            }
        }
        self.known.retain(|known| known.tried < TRIALS || known.hits * WORTH >= known.tried);
        self.known.sort_by_key(|known| std::cmp::Reverse(known.hits));
    }

    /// Whether there is still something to learn.
    pub(super) fn are_learning(&self) -> bool {
        self.lessons < LESSONS
    }

    /// Learns from a line that another path has accepted.
    pub(super) fn learn(&mut self, plan: &Plan, line: &[u8]) {
        if !self.are_learning() {
            return;
        }
        self.lessons += 1;
        let Some(shape) = Layout::of(plan, line) else { return };
        for known in &mut self.known {
            if let Some(both) = known.layout.merged(&shape) {
                known.program = Program::new(&both, plan, self.fields);
                known.layout = both;
                return;
            }
        }
        let program = Program::new(&shape, plan, self.fields);
        self.known.truncate(LAYOUTS - 1);
        self.known.push(Known { layout: shape, program, tried: 0, hits: 0 });
    }
}

#[cfg(test)]
mod tests;
