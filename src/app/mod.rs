//! The program around the library: the only code that prints, exits, looks at the environment,
//! the clock or the terminal, and draws randomness.

mod check;
mod checkpoint;
mod clock;
mod events;
mod filter;
mod follow;
mod live;
mod omprog;
mod options;
mod output;
mod print;
#[cfg_attr(not(feature = "progress"), path = "progress_off.rs")]
mod progress;
mod replace;
mod report;
mod rules;
#[cfg_attr(not(feature = "shell"), path = "shell_off.rs")]
mod shell;
mod signals;
mod stream;
mod version;
mod watch;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

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
    let command = Cli::command().long_version(version::long());
    let matches = command.try_get_matches();
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(fault) => return usage(&fault),
    };
    let command = cli.command.unwrap_or(Command::Report(cli.report));
    let no_paths = match &command {
        Command::Report(args) => args.paths.is_empty(),
        Command::Watch(args) => args.paths.is_empty(),
        Command::Filter(args) => args.split().1.is_empty(),
        Command::Check(_) | Command::Completions(_) | Command::Man(_) => false,
    };
    if no_paths && std::io::stdin().is_terminal() {
        output::warn_raw(&Cli::command().render_long_help().to_string());
        return ExitCode::from(FAILED);
    }
    let code = match &command {
        Command::Report(args) => report::run(args),
        Command::Watch(args) => watch::run(args),
        Command::Filter(args) => filter::run(args),
        Command::Check(args) => check::run(args),
        Command::Completions(args) => shell::completions(args),
        Command::Man(args) => shell::man(args),
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
