//! Makes logs, and measures on them what a report costs.
//!
//! ```text
//! cargo bench --bench corpora -- make DIR [MIB]
//!     writes one log for each layout, of 1024 MiB if not said
//! cargo bench --bench corpora -- check DIR
//!     counts what they are made of, and fails if one is not as it should be
//! cargo bench --bench corpora -- table DIR [MIB] [--runs N] [--peers] [--binary PATH]
//!     prints the table of docs/performance.md; writes the logs that are not there in this size
//! cargo bench --bench corpora -- archives DIR [--runs N] [--binary PATH]
//!     prints what reading page.log costs where it is compressed
//! cargo bench --bench corpora -- decode FILE
//!     decompresses a file to nothing, for comparison
//! cargo bench --bench corpora -- smoke [--binary PATH]
//!     does everything once on small logs and compares figures, no times
//! ```
//!
//! `--binary` measures another program than the one of this build.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that tells what it has written and found"
)]

mod corpus;
mod measure;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use corpus::Layout;
use measure::{Program, Settings};

/// The size of the logs that everything is done on once, in MiB.
const SMALL: u64 = 4;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match Args::read(&args).and_then(|args| args.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("corpora: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What was typed.
struct Args<'a> {
    words: Vec<&'a str>,
    runs: u32,
    peers: bool,
    binary: PathBuf,
}

impl<'a> Args<'a> {
    fn read(args: &'a [String]) -> io::Result<Args<'a>> {
        let binary = PathBuf::from(env!("CARGO_BIN_EXE_ufo-logscan"));
        let mut read = Args { words: Vec::new(), runs: 5, peers: false, binary };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| wrong(&format!("{arg} needs a value")));
            match arg.as_str() {
                "--runs" => read.runs = number(value()?)?,
                "--binary" => read.binary = PathBuf::from(value()?),
                "--peers" => read.peers = true,
                word => read.words.push(word),
            }
        }
        Ok(read)
    }

    fn run(&self) -> io::Result<()> {
        match self.words[..] {
            ["make", folder] => make(Path::new(folder), 1024),
            ["make", folder, size] => make(Path::new(folder), number(size)?),
            ["check", folder] => check(Path::new(folder)),
            ["table", folder] => self.table(Path::new(folder), 1024),
            ["table", folder, size] => self.table(Path::new(folder), number(size)?),
            ["smoke"] => self.smoke(),
            #[cfg(feature = "archives")]
            ["archives", folder] => measure::archives(&self.settings(folder, 0)?),
            #[cfg(feature = "archives")]
            ["decode", file] => measure::decode(Path::new(file)),
            // `cargo test` and `cargo bench` run it without saying what for.
            [] => Ok(()),
            _ => Err(wrong("what to do? See the head of benches/corpora.rs")),
        }
    }

    fn table(&self, folder: &Path, mebibytes: u64) -> io::Result<()> {
        let size = mebibytes << 20;
        let is_made = |(_, name): (Layout, &str)| {
            let length = fs::metadata(log(folder, name)).map_or(0, |file| file.len());
            (size..size + (1 << 16)).contains(&length)
        };
        if !Layout::ALL.into_iter().all(is_made) {
            make(folder, mebibytes)?;
        }
        measure::table(&self.settings(folder, size)?)
    }

    fn settings(&self, folder: impl AsRef<Path>, size: u64) -> io::Result<Settings> {
        let program = Program::new(&self.binary)?;
        let folder = folder.as_ref().to_owned();
        Ok(Settings { program, folder, size, runs: self.runs, peers: self.peers })
    }

    fn smoke(&self) -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        make(folder.path(), SMALL)?;
        check(folder.path())?;
        measure::smoke(&Program::new(&self.binary)?, folder.path())
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

fn number<T: std::str::FromStr>(text: &str) -> io::Result<T> {
    text.parse().map_err(|_| wrong(&format!("{text} is no number")))
}

fn log(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.log"))
}

fn make(folder: &Path, mebibytes: u64) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (layout, name) in Layout::ALL {
        let path = log(folder, name);
        let mut out = BufWriter::new(File::create(&path)?);
        corpus::write(layout, mebibytes << 20, &mut out)?;
        out.flush()?;
        println!("{}", path.display());
    }
    Ok(())
}

fn check(folder: &Path) -> io::Result<()> {
    let paths = Layout::ALL.map(|(_, name)| (name, log(folder, name)));
    measure::check(paths.iter().map(|(name, path)| (*name, path.as_path())))
}
