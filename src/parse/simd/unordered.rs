//! Lines whose keys come in any order, several side by side, key by key.

use super::block::Block;
use super::lanes::bare;
use super::vector::Vector;
use crate::parse::slab::Slab;
use crate::parse::unordered::Unordered;
use crate::record::Text;

/// So many lines are read side by side.
const LANES: usize = 4;

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
