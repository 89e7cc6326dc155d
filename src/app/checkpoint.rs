//! `--checkpoint`: what an earlier run has left, and keeping this one's state while it goes on.
//!
//! A state is copied between two steps of reading, where figures and positions agree, and written by
//! a thread of its own. That of rules is written only when the events that it knows of are out.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::alert::Snapshot;
use crate::checkpoint::{Contents, Fault, Store, Writer};
use crate::cli::{FollowArgs, InputArgs};
use crate::error::{Error, Result};
use crate::record::Timestamp;
use crate::scan::{Clock, Fold, Positions};
use crate::source::Notice;

use super::follow;
use super::output;

/// How many times as long as keeping a state takes nothing is kept then: at most a twentieth of the
/// time goes into it.
const SHARE: i64 = 20;

/// How often is looked whether the program ends, while events are on their way out.
const PAUSE: Duration = Duration::from_millis(20);

/// The names of parts.
const POSITIONS: &str = "positions";
const STATE: &str = "state";

/// What whoever reads a state must know of the run that it is of.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Header {
    /// The version of the program.
    program: String,
    command: String,
    /// When it was, in microseconds since 1970.
    at: i64,
    /// Everything that decides what states mean, by the names of options.
    options: BTreeMap<String, String>,
    /// Between which times records take part, in microseconds since 1970: `--since 2h` is said once.
    since: Option<i64>,
    until: Option<i64>,
}

/// A checkpoint that was opened, and nothing is written to yet.
pub(super) struct Checkpoint {
    store: Store,
    header: Header,
    every: i64,
    before: Option<Before>,
}

/// What an earlier run has left.
#[derive(Default)]
pub(super) struct Before {
    header: Header,
    pub(super) positions: Positions,
    /// The states, each as JSON.
    pub(super) states: Vec<Box<serde_json::value::RawValue>>,
}

impl Before {
    /// How long ago it was, in microseconds. A clock that was set back since has no time passed.
    pub(super) fn passed(&self, now: Timestamp) -> i64 {
        now.micros().saturating_sub(self.header.at).max(0)
    }

    /// Since and until when records take part, as the first run has understood it.
    pub(super) fn span(&self) -> [Option<Timestamp>; 2] {
        [self.header.since, self.header.until].map(|at| at.map(Timestamp::from_micros))
    }

    /// What was found about it when its states were read.
    pub(super) fn unreadable(fault: &Error) -> Error {
        Error::config(format!("the checkpoint does not fit this version: {}", fault.message()))
            .hint("delete it to begin anew, or use the version that has written it")
    }
}

/// What decides how records are read, by the names of options.
pub(super) fn reading(args: &InputArgs) -> BTreeMap<String, String> {
    let profile = match std::fs::read(&args.profile) {
        Ok(text) if !matches!(&*args.profile, "ufo" | "page") => {
            format!("{:08x}", crc32fast::hash(&text))
        }
        _ => args.profile.clone(),
    };
    let options = [
        ("--profile", profile),
        ("--input", format!("{:?}", args.input).to_lowercase()),
        ("--field", args.fields.join(", ")),
        ("--assume-tz", args.assume_tz.clone()),
        ("--strict", args.strict.to_string()),
        ("--max-line", args.max_line.clone()),
    ];
    options.map(|(name, value)| (name.to_owned(), value)).into()
}

impl Checkpoint {
    /// Opens the checkpoint, if one is wanted; tells what the user should know.
    ///
    /// # Errors
    ///
    /// If it cannot be used, or is of a run with other options or other paths.
    pub(super) fn open(
        args: &FollowArgs,
        paths: &[PathBuf],
        command: &str,
        options: BTreeMap<String, String>,
    ) -> Result<Option<Checkpoint>> {
        let Some(path) = &args.checkpoint else { return Ok(None) };
        if paths.is_empty() || paths.iter().any(|path| path.as_os_str() == "-") {
            // That cannot be followed, which is told where following begins; no file is made.
            return Ok(None);
        }
        let every = follow::duration("--checkpoint-every", &args.checkpoint_every)?;
        let (store, found) = Store::open(path)?;
        for note in &found.notes {
            output::note(note);
        }
        let header = Header {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            command: command.to_owned(),
            options,
            ..Header::default()
        };
        let before = match found.bytes {
            Some(bytes) => Some(before(&bytes).map_err(|fault| misunderstood(&store, &fault))?),
            None => None,
        };
        if let Some(before) = &before {
            compare(&store, &before.header, &header)?;
            refuse_unnamed(&store, before, paths)?;
        }
        Ok(Some(Checkpoint { store, header, every, before }))
    }

    /// What an earlier run has left; once.
    pub(super) fn take_before(&mut self) -> Option<Before> {
        self.before.take()
    }

    /// Remembers since and until when records take part.
    pub(super) fn set_span(&mut self, span: [Option<Timestamp>; 2]) {
        [self.header.since, self.header.until] = span.map(|at| at.map(Timestamp::micros));
    }

    /// Begins to keep states.
    pub(super) fn start(self) -> Keeper {
        let Checkpoint { store, header, every, .. } = self;
        let (jobs, queue) = channel();
        let (say, done) = channel();
        let ending = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&ending);
        let thread = std::thread::spawn(move || write_all(store, &queue, &say, &ends));
        Keeper {
            header,
            every,
            next: i64::MIN,
            kept: None,
            busy: false,
            jobs,
            done,
            thread,
            ending,
        }
    }
}

fn before(bytes: &[u8]) -> Result<Before, Fault> {
    let contents = Contents::of(bytes)?;
    let header = contents.header()?;
    let (mut positions, mut states) = (Positions::default(), Vec::new());
    for part in &contents.parts {
        match &*part.name {
            POSITIONS => positions = part.data()?,
            STATE => states.push(part.data()?),
            other => return Err(Fault::Damaged(format!("nobody knows what `{other}` is"))),
        }
    }
    Ok(Before { header, positions, states })
}

fn misunderstood(store: &Store, fault: &Fault) -> Error {
    let why = match fault {
        Fault::Damaged(why) => why,
        _ => "it is of another form",
    };
    Error::config(format!("the checkpoint {} does not fit this version: {why}", store.shown()))
        .hint("delete it to begin anew, or use the version that has written it")
}

/// States of other options mean something else.
fn compare(store: &Store, before: &Header, now: &Header) -> Result<()> {
    let shown = store.shown();
    if before.command != now.command {
        return Err(Error::usage(format!(
            "the checkpoint {shown} is of `{}`, and not of `{}`",
            before.command, now.command
        ))
        .hint("each command needs a checkpoint of its own"));
    }
    let different = |(name, value): (&String, &String)| {
        let was = before.options.get(name);
        (was != Some(value)).then(|| match was {
            Some(was) if !was.is_empty() => format!("{name} was {was}"),
            _ => format!("{name} was not given"),
        })
    };
    let different: Vec<String> = now.options.iter().filter_map(different).collect();
    if different.is_empty() {
        return Ok(());
    }
    Err(Error::usage(format!(
        "the checkpoint {shown} is of a run with other options: {}",
        different.join("; ")
    ))
    .hint("give the same ones, or another checkpoint to begin anew"))
}

/// What was counted of a file cannot be taken out again.
fn refuse_unnamed(store: &Store, before: &Before, paths: &[PathBuf]) -> Result<()> {
    match before.positions.files.iter().find(|saved| !saved.belongs_to(paths)) {
        None => Ok(()),
        Some(saved) => Err(Error::usage(format!(
            "the checkpoint {} has followed {}, which is not named now",
            store.shown(),
            saved.path.display()
        ))
        .hint("name it as before, or give another checkpoint to begin anew")),
    }
}

/// The state of a run.
pub(super) enum State {
    /// The folds of its sources.
    Report(Vec<Fold>),
    /// What its rules have seen.
    Rules(Box<Snapshot>),
}

impl State {
    fn write(&self, out: &mut Writer<BufWriter<&File>>) -> io::Result<()> {
        match self {
            State::Report(folds) => folds.iter().try_for_each(|fold| out.part(STATE, &fold.save())),
            State::Rules(snapshot) => out.part(STATE, snapshot),
        }
    }
}

/// A state on its way to the disk.
struct Job {
    header: Header,
    positions: Positions,
    state: State,
    /// Says when the events that it knows of are out.
    settled: Option<Receiver<()>>,
}

/// What became of a state, or is to be told of it.
enum Done {
    /// It has taken so many microseconds.
    Took(i64),
    Told(Notice),
}

/// Keeps states, by a thread of its own.
pub(super) struct Keeper {
    header: Header,
    every: i64,
    /// When the next state may be kept, by [`Clock::elapsed`].
    next: i64,
    /// How far the run had come with the last one.
    kept: Option<u64>,
    /// Whether one is being written.
    busy: bool,
    jobs: Sender<Job>,
    /// What became of each.
    done: Receiver<Done>,
    thread: JoinHandle<bool>,
    /// Set when events that are not out will not be.
    ending: Arc<AtomicBool>,
}

impl Keeper {
    /// Whether it is time to keep a state; `progress` says how far the run has come, in any unit,
    /// and `tell` takes what became of the ones before.
    pub(super) fn is_due(
        &mut self,
        progress: u64,
        clock: &dyn Clock,
        tell: &dyn Fn(Notice),
    ) -> bool {
        let now = clock.elapsed();
        while let Ok(done) = self.done.try_recv() {
            match done {
                Done::Took(micros) => {
                    self.busy = false;
                    self.next = self.next.max(now.saturating_add(micros.saturating_mul(SHARE)));
                }
                Done::Told(notice) => tell(notice),
            }
        }
        !self.busy && self.kept != Some(progress) && now >= self.next
    }

    /// Says that something has changed that is no progress.
    pub(super) fn changed(&mut self) {
        self.kept = None;
    }

    /// Keeps a state. `began` is when it began to be copied, by the clock's [`Clock::elapsed`];
    /// `settled` says when the events that it knows of are out.
    pub(super) fn keep(
        &mut self,
        progress: u64,
        positions: Positions,
        state: State,
        settled: Option<Receiver<()>>,
        (began, clock): (i64, &dyn Clock),
    ) {
        let now = clock.elapsed();
        let header = Header { at: clock.wall().micros(), ..self.header.clone() };
        // If the thread has ended there is nobody to keep it, which closing tells.
        let _ = self.jobs.send(Job { header, positions, state, settled });
        self.busy = true;
        self.kept = Some(progress);
        self.next = now.saturating_add(self.every.max((now - began).saturating_mul(SHARE)));
    }

    /// Sees the last state through; whether it is on the disk, or had better not be.
    pub(super) fn close(self, tell: &dyn Fn(Notice)) -> bool {
        let Keeper { jobs, done, thread, ending, .. } = self;
        ending.store(true, Ordering::Relaxed);
        drop(jobs);
        // It ends with the thread.
        for done in done {
            if let Done::Told(notice) = done {
                tell(notice);
            }
        }
        thread.join().unwrap_or(false)
    }
}

/// Writes states until there are no more; whether all is well in the end.
fn write_all(
    mut store: Store,
    jobs: &Receiver<Job>,
    done: &Sender<Done>,
    ending: &AtomicBool,
) -> bool {
    let mut failing = false;
    for Job { header, positions, state, settled } in jobs {
        if !settled.is_none_or(|settled| is_settled(&settled, ending)) {
            // Events were lost: whoever goes on tells them again.
            let _ = done.send(Done::Took(0));
            continue;
        }
        let began = now();
        let written = store.write(&header, |out| {
            out.part(POSITIONS, &positions)?;
            state.write(out)
        });
        match written {
            Ok(_) if std::mem::take(&mut failing) => {
                let text = format!("the checkpoint {} is written again", store.shown());
                let _ = done.send(Done::Told(Notice::Note(text)));
            }
            Err(error) if !std::mem::replace(&mut failing, true) => {
                let error = error.hint(
                    "the one before is kept, and reading goes on; it is tried again and again",
                );
                let _ = done.send(Done::Told(Notice::Problem(error)));
            }
            Ok(_) | Err(_) => {}
        }
        // Nobody listens any more when the run is over.
        let took = i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX);
        let _ = done.send(Done::Took(took));
    }
    !failing
}

/// Waits until events are out; whether they are.
fn is_settled(settled: &Receiver<()>, ending: &AtomicBool) -> bool {
    loop {
        let ends = ending.load(Ordering::Relaxed);
        match settled.recv_timeout(PAUSE) {
            Ok(()) => return true,
            Err(RecvTimeoutError::Timeout) if !ends => {}
            Err(_) => return false,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long the disk takes is no matter of the log")]
fn now() -> Instant {
    Instant::now()
}
