//! A report as text, JSON, CSV, a page of HTML, metrics or a screen, alert events for their
//! receivers, and records once more.
//!
//! One file for each format. Renderers read a [`crate::summary::Report`] and know no aggregator:
//! a new one appears in every format by itself. They do no figures of their own.

pub mod alert;
pub mod csv;
pub mod html;
pub mod json;
mod metrics;
pub mod openmetrics;
pub mod prometheus;
pub mod record;
#[cfg(feature = "screen")]
pub mod screen;
pub mod text;

#[cfg(test)]
mod tests;
