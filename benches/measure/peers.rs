//! Others at the jobs of the monitoring page's scripts, and ourselves with the same figures.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::MIB;
use super::process::{Output, Run, run, wc};
use super::table::Settings;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers");

/// A program that can do the jobs, if it is here.
struct Peer {
    name: &'static str,
    /// Succeeds where it is here; the last line of its output is its version.
    probe: &'static [&'static str],
    /// What does the jobs, before the name of the log.
    command: &'static [&'static str],
}

const PEERS: [Peer; 3] = [
    Peer {
        name: "the page's scripts, Python",
        probe: &["python3", "--version"],
        command: &["python3", "page.py"],
    },
    Peer { name: "jq", probe: &["jq", "--version"], command: &["jq", "-cnR", "-f", "page.jq"] },
    Peer {
        name: "DuckDB",
        probe: &["python3", "-c", "import duckdb; print(duckdb.__version__)"],
        command: &["python3", "page_duckdb.py"],
    },
];

/// What the page's scripts compute.
const OURS: [&str; 6] =
    ["--profile", "page", "--errors-by", "prefix", "--agg", "level,module,errors,client,hourly"];

/// Prints what the jobs cost on the page's layout, one run each, and what they find: records,
/// errors, completed and failed tasks.
///
/// # Errors
///
/// If something that is here fails.
pub(super) fn table(settings: &Settings) -> io::Result<()> {
    println!("\n### The page's three scripts' jobs, page layout, one run each\n");
    println!("| who | CPU × `wc -l` | CPU s | s | MiB | finds |");
    println!("|---|---|---|---|---|---|");
    let log = settings.folder.join("page.log");
    for level in &settings.program.levels {
        let Some(mut command) = settings.program.command(*level, None) else { continue };
        command.args(OURS).args(["--agg", "error-rate,session-failure", "--format", "json"]);
        let done = run(with(command, &log), Output::Kept)?;
        let name = format!("ufo-logscan {}", level.unwrap_or(""));
        row(name.trim_end(), &done, &ours(&done.output), &log)?;
    }
    let mut missing = Vec::new();
    for peer in PEERS {
        let Some(version) = version(&peer) else {
            missing.push(peer.name);
            continue;
        };
        let done = run(with(command(peer.command), &log), Output::Kept)?;
        row(&format!("{} ({version})", peer.name), &done, done.output.trim_end(), &log)?;
    }
    if !missing.is_empty() {
        println!("\nNot here: {}.", missing.join(", "));
    }
    Ok(())
}

fn row(who: &str, done: &Run, finds: &str, log: &Path) -> io::Result<()> {
    let wc = run(with(wc(), log), Output::Dropped)?;
    println!(
        "| {who} | {:.1} | {:.2} | {:.2} | {:.0} | {finds} |",
        done.cpu.as_secs_f64() / wc.cpu.as_secs_f64(),
        done.cpu.as_secs_f64(),
        done.wall.as_secs_f64(),
        done.peak as f64 / MIB,
    );
    Ok(())
}

/// What a report has found, as the peers say it. The page counts a cancelled task as failed.
fn ours(report: &str) -> String {
    let report: Value = serde_json::from_str(report).unwrap_or_default();
    let count =
        |section: &str, figure: &str| report["sections"][section][figure].as_u64().unwrap_or(0);
    let failed = count("session-failure", "failed") + count("session-failure", "cancelled");
    format!(
        "[{}, {}, {}, {failed}]",
        count("error-rate", "records"),
        count("error-rate", "errors"),
        count("session-failure", "completed"),
    )
}

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(SCRIPTS).stdin(Stdio::null());
    command
}

fn with(mut command: Command, log: &Path) -> Command {
    command.arg(log);
    command
}

/// The version of a peer, `None` if it is not here.
fn version(peer: &Peer) -> Option<String> {
    let done = command(peer.probe).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&done.stdout);
    done.status.success().then(|| text.trim().lines().last().unwrap_or("").to_owned())
}
