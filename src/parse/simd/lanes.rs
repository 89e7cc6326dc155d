//! Lines in a known layout, several side by side.
//!
//! One line is a chain of looks and steps in which each waits for the one before. Several lines
//! are several chains: the processor goes on with one while another waits. So each step of a
//! layout is taken in all lanes before the next one.
//!
//! A line that does not fit goes on all the same, from wherever it has come to, and is told of at
//! its end. It cannot go far: every step begins within the block, and ends at the first byte that
//! no string holds, of which there is one behind the block.

use std::hint::select_unpredictable;

use super::block::Block;
use super::vector::{CHUNK, Vector, chunk, window};
use crate::parse::layout::Written;
use crate::parse::program::{Program, Step};
use crate::parse::recent::{BEFORE, Known, Window, place};
use crate::parse::slab::Slab;
use crate::parse::token::{Kind, Tokens};
use crate::parse::unordered::Unordered;
use crate::record::{NameId, Text};

/// So many lines are read side by side.
const LANES: usize = 4;

/// Tells lines that begin like a layout from those that do not.
#[inline(always)]
pub(super) fn begin<V: Vector>(
    vector: V,
    program: &Program,
    block: Block<'_>,
    rows: &[u32],
    like: &mut Vec<u32>,
    unlike: &mut Vec<u32>,
) {
    let Some(first) = program.steps.first() else { return };
    for &row in rows {
        let start = block.lines()[row as usize].range().start as u32;
        let differences = vector.differences(block.look(block.place(start)), &first.needle);
        if differences == 0 { like.push(row) } else { unlike.push(row) }
    }
}

/// Lines that are read side by side.
struct Lanes<V: Vector> {
    row: [usize; LANES],
    /// Behind the last value.
    at: [u32; LANES],
    /// What was not as it should be: of needles, and else.
    sum: [V::Sum; LANES],
    bad: [u64; LANES],
}

/// Does the same for each lane, one written behind the other: what a lane has come to then stays
/// in registers.
macro_rules! in_each_lane {
    ($lane:ident => $body:block) => {
        const _: () = assert!(LANES == 4);
        in_each_lane!($lane => $body, 0, 1, 2, 3);
    };
    ($lane:ident => $body:block, $($number:literal),*) => {
        $({
            const $lane: usize = $number;
            $body
        })*
    };
}

/// Reads `rows` in a layout; those that do not fit are added to `failed`, in their order.
#[inline(always)]
pub(super) fn run<V: Vector>(
    vector: V,
    program: &Program,
    block: Block<'_>,
    rows: &[u32],
    slab: &mut Slab,
    failed: &mut Vec<u32>,
) {
    for group in rows.chunks(LANES) {
        // The last group is filled up with its last line, which is then read more than once.
        let row: [usize; LANES] =
            std::array::from_fn(|lane| group[lane.min(group.len() - 1)] as usize);
        let at = row.map(|row| block.lines()[row].range().start as u32);
        let mut lanes = Lanes::<V> { row, at, sum: [vector.nothing(); LANES], bad: [0; LANES] };
        for step in &program.steps {
            let column = slab.column_mut(step.column);
            // What kind of step it is is asked once for all lanes.
            match (step.written, step.optional) {
                // What nobody reads has a column too.
                (Written::String, false) if step.needle.is_long() || !step.proven => {
                    required::<V, false, true>(vector, step, block, &mut lanes, column);
                }
                (Written::String, false) if step.kept => {
                    required::<V, true, true>(vector, step, block, &mut lanes, column);
                }
                (Written::String, false) => {
                    required::<V, true, false>(vector, step, block, &mut lanes, column);
                }
                (Written::String, true) => optional(vector, step, block, &mut lanes, column),
                (Written::Bare, _) => unquoted(vector, step, block, &mut lanes, column),
            }
        }
        ends(vector, program, block, &mut lanes);
        for (lane, &line) in group.iter().enumerate() {
            if lanes.bad[lane] != 0 {
                failed.push(line);
            }
        }
    }
}

/// Looks whether lines end as they should, and where.
#[inline(always)]
fn ends<V: Vector>(vector: V, program: &Program, block: Block<'_>, lanes: &mut Lanes<V>) {
    in_each_lane!(LANE => {
        let from = block.before(lanes.at[LANE], program.back);
        let sum = vector.add::<true>(lanes.sum[LANE], block.look(from), &program.tail);
        let end = (from.number() + program.tail.len()) as usize;
        let wrong = end != block.lines()[lanes.row[LANE]].range().end;
        lanes.bad[LANE] |= u64::from(vector.any(sum)) | u64::from(wrong);
    });
}

/// Takes a step to a string that every line has. `USUAL` are those behind a short needle whose end
/// the next needle proves.
#[inline(always)]
fn required<V: Vector, const USUAL: bool, const KEPT: bool>(
    vector: V,
    step: &Step,
    block: Block<'_>,
    lanes: &mut Lanes<V>,
    column: &mut [Text],
) {
    in_each_lane!(LANE => {
        let from = block.before(lanes.at[LANE], step.back);
        let (start, end, escaped) = block.string(from, &step.needle);
        lanes.at[LANE] = end + 1;
        let chunk = block.look(from);
        if USUAL {
            lanes.sum[LANE] = vector.add::<false>(lanes.sum[LANE], chunk, &step.needle);
        } else {
            lanes.sum[LANE] = vector.add::<true>(lanes.sum[LANE], chunk, &step.needle);
            let last = if step.proven { b'"' } else { block.bytes()[end as usize] };
            lanes.bad[LANE] |= u64::from(last ^ b'"');
        }
        if KEPT {
            let text = Text::quoted(start as usize, (end - start) as usize, escaped);
            column[lanes.row[LANE]] = text;
        }
    });
}

/// Takes a step to a string that lines may lack. Whether a short one is there cannot be predicted:
/// both ways are gone, without a branch.
#[inline(always)]
fn optional<V: Vector>(
    vector: V,
    step: &Step,
    block: Block<'_>,
    lanes: &mut Lanes<V>,
    column: &mut [Text],
) {
    in_each_lane!(LANE => {
        let from = block.before(lanes.at[LANE], step.back);
        let here = vector.differences(block.look(from), &step.needle) == 0;
        let (start, end, escaped) = block.string(from, &step.needle);
        lanes.at[LANE] = select_unpredictable(here, end + 1, from.number());
        let last = select_unpredictable(here, block.bytes()[end as usize], b'"');
        lanes.bad[LANE] |= u64::from(last ^ b'"');
        let text = Text::quoted(start as usize, (end - start) as usize, escaped);
        column[lanes.row[LANE]] = select_unpredictable(here, text, Text::NONE);
    });
}

/// Takes a step to a value without quotes.
#[inline(always)]
fn unquoted<V: Vector>(
    vector: V,
    step: &Step,
    block: Block<'_>,
    lanes: &mut Lanes<V>,
    column: &mut [Text],
) {
    in_each_lane!(LANE => {
        let (mut at, mut bad) = (lanes.at[LANE], lanes.bad[LANE]);
        let from = block.before(at, step.back);
        let differences = vector.differences(block.look(from), &step.needle);
        column[lanes.row[LANE]] = if step.optional && differences != 0 {
            Text::NONE
        } else {
            bad |= differences;
            bare(block, from.number() + step.needle.len(), &mut at, &mut bad)
        };
        (lanes.at[LANE], lanes.bad[LANE]) = (at, bad);
    });
}

/// Reads `rows` whose keys come in any order; those that do not fit are added to `failed`, in
/// their order.
#[inline(always)]
pub(super) fn run_unordered<V: Vector>(
    vector: V,
    format: &Unordered,
    block: Block<'_>,
    rows: &[u32],
    slab: &mut Slab,
    failed: &mut Vec<u32>,
) {
    for group in rows.chunks(LANES) {
        let row: [usize; LANES] =
            std::array::from_fn(|lane| group[lane.min(group.len() - 1)] as usize);
        let mut lanes = row.map(|row| {
            let at = block.lines()[row].range().start as u32;
            let opens = vector.differences(block.look(block.place(at)), &format.opening) == 0;
            let state = if opens { State::Reads } else { State::Failed };
            Lane { at: at + format.opening.len(), seen: 0, state }
        });
        while lanes.iter().any(|lane| lane.state == State::Reads) {
            for (lane, &row) in lanes.iter_mut().zip(&row) {
                if lane.state == State::Reads {
                    lane.state = pair(vector, format, block, lane, row, slab);
                }
            }
        }
        let failures = group.iter().zip(&lanes).filter(|(_, lane)| lane.state == State::Failed);
        failed.extend(failures.map(|(row, _)| *row));
    }
}

/// A line whose keys come in any order, while it is read.
struct Lane {
    /// The opening quote of the next key.
    at: u32,
    /// One bit for each key that it has shown.
    seen: u64,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Reads,
    Done,
    Failed,
}

/// Reads a key, its value, and what stands behind it.
#[inline(always)]
fn pair<V: Vector>(
    vector: V,
    format: &Unordered,
    block: Block<'_>,
    lane: &mut Lane,
    row: usize,
    slab: &mut Slab,
) -> State {
    let (bytes, at) = (block.bytes(), block.place(lane.at));
    // The needle has both quotes of the key, and ends where the value begins. So that nobody waits
    // for it, that is taken from the writing, and the needle proves it.
    let (key, behind_key, _) = block.string_behind(at, 1);
    let value = block.place(behind_key + 1 + format.colon);
    let Some(number) = format.find(&bytes[key as usize..behind_key as usize]) else {
        return State::Failed;
    };
    let key = &format.keys[number];
    let twice = lane.seen >> number & 1;
    lane.seen |= 1 << number;
    let mut bad = vector.differences(block.look(at), &key.needle) | twice;
    let text = if block.look(value)[0] == b'"' {
        let (start, end, escaped) = block.string_behind(value, 1);
        bad |= u64::from(bytes[end as usize] ^ b'"');
        lane.at = end + 1;
        Text::quoted(start as usize, (end - start) as usize, escaped)
    } else {
        bare(block, value.number(), &mut lane.at, &mut bad)
    };
    if bad != 0 {
        return State::Failed;
    }
    slab.put(key.column, row, text);
    let behind = block.look(block.place(lane.at));
    if vector.differences(behind, &format.separator) == 0 {
        lane.at += format.separator.len();
        return State::Reads;
    }
    let ends = (lane.at + format.tail.len()) as usize == block.lines()[row].range().end;
    if ends && vector.differences(behind, &format.tail) == 0 { State::Done } else { State::Failed }
}

/// The value without quotes that begins at `start`: mostly a whole number.
#[inline(always)]
fn bare(block: Block<'_>, start: u32, at: &mut u32, bad: &mut u64) -> Text {
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

/// Puts the numbers of names into a column of [`NameId::NONE`] by a table of recent ones. Puts the
/// rows of those that are not in it into `missed`, which has room for all, and returns how many.
///
/// Which name comes next, and whether there is one, is anybody's guess: so there is no branch on it.
#[inline(always)]
pub(super) fn names<V: Vector>(
    vector: V,
    known: &Known,
    bytes: &[u8],
    texts: &[Text],
    column: &mut [NameId],
    missed: &mut [u32],
) -> usize {
    let missed = &mut missed[..texts.len()];
    // At the very edges of the bytes nothing is known.
    let last = bytes.len().saturating_sub(CHUNK);
    let around = |start: usize| {
        let from = start.min(last).max(BEFORE);
        (from == start, window::<{ size_of::<Window>() }>(bytes, (from - BEFORE) as u32))
    };
    let (mut row, mut count) = (0, 0);
    // Each look waits for the one before: so many names take the first one before any goes on.
    let mut found = [0; TOGETHER];
    for (texts, column) in texts.chunks(TOGETHER).zip(column.chunks_mut(TOGETHER)) {
        for (text, found) in texts.iter().zip(&mut found) {
            let (_, window) = around(text.written().0);
            *found = known.places[place(window, text.len())];
        }
        for ((&text, id), &found) in texts.iter().zip(column).zip(&found) {
            let (start, written) = text.written();
            let (inside, window) = around(start);
            let name = known.names[usize::from(found)];
            let here = window.last_chunk().unwrap_or(&[0; CHUNK]);
            let differs =
                u32::from(vector.differs(here, chunk(&known.text, name.start), text.len()))
                    | (name.written ^ written)
                    | u32::from(!inside);
            *id = select_unpredictable(differs != 0, NameId::NONE, name.id);
            missed[count] = row;
            count += usize::from(text.is_some()) & usize::from(differs != 0);
            row += 1;
        }
    }
    count
}

/// So many names are looked up together.
const TOGETHER: usize = 32;

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
