//! Where lines come from: paths become an ordered [`Plan`] of series and files, and bytes become
//! [`Block`]s of whole lines.
//!
//! A *series* is a log file with its rotated predecessors, oldest first: within it order matters,
//! because a session may begin in one file and end in the next. This module knows file names and
//! newlines. It must not know what stands in a line: the one thing it asks, the first timestamp of
//! a file, it is given as a function.

#[cfg_attr(not(feature = "archives"), path = "archive_off.rs")]
mod archive;
mod blocks;
mod directory;
mod fault;
mod follow;
mod input;
mod magic;
mod name;
mod open;
mod plan;
mod stretch;

pub use blocks::{Block, Blocks};
pub use follow::{FileMark, FollowOptions, Follower, Notice, Piece, Saved, Start, Wake};
pub use input::Input;
pub use open::Opened;
pub use plan::{PEEK, Plan, PlanOptions, Series, plan};
pub use stretch::{ReadAt, Stretch};
