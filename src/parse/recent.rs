//! Names that were met lately, so that most are not looked up in the big table.

use crate::record::{Interner, NameId, Text, unescaped};

/// A small table in which each name has one place. Names that share a place displace each other,
/// and are then found in the big table.
#[derive(Debug)]
pub(super) struct Recent {
    slots: Vec<(Print, NameId)>,
    /// The generation of the interner that the numbers are of.
    generation: u64,
}

const SLOTS: usize = 1024;
/// Longer names are looked up as ever.
const LONGEST: usize = 48;

/// All there is to know of a name of up to [`LONGEST`] bytes, its writing included: its bytes in
/// words that overlap, and its length.
#[derive(Debug, Clone, Copy)]
struct Print {
    words: [u64; 6],
    /// With the highest bit set for a name with escapes.
    len: u32,
}

impl Print {
    /// Of no name: a name has a length.
    const NONE: Print = Print { words: [0; 6], len: 0 };

    /// The print of the name at a place.
    fn of(bytes: &[u8], text: Text) -> Option<Print> {
        let place = text.range();
        let (start, end, len) = (place.start, place.end, place.len());
        let word = |at: usize| Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        let mut words = [0; 6];
        match len {
            0 => return None,
            1..8 => words[0] = word(start)? & (u64::MAX >> (64 - 8 * len)),
            8..=16 => [words[0], words[1]] = [word(start)?, word(end - 8)?],
            17..=32 => {
                [words[0], words[1]] = [word(start)?, word(end - 8)?];
                [words[2], words[3]] = [word(start + 8)?, word(end - 16)?];
            }
            33..=LONGEST => {
                [words[0], words[1]] = [word(start)?, word(end - 8)?];
                [words[2], words[3]] = [word(start + 8)?, word(end - 16)?];
                [words[4], words[5]] = [word(start + 16)?, word(end - 24)?];
            }
            _ => return None,
        }
        Some(Print { words, len: len as u32 | u32::from(text.is_escaped()) << 31 })
    }

    /// Whether both are of the same name. (The derived way would call a function.)
    #[inline(always)]
    fn is(&self, other: &Print) -> bool {
        let [a, b, c, d, e, f] = self.words;
        let [u, v, w, x, y, z] = other.words;
        let words = (a ^ u) | (b ^ v) | (c ^ w) | (d ^ x) | (e ^ y) | (f ^ z);
        words | u64::from(self.len ^ other.len) == 0
    }

    /// Where it stands. Needs no seed: whoever aims at one place only slows himself down.
    fn place(&self) -> usize {
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        let [first, last, second, ..] = self.words;
        let mixed = (first ^ last.rotate_left(29) ^ second.rotate_left(13)) ^ u64::from(self.len);
        (mixed.wrapping_mul(SPREAD) >> 32) as usize % SLOTS
    }
}

impl Recent {
    pub(super) fn new() -> Recent {
        Recent { slots: vec![(Print::NONE, NameId::NONE); SLOTS], generation: 0 }
    }

    /// Appends the numbers of names to a column; [`NameId::NONE`] where there is none.
    pub(super) fn intern(
        &mut self,
        bytes: &str,
        texts: &[Text],
        names: &mut Interner,
        column: &mut Vec<NameId>,
    ) {
        if self.generation != names.generation() {
            self.generation = names.generation();
            self.slots.fill((Print::NONE, NameId::NONE));
        }
        column.extend(texts.iter().map(|&text| {
            if !text.is_some() {
                return NameId::NONE;
            }
            let Some(print) = Print::of(bytes.as_bytes(), text) else {
                return look_up(bytes, text, names);
            };
            let (known, id) = &mut self.slots[print.place()];
            if !known.is(&print) {
                *id = look_up(bytes, text, names);
                *known = print;
            }
            *id
        }));
    }
}

/// The number of a name by the big table.
fn look_up(bytes: &str, text: Text, names: &mut Interner) -> NameId {
    let raw = &bytes[text.range()];
    if text.is_escaped() { names.intern(&unescaped(raw)) } else { names.intern(raw) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Seed;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_those_of_the_big_table(
            picks in prop::collection::vec(("[ab]{0,3}|[ab]{6,10}|[ab]{14,18}|[ab]{30,35}|[ab]{46,50}", any::<bool>()), 0..60),
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
            bytes += "        ";
            let (mut recent, mut column) = (Recent::new(), Vec::new());
            recent.intern(&bytes, &texts, &mut names, &mut column);
            recent.intern(&bytes, &texts, &mut names, &mut column);
            prop_assert_eq!(&column[..picks.len()], &wanted[..]);
            prop_assert_eq!(&column[picks.len()..], &wanted[..]);
        }
    }
}
