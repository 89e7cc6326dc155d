//! `ufo-logscan` reads the JSON logs of a UFO server, one record a line, and says what happened.
//!
//! The library is the program without its command line: blocks of whole lines become a
//! [`record::Batch`] of columns ([`parse`]), wording becomes events and events become facts
//! ([`event`]), [`aggregate`] folds records and facts into mergeable states, and the states
//! become a [`summary::Report`] that [`render`] writes as text or JSON.
//!
//! `docs/architecture.md` has the map and the invariants.

pub mod aggregate;
pub mod app;
pub mod cli;
pub mod error;
pub mod event;
pub mod expr;
pub mod parse;
pub mod record;
pub mod render;
pub mod scan;
pub mod source;
pub mod summary;
