//! From sources to sinks: blocks are read, parsed, recognised and folded or passed on, in order.
//!
//! This is where the parts meet; it knows no figures and no formats. It reads what it is given,
//! reports what could not be read, and leaves printing to `app`.

mod around;
mod crew;
mod filter;
mod fold;
mod follow;
mod held;
mod learners;
mod live;
mod order;
mod pulse;
mod select;
mod sink;
mod turns;
mod watch;

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use crate::aggregate::{Plan, Setup, View};
use crate::alert::Engine;
use crate::error::{Error, Result};
use crate::event::{Matcher, Profile};
use crate::parse::{self, Parser, Unfinished};
use crate::record::{Batch, Needs, Seed, Standard};
use crate::source::{Block, Blocks};
use crate::summary::Report;

pub use crew::Scan;
pub use filter::{Filter, Make, Passing, Seen, Shape};
pub use fold::{Fold, Tracking};
pub use follow::{Folds, Following, Pace, Positions};
pub use pulse::{Beat, Pulse};
pub use select::{Selection, Wanted};
pub use sink::{SideBySide, Sink};
pub use watch::{Clock, Live, Replay};

/// How the input is cut.
#[derive(Debug, Clone, Copy)]
pub struct Blocking {
    /// About how many bytes one block has.
    pub block: usize,
    /// The longest line that is read, in bytes without its line end.
    pub max_line: usize,
    /// How many bytes a worker takes at once at most, about, if there are several workers: what
    /// is read side by side has to be put together again, piece by piece.
    pub piece: usize,
}

impl Default for Blocking {
    /// Blocks that stay in the cache of a core, with what is made of them, until they are folded.
    fn default() -> Blocking {
        Blocking { block: 128 << 10, max_line: 1 << 20, piece: 4 << 20 }
    }
}

/// Why a scan is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All input was read.
    AtEnd,
    /// The caller asked to stop.
    Interrupted,
}

/// What has become of a run.
#[derive(Debug)]
pub struct Outcome {
    /// Why it is over.
    pub ended: Ended,
    /// Files that could not be read, or failed while they were, in the order of the input; the
    /// others are read all the same.
    pub problems: Vec<Error>,
}

/// Reads one source to its end and reports: a whole run at once, with records read by default
/// options. `needs` are those that the plans have asked for.
///
/// # Errors
///
/// If the reader fails.
pub fn report(
    read: impl Read,
    profile: &Profile,
    setup: &Setup,
    plans: &[Plan],
    mut needs: Needs,
) -> Result<Report> {
    let matcher = matcher(profile, plans, &mut needs);
    let parser = Parser::new(parse::Options { needs: needs.clone(), ..parse::Options::default() });
    let tracking = Tracking { join: profile.join(), max_keys: setup.max_keys };
    let mut fold = Fold::whole(plans, tracking);
    let mut scanner = Scanner::new(parser, matcher, &needs, setup.seed);
    let Blocking { block, max_line, .. } = Blocking::default();
    let (mut blocks, mut block) = (Blocks::new(read, block, max_line), Block::default());
    while blocks.next(&mut block).map_err(|cause| Error::io("cannot read records", &cause))? {
        scanner.block(&mut block, &mut fold);
    }
    scanner.finish(&mut fold);
    Ok(fold.report(&View::default()))
}

/// The matcher of a run; none if no plan depends on what messages mean. Tells the needs which
/// names nobody reads.
#[must_use]
pub fn matcher(profile: &Profile, plans: &[Plan], needs: &mut Needs) -> Option<Matcher> {
    let events = plans.iter().any(Plan::needs_events);
    matcher_for(profile, events, |field| plans.iter().any(|plan| plan.reads(field)), needs)
}

/// The matcher of a run of rules; see [`matcher`].
#[must_use]
pub fn rules_matcher(profile: &Profile, rules: &Engine, needs: &mut Needs) -> Option<Matcher> {
    matcher_for(profile, rules.needs_events(), |field| rules.reads(field), needs)
}

/// The matcher of a run of rules beside figures; see [`matcher`].
#[must_use]
pub fn live_matcher(
    profile: &Profile,
    plans: &[Plan],
    rules: &Engine,
    needs: &mut Needs,
) -> Option<Matcher> {
    let events = rules.needs_events() || plans.iter().any(Plan::needs_events);
    let reads = |field| rules.reads(field) || plans.iter().any(|plan| plan.reads(field));
    matcher_for(profile, events, reads, needs)
}

fn matcher_for(
    profile: &Profile,
    events: bool,
    reads: impl Fn(Standard) -> bool,
    needs: &mut Needs,
) -> Option<Matcher> {
    for field in [Standard::Logger, Standard::Module, Standard::Function, Standard::Client] {
        // What messages mean hangs on their logger, and whom they concern on the client's key.
        let of_events = matches!(field, Standard::Logger | Standard::Client);
        if !(events && of_events || reads(field)) {
            needs.skip(field);
        }
    }
    events.then(|| Matcher::new(profile, needs))
}

/// Parses and recognises blocks, for a [`Sink`] such as a [`Fold`] or a [`Filter`].
#[derive(Debug)]
pub struct Scanner {
    parser: Parser,
    matcher: Option<Matcher>,
    batch: Batch,
    /// The number of the next line in its file.
    line: u64,
    /// See [`Scanner::renew`].
    renewals: u64,
    /// Lines of the current source that wait for more, and those of other sources.
    unfinished: Unfinished,
    others: BTreeMap<u32, Unfinished>,
}

impl Scanner {
    /// A scanner for one run; see [`matcher`].
    #[must_use]
    pub fn new(parser: Parser, matcher: Option<Matcher>, needs: &Needs, seed: Seed) -> Scanner {
        Scanner {
            parser,
            matcher,
            batch: Batch::new(seed, needs.paths().len()),
            line: 1,
            renewals: 0,
            unfinished: Unfinished::default(),
            others: BTreeMap::new(),
        }
    }

    /// Gives the next block of the current source to a sink.
    pub fn block(&mut self, block: &mut Block, sink: &mut impl Sink) {
        sink.observe(self.read(block));
        self.give_back(block);
    }

    /// The next block of the current source as columns, its events recognised. Lines at its end
    /// that belong to a record which may go on are held back; they come first in the next batch
    /// of the source, or in that of [`Scanner::flush`].
    pub fn read(&mut self, block: &mut Block) -> &Batch {
        self.batch.first_line = self.line + block.oversize;
        self.take(block);
        self.batch.accounting.lines += block.oversize;
        self.batch.accounting.oversize += block.oversize;
        self.batch.accounting.bytes += block.oversize_bytes;
        self.batch.accounting.possible_losses += block.losses;
        if let Some(matcher) = &mut self.matcher {
            matcher.recognise(&mut self.batch);
        }
        &self.batch
    }

    /// Gives the memory of the last block back, for the next one to be read into while it is in the
    /// cache. The batch has no text any more.
    fn give_back(&mut self, block: &mut Block) {
        block.bytes = std::mem::take(&mut self.batch.bytes).into_bytes();
    }

    /// Forgets all names between two blocks as often as rules forget what is only there to be
    /// quick: in months, names pile up that never come back.
    fn renew(&mut self, rules: &Engine) {
        if std::mem::replace(&mut self.renewals, rules.renewals()) != rules.renewals() {
            self.batch.names.forget();
        }
    }

    /// Says whether the input has the source of the next blocks from its start.
    pub fn whole(&mut self, whole: bool) {
        self.batch.whole_source = whole;
    }

    /// Names the file that the next blocks come from, as reports show it, and the number of its
    /// source.
    pub fn begin(&mut self, shown: &str, source: u32) {
        self.turn_to(source);
        if *self.batch.file != *shown {
            self.batch.file = Arc::from(shown);
        }
    }

    /// Goes on in the same place of the same source as another scanner.
    fn go_on_from(&mut self, other: &mut Scanner) {
        self.unfinished = std::mem::take(&mut other.unfinished);
        self.others = std::mem::take(&mut other.others);
        self.batch.source = other.batch.source;
        self.batch.file = Arc::clone(&other.batch.file);
        self.line = other.line;
    }

    /// Says which number the next line has in its file.
    pub fn line(&mut self, number: u64) {
        self.line = number;
    }
}
