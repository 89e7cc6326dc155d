//! Alert rules over logs: the engine against an evaluator that keeps everything and looks at
//! every tick, however the input is cut and whenever it comes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod beginnings;
mod drive;
mod oracle;
mod rules;
mod written;

mod alerts;
mod equal;
mod hostile;
mod kept;
mod lasting;
mod live;
mod times;
