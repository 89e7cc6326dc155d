//! The groups of a series: by slot, by key, and by the number that a division gives their keys.

use std::sync::Arc;

use foldhash::quality::FixedState;
use hashbrown::HashMap;

use crate::aggregate::{Division, Setup};

use super::window::{Pane, Window};

/// The key of a group; empty without `by`.
pub(super) type Key = Arc<str>;

/// No slot.
const NONE: u32 = u32::MAX;

/// One group.
pub(super) struct Group {
    pub(super) key: Key,
    /// The number of its key, as it was last looked up.
    number: u32,
    /// What was seen in ticks that are not over, by tick.
    pub(super) open: Vec<(i64, Pane)>,
    pub(super) past: Past,
    /// When what is oldest leaves the window, as far as the series has that entered.
    pub(super) expires: Option<i64>,
}

/// What was seen in ticks that are over.
pub(super) enum Past {
    Window(Window),
    Total(Option<Pane>),
}

impl Group {
    fn new(key: Key, length: Option<i64>) -> Group {
        let past = length.map_or(Past::Total(None), |length| Past::Window(Window::new(length)));
        Group { key, number: NONE, open: Vec::new(), past, expires: None }
    }

    /// Takes the ticks up to this one as over.
    pub(super) fn close(&mut self, tick: i64) {
        let over = self.open.partition_point(|(at, _)| *at <= tick);
        for (at, pane) in self.open.drain(..over) {
            match &mut self.past {
                Past::Window(window) => window.push(at, pane),
                Past::Total(Some(total)) => total.merge(pane),
                Past::Total(total) => *total = Some(pane),
            }
        }
        if let Past::Window(window) = &mut self.past {
            window.slide(tick);
        }
    }

    /// The state of all that is over; none if that is nothing.
    pub(super) fn state(&self) -> Option<&Pane> {
        match &self.past {
            Past::Total(total) => total.as_ref(),
            Past::Window(window) => window.state(),
        }
    }

    /// The tick at which what is oldest leaves the window.
    pub(super) fn leaves(&self) -> Option<i64> {
        match &self.past {
            Past::Window(window) => window.expires(),
            Past::Total(_) => None,
        }
    }

    /// Whether nothing was seen in the ticks that are over.
    pub(super) fn is_ahead(&self) -> bool {
        match &self.past {
            Past::Window(window) => window.is_empty(),
            Past::Total(total) => total.is_none(),
        }
    }

    /// Whether nothing was seen at all.
    pub(super) fn is_empty(&self) -> bool {
        self.is_ahead() && self.open.is_empty()
    }

    /// How many states it holds.
    pub(super) fn held(&self) -> usize {
        let past = match &self.past {
            Past::Window(window) => window.held(),
            Past::Total(total) => usize::from(total.is_some()),
        };
        self.open.len() + past
    }
}

/// Groups. A group has a slot for as long as it is there; slots are used again.
pub(super) struct Groups {
    slots: Vec<Option<Group>>,
    free: Vec<u32>,
    by_key: HashMap<Key, u32, FixedState>,
    /// Slots by the numbers of one epoch of a division: a look at them spares one at the key.
    by_number: Vec<u32>,
    epoch: u64,
}

impl Groups {
    pub(super) fn new(setup: &Setup) -> Groups {
        Groups {
            slots: Vec::new(),
            free: Vec::new(),
            by_key: HashMap::with_hasher(setup.seed.hasher()),
            by_number: Vec::new(),
            epoch: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Group> {
        self.slots.iter().flatten()
    }

    pub(super) fn get(&self, slot: u32) -> Option<&Group> {
        self.slots.get(slot as usize)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, slot: u32) -> Option<&mut Group> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    /// The slot of a key.
    pub(super) fn find(&self, key: &str) -> Option<u32> {
        self.by_key.get(key).copied()
    }

    /// The slot of the key that a number stands for.
    pub(super) fn find_number(&mut self, division: &Division, number: u32) -> Option<u32> {
        if self.epoch != division.epoch() {
            self.forget_numbers();
            self.epoch = division.epoch();
        }
        match self.by_number.get(number as usize) {
            Some(&slot) if slot != NONE => Some(slot),
            _ => {
                let slot = self.find(division.key(number))?;
                self.remember(slot, number);
                Some(slot)
            }
        }
    }

    /// Adds a group for the key of a number, which has none, and gives its slot.
    pub(super) fn insert(&mut self, division: &Division, number: u32, length: Option<i64>) -> u32 {
        let slot = self.add(Key::clone(division.key(number)), length);
        self.remember(slot, number);
        slot
    }

    /// Adds a group for a key that has none, and gives its slot.
    pub(super) fn add(&mut self, key: Key, length: Option<i64>) -> u32 {
        let group = Some(Group::new(Key::clone(&key), length));
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() as u32 - 1
        });
        self.slots[slot as usize] = group;
        self.by_key.insert(key, slot);
        slot
    }

    pub(super) fn remove(&mut self, slot: u32) {
        let Some(group) = self.slots.get_mut(slot as usize).and_then(Option::take) else { return };
        self.by_key.remove(&group.key);
        self.free.push(slot);
        if let Some(number) = self.by_number.get_mut(group.number as usize)
            && *number == slot
        {
            *number = NONE;
        }
    }

    /// Forgets the numbers of keys: others will be given.
    pub(super) fn forget_numbers(&mut self) {
        self.by_number.clear();
    }

    fn remember(&mut self, slot: u32, number: u32) {
        let at = number as usize;
        if at >= self.by_number.len() {
            self.by_number.resize(at + 1, NONE);
        }
        self.by_number[at] = slot;
        if let Some(group) = self.get_mut(slot) {
            group.number = number;
        }
    }
}
