//! A series in a form that can be kept over a restart: by what its groups are called, and what was
//! seen of each in which tick. How it is held in memory does not show.

use serde::ser::{SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Result;

use super::{Group, Key, Past, Series};
use crate::alert::window::Pane;

/// What a series holds, at one moment.
#[derive(Serialize)]
pub(in crate::alert) struct SeriesCopy {
    /// See [`crate::aggregate::Measure::states`].
    states: String,
    /// The length of its window in ticks.
    length: Option<i64>,
    crowded: bool,
    groups: Vec<GroupCopy>,
}

#[derive(Serialize)]
struct GroupCopy {
    #[serde(serialize_with = "text")]
    key: Key,
    #[serde(serialize_with = "panes")]
    open: Vec<(i64, Pane)>,
    /// The states of the ticks in the window.
    #[serde(serialize_with = "panes")]
    window: Vec<(i64, Pane)>,
    /// Without a window, the state of everything that is over.
    #[serde(serialize_with = "total")]
    total: Option<Pane>,
}

fn text<S: Serializer>(key: &Key, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(key)
}

fn panes<S: Serializer>(panes: &[(i64, Pane)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(Some(panes.len()))?;
    for (tick, state) in panes {
        list.serialize_element(&(tick, state.save()))?;
    }
    list.end()
}

#[expect(clippy::ref_option, reason = "serde hands over fields as they are")]
fn total<S: Serializer>(total: &Option<Pane>, serializer: S) -> Result<S::Ok, S::Error> {
    total.as_ref().map(|state| state.save()).serialize(serializer)
}

/// What a series held, as it was kept.
#[derive(Deserialize)]
pub(in crate::alert) struct SavedSeries {
    states: String,
    length: Option<i64>,
    crowded: bool,
    groups: Vec<SavedGroup>,
}

#[derive(Deserialize)]
struct SavedGroup {
    key: String,
    open: Vec<(i64, Value)>,
    window: Vec<(i64, Value)>,
    total: Option<Value>,
}

impl Series {
    /// As it is now.
    pub(in crate::alert) fn copy(&self) -> SeriesCopy {
        let groups = self.groups.values().chain(&self.alone).map(Group::copy);
        let mut groups: Vec<GroupCopy> = groups.collect();
        groups.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        SeriesCopy {
            states: self.measure.states(),
            length: self.length,
            crowded: self.crowded,
            groups,
        }
    }

    /// Whether what was kept is of its states.
    pub(in crate::alert) fn is_kept_in(&self, saved: &SavedSeries) -> bool {
        self.length == saved.length && self.measure.states() == saved.states
    }

    /// Goes on, empty as it is, with what was kept.
    ///
    /// # Errors
    ///
    /// If a state is of another aggregation.
    pub(in crate::alert) fn restore(&mut self, saved: SavedSeries) -> Result<()> {
        for group in saved.groups {
            self.restore_group(group)?;
        }
        self.crowded = saved.crowded;
        Ok(())
    }

    fn restore_group(&mut self, saved: SavedGroup) -> Result<()> {
        let key = Key::from(saved.key);
        let mut group = Group::new(Key::clone(&key), self.length);
        for (tick, state) in saved.open {
            group.open.push((tick, self.state(state)?));
            self.due.entry(tick).or_default().push(Key::clone(&key));
        }
        let total = saved.total.map(|state| self.state(state)).transpose()?;
        match &mut group.past {
            Past::Total(past) => *past = total,
            Past::Window(window) => {
                for (tick, state) in saved.window {
                    window.push(tick, self.state(state)?);
                }
                group.expires = window.expires();
                if let Some(expires) = group.expires {
                    self.due.entry(expires).or_default().push(Key::clone(&key));
                }
            }
        }
        match &mut self.alone {
            Some(alone) => *alone = group,
            None => drop(self.groups.insert(key, group)),
        }
        Ok(())
    }

    fn state(&self, saved: Value) -> Result<Pane> {
        let mut state = self.measure.state();
        state.load(saved)?;
        Ok(state)
    }
}

impl Group {
    fn copy(&self) -> GroupCopy {
        let open = self.open.iter().map(|(tick, state)| (*tick, state.copy())).collect();
        let (window, total) = match &self.past {
            Past::Window(window) => (window.panes(), None),
            Past::Total(total) => (Vec::new(), total.clone()),
        };
        GroupCopy { key: Key::clone(&self.key), open, window, total }
    }
}
