//! One aggregation over one window, for each of its groups: what was seen in ticks that are not
//! over, and behind it the window, or the total of the run.

mod saved;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::quality::FixedState;
use hashbrown::HashMap;
use hashbrown::hash_map::EntryRef;

use crate::aggregate::{Measure, Setup};
use crate::event::{Fact, FactKind};
use crate::record::{Accounting, Batch};

use super::clock::{Place, Share};
use super::window::{Pane, Window};

/// The key of a group; empty without `by`.
pub(super) type Key = Arc<str>;

pub(super) use saved::{SavedSeries, SeriesCopy};

/// The states of one aggregation.
pub(super) struct Series {
    measure: Measure,
    /// The state of nothing.
    empty: Pane,
    /// How many ticks the window is long; without it there is the total of the run.
    length: Option<i64>,
    /// The only group of an aggregation without `by`.
    alone: Option<Group>,
    groups: HashMap<Key, Group, FixedState>,
    /// Which groups change at a tick: something was seen in it, or leaves the window.
    due: BTreeMap<i64, Vec<Key>>,
    max_groups: usize,
    /// Whether a group was not let in since there was room.
    crowded: bool,
}

/// One group.
struct Group {
    key: Key,
    /// What was seen in ticks that are not over, by tick.
    open: Vec<(i64, Pane)>,
    past: Past,
    /// When what is oldest leaves the window, as far as that is entered in `due`.
    expires: Option<i64>,
}

enum Past {
    Window(Window),
    Total(Option<Pane>),
}

impl Group {
    fn new(key: Key, length: Option<i64>) -> Group {
        let past = length.map_or(Past::Total(None), |length| Past::Window(Window::new(length)));
        Group { key, open: Vec::new(), past, expires: None }
    }

    /// Takes the ticks up to this one as over.
    fn close(&mut self, tick: i64) {
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

    /// Whether nothing was seen in the ticks that are over.
    fn is_ahead(&self) -> bool {
        match &self.past {
            Past::Window(window) => window.is_empty(),
            Past::Total(total) => total.is_none(),
        }
    }

    fn is_empty(&self) -> bool {
        self.is_ahead() && self.open.is_empty()
    }
}

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
    pub(super) fn new(measure: Measure, length: Option<i64>, setup: &Setup) -> Series {
        Series {
            empty: measure.state(),
            alone: (!measure.is_grouped()).then(|| Group::new(Key::from(""), length)),
            measure,
            length,
            groups: HashMap::with_hasher(setup.seed.hasher()),
            due: BTreeMap::new(),
            max_groups: setup.max_keys,
            crowded: false,
        }
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
        let mut held = due + self.groups.len();
        for group in self.groups.values().chain(&self.alone) {
            held += group.open.len();
            held += match &group.past {
                Past::Window(window) => window.held(),
                Past::Total(total) => usize::from(total.is_some()),
            };
        }
        held
    }

    /// Folds in the records of a run of rows.
    pub(super) fn observe(&mut self, batch: &Batch, rows: &[u32], place: Place) {
        if !self.takes(place) || rows.is_empty() || !self.measure.kind().takes_records {
            return;
        }
        if self.measure.is_grouped() {
            for (key, rows) in self.measure.partition(batch, rows) {
                if let Some(pane) = self.pane(&key, place.tick) {
                    pane.observe(batch, &rows);
                }
            }
        } else if let Some(pane) = self.pane("", place.tick) {
            pane.observe(batch, rows);
        }
    }

    /// Counts lines.
    pub(super) fn account(&mut self, lines: &Accounting, place: Place) {
        if self.takes_lines()
            && self.takes(place)
            && let Some(pane) = self.pane("", place.tick)
        {
            pane.account(lines);
        }
    }

    /// Whether it counts lines, and not records or facts.
    pub(super) fn takes_lines(&self) -> bool {
        self.measure.takes_lines()
    }

    /// Folds in a fact.
    pub(super) fn learn(&mut self, fact: &Fact<'_>, place: Place) {
        if !self.takes(place) {
            return;
        }
        if !self.measure.is_grouped() {
            if let Some(pane) = self.pane("", place.tick) {
                pane.learn(fact);
            }
        } else if let Some(key) = self.measure.key_of(fact)
            && let Some(pane) = self.pane(&key, place.tick)
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
        let keys: BTreeSet<Key> = self.due.split_off(&from).into_values().flatten().collect();
        for key in keys {
            let known = match &mut self.alone {
                Some(group) => Some(group),
                None => self.groups.get_mut(&key),
            };
            let Some(group) = known else { continue };
            let seen = group.open.partition_point(|(at, _)| *at < from);
            let doubted = group.open.split_off(seen);
            if self.length.is_none() && !self.measure.is_silence() {
                for (_, doubted) in doubted {
                    pane(&mut group.open, other, || self.measure.state()).merge(doubted);
                }
                self.due.entry(other).or_default().push(key);
            } else if group.is_empty() {
                // Without groups there is none to remove.
                self.groups.remove(&key);
            }
        }
    }

    fn pane(&mut self, key: &str, tick: i64) -> Option<&mut Pane> {
        let Series { measure, length, alone, groups, due, max_groups, crowded, .. } = self;
        let full = groups.len() >= *max_groups;
        let group = match alone {
            Some(group) => group,
            None => match groups.entry_ref(key) {
                EntryRef::Occupied(group) => group.into_mut(),
                EntryRef::Vacant(_) if full => {
                    *crowded = true;
                    return None;
                }
                EntryRef::Vacant(free) => {
                    let key = Key::from(key);
                    free.insert_with_key(Key::clone(&key), Group::new(key, *length))
                }
            },
        };
        let Group { key, open, .. } = group;
        Some(pane(open, tick, || {
            due.entry(tick).or_default().push(Key::clone(key));
            measure.state()
        }))
    }

    fn group(&self, key: &str) -> Option<&Group> {
        self.alone.as_ref().or_else(|| self.groups.get(key))
    }

    /// The first tick at which a group changes.
    pub(super) fn next(&self) -> Option<i64> {
        self.due.keys().next().copied()
    }

    /// Goes on to a tick; the groups that have changed, in order.
    pub(super) fn close(&mut self, tick: i64) -> Vec<Key> {
        let mut changed = Vec::new();
        while let Some(entry) = self.due.first_entry()
            && *entry.key() <= tick
        {
            changed.extend(entry.remove());
        }
        changed.sort_unstable();
        changed.dedup();
        for key in &changed {
            let known = match &mut self.alone {
                Some(group) => Some(group),
                None => self.groups.get_mut(key),
            };
            let Some(group) = known else { continue };
            group.close(tick);
            if group.is_empty() {
                // Without groups there is none to remove.
                self.groups.remove(key);
            } else if let Past::Window(window) = &group.past
                && let Some(expires) = window.expires()
                && group.expires.replace(expires) != Some(expires)
            {
                self.due.entry(expires).or_default().push(key.clone());
            }
        }
        self.crowded &= self.groups.len() >= self.max_groups;
        changed
    }

    /// Whether a group was seen in the window, or ever.
    pub(super) fn has(&self, key: &str) -> bool {
        self.group(key).is_some_and(|group| !group.is_ahead())
    }

    /// The keys of the groups that were seen in the window, or ever.
    pub(super) fn keys(&self) -> BTreeSet<Key> {
        let groups = self.groups.values().chain(&self.alone);
        groups.filter(|group| !group.is_ahead()).map(|group| Key::clone(&group.key)).collect()
    }

    /// The state of a group as it is since it was last closed; an empty one if there is none.
    pub(super) fn with_state<T>(&self, key: &str, look: impl FnOnce(&Pane) -> T) -> T {
        let state = self.group(key).and_then(|group| match &group.past {
            Past::Total(total) => total.as_ref(),
            Past::Window(window) => window.state(),
        });
        look(state.unwrap_or(&self.empty))
    }
}
