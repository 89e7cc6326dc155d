//! From the paths of the command line to what is read, in which order.
//!
//! Nothing is read twice, whatever the number of names it was given by, and a path that cannot be
//! read keeps no other from being read. What the user may not expect becomes a note.

mod copies;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::record::Timestamp;

use super::directory::{Choice, listed};
use super::input::{self, Beginning, Identity, Input};
use super::magic;
use super::name::{LogName, Rotation, main_of};

/// How many bytes of a file are looked at, at most, for its first timestamp.
pub const PEEK: usize = 256 * 1024;
/// How many are mostly enough. What is compressed takes time to look into.
const GLANCE: usize = 16 * 1024;

/// What to read, in order.
#[derive(Debug, Default)]
pub struct Plan {
    /// The series, in the order in which they are read.
    pub series: Vec<Series>,
    /// What the user should know, for standard error: one line each, not escaped.
    pub notes: Vec<String>,
    /// What cannot be read, in the order given. The run goes on without and exits with 2.
    pub problems: Vec<Error>,
}

impl Plan {
    /// Everything that is read, in order.
    pub fn inputs(&self) -> impl Iterator<Item = &Input> {
        self.series.iter().flat_map(|series| &series.files)
    }
}

/// A log file with its rotated predecessors; also a single file, or standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// The path without rotation suffix, for people: `logs/ufo_server.log`; not escaped.
    pub name: String,
    /// The files in the order in which they are read; at least one.
    pub files: Vec<Input>,
}

/// How to plan.
#[derive(Clone, Copy)]
pub struct PlanOptions<'a> {
    /// Keep the order of the paths instead of sorting by time.
    pub keep_order: bool,
    /// The first timestamp in the first bytes of a file, at most [`PEEK`]; the last line of them
    /// may be cut. Not called with `keep_order`.
    pub first_time: &'a dyn Fn(&[u8]) -> Option<Timestamp>,
}

/// Finds out what `paths` mean: files, directories, and `-` for standard input.
///
/// # Errors
///
/// If there are no paths. What is wrong with a single path is one of [`Plan::problems`]; these may
/// leave nothing to read.
pub fn plan(paths: &[PathBuf], options: &PlanOptions) -> Result<Plan> {
    if paths.is_empty() {
        let error = Error::usage("nothing to read");
        return Err(error.hint("name files or a directory, or `-` for standard input"));
    }
    let mut found = Found::default();
    for path in paths {
        found.add(path, options);
    }
    let copies = copies::leave_out(&mut found.files);
    let mut notes = found.notes();
    notes.extend(copies);
    let series = if options.keep_order {
        in_order_given(found.files)
    } else {
        in_order_of_time(found.files)
    };
    Ok(Plan { series, notes, problems: found.problems })
}

/// What tells series apart: the directory, links resolved, and the name without rotation suffix.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    directory: PathBuf,
    stem: Vec<u8>,
}

/// A file to be read, with what decides its place.
#[derive(Debug)]
struct Candidate {
    input: Input,
    key: Key,
    /// The name of its series, for people.
    series: String,
    rotation: Rotation,
    /// Whether its path is a link to the file itself.
    is_link: bool,
    first: Option<Timestamp>,
}

impl Candidate {
    fn stdin() -> Candidate {
        let key = Key { directory: PathBuf::new(), stem: b"-".to_vec() };
        Candidate {
            input: Input::Stdin,
            key,
            series: "-".to_owned(),
            rotation: Rotation::Current,
            is_link: false,
            first: None,
        }
    }

    fn file(path: &Path, size: u64) -> Candidate {
        let name = path.file_name().unwrap_or(path.as_os_str());
        let LogName { stem, rotation } = LogName::parse_any(name.as_encoded_bytes());
        let series = path.with_file_name(String::from_utf8_lossy(stem).as_ref());
        Candidate {
            key: Key { directory: canonical(input::parent_of(path)), stem: stem.to_vec() },
            series: series.to_string_lossy().into_owned(),
            rotation,
            is_link: fs::symlink_metadata(path).is_ok_and(|link| link.is_symlink()),
            first: None,
            input: Input::File {
                path: path.to_owned(),
                shown: path.to_string_lossy().into_owned(),
                size,
                compressed: false,
            },
        }
    }

    /// The place in rotation order; names decide between `x.log.1` and `x.log.1.gz`.
    fn place(&self) -> (&Rotation, &str) {
        (&self.rotation, self.input.shown())
    }
}

fn canonical(directory: &Path) -> PathBuf {
    fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned())
}

/// What the paths so far have led to.
#[derive(Debug, Default)]
struct Found {
    /// Each file once, in the order given.
    files: Vec<Candidate>,
    /// What each file that has an identity became: an index of `files`, or nothing if there was
    /// a problem with it.
    seen: BTreeMap<Identity, Option<usize>>,
    has_stdin: bool,
    /// The directories, by canonical path.
    directories: BTreeMap<PathBuf, Choice>,
    /// Names of what had been found before under this or another name.
    repeated: Vec<String>,
    problems: Vec<Error>,
}

impl Found {
    fn add(&mut self, path: &Path, options: &PlanOptions) {
        let result = if path == Path::new("-") {
            self.add_stdin();
            Ok(())
        } else if path.is_dir() {
            self.add_directory(path, options)
        } else {
            self.add_file(path, options)
        };
        self.note_problem(result);
    }

    fn note_problem(&mut self, result: Result<()>) {
        if let Err(problem) = result
            && !self.problems.contains(&problem)
        {
            self.problems.push(problem);
        }
    }

    fn add_stdin(&mut self) {
        if self.has_stdin {
            self.repeated.push("-".to_owned());
        } else {
            self.has_stdin = true;
            self.files.push(Candidate::stdin());
        }
    }

    fn add_directory(&mut self, path: &Path, options: &PlanOptions) -> Result<()> {
        let choice = Choice::of(path)?;
        for file in choice.files() {
            let result = self.add_file(file, options);
            self.note_problem(result);
        }
        self.directories.entry(canonical(path)).or_insert(choice);
        Ok(())
    }

    fn add_file(&mut self, path: &Path, options: &PlanOptions) -> Result<()> {
        let metadata = fs::metadata(path).map_err(|cause| input::unreadable(path, &cause))?;
        let mut candidate = Candidate::file(path, metadata.len());
        if !input::is_seekable(path, &metadata) {
            self.files.push(candidate);
            return Ok(());
        }
        let identity = input::identity(path, &metadata);
        if let Some(before) = identity.as_ref().and_then(|identity| self.seen.get(identity)) {
            self.repeated.push(candidate.input.shown().to_owned());
            if let Some(index) = *before {
                prefer_own_name(&mut self.files[index], candidate);
            }
            return Ok(());
        }
        let look = look_into(path, options);
        if let Some(identity) = identity {
            self.seen.insert(identity, look.is_ok().then_some(self.files.len()));
        }
        let look = look?;
        candidate.first = look.first;
        if let Input::File { compressed, .. } = &mut candidate.input {
            *compressed = look.compressed;
        }
        self.files.push(candidate);
        Ok(())
    }

    fn notes(&self) -> Vec<String> {
        let read: BTreeMap<&Key, &str> =
            self.files.iter().map(|file| (&file.key, file.series.as_str())).collect();
        let mut notes: Vec<String> = self
            .directories
            .iter()
            .filter_map(|(directory, choice)| {
                choice.note(|stem| {
                    read.contains_key(&Key { directory: directory.clone(), stem: stem.to_vec() })
                })
            })
            .collect();
        if !self.repeated.is_empty() {
            notes.push(format!("given more than once, read once: {}", listed(&self.repeated)));
        }
        notes.extend(overlaps(&read));
        notes
    }
}

/// What is known of a file before it is read.
struct Look {
    compressed: bool,
    first: Option<Timestamp>,
}

fn look_into(path: &Path, options: &PlanOptions) -> Result<Look> {
    let limit = if options.keep_order { magic::LONGEST } else { GLANCE };
    let Beginning { mut bytes, compressed } = input::head(path, limit)?;
    let mut first = None;
    if !options.keep_order {
        first = (options.first_time)(&bytes).and_then(Timestamp::get);
        if first.is_none() && bytes.len() == GLANCE {
            bytes = input::head(path, PEEK)?.bytes;
            first = (options.first_time)(&bytes).and_then(Timestamp::get);
        }
    }
    Ok(Look { compressed, first })
}

/// A link gives way to the file itself, whose name tells its series.
fn prefer_own_name(before: &mut Candidate, again: Candidate) {
    if before.is_link && !again.is_link {
        *before = Candidate { first: before.first, ..again };
    }
}

/// A warning for each main log that is read together with a log that repeats its records.
fn overlaps(read: &BTreeMap<&Key, &str>) -> Vec<String> {
    let mut families: BTreeMap<(&Path, Vec<u8>), Vec<String>> = BTreeMap::new();
    for (key, name) in read {
        let main = main_of(&key.stem).unwrap_or_else(|| key.stem.clone());
        families.entry((&key.directory, main)).or_default().push((*name).to_owned());
    }
    families
        .into_values()
        .filter(|names| names.len() > 1)
        .map(|names| {
            let names = listed(&names);
            format!("{names} repeat each other's records, which are counted more than once")
        })
        .collect()
}

/// The files as they stand; neighbours of one series are joined.
fn in_order_given(files: Vec<Candidate>) -> Vec<Series> {
    let mut groups: Vec<Vec<Candidate>> = Vec::new();
    for file in files {
        match groups.last_mut() {
            Some(group) if group[0].key == file.key => group.push(file),
            _ => groups.push(vec![file]),
        }
    }
    groups.into_iter().filter_map(series).collect()
}

/// Every series once, the earliest first; those without a time last, in the order given.
fn in_order_of_time(files: Vec<Candidate>) -> Vec<Series> {
    let mut index: BTreeMap<Key, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<Candidate>> = Vec::new();
    for file in files {
        let at = *index.entry(file.key.clone()).or_insert(groups.len());
        if at == groups.len() {
            groups.push(Vec::new());
        }
        groups[at].push(file);
    }
    for group in &mut groups {
        sort_by_time(group);
    }
    groups.sort_by_key(|group| {
        let first = group.iter().filter_map(|file| file.first).min();
        (first.is_none(), first)
    });
    groups.into_iter().filter_map(series).collect()
}

/// Sorts the files of one series by time. A file without a time keeps the place that rotation
/// gives it: comparing it by rotation with some and not with others would be no order at all.
fn sort_by_time(files: &mut Vec<Candidate>) {
    files.sort_by(|a, b| a.place().cmp(&b.place()));
    let is_dated: Vec<bool> = files.iter().map(|file| file.first.is_some()).collect();
    let (mut dated, undated): (Vec<_>, Vec<_>) =
        files.drain(..).partition(|file| file.first.is_some());
    dated.sort_by_key(|file| file.first);
    let (mut dated, mut undated) = (dated.into_iter(), undated.into_iter());
    files.extend(
        is_dated.into_iter().filter_map(|is| if is { dated.next() } else { undated.next() }),
    );
}

fn series(files: Vec<Candidate>) -> Option<Series> {
    let name = files.first()?.series.clone();
    Some(Series { name, files: files.into_iter().map(|file| file.input).collect() })
}
