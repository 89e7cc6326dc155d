//! Alert rules over event time: windows of aggregator states, states of rules, alert events.
//!
//! A rule compares figures of aggregators with numbers at every tick of event time. This module
//! knows no wording of logs and no clock: how far time has come it is told. What it tells is
//! an event; what an event looks like for a receiver is [`crate::render`]'s business.

mod severity;

pub use severity::Severity;
