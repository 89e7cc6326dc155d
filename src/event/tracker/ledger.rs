//! A table by name that also keeps an order: the memory of the tracker.

use hashbrown::HashTable;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::name::{Key, Name};

/// Values by name, in an order that entries can be moved in. Everything takes constant time.
///
/// A value has a slot for as long as it is in the table. A slot that has become free is used
/// before a new one is made, so that few sessions at a time stay within little memory.
#[derive(Debug, Clone)]
pub(super) struct Ledger<T> {
    nodes: Vec<Node<T>>,
    /// Slots whose value has been removed.
    free: Vec<u32>,
    index: HashTable<Place>,
    first: u32,
    last: u32,
}

#[derive(Debug, Clone, Default)]
struct Node<T> {
    name: Name,
    hash: u32,
    before: u32,
    after: u32,
    value: T,
}

/// Where the value of a name is. The hash stands here too, so that neither growth nor a search
/// for another name looks at nodes.
#[derive(Debug, Clone, Copy)]
struct Place {
    hash: u32,
    slot: u32,
}

/// The table takes its buckets from the low bits of a hash and its tags from the high ones.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

/// The neighbour of the first and of the last value.
const END: u32 = u32::MAX;

impl<T> Default for Ledger<T> {
    fn default() -> Ledger<T> {
        Ledger {
            nodes: Vec::new(),
            free: Vec::new(),
            index: HashTable::new(),
            first: END,
            last: END,
        }
    }
}

impl<T: Default> Ledger<T> {
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    /// The slot of a name.
    pub(super) fn find(&self, key: Key<'_>) -> Option<u32> {
        let named = |place: &Place| {
            place.hash == key.hash && self.nodes[place.slot as usize].name == *key.text
        };
        self.index.find(spread(key.hash), named).map(|place| place.slot)
    }

    pub(super) fn name(&self, slot: u32) -> &str {
        self.nodes[slot as usize].name.as_str()
    }

    pub(super) fn key(&self, slot: u32) -> Key<'_> {
        let node = &self.nodes[slot as usize];
        Key { text: node.name.as_str(), hash: node.hash }
    }

    pub(super) fn get(&self, slot: u32) -> &T {
        &self.nodes[slot as usize].value
    }

    pub(super) fn get_mut(&mut self, slot: u32) -> &mut T {
        &mut self.nodes[slot as usize].value
    }

    /// Adds a value behind all others; its name must not be in the table yet.
    pub(super) fn insert(&mut self, key: Key<'_>, value: T) -> u32 {
        debug_assert!(self.find(key).is_none());
        let Key { text, hash } = key;
        let node = Node { name: text.into(), hash, before: END, after: END, value };
        let slot = if let Some(slot) = self.free.pop() {
            self.nodes[slot as usize] = node;
            slot
        } else {
            self.nodes.push(node);
            (self.nodes.len() - 1) as u32
        };
        self.index.insert_unique(spread(hash), Place { hash, slot }, |place| spread(place.hash));
        self.link_last(slot);
        slot
    }

    /// Takes a value out. Its name stays where it is until the slot is used again.
    pub(super) fn remove(&mut self, slot: u32) -> T {
        self.unlink(slot);
        let node = &mut self.nodes[slot as usize];
        if let Ok(found) = self.index.find_entry(spread(node.hash), |place| place.slot == slot) {
            found.remove();
        }
        self.free.push(slot);
        std::mem::take(&mut node.value)
    }

    /// The slot of the first value in order.
    pub(super) fn first(&self) -> Option<u32> {
        (self.first != END).then_some(self.first)
    }

    pub(super) fn move_last(&mut self, slot: u32) {
        self.unlink(slot);
        self.link_last(slot);
    }

    /// The slots in order.
    pub(super) fn slots(&self) -> impl Iterator<Item = u32> {
        std::iter::successors(self.first(), |&slot| {
            let after = self.nodes[slot as usize].after;
            (after != END).then_some(after)
        })
    }

    fn node(&mut self, slot: u32) -> &mut Node<T> {
        &mut self.nodes[slot as usize]
    }

    fn link_last(&mut self, slot: u32) {
        self.node(slot).before = self.last;
        match self.last {
            END => self.first = slot,
            last => self.node(last).after = slot,
        }
        self.last = slot;
    }

    fn unlink(&mut self, slot: u32) {
        let node = self.node(slot);
        let before = std::mem::replace(&mut node.before, END);
        let after = std::mem::replace(&mut node.after, END);
        match before {
            END => self.first = after,
            before => self.node(before).after = after,
        }
        match after {
            END => self.last = before,
            after => self.node(after).before = before,
        }
    }
}

/// As a list of names and values in order.
impl<T: Default + Serialize> Serialize for Ledger<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.slots().map(|slot| (self.name(slot), self.get(slot))))
    }
}

impl<'de, T: Default + Deserialize<'de>> Deserialize<'de> for Ledger<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Ledger<T>, D::Error> {
        let mut ledger = Ledger::default();
        for (name, value) in Vec::<(Box<str>, T)>::deserialize(from)? {
            let key = Key::of(&name);
            if ledger.find(key).is_none() {
                ledger.insert(key, value);
            }
        }
        Ok(ledger)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn listed(ledger: &Ledger<u8>) -> Vec<(String, u8)> {
        ledger.slots().map(|slot| (ledger.name(slot).to_owned(), *ledger.get(slot))).collect()
    }

    proptest! {
        #[test]
        fn it_is_a_list_without_repetition(steps in prop::collection::vec((0..3_u8, 0..6_u8), 0..60)) {
            let mut ledger = Ledger::default();
            let mut list: Vec<(String, u8)> = Vec::new();
            for (count, (step, name)) in (0..).zip(steps) {
                // Some names stand inside, others do not.
                let name = name.to_string().repeat(if name % 2 == 0 { 1 } else { 50 });
                let key = Key::of(&name);
                let at = list.iter().position(|(known, _)| *known == name);
                let slot = ledger.find(key);
                prop_assert_eq!(slot.is_some(), at.is_some());
                match (step, slot, at) {
                    (0, None, _) => {
                        ledger.insert(key, count);
                        list.push((name, count));
                    }
                    (1, Some(slot), Some(at)) => {
                        let removed = (ledger.key(slot).text.to_owned(), ledger.remove(slot));
                        prop_assert_eq!(removed, list.remove(at));
                    }
                    (2, Some(slot), Some(at)) => {
                        ledger.move_last(slot);
                        let moved = list.remove(at);
                        list.push(moved);
                    }
                    _ => {}
                }
                prop_assert_eq!(listed(&ledger), list.clone());
                prop_assert_eq!(ledger.first().map(|slot| ledger.name(slot)), list.first().map(|(name, _)| &**name));
                let json = serde_json::to_string(&ledger).unwrap();
                let again: Ledger<u8> = serde_json::from_str(&json).unwrap();
                prop_assert_eq!(listed(&again), list.clone());
            }
        }
    }
}
