//! Names that were met lately, so that most are not looked up in the big table.

use super::columns::has_escapes;
use super::simd::Processor;
use crate::record::{Interner, NameId, Text, unescaped};

/// A small table in which each name has one place. Of names that share a place one stands beside
/// it, and the others are in the big table only.
#[derive(Debug)]
pub(super) struct Recent {
    known: Known,
    /// The generation of the interner that the numbers are of.
    generation: u64,
    /// Rows whose names are not in the table.
    missed: Vec<u32>,
}

/// The table.
#[derive(Debug)]
pub(super) struct Known {
    names: Box<[Name; PLACES]>,
    /// The name that was found beside its place last, in this column.
    displaced: NameId,
}

/// A name as it is written, its length, and its number in the big table: one line of the
/// processor's cache.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Name([u8; LOOKED_AT]);

/// The places of the table; a power of two.
const PLACES: usize = 4096;

/// The longest name that has a place.
const LONGEST: usize = LOOKED_AT - 8;

/// So many bytes of the input are looked at from the beginning of a name on,
const LOOKED_AT: usize = 64;

/// and so many before it.
pub(super) const BEFORE: usize = 8;

/// What is looked at of a name.
pub(super) type Window = [u8; BEFORE + LOOKED_AT];

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
        known.displaced = NameId::NONE;
        for &row in &missed[..count] {
            let text = texts[row as usize];
            let id = known.find(bytes.as_bytes(), text).unwrap_or_else(|| {
                let raw = &bytes[text.range()];
                let escaped = has_escapes(bytes.as_bytes(), text);
                let id = if escaped { names.intern(&unescaped(raw)) } else { names.intern(raw) };
                known.remember(bytes.as_bytes(), text, id);
                id
            });
            column[start + row as usize] = id;
        }
    }
}

impl Known {
    fn new() -> Known {
        let names = vec![Name::EMPTY; PLACES].into_boxed_slice().try_into();
        let names = names.unwrap_or_else(|_| unreachable!("there are as many names as places"));
        Known { names, displaced: NameId::NONE }
    }

    fn clear(&mut self) {
        self.names.fill(Name::EMPTY);
    }

    /// The only name of the table that one of a length can be: by its first eight bytes, its last
    /// eight, which may be some that stand before or behind it, and its length. Needs no seed:
    /// whoever aims at one place only slows himself down.
    #[inline]
    pub(super) fn at(&self, window: &Window, len: u32) -> &Name {
        &self.names[place(window, len)]
    }

    /// A name that stands beside its place, or that has come into the table since it was missed.
    ///
    /// The misses of a column come behind its hits: so whoever is met twice in a row beside its
    /// place takes that, and whoever is rare does not displace what every block has many of.
    fn find(&mut self, bytes: &[u8], text: Text) -> Option<NameId> {
        let (home, written) = (home(bytes, text)?, &bytes[text.range()]);
        let is_it = |name: &&Name| {
            name.len() as usize == written.len() && name.written().starts_with(written)
        };
        if let Some(name) = Some(&self.names[home]).filter(is_it) {
            return Some(name.id());
        }
        let id = Some(&self.names[beside(home)]).filter(is_it)?.id();
        if std::mem::replace(&mut self.displaced, id) == id {
            self.names.swap(home, beside(home));
        }
        Some(id)
    }

    /// Puts a name at its place if that is empty, or else beside it.
    fn remember(&mut self, bytes: &[u8], text: Text, id: NameId) {
        let Some(home) = home(bytes, text) else { return };
        let place = if self.names[home].is_empty() { home } else { beside(home) };
        self.names[place] = Name::new(&bytes[text.range()], id);
    }
}

/// The place of a name, unless it is too long or stands at the very edge of the bytes.
fn home(bytes: &[u8], text: Text) -> Option<usize> {
    let range = text.range();
    let window = bytes[range.start.checked_sub(BEFORE)?..].first_chunk()?;
    (range.len() <= LONGEST).then(|| place(window, range.len() as u32))
}

/// Where what is displaced from a place goes.
fn beside(place: usize) -> usize {
    place ^ 1
}

impl Name {
    /// No name: none is as long as it says.
    const EMPTY: Name = Name([u8::MAX; LOOKED_AT]);

    fn new(written: &[u8], id: NameId) -> Name {
        let mut all = [0; LOOKED_AT];
        all[..written.len()].copy_from_slice(written);
        all[LONGEST..LONGEST + 4].copy_from_slice(&(written.len() as u32).to_le_bytes());
        all[LONGEST + 4..].copy_from_slice(&id.0.to_le_bytes());
        Name(all)
    }

    /// The name as it is written, and then anything.
    #[inline]
    pub(super) fn written(&self) -> &[u8; LOOKED_AT] {
        &self.0
    }

    #[inline]
    pub(super) fn len(&self) -> u32 {
        u32::from_le_bytes(std::array::from_fn(|at| self.0[LONGEST + at]))
    }

    fn is_empty(&self) -> bool {
        self.len() == u32::MAX
    }

    #[inline]
    pub(super) fn id(&self) -> NameId {
        NameId(u32::from_le_bytes(std::array::from_fn(|at| self.0[LONGEST + 4 + at])))
    }
}

/// A place that is mostly different for different names.
#[inline]
fn place(window: &Window, len: u32) -> usize {
    let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| window[at + byte]));
    let (first, last) = (word(BEFORE), word((len as usize).min(LOOKED_AT)));
    let mixed = first ^ last.rotate_left(29) ^ u64::from(len);
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize % PLACES
}

#[cfg(test)]
mod tests {
    use super::super::Simd;
    use super::*;
    use crate::record::Seed;
    use proptest::prelude::*;

    /// What is rare costs what is usual nothing, although they share a place.
    #[test]
    fn whoever_is_met_often_is_at_its_place() {
        let text = |name: &str| format!("        {name}{}", " ".repeat(LOOKED_AT));
        let of = |name: &str| Text::plain(BEFORE, name.len());
        let home = |name: &str| home(text(name).as_bytes(), of(name));
        let usual = "usual.name";
        let mut others = (0..).map(|at| format!("rare.{at}"));
        let rare = others.find(|rare| home(rare) == home(usual)).unwrap();
        let processor = Processor::new(Simd::Portable);
        for rare_first in [false, true] {
            let (mut names, mut recent) = (Interner::new(Seed(1)), Recent::new());
            // Whether the usual one is at its place behind a column.
            let mut column = |name: &str, count: usize| {
                let texts = vec![of(name); count];
                recent.intern(processor, &text(name), &texts, &mut names, &mut Vec::new());
                let bytes = text(usual);
                let name =
                    recent.known.at(bytes.as_bytes().first_chunk().unwrap(), usual.len() as u32);
                name.written().starts_with(usual.as_bytes())
            };
            assert!(!rare_first || !column(&rare, 1));
            for _ in 0..9 {
                assert!(column(usual, 30) && column(&rare, 1));
            }
        }
    }

    proptest! {
        #[test]
        fn numbers_are_those_of_the_big_table(
            picks in prop::collection::vec(
                ("[ab]{0,3}|[ab]{6,10}|[ab]{14,18}|[ab]{30,35}|[ab]{60,70}", any::<bool>()), 0..60,
            ),
            kind in prop::sample::select(Simd::ALL.to_vec()),
        ) {
            // Names stand one behind the other, each behind a quote, some with an escape in front.
            let (mut bytes, mut texts, mut wanted) = (String::new(), Vec::new(), Vec::new());
            let mut names = Interner::new(Seed(1));
            for (name, escaped) in &picks {
                bytes.push('"');
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
