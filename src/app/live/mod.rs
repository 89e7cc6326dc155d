//! A report that is looked at while it grows: on a screen, or printed every so often.
//!
//! Reading goes on step by step in the thread that began; between two steps the figures are those
//! of a run that had ended there. The screen has a thread of its own, which alone draws and reads
//! keys, so that a slow terminal slows nothing down.

#[cfg_attr(not(feature = "screen"), expect(dead_code, reason = "only a screen shows all of it"))]
mod board;
mod input;
#[cfg_attr(not(feature = "screen"), expect(dead_code, reason = "only a screen shows all of it"))]
mod notes;
mod round;
#[cfg_attr(not(feature = "screen"), path = "screen_off.rs")]
mod screen;
#[cfg(feature = "screen")]
mod tty;

use crate::cli::ReportArgs;
use crate::error::{Error, Result};
use crate::expr::parse_duration;

use super::options::Reading;

/// What is shown while a report grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// The screen, at once or only if the run lasts.
    Screen {
        /// Whether it may be over in no time.
        patient: bool,
    },
    /// The report, every so many microseconds.
    Every(i64),
}

/// What the arguments and the terminal ask for; nothing if the report is wanted at the end only.
///
/// # Errors
///
/// If `--every` makes no sense.
pub(super) fn wanted(args: &ReportArgs) -> Result<Option<Shown>> {
    let coming = input::is_coming(args);
    if let Some(text) = &args.live.every {
        if !coming {
            return Err(Error::usage("--every is for what is being written")
                .hint("files have all been written: name them with --follow, or pipe records in"));
        }
        return every(text).map(|every| Some(Shown::Every(every)));
    }
    if args.live.no_screen || !coming || input::is_regular_stdin(args) || !input::has_terminal() {
        return Ok(None);
    }
    if !screen::EXISTS {
        super::output::note("this build has no screen (feature `screen`): wait for the report");
        return Ok(None);
    }
    Ok(Some(Shown::Screen { patient: !args.follow.follow }))
}

fn every(text: &str) -> Result<i64> {
    parse_duration(text).filter(|micros| (1_000_000..=86_400_000_000).contains(micros)).ok_or_else(
        || {
            Error::usage(format!("--every {text} is no duration from 1s to 1d"))
                .hint("write it as 30s, 5m or 1h")
        },
    )
}

/// Runs the report; the exit code if nothing stopped it.
pub(super) fn run(args: &ReportArgs, reading: Reading, shown: Shown) -> Result<u8> {
    round::run(args, reading, shown)
}
