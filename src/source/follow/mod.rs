//! Following files while they are written and rotated: each line once, whatever becomes of the
//! names.
//!
//! A [`Follower`] is moved by [`Follower::poll`]; between polls nothing happens. It touches files,
//! but it has no clock and does not wait: both are the caller's. A file is known by its numbers and
//! by bytes that have been read of it, because neither a name nor a number stays with its content.
//!
//! - A file is kept open until everything in it has been read, nothing has come for a while, and
//!   another has its name.
//! - Files beside it that nobody has seen before are generations that were rotated unseen.
//! - Those that are compressed are read once, unless they hold what was read before they were.
//! - If what was read no longer stands where it stood, the file was truncated. A file that begins
//!   with all of it is the copy, and reading goes on there. Without one, lines may be lost, and that
//!   is told.

mod archives;
mod cut;
mod folders;
mod generation;
mod likeness;
mod mark;
mod packed;
mod retire;
mod saved;
mod siblings;
mod tail;
mod trail;
mod unpack;
mod wake;
mod world;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};

use super::blocks::Block;
use super::directory::Choice;
use super::input::Input;
use super::name::{LogName, Rotation, main_of};
use super::plan::{PlanOptions, Series, plan};

use generation::Cutting;
use trail::Trail;
use world::World;

pub use mark::FileMark;
pub use saved::Saved;
pub use wake::Wake;
pub use world::Notice;

/// Where following begins in files that are there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With all that they hold.
    Beginning,
    /// With the next line that is written.
    End,
}

/// Where reading begins in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    Start,
    /// Behind the last whole line.
    Line,
    /// The same, and nothing is expected to come.
    End,
}

/// How files are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowOptions {
    /// Where to begin.
    pub start: Start,
    /// About how many bytes one block has.
    pub block: usize,
    /// The longest line that is read, in bytes without its line end.
    pub max_line: usize,
    /// How long a file that has lost its name is waited for, in microseconds since something came.
    pub rotate_wait: i64,
    /// How many files are open at once, at least 4; others are opened when they change.
    pub max_open: usize,
}

/// Where the lines of a block come from.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The name of the file for people, not escaped.
    pub shown: Arc<str>,
    /// The number of the first line in it, oversize ones before the block included. Lines are
    /// counted from where reading began.
    pub first_line: u64,
}

/// Files and directories that are followed.
#[derive(Debug)]
pub struct Follower {
    trails: Vec<Trail>,
    directories: Vec<Directory>,
    world: World,
    /// Whether it was told that not all files can be open.
    crowded: bool,
}

/// A directory that is followed: which of its series are, and which will be.
#[derive(Debug)]
struct Directory {
    path: PathBuf,
    followed: BTreeSet<Vec<u8>>,
}

impl Follower {
    /// Follows files and directories; they need not be there yet. What the user should know about
    /// them is among the first notices.
    ///
    /// # Errors
    ///
    /// For standard input and for other things that are neither files nor directories.
    pub fn new(
        paths: &[PathBuf],
        planning: &PlanOptions,
        options: FollowOptions,
    ) -> Result<Follower> {
        Follower::resume(paths, planning, options, &[])
    }

    /// The same, going on where an earlier run was; what was not followed then begins as ever.
    ///
    /// # Errors
    ///
    /// As for [`Follower::new`].
    pub fn resume(
        paths: &[PathBuf],
        planning: &PlanOptions,
        options: FollowOptions,
        saved: &[Saved],
    ) -> Result<Follower> {
        let cutting =
            Cutting { block: options.block, max_line: options.max_line, buffer: Vec::new() };
        let world = World::new(options.rotate_wait, options.max_open.max(4), cutting);
        let mut follower =
            Follower { trails: Vec::new(), directories: Vec::new(), world, crowded: false };
        for saved in saved.iter().filter(|saved| saved.belongs_to(paths)) {
            let source = follower.sources();
            follower.trails.push(Trail::restore(source, saved, &mut follower.world));
        }
        let mut present = Vec::new();
        let mut absent = Vec::new();
        for path in paths {
            match fs::metadata(path) {
                _ if path == Path::new("-") => return Err(not_stdin()),
                Ok(found) if found.is_dir() => {
                    follower
                        .directories
                        .push(Directory { path: path.clone(), followed: BTreeSet::new() });
                    match Choice::of(path) {
                        Ok(_) => present.push(path.clone()),
                        Err(_) => follower.note(format!(
                            "no log files in {} yet: waiting for them",
                            path.display()
                        )),
                    }
                }
                Ok(found) if found.is_file() => {
                    let readable = fs::File::open(path).is_ok();
                    if readable { present.push(path.clone()) } else { absent.push(path.clone()) }
                }
                Ok(_) => return Err(not_a_file(path)),
                Err(_) => absent.push(path.clone()),
            }
        }
        follower.begin(&present, planning, options.start)?;
        for path in absent {
            follower.trail(path);
        }
        Ok(follower)
    }

    /// Begins with what is there.
    fn begin(&mut self, paths: &[PathBuf], planning: &PlanOptions, start: Start) -> Result<()> {
        if paths.is_empty() {
            return Ok(());
        }
        let planned = plan(paths, planning)?;
        for note in planned.notes {
            self.note(note);
        }
        for problem in planned.problems {
            self.world.notices.push(Notice::Problem(problem));
        }
        for series in &planned.series {
            let (path, older) = self.taken_apart(series);
            self.remember(&path);
            if self.trails.iter().any(|trail| trail.path == path) {
                continue;
            }
            let at = self.trail(path);
            self.trails[at].begin(&older, start, &mut self.world);
        }
        Ok(())
    }

    /// The file of a series that is written, and the rotated ones.
    fn taken_apart(&self, series: &Series) -> (PathBuf, Vec<PathBuf>) {
        let mut files: Vec<PathBuf> = series
            .files
            .iter()
            .filter_map(|input| match input {
                Input::File { path, .. } => Some(path.clone()),
                Input::Stdin => None,
            })
            .collect();
        let current = |path: &PathBuf| {
            let name = path.file_name().unwrap_or(path.as_os_str()).as_encoded_bytes();
            LogName::parse_any(name).rotation == Rotation::Current
        };
        // An archive is what was written.
        let written = |path: &PathBuf| current(path) && !archives::is_compressed(path);
        if let Some(at) = files.iter().rposition(written) {
            return (files.remove(at), files);
        }
        let series = PathBuf::from(&series.name);
        let in_directory = |directory: &Directory| series.parent() == Some(&directory.path);
        match files.pop() {
            // The file itself will be written again.
            Some(last) if self.directories.iter().any(in_directory) => {
                files.push(last);
                (series, files)
            }
            Some(last) => (last, files),
            None => (series, files),
        }
    }

    /// Remembers that a file of a followed directory is followed.
    fn remember(&mut self, path: &Path) {
        let name = path.file_name().unwrap_or(path.as_os_str()).as_encoded_bytes();
        for directory in &mut self.directories {
            if path.parent() == Some(&directory.path) {
                directory.followed.insert(name.to_vec());
            }
        }
    }

    fn note(&mut self, text: String) {
        self.world.notices.push(Notice::Note(text));
    }

    fn trail(&mut self, path: PathBuf) -> usize {
        let known = self.trails.iter().position(|trail| trail.path == path);
        known.unwrap_or_else(|| {
            self.trails.push(Trail::new(self.trails.len() as u32, path));
            self.trails.len() - 1
        })
    }

    /// How many sources there are; they are numbered from 0. There may be more after a poll.
    #[must_use]
    pub fn sources(&self) -> u32 {
        self.trails.len() as u32
    }

    /// The name of a source for people, not escaped.
    #[must_use]
    pub fn name(&self, source: u32) -> Option<&str> {
        self.trails.get(source as usize).map(|trail| &*trail.shown)
    }

    /// The directories in which something may happen.
    #[must_use]
    pub fn places(&self) -> BTreeSet<&Path> {
        let of_files = self.trails.iter().flat_map(|trail| &trail.places);
        let of_files = of_files.map(|(folder, _)| folder.as_path());
        of_files.chain(self.directories.iter().map(|directory| directory.path.as_path())).collect()
    }

    /// Looks what has changed. `now` is in microseconds since any fixed moment, and never goes
    /// back.
    pub fn poll(&mut self, now: i64) {
        self.world.now = now;
        self.world.folders.begin_poll();
        self.look_for_series();
        for trail in &mut self.trails {
            trail.poll(&mut self.world);
        }
    }

    /// Follows series that have appeared in a directory.
    fn look_for_series(&mut self) {
        for at in 0..self.directories.len() {
            let path = self.directories[at].path.clone();
            if !self.world.folders.has_changed(&path) {
                continue;
            }
            let names = self.world.folders.names(&path, false);
            let stems: BTreeSet<Vec<u8>> = names
                .iter()
                .filter_map(|name| LogName::parse(name.as_encoded_bytes()))
                .map(|name| name.stem.to_vec())
                .collect();
            for name in &*names {
                let is_new = self.directories[at].is_new(name.as_encoded_bytes(), &stems);
                let path = path.join(name);
                if is_new && path.is_file() {
                    self.directories[at].followed.insert(name.as_encoded_bytes().to_vec());
                    self.trail(path);
                }
            }
        }
    }

    /// The next lines of a source; none until the next poll if there are none.
    pub fn read(&mut self, source: u32, block: &mut Block) -> Option<Piece> {
        let trail = self.trails.get(source as usize)?;
        if !trail.has_more() {
            return None;
        }
        if !self.world.may_open(1) {
            self.close_some();
        }
        let delivered = self.trails[source as usize].read(&mut self.world, block)?;
        Some(Piece { shown: delivered.shown, first_line: delivered.first_line })
    }

    /// Closes files, those first in which nothing has happened for longest.
    fn close_some(&mut self) {
        if !std::mem::replace(&mut self.crowded, true) {
            self.note(format!(
                "more than {} files to follow: those that are idle are closed",
                self.world.max_open
            ));
        }
        let keep = self.world.max_open - self.world.max_open / 4;
        let generations = self.trails.iter_mut().flat_map(|trail| &mut trail.generations);
        let mut open: Vec<_> = generations.filter(|generation| generation.is_open()).collect();
        open.sort_by_key(|generation| (generation.ready, generation.last));
        let many = open.len().saturating_sub(keep);
        for generation in open.into_iter().take(many) {
            generation.close();
            self.world.open -= 1;
        }
    }

    /// Whether something may be left to read of a source.
    #[must_use]
    pub fn has_more(&self, source: u32) -> bool {
        self.trails.get(source as usize).is_some_and(Trail::has_more)
    }

    /// Says that this is the end: nothing is waited for any more. What is left can be read.
    pub fn finish(&mut self) {
        for trail in &mut self.trails {
            trail.finish(&mut self.world);
        }
    }

    /// How far every name has been read: what has been delivered, and nothing else.
    #[must_use]
    pub fn save(&self) -> Vec<Saved> {
        self.trails.iter().map(Trail::save).collect()
    }

    /// What there is to tell since the last call.
    pub fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.world.notices)
    }

    /// Whether a file cannot be read at present.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.trails.iter().any(Trail::is_failing)
    }

    /// How many files are remembered, open or not: those that are there, and some that were.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.trails.iter().map(|trail| trail.generations.len() + trail.verdicts.len()).sum()
    }

    /// How many files are open.
    #[must_use]
    pub fn open_files(&self) -> usize {
        self.world.open
    }
}

impl Directory {
    /// Whether a file that was found belongs to a series of its own which is to be followed. The
    /// choice is the one for directories that are read once, but what was chosen stays.
    fn is_new(&self, name: &[u8], stems: &BTreeSet<Vec<u8>>) -> bool {
        let is_written = LogName::parse(name).is_some_and(|log| log.rotation == Rotation::Current);
        let main = super::directory::MAIN;
        is_written
            && stems.contains(name)
            && !self.followed.contains(name)
            && !self.followed.contains(main)
            && (name == main || !stems.contains(main))
            // What repeats another log, or is repeated by one that is followed.
            && main_of(name).is_none()
            && !self.followed.iter().any(|stem| main_of(stem).as_deref() == Some(name))
    }
}

fn not_stdin() -> Error {
    Error::usage("standard input cannot be followed")
        .hint("leave --follow out: what comes by a pipe is read as it comes")
}

fn not_a_file(path: &Path) -> Error {
    Error::usage(format!("{} is neither a file nor a directory", path.display()))
        .hint("leave --follow out: a pipe or device is read as it comes")
}
