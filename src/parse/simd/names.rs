//! Names by a table of recent ones, a whole column at once.

use std::hint::select_unpredictable;

use super::vector::{CHUNK, Vector, window};
use crate::parse::recent::{BEFORE, Known, Window};
use crate::record::{NameId, Text};

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
    let last = bytes.len().saturating_sub(CHUNK) as u32;
    let mut count = 0;
    for (row, (text, id)) in texts.iter().zip(column).enumerate() {
        let (start, len) = text.place();
        let from = start.min(last).max(BEFORE as u32);
        let window: &Window = window(bytes, from - BEFORE as u32);
        let name = known.at(window, len);
        let here = window.last_chunk().unwrap_or(&[0; CHUNK]);
        let differs = u32::from(vector.differs(here, name.written(), len as usize))
            | (name.len() ^ len)
            | (start ^ from);
        *id = select_unpredictable(differs != 0, NameId::NONE, name.id());
        missed[count] = row as u32;
        count += usize::from(text.is_some()) & usize::from(differs != 0);
    }
    count
}
