//! Every format of a report, read by its own reader: metrics, pages, tables, and the files that
//! they are written to. Hostile texts go through all outputs in one table, `outputs.rs`.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]
#![allow(clippy::float_cmp, reason = "the numbers that are compared are counts")]
#![allow(clippy::format_collect, reason = "the logs of tests are small")]
#![allow(clippy::unnecessary_wraps, reason = "readers of outputs have one type")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../hostile/corpus.rs"]
#[allow(dead_code, reason = "the lines of the corpus belong to the parser's tests")]
mod corpus;

mod exposition;
mod files;
mod metrics;
mod outputs;
mod page;
mod tables;
