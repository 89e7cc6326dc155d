//! What lines mean. The only place that knows wording.
//!
//! A [`Profile`] (TOML) says which message is which raw event; a [`Matcher`] marks the rows of a
//! batch; a [`Tracker`], one for each source and in its order, joins raw events into [`Fact`]s.
//! Figures count facts. Nothing here knows figures, files or formats.

mod bytes;
mod entry;
mod fact;
mod first;
mod groups;
mod kept;
mod literal;
mod matcher;
mod number;
mod pattern;
mod profile;
mod program;
mod recent;
mod tracker;
mod trie;
mod view;

pub use fact::{Fact, FactKind, Outcome};
pub use kept::KeptEvents;
pub use matcher::Matcher;
pub use profile::Profile;
pub use tracker::Tracker;
pub use view::Event;

#[cfg(test)]
mod tests;
