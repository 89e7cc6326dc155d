//! What it costs to read a compressed log, beside what decompressing it to nothing costs.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::write::GzEncoder;

use super::jobs::{self, Job, Way};
use super::process::{Output, run};
use super::table::{Settings, head, median, row};

/// The kinds that are measured, by the ends of their names.
pub(crate) const KINDS: [&str; 2] = ["gz", "zst"];

/// The log that is compressed.
const LOG: &str = "page";

/// Compresses a log of the folder, if that has not been done since it was made.
///
/// # Errors
///
/// If it cannot be read, or the archive not be written.
pub(crate) fn make(folder: &Path, kind: &str) -> io::Result<PathBuf> {
    let log = folder.join(format!("{LOG}.log"));
    let archive = folder.join(format!("{LOG}.log.{kind}"));
    let made = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    if made(&archive).is_ok_and(|at| made(&log).is_ok_and(|before| before <= at)) {
        return Ok(archive);
    }
    let (mut from, to) = (File::open(log)?, File::create(&archive)?);
    match kind {
        "gz" => {
            let mut to = GzEncoder::new(to, flate2::Compression::default());
            io::copy(&mut from, &mut to)?;
            to.finish()?.flush()?;
        }
        _ => zstd::stream::copy_encode(from, to, 0)?,
    }
    Ok(archive)
}

/// Decompresses a file to nothing, by the library that the program uses.
///
/// # Errors
///
/// If it cannot be read.
pub(crate) fn decode(path: &Path) -> io::Result<()> {
    let file = File::open(path)?;
    let nothing = &mut vec![0; 128 << 10];
    if path.extension().is_some_and(|kind| kind == "gz") {
        // As much at once as the program takes.
        let file = io::BufReader::with_capacity(64 << 10, file);
        drain(flate2::bufread::MultiGzDecoder::new(file), nothing)
    } else {
        drain(zstd::stream::read::Decoder::new(file)?, nothing)
    }
}

fn drain(mut read: impl io::Read, buffer: &mut [u8]) -> io::Result<()> {
    while read.read(buffer)? > 0 {}
    Ok(())
}

/// The default report of the compressed log.
///
/// # Errors
///
/// If nobody knows a report of the log.
pub(crate) fn job(kind: &'static str, threads: u32) -> io::Result<Job> {
    let plain = jobs::by_cpu().into_iter().find(|job| job.log == LOG && job.args.is_empty());
    let plain = plain.ok_or_else(|| io::Error::other(format!("no report of {LOG}")))?;
    let title = format!("default report, {LOG}.log.{kind}");
    Ok(Job { title, way: Way::Archive(kind), threads: Some(threads), ..plain })
}

/// Prints what is compared.
///
/// # Errors
///
/// If something cannot be run, or fails.
pub(crate) fn table(settings: &Settings) -> io::Result<()> {
    for kind in KINDS {
        super::table::warm(&make(&settings.folder, kind)?)?;
    }
    let title = "Compressed logs, by two threads";
    head(
        settings,
        title,
        "CPU time more than plain, × that of decompressing to nothing / from start to end, × the longer \
         of decompressing to nothing and the plain report by one thread",
    );
    for kind in KINDS {
        let job = job(kind, 2)?;
        let plain = Job { way: Way::File, ..job.clone() };
        let alone = Job { threads: Some(1), ..plain.clone() };
        row(settings, &job.title, |level| {
            let of =
                |job: &Job| job.run(&settings.program, level, &settings.folder, Output::Dropped);
            let (mut more, mut wall) = (Vec::new(), Vec::new());
            for _ in 0..settings.runs {
                let (Some(packed), Some(plain)) = (of(&job)?, of(&plain)?) else { return Ok(None) };
                let Some(alone) = of(&alone)? else { return Ok(None) };
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("decode").arg(make(&settings.folder, kind)?);
                let nothing = run(command, Output::Dropped)?;
                let difference = packed.cpu.as_secs_f64() - plain.cpu.as_secs_f64();
                more.push(difference / nothing.cpu.as_secs_f64());
                let longer = nothing.wall.max(alone.wall).as_secs_f64();
                wall.push(packed.wall.as_secs_f64() / longer);
            }
            Ok(Some(format!("{:.2} / {:.2}", median(&mut more), median(&mut wall))))
        })?;
    }
    Ok(())
}
