//! What passing lines on costs, beside the default report and beside others who can do it.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::process::{Output, Program, Run, run, wc};
use super::table::{Settings, head, median, row};

/// What is looked for: few lines, all lines, what only events tell, words.
const EXPRESSIONS: [&str; 5] = [
    "level >= ERROR",
    "has(message)",
    "event == session-end",
    "message contains 'Registered'",
    "client == 'device_1' and level >= WARNING",
];

/// Who else can do the first of them, if they are here: the lines of errors, as they are.
const PEERS: [&[&str]; 2] = [
    &["jq", "-Rr", "select(fromjson? | .level == \"ERROR\" or .level == \"CRITICAL\")"],
    &["hl", "--raw", "-P", "-l", "e"],
];

/// Prints what each costs, one thread, as a multiple of the default report and of `wc -l`.
///
/// # Errors
///
/// If something that is here fails.
pub(super) fn table(settings: &Settings) -> io::Result<()> {
    head(settings, "`filter`, page, one thread", "CPU time, × default report (× `wc -l`)");
    let log = settings.folder.join("page.log");
    for expression in EXPRESSIONS {
        row(settings, &format!("`{expression}`"), |level| {
            let (mut reports, mut counts) = (Vec::new(), Vec::new());
            for _ in 0..settings.runs {
                let Some(report) = report(&settings.program, level, &log, &[])? else {
                    return Ok(None);
                };
                let done = filter(&settings.program, level, expression, 1, &log, &[])?;
                let mut wc = wc();
                wc.arg(&log);
                let wc = run(wc, Output::Dropped)?;
                reports.push(done.cpu.as_secs_f64() / report.cpu.as_secs_f64());
                counts.push(done.cpu.as_secs_f64() / wc.cpu.as_secs_f64());
            }
            let (of_report, of_wc) = (median(&mut reports), median(&mut counts));
            Ok(Some(format!("{of_report:.2} ({of_wc:.2})")))
        })?;
    }
    if settings.peers { peers(settings, &log) } else { Ok(()) }
}

fn peers(settings: &Settings, log: &Path) -> io::Result<()> {
    println!("\n`filter 'level >= ERROR'` and others, CPU seconds, one run each:\n");
    let level = settings.program.levels.first().copied().flatten();
    let ours = filter(&settings.program, level, EXPRESSIONS[0], 1, log, &[])?;
    println!("- ufo-logscan, one thread: {:.2}", ours.cpu.as_secs_f64());
    for words in PEERS {
        let mut command = Command::new(words[0]);
        let known = command.arg("--version").stdout(Stdio::null()).status();
        if !known.is_ok_and(|status| status.success()) {
            println!("- {}: not here", words[0]);
            continue;
        }
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).arg(log).stdin(Stdio::null());
        let done = run(command, Output::Dropped)?;
        println!("- {}: {:.2}", words[0], done.cpu.as_secs_f64());
    }
    Ok(())
}

/// What is passed on, at every level and with more threads, is what reports count.
///
/// # Errors
///
/// If something fails, or differs.
pub(super) fn smoke(program: &Program, folder: &Path) -> io::Result<()> {
    for log in ["page", "mixed", "shuffled"] {
        let log = folder.join(format!("{log}.log"));
        for expression in EXPRESSIONS {
            let aggregation = format!("count where {expression}");
            let args = ["--format", "json", "--agg", &aggregation];
            let Some(report) = report(program, None, &log, &args)? else { continue };
            let report: Value = serde_json::from_str(&report.output)?;
            let counted = report["sections"][&aggregation]["records"].as_u64();
            for level in &program.levels {
                for threads in [1, 3] {
                    let done = filter(program, *level, expression, threads, &log, &["--count"])?;
                    if done.output.trim().parse::<u64>().ok() != counted {
                        let found = done.output.trim();
                        let what = format!("{expression}: {found} lines, {counted:?} counted");
                        return Err(io::Error::other(what));
                    }
                }
            }
        }
    }
    Ok(())
}

fn report(
    program: &Program,
    level: Option<&str>,
    log: &Path,
    args: &[&str],
) -> io::Result<Option<Run>> {
    let Some(mut command) = program.command(level, Some(1)) else { return Ok(None) };
    command.args(args).arg(log);
    run(command, if args.is_empty() { Output::Dropped } else { Output::Kept }).map(Some)
}

fn filter(
    program: &Program,
    level: Option<&str>,
    expression: &str,
    threads: u32,
    log: &Path,
    more: &[&str],
) -> io::Result<Run> {
    let mut command = program.bare();
    command.args(["filter", "--no-progress", expression]).args(more).arg(log);
    command.args(["--threads", &threads.to_string()]).stdin(Stdio::null()).stderr(Stdio::null());
    if let Some(level) = level {
        command.args(["--simd", level]);
    }
    run(command, if more.is_empty() { Output::Dropped } else { Output::Kept })
}
