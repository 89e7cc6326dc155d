//! The arguments of following: files that are written while they are read.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// How files are followed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Follow")]
pub struct FollowArgs {
    /// Go on reading what is written, through any rotation, until interrupted
    ///
    /// Files may be renamed, truncated, replaced, deleted and written again; those that are not
    /// there yet are waited for. See docs/inputs.md.
    #[arg(short = 'F', long)]
    pub follow: bool,

    /// Where to begin in files that are there already
    #[arg(long, value_enum, default_value = "start", value_name = "WHERE", requires = "follow")]
    pub from: FromArg,

    /// How often to look for changes, whether or not the system tells of them
    #[arg(long, value_name = "DURATION", default_value = "250ms", requires = "follow")]
    pub poll_interval: String,

    /// How long to wait for late lines in a file that has been rotated
    #[arg(long, value_name = "DURATION", default_value = "5s", requires = "follow")]
    pub rotate_wait: String,

    /// Keep in a file how far everything has come, and go on from there when there is one
    ///
    /// After a crash at any moment the figures are those of a run that was never interrupted, and
    /// no alert event is lost. See docs/inputs.md.
    #[arg(long, value_name = "FILE", requires = "follow")]
    pub checkpoint: Option<PathBuf>,

    /// How often to write the checkpoint, if something has come
    #[arg(long, value_name = "DURATION", default_value = "5s", requires = "checkpoint")]
    pub checkpoint_every: String,

    /// Ask the system for no news of changes: poll only
    #[arg(long, requires = "follow")]
    pub poll_only: bool,
}

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FromArg {
    /// With all that is there, rotated files of a directory included
    Start,
    /// With the next line that is written
    End,
}
