//! From sources to states: blocks are read, parsed, recognised and folded, in order.
//!
//! This is where the parts meet; it knows no figures and no formats. It reads what it is given,
//! reports what could not be read, and leaves printing to `app`.

mod fold;
mod learners;
mod live;

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::aggregate::{Plan, Setup, View};
use crate::error::{Error, Result};
use crate::event::{Matcher, Profile};
use crate::parse::{self, Parser};
use crate::record::{Batch, Needs, Seed};
use crate::source::{Block, Blocks, Input, Series};
use crate::summary::Report;

pub use fold::{Fold, Tracking};

/// How the input is cut into blocks.
#[derive(Debug, Clone, Copy)]
pub struct Blocking {
    /// About how many bytes one block has.
    pub block: usize,
    /// The longest line that is read, in bytes without its line end.
    pub max_line: usize,
}

impl Default for Blocking {
    fn default() -> Blocking {
        Blocking { block: 256 << 10, max_line: 1 << 20 }
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
    let blocking = Blocking::default();
    let blocks = Blocks::new(read, blocking.block, blocking.max_line);
    let tracking = Tracking { join: profile.join(), max_keys: setup.max_keys };
    let mut fold = Fold::whole(plans, tracking);
    Scanner::new(parser, matcher, &needs, setup.seed, blocking)
        .blocks(blocks, &mut fold, &AtomicBool::new(false), &mut |_| {})
        .map_err(|cause| Error::io("cannot read records", &cause))?;
    Ok(fold.report(&View::default()))
}

/// The matcher of a run; none if no plan depends on what messages mean.
#[must_use]
pub fn matcher(profile: &Profile, plans: &[Plan], needs: &mut Needs) -> Option<Matcher> {
    plans.iter().any(Plan::needs_events).then(|| Matcher::new(profile, needs))
}

/// Reads sources block by block into a [`Fold`].
#[derive(Debug)]
pub struct Scanner {
    parser: Parser,
    matcher: Option<Matcher>,
    batch: Batch,
    blocking: Blocking,
    /// Files that failed while they were read; the others are read all the same.
    pub problems: Vec<Error>,
}

impl Scanner {
    /// A scanner for one run; see [`matcher`].
    #[must_use]
    pub fn new(
        parser: Parser,
        matcher: Option<Matcher>,
        needs: &Needs,
        seed: Seed,
        blocking: Blocking,
    ) -> Scanner {
        let batch = Batch::new(seed, needs.paths().len());
        Scanner { parser, matcher, batch, blocking, problems: Vec::new() }
    }

    /// Reads the series one behind the other. `stop` is looked at before every read;
    /// `seen` is told how many bytes each block had.
    pub fn scan(
        &mut self,
        series: &[Series],
        fold: &mut Fold,
        stop: &Arc<AtomicBool>,
        seen: &mut dyn FnMut(u64),
    ) -> Ended {
        for (number, one) in (0..).zip(series) {
            self.batch.source = number;
            for input in &one.files {
                match self.input(input, fold, stop, seen) {
                    Ok(Ended::AtEnd) => {}
                    Ok(Ended::Interrupted) => return Ended::Interrupted,
                    Err(error) => self.problems.push(error),
                }
            }
        }
        Ended::AtEnd
    }

    fn input(
        &mut self,
        input: &Input,
        fold: &mut Fold,
        stop: &Arc<AtomicBool>,
        seen: &mut dyn FnMut(u64),
    ) -> Result<Ended> {
        self.file(input.shown());
        let failed = |cause: io::Error| Error::io(format!("cannot read {}", input.shown()), &cause);
        let Blocking { block, max_line } = self.blocking;
        let read = input.open()?;
        if input.is_live() {
            // Nobody knows when the next block comes: another thread waits for it.
            return live::each(Blocks::new(read, block, max_line), stop, &mut |block| {
                let bytes = block.bytes.len() as u64 + block.oversize_bytes;
                self.block(block, fold);
                seen(bytes);
            })
            .map_err(failed);
        }
        let blocks = Blocks::new(UntilAsked { read, stop }, block, max_line);
        self.blocks(blocks, fold, stop, seen).map_err(failed)
    }

    /// Reads blocks in this thread.
    ///
    /// # Errors
    ///
    /// If the reader fails; what it gave before has been folded.
    pub fn blocks<R: Read>(
        &mut self,
        mut blocks: Blocks<R>,
        fold: &mut Fold,
        stop: &AtomicBool,
        seen: &mut dyn FnMut(u64),
    ) -> io::Result<Ended> {
        let mut block = Block::default();
        loop {
            match blocks.next(&mut block) {
                Ok(true) => {
                    let bytes = block.bytes.len() as u64 + block.oversize_bytes;
                    self.block(&mut block, fold);
                    seen(bytes);
                }
                Ok(false) => return Ok(Ended::AtEnd),
                Err(error) if !stop.load(Ordering::Relaxed) => return Err(error),
                Err(_) => {}
            }
            if stop.load(Ordering::Relaxed) {
                return Ok(Ended::Interrupted);
            }
        }
    }

    /// Folds one block of the current source.
    pub fn block(&mut self, block: &mut Block, fold: &mut Fold) {
        self.batch.first_line = block.first_line;
        self.parser.take(&mut block.bytes, &mut self.batch);
        self.batch.accounting.lines += block.oversize;
        self.batch.accounting.oversize += block.oversize;
        self.batch.accounting.bytes += block.oversize_bytes;
        if let Some(matcher) = &mut self.matcher {
            matcher.recognise(&mut self.batch);
        }
        fold.observe(&self.batch);
    }

    /// Says which source the next blocks belong to, and whether the input has it from its start.
    pub fn source(&mut self, number: u32, whole: bool) {
        self.batch.source = number;
        self.batch.whole_source = whole;
    }

    /// Names the file that the next blocks come from, as reports show it.
    pub fn file(&mut self, shown: &str) {
        self.batch.file = Arc::from(shown);
    }
}

/// A reader that fails once somebody has asked to stop. Between two blocks would be too late:
/// a single line that is skipped may be as long as a disk.
struct UntilAsked<'a, R> {
    read: R,
    stop: &'a AtomicBool,
}

impl<R: Read> Read for UntilAsked<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            // Not `Interrupted`: readers try again after that.
            return Err(io::Error::other("asked to stop"));
        }
        self.read.read(buffer)
    }
}
