//! Names that were met lately, so that most are not looked up in the big table.

use crate::record::{Batch, NameId, Text};

/// A small table in which each name has one place, by its length and its last bytes.
#[derive(Debug)]
pub(super) struct Recent {
    slots: Vec<(Box<[u8]>, bool, NameId)>,
    /// The generation of the interner that the numbers are of.
    generation: u64,
}

const SLOTS: usize = 256;
/// Longer names are looked up as ever.
const LONGEST: usize = 128;

impl Recent {
    pub(super) fn new() -> Recent {
        Recent { slots: vec![(Box::default(), false, NameId::NONE); SLOTS], generation: 0 }
    }

    /// The number of a name, see [`Batch::intern`].
    pub(super) fn intern(&mut self, batch: &mut Batch, text: Text) -> NameId {
        if self.generation != batch.names.generation() {
            self.generation = batch.names.generation();
            self.slots.fill((Box::default(), false, NameId::NONE));
        }
        let name = &batch.bytes.as_bytes()[text.range()];
        if name.is_empty() || name.len() > LONGEST {
            return batch.intern(text);
        }
        let slot = place(name);
        // An escaped name may be equal to a plain one in writing and differ in meaning.
        let (known, escaped, id) = &self.slots[slot];
        if *escaped == text.is_escaped() && **known == *name {
            return *id;
        }
        let copy = name.into();
        let id = batch.intern(text);
        self.slots[slot] = (copy, text.is_escaped(), id);
        id
    }
}

/// The last bytes of names differ most: identifiers count upwards.
fn place(name: &[u8]) -> usize {
    let len = name.len();
    let at = |back: usize| usize::from(name[len - back.min(len)]);
    (at(1) ^ at(2) << 3 ^ at(3) << 5 ^ at(len / 2 + 1) << 2 ^ len << 4) % SLOTS
}
