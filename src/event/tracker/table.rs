//! A table by name: what the tracker remembers clients and sessions in.

use hashbrown::HashTable;

use super::name::{Key, Name};
use super::slab::Slab;

/// Values by name. A value has a slot for as long as it is in the table. Everything takes
/// constant time.
#[derive(Debug, Clone)]
pub(super) struct Table<T> {
    nodes: Slab<Node<T>>,
    index: HashTable<Place>,
}

#[derive(Debug, Clone, Default)]
struct Node<T> {
    name: Name,
    hash: u32,
    value: T,
}

/// Where the value of a name is. The hash stands here too, so that neither growth nor a search
/// for another name looks at nodes.
#[derive(Debug, Clone, Copy)]
struct Place {
    hash: u32,
    slot: u32,
}

/// The index takes its buckets from the low bits of a hash and its tags from the high ones.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

impl<T: Default> Default for Table<T> {
    fn default() -> Table<T> {
        Table { nodes: Slab::default(), index: HashTable::new() }
    }
}

impl<T: Default> Table<T> {
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The slot of a name.
    pub(super) fn find(&self, key: Key<'_>) -> Option<u32> {
        let named =
            |place: &Place| place.hash == key.hash && self.nodes[place.slot].name == *key.text;
        self.index.find(spread(key.hash), named).map(|place| place.slot)
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
        self.index.insert_unique(spread(hash), Place { hash, slot }, |place| spread(place.hash));
        slot
    }

    /// Forgets a name. The value stays behind until the slot is used again.
    pub(super) fn remove(&mut self, slot: u32) {
        let hash = spread(self.nodes[slot].hash);
        if let Ok(found) = self.index.find_entry(hash, |place| place.slot == slot) {
            found.remove();
            self.nodes.free(slot);
        }
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
