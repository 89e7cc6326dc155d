//! The program from outside: what people type, and what they see.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at what it did not expect, and tells what it could not check"
)]

#[path = "../common/mod.rs"]
mod common;

mod golden;
mod inputs;
mod json;
mod signals;
mod streams;
mod times;
