//! What all followed names share: directories, which file belongs to which name, how many files
//! are open, the time, and what there is to tell.

use std::collections::BTreeMap;

use crate::error::Error;

use super::folders::Folders;
use super::generation::{Cutting, Generation};
use super::mark::Id;

/// Something that the user should know at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// That is no error; not escaped.
    Note(String),
    /// Lines may have been lost; not escaped.
    Loss(String),
    /// A file that cannot be read; it is tried again.
    Problem(Error),
}

impl Notice {
    /// What is said, without advice.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Notice::Note(text) | Notice::Loss(text) => text.clone(),
            Notice::Problem(error) => error.message().to_owned(),
        }
    }
}

/// What all followed names share.
#[derive(Debug)]
pub(super) struct World {
    pub(super) folders: Folders,
    /// The time of the poll that is going on, in microseconds.
    pub(super) now: i64,
    pub(super) rotate_wait: i64,
    pub(super) cutting: Cutting,
    pub(super) notices: Vec<Notice>,
    /// How many files are open, and how many may be.
    pub(super) open: usize,
    pub(super) max_open: usize,
    /// The source that each file belongs to.
    owners: BTreeMap<Id, u32>,
}

impl World {
    pub(super) fn new(rotate_wait: i64, max_open: usize, cutting: Cutting) -> World {
        World {
            folders: Folders::default(),
            now: 0,
            rotate_wait,
            cutting,
            notices: Vec::new(),
            open: 0,
            max_open,
            owners: BTreeMap::new(),
        }
    }

    /// Takes a file for a source; whether no other has it.
    pub(super) fn own(&mut self, id: Id, source: u32) -> bool {
        *self.owners.entry(id).or_insert(source) == source
    }

    pub(super) fn is_owned_by_other(&self, id: Id, source: u32) -> bool {
        self.owners.get(&id).is_some_and(|owner| *owner != source)
    }

    pub(super) fn release(&mut self, id: Id) {
        self.owners.remove(&id);
    }

    /// Whether so many files more may be open.
    pub(super) fn may_open(&self, more: usize) -> bool {
        self.open + more <= self.max_open
    }

    /// Counts a new generation.
    pub(super) fn count(&mut self, generation: &Generation) {
        self.open += usize::from(generation.is_open());
    }
}
