//! The arguments of live reports: those that are shown while they grow.

use clap::Args;

/// What is shown while a report grows.
#[derive(Debug, Args)]
#[command(next_help_heading = "Live")]
pub struct LiveArgs {
    /// Print the report as it is then this often, and at the end
    ///
    /// For what is being written: standard input, or with --follow. With --format json each
    /// report is one line.
    #[arg(long, value_name = "DURATION")]
    pub every: Option<String>,

    /// Show no screen while the report grows, see docs/live.md
    #[arg(long)]
    pub no_screen: bool,
}
