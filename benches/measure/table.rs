//! The table of `docs/performance.md`.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::alerts;
use super::filters;
use super::jobs::{self, Job, Step};
use super::peers;
use super::process::{Output, Program, Run};
use super::{GIB, MIB};

/// What is measured where.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) program: Program,
    /// The folder of the logs.
    pub(crate) folder: PathBuf,
    /// The size of each in bytes.
    pub(crate) size: u64,
    /// How often everything is run; medians are told.
    pub(crate) runs: u32,
    /// Whether others are measured at the same job.
    pub(crate) peers: bool,
}

/// Prints everything as Markdown.
///
/// # Errors
///
/// If something cannot be run, or fails.
pub(crate) fn table(settings: &Settings) -> io::Result<()> {
    describe(settings);
    for log in ["page", "server", "mixed", "shuffled", "compact"] {
        warm(&settings.folder.join(format!("{log}.log")))?;
    }
    ratios(settings, "CPU time", &jobs::by_cpu(), |run| run.cpu)?;
    ratios(settings, "Time from start to end", &jobs::by_wall(), |run| run.wall)?;
    steps(settings, "One more aggregator beside `level`", &jobs::simple())?;
    #[cfg(feature = "archives")]
    super::archives::table(settings)?;
    memory(settings)?;
    empty(settings)?;
    alerts::table(settings)?;
    filters::table(settings)?;
    steps(settings, "The price of a section", &jobs::sections())?;
    if settings.peers {
        peers::table(settings)?;
    }
    Ok(())
}

fn describe(settings: &Settings) {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("Processor: {}, {cores} cores.", model.unwrap_or("unknown"));
    println!(
        "Logs of {} MiB each, page cache warm, medians of {} paired runs.",
        settings.size >> 20,
        settings.runs
    );
    for missing in settings.program.missing() {
        println!("The program has no `{missing}`: what needs it is `-`.");
    }
}

/// Reads a file, so that no run pays for the disk.
pub(super) fn warm(path: &Path) -> io::Result<()> {
    io::copy(&mut File::open(path)?, &mut io::sink()).map(drop)
}

/// A heading, and a column for each level behind the first one.
pub(super) fn head(settings: &Settings, title: &str, first: &str) {
    println!("\n### {title}\n");
    let levels = settings.program.levels.iter();
    let levels: Vec<&str> = levels.map(|level| level.unwrap_or("as it chooses")).collect();
    println!("| {first} | {} |", levels.join(" | "));
    println!("|---|{}", "---|".repeat(levels.len()));
}

/// Prints a row: what `cell` says at each level, `-` where the program cannot do that.
pub(super) fn row(
    settings: &Settings,
    title: &str,
    mut cell: impl FnMut(Option<&str>) -> io::Result<Option<String>>,
) -> io::Result<()> {
    let mut cells = Vec::new();
    for level in &settings.program.levels {
        cells.push(cell(*level)?.unwrap_or_else(|| "-".to_owned()));
    }
    println!("| {title} | {} |", cells.join(" | "));
    Ok(())
}

/// Each job as a multiple of `wc -l`, and in seconds per GiB.
fn ratios(
    settings: &Settings,
    title: &str,
    jobs: &[Job],
    time: impl Fn(&Run) -> Duration,
) -> io::Result<()> {
    head(settings, title, "× `wc -l` (s per GiB)");
    let per_gib = GIB / settings.size as f64;
    for job in jobs {
        row(settings, &job.title, |level| {
            let (mut ratios, mut seconds) = (Vec::new(), Vec::new());
            for _ in 0..settings.runs {
                let done = job.run(&settings.program, level, &settings.folder, Output::Dropped)?;
                let Some(done) = done else { return Ok(None) };
                let wc = job.measure(&settings.folder)?;
                seconds.push(time(&done).as_secs_f64() * per_gib);
                ratios.push(time(&done).as_secs_f64() / time(&wc).as_secs_f64());
            }
            Ok(Some(format!("{:.2} ({:.2})", median(&mut ratios), median(&mut seconds))))
        })?;
    }
    Ok(())
}

/// The difference between two jobs, as a multiple of `wc -l`.
fn steps(settings: &Settings, title: &str, steps: &[Step]) -> io::Result<()> {
    head(settings, title, "CPU time more, × `wc -l`");
    for step in steps {
        row(settings, &step.title, |level| {
            let run =
                |job: &Job| job.run(&settings.program, level, &settings.folder, Output::Dropped);
            let mut differences = Vec::new();
            for _ in 0..settings.runs {
                let (Some(less), Some(more)) = (run(&step.less)?, run(&step.more)?) else {
                    return Ok(None);
                };
                let wc = step.less.measure(&settings.folder)?;
                let difference = more.cpu.as_secs_f64() - less.cpu.as_secs_f64();
                differences.push(difference / wc.cpu.as_secs_f64() / f64::from(step.times));
            }
            Ok(Some(format!("{:+.3}", median(&mut differences))))
        })?;
    }
    Ok(())
}

fn memory(settings: &Settings) -> io::Result<()> {
    head(settings, "Peak of resident memory, default report", "MiB");
    for threads in [1, 2] {
        for job in jobs::by_cpu().into_iter().filter(|job| job.args.is_empty()) {
            let job = Job { threads: Some(threads), ..job };
            row(settings, &format!("{}, {threads} threads", job.log), |level| {
                let done = job.run(&settings.program, level, &settings.folder, Output::Dropped)?;
                Ok(done.map(|done| format!("{:.1}", done.peak as f64 / MIB)))
            })?;
        }
    }
    Ok(())
}

fn empty(settings: &Settings) -> io::Result<()> {
    head(settings, "Empty input", "ms from start to end (CPU ms)");
    let job = jobs::empty();
    row(settings, &job.title, |level| {
        let (mut wall, mut cpu) = (Vec::new(), Vec::new());
        // It is short: many runs cost nothing.
        for _ in 0..settings.runs * 10 {
            let done = job.run(&settings.program, level, &settings.folder, Output::Dropped)?;
            let Some(done) = done else { return Ok(None) };
            wall.push(done.wall.as_secs_f64() * 1e3);
            cpu.push(done.cpu.as_secs_f64() * 1e3);
        }
        Ok(Some(format!("{:.1} ({:.1})", median(&mut wall), median(&mut cpu))))
    })
}

/// The median of some numbers; 0 of none.
pub(super) fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => 0.0,
        length if length % 2 == 1 => numbers[middle],
        _ => f64::midpoint(numbers[middle - 1], numbers[middle]),
    }
}
