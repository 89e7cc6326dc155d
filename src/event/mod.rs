//! What lines mean. The only place that knows wording.
//!
//! A [`Profile`] (TOML) says which message is which raw event; a [`Matcher`] marks the rows of a
//! batch; a [`Tracker`], one for each source and in its order, joins raw events into [`Fact`]s.
//! Figures count facts.

mod fact;

pub use fact::{Fact, FactKind, Outcome};
