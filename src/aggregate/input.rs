//! `input`: what became of the lines.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::record::{Accounting, Problem, Problems, Reason, Timestamp};
use crate::summary::{Body, Look, Scalar, Table, Value};

use super::records::Records;
use super::watermark::{Lateness, half_tick, times_of};
use super::{Setup, State, View};

/// The accounting of the input: `lines = records + malformed + oversize + blank + joined`.
///
/// - `malformed_ratio` = malformed / lines, 0 without lines;
/// - `silence_seconds` is the longest time from one dated record to the next one in its source,
///   0 for fewer than two;
/// - `late` counts the records that came when the tick they belong to had been evaluated: more
///   than the allowed lateness behind the greatest credible time of their source;
/// - `possible_losses` counts how often a file that is followed was cut off before it could be read;
/// - `problems` counts what could not be read, or not to its end.
///
/// It takes whole blocks: `by`, `where` and the time range do not apply to lines.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Input {
    accounting: Accounting,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    silence_micros: i64,
    /// The first source, if the input began in the middle of it, and its first dated record.
    mid_source: Option<u32>,
    opening: Option<Timestamp>,
    /// The source that is read now and its latest dated record.
    current: Option<(u32, Option<Timestamp>)>,
    lateness: Lateness,
    files: Vec<(String, u64)>,
    problems: Problems,
}

/// How many files are listed one by one; lines of further ones are counted together.
const MAX_FILES: usize = 100_000;

impl Input {
    pub(super) fn new(_: &Setup) -> Input {
        Input::default()
    }

    fn begin(&mut self, source: u32, whole: bool) {
        if self.current.is_some_and(|(current, _)| current == source) {
            return;
        }
        if self.current.is_none() && !whole {
            self.mid_source = Some(source);
        }
        self.current = Some((source, None));
    }

    /// Takes the dated records of a batch, in runs of equal half ticks.
    fn dated(&mut self, records: &Records<'_>) {
        let batch = records.batch;
        let source = batch.source;
        let mut dated = records.rows.iter().map(|&row| batch.timestamp[row as usize]);
        let Some(opening) = dated.find(|time| time.is_some()) else { return };
        let waits = self.mid_source == Some(source);
        if waits && self.opening.is_none() {
            self.opening = Some(opening);
        }
        let before = self.current.and_then(|(_, before)| before).unwrap_or(opening);
        let silence = self.silence_micros;
        let mut times = Times { first: opening, last: opening, before, silence };
        let mut run = Run { at: half_tick(opening), same: times_of(half_tick(opening)), n: 0 };
        let mut ended = |at, n| self.lateness.take(source, !waits, at, n);
        for piece in records.pieces() {
            let of = &batch.timestamp[piece.rows];
            if piece.ascending.is_some_and(|most| times.take_ascending(of, most)) {
                run.take_ascending(of, &mut ended);
            } else {
                for &time in of.iter().filter(|time| time.is_some()) {
                    times.take(time);
                    run.take_ascending(&[time], &mut ended);
                }
            }
        }
        ended(run.at, run.n);
        self.first = Some(self.first.map_or(times.first, |known| known.min(times.first)));
        self.last = Some(self.last.map_or(times.last, |known| known.max(times.last)));
        self.silence_micros = times.silence;
        self.current = Some((source, Some(times.before)));
    }

    fn in_file(&mut self, path: &str, lines: u64) {
        let listed = self.files.len();
        match self.files.last_mut() {
            Some((last, count)) if listed > MAX_FILES || last == path => *count += lines,
            _ if listed == MAX_FILES => self.files.push(("(other)".to_owned(), lines)),
            _ => self.files.push((path.to_owned(), lines)),
        }
    }

    fn tables(&self, view: &View) -> Vec<Table> {
        let look = Look::Ranking { width: 20, unit: "" };
        let mut reasons = Table::new("reasons", "Malformed by reason", look, &["reason", "lines"]);
        for (reason, lines) in Reason::ALL.iter().zip(self.accounting.reasons) {
            if lines > 0 {
                reasons.rows.push(vec![Value::text(reason.name()), Value::count(lines)]);
            }
        }
        let columns = &["file", "line", "column", "reason", "text"];
        let mut samples = Table::new("samples", "The first of them", Look::Grid, columns);
        for sample in &self.accounting.samples {
            samples.rows.push(vec![
                Value::text(&sample.file),
                Value::count(sample.line),
                Value::count(sample.column),
                Value::text(sample.reason.name()),
                Value::text(&sample.text),
            ]);
        }
        let columns = &["file", "what"];
        let mut faults = Table::new("faults", "What could not be read", Look::Grid, columns);
        for Problem { file, what } in &self.problems.first {
            faults.rows.push(vec![Value::text(file), Value::text(what)]);
        }
        faults.omitted = self.problems.count - self.problems.first.len() as u64;
        let look = Look::Ranking { width: 30, unit: " lines" };
        let mut files = Table::new("files", "Files", look, &["path", "lines"]);
        let keep = view.top.unwrap_or(usize::MAX).min(self.files.len());
        files.omitted = (self.files.len() - keep) as u64;
        for (path, lines) in &self.files[..keep] {
            files.rows.push(vec![Value::text(path), Value::count(*lines)]);
        }
        vec![reasons, samples, faults, files]
    }
}

/// The times of dated records so far.
struct Times {
    first: Timestamp,
    last: Timestamp,
    /// The one that was taken last.
    before: Timestamp,
    /// The longest time from one to the next, in microseconds.
    silence: i64,
}

impl Times {
    fn take(&mut self, time: Timestamp) {
        self.first = self.first.min(time);
        self.last = self.last.max(time);
        self.silence = self.silence.max(time.micros() - self.before.micros());
        self.before = time;
    }

    /// Takes times that ascend together, if there is no silence in them: none is further than
    /// `most` behind the one in front.
    fn take_ascending(&mut self, times: &[Timestamp], most: i64) -> bool {
        if let (true, [first, .., last]) = (most <= self.silence, times) {
            self.take(*first);
            self.last = self.last.max(*last);
            self.before = *last;
            return true;
        }
        false
    }
}

/// Records in a row that share a half tick.
struct Run {
    at: i64,
    /// Its times, in microseconds since 1970.
    same: Range<i64>,
    n: u64,
}

impl Run {
    /// Takes times that ascend; `ended` gets the half ticks that are over, with their records.
    fn take_ascending(&mut self, times: &[Timestamp], mut ended: impl FnMut(i64, u64)) {
        let mut rest = times;
        while let [first, .., last] | [first @ last] = rest {
            if !self.same.contains(&first.micros()) {
                ended(self.at, self.n);
                self.at = half_tick(*first);
                (self.same, self.n) = (times_of(self.at), 0);
            }
            let end = self.same.end;
            let behind = &rest[1..];
            let all = last.micros() < end;
            let n = if all { behind.len() } else { behind.partition_point(|t| t.micros() < end) };
            self.n += 1 + n as u64;
            rest = &behind[n..];
        }
    }
}

impl State for Input {
    fn observe(&mut self, records: &Records<'_>) {
        let batch = records.batch;
        self.begin(batch.source, batch.whole_source);
        self.dated(records);
        let mut lines = batch.accounting.lines;
        for earlier in &batch.earlier {
            lines -= earlier.rows;
            self.in_file(&earlier.file, earlier.rows);
        }
        if lines + batch.accounting.possible_losses > 0 {
            self.in_file(&batch.file, lines);
        }
        self.accounting.merge(&batch.accounting);
    }

    fn problem(&mut self, problem: &Problem) {
        self.problems.push(problem.clone());
    }

    fn merge(&mut self, later: Input) {
        self.problems.merge(later.problems);
        let Some((source, latest)) = later.current else { return };
        let waits = self.current.is_none() || self.mid_source == later.mid_source;
        let joins = later
            .mid_source
            .is_some_and(|mid| self.current.is_none_or(|(current, _)| current == mid));
        if joins {
            if self.current.is_none() {
                self.mid_source = later.mid_source;
            }
            let before = self.current.and_then(|(_, before)| before);
            if let (Some(before), Some(opening)) = (before, later.opening) {
                self.silence_micros = self.silence_micros.max(opening.micros() - before.micros());
            }
            if self.mid_source == later.mid_source && self.opening.is_none() {
                self.opening = later.opening;
            }
            let same = later.mid_source == Some(source);
            self.current = Some((source, latest.or(before.filter(|_| same))));
        } else {
            self.current = later.current;
        }
        self.lateness.merge(later.lateness, later.mid_source, waits);
        self.silence_micros = self.silence_micros.max(later.silence_micros);
        self.first = match (self.first, later.first) {
            (Some(mine), Some(theirs)) => Some(mine.min(theirs)),
            (mine, theirs) => mine.or(theirs),
        };
        self.last = self.last.max(later.last);
        for (path, lines) in later.files {
            self.in_file(&path, lines);
        }
        self.accounting.merge(&later.accounting);
    }

    fn shift_lines(&mut self, by: u64) {
        for sample in &mut self.accounting.samples {
            sample.line += by;
        }
    }

    fn summarize(&self, view: &View) -> Body {
        let of = &self.accounting;
        let count = |name, n| Scalar { name, value: Value::count(n) };
        let scalars = vec![
            count("lines", of.lines),
            count("records", of.records),
            count("malformed", of.malformed()),
            count("oversize", of.oversize),
            count("blank", of.blank),
            count("joined", of.joined),
            count("repaired", of.repaired),
            count("duplicate_keys", of.duplicate_keys),
            count("undated", of.undated),
            count("late", self.lateness.total()),
            count("own_alerts", of.own_alerts),
            count("possible_losses", of.possible_losses),
            count("problems", self.problems.count),
            count("bytes", of.bytes),
            Scalar { name: "first", value: Value::time(self.first) },
            Scalar { name: "last", value: Value::time(self.last) },
            Scalar {
                name: "silence_seconds",
                value: Value::Seconds(self.silence_micros as f64 / 1e6),
            },
            Scalar { name: "malformed_ratio", value: Value::ratio(of.malformed(), of.lines) },
        ];
        Body::Figures { scalars, tables: self.tables(view) }
    }
}
