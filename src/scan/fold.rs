//! The state of a run: every aggregator's, and what the trackers know. A monoid like they are.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregator, Plan, Records, View};
use crate::error::{Error, Result};
use crate::event::{Event, KeptEvents, Tracker};
use crate::record::{Batch, Problem};
use crate::summary::Report;

use super::learners::Learners;
use super::sink::Sink;

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
///
/// A clone goes on by itself: what becomes of it changes nothing here.
#[derive(Clone)]
pub struct Fold {
    plans: Arc<[Plan]>,
    tracking: Tracking,
    states: Vec<Box<dyn Aggregator>>,
    learners: Arc<Learners>,
    /// One for each source, in order.
    trackers: Vec<(u32, Tracker)>,
    beginning: Beginning,
    /// The events of the source that the input began in the middle of.
    pending: KeptEvents,
    records: u64,
    malformed: u64,
}

/// How the input begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Beginning {
    /// With the start of a source.
    Start,
    /// In the middle of this source.
    Middle(u32),
    /// Nothing has come yet.
    Unknown,
}

impl Fold {
    /// An empty fold for an input from its start.
    #[must_use]
    pub fn whole(plans: &[Plan], tracking: Tracking) -> Fold {
        let states = plans.iter().map(Plan::whole).collect();
        let learners = Arc::new(Learners::of(plans));
        let fold = Fold::new(plans.into(), learners, tracking, states);
        Fold { beginning: Beginning::Start, ..fold }
    }

    /// An empty fold for a part of an input, to be merged into a whole.
    #[must_use]
    pub fn part(plans: &[Plan], tracking: Tracking) -> Fold {
        let learners = Arc::new(Learners::of(plans));
        Fold::new(plans.into(), learners, tracking, plans.iter().map(Plan::part).collect())
    }

    fn new(
        plans: Arc<[Plan]>,
        learners: Arc<Learners>,
        tracking: Tracking,
        states: Vec<Box<dyn Aggregator>>,
    ) -> Fold {
        Fold {
            plans,
            tracking,
            states,
            learners,
            trackers: Vec::new(),
            beginning: Beginning::Unknown,
            pending: KeptEvents::default(),
            records: 0,
            malformed: 0,
        }
    }

    /// How many lines were malformed.
    #[must_use]
    pub fn malformed(&self) -> u64 {
        self.malformed
    }

    /// Folds in the next batch.
    pub fn observe(&mut self, batch: &Batch) {
        self.begins(if batch.whole_source {
            Beginning::Start
        } else {
            Beginning::Middle(batch.source)
        });
        self.records += batch.accounting.records;
        self.malformed += batch.accounting.malformed();
        let records = Records::shared(batch, &batch.records);
        for state in &mut self.states {
            state.take(&records);
        }
        if batch.events.is_empty() || self.learners.is_empty() {
            return; // What events mean would be told to nobody.
        }
        if self.beginning == Beginning::Middle(batch.source) {
            batch.events.iter().for_each(|raw| self.pending.push(&Event::of(batch, raw)));
        } else {
            self.events(batch.source, batch.events.iter().map(|raw| Event::of(batch, raw)));
        }
    }

    /// Notes that something could not be read, or not to its end; nothing of it stands in batches.
    pub fn problem(&mut self, error: &Error) {
        let (file, what) = error.subject().unwrap_or(("", error.message()));
        let problem = Problem::new(file, what);
        for state in &mut self.states {
            state.problem(&problem);
        }
    }

    fn begins(&mut self, so: Beginning) {
        if self.beginning == Beginning::Unknown {
            self.beginning = so;
        }
    }

    fn events<'a>(&mut self, source: u32, events: impl Iterator<Item = Event<'a>>) {
        let Fold { states, learners, trackers, tracking, .. } = self;
        if trackers.last().is_none_or(|(last, _)| *last != source) {
            trackers.push((source, Tracker::new(source, tracking.join, tracking.max_keys)));
        }
        if let Some((_, tracker)) = trackers.last_mut() {
            tracker.observe(events, &mut |fact| learners.tell(fact, states));
        }
    }

    /// Says that every line observed so far stands so many lines further down in its file: for a
    /// part of a file that was read before anybody knew how many lines come before it.
    pub fn shift_lines(&mut self, by: u64) {
        for state in &mut self.states {
            state.shift_lines(by);
        }
    }

    /// Appends the fold of what came behind: the part that begins where this one ends, or
    /// further sources.
    pub fn merge(&mut self, later: Fold) {
        self.begins(later.beginning);
        match later.beginning {
            // This input began in the middle of the same source, or is empty.
            beginning if beginning == self.beginning => self.pending.append(&later.pending),
            Beginning::Middle(source) if !later.pending.is_empty() => {
                self.events(source, later.pending.iter());
            }
            // Nothing waits there.
            _ => {}
        }
        for (mine, theirs) in self.states.iter_mut().zip(later.states) {
            mine.merge(theirs);
        }
        self.trackers.extend(later.trackers);
        self.records += later.records;
        self.malformed += later.malformed;
    }

    /// The report. What still waited for its beginning is taken as if the input began with it,
    /// and what is open or online at the end is told.
    #[must_use]
    pub fn report(self, view: &View) -> Report {
        if let Beginning::Middle(_) = self.beginning {
            // A whole input begins with what comes first.
            let mut whole = Fold::whole(&self.plans, self.tracking);
            whole.merge(self);
            return whole.report(view);
        }
        let Fold { plans, mut states, learners, trackers, records, .. } = self;
        // What trackers remember is not needed any more: it makes room for the report.
        for (_, tracker) in trackers {
            tracker.finish(&mut |fact| learners.tell(fact, &mut states));
        }
        for state in &mut states {
            state.settle();
        }
        let sections =
            plans.iter().zip(&states).map(|(plan, state)| plan.section(state.as_ref(), view));
        Report { sections: sections.collect(), empty: records == 0 }
    }

    /// The report of a run that had ended here; this one goes on as if nobody had looked.
    #[must_use]
    pub fn snapshot(&self, view: &View) -> Report {
        self.clone().report(view)
    }

    /// The serial form of the whole fold.
    #[must_use]
    pub fn save(&self) -> serde_json::Value {
        serde_json::json!({
            "states": self.states.iter().map(|state| state.save()).collect::<Vec<_>>(),
            "trackers": self.trackers,
            "beginning": self.beginning,
            "pending": self.pending,
            "records": self.records,
            "malformed": self.malformed,
        })
    }

    /// The part that a serial form holds; the plans must be those it was made with.
    ///
    /// # Errors
    ///
    /// If it is not the serial form of a fold of these plans.
    pub fn load(plans: &[Plan], tracking: Tracking, saved: serde_json::Value) -> Result<Fold> {
        Fold::part(plans, tracking).filled(saved)
    }

    /// The fold of an input from its start that a serial form holds, to go on with.
    ///
    /// # Errors
    ///
    /// As for [`Fold::load`].
    pub fn resume(plans: &[Plan], tracking: Tracking, saved: serde_json::Value) -> Result<Fold> {
        Fold::whole(plans, tracking).filled(saved)
    }

    /// The same, which is empty, with what a serial form holds.
    fn filled(mut self, saved: serde_json::Value) -> Result<Fold> {
        let not_ours = |fault: String| Error::config(format!("not a partial state: {fault}"));
        let saved: Saved =
            serde_json::from_value(saved).map_err(|fault| not_ours(fault.to_string()))?;
        if saved.states.len() != self.states.len() {
            return Err(not_ours("it is of other aggregations".to_owned()));
        }
        for (state, saved) in self.states.iter_mut().zip(saved.states) {
            state.load(saved)?;
        }
        self.trackers = saved.trackers;
        self.beginning = saved.beginning;
        self.pending = saved.pending;
        self.records = saved.records;
        self.malformed = saved.malformed;
        Ok(self)
    }
}

impl Sink for Fold {
    fn part_maker(&self) -> Box<dyn Fn() -> Fold + Send + Sync> {
        let (plans, learners) = (Arc::clone(&self.plans), Arc::clone(&self.learners));
        let tracking = self.tracking;
        Box::new(move || {
            let states = plans.iter().map(Plan::part).collect();
            Fold::new(Arc::clone(&plans), Arc::clone(&learners), tracking, states)
        })
    }

    fn observe(&mut self, batch: &Batch) {
        Fold::observe(self, batch);
    }

    fn problem(&mut self, error: &Error) {
        Fold::problem(self, error);
    }

    fn shift_lines(&mut self, by: u64) {
        Fold::shift_lines(self, by);
    }

    fn merge(&mut self, later: Fold) {
        Fold::merge(self, later);
    }
}

#[derive(Deserialize)]
struct Saved {
    states: Vec<serde_json::Value>,
    trackers: Vec<(u32, Tracker)>,
    beginning: Beginning,
    pending: KeptEvents,
    records: u64,
    malformed: u64,
}
