//! What a directory means: its main series.
//!
//! A server writes each record to its main log, again to a daily one and, if it is an error, a
//! third time; adding these up would count errors three times. So one is read, and a note says
//! what was left out. Sub-directories hold the logs of single sessions and are never entered.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

use super::input::unreadable;
use super::name::{LogName, Rotation, main_of};

pub(super) const MAIN: &[u8] = b"ufo_server.log";

/// How many names a note lists before it counts the rest.
const LISTED: usize = 4;

/// The log files of a directory: those to read, and those left out.
#[derive(Debug)]
pub(super) struct Choice {
    /// The directory for people, with a slash at the end.
    shown: String,
    read: Vec<Group>,
    left_out: Vec<Group>,
    directories: usize,
    other_files: usize,
}

/// The files of one series in one directory.
#[derive(Debug)]
struct Group {
    stem: Vec<u8>,
    /// In rotation order, the oldest first.
    files: Vec<(Rotation, PathBuf)>,
}

impl Choice {
    /// Lists the directory and chooses what to read.
    pub(super) fn of(path: &Path) -> Result<Choice> {
        let mut choice = list(path)?;
        let groups = std::mem::take(&mut choice.read);
        if groups.is_empty() {
            return Err(without_logs(&choice));
        }
        let chosen = chosen(&groups);
        (choice.read, choice.left_out) =
            groups.into_iter().partition(|group| chosen.contains(&group.stem));
        Ok(choice)
    }

    /// The files to read: series by name, each in rotation order.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        self.read.iter().flat_map(|group| &group.files).map(|(_, path)| path.as_path())
    }

    /// Whether a series repeats records of one that is read.
    fn repeats_what_is_read(&self, stem: &[u8]) -> bool {
        main_of(stem).is_some_and(|main| self.read.iter().any(|group| group.stem == main))
    }

    /// What was left out and why, for standard error; `None` if nothing was. `is_read` tells
    /// which stems of this directory are read all the same, because the user named them.
    pub(super) fn note(&self, is_read: impl Fn(&[u8]) -> bool) -> Option<String> {
        let (copies, others): (Vec<&Group>, Vec<&Group>) = self
            .left_out
            .iter()
            .filter(|group| !is_read(&group.stem))
            .partition(|group| self.repeats_what_is_read(&group.stem));
        let mut left = Vec::new();
        if !copies.is_empty() {
            let they = if copies.len() == 1 { "it repeats" } else { "they repeat" };
            left.push(format!("left out {}: {they} records of the main log", counted(&copies)));
        }
        if !others.is_empty() {
            let them = if others.len() == 1 { "it" } else { "them" };
            left.push(format!("left out {}: name {them} to read {them} too", counted(&others)));
        }
        if self.directories > 0 {
            left.push(format!("{} not entered", plural(self.directories, "directory")));
        }
        if self.other_files > 0 {
            left.push(format!("{} not named like a log", plural(self.other_files, "file")));
        }
        if left.is_empty() {
            return None;
        }
        let read: Vec<String> = self.read.iter().map(Group::describe).collect();
        Some(format!("{}: reading {}; {}", self.shown, listed(&read), left.join("; ")))
    }
}

impl Group {
    fn name(&self) -> String {
        String::from_utf8_lossy(&self.stem).into_owned()
    }

    fn describe(&self) -> String {
        match self.files.as_slice() {
            [(_, only)] => only.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            [older @ .., (Rotation::Current, _)] => {
                format!("{} and {}", self.name(), plural(older.len(), "older file"))
            }
            all => format!("{} of {}", plural(all.len(), "file"), self.name()),
        }
    }
}

/// Everything in the directory: the series stand in `read`, nothing is left out yet.
fn list(path: &Path) -> Result<Choice> {
    let mut shown = path.to_string_lossy().into_owned();
    if !shown.ends_with(std::path::is_separator) {
        shown.push('/');
    }
    let (mut directories, mut other_files) = (0, 0);
    let mut groups: BTreeMap<Vec<u8>, Vec<(Rotation, PathBuf)>> = BTreeMap::new();
    for entry in fs::read_dir(path).map_err(|cause| unreadable(path, &cause))? {
        let entry = entry.map_err(|cause| unreadable(path, &cause))?;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        match (kind(&entry), LogName::parse(name)) {
            (Kind::Directory, _) => directories += 1,
            (Kind::File, Some(LogName { stem, rotation })) => {
                groups.entry(stem.to_vec()).or_default().push((rotation, entry.path()));
            }
            (Kind::File, None) if !name.starts_with(b".") => other_files += 1,
            _ => {}
        }
    }
    let mut read: Vec<Group> =
        groups.into_iter().map(|(stem, files)| Group { stem, files }).collect();
    for group in &mut read {
        group.files.sort();
    }
    Ok(Choice { shown, read, left_out: Vec::new(), directories, other_files })
}

enum Kind {
    Directory,
    File,
    /// A pipe or device: reading it could wait for ever, so the user has to name it.
    Other,
}

/// What an entry is, links followed. A link to nowhere counts as a file, so that it is told.
fn kind(entry: &DirEntry) -> Kind {
    match fs::metadata(entry.path()) {
        Ok(metadata) if metadata.is_dir() => Kind::Directory,
        Ok(metadata) if !metadata.is_file() => Kind::Other,
        _ => Kind::File,
    }
}

/// The stems to read: the main log; failing that the only series; failing that all that repeat no
/// other; failing that the daily ones, which hold all levels; failing that everything.
fn chosen(groups: &[Group]) -> Vec<Vec<u8>> {
    let stems = || groups.iter().map(|group| &group.stem);
    let with = |test: &dyn Fn(&[u8]) -> bool| -> Vec<Vec<u8>> {
        stems().filter(|stem| test(stem)).cloned().collect()
    };
    [
        with(&|stem| stem == MAIN),
        with(&|stem| main_of(stem).is_none()),
        with(&|stem| memchr::memmem::find(stem, b"_daily").is_some()),
    ]
    .into_iter()
    .find(|choice| !choice.is_empty())
    .unwrap_or_else(|| stems().cloned().collect())
}

fn without_logs(choice: &Choice) -> Error {
    let error =
        Error::usage(format!("no log files in {}: name the files themselves", choice.shown));
    match choice.directories {
        0 => error,
        n => {
            let directories = plural(n, "directory");
            error.hint(format!("{directories} in it not entered: name the one you mean"))
        }
    }
}

fn counted(groups: &[&Group]) -> String {
    let names: Vec<String> = groups
        .iter()
        .map(|group| format!("{} ({})", group.name(), plural(group.files.len(), "file")))
        .collect();
    listed(&names)
}

/// The names with commas between them; past a few only their number.
pub(super) fn listed(names: &[String]) -> String {
    match names.len().checked_sub(LISTED) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..LISTED].join(", ")),
    }
}

/// A number with its noun.
pub(super) fn plural(count: usize, noun: &str) -> String {
    match (count, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        _ => format!("{count} {noun}s"),
    }
}
