//! Bytes to columns: a block of whole lines becomes a [`Batch`], and every line is accounted for.
//!
//! A record is a line that holds one JSON object (RFC 8259) and nothing else. Each byte of it is
//! validated, so whether a line is a record never depends on which fields somebody reads. What
//! is only badly encoded is mended and counted: refusing it would be a way to hide.
//!
//! This module must not know where blocks come from, what messages mean, or what is counted.
//! Lines are independent of each other, but for those of a record that takes several
//! ([`Unfinished`]): however the input is cut into blocks between two lines, the rows are the same.

mod columns;
mod envelope;
mod keys;
mod layout;
mod layouts;
mod lines;
mod minute;
mod plan;
mod program;
mod recent;
#[expect(clippy::inline_always, reason = "what is called does not have the caller's instructions")]
mod simd;
mod slab;
#[cfg(test)]
mod tests;
mod token;
mod unordered;
mod walk;

use std::ops::Range;

use self::columns::Columns;
pub(crate) use self::envelope::Ready;
pub use self::envelope::{Envelopes, Unfinished};
use self::envelope::{Joins, Place, Role, TextKeys, Verdict};
use self::layouts::Layouts;
use self::lines::{Mended, lines};
use self::plan::Plan;
pub use self::simd::Simd;
use self::simd::{Block, Index, PADDING, Processor};
use self::slab::Slab;
use self::token::Fault;
use self::walk::Walker;
use crate::record::{
    Batch, FieldNames, MAX_SAMPLES, Needs, Reason, Sample, Seed, Text, Timestamp, Zone,
};

/// The logger of this program's own alert events. They may come back in the input; they are
/// counted there and taken for nothing else.
pub const OWN_LOGGER: &str = "ufo_logscan.alert";

/// The largest block in bytes. Places in a batch are 32 bits, and mending makes up to three bytes
/// of one.
pub const MAX_BLOCK: usize = 512 << 20;

/// What is read and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The keys of the standard fields.
    pub names: FieldNames,
    /// The further fields that a run asks for, as columns of the batch by slot.
    pub needs: Needs,
    /// The zone of timestamps that name none.
    pub zone: Zone,
    /// Refuse what is badly encoded instead of mending it.
    pub strict: bool,
    /// The longest line that is read, in bytes, without its line end and what is stripped from
    /// its start; longer ones are oversize. At most [`MAX_BLOCK`].
    pub max_line: usize,
    /// What may be around records.
    pub envelopes: Envelopes,
    /// The kind of processor to parse with; results do not depend on it. One that this processor
    /// is not is taken as [`Simd::Portable`].
    pub simd: Simd,
}

impl Default for Options {
    /// The usual names, nothing further, UTC, mending, lines of up to 1 MiB, this processor.
    fn default() -> Options {
        Options {
            names: FieldNames::default(),
            needs: Needs::default(),
            zone: Zone::Utc,
            strict: false,
            max_line: 1 << 20,
            envelopes: Envelopes::Auto,
            simd: Simd::detect(),
        }
    }
}

/// A parser: what it keeps from block to block is memory, and no knowledge of the input.
#[derive(Debug)]
pub struct Parser {
    plan: Plan,
    strict: bool,
    /// Whether somebody passes lines on as they came.
    keeps_raw: bool,
    max_line: usize,
    envelopes: Envelopes,
    joins: Joins,
    /// The keys of records that are made of text.
    keys: TextKeys,
    processor: Processor,
    walker: Walker,
    /// The fast path; tests do without.
    layouts: Option<Layouts>,
    mended: Mended,
    slab: Slab,
    columns: Columns,
    /// Where things stand in the block.
    index: Index,
    /// Rows that no fast path has read yet.
    rest: Vec<u32>,
    /// For each line, whether it is a record.
    accepted: Vec<bool>,
    /// The block as it came, if some of it was no UTF-8; else the batch has it.
    broken: Option<Vec<u8>>,
}

/// A line of a block that the fast paths have left, and where its text stands in the batch.
struct Line {
    row: usize,
    /// Where its bytes stand in the block.
    raw: Range<usize>,
    /// How many of them were stripped: a byte order mark, NUL bytes.
    stripped: usize,
    /// Whether the rest was not UTF-8 and stands mended behind the block.
    mended: bool,
    /// The place of what is read.
    place: Range<usize>,
}

impl Parser {
    /// A parser with these options.
    #[must_use]
    pub fn new(options: Options) -> Parser {
        let Options { names, needs, zone, strict, max_line, envelopes, simd } = options;
        let fields = needs.paths().len();
        let mut plan = Plan::new(&names, &needs);
        plan.mark(envelopes.marks());
        let max_line = max_line.min(MAX_BLOCK);
        let processor = Processor::new(simd);
        Parser {
            walker: Walker::new(processor, &plan, fields),
            plan,
            strict,
            keeps_raw: needs.keeps_raw(),
            max_line,
            envelopes,
            joins: Joins::new(envelopes, max_line),
            keys: TextKeys::new(&names),
            processor,
            layouts: Some(Layouts::new(fields)),
            mended: Mended::default(),
            slab: Slab::new(fields),
            columns: Columns::new(zone, processor, &needs),
            index: Index::default(),
            rest: Vec::new(),
            accepted: Vec::new(),
            broken: None,
        }
    }

    /// Reads a copy of a block, see [`Parser::take`].
    pub fn parse(&mut self, block: &[u8], batch: &mut Batch) {
        self.take(&mut block.to_vec(), batch);
    }

    /// Reads a block of whole lines, at most [`MAX_BLOCK`] bytes, into an emptied batch: one row
    /// for each line. The last line may lack its line end. The batch takes the bytes of the block,
    /// which gets the memory of the batch's last one, with whatever stands in it.
    ///
    /// The caller has set the batch's file and the number of its first line, and has made it
    /// with as many further columns as the options ask for.
    pub fn take(&mut self, block: &mut Vec<u8>, batch: &mut Batch) {
        self.take_behind(block, &Unfinished::default(), false, batch);
    }

    /// The same for a block that begins with what was held back of the one before. What is open at
    /// its end is taken as it is. `closed` says that what was held back is closed by what came
    /// behind it.
    pub(crate) fn take_behind(
        &mut self,
        block: &mut Vec<u8>,
        before: &Unfinished,
        closed: bool,
        batch: &mut Batch,
    ) {
        let spare = std::mem::take(&mut batch.bytes).into_bytes();
        batch.clear();
        batch.accounting.bytes = block.len() as u64;
        let len = block.len();
        self.adopt(std::mem::replace(block, spare), batch);
        let block = self.broken.as_deref().unwrap_or(&batch.bytes.as_bytes()[..len]);
        let longest = lines::places(self.index.newlines(), block, &mut batch.line);
        let rows = batch.line.len();
        batch.accounting.lines = rows as u64;
        self.slab.reset(rows);
        self.accepted.clear();
        self.accepted.resize(rows, true);
        self.rest.clear();
        self.rest.extend(0..rows as u32);
        // The general path knows what becomes of longer ones.
        if longest <= self.max_line {
            self.fast(len, batch);
        }
        self.join(before, closed, batch);
        for at in 0..self.rest.len() {
            let row = self.rest[at] as usize;
            self.accepted[row] = self.slow(at, row, batch);
        }
        self.columns.fill(&self.accepted, &mut self.slab, batch);
        if self.keeps_raw {
            batch.raw.set(self.index.newlines(), len, self.broken.take());
        }
    }

    /// Makes the block the batch's text, with padding behind it, and finds its line feeds.
    fn adopt(&mut self, mut bytes: Vec<u8>, batch: &mut Batch) {
        let len = bytes.len();
        bytes.resize(len + PADDING, b'\n');
        let ascii = self.processor.index(&bytes, len, &mut self.index);
        self.broken = None;
        match simd::text(bytes, ascii) {
            Ok(text) => {
                batch.bytes = text;
                self.mended.none();
            }
            Err(mut bytes) => {
                bytes.truncate(len);
                self.mended.copy(&bytes, &mut batch.bytes);
                batch.bytes.extend(std::iter::repeat_n('\n', PADDING));
                self.broken = Some(bytes);
            }
        }
    }

    /// Reads what the fast paths can, and leaves the other rows in `rest`.
    fn fast(&mut self, len: usize, batch: &Batch) {
        let Parser { layouts: Some(layouts), plan, rest, slab, index, .. } = self else { return };
        let (lines, bytes) = (&batch.line, batch.bytes.as_bytes());
        layouts.read(self.processor, plan, Block::new(bytes, len, lines, index), rest, slab);
    }

    /// Says which of the other rows belong together. A row that a fast path has read is a record
    /// for itself.
    fn join(&mut self, before: &Unfinished, closed: bool, batch: &Batch) {
        let Parser { joins, rest, broken, envelopes, .. } = self;
        if !envelopes.join() {
            return;
        }
        let held: u64 = before.lines.iter().map(|earlier| earlier.rows).sum();
        let block = broken.as_deref().unwrap_or(batch.bytes.as_bytes());
        joins.begin(&before.dropping);
        let mut next = 0;
        for &row in rest.iter() {
            let line = &block[batch.line[row as usize].range()];
            let stripped = lines::stripped(line, true);
            let behind_held = u64::from(next) <= held && held <= u64::from(row);
            if row != next || closed && behind_held {
                joins.close();
            }
            joins.line(row, &line[stripped..], batch.line[row as usize].range().start);
            next = row + 1;
        }
    }

    /// Reads a line in the general way; returns whether it is a record.
    fn slow(&mut self, at: usize, row: usize, batch: &mut Batch) -> bool {
        match self.joins.role(at) {
            Role::Head => {}
            Role::Tail(of) => {
                batch.accounting.joined += 1;
                batch.joined.push((row as u32, of));
                return false;
            }
            Role::Oversize => return oversize(row, batch),
        }
        let line = self.line(row, true, batch);
        // As it came: mending may have made it longer.
        if line.raw.len() - line.stripped > self.max_line {
            return oversize(row, batch);
        }
        batch.line[row] = Text::plain(line.place.start, line.place.len());
        let (place, learns) = (line.place.clone(), !line.is_repaired());
        match self.read(line, at, batch) {
            Verdict::Record { inner, repaired, duplicate } => {
                if let Some(inner) = inner {
                    batch.inner.push((row as u32, Text::plain(inner.start, inner.len())));
                } else if let (true, Some(layouts)) = (learns, &mut self.layouts) {
                    // It could have been read in a layout.
                    layouts.learn(&self.plan, &batch.bytes.as_bytes()[place]);
                }
                self.slab.take(row, &self.plan, &self.walker.found);
                batch.accounting.repaired += u64::from(repaired);
                batch.accounting.duplicate_keys += u64::from(duplicate);
                true
            }
            Verdict::Blank => {
                batch.accounting.blank += 1;
                batch.blank.push(row as u32);
                false
            }
            Verdict::Oversize => oversize(row, batch),
            Verdict::Fault { at, reason } => {
                self.refuse(row, &at, reason, batch);
                false
            }
        }
    }

    /// A line of the block: its text is mended if it must be. Those that are not asked for in turn
    /// are looked at once more.
    fn line(&mut self, row: usize, in_turn: bool, batch: &mut Batch) -> Line {
        let raw = batch.line[row].range();
        let first_of_file = batch.number_of(row) == 1;
        let bytes = &self.block(batch)[raw.clone()];
        let stripped = lines::stripped(bytes, first_of_file);
        let place = raw.start + stripped..raw.end;
        let broken = if in_turn {
            place.len() <= self.max_line && self.mended.is_next(&place)
        } else {
            std::str::from_utf8(bytes).is_err()
        };
        let mut line = Line { row, raw, stripped, mended: broken, place };
        if broken && let Some(block) = &self.broken {
            line.place = lines::mend(&block[line.place], &mut batch.bytes);
        }
        line
    }

    /// The bytes of the block as they came.
    fn block<'a>(&'a self, batch: &'a Batch) -> &'a [u8] {
        self.broken.as_deref().unwrap_or(batch.bytes.as_bytes())
    }

    /// Validates a line; the place of a fault is in what is read, behind what was stripped.
    fn walk(&mut self, line: &Line, batch: &Batch) -> Result<(), Fault> {
        let walked = self.walker.walk(&self.plan, batch, line.place.clone(), self.strict);
        if !self.strict || !line.is_repaired() {
            return walked;
        }
        // The first byte that is badly encoded, unless something else is wrong before it.
        let encoding = self.encoding_fault(line, batch);
        match walked {
            Err(fault) if fault.at < encoding.at => Err(fault),
            _ => Err(encoding),
        }
    }

    /// The fault of a line that is badly encoded.
    fn encoding_fault(&self, line: &Line, batch: &Batch) -> Fault {
        let raw = &self.block(batch)[line.raw.clone()];
        let valid = raw[line.stripped..].utf8_chunks().next().map_or(0, |c| c.valid().len());
        let at = if line.stripped > 0 { 0 } else { valid };
        Fault { at, reason: Reason::Encoding }
    }

    /// Counts a line as malformed, of which the fault may be in another one that belongs to it.
    fn refuse(&self, row: usize, at: &Place, reason: Reason, batch: &mut Batch) {
        batch.accounting.reasons[reason as usize] += 1;
        batch.malformed.push((row as u32, reason));
        if batch.accounting.samples.len() < MAX_SAMPLES {
            let sample = Sample {
                file: batch.file_of(at.row).to_owned(),
                line: batch.number_of(at.row),
                column: at.column as u64,
                reason,
                text: lines::beginning(&self.block(batch)[at.raw.clone()]),
            };
            batch.accounting.samples.push(sample);
        }
    }
}

/// Counts a line as too long.
fn oversize(row: usize, batch: &mut Batch) -> bool {
    batch.accounting.oversize += 1;
    batch.line[row] = Text::NONE;
    false
}

impl Line {
    /// Whether it is badly encoded.
    fn is_repaired(&self) -> bool {
        self.mended || self.stripped > 0
    }

    /// The column of a fault in the line as it came, from 1.
    fn column(&self, raw: &[u8], fault: Fault) -> usize {
        let at = match fault.reason {
            // What was stripped is the fault.
            Reason::Encoding if self.stripped > 0 => return 1,
            _ if self.mended => lines::unmended(&raw[self.stripped..], fault.at),
            _ => fault.at,
        };
        self.stripped + at + 1
    }
}

/// The timestamp of the first dated record of some bytes, for ordering files: they start where
/// a file does and may end in the middle of a line.
#[must_use]
pub fn first_timestamp(bytes: &[u8], options: &Options) -> Option<Timestamp> {
    let mut parser = Parser::new(Options { needs: Needs::default(), ..options.clone() });
    let mut batch = Batch::new(Seed::default(), 0);
    lines(bytes).find_map(|line| {
        parser.parse(&bytes[line], &mut batch);
        batch.first_line += 1;
        let record = batch.records().next()?;
        record.timestamp()
    })
}
