//! Lines in a known layout, several side by side.
//!
//! One line is a chain of looks and steps in which each waits for the one before. Several lines
//! are several chains: the processor goes on with one while another waits. So each step of a
//! layout is taken in all lanes before the next one.
//!
//! A line that does not fit goes on all the same, from wherever it has come to, and is told of at
//! its end. It cannot go far: every step begins within the block, and ends at the first byte that
//! no string holds, of which there is one behind the block.

use super::vector::{CHUNK, Vector};
use crate::parse::layout::Written;
use crate::parse::program::{Program, Step};
use crate::parse::recent::{Name, place};
use crate::parse::slab::Slab;
use crate::parse::token::{Kind, Tokens};
use crate::parse::unordered::Unordered;
use crate::record::{NameId, Text, hex4};

/// So many lines are read side by side.
const LANES: usize = 4;

/// So many bytes behind a block are looked at: a needle, a chunk behind it, and what one escape
/// and the byte behind a chunk add. They are line feeds.
pub(in crate::parse) const PADDING: usize = 4 * CHUNK;

/// A block of lines that are about to be read.
#[derive(Debug, Clone, Copy)]
pub(in crate::parse) struct Block<'a> {
    /// The block, behind it [`PADDING`] line feeds, and anything behind these.
    pub(in crate::parse) bytes: &'a [u8],
    /// The length of the block alone.
    pub(in crate::parse) len: usize,
    /// Where its lines stand.
    pub(in crate::parse) lines: &'a [Text],
}

/// 64 bytes from a place on.
#[inline(always)]
fn chunk(bytes: &[u8], at: usize) -> &[u8; CHUNK] {
    match bytes.get(at..).and_then(<[u8]>::first_chunk) {
        Some(chunk) => chunk,
        None => beyond(),
    }
}

#[cold]
#[inline(never)]
fn beyond() -> ! {
    unreachable!("no step leads beyond the padding of a block")
}

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
        let start = block.lines[row as usize].range().start;
        let differences = vector.differences(chunk(block.bytes, start), &first.needle);
        if differences == 0 { like.push(row) } else { unlike.push(row) }
    }
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
        let mut at: [usize; LANES] =
            std::array::from_fn(|lane| block.lines[row[lane]].range().start);
        let mut bad = [0_u64; LANES];
        for step in &program.steps {
            let column = slab.column_mut(step.column);
            // What kind of step it is is asked once for all lanes.
            match (step.written, step.optional) {
                (Written::String, false) => {
                    for lane in 0..LANES {
                        let (at, bad) = (&mut at[lane], &mut bad[lane]);
                        column[row[lane]] = required(vector, step, block, at, bad);
                    }
                }
                (Written::String, true) => {
                    for lane in 0..LANES {
                        let (at, bad) = (&mut at[lane], &mut bad[lane]);
                        column[row[lane]] = optional(vector, step, block, at, bad);
                    }
                }
                (Written::Bare, _) => {
                    for lane in 0..LANES {
                        let (at, bad) = (&mut at[lane], &mut bad[lane]);
                        column[row[lane]] = unquoted(vector, step, block, at, bad);
                    }
                }
            }
        }
        for (lane, &line) in group.iter().enumerate() {
            let behind = at[lane].min(block.len);
            let tail = vector.differences(chunk(block.bytes, behind), &program.tail);
            let end = behind + program.tail.len() == block.lines[row[lane]].range().end;
            if bad[lane] | tail != 0 || !end {
                failed.push(line);
            }
        }
    }
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
            let at = block.lines[row].range().start;
            let opens = vector.differences(chunk(block.bytes, at), &format.opening) == 0;
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
    at: usize,
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
    let (bytes, at) = (block.bytes, lane.at.min(block.len));
    let special = vector.special(chunk(bytes, at));
    // The second special byte, behind the opening quote, closes the key.
    let end = at + (special & special.wrapping_sub(1)).trailing_zeros() as usize;
    if bytes[at] != b'"' || bytes[end] != b'"' || end == at {
        return State::Failed;
    }
    let Some(number) = format.find(&bytes[at + 1..end]) else { return State::Failed };
    let key = &format.keys[number];
    let twice = lane.seen >> number & 1;
    lane.seen |= 1 << number;
    let mut bad = vector.differences(chunk(bytes, at), &key.needle) | twice;
    let value = at + key.needle.len();
    let text = if bytes[value] == b'"' {
        let start = value + 1;
        // What is known of these bytes already may tell the end of a short text.
        let known = special & u64::MAX.checked_shl((start - at) as u32).unwrap_or(0);
        let end = at + known.trailing_zeros() as usize;
        if bytes[end] == b'"' && known != 0 {
            lane.at = end + 1;
            Text::plain(start, end - start)
        } else {
            let special = vector.special(chunk(bytes, start));
            let (text, behind) = string(vector, block, start, special, &mut bad);
            lane.at = behind;
            text
        }
    } else {
        bare(block, value, &mut lane.at, &mut bad)
    };
    if bad != 0 {
        return State::Failed;
    }
    slab.put(key.column, row, text);
    let behind = chunk(bytes, lane.at);
    if vector.differences(behind, &format.separator) == 0 {
        lane.at += format.separator.len();
        return State::Reads;
    }
    let ends = lane.at + format.tail.len() == block.lines[row].range().end;
    if ends && vector.differences(behind, &format.tail) == 0 { State::Done } else { State::Failed }
}

/// Takes a step to a string that every line has.
#[inline(always)]
fn required<V: Vector>(
    vector: V,
    step: &Step,
    block: Block<'_>,
    at: &mut usize,
    bad: &mut u64,
) -> Text {
    let from = (*at).min(block.len);
    *bad |= vector.differences(chunk(block.bytes, from), &step.needle);
    let start = from + step.needle.len();
    let special = vector.special(chunk(block.bytes, start));
    let end = start + special.trailing_zeros() as usize;
    if block.bytes[end] == b'"' {
        *at = end + 1;
        return Text::plain(start, end - start);
    }
    let (text, behind) = string(vector, block, start, special, bad);
    *at = behind;
    text
}

/// Takes a step to a string that lines may lack. Whether a short one is there cannot be predicted:
/// both ways are gone, without a branch.
#[inline(always)]
fn optional<V: Vector>(
    vector: V,
    step: &Step,
    block: Block<'_>,
    at: &mut usize,
    bad: &mut u64,
) -> Text {
    let from = (*at).min(block.len);
    let here = vector.differences(chunk(block.bytes, from), &step.needle) == 0;
    let start = from + step.needle.len();
    let special = vector.special(chunk(block.bytes, start));
    let end = start + special.trailing_zeros() as usize;
    let mut text = Text::plain(start, end - start);
    let mut behind = end + 1;
    if here && block.bytes[end] != b'"' {
        (text, behind) = string(vector, block, start, special, bad);
    }
    *at = if here { behind } else { from };
    if here { text } else { Text::NONE }
}

/// Takes a step to a value without quotes.
#[inline(always)]
fn unquoted<V: Vector>(
    vector: V,
    step: &Step,
    block: Block<'_>,
    at: &mut usize,
    bad: &mut u64,
) -> Text {
    let from = (*at).min(block.len);
    let differences = vector.differences(chunk(block.bytes, from), &step.needle);
    if step.optional && differences != 0 {
        return Text::NONE;
    }
    *bad |= differences;
    bare(block, from + step.needle.len(), at, bad)
}

/// The string whose inside begins at `start`, and the place behind its closing quote. `special`
/// is of its first chunk, which does not have the closing quote as its first special byte.
#[inline(always)]
fn string<V: Vector>(
    vector: V,
    block: Block<'_>,
    start: usize,
    mut special: u64,
    bad: &mut u64,
) -> (Text, usize) {
    let bytes = block.bytes;
    let (mut from, mut escaped) = (start, false);
    loop {
        while special != 0 {
            let offset = special.trailing_zeros() as usize;
            let place = from + offset;
            match bytes[place] {
                b'"' => {
                    let (len, behind) = (place - start, place + 1);
                    let text =
                        if escaped { Text::escaped(start, len) } else { Text::plain(start, len) };
                    return (text, behind);
                }
                b'\\' => {
                    let Some(length) = escape(bytes, place) else {
                        *bad = 1;
                        return (Text::NONE, place);
                    };
                    escaped = true;
                    // What the escape holds is not looked at again.
                    let behind = offset + length;
                    if behind >= CHUNK {
                        from += behind - CHUNK;
                        special = 0;
                    } else {
                        special &= u64::MAX << behind;
                    }
                }
                _ => {
                    *bad = 1;
                    return (Text::NONE, place);
                }
            }
        }
        from += CHUNK;
        special = vector.special(chunk(bytes, from));
    }
}

/// The length of the escape at a backslash; `None` for one that is none, or half of a pair: the
/// general path mends those.
#[inline(always)]
fn escape(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes[at + 1] {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => match unit(bytes, at)? {
            0xd800..=0xdbff => matches!(unit(bytes, at + 6)?, 0xdc00..=0xdfff).then_some(12),
            0xdc00..=0xdfff => None,
            _ => Some(6),
        },
        _ => None,
    }
}

/// The UTF-16 unit of a whole `\uXXXX` at a place.
#[inline(always)]
fn unit(bytes: &[u8], at: usize) -> Option<u32> {
    let is_escape = bytes.get(at..at + 2)? == b"\\u";
    if is_escape { hex4(bytes, at + 2) } else { None }
}

/// The value without quotes that begins at `start`: mostly a whole number.
#[inline(always)]
fn bare(block: Block<'_>, start: usize, at: &mut usize, bad: &mut u64) -> Text {
    let bytes = block.bytes;
    let mut end = start;
    while bytes[end].is_ascii_digit() {
        end += 1;
    }
    let leads = bytes[start] == b'0' && end > start + 1;
    // What follows is the needle of the next step, which proves that the number ends here.
    if end > start && !leads && matches!(bytes[end], b',' | b'}' | b' ') {
        *at = end;
        return Text::plain(start, end - start);
    }
    rare(block, start, at, bad)
}

/// A value that is no whole number.
#[cold]
#[inline(never)]
fn rare(block: Block<'_>, start: usize, at: &mut usize, bad: &mut u64) -> Text {
    let block = &block.bytes[..block.len];
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
    *at = if fits { tokens.at() } else { start };
    text
}

/// The places of the line feeds of a block; returns whether it is all ASCII.
#[inline(always)]
pub(super) fn newlines<V: Vector>(vector: V, bytes: &[u8], places: &mut Vec<u32>) -> bool {
    let mut ascii = true;
    let (chunks, _) = bytes.as_chunks::<CHUNK>();
    let (groups, _) = chunks.as_chunks::<4>();
    for (number, group) in groups.iter().enumerate() {
        let (found, other) = vector.newlines(group);
        note(found, 4 * CHUNK * number, places);
        ascii &= !other;
    }
    let start = groups.len() * 4 * CHUNK;
    let mut last = [[b' '; CHUNK]; 4];
    last.as_flattened_mut()[..bytes.len() - start].copy_from_slice(&bytes[start..]);
    let (found, other) = vector.newlines(&last);
    note(found, start, places);
    ascii && !other
}

/// Notes the places of bits, of words that begin at a place.
#[inline(always)]
fn note(found: [u64; 4], start: usize, places: &mut Vec<u32>) {
    for (number, mut found) in found.into_iter().enumerate() {
        while found != 0 {
            places.push((start + CHUNK * number) as u32 + found.trailing_zeros());
            found &= found - 1;
        }
    }
}

/// Appends the numbers of names by a table of recent ones; those that are not in it are missed.
#[inline(always)]
pub(super) fn names<V: Vector>(
    vector: V,
    table: &[Name],
    bytes: &[u8],
    texts: &[Text],
    column: &mut Vec<NameId>,
    missed: &mut Vec<u32>,
) {
    for (row, &text) in texts.iter().enumerate() {
        let id =
            if text.is_some() { recent(vector, table, bytes, text) } else { Some(NameId::NONE) };
        if id.is_none() {
            missed.push(row as u32);
        }
        column.push(id.unwrap_or(NameId::NONE));
    }
}

#[inline(always)]
fn recent<V: Vector>(vector: V, table: &[Name], bytes: &[u8], text: Text) -> Option<NameId> {
    let known = &table[place(bytes, text)?];
    let chunk = bytes.get(text.range().start..).and_then(<[u8]>::first_chunk)?;
    let differs = vector.differences(chunk, &known.writing) != 0
        || known.writing.len() != text.range().len()
        || known.escaped != text.is_escaped();
    // An empty place is that of the empty text, which is a name like any other.
    (!differs && known.id.is_some()).then_some(known.id)
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
