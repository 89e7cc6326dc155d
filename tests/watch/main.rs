//! `watch` as a real process: what it tells, when, and what it does when nobody listens.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test stops at what it did not expect, and measures how long things take"
)]

#[path = "../common/mod.rs"]
mod common;

mod alertmanager;
mod formats;
mod hang2;
mod hosts;
mod latency;
mod live;
mod month;
mod outputs;
mod process;
mod replay;
mod signals;
mod stuck;
