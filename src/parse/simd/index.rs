//! What a block is searched for once, before anybody reads lines in it: line feeds, the ends of
//! strings, escapes.
//!
//! Every byte is looked at exactly once and nearly without branches, however many escapes texts
//! have and wherever lines end. Lanes then find the end of a string by looking at the next bits.
//! This module knows neither lines nor keys: what stands outside of strings is judged by whoever
//! compares it with a layout.

use super::block::PADDING;
use super::vector::{CHUNK, Vector, chunk, window};
use crate::record::hex4;

/// What [`Marks::length`] says of a string whose end it has not found. All that it finds are shorter;
/// those of up to 56 bytes are always found.
pub(super) const REACH: u32 = u64::BITS;
/// Every second bit.
const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
/// So many chunks are looked at before some of them are looked at again: they are still in the nearest
/// cache then.
const STRETCH: usize = 128;
/// So many bytes of a bitmap are there behind the last chunk, so that a word can begin anywhere.
const SPARE: usize = 16;

/// Where things stand in a block. Bitmaps have one bit for each byte, the first in the lowest.
#[derive(Debug, Default)]
pub(in crate::parse) struct Index {
    /// What ends the search for the end of a string: quotes that are not escaped, control
    /// characters, and the backslashes of escapes that JSON does not have or that are half a pair.
    stops: Vec<u8>,
    /// The backslashes that begin an escape.
    escapes: Vec<u8>,
    /// The places of line feeds.
    newlines: Vec<u32>,
}

/// The bitmaps of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks<'a> {
    stops: &'a [u8],
    escapes: &'a [u8],
}

impl Index {
    /// The places of the line feeds of the block.
    pub(in crate::parse) fn newlines(&self) -> &[u32] {
        &self.newlines
    }

    pub(super) fn marks(&self) -> Marks<'_> {
        Marks { stops: &self.stops, escapes: &self.escapes }
    }
}

impl Marks<'_> {
    /// Whether words can be read from every place up to this one.
    pub(super) fn reach(self, at: usize) -> bool {
        self.stops.len().min(self.escapes.len()) >= at / 8 + 8
    }

    /// The end of the string whose inside begins at a place: the first stop from there on, and
    /// whether there are escapes before it.
    #[inline(always)]
    pub(super) fn end(self, start: u32) -> (u32, bool) {
        let (stops, escapes) = (word(self.stops, start), word(self.escapes, start));
        if stops == 0 {
            return self.far(start, escapes);
        }
        (start + stops.trailing_zeros(), escapes & up_to(stops) != 0)
    }

    /// The length of that string instead, without a branch; [`REACH`] for one that may be longer.
    /// Escapes are only looked for if `ESCAPES` says so.
    ///
    /// # Safety
    ///
    /// The marks must [reach](Marks::reach) to the place.
    #[inline(always)]
    #[expect(unsafe_code, reason = "two comparisons less for each step of each line")]
    pub(super) unsafe fn length<const ESCAPES: bool>(self, start: u32) -> (u32, bool) {
        let word = |bits: &[u8]| {
            // SAFETY: the caller has made sure that eight bytes are there.
            let bytes: [u8; 8] = unsafe { *bits.as_ptr().add(start as usize / 8).cast() };
            u64::from_le_bytes(bytes) >> (start % 8)
        };
        let stops = word(self.stops);
        let escaped = ESCAPES && word(self.escapes) & up_to(stops) != 0;
        (stops.trailing_zeros(), escaped)
    }

    /// The same for a string that is longer than a word tells. A call, so that the many short ones
    /// have all registers.
    #[inline(never)]
    fn far(self, start: u32, mut escapes: u64) -> (u32, bool) {
        let mut at = start / 8 * 8 + 64;
        loop {
            let (stops, more) = (word(self.stops, at), word(self.escapes, at));
            if stops != 0 {
                escapes |= more & up_to(stops);
                return (at + stops.trailing_zeros(), escapes != 0);
            }
            escapes |= more;
            at += 64;
        }
    }
}

/// The bits up to the first that is set, and that; all of them if none is.
#[inline(always)]
fn up_to(bits: u64) -> u64 {
    bits ^ bits.wrapping_sub(1)
}

/// The bits from a place on, at least 57 of them; what is missing is 0.
#[inline(always)]
fn word(bits: &[u8], at: u32) -> u64 {
    u64::from_le_bytes(*window(bits, at / 8)) >> (at % 8)
}

/// Finds everything in the first `len` bytes, behind which there are [`PADDING`] line feeds;
/// returns whether all of them are ASCII.
#[inline(always)]
pub(super) fn index<V: Vector>(vector: V, bytes: &[u8], len: usize, index: &mut Index) -> bool {
    let (chunks, _) = bytes[..len + PADDING].as_chunks::<CHUNK>();
    let Index { stops, escapes, newlines } = index;
    for bits in [&mut *stops, escapes] {
        bits.resize(chunks.len() * 8 + SPARE, 0);
    }
    newlines.clear();
    let mut all = vector.none();
    let mut judge = Judge { bytes, stops, escapes, paired: u32::MAX, carried: u32::MAX };
    let (mut busy, mut waiting) = ([0; 2 * STRETCH], 0);
    for (stretch, chunks) in chunks.chunks(STRETCH).enumerate() {
        let first = stretch * STRETCH;
        // One length for all: then the compiler knows that what is written is there.
        let count = chunks.len();
        let stop_words = &mut judge.stops[8 * first..].as_chunks_mut::<8>().0[..count];
        let escape_words = &mut judge.escapes[8 * first..].as_chunks_mut::<8>().0[..count];
        let (mut ends, mut ended) = ([0; STRETCH], 0);
        for number in 0..count.min(STRETCH) {
            let seen = vector.look(&chunks[number]);
            all = vector.join(all, &chunks[number]);
            stop_words[number] = seen.stops.to_le_bytes();
            escape_words[number] = seen.backslashes.to_le_bytes();
            // Written in any case, and kept only if there is something: what a chunk has cannot be
            // predicted.
            busy[waiting % (2 * STRETCH)] = (first + number) as u32;
            waiting += usize::from(seen.backslashes != 0);
            ends[ended % STRETCH] = number as u32;
            ended += usize::from(seen.controls != 0);
        }
        for &number in &ends[..ended] {
            let found = vector.newlines(&chunks[number as usize]);
            note(found, CHUNK as u32 * (first as u32 + number), newlines);
        }
        // What is escaped at the beginning of a stretch is taken out of the stops when these are there.
        let last = (first + STRETCH - 1) as u32;
        let waits = usize::from(waiting > 0 && busy[waiting - 1] == last);
        for &number in &busy[..waiting - waits] {
            judge.chunk(vector, number);
        }
        (busy[0], waiting) = (last, waits);
    }
    if waiting > 0 {
        judge.chunk(vector, busy[0]);
    }
    // The last ones are padding.
    newlines.truncate(newlines.partition_point(|&place| (place as usize) < len));
    vector.is_ascii(all)
}

/// Notes the places of the bits of a word that begins at a place.
#[inline(always)]
fn note(mut found: u64, start: u32, places: &mut Vec<u32>) {
    while found != 0 {
        places.push(start + found.trailing_zeros());
        found &= found - 1;
    }
}

/// What goes over the chunks with backslashes, in order.
struct Judge<'a> {
    bytes: &'a [u8],
    stops: &'a mut [u8],
    /// All backslashes; those in the chunks that have been judged begin an escape.
    escapes: &'a mut [u8],
    /// The place of the last second half of a pair.
    paired: u32,
    /// The number of the chunk whose first byte is part of an escape in the one before.
    carried: u32,
}

impl Judge<'_> {
    /// Takes escaped quotes out of the stops of a chunk, and adds the escapes that are none.
    #[inline(always)]
    fn chunk<V: Vector>(&mut self, vector: V, number: u32) {
        let at = number as usize * 8;
        let Some(escapes) = self.escapes[at..].first_chunk_mut::<8>() else { return };
        let carry = u64::from(self.carried == number);
        let (starts, behind) = escape_starts(u64::from_le_bytes(*escapes), carry);
        *escapes = starts.to_le_bytes();
        self.carried = if starts >> 63 == 0 { u32::MAX } else { number + 1 };
        let start = CHUNK as u32 * number;
        let (simple, units) = vector.escapes(chunk(self.bytes, start + 1), starts);
        let mut wrong = starts & !simple & !units;
        if units != 0 {
            wrong |= self.wrong_units(start, units);
        }
        // What stands behind a backslash and is neither a quote nor a backslash is no stop, unless wrong.
        let Some(stops) = self.stops[at..].first_chunk_mut::<9>() else { return };
        let word = u64::from_le_bytes(*stops.first_chunk().unwrap_or(&[0; 8]));
        let word = word & !behind | wrong;
        *stops.first_chunk_mut().unwrap_or(&mut [0; 8]) = word.to_le_bytes();
        stops[8] &= !((starts >> 63) as u8);
    }

    /// Of some `\u` those which are none, or half of a pair.
    #[inline(always)]
    fn wrong_units(&mut self, start: u32, mut units: u64) -> u64 {
        let mut wrong = 0;
        while units != 0 {
            let place = start + units.trailing_zeros();
            if place != self.paired {
                match unit(self.bytes, place) {
                    Some(0xd800..=0xdbff)
                        if matches!(unit(self.bytes, place + 6), Some(0xdc00..=0xdfff)) =>
                    {
                        self.paired = place + 6;
                    }
                    Some(0xd800..=0xdfff) | None => wrong |= units & units.wrapping_neg(),
                    Some(_) => {}
                }
            }
            units &= units - 1;
        }
        wrong
    }
}

/// The backslashes that begin escapes, and what stands behind one. `carry` is whether the last
/// byte of the chunk before began one.
#[inline(always)]
fn escape_starts(backslashes: u64, carry: u64) -> (u64, u64) {
    // As simdjson does it: in a row of backslashes every other one begins an escape. Subtraction
    // carries through the row, and every second bit tells whether it began at an even place.
    let open = backslashes & !carry;
    let codes = (open << 1 | ODD).wrapping_sub(open) ^ ODD;
    (codes & backslashes, codes ^ (backslashes | carry))
}

/// The UTF-16 unit of a whole `\uXXXX` at a place.
#[inline(always)]
fn unit(bytes: &[u8], at: u32) -> Option<u32> {
    let &[b'\\', b'u', a, b, c, d] = window(bytes, at) else { return None };
    hex4(&[a, b, c, d], 0)
}
