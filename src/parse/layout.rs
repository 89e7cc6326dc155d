//! The layout of lines, learned from lines.
//!
//! A formatter writes the same keys in the same order with the same separators, so the text
//! between two values is known. Nothing about any formatter is written in by hand: a layout is
//! what one line shows, and grows by what further lines lack or have besides.

use super::plan::{EntryId, Plan, TOP};
use super::token::Tokens;

/// A layout has at most so many segments; longer lines are nobody's everyday format.
const SEGMENTS: usize = 64;

/// Most strings are no longer than so many bytes, and are then read faster.
pub(super) const SHORT: usize = 56;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// A string; the text before it ends with its opening quote.
    String,
    /// A number, `true`, `false` or `null`.
    Bare,
}

/// One value of a layout and the text before it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Segment {
    /// From behind the value before (and its closing quote) to this value.
    pub(super) literal: Box<[u8]>,
    /// The decoded key: a layout has each key once.
    pub(super) key: Box<[u8]>,
    pub(super) written: Written,
    /// What the value is read for.
    pub(super) entry: Option<EntryId>,
    /// Whether lines may lack it.
    pub(super) optional: bool,
    /// Whether it may be a string of more than [`SHORT`] bytes.
    pub(super) long: bool,
}

/// The keys of a line in their order, each with the text before its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) segments: Vec<Segment>,
    /// From behind the last value to the end of the line.
    pub(super) tail: Box<[u8]>,
}

impl Layout {
    /// The layout of one line, all of it required; none for a line with nested values, keys with
    /// escapes, a key twice, or nothing in it; for one that may be a wrapper, or is indented.
    pub(super) fn of(plan: &Plan, line: &[u8]) -> Option<Layout> {
        let mut tokens = Tokens::within(line, 0);
        let mut segments: Vec<Segment> = Vec::new();
        let mut behind = 0;
        if line.first()? != &b'{' {
            return None;
        }
        tokens.advance();
        loop {
            if tokens.peek()? != b'"' || segments.len() == SEGMENTS {
                return None;
            }
            let start = tokens.at() + 1;
            if tokens.string().ok()? {
                return None;
            }
            let key: Box<[u8]> = line[start..tokens.at() - 1].into();
            if segments.iter().any(|segment| segment.key == key) || tokens.peek()? != b':' {
                return None;
            }
            tokens.advance();
            let written = match tokens.peek()? {
                b'{' | b'[' => return None,
                b'"' => Written::String,
                _ => Written::Bare,
            };
            let value = tokens.at() + usize::from(written == Written::String);
            let literal = line[behind..value].into();
            tokens.scalar().ok()?;
            behind = tokens.at();
            let long = written == Written::String && behind - value > SHORT + 1;
            let entry = plan.find(TOP, &key);
            if entry.is_some_and(|entry| plan.entry(entry).mark) {
                return None;
            }
            segments.push(Segment { literal, key, written, entry, optional: false, long });
            match tokens.peek()? {
                b',' => tokens.advance(),
                b'}' => return Some(Layout { segments, tail: line[behind..].into() }),
                _ => return None,
            }
            tokens.peek()?;
        }
    }

    /// A layout for the lines of both, if there is one: the keys of both in an order that agrees
    /// with each, those that only one has optional.
    pub(super) fn merged(&self, other: &Layout) -> Option<Layout> {
        if self.tail != other.tail
            || self.segments.first()?.literal != other.segments.first()?.literal
        {
            return None;
        }
        let segments = self.reordered(other).unwrap_or_else(|| self.woven(other));
        let twice = (1..segments.len())
            .any(|at| segments[..at].iter().any(|before| before.key == segments[at].key));
        let fits = segments.len() <= SEGMENTS && !twice && !segments[0].optional;
        fits.then(|| Layout { segments, tail: self.tail.clone() })
    }

    /// The order of the other line, which has all of this layout's keys: optional keys that were
    /// never seen together may have been put in the wrong order.
    fn reordered(&self, other: &Layout) -> Option<Vec<Segment>> {
        let mine = |segment: &Segment| self.segments.iter().find(|own| own.is_like(segment));
        let known = other.segments.iter().filter_map(mine);
        let required = known.clone().filter(|own| !own.optional).map(|own| &own.key);
        let in_order = self.segments.iter().filter(|own| !own.optional).map(|own| &own.key);
        if known.clone().count() != self.segments.len() || !required.eq(in_order) {
            return None;
        }
        let segments = other.segments.iter().map(|segment| Segment {
            optional: mine(segment).is_none_or(|own| own.optional),
            long: segment.long || mine(segment).is_some_and(|own| own.long),
            ..segment.clone()
        });
        Some(segments.collect())
    }

    /// The keys of both, each in its own order; where the orders contradict each other, a key
    /// comes out twice.
    fn woven(&self, other: &Layout) -> Vec<Segment> {
        let has = |segments: &[Segment], one: &Segment| segments.iter().any(|own| own.is_like(one));
        let optional = |segment: &Segment| Segment { optional: true, ..segment.clone() };
        let mut segments = Vec::new();
        let (mut mine, mut theirs) = (&self.segments[..], &other.segments[..]);
        loop {
            match (mine, theirs) {
                ([a, rest @ ..], [b, others @ ..]) if a.is_like(b) => {
                    let (optional, long) = (a.optional || b.optional, a.long || b.long);
                    segments.push(Segment { optional, long, ..a.clone() });
                    (mine, theirs) = (rest, others);
                }
                ([a, rest @ ..], [b, ..]) if !has(theirs, a) || has(mine, b) => {
                    segments.push(optional(a));
                    mine = rest;
                }
                (_, [b, others @ ..]) => {
                    segments.push(optional(b));
                    theirs = others;
                }
                ([a, rest @ ..], []) => {
                    segments.push(optional(a));
                    mine = rest;
                }
                ([], []) => return segments,
            }
        }
    }
}

impl Segment {
    /// Whether both are the same key in the same writing.
    fn is_like(&self, other: &Segment) -> bool {
        self.literal == other.literal && self.written == other.written
    }
}
