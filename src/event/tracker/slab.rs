//! Slots for values, and orders of slots: what the tracker's tables are made of.

use std::ops::{Index, IndexMut};

/// No slot.
pub(super) const NONE: u32 = u32::MAX;

/// Values in numbered slots. A slot that has become free is used again before a new one is made,
/// so that a few values at a time stay within little memory, however many come and go.
#[derive(Debug, Clone, Default)]
pub(super) struct Slab<T> {
    values: Vec<T>,
    free: Vec<u32>,
}

impl<T: Default> Slab<T> {
    /// How many slots are in use.
    pub(super) fn len(&self) -> usize {
        self.values.len() - self.free.len()
    }

    /// A slot to use. It holds the default value, or what its last user has left there.
    pub(super) fn take(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.values.push(T::default());
            (self.values.len() - 1) as u32
        })
    }

    /// The value of a slot, if there is such a slot.
    pub(super) fn get(&self, slot: u32) -> Option<&T> {
        self.values.get(slot as usize)
    }

    /// Gives a slot back, with what is in it.
    pub(super) fn free(&mut self, slot: u32) {
        self.free.push(slot);
    }
}

impl<T> Index<u32> for Slab<T> {
    type Output = T;

    fn index(&self, slot: u32) -> &T {
        &self.values[slot as usize]
    }
}

impl<T> IndexMut<u32> for Slab<T> {
    fn index_mut(&mut self, slot: u32) -> &mut T {
        &mut self.values[slot as usize]
    }
}

/// Slots in an order, each at most once. Everything takes constant time.
#[derive(Debug, Clone)]
pub(super) struct Order {
    /// By slot; those of slots that are not in the order mean nothing.
    links: Vec<Link>,
    first: u32,
    last: u32,
    len: usize,
}

#[derive(Debug, Clone, Copy)]
struct Link {
    before: u32,
    after: u32,
}

impl Default for Order {
    fn default() -> Order {
        Order { links: Vec::new(), first: NONE, last: NONE, len: 0 }
    }
}

impl Order {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn first(&self) -> Option<u32> {
        (self.first != NONE).then_some(self.first)
    }

    /// The slots, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        std::iter::successors(self.first(), |&slot| {
            let after = self.links[slot as usize].after;
            (after != NONE).then_some(after)
        })
    }

    /// Puts a slot that is not in the order behind all others.
    pub(super) fn push(&mut self, slot: u32) {
        let link = Link { before: self.last, after: NONE };
        let at = slot as usize;
        if at >= self.links.len() {
            self.links.resize(at + 1, link);
        }
        self.links[at] = link;
        match self.last {
            NONE => self.first = slot,
            last => self.links[last as usize].after = slot,
        }
        self.last = slot;
        self.len += 1;
    }

    /// Takes out a slot that is in the order.
    pub(super) fn remove(&mut self, slot: u32) {
        let Link { before, after } = self.links[slot as usize];
        match before {
            NONE => self.first = after,
            before => self.links[before as usize].after = after,
        }
        match after {
            NONE => self.last = before,
            after => self.links[after as usize].before = before,
        }
        self.len -= 1;
    }

    /// Puts a slot that is in the order behind all others.
    pub(super) fn move_last(&mut self, slot: u32) {
        self.remove(slot);
        self.push(slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_order_is_a_list_without_repetition(steps in prop::collection::vec((0..3_u8, 0..6_u32), 0..60)) {
            let mut order = Order::default();
            let mut list: Vec<u32> = Vec::new();
            for (step, slot) in steps {
                let at = list.iter().position(|known| *known == slot);
                match (step, at) {
                    (0, None) => {
                        order.push(slot);
                        list.push(slot);
                    }
                    (1, Some(at)) => {
                        order.remove(slot);
                        list.remove(at);
                    }
                    (2, Some(at)) => {
                        order.move_last(slot);
                        list.remove(at);
                        list.push(slot);
                    }
                    _ => {}
                }
                prop_assert_eq!(order.iter().collect::<Vec<_>>(), list.clone());
                prop_assert_eq!((order.first(), order.len()), (list.first().copied(), list.len()));
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
    }
}
