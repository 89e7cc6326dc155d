//! Aggregators: mergeable states that fold records and facts, and the combinators over them.
//!
//! The state of every aggregator is a monoid: [`Aggregator::merge`] of two states is what
//! observing the first input and then the second would have given. Parallel scans, windows,
//! partial states and checkpoints all rest on that. Aggregators do no input or output, know no
//! clock, and cannot fail.
//!
//! One aggregator is one file with a [`State`], and one row of [`KINDS`]. `by`, `every`,
//! `where` and the time range are combinators that know nothing of what they combine.

mod by_time;
mod client;
mod connections;
#[cfg(test)]
mod corner_cases;
mod distribution;
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
mod latency;
mod level;
mod metric;
mod names;
mod other;
mod plan;
mod range;
mod registry;
mod runs;
mod session_failure;
mod subject;
mod template;
mod throughput;
mod timeline;
mod watermark;

use std::any::Any;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::event::Fact;
use crate::record::{Batch, Level, Seed, Timestamp, Zone};
use crate::summary::Body;

pub use plan::Plan;
pub use registry::{KINDS, Kind, kind};
pub use template::template;

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
}

/// The state of one aggregator. [`Aggregator`] is made from it.
pub trait State: Serialize + DeserializeOwned + Send + 'static {
    /// Folds in the chosen rows of a batch, ascending.
    fn observe(&mut self, batch: &Batch, rows: &[u32]) {
        let _ = (batch, rows);
    }

    /// Folds in a fact; facts of one source come in its order.
    fn learn(&mut self, fact: &Fact<'_>) {
        let _ = fact;
    }

    /// Appends what a state of the same plan has seen behind this one's input.
    fn merge(&mut self, later: Self);

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

    /// Whether there is nothing worth a reader's time; text leaves the section out then.
    fn silent(&self) -> bool {
        false
    }
}

/// An aggregator of any kind. That it is [`Any`] lets two of one plan find out that they are of
/// one type.
pub trait Aggregator: Any + Send {
    /// See [`State::observe`].
    fn observe(&mut self, batch: &Batch, rows: &[u32]);
    /// See [`State::learn`].
    fn learn(&mut self, fact: &Fact<'_>);
    /// See [`State::merge`]. A state of another plan is ignored; the same plan builds the same
    /// kinds.
    fn merge(&mut self, later: Box<dyn Aggregator>);
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

impl<S: State> Aggregator for S {
    fn observe(&mut self, batch: &Batch, rows: &[u32]) {
        State::observe(self, batch, rows);
    }

    fn learn(&mut self, fact: &Fact<'_>) {
        State::learn(self, fact);
    }

    fn merge(&mut self, later: Box<dyn Aggregator>) {
        if let Ok(later) = (later as Box<dyn Any>).downcast::<S>() {
            State::merge(self, *later);
        }
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
