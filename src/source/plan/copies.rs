//! Files that hold what another one holds as well: `x.log.1.gz` beside `x.log.1`, because it is
//! being compressed just now, or was kept. Counting both would count their records twice.
//!
//! Names only say where to look. What decides are all bytes of both files, so that an old
//! `x.log.gz` beside a new `x.log` is read like any other.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::Candidate;
use crate::source::directory::listed;
use crate::source::{Input, Opened};

/// How much is compared at once.
const CHUNK: usize = 64 << 10;

/// Takes copies out of `files`, and says what was left out and why. Of two files with one content
/// the one stays that is not compressed.
pub(super) fn leave_out(files: &mut Vec<Candidate>) -> Vec<String> {
    let mut places: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (at, file) in files.iter().enumerate() {
        places.entry((&file.key, &file.rotation)).or_default().push(at);
    }
    let mut copies: BTreeMap<usize, usize> = BTreeMap::new();
    for same in places.values().filter(|same| same.len() > 1) {
        find_copies(files, same, &mut copies);
    }
    if copies.is_empty() {
        return Vec::new();
    }
    let names = |which: &mut dyn Iterator<Item = usize>| {
        listed(&which.map(|at| files[at].input.shown().to_owned()).collect::<Vec<_>>())
    };
    let left = names(&mut copies.keys().copied());
    let kept = names(&mut copies.values().copied());
    let verb = if copies.len() == 1 { "holds" } else { "hold" };
    let note = format!("left out {left}: {kept} {verb} what can be read there");
    let mut at = 0..;
    files.retain(|_| at.next().is_none_or(|at| !copies.contains_key(&at)));
    vec![note]
}

/// Adds which of the files of one place in a series are copies of which.
fn find_copies(files: &[Candidate], same: &[usize], copies: &mut BTreeMap<usize, usize>) {
    for (number, &one) in same.iter().enumerate() {
        for &other in &same[number + 1..] {
            let [first, second] = [one, other].map(|at| &files[at].input);
            let known = [one, other].iter().any(|at| copies.contains_key(at));
            if known || !(first.is_compressed() || second.is_compressed()) {
                continue;
            }
            match compare(first, second) {
                Ok(Found::Same) if second.is_compressed() => copies.insert(other, one),
                Ok(Found::Same | Found::FirstIsIn) => copies.insert(one, other),
                Ok(Found::SecondIsIn) => copies.insert(other, one),
                // What cannot be compared is told when it is read.
                Ok(Found::Different) | Err(_) => None,
            };
        }
    }
}

/// How the contents of two files stand to each other.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Same,
    /// The second file begins with all of the first one.
    FirstIsIn,
    SecondIsIn,
    Different,
}

fn compare(first: &Input, second: &Input) -> io::Result<Found> {
    let (mut first, mut second) = (Content::open(first)?, Content::open(second)?);
    let mut is_empty = true;
    loop {
        let (one, other) = (first.next()?, second.next()?);
        let length = one.len().min(other.len());
        if one[..length] != other[..length] {
            return Ok(Found::Different);
        }
        is_empty &= length == 0;
        let (one, other) = (one.len(), other.len());
        let found = match (one == length, other == length) {
            (true, true) if length == CHUNK => continue,
            (true, true) => Found::Same,
            (true, _) => Found::FirstIsIn,
            _ => Found::SecondIsIn,
        };
        // Every file begins with nothing. Only of what is cut off that says something: it may
        // have been begun a moment ago.
        let says_something = match found {
            Found::FirstIsIn => first.is_broken,
            Found::SecondIsIn => second.is_broken,
            _ => first.is_broken || second.is_broken,
        };
        return Ok(if is_empty && !says_something { Found::Different } else { found });
    }
}

/// What can be read of a file.
struct Content {
    opened: Opened,
    chunk: Vec<u8>,
    /// It is compressed, and cannot be read to its end.
    is_broken: bool,
}

impl Content {
    fn open(input: &Input) -> io::Result<Content> {
        let opened = input.open().map_err(|error| io::Error::other(error.message().to_owned()))?;
        Ok(Content { opened, chunk: Vec::new(), is_broken: false })
    }

    /// The next [`CHUNK`] bytes; less at the end only.
    fn next(&mut self) -> io::Result<&[u8]> {
        self.chunk.clear();
        let read = self.opened.by_ref().take(CHUNK as u64).read_to_end(&mut self.chunk);
        match read {
            Err(error) if error.kind() != io::ErrorKind::InvalidData => return Err(error),
            Err(_) => self.is_broken = true,
            Ok(_) => {}
        }
        Ok(&self.chunk)
    }
}
