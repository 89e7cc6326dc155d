//! The arguments of `check`.

use std::path::PathBuf;

use clap::Args;

pub(super) const EXAMPLES: &str = "\
Examples:
  ufo-logscan check my.toml                     is every rule right, and can it fire?
  ufo-logscan check my.toml --test cases.toml   and does it fire when it should?
  ufo-logscan check --print-defaults            the built-in rules";

/// The arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Files of rules (TOML) [default: the built-in rules, unless there are tests]
    ///
    /// Each is checked by itself, and beside the built-in rules.
    #[arg(value_name = "RULES")]
    pub rules: Vec<PathBuf>,

    /// Run the tests of a file (TOML): records at times, and the alerts expected; may be given
    /// several times
    ///
    /// They are about the rules that the file names; if it names none, about RULES and the built-in
    /// ones. See docs/alerts.md.
    #[arg(long = "test", value_name = "FILE")]
    pub tests: Vec<PathBuf>,

    /// Print the built-in rules and do nothing else
    #[arg(long)]
    pub print_defaults: bool,
}
