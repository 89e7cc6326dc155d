//! What should come out, the plain way: each line alone, and no blocks, pieces or threads.

use std::io::{self, Write};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock, Mutex};

use tempfile::TempDir;
use ufo_logscan::event::Profile;
use ufo_logscan::expr::{Condition, parse_condition};
use ufo_logscan::parse::{Options, Parser};
use ufo_logscan::record::{Batch, Needs, Seed, Timestamp, Zone};
use ufo_logscan::scan::{
    Blocking, Filter, Outcome, Passing, Scan, Scanner, Seen, Selection, Shape, Wanted,
};
use ufo_logscan::source::{Input, Series};

use crate::log::{Log, MAX_LINE};

static PROFILE: LazyLock<Profile> = LazyLock::new(|| Profile::named("ufo").unwrap());

/// Which lines are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Matching,
    Others,
    Malformed,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) what: What,
    pub(crate) text: &'static str,
    pub(crate) since: Option<Timestamp>,
    pub(crate) around: u32,
    pub(crate) most: u64,
}

impl Question {
    pub(crate) fn new(what: What, text: &'static str) -> Question {
        Question { what, text, since: None, around: 0, most: u64::MAX }
    }

    fn condition(&self, needs: &mut Needs) -> Condition {
        let mut condition = parse_condition(self.text).unwrap();
        condition.bind(needs, &Zone::Utc);
        condition
    }

    pub(crate) fn selection(&self, needs: &mut Needs) -> Selection {
        let condition = self.condition(needs);
        let wanted = match self.what {
            What::Matching => Wanted::Matching(condition),
            What::Others => Wanted::Others(condition),
            What::Malformed => Wanted::Malformed,
        };
        Selection { wanted, since: self.since, until: None }
    }
}

fn options(needs: &Needs, max_line: usize) -> Options {
    Options { needs: needs.clone(), max_line, ..Options::default() }
}

/// Whether each line of a file is meant.
fn meant(question: &Question, name: &str, lines: &[(u64, &Vec<u8>)]) -> Vec<bool> {
    let mut needs = Needs::default();
    let selection = question.selection(&mut needs);
    let condition = question.condition(&mut needs);
    let mut matcher = selection.matcher(&PROFILE, &mut needs);
    let mut parser = Parser::new(options(&needs, MAX_LINE));
    let mut batch = Batch::new(Seed::default(), needs.paths().len());
    batch.file = Arc::from(name);
    let mut one = |number: u64, line: &[u8]| {
        batch.first_line = number;
        parser.parse(line, &mut batch);
        if let Some(matcher) = &mut matcher {
            matcher.recognise(&mut batch);
        }
        let of_time = |time: Option<Timestamp>| {
            question.since.is_none_or(|since| time.is_some_and(|time| since <= time))
        };
        let Some(record) = batch.records().next() else {
            return question.what == What::Malformed && !batch.malformed.is_empty();
        };
        let holds = condition.test(&record);
        match question.what {
            What::Malformed => false,
            What::Matching => holds && of_time(record.timestamp()),
            What::Others => !holds && of_time(record.timestamp()),
        }
    };
    lines.iter().map(|(number, line)| one(*number, line)).collect()
}

/// The lines that should come out, and how many of them are meant in each file.
pub(crate) fn expected(question: &Question, log: &Log) -> (Vec<u8>, Vec<u64>) {
    let mut left = question.most;
    let (mut shown, mut counts) = (Vec::<&[u8]>::new(), Vec::new());
    for file in log {
        // What is longer is not read, and stands in nobody's neighbourhood.
        let numbered = (1..).zip(&file.lines);
        let lines: Vec<(u64, &Vec<u8>)> = numbered.filter(|(_, line)| !is_long(line)).collect();
        let mut meant = meant(question, file.name, &lines);
        for meant in &mut meant {
            *meant = *meant && left > 0;
            left -= u64::from(*meant);
        }
        counts.push(meant.iter().filter(|meant| **meant).count() as u64);
        let around = question.around as usize;
        let near = |at: usize| {
            let end = (at + around + 1).min(meant.len());
            meant[at.saturating_sub(around)..end].contains(&true)
        };
        let mut last = None;
        for at in (0..meant.len()).filter(|at| near(*at)) {
            let follows = at > 0 && last == Some(at - 1);
            if around > 0 && !shown.is_empty() && !follows {
                shown.push(b"--\n");
            }
            shown.push(lines[at].1);
            last = Some(at);
        }
    }
    (joined(&shown), counts)
}

fn is_long(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line).len() > MAX_LINE
}

/// Lines one behind the other: only the last one may lack its line end.
pub(crate) fn joined(lines: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines {
        if !bytes.is_empty() && !bytes.ends_with(b"\n") {
            bytes.push(b'\n');
        }
        bytes.extend_from_slice(line);
    }
    bytes
}

/// A writer whose bytes can be looked at.
#[derive(Clone, Default)]
pub(crate) struct Written(pub(crate) Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A log as files of a folder, each a source.
pub(crate) struct Files {
    _folder: TempDir,
    pub(crate) series: Vec<Series>,
}

impl Files {
    pub(crate) fn of(log: &Log) -> Files {
        let folder = tempfile::tempdir().unwrap();
        let input = |file: &crate::log::File| {
            let (path, bytes) = (folder.path().join(file.name), file.lines.concat());
            std::fs::write(&path, &bytes).unwrap();
            let (shown, size) = (file.name.to_owned(), bytes.len() as u64);
            Input::File { path, shown, size, compressed: false }
        };
        let series = |file| Series { name: "x".to_owned(), files: vec![input(file)] };
        let series = log.iter().map(series).collect();
        Files { _folder: folder, series }
    }

    /// The same files as one source.
    pub(crate) fn one_behind_the_other(log: &Log) -> Files {
        let mut all = Files::of(log);
        let files = all.series.drain(..).flat_map(|one| one.files).collect();
        all.series.push(Series { name: "x".to_owned(), files });
        all
    }
}

/// What comes out, by several threads and in pieces.
pub(crate) fn passed(
    question: &Question,
    files: &Files,
    threads: usize,
    blocking: Blocking,
    shape: Shape,
) -> (Vec<u8>, Seen, Outcome) {
    let mut needs = Needs::default();
    let selection = question.selection(&mut needs);
    needs.keep_raw();
    let _ = selection.matcher(&PROFILE, &mut needs);
    let scanner = || {
        let matcher = selection.matcher(&PROFILE, &mut needs.clone());
        Scanner::new(
            Parser::new(options(&needs, blocking.max_line)),
            matcher,
            &needs,
            Seed::default(),
        )
    };
    let passing = Passing {
        selection: selection.clone(),
        shape,
        around: question.around,
        most: question.most,
        live: threads == 3,
        interleaved: false,
        fields: Vec::new(),
    };
    let written = Written::default();
    let mut filter = Filter::new(passing, Box::new(written.clone()));
    let scan =
        Scan { scanner: &scanner, blocking, threads, stop: &AtomicBool::new(false), seen: &|_| () };
    let outcome = scan.run(&files.series, &mut filter);
    let seen = filter.finish().unwrap();
    let bytes = written.0.lock().unwrap().clone();
    (bytes, seen, outcome)
}
