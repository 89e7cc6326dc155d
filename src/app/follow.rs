//! `--follow`: from arguments to what follows files, and what is told meanwhile.

use std::path::PathBuf;

use crate::cli::{FollowArgs, FromArg};
use crate::error::{Error, Result};
use crate::expr::parse_duration;
use crate::parse;
use crate::scan::{Blocking, Pace};
use crate::source::{FollowOptions, Follower, Notice, PlanOptions, Saved, Start};

use super::output;

/// Descriptors for everything else: streams, rule files, the watching of directories.
const OTHERS: usize = 32;
/// More files than these are not kept open, whatever the system allows.
const MOST: usize = 4096;

/// What follows the paths; `before` is how far an earlier run has come, if there was one.
///
/// # Errors
///
/// If there is no path, or standard input is one.
pub(super) fn follower(
    args: &FollowArgs,
    paths: &[PathBuf],
    keep_order: bool,
    parsing: &parse::Options,
    before: Option<&[Saved]>,
) -> Result<Follower> {
    if paths.is_empty() {
        return Err(Error::usage("--follow is for files and directories")
            .hint("name them; what comes by a pipe is read as it comes, without --follow"));
    }
    let first_time = |head: &[u8]| parse::first_timestamp(head, parsing);
    let start = match args.from {
        FromArg::End if before.is_none() => Start::End,
        // What is new since an earlier run has been written since.
        FromArg::End | FromArg::Start => Start::Beginning,
    };
    let options = FollowOptions {
        start,
        block: Blocking::default().block,
        max_line: parsing.max_line,
        rotate_wait: duration("--rotate-wait", &args.rotate_wait)?,
        max_open: max_open(),
    };
    let planning = PlanOptions { keep_order, first_time: &first_time };
    Follower::resume(paths, &planning, options, before.unwrap_or_default())
}

/// How often to look.
pub(super) fn pace(args: &FollowArgs) -> Result<Pace> {
    let interval = duration("--poll-interval", &args.poll_interval)?;
    Ok(Pace { interval, polling: args.poll_only })
}

pub(super) fn duration(option: &str, text: &str) -> Result<i64> {
    parse_duration(text).filter(|micros| (1_000..=3_600_000_000).contains(micros)).ok_or_else(
        || {
            Error::usage(format!("{option} {text} is no duration from 1ms to 1h"))
                .hint("write it as 250ms, 2s or 1m")
        },
    )
}

/// Tells what happens while files are followed.
pub(super) fn tell(notice: Notice) {
    match notice {
        Notice::Note(text) => output::note(&text),
        Notice::Loss(text) => output::note(&format!("possible loss: {text}")),
        Notice::Problem(error) => output::error(&error),
    }
}

/// How many files may be open at once.
fn max_open() -> usize {
    let limit = descriptors().unwrap_or(MOST);
    limit.saturating_sub(OTHERS).max(limit / 4).min(MOST)
}

#[cfg(unix)]
fn descriptors() -> Option<usize> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.current.and_then(|limit| usize::try_from(limit).ok())
}

#[cfg(not(unix))]
fn descriptors() -> Option<usize> {
    Some(512)
}
