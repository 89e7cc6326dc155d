//! Records in envelopes give the report of the records alone, however the input comes.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../common/mod.rs"]
mod common;
mod cuts;
mod fixtures;
mod live;
mod rules;
mod wrap;
