//! The arguments of `watch`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{FollowArgs, InputArgs};

pub(super) const EXAMPLES: &str = "\
Examples:
  ufo-logscan watch -F logs/                                 with the built-in rules
  ufo-logscan watch -F logs/ --rules my.toml --heartbeat 5m -o alerts.ndjson
  docker logs -f ufo | ufo-logscan watch                     what comes by a pipe
  ufo-logscan watch logs/ | jq -r .message                   what would have been told
  ufo-logscan watch old.log.gz --fail-on critical             also what is compressed
  ufo-logscan check --print-defaults > my.toml               rules to begin with";

/// The arguments of `watch`.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// Files, directories, or - for standard input (the default)
    ///
    /// Files are replayed in the order of their times, to the last record. Standard input and
    /// files with --follow are live: while nothing comes, time goes on, so that silence can be told.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// How records are read.
    #[command(flatten)]
    pub input: InputArgs,

    /// Whether more is waited for.
    #[command(flatten)]
    pub follow: FollowArgs,

    /// A file of rules (TOML); may be given several times
    ///
    /// A rule of the name of a built-in one replaces it. See docs/alerts.md.
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub rules: Vec<PathBuf>,

    /// Leave out the built-in rules
    #[arg(long, help_heading = "Rules")]
    pub no_defaults: bool,

    /// Read standard input as history: its end is the end, and waiting is no silence
    #[arg(long, conflicts_with = "follow", help_heading = "Time")]
    pub replay: bool,

    /// Rules are evaluated at multiples of this
    #[arg(long, value_name = "DURATION", default_value = "5s", help_heading = "Time")]
    pub tick: String,

    /// How much later than a later one a record may come
    #[arg(long, value_name = "DURATION", default_value = "5s", help_heading = "Time")]
    pub lateness: String,

    /// How many clients, sessions and groups of a rule are remembered
    #[arg(long, value_name = "N", default_value_t = 1_000_000, help_heading = "Rules")]
    pub max_keys: usize,

    /// Append events to a file or a named pipe instead of standard output
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// Confirm each line on standard output, as rsyslog's omprog wants it (needs -o)
    ///
    /// A line is confirmed once it has been looked at and the events that it led to are written.
    #[arg(long, requires = "output", conflicts_with_all = ["follow", "replay"], help_heading = "Output")]
    pub omprog: bool,

    /// What an event looks like
    #[arg(long, value_enum, default_value = "ndjson", help_heading = "Output")]
    pub alert_format: AlertFormatArg,

    /// Write a sign of life at the start and this often
    #[arg(long, value_name = "DURATION", help_heading = "Output")]
    pub heartbeat: Option<String>,

    /// Exit with 1 if an alert of this severity or a higher one has fired
    #[arg(long, value_enum, value_name = "SEVERITY", help_heading = "Output")]
    pub fail_on: Option<SeverityArg>,
}

/// What an event looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AlertFormatArg {
    /// A line of JSON, see docs/alert.schema.json
    Ndjson,
    /// The body of a POST to Alertmanager's /api/v2/alerts
    Alertmanager,
    /// The body of a POST to `PagerDuty`'s Events API v2
    ///
    /// The routing key is that of the environment variable `PAGERDUTY_ROUTING_KEY`, if it is set.
    Pagerduty,
    /// The body of a POST to a Slack webhook
    Slack,
}

/// How bad an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SeverityArg {
    /// Good to know
    Info,
    /// Somebody should look at it
    Warning,
    /// Something is broken
    Error,
    /// Somebody should be woken
    Critical,
}
