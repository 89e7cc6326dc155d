//! A table by name: what the tracker remembers clients and sessions in.

use super::index::Index;
use super::name::{Key, Name};
use super::slab::Slab;

/// How many names [`Table::glance`] looks for at once.
pub(super) const GLANCE: usize = 16;

/// Values by name. A value has a slot for as long as it is in the table. Everything takes
/// constant time.
#[derive(Debug, Clone)]
pub(super) struct Table<T> {
    nodes: Slab<Node<T>>,
    index: Index,
}

#[derive(Debug, Clone, Default)]
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
    pub(super) fn find(&self, key: Key<'_>) -> Option<u32> {
        self.index.find(key.hash, |slot| self.nodes[slot].name == *key.text)
    }

    /// Looks where searches for these names will look, so that the processor fetches all of it
    /// from memory at once. Shows the values that are probably theirs.
    pub(super) fn glance(&self, keys: &[Key<'_>], mut show: impl FnMut(&T)) {
        let mut homes = [None; GLANCE];
        for (home, key) in homes.iter_mut().zip(keys) {
            let cell = self.index.home(key.hash);
            *home = (cell.hash() == key.hash).then_some(cell.slot());
        }
        for slot in homes.into_iter().flatten() {
            if let Some(node) = self.nodes.get(slot) {
                show(&node.value);
            }
        }
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
