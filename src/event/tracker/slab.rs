//! Slots for values, and lists of slots: what the tracker's tables are made of.

use std::ops::{Index, IndexMut};

/// No slot.
pub(super) const NONE: u32 = u32::MAX;

/// Values in numbered slots. A slot that has become free is used again before a new one is made,
/// so that a few values at a time stay within little memory, however many come and go. Values
/// never move: growth copies nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Slab<T> {
    chunks: Vec<Box<[T; CHUNK]>>,
    /// How many slots have been taken at least once.
    made: u32,
    free: Vec<u32>,
}

/// How many values one chunk has.
const CHUNK: usize = 1 << CHUNK_BITS;
const CHUNK_BITS: u32 = 8;

impl<T: Default> Slab<T> {
    /// How many slots are in use.
    pub(super) fn len(&self) -> usize {
        self.made as usize - self.free.len()
    }

    /// A slot to use. It holds the default value, or what its last user has left there.
    #[inline]
    pub(super) fn take(&mut self) -> u32 {
        if let Some(slot) = self.free.pop() {
            return slot;
        }
        let slot = self.made;
        if slot as usize == self.chunks.len() * CHUNK {
            self.grow();
        }
        self.made += 1;
        slot
    }

    #[cold]
    fn grow(&mut self) {
        let chunk: Box<[T]> = std::iter::repeat_with(T::default).take(CHUNK).collect();
        self.chunks.extend(<Box<[T; CHUNK]>>::try_from(chunk));
    }

    /// Gives a slot back, with what is in it.
    pub(super) fn free(&mut self, slot: u32) {
        self.free.push(slot);
    }
}

impl<T> Slab<T> {
    /// The value of a slot, if there is such a slot.
    #[inline]
    pub(super) fn get(&self, slot: u32) -> Option<&T> {
        Some(&self.chunks.get((slot >> CHUNK_BITS) as usize)?[slot as usize % CHUNK])
    }
}

impl<T> Index<u32> for Slab<T> {
    type Output = T;

    #[inline]
    fn index(&self, slot: u32) -> &T {
        &self.chunks[(slot >> CHUNK_BITS) as usize][slot as usize % CHUNK]
    }
}

impl<T> IndexMut<u32> for Slab<T> {
    #[inline]
    fn index_mut(&mut self, slot: u32) -> &mut T {
        &mut self.chunks[(slot >> CHUNK_BITS) as usize][slot as usize % CHUNK]
    }
}

/// Lists of slots, which are in any order and change it in constant time. A slot is in one of the
/// lists at most, so that one place for each is enough for all of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Links(Vec<Link>);

/// One list, through [`Links`].
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    first: u32,
    last: u32,
    len: u32,
}

/// The neighbours of a slot; without meaning if it is in no list.
#[derive(Debug, Clone, Copy)]
struct Link {
    before: u32,
    after: u32,
}

impl Default for List {
    fn default() -> List {
        List { first: NONE, last: NONE, len: 0 }
    }
}

impl List {
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    pub(super) fn first(&self) -> Option<u32> {
        (self.first != NONE).then_some(self.first)
    }
}

impl Links {
    /// The slots of a list, in order.
    pub(super) fn iter(&self, list: &List) -> impl Iterator<Item = u32> {
        std::iter::successors(list.first(), |&slot| {
            let after = self.0[slot as usize].after;
            (after != NONE).then_some(after)
        })
    }

    /// Puts a slot that is in no list behind all others of this one.
    #[inline]
    pub(super) fn push(&mut self, list: &mut List, slot: u32) {
        let before = std::mem::replace(&mut list.last, slot);
        list.len += 1;
        match self.0.get_mut(before as usize) {
            Some(link) => link.after = slot,
            None => list.first = slot,
        }
        let link = Link { before, after: NONE };
        match self.0.get_mut(slot as usize) {
            Some(place) => *place = link,
            None => self.grow(link, slot),
        }
    }

    #[cold]
    fn grow(&mut self, link: Link, slot: u32) {
        self.0.resize(slot as usize + 1, link);
    }

    /// Takes a slot out of the list that it is in.
    #[inline]
    pub(super) fn remove(&mut self, list: &mut List, slot: u32) {
        let Link { before, after } = self.0[slot as usize];
        list.len -= 1;
        match self.0.get_mut(before as usize) {
            Some(link) => link.after = after,
            None => list.first = after,
        }
        match self.0.get_mut(after as usize) {
            Some(link) => link.before = before,
            None => list.last = before,
        }
    }

    /// Puts a slot behind all others of the list that it is in.
    #[inline]
    pub(super) fn move_last(&mut self, list: &mut List, slot: u32) {
        if list.last == slot {
            return;
        }
        self.remove(list, slot);
        self.push(list, slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lists_share_their_links(
            steps in prop::collection::vec((0..3_u8, 0..2_usize, 0..6_u32), 0..80),
        ) {
            let mut links = Links::default();
            let mut lists = [List::default(); 2];
            let mut oracle = [const { Vec::<u32>::new() }; 2];
            for (step, list, slot) in steps {
                let found = (0..2).find(|&list| oracle[list].contains(&slot));
                match (step, found) {
                    (0, None) => {
                        links.push(&mut lists[list], slot);
                        oracle[list].push(slot);
                    }
                    (1, Some(list)) => {
                        links.remove(&mut lists[list], slot);
                        oracle[list].retain(|known| *known != slot);
                    }
                    (2, Some(list)) => {
                        links.move_last(&mut lists[list], slot);
                        oracle[list].retain(|known| *known != slot);
                        oracle[list].push(slot);
                    }
                    _ => {}
                }
                for (list, oracle) in lists.iter().zip(&oracle) {
                    prop_assert_eq!(&links.iter(list).collect::<Vec<_>>(), oracle);
                    prop_assert_eq!(list.first(), oracle.first().copied());
                    prop_assert_eq!(list.len(), oracle.len());
                }
            }
        }
    }

    #[test]
    fn slots_are_used_again() {
        let mut slab = Slab::default();
        assert_eq!([slab.take(), slab.take(), slab.take()], [0, 1, 2]);
        slab[1] = 'b';
        slab.free(1);
        slab.free(2);
        assert_eq!((slab.len(), slab.take(), slab.take(), slab.take()), (1, 2, 1, 3));
        assert_eq!(slab[1], 'b');
        let more: Vec<u32> = (0..2000).map(|_| slab.take()).collect();
        assert_eq!(more, (4..2004).collect::<Vec<u32>>());
        slab[2003] = 'z';
        assert_eq!((slab[1], slab[2003], slab.len()), ('b', 'z', 2004));
        assert!(slab.get(u32::MAX).is_none());
    }
}
