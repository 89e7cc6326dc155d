//! What running the program costs, beside what `wc -l` on the same file costs in the same minute.
//!
//! Times are CPU seconds of whole processes as the kernel accounts them, to the microsecond, so
//! that short runs tell as much as long ones.

mod alerts;
#[cfg(feature = "archives")]
mod archives;
mod census;
mod filters;
mod jobs;
mod peers;
mod process;
mod smoke;
mod table;

#[cfg(feature = "archives")]
pub(crate) use archives::{decode, table as archives};
pub(crate) use census::check;
pub(crate) use process::Program;
pub(crate) use smoke::smoke;
pub(crate) use table::{Settings, table};

/// Bytes in a mebibyte.
const MIB: f64 = 1_048_576.0;
/// Bytes in a gibibyte.
const GIB: f64 = 1_073_741_824.0;
