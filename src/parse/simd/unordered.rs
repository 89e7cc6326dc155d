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
            let at = block.place(block.lines()[row as usize].place().0);
            let opens = vector.differences(block.look(at), &format.opening) == 0;
            *lane = Lane { at: at.number() + format.opening.len(), seen: 0, fits: opens };
            reading.push_if(opens, number);
        }
        // In each round every line that is not at its end has one more key.
        while !reading.is_empty() {
            let mut on = Picked::default();
            for number in reading.iter() {
                let (lane, row) = (&mut lanes[number], rows[number] as usize);
                on.push_if(pair(vector, format, block, lane, row, slab), number);
            }
            reading = on;
        }
        let failures = rows.iter().zip(&lanes).filter(|(_, lane)| !lane.fits);
        failed.extend(failures.map(|(row, _)| *row));
    }
}

/// A line whose keys come in any order, while it is read.
#[derive(Debug, Clone, Copy, Default)]
struct Lane {
    /// The opening quote of the next key.
    at: u32,
    /// One bit for each key that it has shown.
    seen: u64,
    fits: bool,
}

/// Reads a key, its value, and what stands behind it; returns whether there is more.
#[inline(always)]
fn pair<V: Vector>(
    vector: V,
    format: &Unordered,
    block: Block<'_>,
    lane: &mut Lane,
    row: usize,
    slab: &mut Slab,
) -> bool {
    let at = block.place(lane.at);
    // The needle has both quotes of the key, and ends where the value begins. So that nobody waits
    // for it, that is taken from the writing, and the needle proves it. Of a key of more than 56 bytes
    // it hangs on its place whether its end is found; else it has a length that no key has.
    let (_, len, _) = block.string_near::<false>(at, 1);
    let value = block.place(at.number() + len + 2 + format.colon);
    let Some(number) = format.find(block.look(at), len) else {
        lane.fits = false;
        return false;
    };
    let key = &format.keys[number];
    let twice = lane.seen >> number & 1;
    lane.seen |= 1 << number;
    let mut bad = vector.differences(block.look(at), &key.needle) | twice;
    let text = if block.look(value)[0] == b'"' {
        let (start, mut len, mut escaped) = block.string_near::<true>(value, 1);
        if len == REACH {
            let end;
            (end, escaped) = block.end(start);
            len = end - start;
        }
        bad |= u64::from(block.bytes()[(start + len) as usize] ^ b'"');
        lane.at = start + len + 1;
        Text::quoted(start as usize, len as usize, escaped)
    } else {
        bare(block, value.number(), &mut lane.at, &mut bad)
    };
    slab.put(key.column, row, text);
    let behind = block.look(block.place(lane.at));
    let more = vector.differences(behind, &format.separator) == 0;
    if !more {
        let end = block.lines()[row].place();
        bad |= vector.differences(behind, &format.tail);
        bad |= u64::from((lane.at + format.tail.len()) ^ (end.0 + end.1));
    }
    lane.at += format.separator.len();
    lane.fits &= bad == 0;
    more && bad == 0
}
