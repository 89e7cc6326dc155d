//! The arguments of `completions` and `man`.

use clap::{Args, ValueEnum};

pub(super) const COMPLETIONS: &str = "\
Examples:
  source <(ufo-logscan completions bash)        in this shell
  ufo-logscan completions zsh > ~/.zfunc/_ufo-logscan
  ufo-logscan completions fish > ~/.config/fish/completions/ufo-logscan.fish";

pub(super) const MAN: &str = "\
Examples:
  ufo-logscan man | man -l -                    read it
  ufo-logscan man filter > /usr/local/share/man/man1/ufo-logscan-filter.1";

/// The arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// For which shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: ShellArg,
}

/// A shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShellArg {
    /// Bash
    Bash,
    /// Elvish
    Elvish,
    /// Fish
    Fish,
    /// Power Shell
    Powershell,
    /// Zsh
    Zsh,
}

/// The arguments of `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The command that it is about [default: the whole program]
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}
