//! A layout as lanes read it: steps, and where the value of each goes.

use super::layout::{Layout, Written};
use super::plan::Plan;
use super::simd::Needle;
use super::slab::{Fates, Keeps};

/// One step: a text that must stand here, and the value behind it.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) needle: Needle,
    /// So many bytes before the place behind the last value the needle begins: one, if it begins
    /// with the closing quote of that value.
    pub(super) back: u32,
    /// Whether the next needle begins with the closing quote of this value, which then need not be
    /// looked at here.
    pub(super) proven: bool,
    pub(super) written: Written,
    /// Whether lines may lack it.
    pub(super) optional: bool,
    /// Whether it may be longer than [`SHORT`](super::layout::SHORT).
    pub(super) long: bool,
    /// Where the value goes.
    pub(super) column: u16,
    pub(super) keeps: Keeps,
}

/// A layout, ready to be read.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    /// What ends a line.
    pub(super) tail: Needle,
    /// As for a step.
    pub(super) back: u32,
    pub(super) fates: Fates,
}

impl Program {
    /// The program of a layout; `None` for one with very long keys or very many of one meaning.
    pub(super) fn new(layout: &Layout, plan: &Plan, fields: usize) -> Option<Program> {
        let entries: Vec<_> = layout.segments.iter().map(|segment| segment.entry).collect();
        let fates = Fates::new(plan, fields, &entries)?;
        let mut steps: Vec<Step> = Vec::new();
        for (key, segment) in layout.segments.iter().enumerate() {
            let (needle, back) = needle(&segment.literal, segment.optional, steps.last_mut())?;
            let (written, optional) = (segment.written, segment.optional);
            let (column, keeps, long) = (fates.columns[key], fates.keeps(key), segment.long);
            let proven = false;
            steps.push(Step { needle, back, proven, written, optional, long, column, keeps });
        }
        let (tail, back) = needle(&layout.tail, false, steps.last_mut())?;
        Some(Program { steps, tail, back, fates })
    }
}

/// The needle for a text, with the closing quote of the value before in front if all lines have
/// both, so that one comparison proves the end of the one and the way to the other; and how many
/// bytes that are.
fn needle(text: &[u8], optional: bool, before: Option<&mut Step>) -> Option<(Needle, u32)> {
    let string = |step: &&mut Step| step.written == Written::String && !step.optional;
    if let Some(before) = before.filter(string).filter(|_| !optional)
        && let Some(needle) = Needle::new(&[b"\"", text].concat())
    {
        before.proven = true;
        return Some((needle, 1));
    }
    Some((Needle::new(text)?, 0))
}
