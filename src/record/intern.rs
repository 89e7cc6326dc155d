//! Interned names: a short text becomes a number that columns can hold and compare.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::quality::FixedState;
use hashbrown::HashTable;

use super::Level;

/// The number of an interned name; valid for one generation of one [`Interner`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NameId(pub u32);

impl NameId {
    /// No name: the record has no such field, or it is `null`.
    pub const NONE: NameId = NameId(0);

    /// Whether there is a name.
    #[must_use]
    pub fn is_some(self) -> bool {
        self != NameId::NONE
    }
}

/// The seed of every hash table that holds text from logs, so that nobody can prepare colliding
/// keys. `app` draws it; results never depend on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// The hasher for this seed.
    #[must_use]
    pub fn hasher(self) -> FixedState {
        FixedState::with_seed(self.0)
    }
}

/// Texts to numbers and back.
///
/// Numbers are given in order of first sight. The table is bounded: [`Interner::trim`] forgets
/// everything between two blocks once it has grown large, and the generation changes, so that
/// whoever remembers numbers forgets them too. That keeps memory independent of the number of
/// distinct names in the input.
#[derive(Debug)]
pub struct Interner {
    hasher: FixedState,
    table: HashTable<u32>,
    ends: Vec<u32>,
    text: String,
    generation: u64,
}

/// Generations are unique in the process, also between interners.
static GENERATION: AtomicU64 = AtomicU64::new(1);

/// Past these an interner is emptied before the next block.
const TRIM_NAMES: usize = 1 << 16;
const TRIM_BYTES: usize = 1 << 22;

impl Interner {
    /// An interner that knows the six levels, whose numbers are fixed.
    #[must_use]
    pub fn new(seed: Seed) -> Interner {
        let mut interner = Interner {
            hasher: seed.hasher(),
            table: HashTable::new(),
            ends: Vec::new(),
            text: String::new(),
            generation: 0,
        };
        interner.reset();
        interner
    }

    fn reset(&mut self) {
        self.generation = GENERATION.fetch_add(1, Ordering::Relaxed);
        self.table.clear();
        self.text.clear();
        self.ends.clear();
        self.ends.push(0); // NameId::NONE is the empty text
        for level in Level::ALL {
            let id = self.intern(level.name());
            debug_assert_eq!(id, level.to_name());
        }
    }

    /// Forgets all names if there are many; called between blocks only.
    pub fn trim(&mut self) {
        if self.ends.len() > TRIM_NAMES || self.text.len() > TRIM_BYTES {
            self.reset();
        }
    }

    /// Forgets all names but the levels; called between blocks only.
    pub fn forget(&mut self) {
        self.reset();
    }

    /// The number of `name`, a new one if it was not known.
    pub fn intern(&mut self, name: &str) -> NameId {
        let Interner { hasher, table, ends, text, .. } = self;
        let hash = hasher.hash_one(name);
        if let Some(&id) = table.find(hash, |&id| span(ends, text, id) == name) {
            return NameId(id);
        }
        let id = ends.len() as u32;
        text.push_str(name);
        ends.push(text.len() as u32);
        table.insert_unique(hash, id, |&id| hasher.hash_one(span(ends, text, id)));
        NameId(id)
    }

    /// The text of a number of this generation; the empty text for [`NameId::NONE`].
    #[inline]
    #[must_use]
    pub fn get(&self, id: NameId) -> &str {
        if id == NameId::NONE { "" } else { span(&self.ends, &self.text, id.0) }
    }

    /// How many numbers there are, [`NameId::NONE`] included: every number is below this.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no name but the six levels is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.len() <= Level::ALL.len() + 1
    }

    /// Changes whenever numbers lose their meaning.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

#[inline]
fn span<'a>(ends: &[u32], text: &'a str, id: u32) -> &'a str {
    let id = id as usize;
    &text[ends[id - 1] as usize..ends[id] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_numbers_until_trimmed() {
        let mut names = Interner::new(Seed(7));
        assert!(names.is_empty());
        let a = names.intern("handler");
        let b = names.intern("");
        assert_ne!(b, NameId::NONE, "an empty name is a name");
        assert_eq!(names.intern("handler"), a);
        assert_eq!((names.get(a), names.get(b)), ("handler", ""));
        let generation = names.generation();
        for i in 0..=TRIM_NAMES {
            names.intern(&i.to_string());
        }
        names.trim();
        assert_ne!(names.generation(), generation);
        assert!(names.is_empty());
        assert_eq!(names.get(Level::Error.to_name()), "ERROR");
    }
}
