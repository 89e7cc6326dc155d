//! Processes: running them, and what they have cost.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

/// What a run has cost, and what it has left.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// User and system time, of all its processes.
    pub(crate) cpu: Duration,
    /// From its start to its end.
    pub(crate) wall: Duration,
    /// The peak of resident memory of its last process, in bytes.
    pub(crate) peak: u64,
    /// What it wrote, if that was kept.
    pub(crate) output: String,
}

/// What becomes of a run's standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    Dropped,
    Kept,
}

/// Runs a command to its end.
///
/// # Errors
///
/// If it cannot be run, or fails.
pub(crate) fn run(mut command: Command, output: Output) -> io::Result<Run> {
    let start = now();
    let child = start_with(&mut command, output)?;
    let mut run = end(child, &command)?;
    run.wall = start.elapsed();
    Ok(run)
}

/// Runs `cat FILE | COMMAND` to its end.
///
/// # Errors
///
/// If one of the two cannot be run, or fails.
pub(crate) fn behind_cat(file: &Path, mut command: Command, output: Output) -> io::Result<Run> {
    let start = now();
    let mut cat = Command::new("cat");
    let mut first = cat.arg(file).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    command.stdin(first.stdout.take().map_or_else(Stdio::null, Stdio::from));
    let second = start_with(&mut command, output)?;
    let mut run = end(second, &command)?;
    run.cpu += end(first, &cat)?.cpu;
    run.wall = start.elapsed();
    Ok(run)
}

#[expect(clippy::disallowed_methods, reason = "time is what is measured here")]
fn now() -> Instant {
    Instant::now()
}

fn start_with(command: &mut Command, output: Output) -> io::Result<Child> {
    let stdout = if output == Output::Kept { Stdio::piped() } else { Stdio::null() };
    command.stdout(stdout).spawn()
}

fn end(mut child: Child, command: &Command) -> io::Result<Run> {
    let mut output = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut output)?;
    }
    let used = child.wait4()?;
    if !used.status.success() {
        return Err(io::Error::other(format!("{}: {command:?}", used.status)));
    }
    let usage = used.rusage;
    let cpu = usage.utime + usage.stime;
    Ok(Run { cpu, wall: Duration::ZERO, peak: usage.maxrss, output })
}

/// The program that is measured, and which options it has.
#[derive(Debug)]
pub(crate) struct Program {
    path: PathBuf,
    /// The levels of `--simd` that it takes on this processor; the one it chooses itself if it
    /// takes none.
    pub(crate) levels: Vec<Option<&'static str>>,
    has_threads: bool,
}

/// The levels of `--simd`.
const LEVELS: [&str; 3] = ["avx512", "avx2", "portable"];

impl Program {
    /// Asks a program what it takes.
    ///
    /// # Errors
    ///
    /// If it cannot be run.
    pub(crate) fn new(path: &Path) -> io::Result<Program> {
        let accepts = |args: &[&str]| -> io::Result<bool> {
            let mut command = Command::new(path);
            command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            Ok(command.status()?.success())
        };
        if !accepts(&[])? {
            return Err(io::Error::other(format!("{} does not run", path.display())));
        }
        let mut levels = Vec::new();
        for level in LEVELS {
            if accepts(&["--simd", level])? {
                levels.push(Some(level));
            }
        }
        if levels.is_empty() {
            levels.push(None);
        }
        let has_threads = accepts(&["--threads", "1"])?;
        Ok(Program { path: path.to_owned(), levels, has_threads })
    }

    /// The options that it does not have.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let simd = (self.levels == [None]).then_some("--simd");
        let threads = (!self.has_threads).then_some("--threads");
        simd.into_iter().chain(threads).collect()
    }

    /// The program with no arguments yet.
    pub(crate) fn bare(&self) -> Command {
        Command::new(&self.path)
    }

    /// The program at a level with a number of threads, with nothing to read yet. `None` if it
    /// cannot have so many: without `--threads` it has one.
    pub(crate) fn command(&self, level: Option<&str>, threads: Option<u32>) -> Option<Command> {
        let mut command = Command::new(&self.path);
        command.arg("--no-progress").stdin(Stdio::null());
        if let Some(level) = level {
            command.args(["--simd", level]);
        }
        match threads {
            Some(threads) if self.has_threads => {
                command.args(["--threads", &threads.to_string()]);
            }
            Some(1) | None => {}
            Some(_) => return None,
        }
        Some(command)
    }
}

/// `wc -l`, the measure of everything.
pub(crate) fn wc() -> Command {
    let mut command = Command::new("wc");
    command.arg("-l").stdin(Stdio::null());
    command
}
