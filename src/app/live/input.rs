//! Where records come from, and whether there is a terminal to look at them.

#[cfg(unix)]
use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::Path;

use crate::cli::ReportArgs;

/// Whether the input may go on: standard input alone, or files that are followed.
pub(super) fn is_coming(args: &ReportArgs) -> bool {
    args.follow.follow || is_stdin(args) && !io::stdin().is_terminal()
}

fn is_stdin(args: &ReportArgs) -> bool {
    match args.paths.as_slice() {
        [] => true,
        [path] => path == Path::new("-"),
        _ => false,
    }
}

/// Whether standard input is read and is a file: that will be over soon, and is read by all cores.
pub(super) fn is_regular_stdin(args: &ReportArgs) -> bool {
    !args.follow.follow && stdin_file().is_some_and(|meta| meta.is_file())
}

#[cfg(unix)]
fn stdin_file() -> Option<std::fs::Metadata> {
    use std::os::fd::AsFd;
    let owned = io::stdin().as_fd().try_clone_to_owned().ok()?;
    File::from(owned).metadata().ok()
}

#[cfg(not(unix))]
fn stdin_file() -> Option<std::fs::Metadata> {
    None
}

/// Whether standard output is a terminal that can show a screen, and is ours now.
pub(super) fn has_terminal() -> bool {
    io::stdout().is_terminal() && can_move() && is_foreground()
}

/// A terminal that is dumb or unknown cannot place anything.
#[expect(clippy::disallowed_methods, reason = "the environment says what the terminal can do")]
fn can_move() -> bool {
    cfg!(windows) || std::env::var("TERM").is_ok_and(|term| !matches!(term.as_str(), "" | "dumb"))
}

/// In the background a terminal belongs to somebody else.
#[cfg(unix)]
fn is_foreground() -> bool {
    let group = rustix::termios::tcgetpgrp(io::stdout());
    group.is_ok_and(|group| group == rustix::process::getpgrp())
}

#[cfg(not(unix))]
fn is_foreground() -> bool {
    true
}
