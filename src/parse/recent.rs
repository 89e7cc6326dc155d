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
    /// How often names have been missed at a place since another one took it.
    missed_at: Box<[u8; PLACES]>,
}

/// A name as it is written, its length, and its number in the big table: one line of the
/// processor's cache.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Name([u8; LOOKED_AT]);

/// The places of the table; a power of two.
const PLACES: usize = 4096;

/// Who has a place makes room when others have been missed there so often: hits are not noted, but
/// whoever is usual will soon be missed often himself, and whoever is gone will not.
const PATIENCE: u8 = 4;

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
        Known { names, missed_at: Box::new([0; PLACES]) }
    }

    fn clear(&mut self) {
        self.names.fill(Name::EMPTY);
        self.missed_at.fill(0);
    }

    /// The only name of the table that one of a length can be: by its first eight bytes, its last
    /// eight, which may be some that stand before or behind it, and its length. Needs no seed:
    /// whoever aims at one place only slows himself down.
    #[inline]
    pub(super) fn at(&self, window: &Window, len: u32) -> &Name {
        &self.names[place(window, len)]
    }

    /// A name that stands beside its place, or that has come into the table since it was missed.
    fn find(&mut self, bytes: &[u8], text: Text) -> Option<NameId> {
        let (home, written) = (home(bytes, text)?, &bytes[text.range()]);
        let is_it = |name: &&Name| {
            name.len() as usize == written.len() && name.written().starts_with(written)
        };
        if let Some(name) = Some(&self.names[home]).filter(is_it) {
            return Some(name.id());
        }
        let id = Some(&self.names[beside(home)]).filter(is_it)?.id();
        if self.makes_room(home) {
            self.names.swap(home, beside(home));
        }
        Some(id)
    }

    /// Puts a name at its place if that is empty or whoever has it makes room, or else beside it.
    fn remember(&mut self, bytes: &[u8], text: Text, id: NameId) {
        let Some(home) = home(bytes, text) else { return };
        let (mut place, beside) = (home, beside(home));
        if !self.names[home].is_empty() {
            if self.names[beside].is_empty() || !self.makes_room(home) {
                place = beside;
            } else {
                self.names[beside] = self.names[home];
            }
        }
        self.names[place] = Name::new(&bytes[text.range()], id);
    }

    /// Whether a name that has been missed at a place takes it now.
    fn makes_room(&mut self, place: usize) -> bool {
        let missed = &mut self.missed_at[place];
        *missed = (*missed + 1) % PATIENCE;
        *missed == 0
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

    /// Meets columns of so many times the same name, the names by number, all of one place; tells
    /// behind how many of them the first name is at that place.
    fn at_home(columns: impl Iterator<Item = (usize, usize)>) -> usize {
        let text = |name: &str| format!("        {name}{}", " ".repeat(LOOKED_AT));
        let of = |name: &str| Text::plain(BEFORE, name.len());
        let place = |name: &str| home(text(name).as_bytes(), of(name));
        let all = || (0..).map(|at| format!("a.name.{at}"));
        let first = all().next().unwrap();
        let names: Vec<_> = all().filter(|name| place(name) == place(&first)).take(3).collect();
        let (mut interner, mut recent) = (Interner::new(Seed(1)), Recent::new());
        let processor = Processor::new(Simd::Portable);
        let bytes = text(&first);
        let is_at_home = columns.filter(|&(name, count)| {
            let texts = vec![of(&names[name]); count];
            recent.intern(processor, &text(&names[name]), &texts, &mut interner, &mut Vec::new());
            let here = recent.known.at(bytes.as_bytes().first_chunk().unwrap(), first.len() as u32);
            here.written().starts_with(first.as_bytes())
        });
        is_at_home.count()
    }

    #[test]
    fn whoever_is_usual_is_mostly_at_its_place() {
        // Another one is met once or twice in each block, before or behind the first.
        for (rare, least) in [(1, 150), (2, 130)] {
            let behind = (0..100).flat_map(|_| [(0, 30), (1, rare)]);
            let before = (0..100).flat_map(|_| [(1, rare), (0, 30)]);
            let met = [at_home(behind), at_home(before)];
            assert!(met.iter().all(|met| *met >= least), "{rare}: {met:?}");
        }
    }

    #[test]
    fn whoever_is_gone_makes_room() {
        let gone = [(1, 30), (2, 30)].into_iter();
        let met = at_home(gone.chain((0..100).map(|_| (0, 1))));
        assert!(met > 90, "{met}");
        // Also for two of whom neither would be found beside it.
        let met = at_home([(2, 30)].into_iter().chain((0..50).flat_map(|_| [(0, 1), (1, 1)])));
        assert!(met > 40, "{met}");
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
