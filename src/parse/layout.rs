//! Layouts learned from the input: the fast path.
//!
//! A formatter writes the same keys in the same order with the same separators, so the text
//! between two values is known. Comparing it finds the place and proves the syntax at once; what
//! is left to look at are the values. Nothing is skipped: a line that a layout accepts is a
//! record for the general path too, with the same values, and whatever no layout accepts goes
//! there. Nothing about any formatter is written in by hand.

use super::plan::{EntryId, Plan, TOP};
use super::token::{Kind, Tokens};
use super::walk::{Found, Value};
use crate::record::Text;

/// How many layouts are kept.
const LAYOUTS: usize = 8;
/// A layout has at most so many segments; longer lines are nobody's everyday format.
const SEGMENTS: usize = 64;
/// After so many lines without a layout nothing more is learned: the input has none.
const LESSONS: u32 = 4096;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    /// A string; the text before it ends with its opening quote.
    String,
    /// A number, `true`, `false` or `null`.
    Bare,
}

/// One value of a layout and the text before it.
#[derive(Debug, Clone)]
struct Segment {
    /// From behind the value before (and its closing quote) to this value.
    literal: Box<[u8]>,
    /// The decoded key: a layout has each key once.
    key: Box<[u8]>,
    written: Written,
    /// What the value is read for.
    entry: Option<EntryId>,
    /// Whether lines may lack it.
    optional: bool,
}

/// The keys of a line in their order, each with the text before its value.
#[derive(Debug, Clone)]
struct Layout {
    segments: Vec<Segment>,
    /// From behind the last value to the end of the line.
    tail: Box<[u8]>,
}

/// The layouts of an input, the one that fitted last in front.
#[derive(Debug, Default)]
pub(super) struct Layouts {
    known: Vec<Layout>,
    lessons: u32,
    /// How many lines were read in a layout.
    hits: u64,
}

impl Layouts {
    /// Reads a line in one of the known layouts, if one fits. The line has no control characters
    /// (its block was searched for them) and stands at `base` of the batch's bytes.
    pub(super) fn read(
        &mut self,
        plan: &Plan,
        line: &[u8],
        base: usize,
        found: &mut Found,
    ) -> bool {
        for at in 0..self.known.len() {
            if self.known[at].read(plan, line, base, found) {
                self.known[..=at].rotate_right(1);
                self.hits += 1;
                return true;
            }
        }
        false
    }

    /// Learns from a line that the general path has accepted.
    pub(super) fn learn(&mut self, plan: &Plan, line: &[u8]) {
        if self.lessons >= LESSONS {
            return;
        }
        self.lessons += 1;
        if self.lessons == LESSONS && self.hits < u64::from(LESSONS) {
            // Keys in any order: trying layouts first costs more than it saves.
            self.known.clear();
            return;
        }
        let Some(shape) = Layout::of(plan, line) else { return };
        for known in &mut self.known {
            if let Some(both) = known.merged(&shape) {
                *known = both;
                return;
            }
        }
        self.known.truncate(LAYOUTS - 1);
        self.known.push(shape);
    }
}

impl Layout {
    /// Reads a line; `false` if it does not fit, whatever has been noted by then.
    fn read(&self, plan: &Plan, line: &[u8], base: usize, found: &mut Found) -> bool {
        if !self.segments.first().is_some_and(|first| line.starts_with(&first.literal)) {
            return false;
        }
        found.standard.fill(Value::NONE);
        found.fields.fill(Text::NONE);
        (found.repaired, found.duplicate) = (false, false);
        let mut at = 0;
        for segment in &self.segments {
            let rest = &line[at..];
            if !rest.starts_with(&segment.literal) {
                if segment.optional {
                    continue;
                }
                return false;
            }
            at += segment.literal.len();
            let (end, kind, repaired) = match segment.written {
                Written::String => match string(line, at) {
                    Some(string) => string,
                    None => return false,
                },
                Written::Bare => match bare(line, at) {
                    Some(value) => value,
                    None => return false,
                },
            };
            found.repaired |= repaired;
            if let Some(entry) = segment.entry {
                let entry = plan.entry(entry);
                let (start, len) = (base + at, end - at);
                let (text, raw) = match kind {
                    Kind::Null => (Text::NONE, Text::NONE),
                    Kind::String { escaped: true } => {
                        (Text::escaped(start, len), Text::plain(start - 1, len + 2))
                    }
                    Kind::String { escaped: false } => {
                        (Text::plain(start, len), Text::plain(start - 1, len + 2))
                    }
                    Kind::Number | Kind::Other => {
                        (Text::plain(start, len), Text::plain(start, len))
                    }
                };
                if let Some(alias) = entry.alias {
                    found.standard[usize::from(alias)] = Value { kind, text };
                }
                if let Some(slot) = entry.slot {
                    found.fields[usize::from(slot)] = raw;
                }
            }
            at = end + usize::from(segment.written == Written::String);
        }
        line[at..] == *self.tail
    }

    /// The layout of one line, all of it required; none for a line with nested values, keys with
    /// escapes, a key twice, or nothing in it.
    fn of(plan: &Plan, line: &[u8]) -> Option<Layout> {
        let mut tokens = Tokens::new(line, false);
        let mut segments: Vec<Segment> = Vec::new();
        let mut behind = 0;
        if tokens.peek()? != b'{' {
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
            let entry = plan.find(TOP, &key);
            segments.push(Segment { literal, key, written, entry, optional: false });
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
    fn merged(&self, other: &Layout) -> Option<Layout> {
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
                    segments.push(Segment { optional: a.optional || b.optional, ..a.clone() });
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

/// The string whose inside begins at `at`: where its closing quote stands, its kind, and whether
/// something in it was mended.
fn string(line: &[u8], at: usize) -> Option<(usize, Kind, bool)> {
    let end = at + memchr::memchr2(b'"', b'\\', &line[at..])?;
    if line[end] == b'"' {
        return Some((end, Kind::String { escaped: false }, false));
    }
    escaped_string(line, at, end)
}

/// The same from its first backslash on.
fn escaped_string(line: &[u8], at: usize, backslash: usize) -> Option<(usize, Kind, bool)> {
    let mut tokens = Tokens::within(line, backslash);
    loop {
        tokens.escape().ok()?;
        let next = tokens.at() + memchr::memchr2(b'"', b'\\', &line[tokens.at()..])?;
        tokens = tokens.moved(next);
        if line[next] == b'"' {
            debug_assert!(next >= at);
            return Some((next, Kind::String { escaped: true }, tokens.repaired()));
        }
    }
}

/// The bare value that begins at `at`: where it ends, its kind, and whether it was mended.
fn bare(line: &[u8], at: usize) -> Option<(usize, Kind, bool)> {
    let rest = &line[at..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    // Mostly a whole number without leading zeros.
    if digits > 0
        && (rest[0] != b'0' || digits == 1)
        && matches!(rest.get(digits), Some(b',' | b'}'))
    {
        return Some((at + digits, Kind::Number, false));
    }
    let mut tokens = Tokens::within(line, at);
    match tokens.scalar().ok()? {
        // A string where none was: another layout.
        Kind::String { .. } => None,
        kind => Some((tokens.at(), kind, tokens.repaired())),
    }
}

#[cfg(test)]
mod tests;
