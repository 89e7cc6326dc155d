//! Names that were met lately, so that most are not looked up in the big table.

use super::simd::{Needle, Processor};
use crate::record::{Interner, NameId, Text, unescaped};

/// A small table in which each name has one place. Names that share a place displace each other,
/// and are then found in the big table.
#[derive(Debug)]
pub(super) struct Recent {
    table: Vec<Name>,
    /// The generation of the interner that the numbers are of.
    generation: u64,
    /// Rows whose names are not in the table.
    missed: Vec<u32>,
}

/// A name as it is written, and its number. The writing includes whether there are escapes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    pub(super) writing: Needle,
    pub(super) escaped: bool,
    pub(super) id: NameId,
}

/// The places of the table; a power of two. Only those of names that come up are ever touched.
const PLACES: usize = 4096;

impl Recent {
    pub(super) fn new() -> Recent {
        Recent { table: Vec::new(), generation: 0, missed: Vec::new() }
    }

    /// Appends the numbers of names to a column; [`NameId::NONE`] where there is none. There are
    /// at least 64 bytes behind every name.
    pub(super) fn intern(
        &mut self,
        processor: Processor,
        bytes: &str,
        texts: &[Text],
        names: &mut Interner,
        column: &mut Vec<NameId>,
    ) {
        if self.generation != names.generation() {
            self.generation = names.generation();
            self.table.clear();
            // Nothing is written with no bytes and means NONE.
            let none = Name { writing: Needle::EMPTY, escaped: false, id: NameId::NONE };
            self.table.resize(PLACES, none);
        }
        self.missed.clear();
        let start = column.len();
        processor.names(&self.table, bytes.as_bytes(), texts, column, &mut self.missed);
        for &row in &self.missed {
            let text = texts[row as usize];
            let raw = &bytes[text.range()];
            let escaped = text.is_escaped();
            let id = if escaped { names.intern(&unescaped(raw)) } else { names.intern(raw) };
            column[start + row as usize] = id;
            if let (Some(at), Some(writing)) =
                (place(bytes.as_bytes(), text), Needle::new(raw.as_bytes()))
            {
                self.table[at] = Name { writing, escaped, id };
            }
        }
    }
}

/// The place of a name by its first eight bytes (fewer of a shorter one), its last eight and its
/// length; none for a name at the very edge of a block. Needs no seed: whoever aims at one place
/// only slows himself down.
#[inline]
pub(super) fn place(bytes: &[u8], text: Text) -> Option<usize> {
    let range = text.range();
    let first = u64::from_le_bytes(*bytes.get(range.start..)?.first_chunk()?);
    let last = u64::from_le_bytes(*bytes.get(range.end.checked_sub(8)?..)?.first_chunk()?);
    let first = first & MASKS[range.len().min(8)];
    let mixed = first ^ last.rotate_left(29) ^ range.len() as u64;
    Some((mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize % PLACES)
}

/// The first so many bytes of a word.
const MASKS: [u64; 9] = {
    let mut masks = [u64::MAX; 9];
    let mut len = 0;
    while len < 8 {
        masks[len] = (1 << (8 * len)) - 1;
        len += 1;
    }
    masks
};

#[cfg(test)]
mod tests {
    use super::super::Simd;
    use super::*;
    use crate::record::Seed;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_those_of_the_big_table(
            picks in prop::collection::vec(
                ("[ab]{0,3}|[ab]{6,10}|[ab]{14,18}|[ab]{30,35}|[ab]{60,70}", any::<bool>()), 0..60,
            ),
            kind in prop::sample::select(Simd::ALL.to_vec()),
        ) {
            // Names stand one behind the other, some with an escape in front.
            let (mut bytes, mut texts, mut wanted) = (String::new(), Vec::new(), Vec::new());
            let mut names = Interner::new(Seed(1));
            for (name, escaped) in &picks {
                let start = bytes.len();
                let raw = if *escaped { format!("\\u0061{name}") } else { name.clone() };
                bytes += &raw;
                let text = if *escaped { Text::escaped } else { Text::plain };
                texts.push(text(start, raw.len()));
                wanted.push(names.intern(&if *escaped { format!("a{name}") } else { name.clone() }));
            }
            texts.push(Text::NONE);
            wanted.push(NameId::NONE);
            bytes += &" ".repeat(64);
            let (mut recent, mut column) = (Recent::new(), Vec::new());
            let processor = Processor::new(kind.0);
            recent.intern(processor, &bytes, &texts, &mut names, &mut column);
            recent.intern(processor, &bytes, &texts, &mut names, &mut column);
            prop_assert_eq!(&column[..texts.len()], &wanted[..]);
            prop_assert_eq!(&column[texts.len()..], &wanted[..]);
        }
    }
}
