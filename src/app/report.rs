//! `report`: read everything, print once.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::value::RawValue;

use crate::aggregate::{Plan, Setup, View};
use crate::cli::{Format, ReportArgs};
use crate::error::{Error, Result};
use crate::event::Profile;
use crate::parse::{self, Parser};
use crate::record::Zone;
use crate::render::{json, text};
use crate::scan::{Blocking, Ended, Fold, Folds, Following, Scan, Scanner, Tracking, matcher};
use crate::source::{Input, Plan as Sources};
use crate::summary::Report;

use super::checkpoint::{Before, Checkpoint};
use super::clock::Watch;
use super::follow;
use super::options::{self, Reading};
use super::output;
use super::progress::Progress;
use super::signals::Stop;
use super::{DONE, FAILED, REFUSED};

mod checkpoint;

use checkpoint::Kept;

/// Rows of each ranking in text.
const TOP: usize = 10;

/// Runs the command; the exit code if nothing stopped it.
pub(super) fn run(args: &ReportArgs) -> Result<u8> {
    let reading = Reading::new(&args.input)?;
    let threads = options::threads(args.threads)?;
    if args.follow.follow {
        return follow(args, reading);
    }
    let parsing = reading.parsing(&args.input);
    let sources = options::sources(&args.paths, args.input.keep_order, &parsing)?;
    let names = sources.series.iter().map(|series| series.name.clone());
    let job = Job::new(args, reading, parsing, names.collect(), None)?;
    for note in &sources.notes {
        output::note(note);
    }

    let stop = Stop::listen();
    let progress = progress(args, &sources);
    let scanner = || job.scanner();
    let mut fold = job.fold();
    let scan = Scan {
        scanner: &scanner,
        blocking: Blocking { max_line: job.parsing.max_line, ..Blocking::default() },
        threads,
        stop: &stop.asked,
        seen: &|bytes| progress.advance(bytes),
    };
    let outcome = scan.run(&sources.series, &mut fold);
    progress.finish();

    let problems = sources.problems.iter().chain(&outcome.problems);
    let failed = problems.map(output::error).count() > 0;
    let nothing = sources.series.is_empty() && failed;
    if nothing {
        return Ok(FAILED);
    }
    let done = job.finish(args, fold)?;
    let live = sources.inputs().any(Input::is_live);
    Ok(match outcome.ended {
        Ended::Interrupted if !live => stop.code().unwrap_or(FAILED),
        _ if failed => FAILED,
        _ => done,
    })
}

/// Reads what is written until somebody asks to stop, and then prints.
fn follow(args: &ReportArgs, reading: Reading) -> Result<u8> {
    let parsing = reading.parsing(&args.input);
    let pace = follow::pace(&args.follow)?;
    let mut checkpoint = checkpoint::open(args)?;
    let before = checkpoint.as_mut().and_then(Checkpoint::take_before);
    let positions = before.as_ref().map(|before| &*before.positions);
    let (paths, keep_order) = (&args.paths, args.input.keep_order);
    let follower = follow::follower(&args.follow, paths, keep_order, &parsing, positions)?;
    let names = (0..follower.sources()).filter_map(|source| follower.name(source));
    let names = names.map(str::to_owned).collect();
    let job = Job::new(args, reading, parsing, names, before.as_ref())?;
    let stop = Stop::listen();
    let clock = Watch::start();
    let mut following = Following::new(follower, pace, job.scanner(), &clock, &follow::tell);
    let make = || job.fold();
    let mut folds = match before {
        Some(before) => Folds::resume(&make, job.folds_of(before)?),
        None => Folds::new(&make),
    };
    let mut kept = Kept::start(checkpoint, &job.setup, &clock);
    while !stop.asked.load(Ordering::Relaxed) {
        kept.keep_if_due(&following, &folds);
        following.collect(&mut folds);
    }
    if kept.is_wanted() {
        following.catch_up(&mut folds);
        kept.keep(&following, &folds);
    }
    following.collect_rest(&mut folds);
    let is_kept = kept.close();
    let done = job.finish(args, folds.merged())?;
    Ok(if following.is_failing() || !is_kept { FAILED } else { done })
}

/// What is computed, and how records are read for that.
struct Job {
    profile: Profile,
    plans: Vec<Plan>,
    setup: Setup,
    parsing: parse::Options,
}

impl Job {
    fn new(
        args: &ReportArgs,
        Reading { profile, .. }: Reading,
        mut parsing: parse::Options,
        sources: Arc<[String]>,
        before: Option<&Before>,
    ) -> Result<Job> {
        let mut setup = options::setup(args, &profile, sources)?;
        if let Some(before) = before {
            [setup.since, setup.until] = before.span();
        }
        let plans = options::plans(&args.aggregations, &setup, &mut parsing.needs)?;
        // Nothing is asked for behind this: every worker's matcher finds what it needs.
        let _ = matcher(&profile, &plans, &mut parsing.needs);
        Ok(Job { profile, plans, setup, parsing })
    }

    fn scanner(&self) -> Scanner {
        let needs = &self.parsing.needs;
        let matcher = matcher(&self.profile, &self.plans, &mut needs.clone());
        Scanner::new(Parser::new(self.parsing.clone()), matcher, needs, self.setup.seed)
    }

    fn tracking(&self) -> Tracking {
        Tracking { join: self.profile.join(), max_keys: self.setup.max_keys }
    }

    fn fold(&self) -> Fold {
        Fold::whole(&self.plans, self.tracking())
    }

    /// The folds that an earlier run has left.
    fn folds_of(&self, before: Before) -> Result<Vec<Fold>> {
        let fold = |saved: Box<RawValue>| {
            let saved = serde_json::from_str(saved.get())
                .map_err(|fault| Error::config(fault.to_string()))?;
            Fold::resume(&self.plans, self.tracking(), saved)
        };
        let folds: Result<_> = before.states.into_iter().map(fold).collect();
        folds.map_err(|fault| Before::unreadable(&fault))
    }

    /// Prints the report; the exit code as far as it hangs on what was read.
    fn finish(&self, args: &ReportArgs, fold: Fold) -> Result<u8> {
        let view = View { top: top(args), ..View::default() };
        let refused = args.input.strict && fold.malformed() > 0;
        let report = fold.report(&view);
        print(args, &report, self.setup.zone)?;
        Ok(if refused { REFUSED } else { DONE })
    }
}

/// A bar only where somebody looks at it, and only where the end is known.
fn progress(args: &ReportArgs, sources: &Sources) -> Progress {
    let total = sources.inputs().map(|input| match input {
        Input::File { size, .. } => *size,
        Input::Stdin => 0,
    });
    let shown = !args.no_progress
        && std::io::stderr().is_terminal()
        && !sources.inputs().any(Input::is_live);
    Progress::new(total.sum(), shown)
}

fn top(args: &ReportArgs) -> Option<usize> {
    match args.format {
        Format::Text => Some(args.top.unwrap_or(TOP)),
        Format::Json => args.top,
    }
}

fn print(args: &ReportArgs, report: &Report, zone: Zone) -> Result<()> {
    output::write(|out| match args.format {
        Format::Json => json::write(report, &zone, out),
        Format::Text => {
            let style = text::Style {
                width: output::width(),
                color: output::color(args.color),
                zone,
                top: args.top,
            };
            text::write(report, &style, out)
        }
    })
}
