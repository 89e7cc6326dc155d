//! A table by name: what the tracker remembers clients and sessions in.

use super::index::Index;
use super::name::{Key, Name};
use super::slab::Slab;

/// How many names or slots [`Table::glance`] looks at together.
pub(super) const GLANCE: usize = 16;

/// So many values stay in the caches, whatever is read between them.
pub(super) const FEW: usize = 1 << 6;

/// Up to [`GLANCE`] hashes or slots.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Glance {
    numbers: [u32; GLANCE],
    len: usize,
}

impl Glance {
    /// The first of some numbers.
    pub(super) fn of(numbers: impl Iterator<Item = u32>) -> Glance {
        let mut glance = Glance::default();
        for (place, number) in glance.numbers.iter_mut().zip(numbers) {
            *place = number;
            glance.len += 1;
        }
        glance
    }

    /// Puts others in their places.
    #[inline]
    pub(super) fn map(&mut self, to: impl Fn(u32) -> u32) {
        for number in self.numbers.iter_mut().take(self.len) {
            *number = to(*number);
        }
    }
}

/// Values by name. A value has a slot for as long as it is in the table. Everything takes
/// constant time.
#[derive(Debug, Clone)]
pub(super) struct Table<T> {
    nodes: Slab<Node<T>>,
    index: Index,
}

/// A line of the processor's cache, for names that stand inside and small values.
#[derive(Debug, Clone, Default)]
#[repr(align(64))]
struct Node<T> {
    name: Name,
    hash: u32,
    value: T,
}

impl<T: Default> Default for Table<T> {
    fn default() -> Table<T> {
        Table { nodes: Slab::default(), index: Index::default() }
    }
}

impl<T: Default> Table<T> {
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The slot of a name.
    #[inline]
    pub(super) fn find(&self, key: Key<'_>) -> Option<u32> {
        self.index.find(key.hash, |slot| self.nodes[slot].name == *key.text)
    }

    /// Reads what forgetting the name of a slot will read.
    pub(super) fn glance_removal(&self, slot: u32) -> u32 {
        self.index.guess(self.nodes[slot].hash)
    }

    /// Reads what searches for names of these hashes will read, and takes something of their
    /// values, or of any for a name that is probably new. Hardly a branch depends on what is
    /// read, so that the processor waits for all of it at once.
    #[inline]
    pub(super) fn glance(&self, hashes: &mut Glance, take: impl Fn(&T) -> u32) {
        hashes.map(|hash| self.index.guess(hash));
        self.glance_at(hashes, take);
    }

    /// The same for slots.
    #[inline]
    pub(super) fn glance_at(&self, slots: &mut Glance, take: impl Fn(&T) -> u32) {
        slots.map(|slot| self.nodes.get(slot).map_or(0, |node| take(&node.value)));
    }

    /// Adds a value; its name must not be in the table yet.
    pub(super) fn insert(&mut self, key: Key<'_>, value: T) -> u32 {
        debug_assert!(self.find(key).is_none());
        let Key { text, hash } = key;
        let slot = self.nodes.take();
        let node = &mut self.nodes[slot];
        node.name = text.into();
        node.hash = hash;
        node.value = value;
        self.index.insert(hash, slot);
        slot
    }

    /// Forgets a name. The value stays behind until the slot is used again.
    pub(super) fn remove(&mut self, slot: u32) {
        self.index.remove(self.nodes[slot].hash, slot);
        self.nodes.free(slot);
    }

    pub(super) fn name(&self, slot: u32) -> &str {
        self.nodes[slot].name.as_str()
    }

    pub(super) fn get(&self, slot: u32) -> &T {
        &self.nodes[slot].value
    }

    pub(super) fn get_mut(&mut self, slot: u32) -> &mut T {
        &mut self.nodes[slot].value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #[test]
        fn it_is_a_table(steps in prop::collection::vec((0..2_u8, 0..9_u8), 0..60)) {
            let mut table = Table::default();
            let mut oracle: HashMap<String, u8> = HashMap::new();
            for (count, (step, name)) in (0..).zip(steps) {
                // Some names stand inside, others do not.
                let name = name.to_string().repeat(if name % 2 == 0 { 1 } else { 50 });
                let slot = table.find(Key::of(&name));
                prop_assert_eq!(slot.map(|slot| *table.get(slot)), oracle.get(&name).copied());
                match (step, slot) {
                    (0, None) => {
                        let slot = table.insert(Key::of(&name), count);
                        prop_assert_eq!(table.name(slot), &*name);
                        oracle.insert(name, count);
                    }
                    (0, Some(slot)) => {
                        *table.get_mut(slot) = count;
                        oracle.insert(name, count);
                    }
                    (_, Some(slot)) => {
                        table.remove(slot);
                        oracle.remove(&name);
                    }
                    _ => {}
                }
                prop_assert_eq!(table.len(), oracle.len());
            }
        }
    }
}
