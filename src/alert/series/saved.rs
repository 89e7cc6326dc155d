//! A series in a form that can be kept over a restart: by what its groups are called, and what was
//! seen of each in which tick. How it is held in memory does not show.

use serde::ser::{SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Result;

use super::{ALONE, Group, Key, Series};
use crate::alert::groups::Past;
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
        let mut groups: Vec<GroupCopy> = self.groups.iter().map(Group::copy).collect();
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
        let states = |panes: Vec<(i64, Value)>| -> Result<Vec<(i64, Pane)>> {
            panes.into_iter().map(|(tick, state)| Ok((tick, self.loaded(state)?))).collect()
        };
        let (open, window) = (states(saved.open)?, states(saved.window)?);
        let total = saved.total.map(|state| self.loaded(state)).transpose()?;
        let Series { groups, due, length, measure, .. } = self;
        let slot =
            if measure.is_grouped() { groups.add(Key::from(saved.key), *length) } else { ALONE };
        let Some(group) = groups.get_mut(slot) else { return Ok(()) };
        for (tick, _) in &open {
            due.entry(*tick).or_default().push(slot);
        }
        group.open = open;
        match &mut group.past {
            Past::Total(past) => *past = total,
            Past::Window(past) => {
                for (tick, state) in window {
                    past.push(tick, state);
                }
                group.expires = past.expires();
            }
        }
        if let Some(expires) = group.expires {
            due.entry(expires).or_default().push(slot);
        }
        Ok(())
    }

    fn loaded(&self, saved: Value) -> Result<Pane> {
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
