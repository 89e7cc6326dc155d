//! Where a rule stands in a form that can be kept over a restart.

use serde::{Deserialize, Serialize};

use crate::aggregate::Reading;
use crate::alert::rule::Rule;
use crate::alert::series::Key;

use super::{Standing, Watch};

/// Where a rule stood.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::alert) struct SavedWatch {
    /// The name of the rule.
    pub(in crate::alert) name: String,
    /// All that the rule said.
    rule: String,
    states: Vec<(String, Standing)>,
    /// What was read when alerts were told to fire last.
    told: Vec<(String, Reading)>,
    limited: Option<i64>,
}

impl Watch {
    /// As it stands now.
    pub(in crate::alert) fn save(&self) -> SavedWatch {
        let states = self.states.iter().map(|(key, standing)| (key.to_string(), *standing));
        let mut states: Vec<(String, Standing)> = states.collect();
        states.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let told = self.told.iter().map(|(key, reading)| (key.to_string(), *reading));
        let mut told: Vec<(String, Reading)> = told.collect();
        told.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        SavedWatch {
            name: self.rule.name.clone(),
            rule: said(&self.rule),
            states,
            told,
            limited: self.limited,
        }
    }

    /// Goes on where the same rule stood; whether it is the same.
    pub(in crate::alert) fn restore(&mut self, saved: SavedWatch) -> bool {
        if said(&self.rule) != saved.rule {
            return false;
        }
        let states = saved.states.into_iter().map(|(key, standing)| (Key::from(key), standing));
        self.states.clear();
        self.states.extend(states);
        self.told.clear();
        self.told.extend(saved.told.into_iter().map(|(key, reading)| (Key::from(key), reading)));
        self.firing = self.states.values().filter(|standing| standing.phase.is_firing()).count();
        self.refused = self.states.values().filter(|standing| standing.refused).count();
        self.limited = saved.limited;
        true
    }
}

/// A text that is the same for two rules if they are equal.
fn said(rule: &Rule) -> String {
    let Rule { name, when, over, hold, keep_firing_for, repeat_interval, .. } = rule;
    let Rule { min_records, severity, limit, labels, annotations, .. } = rule;
    let times = (over, hold, keep_firing_for, repeat_interval);
    let rest = (min_records, severity, limit, labels, annotations);
    format!("{:?}", (name, &when.text, times, rest))
}
