//! Lines around those that are meant, as `grep -C` shows them.
//!
//! What can be needed of a block is far less than the block: the lines near a line that is meant,
//! and those at its ends, because the next one may stand beyond. A part of an input keeps just
//! these, and they are gone through when the part's turn comes. So it makes no difference where
//! blocks and parts begin.

use std::collections::{BTreeMap, VecDeque};
use std::iter;
use std::ops::Range;

use super::select::Chosen;

/// What stands between lines that are not neighbours.
const SEPARATOR: &[u8] = b"--\n";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// So many of the next bytes are a line; of one that is meant the number of its record among
    /// those of the excerpt.
    Line(u32, Option<u32>),
    /// Lines that nobody can need have been left out.
    Gap,
    /// What follows is of this source.
    Source(u32),
}

/// The lines of a stretch of the input that may be needed.
#[derive(Debug, Default)]
pub(super) struct Excerpt {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
    /// How many records are meant.
    records: u32,
    /// The source of the last line.
    source: Option<u32>,
}

/// A block of lines, and which of them are meant.
pub(super) struct Lines<'a> {
    pub(super) source: u32,
    pub(super) rows: u32,
    /// All lines of the records that are meant, ascending.
    pub(super) chosen: &'a [Chosen],
    /// How many these records are.
    pub(super) records: u32,
    /// Appends the bytes of a row.
    pub(super) line: &'a dyn Fn(u32, &mut Vec<u8>),
}

impl Excerpt {
    /// How many bytes of memory it takes, about.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() + self.marks.len() * size_of::<Mark>()
    }

    /// Forgets its lines.
    fn clear(&mut self) {
        self.bytes.clear();
        self.marks.clear();
        self.records = 0;
    }

    /// Appends what may be needed of a block if so many lines are shown on either side.
    pub(super) fn take(&mut self, lines: &Lines<'_>, around: u32) {
        if self.source.replace(lines.source) != Some(lines.source) {
            self.marks.push(Mark::Source(lines.source));
        }
        let rows = lines.rows;
        let near = lines.chosen.iter().map(|line| {
            let end = line.row.saturating_add(around).saturating_add(1);
            line.row.saturating_sub(around)..end.min(rows)
        });
        let mut stretch = 0..around.min(rows);
        for next in near.chain(iter::once(rows.saturating_sub(around)..rows)) {
            if next.start > stretch.end {
                self.keep(lines, stretch);
                self.marks.push(Mark::Gap);
                stretch = next;
            } else {
                stretch.end = stretch.end.max(next.end);
            }
        }
        self.keep(lines, stretch);
        self.records += lines.records;
    }

    fn keep(&mut self, lines: &Lines<'_>, rows: Range<u32>) {
        let first = lines.chosen.partition_point(|line| line.row < rows.start);
        let mut chosen = lines.chosen[first..].iter().peekable();
        for row in rows {
            let start = self.bytes.len();
            (lines.line)(row, &mut self.bytes);
            let length = (self.bytes.len() - start) as u32;
            let chosen = chosen.next_if(|line| line.row == row);
            self.marks.push(Mark::Line(length, chosen.map(|line| self.records + line.record)));
        }
    }

    /// Appends the excerpt of what comes behind.
    pub(super) fn append(&mut self, later: &Excerpt) {
        self.bytes.extend_from_slice(&later.bytes);
        self.marks.extend(later.marks.iter().map(|mark| match *mark {
            Mark::Line(length, Some(record)) => Mark::Line(length, Some(self.records + record)),
            mark => mark,
        }));
        self.records += later.records;
        self.source = later.source.or(self.source);
    }
}

/// Goes through lines in order and puts out those that are meant, with those around them.
#[derive(Debug)]
pub(super) struct Around {
    /// How many lines on either side.
    width: usize,
    /// Whether sources come side by side, and not one behind the other.
    interleaved: bool,
    current: u32,
    sources: BTreeMap<u32, Near>,
    /// The source of the last line that was put out.
    last: Option<u32>,
    /// How many records may be meant, and how many were.
    most: u64,
    seen: u64,
    room: Excerpt,
}

/// What is known of the place in a source.
#[derive(Debug, Default)]
struct Near {
    /// The last lines that were not put out.
    before: VecDeque<Vec<u8>>,
    /// How many lines are to be put out still.
    after: usize,
    /// Whether a line was left out since the last one that was put out, before those in `before`.
    gap: bool,
}

impl Around {
    /// So many lines on either side of those of at most `most` records that are meant.
    pub(super) fn new(around: u32, most: u64, interleaved: bool) -> Around {
        Around {
            width: around as usize,
            interleaved,
            current: 0,
            sources: BTreeMap::new(),
            last: None,
            most,
            seen: 0,
            room: Excerpt::default(),
        }
    }

    /// Whether nothing more will be put out.
    pub(super) fn is_done(&self) -> bool {
        self.seen >= self.most && self.sources.values().all(|near| near.after == 0)
    }

    /// Goes through a block; how many of its records were meant.
    pub(super) fn block(&mut self, lines: &Lines<'_>, put: &mut dyn FnMut(&[u8])) -> u64 {
        let mut room = std::mem::take(&mut self.room);
        room.clear();
        room.take(lines, self.width as u32);
        // Every block says of which source it is.
        self.source(lines.source);
        let meant = self.replay(&room, put);
        self.room = room;
        meant
    }

    /// Goes through an excerpt of what comes next; how many of its records were meant.
    pub(super) fn replay(&mut self, excerpt: &Excerpt, put: &mut dyn FnMut(&[u8])) -> u64 {
        let (mut at, seen) = (0, self.seen);
        for mark in &excerpt.marks {
            match *mark {
                Mark::Source(source) => self.source(source),
                Mark::Gap => self.gap(),
                Mark::Line(length, chosen) => {
                    let end = at + length as usize;
                    let number = chosen.map(|record| seen + u64::from(record));
                    let meant = number.is_some_and(|number| number < self.most);
                    self.line(&excerpt.bytes[at..end], meant, put);
                    at = end;
                }
            }
        }
        self.seen = (seen + u64::from(excerpt.records)).min(self.most).max(seen);
        self.seen - seen
    }

    fn source(&mut self, source: u32) {
        if !self.interleaved && self.current != source {
            self.sources.clear();
        }
        self.current = source;
        self.sources.entry(source).or_default();
    }

    /// Lines are left out: there were enough behind the last one that is meant.
    fn gap(&mut self) {
        if let Some(near) = self.sources.get_mut(&self.current) {
            near.before.clear();
            near.gap = true;
        }
    }

    /// The next line, and whether it is meant.
    fn line(&mut self, line: &[u8], meant: bool, put: &mut dyn FnMut(&[u8])) {
        let Around { width, current, sources, last, .. } = self;
        let near = sources.entry(*current).or_default();
        if meant {
            let follows = *last == Some(*current) && !near.gap;
            if last.is_some() && !follows {
                put(SEPARATOR);
            }
            near.before.drain(..).for_each(|before| put(&before));
            near.gap = false;
            near.after = *width;
        } else if near.after > 0 {
            near.after -= 1;
            if *last != Some(*current) {
                // Another source came between.
                put(SEPARATOR);
            }
        } else {
            near.before.push_back(line.to_vec());
            if near.before.len() > *width {
                near.before.pop_front();
                near.gap = true;
            }
            return;
        }
        *last = Some(*current);
        put(line);
    }
}
