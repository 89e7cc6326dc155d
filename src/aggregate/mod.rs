//! Aggregators: mergeable states that fold records and facts, and the combinators over them.
//!
//! The state of every aggregator is a monoid: [`Aggregator::merge`] of two states is what
//! observing the first input and then the second would have given. Parallel scans, windows,
//! partial states and checkpoints all rest on that. Aggregators do no input or output, know no
//! clock, and cannot fail.
//!
//! One aggregator is one file with a [`State`], and one row of [`KINDS`]. `by`, `every`,
//! `where` and the time range are combinators that know nothing of what they combine.

mod build;
mod by_time;
mod client;
mod comings;
mod connections;
#[cfg(test)]
mod corner_cases;
mod distribution;
mod division;
mod error_rate;
mod errors;
mod every;
mod filter;
mod groups;
mod health;
mod hourly;
mod http;
mod input;
mod keyed;
mod keys;
mod latency;
mod level;
mod lines;
mod measure;
mod metric;
mod names;
mod open_sessions;
mod other;
mod plan;
mod range;
mod records;
mod registry;
mod rows;
mod runs;
mod session_failure;
mod sheets;
mod silence;
mod subject;
mod template;
mod throughput;
mod timeline;
mod unit;
mod watermark;

use std::any::Any;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::event::Fact;
use crate::record::{Accounting, Batch, Level, Problem, Seed, Timestamp, Zone};
use crate::summary::{Body, Scalar, Value};

pub use division::{Division, Part};
pub use keys::label_name;
pub use measure::{Measure, Reading};
pub use plan::Plan;
pub use records::Records;
pub use registry::{Behind, KINDS, Kind, kind};
pub use template::template;
pub use unit::Unit;

/// How the `errors` section groups messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ErrorsBy {
    /// By template: ids, numbers and quoted text masked.
    #[default]
    Template,
    /// By the first 50 characters, as the page does.
    Prefix,
}

/// What every aggregator of a run is built with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The seed of hash tables.
    pub seed: Seed,
    /// How many keys one table may hold.
    pub max_keys: usize,
    /// The zone of hours, days and windows.
    pub zone: Zone,
    /// How messages are grouped.
    pub errors_by: ErrorsBy,
    /// The levels whose messages are listed.
    pub message_levels: Vec<Level>,
    /// Whether there may be many instances (under `by` and `every`), so that each must be small.
    pub nested: bool,
    /// The names of the sources, by number, as far as they are known.
    pub sources: Arc<[String]>,
    /// The first instant that takes part.
    pub since: Option<Timestamp>,
    /// The first instant that does not.
    pub until: Option<Timestamp>,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup {
            seed: Seed::default(),
            max_keys: 1_000_000,
            zone: Zone::Utc,
            errors_by: ErrorsBy::default(),
            message_levels: vec![Level::Warning, Level::Error, Level::Critical],
            nested: false,
            sources: Arc::default(),
            since: None,
            until: None,
        }
    }
}

/// How a state is to be summarised.
#[derive(Debug, Clone, Copy, Default)]
pub struct View {
    /// How many rows a ranking may have; all without it.
    pub top: Option<usize>,
    /// Whether the state is one window of several: figures of a whole input are unknown then.
    pub window: bool,
    /// Whether the input goes on behind what takes part: figures of a whole input are unknown
    /// then, those of windows included.
    pub cut: bool,
    /// Whether the state is of several keys put together (`(other)`), so that the order of what
    /// it has seen is lost: figures that hang on the order are unknown then.
    pub unordered: bool,
    /// The instant at which rules look at the state, and the one since which they have: what
    /// grows with time is told by it. Reports have none.
    pub clock: Option<Clock>,
}

/// Between which instants of event time rules have looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// When they began to.
    pub start: Timestamp,
    /// Now.
    pub now: Timestamp,
}

/// The state of one aggregator. [`Aggregator`] is made from it.
pub trait State: Clone + Serialize + DeserializeOwned + Send + 'static {
    /// Folds in records of a batch.
    fn observe(&mut self, records: &Records<'_>) {
        let _ = records;
    }

    /// Folds in a fact; facts of one source come in its order.
    fn learn(&mut self, fact: &Fact<'_>) {
        let _ = fact;
    }

    /// Appends what a state of the same plan has seen behind this one's input.
    fn merge(&mut self, later: Self);

    /// Counts lines by what became of them, where that is told apart from their rows.
    fn account(&mut self, lines: &Accounting) {
        let _ = lines;
    }

    /// Notes that something could not be read.
    fn problem(&mut self, problem: &Problem) {
        let _ = problem;
    }

    /// Takes out what it began with, a state that all of it was merged behind; whether that can be
    /// done. Plain counts can, and windows of them cost less.
    fn retract(&mut self, earlier: &Self) -> bool {
        let _ = earlier;
        false
    }

    /// Everything observed so far stands so many lines further down in its file than was thought.
    fn shift_lines(&mut self, by: u64) {
        let _ = by;
    }

    /// Hands the gauges (what is online, what is open) to the state of the window behind this
    /// one. Counts are not handed on.
    fn carry(&self, next: &mut Self) {
        let _ = next;
    }

    /// The figures.
    fn summarize(&self, view: &View) -> Body;

    /// The scalar of a name, without the work for the others: rules ask for it at each tick. A
    /// state may know counts by name that its section does not list, for [`field@Kind::behind`].
    fn figure(&self, name: &str, view: &View) -> Option<Value> {
        self.summarize(view).scalar(name).cloned()
    }

    /// Whether there is nothing worth a reader's time; text leaves the section out then.
    fn silent(&self) -> bool {
        false
    }
}

/// The scalars of these names, for a state whose formulas stand in [`State::figure`].
fn scalars(state: &impl State, names: &[&'static str], view: &View) -> Vec<Scalar> {
    let scalar = |name: &&'static str| Some(Scalar { name, value: state.figure(name, view)? });
    names.iter().filter_map(scalar).collect()
}

/// An aggregator of any kind. That it is [`Any`] lets two of one plan find out that they are of
/// one type.
pub trait Aggregator: Any + Send {
    /// The same state again.
    fn copy(&self) -> Box<dyn Aggregator>;
    /// See [`State::observe`].
    fn take(&mut self, records: &Records<'_>);
    /// The same of chosen rows of a batch, ascending, that no other aggregator takes.
    fn observe(&mut self, batch: &Batch, rows: &[u32]) {
        self.take(&Records::new(batch, rows));
    }
    /// See [`State::learn`].
    fn learn(&mut self, fact: &Fact<'_>);
    /// See [`State::account`]. Combinators do not pass it on: lines have no keys.
    fn account(&mut self, _lines: &Accounting) {}
    /// See [`State::problem`]. Combinators do not pass it on: files have no keys.
    fn problem(&mut self, _problem: &Problem) {}
    /// See [`State::merge`]. A state of another plan is ignored; the same plan builds the same
    /// kinds.
    fn merge(&mut self, later: Box<dyn Aggregator>);
    /// The same of a state that is kept.
    fn append(&mut self, later: &dyn Aggregator) {
        self.merge(later.copy());
    }
    /// See [`State::retract`].
    fn retract(&mut self, _earlier: &dyn Aggregator) -> bool {
        false
    }
    /// See [`State::shift_lines`]. Combinators need not pass it on: lines are counted by `input`
    /// alone, which takes none.
    fn shift_lines(&mut self, _by: u64) {}
    /// See [`State::carry`].
    fn carry(&self, next: &mut dyn Aggregator);
    /// Prepares for the report, once all input has been seen: what was kept apart until then is
    /// put together.
    fn settle(&mut self) {}
    /// See [`State::summarize`].
    fn summarize(&self, view: &View) -> Body;
    /// See [`State::figure`].
    fn figure(&self, name: &str, view: &View) -> Option<Value> {
        self.summarize(view).scalar(name).cloned()
    }
    /// See [`State::silent`].
    fn silent(&self) -> bool;
    /// The serial form of the state.
    fn save(&self) -> serde_json::Value;
    /// Appends a saved state, see [`Aggregator::merge`].
    ///
    /// # Errors
    ///
    /// If the value is not the serial form of a state of the same plan.
    fn load(&mut self, saved: serde_json::Value) -> Result<()>;
}

impl Clone for Box<dyn Aggregator> {
    fn clone(&self) -> Box<dyn Aggregator> {
        self.as_ref().copy()
    }
}

impl<S: State> Aggregator for S {
    fn copy(&self) -> Box<dyn Aggregator> {
        Box::new(self.clone())
    }

    fn take(&mut self, records: &Records<'_>) {
        State::observe(self, records);
    }

    fn learn(&mut self, fact: &Fact<'_>) {
        State::learn(self, fact);
    }

    fn account(&mut self, lines: &Accounting) {
        State::account(self, lines);
    }

    fn problem(&mut self, problem: &Problem) {
        State::problem(self, problem);
    }

    fn merge(&mut self, later: Box<dyn Aggregator>) {
        if let Ok(later) = (later as Box<dyn Any>).downcast::<S>() {
            State::merge(self, *later);
        }
    }

    fn append(&mut self, later: &dyn Aggregator) {
        if let Some(later) = (later as &dyn Any).downcast_ref::<S>() {
            State::merge(self, later.clone());
        }
    }

    fn retract(&mut self, earlier: &dyn Aggregator) -> bool {
        let earlier = (earlier as &dyn Any).downcast_ref::<S>();
        earlier.is_some_and(|earlier| State::retract(self, earlier))
    }

    fn shift_lines(&mut self, by: u64) {
        State::shift_lines(self, by);
    }

    fn carry(&self, next: &mut dyn Aggregator) {
        if let Some(next) = (next as &mut dyn Any).downcast_mut::<S>() {
            State::carry(self, next);
        }
    }

    fn summarize(&self, view: &View) -> Body {
        State::summarize(self, view)
    }

    fn figure(&self, name: &str, view: &View) -> Option<Value> {
        State::figure(self, name, view)
    }

    fn silent(&self) -> bool {
        State::silent(self)
    }

    fn save(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn load(&mut self, saved: serde_json::Value) -> Result<()> {
        let later: S = serde_json::from_value(saved)
            .map_err(|fault| Error::config(format!("not a state of this aggregator: {fault}")))?;
        State::merge(self, later);
        Ok(())
    }
}
