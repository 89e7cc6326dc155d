//! What alert rules cost: `watch` beside the default report, and one rule more beside `watch`.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Stdio;

use super::process::{Output, Program, Run, run};
use super::table::{Settings, median};

/// Rules that hardly fire, but have to be looked at: their titles, and what they say.
const RULES: [(&str, &str); 2] = [
    ("one rule more", "when = 'count where level == ERROR > 1e9'\nover = '5m'\n"),
    ("a grouped rule more", "when = 'error-rate by module > 99.9%'\nover = '5m'\n"),
];

const LOGS: [&str; 2] = ["page", "server"];

/// Prints the ratios of paired runs.
///
/// # Errors
///
/// If something cannot be run, or fails.
pub(crate) fn table(settings: &Settings) -> io::Result<()> {
    println!("\n### Alert rules\n\n| what | CPU time |\n|---|---|");
    let rules = tempfile::tempdir()?;
    let files = files(rules.path())?;
    for log in LOGS {
        let path = settings.folder.join(format!("{log}.log"));
        let ratio = |less: &dyn Fn() -> io::Result<Run>, more: &dyn Fn() -> io::Result<Run>| {
            let mut ratios = Vec::new();
            for _ in 0..settings.runs {
                let less = less()?.cpu.as_secs_f64();
                ratios.push(more()?.cpu.as_secs_f64() / less);
            }
            io::Result::Ok(median(&mut ratios))
        };
        let report = || report(&settings.program, &path);
        let plain = || watch(&settings.program, &path, None, Output::Dropped);
        println!("| `watch`, {log} | {:.2} × report of one thread |", ratio(&report, &plain)?);
        for ((title, _), file) in RULES.iter().zip(&files) {
            let more = || watch(&settings.program, &path, Some(file.as_ref()), Output::Dropped);
            println!("| {title}, {log} | {:.3} × `watch` |", ratio(&plain, &more)?);
        }
    }
    Ok(())
}

/// Runs everything once: what the built-in rules tell does not depend on others.
///
/// # Errors
///
/// Says what failed, or what differs.
pub(crate) fn smoke(program: &Program, folder: &Path) -> io::Result<()> {
    let rules = tempfile::tempdir()?;
    for log in LOGS {
        let path = folder.join(format!("{log}.log"));
        let events = |rules: Option<&OsStr>| -> io::Result<usize> {
            let told = watch(program, &path, rules, Output::Kept)?.output;
            Ok(told.lines().filter(|line| !line.contains("\"More\"")).count())
        };
        let plain = events(None)?;
        for file in files(rules.path())? {
            if events(Some(file.as_ref()))? != plain {
                return Err(io::Error::other(format!("other events of other rules, {log}")));
            }
        }
    }
    Ok(())
}

/// A file for each of the rules.
fn files(folder: &Path) -> io::Result<Vec<String>> {
    let write = |(number, (_, rule)): (usize, &(&str, &str))| {
        let path = folder.join(format!("{number}.toml"));
        fs::write(&path, format!("[[rule]]\nname = 'More'\n{rule}"))?;
        Ok(path.display().to_string())
    };
    RULES.iter().enumerate().map(write).collect()
}

fn report(program: &Program, log: &Path) -> io::Result<Run> {
    let command = program.command(None, Some(1));
    let mut command = command.ok_or_else(|| io::Error::other("it has no one thread"))?;
    command.arg(log);
    run(command, Output::Dropped)
}

fn watch(program: &Program, log: &Path, rules: Option<&OsStr>, output: Output) -> io::Result<Run> {
    let mut command = program.bare();
    command.arg("watch").arg(log).stdin(Stdio::null()).stderr(Stdio::null());
    if let Some(rules) = rules {
        command.arg("--rules").arg(rules);
    }
    run(command, output)
}
