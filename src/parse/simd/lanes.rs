//! Lines in a known layout, several side by side.
//!
//! One line is a chain of looks and steps in which each waits for the one before. Several lines
//! are several chains: the processor goes on with one while another waits. So each step of a
//! layout is taken in a whole group of lines before the next one, by a loop that is so small that
//! all it needs stays in registers.
//!
//! A line that does not fit goes on all the same, from wherever it has come to, and is told of at
//! its end. It cannot go far: every step begins within the block, and ends at the first byte that
//! no string holds, of which there is one behind the block.

use super::block::Block;
use super::index::REACH;
use super::vector::{CHUNK, Vector, window};
use crate::parse::layout::Written;
use crate::parse::program::{Program, Step};
use crate::parse::slab::Keeps;
use crate::parse::token::{Kind, Tokens};
use crate::record::Text;

/// So many lines are read side by side: as many as stay in the nearest cache with all they need.
pub(super) const GROUP: usize = 32;

/// Tells lines that begin like a layout from those that do not, in two lists that are emptied before.
#[inline(always)]
pub(super) fn begin<V: Vector>(
    vector: V,
    program: &Program,
    block: Block<'_>,
    rows: &[u32],
    like: &mut Vec<u32>,
    unlike: &mut Vec<u32>,
) {
    let Some(Step { needle, .. }) = program.steps.first() else { return };
    let needle = *needle;
    for list in [&mut *like, unlike] {
        list.clear();
        list.resize(rows.len(), 0);
    }
    let (mut likes, mut unlikes) = (0, 0);
    for &row in rows {
        let start = block.lines()[row as usize].place().0;
        let fits = vector.differences(block.look(block.place(start)), &needle) == 0;
        (like[likes], unlike[unlikes]) = (row, row);
        likes += usize::from(fits);
        unlikes += usize::from(!fits);
    }
    like.truncate(likes);
    unlike.truncate(unlikes);
}

/// Lines that are read side by side.
pub(in crate::parse) struct Group<'a> {
    rows: &'a [u32],
    /// Behind the last value.
    at: [u32; GROUP],
    /// What was not as it should be.
    bad: [u64; GROUP],
}

impl<'a> Group<'a> {
    /// The first of some rows, and the others.
    pub(super) fn first(block: Block<'_>, rows: &'a [u32]) -> (Group<'a>, &'a [u32]) {
        let (rows, others) = rows.split_at(rows.len().min(GROUP));
        let mut group = Group { rows, at: [0; GROUP], bad: [0; GROUP] };
        for (at, &row) in group.at.iter_mut().zip(rows) {
            *at = block.lines()[row as usize].place().0;
        }
        (group, others)
    }

    /// The rows that do not fit.
    pub(super) fn failed(&self) -> impl Iterator<Item = u32> {
        self.rows.iter().zip(&self.bad).filter(|(_, bad)| **bad != 0).map(|(row, _)| *row)
    }

    /// Each line: its row, where it has got to, what was wrong.
    #[inline(always)]
    fn lines(&mut self) -> impl Iterator<Item = (usize, &mut u32, &mut u64)> {
        let rows = self.rows.iter().map(|&row| row as usize);
        rows.zip(&mut self.at).zip(&mut self.bad).map(|((row, at), bad)| (row, at, bad))
    }

    /// Finds the ends of strings that are not near their starts, of the lines of these numbers.
    #[inline(always)]
    fn go_far<const KEPT: bool>(&mut self, block: Block<'_>, far: &Picked, column: &mut [Text]) {
        for line in far.iter() {
            let start = self.at[line] - 1 - REACH;
            let (end, escaped) = block.end(start);
            self.at[line] = end + 1;
            self.bad[line] |= u64::from(block.bytes()[end as usize] ^ b'"');
            if KEPT {
                let text = Text::quoted(start as usize, (end - start) as usize, escaped);
                column[self.rows[line] as usize] = text;
            }
        }
    }
}

/// Some of the lines of a group, by their numbers in it.
#[derive(Default)]
pub(super) struct Picked {
    lines: [u8; GROUP],
    count: usize,
}

impl Picked {
    /// Written in any case, and kept only if it is wanted: so there is no branch.
    #[inline(always)]
    pub(super) fn push_if(&mut self, wanted: bool, line: usize) {
        self.lines[self.count % GROUP] = line as u8;
        self.count += usize::from(wanted);
    }

    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    #[inline(always)]
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.lines[..self.count.min(GROUP)].iter().map(|&line| usize::from(line) % GROUP)
    }
}

/// Takes a step in every line.
#[inline(always)]
pub(super) fn step<V: Vector>(
    vector: V,
    step: &Step,
    block: Block<'_>,
    group: &mut Group<'_>,
    column: &mut [Text],
) {
    // What kind of step it is is asked once for all lines.
    match (step.written, step.optional) {
        (Written::String, false) => required_strings(vector, step, block, group, column),
        (Written::String, true) => optional_strings(vector, step, block, group, column),
        (Written::Bare, _) => unquoted(vector, step, block, group, column),
    }
}

/// Looks whether lines end as they should, and where.
#[inline(always)]
pub(super) fn ends<V: Vector>(
    vector: V,
    program: &Program,
    block: Block<'_>,
    group: &mut Group<'_>,
) {
    let tail = program.tail;
    for (row, at, bad) in group.lines() {
        let from = block.before(*at, program.back);
        *bad |= vector.differences(block.look(from), &tail);
        let (start, len) = block.lines()[row].place();
        *bad |= u64::from((from.number() + tail.len()) ^ (start + len));
    }
}

/// Takes a step to a string that every line has. Usual are those behind a short needle whose end the
/// next needle proves.
#[inline(always)]
fn required_strings<V: Vector>(
    vector: V,
    step: &Step,
    block: Block<'_>,
    group: &mut Group<'_>,
    column: &mut [Text],
) {
    let usual = step.proven && !step.needle.is_long();
    match (usual, step.long, step.keeps) {
        // What nobody reads has a column too.
        (false, ..) => {
            required::<V, false, true, true, true>(vector, step, block, group, column);
        }
        (true, true, _) => {
            required::<V, true, true, true, true>(vector, step, block, group, column);
        }
        (true, false, Keeps::Text) => {
            required::<V, true, false, true, true>(vector, step, block, group, column);
        }
        (true, false, Keeps::Place) => {
            required::<V, true, false, true, false>(vector, step, block, group, column);
        }
        (true, false, Keeps::Nothing) => {
            required::<V, true, false, false, false>(vector, step, block, group, column);
        }
    }
}

/// The same: `USUAL` or not, for strings that may be `LONG`, and are `KEPT` or not, with a look for
/// `ESCAPES` or without.
#[inline(always)]
fn required<
    V: Vector,
    const USUAL: bool,
    const LONG: bool,
    const KEPT: bool,
    const ESCAPES: bool,
>(
    vector: V,
    step: &Step,
    block: Block<'_>,
    group: &mut Group<'_>,
    column: &mut [Text],
) {
    let (needle, back, proven) = (step.needle, step.back, step.proven);
    let mut far = Picked::default();
    for (line, (row, at, bad)) in group.lines().enumerate() {
        let from = block.before(*at, back);
        let (start, len, escaped) = block.string_near::<ESCAPES>(from, needle.len());
        let end = start + len;
        *at = end + 1;
        let chunk = block.look(from);
        let mut wrong = if USUAL {
            vector.short_differences(chunk, &needle)
        } else {
            let found = !proven && len != REACH;
            let last = if found { block.bytes()[end as usize] } else { b'"' };
            vector.differences(chunk, &needle) | u64::from(last ^ b'"')
        };
        if LONG {
            far.push_if(len == REACH, line);
        } else {
            wrong |= u64::from(len & REACH);
        }
        *bad |= wrong;
        if KEPT {
            column[row] = Text::quoted(start as usize, len as usize, escaped);
        }
    }
    if LONG {
        group.go_far::<KEPT>(block, &far, column);
    }
}

/// Takes a step to a string that lines may lack.
#[inline(always)]
fn optional_strings<V: Vector>(
    vector: V,
    step: &Step,
    block: Block<'_>,
    group: &mut Group<'_>,
    column: &mut [Text],
) {
    match (step.long, step.keeps) {
        (true, _) => optional::<V, true, true>(vector, step, block, group, column),
        (false, Keeps::Text) => optional::<V, false, true>(vector, step, block, group, column),
        (false, _) => optional::<V, false, false>(vector, step, block, group, column),
    }
}

/// The same for one that may be `LONG` or not, with a look for `ESCAPES` or without. Which lines
/// have it cannot be predicted: so they are listed first, without a branch.
#[inline(always)]
fn optional<V: Vector, const LONG: bool, const ESCAPES: bool>(
    vector: V,
    step: &Step,
    block: Block<'_>,
    group: &mut Group<'_>,
    column: &mut [Text],
) {
    let needle = step.needle;
    let (mut here, mut far) = (Picked::default(), Picked::default());
    for (line, (_, at, _)) in group.lines().enumerate() {
        let chunk = block.look(block.before(*at, step.back));
        here.push_if(vector.differences(chunk, &needle) == 0, line);
    }
    for line in here.iter() {
        let from = block.before(group.at[line], step.back);
        let (start, len, escaped) = block.string_near::<ESCAPES>(from, needle.len());
        let (end, found) = (start + len, len != REACH);
        group.at[line] = end + 1;
        let last = if found { block.bytes()[end as usize] } else { b'"' };
        group.bad[line] |= u64::from(last ^ b'"') | u64::from(!LONG && !found);
        far.push_if(LONG && !found, line);
        column[group.rows[line] as usize] = Text::quoted(start as usize, len as usize, escaped);
    }
    if LONG {
        group.go_far::<true>(block, &far, column);
    }
}

/// Takes a step to a value without quotes.
#[inline(always)]
fn unquoted<V: Vector>(
    vector: V,
    step: &Step,
    block: Block<'_>,
    group: &mut Group<'_>,
    column: &mut [Text],
) {
    match (step.optional, step.keeps) {
        (false, Keeps::Nothing) => bares::<V, false, false>(vector, step, block, group, column),
        (false, _) => bares::<V, false, true>(vector, step, block, group, column),
        (true, _) => bares::<V, true, true>(vector, step, block, group, column),
    }
}

/// The same for one that is `OPTIONAL` or not, and is `KEPT` or not.
#[inline(always)]
fn bares<V: Vector, const OPTIONAL: bool, const KEPT: bool>(
    vector: V,
    step: &Step,
    block: Block<'_>,
    group: &mut Group<'_>,
    column: &mut [Text],
) {
    let (needle, back) = (step.needle, step.back);
    for (row, at, bad) in group.lines() {
        let from = block.before(*at, back);
        let differences = vector.differences(block.look(from), &needle);
        let text = if OPTIONAL && differences != 0 {
            Text::NONE
        } else {
            *bad |= differences;
            bare(block, from.number() + needle.len(), at, bad)
        };
        if KEPT {
            column[row] = text;
        }
    }
}

/// The value without quotes that begins at `start`: mostly a whole number.
#[inline(always)]
pub(super) fn bare(block: Block<'_>, start: u32, at: &mut u32, bad: &mut u64) -> Text {
    let bytes = block.bytes();
    let text: &[u8; 9] = window(bytes, start);
    let digits = digits(u64::from_le_bytes(*text.first_chunk().unwrap_or(&[0; 8])));
    let leads = text[0] == b'0' && digits > 1;
    // What follows is the needle of the next step, which proves that the number ends here.
    if digits > 0 && !leads && matches!(text[digits as usize], b',' | b'}' | b' ') {
        *at = start + digits;
        return Text::plain(start as usize, digits as usize);
    }
    rare(block, start, at, bad)
}

/// How many of the first bytes of a word are digits.
#[inline(always)]
fn digits(word: u64) -> u32 {
    const LOW: u64 = u64::from_le_bytes([1; 8]);
    // A digit leaves less than 10. What overflows does so behind the first byte that is no digit.
    let value = word ^ (LOW * 0x30);
    let other = (value.wrapping_add(LOW * 0x76) | value) & (LOW * 0x80);
    other.trailing_zeros() / 8
}

/// A value that is no whole number.
#[cold]
#[inline(never)]
fn rare(block: Block<'_>, start: u32, at: &mut u32, bad: &mut u64) -> Text {
    let block = &block.bytes()[..block.len() as usize];
    let start = start as usize;
    let end = memchr::memchr(b'\n', &block[start.min(block.len())..]);
    let line = &block[..end.map_or(block.len(), |end| start + end)];
    let mut tokens = Tokens::within(line, start.min(line.len()));
    let kind = tokens.scalar();
    let (text, fits) = match kind {
        // A string where none was: another layout. What has to be mended is not for lanes.
        Err(_) | Ok(Kind::String { .. }) => (Text::NONE, false),
        Ok(Kind::Null) => (Text::NONE, true),
        Ok(_) => (Text::plain(start, tokens.at() - start), !tokens.repaired()),
    };
    *bad |= u64::from(!fits);
    *at = if fits { tokens.at() } else { start } as u32;
    text
}

/// The first special byte of a line from a place on; its length if there is none.
#[inline(always)]
pub(super) fn special<V: Vector>(vector: V, line: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = line.get(at..).and_then(<[u8]>::first_chunk) {
        match vector.special(chunk) {
            0 => at += CHUNK,
            found => return at + found.trailing_zeros() as usize,
        }
    }
    let rest = line.get(at..).unwrap_or_default();
    let mut last = [b'"'; CHUNK];
    last[..rest.len()].copy_from_slice(rest);
    let found = vector.special(&last).trailing_zeros() as usize;
    at + found.min(rest.len())
}

/// What tests ask of a processor.
#[cfg(test)]
#[inline(always)]
pub(super) fn differs<V: Vector>(
    vector: V,
    one: &[u8; CHUNK],
    other: &[u8; CHUNK],
    len: usize,
) -> bool {
    vector.differs(one, other, len)
}
