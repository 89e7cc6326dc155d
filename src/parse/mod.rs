//! Bytes to columns: a block of whole lines becomes a [`Batch`], and every line is accounted for.
//!
//! A record is a line that holds one JSON object (RFC 8259) and nothing else. Each byte of it is
//! validated, so whether a line is a record never depends on which fields somebody reads. What
//! is only badly encoded is mended and counted: refusing it would be a way to hide.
//!
//! This module must not know where blocks come from, what messages mean, or what is counted.
//! Lines are independent of each other: however the input is cut into blocks between two lines,
//! the rows are the same.

mod columns;
mod keys;
mod layout;
mod lines;
mod plan;
mod recent;
#[cfg(test)]
mod tests;
mod token;
mod walk;

use std::ops::Range;

use self::columns::{Fields, Memory};
use self::layout::Layouts;
use self::lines::{Mended, lines};
use self::plan::Plan;
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
}

impl Default for Options {
    /// The usual names, nothing further, UTC, mending, lines of up to 1 MiB.
    fn default() -> Options {
        Options {
            names: FieldNames::default(),
            needs: Needs::default(),
            zone: Zone::Utc,
            strict: false,
            max_line: 1 << 20,
        }
    }
}

/// A parser: what it keeps from block to block is memory, and no knowledge of the input.
#[derive(Debug)]
pub struct Parser {
    plan: Plan,
    zone: Zone,
    strict: bool,
    max_line: usize,
    walker: Walker,
    mended: Mended,
    /// The fast path; none where what could be mended is refused.
    layouts: Option<Layouts>,
    memory: Memory,
}

/// A line of a block, and where its text stands in the batch.
struct Line<'a> {
    /// Its bytes in the input.
    raw: &'a [u8],
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
        let Options { names, needs, zone, strict, max_line } = options;
        let max_line = max_line.min(MAX_BLOCK);
        let plan = Plan::new(&names, &needs);
        let walker = Walker::new(&plan, needs.paths().len());
        let layouts = (!strict).then(Layouts::default);
        let (mended, memory) = (Mended::default(), Memory::new());
        Parser { plan, zone, strict, max_line, walker, mended, layouts, memory }
    }

    /// Reads a block of whole lines, at most [`MAX_BLOCK`] bytes, into an emptied batch: one row
    /// for each line. The last line may lack its line end.
    ///
    /// The caller has set the batch's file and the number of its first line, and has made it
    /// with as many further columns as the options ask for.
    pub fn parse(&mut self, block: &[u8], batch: &mut Batch) {
        batch.clear();
        batch.accounting.bytes = block.len() as u64;
        self.mended.copy(block, &mut batch.bytes);
        let clean = lines::is_clean(block);
        for line in lines(block) {
            self.line(block, line, clean, batch);
        }
    }

    fn line(&mut self, block: &[u8], place: Range<usize>, clean: bool, batch: &mut Batch) {
        batch.accounting.lines += 1;
        let raw = &block[place.clone()];
        let first_of_file = batch.first_line == 1 && batch.rows() == 0;
        let stripped = lines::stripped(raw, first_of_file);
        let mut line = Line { raw, stripped, mended: false, place };
        line.place.start += stripped;
        if line.place.len() > self.max_line {
            batch.accounting.oversize += 1;
            batch.push_row(Text::NONE);
            return;
        }
        if self.mended.is_next(&line.place) {
            line.mended = true;
            line.place = lines::mend(&raw[stripped..], &mut batch.bytes);
        }
        batch.push_row(Text::plain(line.place.start, line.place.len()));
        if lines::is_blank(&batch.bytes.as_bytes()[line.place.clone()]) {
            batch.accounting.blank += 1;
            return;
        }
        let fast = clean && !line.mended && line.stripped == 0;
        if fast && self.read(&line, batch) {
            return self.record(&line, batch);
        }
        match self.walk(&line, batch) {
            Ok(()) => {
                self.learn(&line, fast, batch);
                self.record(&line, batch);
            }
            Err(fault) => refuse(&line, fault, batch),
        }
    }

    /// Reads a line in a layout that was learned.
    fn read(&mut self, line: &Line<'_>, batch: &Batch) -> bool {
        let Parser { plan, walker, layouts: Some(layouts), .. } = self else { return false };
        let text = &batch.bytes.as_bytes()[line.place.clone()];
        layouts.read(plan, text, line.place.start, &mut walker.found)
    }

    /// Learns from a line that could have been read in a layout.
    fn learn(&mut self, line: &Line<'_>, fast: bool, batch: &Batch) {
        if let (true, Some(layouts)) = (fast, &mut self.layouts) {
            layouts.learn(&self.plan, &batch.bytes.as_bytes()[line.place.clone()]);
        }
    }

    /// Validates a line; the place of a fault is in what is read, behind what was stripped.
    fn walk(&mut self, line: &Line<'_>, batch: &Batch) -> Result<(), Fault> {
        let walked = self.walker.walk(&self.plan, batch, line.place.clone(), self.strict);
        if !self.strict || !(line.mended || line.stripped > 0) {
            return walked;
        }
        // The first byte that is badly encoded, unless something else is wrong before it.
        let valid = line.raw[line.stripped..].utf8_chunks().next().map_or(0, |c| c.valid().len());
        let at = if line.stripped > 0 { 0 } else { valid };
        match walked {
            Err(fault) if fault.at < at => Err(fault),
            _ => Err(Fault { at, reason: Reason::Encoding }),
        }
    }

    /// Counts the record that has just been walked over, and fills its row.
    fn record(&mut self, line: &Line<'_>, batch: &mut Batch) {
        let found = &self.walker.found;
        let fields = Fields { plan: &self.plan, found, zone: &self.zone };
        batch.accounting.records += 1;
        if fields.is_own(batch, &mut self.memory) {
            batch.accounting.own_alerts += 1;
            return;
        }
        fields.fill(batch, &mut self.memory);
        let row = batch.rows() - 1;
        let undated = !batch.timestamp[row].is_some();
        let repaired = found.repaired || line.mended || line.stripped > 0;
        batch.accounting.undated += u64::from(undated);
        batch.accounting.repaired += u64::from(repaired);
        batch.accounting.duplicate_keys += u64::from(found.duplicate);
        batch.records.push(row as u32);
    }
}

/// Counts the line of the last row as malformed.
fn refuse(line: &Line<'_>, fault: Fault, batch: &mut Batch) {
    let row = batch.rows() as u64 - 1;
    let accounting = &mut batch.accounting;
    accounting.reasons[fault.reason as usize] += 1;
    if accounting.samples.len() < MAX_SAMPLES {
        accounting.samples.push(Sample {
            file: (*batch.file).to_owned(),
            line: batch.first_line + row,
            column: line.column(fault) as u64,
            reason: fault.reason,
            text: lines::beginning(line.raw),
        });
    }
}

impl Line<'_> {
    /// The column of a fault in the line as it came, from 1.
    fn column(&self, fault: Fault) -> usize {
        let at = match fault.reason {
            // What was stripped is the fault.
            Reason::Encoding if self.stripped > 0 => return 1,
            _ if self.mended => lines::unmended(&self.raw[self.stripped..], fault.at),
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
