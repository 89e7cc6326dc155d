//! Names that were met lately, so that most are not looked up in the big table.

use super::simd::Processor;
use crate::record::{Interner, NameId, Text, unescaped};

/// A small table in which each name has one place. Names that share a place displace each other,
/// and are then found in the big table.
#[derive(Debug)]
pub(super) struct Recent {
    known: Known,
    /// The generation of the interner that the numbers are of.
    generation: u64,
    /// Rows whose names are not in the table.
    missed: Vec<u32>,
}

/// The table. Between two blocks it leaves the nearest cache, so that what is looked at of it lies
/// close together.
#[derive(Debug)]
pub(super) struct Known {
    /// The number of the name at each place.
    pub(super) places: Box<[u16; PLACES]>,
    /// The names; the first is that of an empty place.
    pub(super) names: Vec<Name>,
    /// The names as they are written, and then [`LONGEST`] bytes at least.
    pub(super) text: Vec<u8>,
}

/// A name as it is written, and its number in the big table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    /// Where it begins in the text of the table.
    pub(super) start: u32,
    /// Its length and whether there are escapes, as [`Text::written`] has it; no text has that of
    /// an empty place.
    pub(super) written: u32,
    pub(super) id: NameId,
    /// How many bytes there are for it.
    room: u32,
}

/// The places of the table; a power of two.
pub(super) const PLACES: usize = 4096;

/// The longest name that has a place.
pub(super) const LONGEST: usize = 64;

/// So many bytes of names are kept at most; then the table begins anew.
const MAX_TEXT: usize = 128 << 10;

/// What is looked at of a name: the bytes before it, and as many from its beginning on as the
/// longest has.
pub(super) type Window = [u8; BEFORE + LONGEST];

/// So many bytes before a name are looked at.
pub(super) const BEFORE: usize = 8;

impl Recent {
    pub(super) fn new() -> Recent {
        Recent { known: Known::new(), generation: 0, missed: Vec::new() }
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
        let Recent { known, generation, missed } = self;
        if *generation != names.generation() {
            *generation = names.generation();
            known.clear();
        }
        let start = column.len();
        column.resize(start + texts.len(), NameId::NONE);
        if !texts.iter().any(|text| text.is_some()) {
            return;
        }
        missed.resize(missed.len().max(texts.len()), 0);
        debug_assert!(bytes.len() >= size_of::<Window>());
        let count = processor.names(known, bytes.as_bytes(), texts, &mut column[start..], missed);
        for &row in &missed[..count] {
            let text = texts[row as usize];
            let raw = &bytes[text.range()];
            let escaped = text.is_escaped();
            let id = if escaped { names.intern(&unescaped(raw)) } else { names.intern(raw) };
            column[start + row as usize] = id;
            known.remember(bytes.as_bytes(), text, id);
        }
    }
}

impl Known {
    fn new() -> Known {
        let mut known =
            Known { places: Box::new([0; PLACES]), names: Vec::new(), text: Vec::new() };
        known.clear();
        known
    }

    fn clear(&mut self) {
        self.places.fill(0);
        self.names.clear();
        self.names.push(Name { start: 0, written: u32::MAX, id: NameId::NONE, room: 0 });
        self.text.clear();
        self.text.resize(LONGEST, 0);
    }

    /// Puts a name at its place, unless it is too long or stands at the very edge of the bytes.
    fn remember(&mut self, bytes: &[u8], text: Text, id: NameId) {
        let (begin, written) = text.written();
        let raw = &bytes[text.range()];
        let window = begin.checked_sub(BEFORE).and_then(|at| bytes[at..].first_chunk());
        let Some(window) = window.filter(|_| raw.len() <= LONGEST) else { return };
        if self.text.len() > MAX_TEXT {
            self.clear();
        }
        let place = &mut self.places[place(window, raw.len())];
        let before = self.names[usize::from(*place)];
        let (mut start, mut room) = (before.start as usize, before.room);
        if raw.len() > room as usize || *place == 0 {
            (start, room) = (self.text.len() - LONGEST, raw.len() as u32);
            self.text.resize(start + raw.len() + LONGEST, 0);
        }
        self.text[start..start + raw.len()].copy_from_slice(raw);
        let name = Name { start: start as u32, written, id, room };
        if *place == 0 {
            // There are fewer places than numbers.
            *place = self.names.len() as u16;
            self.names.push(name);
        } else {
            self.names[usize::from(*place)] = name;
        }
    }
}

/// The place of a name of a length by its first eight bytes (fewer of a shorter one), its last
/// eight and its length. Needs no seed: whoever aims at one place only slows himself down.
#[inline]
pub(super) fn place(window: &Window, len: usize) -> usize {
    let len = len.min(LONGEST);
    let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| window[at + byte]));
    let (first, last) = (word(BEFORE) & MASKS[len.min(8)], word(len + BEFORE - 8));
    let mixed = first ^ last.rotate_left(29) ^ len as u64;
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize % PLACES
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
            bytes += &" ".repeat(80);
            let (mut recent, mut column) = (Recent::new(), Vec::new());
            let processor = Processor::new(kind.0);
            recent.intern(processor, &bytes, &texts, &mut names, &mut column);
            recent.intern(processor, &bytes, &texts, &mut names, &mut column);
            prop_assert_eq!(&column[..texts.len()], &wanted[..]);
            prop_assert_eq!(&column[texts.len()..], &wanted[..]);
        }
    }
}
