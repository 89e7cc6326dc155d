//! `ufo-logscan` reads the JSON logs of a UFO server, one record a line, and says what happened.
//!
//! The library is the program without its command line: blocks of whole lines become a
//! [`record::Batch`] of columns ([`parse`]), wording becomes events and events become facts
//! ([`event`]), [`aggregate`] folds records and facts into mergeable states, and the states
//! become a [`summary::Report`] that [`render`] writes as text or JSON.
//!
//! `docs/architecture.md` has the map and the invariants.
//!
//! # Example
//!
//! Two sessions begin, one of them ends:
//!
//! ```
//! use ufo_logscan::aggregate::{Plan, Setup};
//! use ufo_logscan::event::Profile;
//! use ufo_logscan::expr::parse_aggregation;
//! use ufo_logscan::record::{Needs, Zone};
//! use ufo_logscan::{render, scan};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let log = r#"
//! {"timestamp":"2026-11-22T06:00:00","level":"INFO","message":"[Session] Created session a for task: x"}
//! {"timestamp":"2026-11-22T06:00:01","level":"INFO","message":"[Session] Created session b for task: y"}
//! {"timestamp":"2026-11-22T06:00:03","level":"INFO","message":"[Session] Task completed: a"}
//! {"timestamp":"2026-11-22T06:00:"#;
//!
//! let profile = Profile::named("ufo").ok_or("there is such a profile")?;
//! let (setup, mut needs) = (Setup::default(), Needs::default());
//! let mut plan = |text| Plan::new(parse_aggregation(text)?, &setup, &mut needs);
//! let plans = [plan("session-failure")?, plan("input")?, plan("count by day where level == INFO")?];
//!
//! let report = scan::report(log.as_bytes(), &profile, &setup, &plans, needs)?;
//! assert_eq!(report.count("session-failure", "started"), Some(2));
//! assert_eq!(report.count("session-failure", "unfinished"), Some(1));
//! assert_eq!(report.count("session-failure", "open"), Some(1));
//! assert_eq!(report.count("input", "malformed"), Some(1));
//! render::json::write(&report, &Zone::Utc, &mut std::io::stdout())?;
//! # Ok(())
//! # }
//! ```

pub mod aggregate;
pub mod alert;
pub mod app;
pub mod checkpoint;
pub mod cli;
mod config;
pub mod error;
pub mod escape;
pub mod event;
pub mod expr;
pub mod parse;
pub mod record;
pub mod render;
pub mod ruletest;
pub mod scan;
pub mod source;
pub mod summary;
