//! Which states learn which facts: looked up by kind, not asked of every plan for every fact.

use crate::aggregate::{Aggregator, Plan};
use crate::event::{Fact, FactKind};

/// For each kind of fact the places of the states that learn it, in order.
pub(super) struct Learners([Vec<u32>; FactKind::ALL.len()]);

impl Learners {
    /// For states of these plans.
    pub(super) fn of(plans: &[Plan]) -> Learners {
        Learners(FactKind::ALL.map(|kind| {
            let learn = |plan: &Plan| plan.kind().learns.contains(&kind);
            (0..).zip(plans).filter_map(|(at, plan)| learn(plan).then_some(at)).collect()
        }))
    }

    /// Tells a fact to those of the states that learn it.
    pub(super) fn tell(&self, fact: &Fact<'_>, states: &mut [Box<dyn Aggregator>]) {
        for &state in &self.0[fact.kind as usize] {
            states[state as usize].learn(fact);
        }
    }

    /// Whether there is no fact that any state learns.
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(Vec::is_empty)
    }
}
