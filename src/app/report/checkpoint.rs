//! The checkpoint of a followed report: what decides what its figures mean, and when they are kept.

use crate::aggregate::Setup;
use crate::app::checkpoint::{Checkpoint, Keeper, State, reading};
use crate::app::clock::Watch;
use crate::cli::{ErrorsByArg, ReportArgs};
use crate::error::Result;
use crate::scan::{Clock, Folds, Following};
use crate::source::Notice;

use super::aggregations;

/// Opens the checkpoint, if one is wanted.
pub(in crate::app) fn open(args: &ReportArgs) -> Result<Option<Checkpoint>> {
    let mut options = reading(&args.input);
    let errors_by = match args.errors_by {
        ErrorsByArg::Template => "template",
        ErrorsByArg::Prefix => "prefix",
    };
    let of_report = [
        ("--agg", aggregations(args).join(", ")),
        ("--since", args.since.clone().unwrap_or_default()),
        ("--until", args.until.clone().unwrap_or_default()),
        ("--errors-by", errors_by.to_owned()),
        ("--max-keys", args.max_keys.to_string()),
        ("--tz", args.tz.clone()),
    ];
    options.extend(of_report.map(|(name, value)| (name.to_owned(), value)));
    Checkpoint::open(&args.follow, &args.paths, "report", options)
}

/// Keeps the figures of a report, if somebody wants that.
pub(in crate::app) struct Kept<'a> {
    keeper: Option<Keeper>,
    clock: &'a Watch,
    tell: &'a dyn Fn(Notice),
}

impl<'a> Kept<'a> {
    /// Begins to keep them; `tell` takes what the user should know.
    pub(in crate::app) fn start(
        checkpoint: Option<Checkpoint>,
        setup: &Setup,
        clock: &'a Watch,
        tell: &'a dyn Fn(Notice),
    ) -> Kept<'a> {
        let keeper = checkpoint.map(|mut checkpoint| {
            checkpoint.set_span([setup.since, setup.until]);
            checkpoint.start()
        });
        Kept { keeper, clock, tell }
    }

    pub(in crate::app) fn is_wanted(&self) -> bool {
        self.keeper.is_some()
    }

    /// Keeps what has been folded, if it is time to.
    pub(in crate::app) fn keep_if_due(&mut self, following: &Following<'_>, folds: &Folds<'_>) {
        let (progress, clock, tell) = (following.blocks(), self.clock, self.tell);
        if self.keeper.as_mut().is_some_and(|keeper| keeper.is_due(progress, clock, tell)) {
            self.keep(following, folds);
        }
    }

    /// Keeps what has been folded.
    pub(in crate::app) fn keep(&mut self, following: &Following<'_>, folds: &Folds<'_>) {
        if let Some(keeper) = &mut self.keeper {
            let began = self.clock.elapsed();
            let (positions, state) = (following.positions(), State::Report(folds.copies()));
            keeper.keep(following.blocks(), positions, state, None, (began, self.clock));
        }
    }

    /// Sees the last one through; `false` if it could not be written.
    pub(in crate::app) fn close(self) -> bool {
        self.keeper.is_none_or(|keeper| keeper.close(self.tell))
    }
}
