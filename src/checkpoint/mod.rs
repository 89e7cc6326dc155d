//! States that are kept in files: their form, and how such a file comes through crashes.
//!
//! `container` is the form: lines of JSON between a header and a trailer, which tell at once whether
//! a file is whole, of this version, and ours at all. `store` is one such file on the disk: written
//! beside its place and put there at once, with the copy before it kept, and used by one process at
//! a time. Neither knows what the states mean, when they are written, or where the time comes from.

mod container;
mod store;

pub use container::{Contents, Fault, Part, SCHEMA, Writer};
pub use store::{Found, Store};
