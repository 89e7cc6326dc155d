//! The runs that the table is made of.

use std::io;
use std::path::{Path, PathBuf};

use ufo_logscan::aggregate::KINDS;

use super::process::{Output, Program, Run, behind_cat, run, wc};

/// How a log comes to the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// By its name.
    File,
    /// By the name of what it is compressed to.
    #[cfg_attr(not(feature = "archives"), allow(dead_code, reason = "nothing is compressed"))]
    Archive(&'static str),
    /// `cat FILE |`.
    Pipe,
    /// Not at all: there is nothing to read.
    Empty,
}

/// A run of the program.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) title: String,
    /// Which log.
    pub(crate) log: &'static str,
    pub(crate) way: Way,
    /// How many threads; as many as it likes if not said.
    pub(crate) threads: Option<u32>,
    pub(crate) args: Vec<String>,
}

impl Job {
    fn new(title: &str, log: &'static str, threads: u32, args: &[&str]) -> Job {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Job { title: format!("{title}, {log}"), log, way: Way::File, threads: Some(threads), args }
    }

    /// Does it in a folder of logs. `None` if the program has no such option.
    pub(crate) fn run(
        &self,
        program: &Program,
        level: Option<&str>,
        folder: &Path,
        output: Output,
    ) -> io::Result<Option<Run>> {
        let Some(mut command) = program.command(level, self.threads) else { return Ok(None) };
        command.args(&self.args);
        let path = self.path(folder);
        let done = match self.way {
            Way::File | Way::Archive(_) => {
                command.arg(path);
                run(command, output)
            }
            Way::Pipe => behind_cat(&path, command, output),
            Way::Empty => run(command, output),
        };
        done.map(Some)
    }

    /// Does what `wc -l` does of it.
    pub(crate) fn measure(&self, folder: &Path) -> io::Result<Run> {
        let (mut wc, path) = (wc(), self.path(folder));
        match self.way {
            Way::Pipe => behind_cat(&path, wc, Output::Dropped),
            Way::Empty => run(wc, Output::Dropped),
            Way::File | Way::Archive(_) => {
                wc.arg(path);
                run(wc, Output::Dropped)
            }
        }
    }

    fn path(&self, folder: &Path) -> PathBuf {
        match self.way {
            Way::Archive(kind) => folder.join(format!("{}.log.{kind}", self.log)),
            _ => folder.join(format!("{}.log", self.log)),
        }
    }
}

/// What is compared by CPU time.
pub(crate) fn by_cpu() -> Vec<Job> {
    let logs = ["page", "server", "mixed", "shuffled", "compact"];
    let mut jobs: Vec<Job> =
        logs.into_iter().map(|log| Job::new("default report", log, 1, &[])).collect();
    jobs.extend(logs.into_iter().map(|log| Job::new("`--agg input`", log, 1, &["--agg", "input"])));
    jobs
}

/// What is compared by the time that a user waits.
pub(crate) fn by_wall() -> Vec<Job> {
    let two = |log| Job::new("default report, two threads", log, 2, &[]);
    let piped = |threads| {
        let title = match threads {
            Some(_) => "`cat FILE \\|`, one thread, page",
            None => "`cat FILE \\|`, page",
        };
        let job = Job::new("", "page", 1, &[]);
        Job { title: title.to_owned(), way: Way::Pipe, threads, ..job }
    };
    vec![two("page"), two("server"), two("mixed"), piped(Some(1)), piped(None)]
}

/// Nothing to read.
pub(crate) fn empty() -> Job {
    let job = Job::new("", "page", 1, &[]);
    Job { title: "empty input".to_owned(), way: Way::Empty, threads: None, ..job }
}

/// A job, and the same with more to do.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) title: String,
    pub(crate) less: Job,
    pub(crate) more: Job,
    /// How many times the difference is what is asked for.
    pub(crate) times: u32,
}

/// What one more simple aggregator costs. The cheapest is added many times: one is lost in noise.
pub(crate) fn simple() -> Vec<Step> {
    let step = |name: &str, times: u32| {
        let mut args = vec!["--agg", "level"];
        let less = Job::new("level", "page", 1, &args);
        for _ in 0..times {
            args.extend(["--agg", name]);
        }
        Step { title: format!("`{name}`"), less, more: Job::new("more", "page", 1, &args), times }
    };
    vec![step("count", 8), step("error-rate", 8), step("hourly", 8), step("module", 8)]
}

/// What each section of the default report costs: all without it, and all. The first row has
/// nothing left out, and shows how far off the others may be.
pub(crate) fn sections() -> Vec<Step> {
    let all: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    let job = |sections: &[&str]| Job::new("", "page", 1, &["--agg", &sections.join(",")]);
    let without = |name: &str| {
        let rest: Vec<&str> = all.iter().copied().filter(|other| *other != name).collect();
        Step { title: format!("`{name}`"), less: job(&rest), more: job(&all), times: 1 }
    };
    let nothing =
        Step { title: "(nothing)".to_owned(), less: job(&all), more: job(&all), times: 1 };
    std::iter::once(nothing).chain(all.iter().map(|name| without(name))).collect()
}
