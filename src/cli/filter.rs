//! The arguments of `filter`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::{FollowArgs, InputArgs};

pub(super) const EXAMPLES: &str = "\
Examples:
  ufo-logscan filter 'level >= ERROR' logs/
  ufo-logscan filter 'client_id == \"device_linux_001\"' logs/ --since 2h
  ufo-logscan filter 'event == session-end and session =~ \"^a1\"' old.log.gz
  ufo-logscan filter 'message contains \"timeout\"' logs/ --around 3
  ufo-logscan filter -F 'level >= WARNING' logs/       as they are written
  ufo-logscan filter 'has(exception)' --json logs/ | jq -r .exception
  ufo-logscan filter --malformed logs/                 what could not be read";

pub(super) const USAGE: &str = "\
ufo-logscan filter [OPTIONS] <EXPR> [PATH]...
       ufo-logscan filter [OPTIONS] --malformed [PATH]...";

/// The arguments of `filter`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, Args)]
#[command(mut_arg("checkpoint", |arg| arg.hide(true)))]
#[command(mut_arg("checkpoint_every", |arg| arg.hide(true)))]
pub struct FilterArgs {
    /// What a record has to be, as behind `where`: level >= ERROR and client == "x"
    ///
    /// Left out with --malformed: then the first argument is a path already. See docs/filter.md.
    #[arg(value_name = "EXPR", required_unless_present = "malformed")]
    pub expression: Option<OsString>,

    /// Files, directories, or - for standard input (the default)
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Pass on the lines that are malformed instead
    #[arg(long, conflicts_with_all = ["invert", "json", "since", "until"], help_heading = "Select")]
    pub malformed: bool,

    /// Pass on the records that EXPR does not hold for
    #[arg(short = 'v', long, help_heading = "Select")]
    pub invert: bool,

    /// Only records of this time or later: a time, a day, or a duration before now (2h)
    #[arg(long, value_name = "TIME", help_heading = "Select")]
    pub since: Option<String>,

    /// Only records from before this time
    #[arg(long, value_name = "TIME", help_heading = "Select")]
    pub until: Option<String>,

    /// The time zone of hours, days and times without one in EXPR, --since and --until
    #[arg(
        long,
        value_name = "ZONE",
        default_value = "UTC",
        allow_hyphen_values = true,
        help_heading = "Select"
    )]
    pub tz: String,

    /// Stop after so many records, of all files together
    #[arg(short, long, value_name = "N", help_heading = "Select")]
    pub max_count: Option<u64>,

    /// Tell only how many records there are; for each file if there are several
    #[arg(short, long, conflicts_with_all = ["json", "around", "raw"], help_heading = "Output")]
    pub count: bool,

    /// Show so many lines before and behind each record, and -- where lines are left out between
    #[arg(
        short = 'C',
        long,
        value_name = "N",
        conflicts_with = "json",
        value_parser = clap::value_parser!(u32).range(..=100_000),
        help_heading = "Output"
    )]
    pub around: Option<u32>,

    /// Write each record anew: valid JSON, texts mended, control characters escaped, secrets masked
    #[arg(long, help_heading = "Output")]
    pub json: bool,

    /// Write lines as they are also to a terminal, where control characters are escaped else
    #[arg(long, conflicts_with = "json", help_heading = "Output")]
    pub raw: bool,

    /// How records are read.
    #[command(flatten)]
    pub input: InputArgs,

    /// How many threads parse and select [default: one for each core]
    ///
    /// The output is the same for any number.
    #[arg(long, value_name = "N", help_heading = "Input")]
    pub threads: Option<usize>,

    /// Show no progress bar
    #[arg(long, help_heading = "Output")]
    pub no_progress: bool,

    /// Whether more is waited for.
    #[command(flatten)]
    pub follow: FollowArgs,
}

impl FilterArgs {
    /// The expression, and what is to be read.
    #[must_use]
    pub fn split(&self) -> (Option<&OsString>, Vec<PathBuf>) {
        match &self.expression {
            Some(path) if self.malformed => {
                let first = std::iter::once(PathBuf::from(path));
                (None, first.chain(self.paths.iter().cloned()).collect())
            }
            expression => (expression.as_ref(), self.paths.clone()),
        }
    }
}
