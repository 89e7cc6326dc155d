//! The program around the library: the only code that prints, exits, looks at the environment,
//! the clock or the terminal, and draws randomness.

mod check;
mod checkpoint;
mod clock;
mod events;
mod follow;
mod options;
mod output;
#[cfg_attr(not(feature = "progress"), path = "progress_off.rs")]
mod progress;
mod report;
mod rules;
mod signals;
mod watch;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::cli::{Cli, Color, Command};
use crate::error::Error;

/// Done, also when the log was full of errors.
const DONE: u8 = 0;
/// `--strict` and a malformed line.
const REFUSED: u8 = 1;
/// A wrong argument, or something could not be read or written.
const FAILED: u8 = 2;

/// Runs what the arguments ask for.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(fault) => return usage(&fault),
    };
    let command = cli.command.unwrap_or(Command::Report(cli.report));
    let paths = match &command {
        Command::Report(args) => Some(&args.paths),
        Command::Watch(args) => Some(&args.paths),
        Command::Check(_) => None,
    };
    if paths.is_some_and(Vec::is_empty) && std::io::stdin().is_terminal() {
        output::warn_raw(&Cli::command().render_long_help().to_string());
        return ExitCode::from(FAILED);
    }
    let code = match &command {
        Command::Report(args) => report::run(args),
        Command::Watch(args) => watch::run(args),
        Command::Check(args) => check::run(args),
    };
    match code {
        Ok(code) => ExitCode::from(code),
        Err(error) => fail(&error),
    }
}

fn fail(error: &Error) -> ExitCode {
    output::error(error);
    ExitCode::from(FAILED)
}

/// Help and version go to standard output as data does; faults to standard error.
fn usage(fault: &clap::Error) -> ExitCode {
    if fault.use_stderr() {
        let _ = fault.print();
        return ExitCode::from(FAILED);
    }
    let styled = fault.render();
    let text =
        if output::color(Color::Auto) { styled.ansi().to_string() } else { styled.to_string() };
    match output::write(|out| out.write_all(text.as_bytes())) {
        Ok(()) => ExitCode::from(DONE),
        Err(error) => fail(&error),
    }
}
