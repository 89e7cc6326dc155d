//! The state of a run: every aggregator's, and what the trackers know. A monoid like they are.

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregator, Plan, View};
use crate::error::{Error, Result};
use crate::event::{Event, Fact, OwnedEvent, Tracker};
use crate::record::Batch;
use crate::summary::Report;

/// How trackers join events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tracking {
    /// Whether events are joined into facts; without it each is a fact of its own.
    pub join: bool,
    /// How many clients and open sessions are remembered.
    pub max_keys: usize,
}

/// Folds the batches of an input, or of a part of it.
///
/// Batches of one source come in its order, sources one behind the other. A fold whose input
/// begins in the middle of a source cannot tell what that source's events mean, because an end
/// names no start: it keeps them until the fold of what came before is known.
pub struct Fold {
    plans: Vec<Plan>,
    tracking: Tracking,
    states: Vec<Box<dyn Aggregator>>,
    /// One for each source, in order.
    trackers: Vec<(u32, Tracker)>,
    /// Events of a source that the input began in the middle of.
    pending: Option<Pending>,
    records: u64,
}

#[derive(Serialize, Deserialize)]
struct Pending {
    source: u32,
    events: Vec<OwnedEvent>,
}

impl Fold {
    /// An empty fold for an input from its start.
    #[must_use]
    pub fn whole(plans: &[Plan], tracking: Tracking) -> Fold {
        Fold::new(plans, tracking, plans.iter().map(Plan::whole).collect())
    }

    /// An empty fold for a part of an input, to be merged into a whole.
    #[must_use]
    pub fn part(plans: &[Plan], tracking: Tracking) -> Fold {
        Fold::new(plans, tracking, plans.iter().map(Plan::part).collect())
    }

    fn new(plans: &[Plan], tracking: Tracking, states: Vec<Box<dyn Aggregator>>) -> Fold {
        let plans = plans.to_vec();
        Fold { plans, tracking, states, trackers: Vec::new(), pending: None, records: 0 }
    }

    /// Folds in the next batch.
    pub fn observe(&mut self, batch: &Batch) {
        self.records += batch.accounting.records;
        for state in &mut self.states {
            state.observe(batch, &batch.records);
        }
        for raw in &batch.events {
            let event = Event::of(batch, raw);
            match self.pending_of(batch) {
                Some(pending) => pending.events.push(event.keep()),
                None => self.event(batch.source, &event),
            }
        }
    }

    /// Where the events of a batch wait, if its source began before the input.
    fn pending_of(&mut self, batch: &Batch) -> Option<&mut Pending> {
        if batch.whole_source || self.trackers.iter().any(|(source, _)| *source == batch.source) {
            return None;
        }
        Some(
            self.pending
                .get_or_insert_with(|| Pending { source: batch.source, events: Vec::new() }),
        )
    }

    fn event(&mut self, source: u32, event: &Event<'_>) {
        let Fold { plans, states, trackers, tracking, .. } = self;
        if trackers.last().is_none_or(|(last, _)| *last != source) {
            trackers.push((source, Tracker::new(source, tracking.join, tracking.max_keys)));
        }
        if let Some((_, tracker)) = trackers.last_mut() {
            tracker.observe(event, &mut |fact| learn(plans, states, fact));
        }
    }

    /// Appends the fold of what came behind: the part that begins where this one ends, or
    /// further sources.
    pub fn merge(&mut self, later: Fold) {
        if let Some(theirs) = later.pending {
            let known = self.trackers.iter().any(|(source, _)| *source == theirs.source);
            match &mut self.pending {
                Some(mine) if !known && mine.source == theirs.source => {
                    mine.events.extend(theirs.events);
                }
                None if !known && self.records == 0 => self.pending = Some(theirs),
                _ => self.replay(&theirs),
            }
        }
        for (mine, theirs) in self.states.iter_mut().zip(later.states) {
            mine.merge(theirs);
        }
        self.trackers.extend(later.trackers);
        self.records += later.records;
    }

    fn replay(&mut self, pending: &Pending) {
        for event in &pending.events {
            self.event(pending.source, &event.event());
        }
    }

    /// The report. What still waited for its beginning is taken as if the input began with it,
    /// and what is open or online at the end is told.
    #[must_use]
    pub fn report(mut self, view: &View) -> Report {
        if let Some(pending) = self.pending.take() {
            self.replay(&pending);
        }
        let Fold { plans, states, trackers, records, .. } = &mut self;
        for (_, tracker) in trackers.iter() {
            tracker.finish(&mut |fact| learn(plans, states, fact));
        }
        let sections =
            plans.iter().zip(states.iter()).map(|(plan, state)| plan.section(state.as_ref(), view));
        Report { sections: sections.collect(), empty: *records == 0 }
    }

    /// The serial form of the whole fold.
    #[must_use]
    pub fn save(&self) -> serde_json::Value {
        serde_json::json!({
            "states": self.states.iter().map(|state| state.save()).collect::<Vec<_>>(),
            "trackers": self.trackers,
            "pending": self.pending,
            "records": self.records,
        })
    }

    /// The part that a serial form holds; the plans must be those it was made with.
    ///
    /// # Errors
    ///
    /// If it is not the serial form of a fold of these plans.
    pub fn load(plans: &[Plan], tracking: Tracking, saved: serde_json::Value) -> Result<Fold> {
        let not_ours = |fault: String| Error::config(format!("not a partial state: {fault}"));
        let saved: Saved =
            serde_json::from_value(saved).map_err(|fault| not_ours(fault.to_string()))?;
        let mut fold = Fold::part(plans, tracking);
        if saved.states.len() != fold.states.len() {
            return Err(not_ours("it is of other aggregations".to_owned()));
        }
        for (state, saved) in fold.states.iter_mut().zip(saved.states) {
            state.load(saved)?;
        }
        fold.trackers = saved.trackers;
        fold.pending = saved.pending;
        fold.records = saved.records;
        Ok(fold)
    }
}

#[derive(Deserialize)]
struct Saved {
    states: Vec<serde_json::Value>,
    trackers: Vec<(u32, Tracker)>,
    pending: Option<Pending>,
    records: u64,
}

fn learn(plans: &[Plan], states: &mut [Box<dyn Aggregator>], fact: &Fact<'_>) {
    for (plan, state) in plans.iter().zip(states) {
        if plan.kind().learns.contains(&fact.kind) {
            state.learn(fact);
        }
    }
}
