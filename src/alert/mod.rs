//! Alert rules over event time: windows of aggregator states, states of rules, alert events.
//!
//! A rule compares figures of aggregators with numbers at every tick of event time. An [`Engine`]
//! folds rows and facts into *panes*, the states of ticks; panes are merged to sliding windows;
//! what the rules read there moves them between inactive, pending and firing, and that is told by
//! events. This module knows no wording of logs and no clock: how far time has come it is told.
//! What an event looks like for a receiver is [`crate::render`]'s business.

mod check;
mod clock;
mod defaults;
mod engine;
mod event;
mod file;
mod groups;
mod message;
mod phase;
mod rule;
mod ruleset;
mod runs;
mod series;
mod severity;
mod template;
mod watch;
mod window;

pub use check::{Figure, check};
pub use clock::Pace;
pub use defaults::{DEFAULTS, built_in, defaults};
pub use engine::{Emit, Engine, REMEMBERED, Seen, Settings, Snapshot};
pub use event::{ALERTNAME, Event, Evidence, Heartbeat, MAX_DEDUP_KEY, SEVERITY, Status};
pub use file::{Written, combine, combine_all, read, read_all};
pub use message::LIMIT_REACHED;
pub use rule::Rule;
pub use severity::Severity;
pub use template::{PLACEHOLDERS, Template};
