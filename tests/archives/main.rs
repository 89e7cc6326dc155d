//! Compressed logs through the whole program: H14 to H17, and series in which some files are
//! compressed. The archives are made here, by the libraries that read them.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../../src/source/archive/tests/pack.rs"]
mod pack;

mod bombs;
mod copies;
mod faults;
mod logs;
mod series;
