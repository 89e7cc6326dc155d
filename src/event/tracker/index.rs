//! Hashes to slots: where a table looks first. It knows no names.

/// Slots by hash, in an open table with linear probing.
///
/// A cell holds both, so that a search reads one place of memory unless hashes collide, and
/// [`Index::guess`] can read that place early for many searches at once. Hashes must be seeded:
/// then nobody can prepare texts that collide.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// A power of two of them, or none; at most three in four are in use.
    cells: Vec<Cell>,
    len: usize,
}

/// A hash in the upper half and its slot in the lower one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell(u64);

impl Cell {
    /// No slot: `u32::MAX` is none.
    const EMPTY: Cell = Cell(u64::MAX);

    fn new(hash: u32, slot: u32) -> Cell {
        Cell(u64::from(hash) << 32 | u64::from(slot))
    }

    pub(super) fn hash(self) -> u32 {
        (self.0 >> 32) as u32
    }

    pub(super) fn slot(self) -> u32 {
        self.0 as u32
    }
}

/// How many cells [`Index::guess`] looks at: nearly all searches end within them.
const GUESSED: usize = 2;

impl Index {
    /// The slot with this hash that is the one looked for.
    #[inline]
    pub(super) fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        self.place(hash, is).map(|at| self.cells[at].slot())
    }

    /// Where its cell is.
    #[inline]
    fn place(&self, hash: u32, is: impl Fn(u32) -> bool) -> Option<usize> {
        let mask = self.cells.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        loop {
            // An empty cell ends every search; a table that has never grown has not even one.
            let cell = *self.cells.get(at)?;
            if cell == Cell::EMPTY {
                return None;
            }
            if cell.hash() == hash && is(cell.slot()) {
                return Some(at);
            }
            at = (at + 1) & mask;
        }
    }

    /// The slot that probably belongs to a hash, or any number. Few branches and a few cells at
    /// the place where a search begins: it is for many hashes at once, whose cells are then
    /// fetched from memory side by side.
    #[inline]
    pub(super) fn guess(&self, hash: u32) -> u32 {
        let mask = self.cells.len().wrapping_sub(1);
        let mut slot = 0;
        for step in (0..GUESSED).rev() {
            let at = (hash as usize).wrapping_add(step) & mask;
            if let Some(cell) = self.cells.get(at) {
                slot = if cell.hash() == hash { cell.slot() } else { slot };
            }
        }
        slot
    }

    /// Adds a slot that is not in the table.
    pub(super) fn insert(&mut self, hash: u32, slot: u32) {
        if (self.len + 1) * 4 > self.cells.len() * 3 {
            self.grow();
        }
        self.put(Cell::new(hash, slot));
        self.len += 1;
    }

    /// Takes out a slot, if it is in the table under this hash.
    pub(super) fn remove(&mut self, hash: u32, slot: u32) {
        let Some(mut hole) = self.place(hash, |found| found == slot) else { return };
        self.len -= 1;
        // What was pushed past the hole moves back into it, so that searches find no gap.
        let mask = self.cells.len() - 1;
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let cell = self.cells[at];
            if cell == Cell::EMPTY {
                break;
            }
            let from_home = at.wrapping_sub(cell.hash() as usize) & mask;
            if from_home >= at.wrapping_sub(hole) & mask {
                self.cells[hole] = cell;
                hole = at;
            }
        }
        self.cells[hole] = Cell::EMPTY;
    }

    fn grow(&mut self) {
        let larger = vec![Cell::EMPTY; (self.cells.len() * 2).max(16)];
        let cells = std::mem::replace(&mut self.cells, larger);
        for cell in cells.into_iter().filter(|cell| *cell != Cell::EMPTY) {
            self.put(cell);
        }
    }

    /// Puts a cell into the first empty place from its home.
    fn put(&mut self, cell: Cell) {
        let mask = self.cells.len() - 1;
        let mut at = cell.hash() as usize & mask;
        while self.cells[at] != Cell::EMPTY {
            at = (at + 1) & mask;
        }
        self.cells[at] = cell;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn guesses_are_mostly_right() {
        let hash = |slot: u32| slot.wrapping_mul(0x9e37_79b9) ^ slot >> 3;
        let mut index = Index::default();
        (0..3000).for_each(|slot| index.insert(hash(slot), slot));
        let right = (0..3000).filter(|&slot| index.guess(hash(slot)) == slot).count();
        assert!(right > 2000, "{right}");
    }

    proptest! {
        /// Few hashes, so that they collide and wrap around the end.
        #[test]
        fn it_is_a_list_of_slots_by_hash(
            steps in prop::collection::vec((any::<bool>(), 0..24_u32), 0..200),
        ) {
            let hash = |slot: u32| [13, 14, 15, u32::MAX, 29][slot as usize % 5];
            let mut index = Index::default();
            let mut list: Vec<u32> = Vec::new();
            for (insert, slot) in steps {
                let at = list.iter().position(|known| *known == slot);
                match at {
                    None if insert => {
                        index.insert(hash(slot), slot);
                        list.push(slot);
                    }
                    Some(at) if !insert => {
                        index.remove(hash(slot), slot);
                        list.swap_remove(at);
                    }
                    _ => index.remove(hash(slot) ^ 1, slot),
                }
                for slot in 0..24 {
                    let known = list.contains(&slot).then_some(slot);
                    prop_assert_eq!(index.find(hash(slot), |found| found == slot), known);
                    index.guess(hash(slot));
                }
                prop_assert_eq!(index.find(77, |_| true), None);
                prop_assert_eq!(index.len, list.len());
            }
        }
    }
}
