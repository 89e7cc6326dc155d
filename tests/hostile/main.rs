//! Hostile input through the whole program: scenarios H and J. Whatever comes, every line is
//! accounted for, memory stays bounded, and nothing that is printed steers a terminal, deceives a
//! reader or gives a secret away.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

#[path = "../common/mod.rs"]
mod common;

mod corpus;
mod giants;
mod keys;
mod lines;
mod output;
