//! The live screen: what is drawn, and what a real process does to a real terminal; and reports
//! that are printed every so often.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test stops at what it did not expect, and waits for others no longer than it says"
)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../hostile/corpus.rs"]
#[allow(dead_code, reason = "texts are taken, lines are not")]
mod corpus;

mod drawn;
mod every;
mod first_look;
mod pty;
mod terminal;
