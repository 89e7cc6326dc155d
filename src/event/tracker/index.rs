//! Hashes to slots: where a table looks first. It knows no names.

/// Slots by hash, in an open table with linear probing.
///
/// A cell holds both, so that a search reads one place of memory unless hashes collide, and
/// [`Index::home`] can read that place early for many searches at once. Hashes must be seeded:
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

impl Index {
    /// The slot with this hash that is the one looked for.
    #[inline]
    pub(super) fn find(&self, hash: u32, mut is: impl FnMut(u32) -> bool) -> Option<u32> {
        self.probe(hash)
            .map(|at| self.cells[at])
            .find_map(|cell| (cell.hash() == hash && is(cell.slot())).then_some(cell.slot()))
    }

    /// The first cell that a search for a hash reads, if there is any.
    #[inline]
    pub(super) fn home(&self, hash: u32) -> Cell {
        let at = hash as usize & self.cells.len().wrapping_sub(1);
        self.cells.get(at).copied().unwrap_or(Cell::EMPTY)
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
        let wanted = Cell::new(hash, slot);
        let found = self.probe(hash).find(|&at| self.cells[at] == wanted);
        let Some(mut hole) = found else { return };
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

    /// The places of the cells in use from a hash's home to the next empty one.
    fn probe(&self, hash: u32) -> impl Iterator<Item = usize> {
        let mask = self.cells.len().wrapping_sub(1);
        let places = (0..self.cells.len()).map(move |step| (hash as usize + step) & mask);
        places.take_while(|&at| self.cells[at] != Cell::EMPTY)
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
                }
                prop_assert_eq!(index.find(77, |_| true), None);
                prop_assert_eq!(index.len, list.len());
            }
        }
    }
}
