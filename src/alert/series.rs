//! One aggregation over one window, for each of its groups: what was seen in ticks that are not
//! over, and behind it the window, or the total of the run.

mod saved;

use std::collections::{BTreeMap, BTreeSet};

use crate::aggregate::{Division, Measure, Setup};
use crate::event::{Fact, FactKind};
use crate::record::{Accounting, Batch};

use super::clock::{Place, Share};
pub(super) use super::groups::Key;
use super::groups::{Group, Groups};
use super::window::Pane;

pub(super) use saved::{SavedSeries, SeriesCopy};

/// The states of one aggregation.
pub(super) struct Series {
    measure: Measure,
    /// The number of the division that tells its groups.
    pub(super) division: usize,
    /// The state of nothing.
    empty: Pane,
    /// How many ticks the window is long; without it there is the total of the run.
    length: Option<i64>,
    /// Without `by` there is one, always and in the first slot.
    groups: Groups,
    /// Which groups change at a tick: something was seen in it, or leaves the window.
    due: BTreeMap<i64, Vec<u32>>,
    /// The groups that changed when time last went on, and those of them in which nothing is left.
    changed: Vec<u32>,
    emptied: Vec<u32>,
    max_groups: usize,
    /// Whether a group was not let in since there was room.
    crowded: bool,
}

/// The slot of the only group of an aggregation without `by`.
const ALONE: u32 = 0;

/// The state of a tick among those of others, made if there is none.
fn pane(open: &mut Vec<(i64, Pane)>, tick: i64, make: impl FnOnce() -> Pane) -> &mut Pane {
    // Rows come nearly in order: the tick is mostly the last one.
    let at = match open.iter().rposition(|(at, _)| *at <= tick) {
        Some(at) if open[at].0 == tick => at,
        before => {
            let at = before.map_or(0, |before| before + 1);
            open.insert(at, (tick, make()));
            at
        }
    };
    &mut open[at].1
}

impl Series {
    pub(super) fn new(
        measure: Measure,
        division: usize,
        length: Option<i64>,
        setup: &Setup,
    ) -> Series {
        let mut groups = Groups::new(setup);
        if !measure.is_grouped() {
            groups.add(Key::from(""), length);
        }
        Series {
            empty: measure.state(),
            measure,
            division,
            length,
            groups,
            due: BTreeMap::new(),
            changed: Vec::new(),
            emptied: Vec::new(),
            max_groups: setup.max_keys,
            crowded: false,
        }
    }

    /// Goes on where another one of the same states was, with another division.
    pub(super) fn go_on(&mut self, before: Series) {
        *self = Series { division: self.division, ..before };
        self.groups.forget_numbers();
    }

    /// Whether it is of these states, so that rules can share it.
    pub(super) fn is_of(&self, measure: &Measure, length: Option<i64>) -> bool {
        self.length == length && self.measure.shares_states(measure)
    }

    /// Whether both are of the same states.
    pub(super) fn is_like(&self, other: &Series) -> bool {
        self.is_of(&other.measure, other.length)
    }

    /// Whether it has a group for each of several keys.
    pub(super) fn is_grouped(&self) -> bool {
        self.measure.is_grouped()
    }

    /// Whether it folds facts of a kind.
    pub(super) fn learns(&self, kind: FactKind) -> bool {
        self.measure.kind().learns.contains(&kind)
    }

    /// Whether there are so many groups that one more was not let in.
    pub(super) fn is_crowded(&self) -> bool {
        self.crowded
    }

    /// How many states and entries it holds.
    pub(super) fn held(&self) -> usize {
        let due: usize = self.due.values().map(Vec::len).sum();
        let groups = if self.is_grouped() { self.groups.len() } else { 0 };
        due + groups + self.groups.iter().map(Group::held).sum::<usize>()
    }

    /// Whether it folds the records of a place.
    pub(super) fn takes_records(&self, place: Place) -> bool {
        self.measure.kind().takes_records && self.takes(place)
    }

    /// Folds in the records of a run of rows, which have been divided.
    pub(super) fn observe(&mut self, batch: &Batch, division: &Division, place: Place) {
        for part in division.parts() {
            if let Some(slot) = self.slot(division, part.number)
                && let Some(pane) = self.pane(slot, place.tick)
            {
                pane.observe(batch, part.rows);
            }
        }
    }

    /// Counts lines.
    pub(super) fn account(&mut self, lines: &Accounting, place: Place) {
        if self.takes_lines()
            && self.takes(place)
            && let Some(pane) = self.pane(ALONE, place.tick)
        {
            pane.account(lines);
        }
    }

    /// Whether it counts lines, and not records or facts.
    pub(super) fn takes_lines(&self) -> bool {
        self.measure.takes_lines()
    }

    /// Folds in a fact that belongs to the group of a number.
    pub(super) fn learn(
        &mut self,
        fact: &Fact<'_>,
        division: &Division,
        number: u32,
        place: Place,
    ) {
        if self.takes(place)
            && let Some(slot) = self.slot(division, number)
            && let Some(pane) = self.pane(slot, place.tick)
        {
            pane.learn(fact);
        }
    }

    /// What windows leave out is in totals.
    fn takes(&self, place: Place) -> bool {
        match place.share {
            Share::Whole => true,
            Share::Total => self.length.is_none(),
            Share::Doubted => self.length.is_none() && !self.measure.is_silence(),
        }
    }

    /// What was seen from a tick on is not believed to have been then: it is in totals, as if it
    /// had been at another tick.
    pub(super) fn doubt(&mut self, from: i64, other: i64) {
        let slots: BTreeSet<u32> = self.due.split_off(&from).into_values().flatten().collect();
        for slot in slots {
            let Some(group) = self.groups.get_mut(slot) else { continue };
            let seen = group.open.partition_point(|(at, _)| *at < from);
            let doubted = group.open.split_off(seen);
            if self.length.is_none() && !self.measure.is_silence() {
                for (_, doubted) in doubted {
                    pane(&mut group.open, other, || self.measure.state()).merge(doubted);
                }
                self.due.entry(other).or_default().push(slot);
            } else if group.is_empty() && self.measure.is_grouped() {
                self.groups.remove(slot);
            }
        }
    }

    /// The slot of the group of a number, made if there is room.
    fn slot(&mut self, division: &Division, number: u32) -> Option<u32> {
        if !self.is_grouped() {
            return Some(ALONE);
        }
        if let Some(slot) = self.groups.find_number(division, number) {
            return Some(slot);
        }
        if self.groups.len() >= self.max_groups {
            self.crowded = true;
            return None;
        }
        Some(self.groups.insert(division, number, self.length))
    }

    fn pane(&mut self, slot: u32, tick: i64) -> Option<&mut Pane> {
        let Series { empty, groups, due, .. } = self;
        let group = groups.get_mut(slot)?;
        Some(pane(&mut group.open, tick, || {
            due.entry(tick).or_default().push(slot);
            empty.copy()
        }))
    }

    /// The first tick at which a group changes.
    pub(super) fn next(&self) -> Option<i64> {
        self.due.keys().next().copied()
    }

    /// Goes on to a tick; [`Series::changed`] gives the groups that have changed.
    pub(super) fn close(&mut self, tick: i64) {
        let Series { groups, due, changed, emptied, .. } = self;
        changed.clear();
        while let Some(entry) = due.first_entry()
            && *entry.key() <= tick
        {
            changed.append(&mut entry.remove());
        }
        changed.sort_unstable();
        changed.dedup();
        for &slot in &*changed {
            let Some(group) = groups.get_mut(slot) else { continue };
            group.close(tick);
            if group.is_empty() {
                emptied.push(slot);
            } else if let Some(expires) = group.leaves()
                && group.expires.replace(expires) != Some(expires)
            {
                due.entry(expires).or_default().push(slot);
            }
        }
    }

    /// The slots of the groups that changed when time last went on.
    pub(super) fn changed(&self) -> &[u32] {
        &self.changed
    }

    /// Forgets the groups in which nothing is left, once everybody has looked at them.
    pub(super) fn sweep(&mut self) {
        self.changed.clear();
        for slot in std::mem::take(&mut self.emptied) {
            // Without `by` the group stays.
            if self.is_grouped() {
                self.groups.remove(slot);
            }
        }
        self.crowded &= self.groups.len() >= self.max_groups;
    }

    /// Whether a group was seen in the window, or ever.
    pub(super) fn has(&self, key: &str) -> bool {
        let group = self.groups.find(key).and_then(|slot| self.groups.get(slot));
        group.is_some_and(|group| !group.is_ahead())
    }

    /// The keys of the groups that were seen in the window, or ever.
    pub(super) fn keys(&self) -> BTreeSet<Key> {
        let seen = self.groups.iter().filter(|group| !group.is_ahead());
        seen.map(|group| Key::clone(&group.key)).collect()
    }

    /// The key of a group.
    pub(super) fn key(&self, slot: u32) -> Option<&Key> {
        Some(&self.groups.get(slot)?.key)
    }

    /// The state of a group as it is since time last went on; an empty one if there is none.
    pub(super) fn state(&self, key: &str) -> &Pane {
        let slot = if self.is_grouped() { self.groups.find(key) } else { Some(ALONE) };
        slot.map_or(&self.empty, |slot| self.state_at(slot))
    }

    /// The same of the group in a slot.
    pub(super) fn state_at(&self, slot: u32) -> &Pane {
        self.groups.get(slot).and_then(|group| group.state()).unwrap_or(&self.empty)
    }
}
