//! `report`: read everything, print once.

use std::io::IsTerminal;
use std::path::PathBuf;

use crate::aggregate::View;
use crate::cli::{Format, ReportArgs};
use crate::error::Result;
use crate::parse::{self, Parser};
use crate::record::{Needs, Zone};
use crate::render::{json, text};
use crate::scan::{Blocking, Ended, Fold, Scan, Scanner, Tracking, matcher};
use crate::source::{Input, Plan as Sources, PlanOptions, plan};
use crate::summary::Report;

use super::options::{self, Reading};
use super::output;
use super::progress::Progress;
use super::signals::Stop;
use super::{DONE, FAILED, REFUSED};

/// Rows of each ranking in text.
const TOP: usize = 10;

/// Runs the command; the exit code if nothing stopped it.
pub(super) fn run(args: &ReportArgs) -> Result<u8> {
    let Reading { profile, names, assume, max_line, threads, simd } = Reading::new(&args.input)?;
    let strict = args.input.strict;
    let mut parsing =
        parse::Options { names, needs: Needs::default(), zone: assume, strict, max_line, simd };
    let sources = sources(args, &parsing)?;
    let series = sources.series.iter().map(|series| series.name.clone());
    let setup = options::setup(args, &profile, series.collect())?;
    let plans = options::plans(&args.aggregations, &setup, &mut parsing.needs)?;
    // Nothing is asked for behind this: every worker's matcher finds what it needs.
    let mut needs = parsing.needs.clone();
    let _ = matcher(&profile, &plans, &mut needs);
    parsing.needs = needs.clone();
    let tracking = Tracking { join: profile.join(), max_keys: setup.max_keys };
    for note in &sources.notes {
        output::note(note);
    }

    let stop = Stop::listen();
    let progress = progress(args, &sources);
    let scanner = || {
        let matcher = matcher(&profile, &plans, &mut needs.clone());
        Scanner::new(Parser::new(parsing.clone()), matcher, &needs, setup.seed)
    };
    let mut fold = Fold::whole(&plans, tracking);
    let scan = Scan {
        scanner: &scanner,
        blocking: Blocking { max_line, ..Blocking::default() },
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
    let view = View { top: top(args), ..View::default() };
    let refused = args.input.strict && fold.malformed() > 0;
    let report = fold.report(&view);
    print(args, &report, setup.zone)?;
    let live = sources.series.iter().flat_map(|one| &one.files).any(Input::is_live);
    Ok(match outcome.ended {
        Ended::Interrupted if !live => stop.code(),
        _ if failed => FAILED,
        _ if refused => REFUSED,
        _ => DONE,
    })
}

fn sources(args: &ReportArgs, parsing: &parse::Options) -> Result<Sources> {
    let stdin = [PathBuf::from("-")];
    let paths = if args.paths.is_empty() { &stdin[..] } else { &args.paths };
    let first_time = |head: &[u8]| parse::first_timestamp(head, parsing);
    let options = PlanOptions { keep_order: args.input.keep_order, first_time: &first_time };
    plan(paths, &options)
}

/// A bar only where somebody looks at it, and only where the end is known.
fn progress(args: &ReportArgs, sources: &Sources) -> Progress {
    let inputs = || sources.series.iter().flat_map(|one| &one.files);
    let total = inputs().map(|input| match input {
        Input::File { size, .. } => *size,
        Input::Stdin => 0,
    });
    let shown =
        !args.no_progress && std::io::stderr().is_terminal() && !inputs().any(Input::is_live);
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
