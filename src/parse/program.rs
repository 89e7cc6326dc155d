//! A layout as lanes read it: steps, and where the value of each goes.

use super::layout::{Layout, Written};
use super::plan::Plan;
use super::simd::Needle;
use super::slab::Fates;

/// One step: a text that must stand here, and the value behind it.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) needle: Needle,
    pub(super) written: Written,
    /// Whether lines may lack it.
    pub(super) optional: bool,
    /// Where the value goes.
    pub(super) column: u16,
    /// Whether somebody reads it.
    pub(super) kept: bool,
}

/// A layout, ready to be read.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    /// What ends a line.
    pub(super) tail: Needle,
    pub(super) fates: Fates,
}

impl Program {
    /// The program of a layout; `None` for one with very long keys or very many of one meaning.
    pub(super) fn new(layout: &Layout, plan: &Plan, fields: usize) -> Option<Program> {
        let entries: Vec<_> = layout.segments.iter().map(|segment| segment.entry).collect();
        let fates = Fates::new(plan, fields, &entries)?;
        let steps = layout.segments.iter().enumerate().map(|(key, segment)| {
            let (needle, column) = (Needle::new(&segment.literal)?, fates.columns[key]);
            let (written, optional, kept) = (segment.written, segment.optional, fates.keeps(key));
            Some(Step { needle, written, optional, column, kept })
        });
        let (steps, tail) = (steps.collect::<Option<_>>()?, Needle::new(&layout.tail)?);
        Some(Program { steps, tail, fates })
    }
}
