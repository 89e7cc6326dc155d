//! Which entries of a profile the lines of which logger can match.
//!
//! Nearly all lines of a log are refused here, by their logger and the first character of their
//! message. It knows no wording.

use std::collections::HashMap;

use crate::record::{Batch, NameId};

use super::entry::Entry;
use super::first::First;
use super::recent::Recent;
use super::trie::Trie;

/// The entries by logger.
#[derive(Debug)]
pub(super) struct Groups {
    /// See [`UNSEEN`] and [`OTHER`] for the first two.
    all: Vec<Group>,
    loggers: HashMap<Box<str>, u16>,
    /// The group of each interned logger name seen, of one generation of one interner.
    seen: Vec<u16>,
    generation: u64,
    recent: Recent,
}

/// The group of loggers that have not been looked up: it admits every message.
const UNSEEN: u16 = 0;
/// The group of loggers that no entry names.
const OTHER: u16 = 1;

impl Groups {
    /// The groups of a profile's entries.
    pub(super) fn new(entries: &[Entry]) -> Groups {
        let mut loggers = HashMap::new();
        let unseen = Group { first: First::any(), trie: Trie::new([].into_iter()) };
        let mut all = vec![unseen, Group::new(entries, None)];
        for logger in entries.iter().filter_map(|entry| entry.logger.as_ref()) {
            if !loggers.contains_key(logger) {
                loggers.insert(logger.clone(), all.len() as u16);
                all.push(Group::new(entries, Some(logger)));
            }
        }
        Groups { all, loggers, seen: Vec::new(), generation: 0, recent: Recent::new() }
    }

    /// Puts the rows of a batch into `rows` whose message may match an entry.
    ///
    /// Which rows those are is anybody's guess, also the processor's: so there is no branch on it.
    pub(super) fn admitted(&mut self, batch: &Batch, rows: &mut Vec<u32>) {
        if self.generation != batch.names.generation() {
            self.generation = batch.names.generation();
            self.seen.clear();
        }
        self.seen.resize(batch.names.len(), UNSEEN);
        rows.resize(batch.records.len(), 0);
        let mut count = 0;
        for &row in &batch.records {
            let group = self.seen[batch.logger[row as usize].0 as usize];
            rows[count] = row;
            count += usize::from(self.all[usize::from(group)].admits(batch, row));
        }
        rows.truncate(count);
    }

    /// The entries that the message of a row may match, by their numbers and in their order; it
    /// matches no others.
    pub(super) fn find(&mut self, batch: &Batch, row: u32) -> &[u16] {
        let number = self.number(batch, batch.logger[row as usize]);
        let Groups { all, recent, .. } = self;
        let trie = &all[usize::from(number)].trie;
        let message = batch.message[row as usize];
        let (bytes, escaped) = (batch.bytes.as_bytes(), message.is_escaped());
        let node = recent
            .look_up(bytes, message, number, || trie.look_up(&bytes[message.range()], escaped));
        trie.found(node)
    }

    fn number(&mut self, batch: &Batch, logger: NameId) -> u16 {
        let seen = &mut self.seen[logger.0 as usize];
        if *seen == UNSEEN {
            *seen = self.loggers.get(batch.names.get(logger)).copied().unwrap_or(OTHER);
        }
        *seen
    }
}

/// The entries that the lines of one logger can match.
#[derive(Debug)]
struct Group {
    first: First,
    trie: Trie,
}

impl Group {
    fn new(entries: &[Entry], logger: Option<&str>) -> Group {
        let entries = || {
            let entries = (0..).zip(entries);
            entries.filter(|(_, entry)| {
                entry.logger.as_deref().is_none_or(|only| Some(only) == logger)
            })
        };
        let prefixes = entries().map(|(_, entry)| entry.test.prefixes());
        Group {
            first: First::new(prefixes),
            trie: Trie::new(entries().map(|(number, entry)| (number, entry.test.prefixes()))),
        }
    }

    #[inline]
    fn admits(&self, batch: &Batch, row: u32) -> bool {
        let message = batch.message[row as usize];
        let range = message.range();
        message.is_some() && self.first.admits(&batch.bytes.as_bytes()[range.start..], range.len())
    }
}
