//! Whether an object has a key twice.
//!
//! Small objects compare each key with the ones before it. Large ones are sorted by hash and
//! text when they close: no key however chosen makes that slower than sorting is, so the hash
//! needs no seed.

use std::cmp::Ordering;
use std::hash::BuildHasher;

use crate::record::{Batch, Seed, Text};

/// Objects of at most so many keys are compared pair by pair.
const FEW: usize = 16;

/// The keys of all objects that are open, innermost last.
#[derive(Debug, Default)]
pub(super) struct Keys {
    seen: Vec<Seen>,
    duplicate: bool,
    sorted: Vec<(u64, Text)>,
    scratch: [String; 2],
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    /// Differs for most keys that differ.
    print: u32,
    key: Text,
}

impl Keys {
    /// Forgets the line before.
    pub(super) fn start_line(&mut self) {
        self.seen.clear();
        self.duplicate = false;
    }

    /// Whether some object of this line had a key twice.
    pub(super) fn duplicate(&self) -> bool {
        self.duplicate
    }

    /// The mark of an object that opens now.
    pub(super) fn open(&self) -> usize {
        self.seen.len()
    }

    /// Adds a key, given as a place and decoded, to the object of a mark, the innermost one.
    pub(super) fn add(&mut self, batch: &Batch, mark: usize, key: Text, decoded: &[u8]) {
        if self.duplicate {
            return;
        }
        let print = fingerprint(decoded);
        let siblings = &self.seen[mark..];
        let scratch = &mut self.scratch;
        self.duplicate = siblings.len() < FEW
            && siblings
                .iter()
                .any(|seen| seen.print == print && compare(batch, seen.key, key, scratch).is_eq());
        self.seen.push(Seen { print, key });
    }

    /// Closes the object of a mark, the innermost one.
    pub(super) fn close(&mut self, batch: &Batch, mark: usize) {
        if !self.duplicate && self.seen.len() - mark > FEW {
            self.duplicate = self.any_twice(batch, mark);
        }
        self.seen.truncate(mark);
    }

    fn any_twice(&mut self, batch: &Batch, mark: usize) -> bool {
        let Keys { seen, sorted, scratch, .. } = self;
        let hasher = Seed::default().hasher();
        sorted.clear();
        sorted.extend(
            seen[mark..]
                .iter()
                .map(|seen| (hasher.hash_one(batch.text(seen.key, &mut scratch[0])), seen.key)),
        );
        let mut order = |a: &(u64, Text), b: &(u64, Text)| {
            a.0.cmp(&b.0).then_with(|| compare(batch, a.1, b.1, scratch))
        };
        sorted.sort_unstable_by(&mut order);
        sorted.windows(2).any(|pair| order(&pair[0], &pair[1]).is_eq())
    }
}

/// Length, first, middle and last byte: cheap, and different for most keys of one object.
fn fingerprint(key: &[u8]) -> u32 {
    match key {
        [] => 0,
        [first, .., last] => {
            let middle = key[key.len() / 2];
            u32::from_le_bytes([key.len() as u8, *first, middle, *last])
        }
        [only] => u32::from_le_bytes([1, *only, *only, *only]),
    }
}

fn compare(batch: &Batch, a: Text, b: Text, scratch: &mut [String; 2]) -> Ordering {
    let [one, two] = scratch;
    batch.text(a, one).cmp(batch.text(b, two))
}
