//! What writes, rotates, and checks that each numbered record is seen exactly once.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::Value;
use ufo_logscan::source::{Block, FollowOptions, Follower, Notice, PlanOptions, Saved, Start};

use crate::common::{Done, program, start};

/// How a scenario is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The library, which looks when the scenario says so and at no other time.
    Steps,
    /// The program, by itself.
    Polling,
    /// The program, woken by the system.
    Woken,
}

/// How long a poll takes, in milliseconds, and how long a rotated file is waited for.
pub(crate) const INTERVAL: u64 = 20;
pub(crate) const ROTATE_WAIT: u64 = 400;
/// How long anything may take; machines are busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is expected besides each numbered record once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Expect {
    /// Lines that were torn.
    pub(crate) malformed: u64,
    /// Records without a number.
    pub(crate) others: u64,
    /// The fewest losses that must be told; 0 means that none may be.
    pub(crate) losses: u64,
    /// How many numbered records may be missing.
    pub(crate) missing: usize,
}

/// Plays a scenario and checks what was seen.
#[track_caller]
pub(crate) fn play(mode: Mode, scene: fn(&mut Stage) -> Expect) {
    let mut stage = Stage::new(mode);
    let expect = scene(&mut stage);
    let written = stage.number;
    let seen = stage.end();
    seen.check(written, expect);
}

/// What has been seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// How often each number was.
    pub(crate) numbers: BTreeMap<u64, u64>,
    pub(crate) others: u64,
    pub(crate) malformed: u64,
    pub(crate) losses: u64,
    /// How many problems the report tells of.
    pub(crate) problems: u64,
    /// The numbers as they came.
    pub(crate) order: Vec<u64>,
    /// What was told.
    pub(crate) told: String,
}

impl Seen {
    #[track_caller]
    pub(crate) fn check(&self, written: u64, expect: Expect) {
        let missing: Vec<u64> = (1..=written).filter(|n| !self.numbers.contains_key(n)).collect();
        let again: Vec<_> = self.numbers.iter().filter(|(_, times)| **times > 1).collect();
        let story = |list: &[u64]| format!("{} of {written}: {:?}", list.len(), shortened(list));
        assert!(again.is_empty(), "repeated {}: {:?}\n{}", again.len(), again.first(), self.told);
        assert!(missing.len() <= expect.missing, "lost {}\n{}", story(&missing), self.told);
        assert_eq!(self.malformed, expect.malformed, "malformed\n{}", self.told);
        assert_eq!(self.others, expect.others, "others\n{}", self.told);
        let told = self.told.matches("possible loss").count() as u64;
        if expect.losses == 0 {
            assert_eq!((self.losses, told), (0, 0), "{}", self.told);
        } else {
            assert!(self.losses >= expect.losses && told >= expect.losses, "{}", self.told);
        }
    }
}

fn shortened(list: &[u64]) -> &[u64] {
    &list[..list.len().min(10)]
}

/// A directory, what is written there, and who follows.
pub(crate) struct Stage {
    pub(crate) mode: Mode,
    dir: tempfile::TempDir,
    /// The last number that was written.
    pub(crate) number: u64,
    who: Who,
    /// Further arguments of the program.
    pub(crate) args: Vec<String>,
    pub(crate) from: Start,
    pub(crate) max_open: usize,
    pub(crate) nobody: bool,
    /// How the program ends.
    pub(crate) exit: i32,
    /// How many descriptors the program may have.
    pub(crate) descriptors: Option<u32>,
    saved: Vec<Saved>,
    seen: Seen,
}

enum Who {
    Nobody,
    Library(Box<Library>),
    Program(Child),
}

pub(crate) fn put(mut file: &File, text: &str) {
    file.write_all(text.as_bytes()).unwrap();
}

/// A record with a number.
pub(crate) fn record(number: u64) -> String {
    format!(
        "{{\"timestamp\":\"2026-11-22T06:00:00\",\"level\":\"INFO\",\"message\":\"m\",\"n\":{number}}}\n"
    )
}

impl Stage {
    pub(crate) fn new(mode: Mode) -> Stage {
        Stage {
            mode,
            dir: tempfile::tempdir().unwrap(),
            number: 0,
            who: Who::Nobody,
            args: Vec::new(),
            from: Start::Beginning,
            max_open: 64,
            nobody: false,
            exit: 0,
            descriptors: None,
            saved: Vec::new(),
            seen: Seen::default(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The next so many records.
    pub(crate) fn records(&mut self, count: u64) -> String {
        let from = self.number + 1;
        self.number += count;
        (from..=self.number).map(record).collect()
    }

    /// Opens a file to append to it, as a server does; it is created if it is not there.
    pub(crate) fn writer(&self, name: &str) -> File {
        OpenOptions::new().append(true).create(true).open(self.path(name)).unwrap()
    }

    pub(crate) fn write(&mut self, mut file: &File, count: u64) {
        let records = self.records(count);
        file.write_all(records.as_bytes()).unwrap();
    }

    pub(crate) fn append(&mut self, name: &str, count: u64) {
        let file = self.writer(name);
        self.write(&file, count);
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    pub(crate) fn copy(&self, from: &str, to: &str) {
        fs::copy(self.path(from), self.path(to)).unwrap();
    }

    pub(crate) fn truncate(&self, name: &str) {
        OpenOptions::new().write(true).truncate(true).open(self.path(name)).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// Begins to follow, and waits until the files that are there have been read.
    pub(crate) fn follow(&mut self, names: &[&str]) {
        let paths: Vec<PathBuf> = names.iter().map(|name| self.path(name)).collect();
        self.follow_paths(&paths);
    }

    pub(crate) fn follow_paths(&mut self, paths: &[PathBuf]) {
        if self.mode == Mode::Steps {
            let library = Library::new(paths, self.from, self.max_open, &[]);
            self.who = Who::Library(Box::new(library));
            return self.settle();
        }
        let mut command = match self.descriptors {
            _ if self.nobody => as_nobody(),
            Some(most) => limited(most),
            None => program(),
        };
        let (interval, wait) = (format!("{INTERVAL}ms"), format!("{ROTATE_WAIT}ms"));
        command.args(["-F", "--format", "json", "--poll-interval", &interval]);
        command.args(["--rotate-wait", &wait, "--agg", "input", "--agg", "count by field(\"n\")"]);
        if self.mode == Mode::Polling {
            command.arg("--poll-only");
        }
        if self.from == Start::End {
            command.args(["--from", "end"]);
        }
        let child = start(command.args(&self.args).args(paths));
        let mut wanted: Vec<&PathBuf> =
            paths.iter().filter(|path| File::open(path).is_ok() && path.is_file()).collect();
        if self.descriptors.is_some() {
            wanted.clear();
        }
        let begun = Instant::now();
        while !(catches_signals(&child) && wanted.iter().all(|path| has_open(&child, path))) {
            assert!(begun.elapsed() < PATIENCE, "it does not begin");
            std::thread::sleep(Duration::from_millis(5));
        }
        self.who = Who::Program(child);
        self.settle();
    }

    /// Time in which whoever follows has a look.
    pub(crate) fn settle(&mut self) {
        match &mut self.who {
            Who::Library(library) => library.look(),
            Who::Program(_) => std::thread::sleep(Duration::from_millis(3 * INTERVAL)),
            Who::Nobody => {}
        }
    }

    /// Time passes.
    pub(crate) fn pass(&mut self, milliseconds: u64) {
        match &mut self.who {
            Who::Library(library) => {
                for _ in 0..=milliseconds / INTERVAL {
                    library.look();
                }
            }
            Who::Program(_) => std::thread::sleep(Duration::from_millis(milliseconds)),
            Who::Nobody => {}
        }
    }

    /// Waits until whoever follows has read everything: it reads no more.
    pub(crate) fn until_quiet(&mut self) {
        self.settle();
        let Who::Program(child) = &self.who else { return };
        let (begun, mut before) = (Instant::now(), None);
        while begun.elapsed() < PATIENCE {
            let io = fs::read_to_string(format!("/proc/{}/io", child.id())).unwrap_or_default();
            let read = io.lines().find(|line| line.starts_with("rchar")).map(str::to_owned);
            if read.is_some() && read == before {
                return;
            }
            before = read;
            std::thread::sleep(Duration::from_millis(600));
        }
    }

    /// So many milliseconds pass at once, for the library.
    pub(crate) fn jump(&mut self, milliseconds: i64) {
        if let Who::Library(library) = &mut self.who {
            library.now += milliseconds * 1000;
            library.look();
        }
    }

    /// The library ends, and what it knows goes through its serial form.
    pub(crate) fn interrupt(&mut self) {
        if let Who::Library(library) = &self.who {
            let saved = serde_json::to_string(&library.follower.save()).unwrap();
            self.saved = serde_json::from_str(&saved).unwrap();
        }
        if let Who::Library(library) = std::mem::replace(&mut self.who, Who::Nobody) {
            self.seen = library.seen;
        }
    }

    /// And goes on where it was.
    pub(crate) fn resume(&mut self, names: &[&str]) {
        let paths: Vec<PathBuf> = names.iter().map(|name| self.path(name)).collect();
        let mut library = Library::new(&paths, self.from, self.max_open, &self.saved);
        library.seen = std::mem::take(&mut self.seen);
        library.look();
        self.who = Who::Library(Box::new(library));
    }

    /// How many files are remembered.
    pub(crate) fn remembered(&self) -> usize {
        match &self.who {
            Who::Library(library) => library.follower.remembered(),
            _ => 0,
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        if let Who::Program(child) = &self.who {
            send(name, child);
        }
    }

    /// How many files whoever follows has open.
    pub(crate) fn open_files(&self) -> usize {
        match &self.who {
            Who::Library(library) => library.follower.open_files(),
            Who::Program(child) => {
                fs::read_dir(format!("/proc/{}/fd", child.id())).map_or(0, Iterator::count)
            }
            Who::Nobody => 0,
        }
    }

    /// Ends the following, and tells what was seen.
    pub(crate) fn end(mut self) -> Seen {
        match std::mem::replace(&mut self.who, Who::Nobody) {
            Who::Library(mut library) => {
                library.look();
                library.follower.finish();
                library.take();
                library.seen
            }
            Who::Program(child) => {
                send("TERM", &child);
                let done: Done = child.wait_with_output().unwrap().into();
                assert_eq!(done.code, Some(self.exit), "{}", done.stderr);
                seen_by_program(&done)
            }
            Who::Nobody => Seen::default(),
        }
    }
}

fn send(signal: &str, child: &Child) {
    let kill = format!("kill -{signal} {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// Whether a process has taken SIGTERM into its own hands.
fn catches_signals(child: &Child) -> bool {
    const SIGTERM: u64 = 1 << 14;
    let Some(caught) = crate::common::status(child.id(), "SigCgt") else {
        std::thread::sleep(Duration::from_secs(1));
        return true;
    };
    u64::from_str_radix(&caught, 16).is_ok_and(|caught| caught & SIGTERM != 0)
}

/// Whether a process has a file open, as far as the system tells.
fn has_open(child: &Child, path: &Path) -> bool {
    let Ok(entries) = fs::read_dir(format!("/proc/{}/fd", child.id())) else { return true };
    let path = fs::canonicalize(path).unwrap();
    let targets = entries.flatten().filter_map(|entry| fs::read_link(entry.path()).ok());
    targets.into_iter().any(|target| target == path)
}

/// The program where the system allows it few descriptors.
fn limited(most: u32) -> Command {
    let shell = format!("ulimit -n {most}; exec ufo-logscan \"$@\"");
    let mut command = crate::common::shell(&shell);
    command.arg("ufo-logscan");
    command
}

/// The program as somebody who is not allowed everything.
fn as_nobody() -> Command {
    use std::os::unix::process::CommandExt;
    let mut command = program();
    command.uid(65534).gid(65534);
    command
}

fn seen_by_program(done: &Done) -> Seen {
    let report: Value = serde_json::from_str(&done.stdout).expect(&done.stdout);
    let input = &report["sections"]["input"];
    crate::common::Accounting::of(&report);
    let mut seen = Seen {
        malformed: input["malformed"].as_u64().unwrap(),
        losses: input["possible_losses"].as_u64().unwrap(),
        problems: input["problems"].as_u64().unwrap(),
        told: done.stderr.clone(),
        ..Seen::default()
    };
    let counts = report["sections"].as_object().unwrap();
    let counts = counts.iter().find(|(name, _)| name.starts_with("count")).unwrap().1;
    for group in counts["groups"].as_array().unwrap() {
        let records = group["records"].as_u64().unwrap();
        let key = group["by"].as_object().unwrap().values().next().unwrap();
        let number = key.as_u64().or_else(|| key.as_str().and_then(|key| key.parse().ok()));
        match number {
            Some(number) => drop(seen.numbers.insert(number, records)),
            None => seen.others += records,
        }
    }
    seen
}

/// The library, moved by hand.
pub(crate) struct Library {
    pub(crate) follower: Follower,
    pub(crate) now: i64,
    pub(crate) seen: Seen,
}

impl Library {
    pub(crate) fn new(paths: &[PathBuf], from: Start, max_open: usize, saved: &[Saved]) -> Library {
        let options = FollowOptions {
            start: from,
            block: 300,
            max_line: 1000,
            rotate_wait: ROTATE_WAIT.cast_signed() * 1000,
            max_open,
        };
        let planning = PlanOptions { keep_order: false, first_time: &|_| None };
        let follower = Follower::resume(paths, &planning, options, saved).unwrap();
        Library { follower, now: 0, seen: Seen::default() }
    }

    /// A poll, and everything is read.
    pub(crate) fn look(&mut self) {
        self.now += INTERVAL.cast_signed() * 1000;
        self.follower.poll(self.now);
        self.take();
    }

    pub(crate) fn take(&mut self) {
        let mut block = Block::default();
        for source in 0..self.follower.sources() {
            while self.follower.read(source, &mut block).is_some() {
                self.seen.lines(&block);
            }
        }
        for notice in self.follower.notices() {
            let loss = if matches!(notice, Notice::Loss(_)) { "possible loss: " } else { "" };
            self.seen.told.extend([loss, &notice.text(), "\n"]);
        }
    }
}

impl Seen {
    pub(crate) fn lines(&mut self, block: &Block) {
        self.losses += block.losses;
        self.malformed += block.oversize;
        block.bytes.split_inclusive(|byte| *byte == b'\n').for_each(|line| self.line(line));
    }

    fn line(&mut self, line: &[u8]) {
        let start = line.iter().position(|byte| *byte != 0).unwrap_or(0);
        match serde_json::from_slice::<Value>(&line[start..]) {
            Ok(record) => match record["n"].as_u64() {
                Some(number) => {
                    self.order.push(number);
                    *self.numbers.entry(number).or_default() += 1;
                }
                None => self.others += 1,
            },
            Err(_) => self.malformed += 1,
        }
    }
}
