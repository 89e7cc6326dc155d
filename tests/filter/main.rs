//! `filter`: whoever reads how, the lines that are meant come out byte for byte and in order.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test stops at what it did not expect, and waits no longer than its patience"
)]
#![allow(dead_code, reason = "the logs are shared with other tests")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../merge/log.rs"]
mod log;

mod bytes;
mod envelopes;
mod expressions;
mod model;
mod process;
mod terminal;
