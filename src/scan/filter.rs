//! Lines on their way through: those that are meant are passed on as they came, in the order of
//! the input, whoever reads it.
//!
//! It knows which lines are meant by a [`Selection`], and where they go by a writer. What a line
//! looks like, if not as it came, is the caller's business.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::mem;
use std::sync::Arc;

use crate::record::{Batch, FieldSlot};

use super::around::{Around, Excerpt, Lines};
use super::select::{Chosen, Selection, spread};
use super::sink::{SideBySide, Sink};

/// How much a part keeps before it waits for its turn, in bytes.
const ROOM: usize = 8 << 20;
/// How much is gathered for one write, in bytes.
const GATHERED: usize = 64 << 10;
/// What is longer is not copied to be gathered, in bytes.
const LONG: usize = 16 << 10;
/// How long a record may be that is kept as an example, in bytes.
const EXAMPLE: usize = 64 << 10;

/// Appends all of a line, or of a record, made of its text.
pub type Make = Arc<dyn Fn(&str, &mut Vec<u8>) + Send + Sync>;

/// What a line looks like.
#[derive(Clone)]
pub enum Shape {
    /// As it came, byte for byte.
    Raw,
    /// Made of the text of each line, which is mended and has no line end.
    Lines(Make),
    /// Made of the text of each record, without what is wrapped around it.
    Records(Make),
    /// Nothing: records are only counted.
    Counted,
}

/// What is passed on, and how.
#[derive(Clone)]
pub struct Passing {
    /// Which lines are meant.
    pub selection: Selection,
    /// What they look like.
    pub shape: Shape,
    /// How many lines before and behind those of each record are passed on, too.
    pub around: u32,
    /// How many records that are meant are passed on at most.
    pub most: u64,
    /// Whether lines are waited for: then none is kept back.
    pub live: bool,
    /// Whether sources come side by side, and not one behind the other.
    pub interleaved: bool,
    /// The fields that are asked for.
    pub fields: Vec<FieldSlot>,
}

/// Passes lines on. A part keeps them until its turn comes.
pub struct Filter {
    passing: Arc<Passing>,
    /// Of its own: what a pattern remembers is not shared with other threads.
    selection: Selection,
    out: Out,
    context: Option<Context>,
    /// The first rows of the records that are meant, and all their lines.
    rows: Vec<u32>,
    lines: Vec<Chosen>,
    /// By source, whether the record was meant that was taken before it was known to be whole.
    early: BTreeMap<u32, bool>,
    made: Vec<u8>,
    seen: Seen,
}

/// What has come through.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    /// How many records were meant, or lines that are none.
    pub meant: u64,
    /// The same by file, in the order of the input, for each file in which one begins.
    pub files: Vec<(Arc<str>, u64)>,
    /// How many records there were, meant or not.
    pub records: u64,
    /// How many lines were malformed.
    pub malformed: u64,
    /// How many lines were too long to be read.
    pub oversize: u64,
    /// By the place of a field among those that are asked for, whether a record had it.
    pub had: Vec<bool>,
    /// A record, if fields are asked for and it is not too long.
    pub example: Option<String>,
}

enum Context {
    Whole(Around),
    Part(Excerpt),
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter").field("seen", &self.seen).finish_non_exhaustive()
    }
}

impl Filter {
    /// Passes the lines of a whole input on to a writer.
    #[must_use]
    pub fn new(passing: Passing, write: Box<dyn Write + Send>) -> Filter {
        let around = (passing.around > 0).then(|| {
            Context::Whole(Around::new(passing.around, passing.most, passing.interleaved))
        });
        Filter::with(Arc::new(passing), around, Some(write))
    }

    fn with(
        passing: Arc<Passing>,
        context: Option<Context>,
        write: Option<Box<dyn Write + Send>>,
    ) -> Filter {
        let selection = passing.selection.clone();
        let seen = Seen { had: vec![false; passing.fields.len()], ..Seen::default() };
        let out = Out { write, ..Out::default() };
        let (rows, lines, made) = (Vec::new(), Vec::new(), Vec::new());
        Filter { passing, selection, out, context, rows, lines, early: BTreeMap::new(), made, seen }
    }

    /// Writes what is left, and tells what has come through.
    ///
    /// # Errors
    ///
    /// If something could not be written.
    pub fn finish(mut self) -> io::Result<Seen> {
        self.out.flush();
        match self.out.failed {
            Some(error) => Err(error),
            None => Ok(self.seen),
        }
    }

    fn left(&self) -> u64 {
        self.passing.most.saturating_sub(self.seen.meant)
    }

    fn look(&mut self, batch: &Batch) {
        let Filter { seen, passing, .. } = self;
        seen.records += batch.accounting.records;
        seen.malformed += batch.accounting.malformed();
        seen.oversize += batch.accounting.oversize;
        for (had, slot) in seen.had.iter_mut().zip(&passing.fields) {
            *had |= batch.has_field(*slot);
        }
        if seen.example.is_none()
            && !passing.fields.is_empty()
            && let Some(&row) = batch.records.first()
        {
            seen.example =
                Some(batch.record_text(row)).filter(|l| l.len() <= EXAMPLE).map(str::to_owned);
        }
    }

    /// Passes on the records that were chosen.
    fn pass(&mut self, batch: &Batch) {
        let Filter { passing, out, rows, lines, made, seen, .. } = self;
        // A part does not know how many of its records will be too many.
        let numbered = out.write.is_none() && passing.most < u64::MAX;
        let mut put = |bytes: &[u8], record: u32| {
            if numbered {
                out.keep(bytes, seen.meant + u64::from(record));
            } else {
                out.put(bytes);
            }
        };
        match &passing.shape {
            Shape::Counted => {}
            Shape::Raw => {
                let together = |line: &Chosen, next: &Chosen| {
                    line.row + 1 == next.row && (!numbered || line.record == next.record)
                };
                for run in lines.chunk_by(together) {
                    put(batch.raw_lines(run[0].row..run[run.len() - 1].row + 1), run[0].record);
                }
            }
            Shape::Lines(make) => {
                for line in lines {
                    made.clear();
                    make(text_of(batch, line.row), made);
                    put(made, line.record);
                }
            }
            Shape::Records(make) => {
                for (record, &row) in (0..).zip(&*rows) {
                    made.clear();
                    make(batch.record_text(row), made);
                    put(made, record);
                }
            }
        }
    }

    /// Passes on lines of a record that has been passed on before they came: the first ones of a
    /// batch, which belong to nothing in it.
    fn pass_late(&mut self, batch: &Batch) {
        let late = (0..).zip(&batch.joined).take_while(|(row, joined)| **joined == (*row, None));
        let late = late.count() as u32;
        let Some(&meant) = self.early.get(&batch.source) else { return };
        if batch.rows() > late as usize {
            self.early.remove(&batch.source);
        }
        if meant && self.context.is_none() && self.left() > 0 {
            self.rows.clear();
            self.lines.clear();
            self.lines.extend((0..late).map(|row| Chosen { row, record: 0 }));
            self.pass(batch);
        }
    }

    /// Passes on the records that were chosen and the lines around them; how many counted.
    fn pass_around(&mut self, batch: &Batch) -> u64 {
        let Filter { passing, context, out, rows, lines: chosen, .. } = self;
        let line = |row: u32, bytes: &mut Vec<u8>| match &passing.shape {
            Shape::Lines(make) => make(text_of(batch, row), bytes),
            Shape::Raw | Shape::Records(_) | Shape::Counted => {
                bytes.extend_from_slice(batch.raw_lines(row..row + 1));
            }
        };
        let (source, all) = (batch.source, batch.rows() as u32);
        let records = rows.len() as u32;
        let lines = Lines { source, rows: all, chosen, records, line: &line };
        match context {
            Some(Context::Whole(around)) => around.block(&lines, &mut |line| out.put(line)),
            Some(Context::Part(excerpt)) => {
                excerpt.take(&lines, passing.around);
                u64::from(records)
            }
            None => 0,
        }
    }
}

/// The text of a row, as it was mended; empty for a line that was too long.
fn text_of(batch: &Batch, row: u32) -> &str {
    batch.plain(batch.line[row as usize])
}

impl Sink for Filter {
    fn part_maker(&self) -> Box<dyn Fn() -> Filter + Send + Sync> {
        let passing = Arc::clone(&self.passing);
        Box::new(move || {
            let part = (passing.around > 0).then(|| Context::Part(Excerpt::default()));
            Filter::with(Arc::clone(&passing), part, None)
        })
    }

    fn observe(&mut self, batch: &Batch) {
        self.look(batch);
        self.selection.choose(batch, &mut self.rows);
        let left = usize::try_from(self.left()).unwrap_or(usize::MAX);
        let meant = if self.context.is_some() {
            spread(batch, &self.rows, &mut self.lines);
            self.pass_around(batch)
        } else {
            self.rows.truncate(left);
            spread(batch, &self.rows, &mut self.lines);
            self.pass(batch);
            self.rows.len() as u64
        };
        let meant_rows = usize::try_from(meant).unwrap_or(usize::MAX).min(self.rows.len());
        self.seen.meant += meant;
        self.seen.count(batch, &self.rows[..meant_rows], self.passing.interleaved);
        if self.passing.live {
            self.out.flush();
        }
    }

    fn shift_lines(&mut self, _: u64) {}

    fn merge(&mut self, mut later: Filter) {
        let left = self.left();
        match (&mut self.context, &later.context) {
            (Some(Context::Whole(around)), Some(Context::Part(excerpt))) => {
                around.replay(excerpt, &mut |line| self.out.put(line));
            }
            (Some(Context::Part(mine)), Some(Context::Part(excerpt))) => mine.append(excerpt),
            _ => {
                for (bytes, record) in later.out.kept().filter(|(_, record)| *record < left) {
                    match self.out.write {
                        Some(_) => self.out.put(bytes),
                        None => self.out.keep(bytes, self.seen.meant + record),
                    }
                }
                if later.out.pieces.is_empty() {
                    self.out.put(&later.out.gathered);
                }
            }
        }
        self.seen.merge(&mut later.seen, left, self.passing.interleaved);
        if self.passing.live {
            self.out.flush();
        }
    }

    fn is_full(&self) -> bool {
        let kept = match &self.context {
            Some(Context::Part(excerpt)) => excerpt.size(),
            _ => self.out.gathered.len() + self.out.pieces.len() * size_of::<(usize, u64)>(),
        };
        kept > ROOM
    }

    fn is_done(&self) -> bool {
        let enough = match &self.context {
            Some(Context::Whole(around)) => around.is_done(),
            _ => self.left() == 0,
        };
        enough || self.out.failed.is_some()
    }
}

impl SideBySide for Filter {
    fn observe(&mut self, batch: &Batch) {
        self.pass_late(batch);
        Sink::observe(self, batch);
    }

    fn is_hasty(&self) -> bool {
        true
    }

    fn observe_early(&mut self, batch: &Batch) {
        Sink::observe(self, batch);
        self.early.insert(batch.source, self.rows.first() == Some(&0));
    }
}

impl Seen {
    /// Counts records of a batch in the files in which they begin.
    fn count(&mut self, batch: &Batch, rows: &[u32], interleaved: bool) {
        let held: u64 = batch.earlier.iter().map(|earlier| earlier.rows).sum();
        let earlier = rows.partition_point(|row| u64::from(*row) < held);
        for row in &rows[..earlier] {
            self.add(&Arc::from(batch.file_of(*row as usize)), 1, interleaved);
        }
        if held == 0 || held < batch.rows() as u64 {
            self.add(&batch.file, (rows.len() - earlier) as u64, interleaved);
        }
    }

    fn add(&mut self, file: &Arc<str>, lines: u64, interleaved: bool) {
        let known = self.files.len();
        let from = if interleaved { 0 } else { known.saturating_sub(1) };
        match self.files[from..].iter_mut().find(|(name, _)| name == file) {
            Some((_, count)) => *count += lines,
            None => self.files.push((Arc::clone(file), lines)),
        }
    }

    /// Adds what came behind, of which no more than `left` records are meant.
    fn merge(&mut self, later: &mut Seen, mut left: u64, interleaved: bool) {
        for (file, lines) in mem::take(&mut later.files) {
            let lines = lines.min(left);
            left -= lines;
            self.meant += lines;
            self.add(&file, lines, interleaved);
        }
        self.records += later.records;
        self.malformed += later.malformed;
        self.oversize += later.oversize;
        for (had, theirs) in self.had.iter_mut().zip(&later.had) {
            *had |= theirs;
        }
        self.example = self.example.take().or(later.example.take());
    }
}

/// Bytes on their way out; for a part, those that wait.
#[derive(Default)]
struct Out {
    write: Option<Box<dyn Write + Send>>,
    gathered: Vec<u8>,
    /// If not all of them may go out: where neighbouring lines end, and the number of their record.
    pieces: Vec<(usize, u64)>,
    /// Whether the last line had no line end. It gets one if another line follows.
    torn: bool,
    failed: Option<io::Error>,
}

impl Out {
    /// Takes whole lines; the last one may lack its end.
    fn put(&mut self, lines: &[u8]) {
        if lines.is_empty() {
            return;
        }
        if mem::replace(&mut self.torn, !lines.ends_with(b"\n")) {
            self.gathered.push(b'\n');
        }
        if self.write.is_none() || lines.len() < LONG {
            self.gathered.extend_from_slice(lines);
        } else {
            self.flush();
            self.write(lines);
        }
        if self.gathered.len() >= GATHERED && self.write.is_some() {
            self.flush();
        }
    }

    /// Keeps lines of a record, as they are.
    fn keep(&mut self, lines: &[u8], record: u64) {
        self.gathered.extend_from_slice(lines);
        self.pieces.push((self.gathered.len(), record));
    }

    /// What was kept, with the number of its record.
    fn kept(&self) -> impl Iterator<Item = (&[u8], u64)> {
        let mut start = 0;
        self.pieces.iter().map(move |(end, record)| {
            let from = mem::replace(&mut start, *end);
            (&self.gathered[from..*end], *record)
        })
    }

    /// Writes what was gathered, of whole lines, at once.
    fn flush(&mut self) {
        let gathered = mem::take(&mut self.gathered);
        self.write(&gathered);
        self.gathered = gathered;
        if self.write.is_some() {
            self.gathered.clear();
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        if let (Some(write), None, false) = (&mut self.write, &self.failed, bytes.is_empty()) {
            self.failed = write.write_all(bytes).err();
        }
    }
}
