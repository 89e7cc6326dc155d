//! `--checkpoint`: the scenarios C1 to C8, S7 and S18 with the program itself and real files.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its files has failed")]
#![allow(clippy::disallowed_methods, reason = "a test that waits for a program waits by the clock")]

#[path = "../common/mod.rs"]
mod common;

mod faults;
mod held;
mod kills;
mod restarts;
mod rules;
mod server;
mod site;
