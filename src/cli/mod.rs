//! The command line: what may be said, and nothing of what it does.

mod check;
mod envelopes;
mod filter;
mod follow;
mod live;
mod shell;
mod watch;

use std::path::PathBuf;

pub use check::CheckArgs;
pub use envelopes::EnvelopesArg;
pub use filter::FilterArgs;
pub use follow::{FollowArgs, FromArg};
pub use live::LiveArgs;
pub use shell::{CompletionsArgs, ManArgs, ShellArg};
pub use watch::{AlertFormatArg, SeverityArg, WatchArgs};

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  ufo-logscan logs/                             what happened in a log directory
  ufo-logscan server.log*                       the same for files, oldest first
  tail -n 5000 server.log | ufo-logscan         or for what comes in
  ufo-logscan --agg 'error-rate by module' --agg 'latency every 1h' logs/
  ufo-logscan --agg 'level where client_id == \"device_linux_001\"' logs/
  ufo-logscan --format json --since 2026-11-22 logs/ | jq .sections.latency
  ufo-logscan -F logs/                          while it is written, until Ctrl-C
  ufo-logscan watch -F logs/                    alert events as they happen
  ufo-logscan filter 'level >= ERROR' logs/     the records themselves";

/// Reads the JSON logs of a UFO server, exactly, and reports what happened.
#[derive(Debug, Parser)]
#[command(
    name = "ufo-logscan",
    version,
    before_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = "A path that is named like a command is written ./report. Exit codes: 0 done; 1 with \
        --strict, when a line was malformed; 2 a wrong argument, or something could not be read \
        or written; 130 and 143 when interrupted while reading files."
)]
pub struct Cli {
    /// What to do; a report unless said otherwise.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The arguments of a report.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the aggregators over the logs and print a report (the default)
    #[command(before_help = EXAMPLES)]
    Report(ReportArgs),
    /// Evaluate alert rules and write one line of JSON for each alert event
    #[command(before_help = watch::EXAMPLES)]
    Watch(WatchArgs),
    /// Pass on the lines of the records that match, byte for byte
    #[command(before_help = filter::EXAMPLES, override_usage = filter::USAGE)]
    Filter(FilterArgs),
    /// Validate rule files and run their tests
    #[command(before_help = check::EXAMPLES)]
    Check(CheckArgs),
    /// Print what a shell completes arguments by
    #[command(before_help = shell::COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Print the man page of the program or of a command
    #[command(before_help = shell::MAN)]
    Man(ManArgs),
}

/// The arguments of `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Files, directories, or - for standard input (the default)
    ///
    /// A directory means its main series of logs: `ufo_server.log` and the files rotated from it.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// How records are read.
    #[command(flatten)]
    pub input: InputArgs,

    /// Whether more is waited for.
    #[command(flatten)]
    pub follow: FollowArgs,

    /// What is shown meanwhile.
    #[command(flatten)]
    pub live: LiveArgs,

    /// How many threads parse and count [default: one for each core]
    ///
    /// The report is the same for any number. A pipe is read by one more.
    #[arg(long, value_name = "N", help_heading = "Input")]
    pub threads: Option<usize>,

    /// What to compute; may be given several times, or a list of names [default: every section]
    ///
    /// METRIC [by KEY, …] [every DURATION] [where CONDITION], see docs/aggregations.md.
    #[arg(long = "agg", value_name = "AGGREGATION", help_heading = "Aggregate")]
    pub aggregations: Vec<String>,

    /// Leave out what was before: a time, a day, or a duration before now (2h)
    #[arg(long, value_name = "TIME", help_heading = "Aggregate")]
    pub since: Option<String>,

    /// Leave out what was at that time or later
    #[arg(long, value_name = "TIME", help_heading = "Aggregate")]
    pub until: Option<String>,

    /// Rows of each ranking [default: 10 in text, 5 of messages, 100 over time; 100 in HTML, else all]
    #[arg(long, value_name = "N", help_heading = "Aggregate")]
    pub top: Option<usize>,

    /// How `errors` groups messages
    #[arg(
        long,
        value_enum,
        default_value = "template",
        value_name = "HOW",
        help_heading = "Aggregate"
    )]
    pub errors_by: ErrorsByArg,

    /// How many keys one table may hold; further ones are counted together as (other)
    #[arg(long, value_name = "N", default_value_t = 1_000_000, help_heading = "Aggregate")]
    pub max_keys: usize,

    /// The time zone of hours, days and printed times: UTC, +05:45, Europe/Berlin
    #[arg(
        long,
        value_name = "ZONE",
        default_value = "UTC",
        allow_hyphen_values = true,
        help_heading = "Output"
    )]
    pub tz: String,

    /// The format of the report
    #[arg(long, value_enum, default_value = "text", help_heading = "Output")]
    pub format: Format,

    /// Write the report to a file, whole or not at all, instead of standard output
    ///
    /// A reader of the file sees the report before or the new one. Named pipes are written to.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// Metrics also for clients, messages, files and the like, for so many of each [default: none]
    ///
    /// Counts of the others are told together. Groups of --agg '… by …' have metrics for 100
    /// unless this says otherwise.
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub metric_keys: Option<usize>,

    /// Whether to use colour
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN", help_heading = "Output")]
    pub color: Color,

    /// Show no progress bar
    #[arg(long, help_heading = "Output")]
    pub no_progress: bool,
}

/// How lines become records.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub struct InputArgs {
    /// What hosts have put around the records; seen from each line unless said otherwise
    ///
    /// See docs/inputs.md.
    #[arg(long, value_enum, default_value = "auto", value_name = "ENVELOPE")]
    pub input: EnvelopesArg,

    /// What messages mean: ufo, page, or a TOML file
    #[arg(long, value_name = "NAME|FILE", default_value = "ufo")]
    pub profile: String,

    /// Read a standard field from another key, as in --field level=severity
    #[arg(long = "field", value_name = "FIELD=KEY")]
    pub fields: Vec<String>,

    /// The time zone of timestamps that name none
    #[arg(long, value_name = "ZONE", default_value = "UTC", allow_hyphen_values = true)]
    pub assume_tz: String,

    /// Refuse what could be repaired, and exit with 1 if any line was malformed
    #[arg(long)]
    pub strict: bool,

    /// Skip lines longer than so many bytes (K, M and G are understood)
    #[arg(long, value_name = "BYTES", default_value = "1M")]
    pub max_line: String,

    /// Read files in the order given, not in the order of their first timestamps
    #[arg(long)]
    pub keep_order: bool,

    /// The kind of processor to parse for, for measuring: avx512, avx2 or portable
    #[arg(long, value_name = "KIND", hide = true)]
    pub simd: Option<String>,
}

/// How messages are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ErrorsByArg {
    /// By template: ids, numbers and quoted text masked
    Template,
    /// By their first 50 characters
    Prefix,
}

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// One JSON document, see docs/report.schema.json
    Json,
    /// A page with charts that needs nothing else, to look at, send or print
    Html,
    /// A table for a spreadsheet: of one aggregation, or a line for each figure of several
    Csv,
    /// Metrics in Prometheus's text format 0.0.4, for the textfile collector
    Prometheus,
    /// Metrics in the text format of `OpenMetrics` 1.0
    Openmetrics,
}

/// Whether to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` or `TERM=dumb` says otherwise
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
