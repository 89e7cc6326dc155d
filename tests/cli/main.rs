//! The program from outside: what people type, and what they see.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test stops at what it did not expect, is told by its \
        environment what to do, and measures how long that takes"
)]

#[path = "../common/mod.rs"]
mod common;

mod golden;
mod inputs;
mod json;
mod limits;
mod shell;
mod signals;
mod streams;
mod times;
