//! Lines whose keys come in any order, several side by side, key by key.

use super::block::Block;
use super::index::REACH;
use super::lanes::{GROUP, Picked, bare};
use super::vector::Vector;
use crate::parse::slab::Slab;
use crate::parse::unordered::Unordered;
use crate::record::Text;

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
    for rows in rows.chunks(GROUP) {
        let mut lanes = [Lane::default(); GROUP];
        let mut reading = Picked::default();
        for (number, (lane, &row)) in lanes.iter_mut().zip(rows).enumerate() {
            let (start, len) = block.lines()[row as usize].place();
            let start = block.place(start);
            let opens = vector.differences(block.look(start), &format.opening) == 0;
            let (at, end) = (start.number() + format.opening.len(), start.number() + len);
            *lane = Lane { at, end, counts: 0, seen: 0, fits: opens };
            reading.push_if(opens, number);
        }
        reading = round::<V, true>(vector, format, block, &mut lanes, rows, &reading, slab);
        while !reading.is_empty() {
            reading = round::<V, false>(vector, format, block, &mut lanes, rows, &reading, slab);
        }
        let failures = rows.iter().zip(&lanes).filter(|(_, lane)| !lane.fits);
        failed.extend(failures.map(|(row, _)| *row));
    }
}

/// A line whose keys come in any order, while it is read.
#[derive(Debug, Clone, Copy, Default)]
struct Lane {
    /// Behind the last value, or the opening quote of the first key.
    at: u32,
    /// Behind the line.
    end: u32,
    /// What counts of the needle that comes next, which begins with the closing quote of the last
    /// value: all of it, or all but that, if the value had none.
    counts: u64,
    /// One bit for each key that it has shown.
    seen: u64,
    fits: bool,
}

/// Reads one more key in every line that is not at its end, the `FIRST` or a further one; returns
/// those that have more.
#[inline(always)]
fn round<V: Vector, const FIRST: bool>(
    vector: V,
    format: &Unordered,
    block: Block<'_>,
    lanes: &mut [Lane; GROUP],
    rows: &[u32],
    reading: &Picked,
    slab: &mut Slab,
) -> Picked {
    let mut on = Picked::default();
    for number in reading.iter() {
        let (lane, row) = (&mut lanes[number], rows[number] as usize);
        on.push_if(pair::<V, FIRST>(vector, format, block, lane, row, slab), number);
    }
    on
}

/// Reads a key and its value, and what stands behind them at the end of the line; returns whether
/// there is more.
#[inline(always)]
fn pair<V: Vector, const FIRST: bool>(
    vector: V,
    format: &Unordered,
    block: Block<'_>,
    lane: &mut Lane,
    row: usize,
    slab: &mut Slab,
) -> bool {
    let quote = block.place(lane.at + if FIRST { 0 } else { format.separator });
    // The needle has both quotes of the key, and ends where the value begins. So that nobody waits
    // for it, that is taken from the writing, and the needle proves it. Of a key of more than 56 bytes
    // it hangs on its place whether its end is found; else it has a length that no key has.
    let (_, len, _) = block.string_near::<false>(quote, 1);
    let value = block.place(quote.number() + len + 2 + format.colon);
    let Some(number) = format.find(block.look(quote), len) else {
        lane.fits = false;
        return false;
    };
    let key = &format.keys[number];
    let twice = lane.seen >> number & 1;
    lane.seen |= 1 << number;
    let mut bad = twice
        | if FIRST {
            vector.differences(block.look(quote), &key.first)
        } else {
            vector.differences(block.look(block.before(lane.at, 1)), &key.next) & lane.counts
        };
    let text = if block.look(value)[0] == b'"' {
        let (start, mut len, mut escaped) = block.string_near::<true>(value, 1);
        if len == REACH {
            let end;
            (end, escaped) = block.end(start);
            len = end - start;
        }
        (lane.at, lane.counts) = (start + len + 1, u64::MAX);
        Text::quoted(start as usize, len as usize, escaped)
    } else {
        lane.counts = !1;
        bare(block, value.number(), &mut lane.at, &mut bad)
    };
    slab.put(key.column, row, text);
    let more = lane.at + format.after != lane.end;
    if !more {
        let tail = block.look(block.before(lane.at, 1));
        bad |= vector.differences(tail, &format.tail) & lane.counts;
    }
    lane.fits &= bad == 0;
    more && bad == 0
}
