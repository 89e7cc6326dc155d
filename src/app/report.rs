//! `report`: read everything, print once.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::value::RawValue;

use crate::aggregate::{KINDS, Plan, Setup, View};
use crate::cli::{Format, ReportArgs};
use crate::error::{Error, Result};
use crate::event::Profile;
use crate::parse::{self, Parser};
use crate::render::prometheus;
use crate::scan::{
    Blocking, Clock, Ended, Fold, Folds, Following, Scan, Scanner, Tracking, matcher,
};
use crate::source::{Input, Plan as Sources};

use super::checkpoint::{Before, Checkpoint};
use super::clock::Watch;
use super::follow;
use super::live;
use super::options::{self, Reading};
use super::output;
use super::print::{About, print, top};
use super::progress::Progress;
use super::signals::Stop;
use super::{DONE, FAILED, REFUSED};

mod checkpoint;

pub(super) use checkpoint::{Kept, open};

/// What a page shows over time; charts take windows together where there are many.
const OVER_TIME: [&str; 2] = ["level every 5m", "error-rate every 5m"];

/// Runs the command; the exit code if nothing stopped it.
pub(super) fn run(args: &ReportArgs) -> Result<u8> {
    let clock = Watch::start();
    let reading = Reading::new(&args.input)?;
    let threads = options::threads(args.threads)?;
    if let Some(shown) = live::wanted(args)? {
        return live::run(args, reading, shown);
    }
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
    let progress = progress(!args.no_progress, &sources);
    let scanner = || job.scanner();
    let mut fold = job.fold();
    sources.problems.iter().for_each(|error| fold.problem(error));
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
    let live = sources.inputs().any(Input::is_live);
    let done = job.finish(args, fold, live, &clock)?;
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
    let mut checkpoint = open(args)?;
    let before = checkpoint.as_mut().and_then(Checkpoint::take_before);
    let positions = before.as_ref().map(|before| &*before.positions.files);
    let (paths, keep_order) = (&args.paths, args.input.keep_order);
    let follower = follow::follower(&args.follow, paths, keep_order, &parsing, positions)?;
    let names = (0..follower.sources()).filter_map(|source| follower.name(source));
    let names = names.map(str::to_owned).collect();
    let job = Job::new(args, reading, parsing, names, before.as_ref())?;
    let stop = Stop::listen();
    let clock = Watch::start();
    let Before { positions, states, .. } = before.unwrap_or_default();
    let following = Following::new(follower, pace, job.scanner(), &clock, &follow::tell);
    let mut following = following.holding(positions.held);
    let mut folds = Folds::resume(|| job.fold(), job.folds_of(states)?);
    let mut kept = Kept::start(checkpoint, &job.setup, &clock, &follow::tell);
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
    let done = job.finish(args, folds.merged(), true, &clock)?;
    Ok(if following.is_failing() || !is_kept { FAILED } else { done })
}

/// What is computed, and how records are read for that.
pub(super) struct Job {
    pub(super) profile: Profile,
    pub(super) plans: Vec<Plan>,
    pub(super) setup: Setup,
    pub(super) parsing: parse::Options,
}

impl Job {
    fn new(
        args: &ReportArgs,
        reading: Reading,
        parsing: parse::Options,
        sources: Arc<[String]>,
        before: Option<&Before>,
    ) -> Result<Job> {
        let mut job = Job::planned(args, reading, parsing, sources, before)?;
        // Nothing is asked for behind this: every worker's matcher finds what it needs.
        let _ = matcher(&job.profile, &job.plans, &mut job.parsing.needs);
        Ok(job)
    }

    /// The same while others may still ask for fields.
    pub(super) fn planned(
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
        let plans = options::plans(&aggregations(args), &setup, &mut parsing.needs)?;
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

    pub(super) fn fold(&self) -> Fold {
        Fold::whole(&self.plans, self.tracking())
    }

    /// The folds that an earlier run has left.
    pub(super) fn folds_of(&self, states: Vec<Box<RawValue>>) -> Result<Vec<Fold>> {
        let fold = |saved: Box<RawValue>| {
            let saved = serde_json::from_str(saved.get())
                .map_err(|fault| Error::config(fault.to_string()))?;
            Fold::resume(&self.plans, self.tracking(), saved)
        };
        let folds: Result<_> = states.into_iter().map(fold).collect();
        folds.map_err(|fault| Before::unreadable(&fault))
    }

    /// Prints the report; the exit code as far as it hangs on what was read.
    pub(super) fn finish(
        &self,
        args: &ReportArgs,
        fold: Fold,
        live: bool,
        clock: &Watch,
    ) -> Result<u8> {
        let view = View { top: top(args), ..View::default() };
        let refused = args.input.strict && fold.malformed() > 0;
        let report = fold.report(&view);
        print(args, &report, &self.about(live, clock))?;
        Ok(if refused { REFUSED } else { DONE })
    }

    /// What reports tell of the run at this moment.
    pub(super) fn about(&self, live: bool, clock: &Watch) -> About {
        let run = prometheus::Run { seconds: clock.elapsed() as f64 / 1e6, finished: clock.wall() };
        About { live, run, zone: self.setup.zone }
    }
}

/// A bar only where somebody looks at it, and only where the end is known.
pub(super) fn progress(wanted: bool, sources: &Sources) -> Progress {
    let total = sources.inputs().map(|input| match input {
        Input::File { size, .. } => *size,
        Input::Stdin => 0,
    });
    let shown = wanted && std::io::stderr().is_terminal() && !sources.inputs().any(Input::is_live);
    Progress::new(total.sum(), shown)
}

/// What is computed: what was asked for, or every section. A page shows its charts over time
/// before them.
fn aggregations(args: &ReportArgs) -> Vec<String> {
    let names = || KINDS.iter().map(|kind| kind.name);
    match args.format {
        Format::Html if args.aggregations.is_empty() => {
            OVER_TIME.into_iter().chain(names()).map(str::to_owned).collect()
        }
        _ => args.aggregations.clone(),
    }
}
