//! `filter`: the lines of the records that match, as they came.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::FilterArgs;
use crate::error::{Error, Result, nearest};
use crate::escape;
use crate::event::Profile;
use crate::expr::{Condition, Literal, Operand, parse_condition};
use crate::parse::{self, Parser};
use crate::record::{EventKind, FieldSlot, Needs, Seed, Zone};
use crate::render::record;
use crate::scan::{
    Blocking, Ended, Filter, Following, Outcome, Passing, Scan, Scanner, Seen, Selection, Shape,
    Wanted,
};
use crate::source::{Input, Plan as Sources};

use super::clock::Watch;
use super::options::{self, Reading};
use super::report::progress;
use super::signals::Stop;
use super::stream::Lines;
use super::{DONE, FAILED, REFUSED};
use super::{follow, output};

/// The names that an expression may have meant when no record has the field.
const NAMES: [&str; 16] = [
    "level",
    "logger",
    "module",
    "function",
    "client",
    "client_id",
    "session",
    "session_id",
    "task",
    "event",
    "status",
    "message",
    "exception",
    "timestamp",
    "line",
    "file",
];

/// Runs the command; the exit code if nothing stopped it.
pub(super) fn run(args: &FilterArgs) -> Result<u8> {
    let (expression, paths) = args.split();
    if args.follow.checkpoint.is_some() {
        return Err(Error::usage("filter keeps no checkpoint: it counts nothing")
            .hint("leave --checkpoint out; reports and rules have one"));
    }
    let reading = Reading::new(&args.input)?;
    let threads = options::threads(args.threads)?;
    let zone = options::zone("--tz", &args.tz)?;
    let mut parsing = reading.parsing(&args.input);
    let (since, until) = options::span(args.since.as_deref(), args.until.as_deref(), zone)?;
    let condition = match expression.map(|text| text.to_str()) {
        None => None,
        Some(Some(text)) => Some(bound(text, &mut parsing.needs, zone)?),
        Some(None) => return Err(Error::usage("EXPR is no UTF-8")),
    };
    let fields = condition.as_ref().map(fields).unwrap_or_default();
    let wanted = match condition {
        None => Wanted::Malformed,
        Some(condition) if args.invert => Wanted::Others(condition),
        Some(condition) => Wanted::Matching(condition),
    };
    if !args.count {
        parsing.needs.keep_raw();
    }
    let mut job = Job {
        args,
        selection: Selection { wanted, since, until },
        fields,
        profile: reading.profile,
        parsing,
        seed: options::seed(),
    };
    // Nothing is asked for behind this: every worker's matcher finds what it needs.
    let _ = job.selection.matcher(&job.profile, &mut job.parsing.needs);
    if args.follow.follow {
        return job.follow(&paths);
    }
    let sources = options::sources(&paths, args.input.keep_order, &job.parsing)?;
    for note in &sources.notes {
        output::note(note);
    }
    job.read(&sources, threads)
}

/// The condition of an expression, tied to this run.
fn bound(text: &str, needs: &mut Needs, zone: Zone) -> Result<Condition> {
    let mut condition = parse_condition(text)?;
    condition.bind(needs, &zone);
    condition.visit(&mut |operand, literals| {
        if let Some(note) = never(operand, literals) {
            output::note(&note);
        }
    });
    Ok(condition)
}

/// Why no line can be what is asked for.
fn never(operand: &Operand, literals: &[Literal]) -> Option<String> {
    let is_kind = |name: &str| EventKind::ALL.iter().any(|(_, kind)| *kind == name);
    match operand {
        Operand::Outcome => Some(
            "no line has an `outcome`: it is known of whole sessions, in reports; \
             for the lines that tell of an end: event == session-end"
                .to_owned(),
        ),
        Operand::Event => literals.iter().find_map(|literal| match literal {
            Literal::Text(name) if !is_kind(name) => {
                Some(format!("no line is a `{name}`: it is concluded from others, in reports"))
            }
            _ => None,
        }),
        _ => None,
    }
}

/// The fields that a condition asks for, by name.
fn fields(condition: &Condition) -> Vec<(String, FieldSlot)> {
    let mut fields: Vec<(String, FieldSlot)> = Vec::new();
    condition.visit(&mut |operand, _| {
        if let Operand::Field { slot, .. } = operand
            && fields.iter().all(|(_, known)| known != slot)
        {
            fields.push((operand.label(), *slot));
        }
    });
    fields
}

/// What is looked for, and how records are read for that.
struct Job<'a> {
    args: &'a FilterArgs,
    selection: Selection,
    fields: Vec<(String, FieldSlot)>,
    profile: Profile,
    parsing: parse::Options,
    seed: Seed,
}

impl Job<'_> {
    fn scanner(&self) -> Scanner {
        let needs = &self.parsing.needs;
        let matcher = self.selection.matcher(&self.profile, &mut needs.clone());
        Scanner::new(Parser::new(self.parsing.clone()), matcher, needs, self.seed)
    }

    fn filter(&self, stop: &Stop, live: bool, interleaved: bool) -> Result<Filter> {
        let passing = Passing {
            selection: self.selection.clone(),
            shape: self.shape(),
            around: self.args.around.unwrap_or(0),
            most: self.args.max_count.unwrap_or(u64::MAX),
            live,
            interleaved,
            fields: self.fields.iter().map(|(_, slot)| *slot).collect(),
        };
        let lines = Lines::open(stop, live).map_err(|cause| unwritten(&cause))?;
        Ok(Filter::new(passing, Box::new(lines)))
    }

    /// Bytes are passed on as they are, but not to a terminal, which they could steer.
    fn shape(&self) -> Shape {
        if self.args.count {
            Shape::Counted
        } else if self.args.json {
            Shape::Records(Arc::new(record::json))
        } else if io::stdout().is_terminal() && !self.args.raw {
            Shape::Lines(Arc::new(|line, out| {
                out.extend_from_slice(escape::terminal(line).as_bytes());
                out.push(b'\n');
            }))
        } else {
            Shape::Raw
        }
    }

    /// Reads files, or what comes, to the end.
    fn read(&self, sources: &Sources, threads: usize) -> Result<u8> {
        let stop = Stop::listen();
        let live = sources.inputs().any(Input::is_live);
        let mut filter = self.filter(&stop, live, false)?;
        let progress = progress(!self.args.no_progress && !io::stdout().is_terminal(), sources);
        let scan = Scan {
            scanner: &|| self.scanner(),
            blocking: Blocking { max_line: self.parsing.max_line, ..Blocking::default() },
            threads,
            stop: &stop.asked,
            seen: &|bytes| progress.advance(bytes),
        };
        let outcome = scan.run(&sources.series, &mut filter);
        progress.finish();
        let Outcome { ended, problems } = outcome;
        let failed = sources.problems.iter().chain(&problems).map(output::error).count() > 0;
        let names: Vec<&str> = sources.inputs().map(Input::shown).collect();
        let done = self.finish(filter, &names)?;
        Ok(match stop.code() {
            Some(code) if !live && ended == Ended::Interrupted => code,
            _ if failed => FAILED,
            _ => done,
        })
    }

    /// Reads what is written until somebody asks to stop, or there is enough.
    fn follow(&self, paths: &[PathBuf]) -> Result<u8> {
        let args = self.args;
        let pace = follow::pace(&args.follow)?;
        let keep_order = args.input.keep_order;
        let follower = follow::follower(&args.follow, paths, keep_order, &self.parsing, None)?;
        let stop = Stop::listen();
        let mut filter = self.filter(&stop, true, true)?;
        let clock = Watch::start();
        let mut following = Following::new(follower, pace, self.scanner(), &clock, &follow::tell);
        let is_done = |filter: &Filter| crate::scan::Sink::is_done(filter);
        while !stop.is_asked() && !is_done(&filter) {
            following.collect(&mut filter);
        }
        if !is_done(&filter) {
            following.collect_rest(&mut filter);
        }
        let done = self.finish(filter, &[])?;
        Ok(if following.is_failing() { FAILED } else { done })
    }

    /// Sees the lines through, and tells what there is to tell; the exit code as far as it hangs
    /// on what was read.
    fn finish(&self, filter: Filter, names: &[&str]) -> Result<u8> {
        let seen = match filter.finish() {
            Ok(seen) => seen,
            Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => return Ok(DONE),
            Err(cause) => return Err(unwritten(&cause)),
        };
        if self.args.count {
            output::write(|out| out.write_all(counts(&seen, names).as_bytes()))?;
        }
        for note in self.notes(&seen) {
            output::note(&note);
        }
        Ok(if self.args.input.strict && seen.malformed > 0 { REFUSED } else { DONE })
    }

    /// What was not looked at, and what was asked for in vain.
    fn notes(&self, seen: &Seen) -> Vec<String> {
        let mut notes = Vec::new();
        match seen.oversize {
            0 => {}
            1 => notes.push("1 line is longer than --max-line and was left out".to_owned()),
            n => notes.push(format!("{n} lines are longer than --max-line and were left out")),
        }
        let malformed = !matches!(self.selection.wanted, Wanted::Malformed);
        match seen.malformed {
            _ if !malformed => {}
            0 => {}
            1 => notes.push("1 line is malformed; --malformed shows it".to_owned()),
            n => notes.push(format!("{n} lines are malformed; --malformed shows them")),
        }
        if seen.records == 0 {
            return notes;
        }
        for ((name, _), _) in self.fields.iter().zip(&seen.had).filter(|(_, had)| !**had) {
            let meant = meant(name, seen.example.as_deref());
            let meant = meant.map(|meant| format!("; did you mean `{meant}`?"));
            notes.push(format!("no record has the field `{name}`{}", meant.unwrap_or_default()));
        }
        notes
    }
}

/// The field that a name may have meant, by what records have and by what has a name of its own.
fn meant(name: &str, example: Option<&str>) -> Option<String> {
    let record: serde_json::Map<String, serde_json::Value> =
        example.and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
    let known = NAMES.into_iter().chain(record.keys().map(String::as_str));
    nearest(name, known).map(str::to_owned)
}

/// How many lines there were: of each file if there are several. Files that had no line are known
/// by the names of what was to be read.
fn counts(seen: &Seen, names: &[&str]) -> String {
    let known: BTreeMap<&str, u64> = seen.files.iter().map(|(f, n)| (&**f, *n)).collect();
    let told: BTreeSet<&str> = names.iter().copied().collect();
    let of = |name| (name, known.get(name).copied().unwrap_or_default());
    let others = seen.files.iter().map(|(file, _)| &**file).filter(|file| !told.contains(file));
    let all: Vec<(&str, u64)> = names.iter().copied().chain(others).map(of).collect();
    let mut text = String::new();
    // Writing to a string cannot fail.
    match all[..] {
        [] => text.push_str("0\n"),
        [(_, lines)] => _ = writeln!(text, "{lines}"),
        _ => {
            for (file, lines) in all {
                let _ = writeln!(text, "{}:{lines}", escape::terminal(file));
            }
        }
    }
    text
}

fn unwritten(cause: &io::Error) -> Error {
    Error::io("cannot write to standard output", cause)
}
