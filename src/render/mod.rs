//! A report as text, as JSON or as a screen, and alert events for their receivers.
//!
//! One file for each format. Renderers read a [`crate::summary::Report`] and know no aggregator:
//! a new one appears in every format by itself. They do no figures of their own.

pub mod alert;
pub mod json;
#[cfg(feature = "screen")]
pub mod screen;
pub mod text;

#[cfg(test)]
mod tests;
