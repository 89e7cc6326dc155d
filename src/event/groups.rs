//! Which entries of a profile the lines of which logger can match.
//!
//! Nearly all lines of a log are refused here, by their logger and the first character of their
//! message. It knows no wording.

use std::collections::HashMap;

use crate::record::{Batch, NameId, Text};

use super::entry::Entry;
use super::first::First;
use super::recent::Recent;
use super::trie::Trie;

/// The entries by logger.
#[derive(Debug)]
pub(super) struct Groups {
    /// See [`UNSEEN`] and [`OTHER`] for the first two.
    tries: Vec<Trie>,
    /// As many.
    first: Vec<First>,
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
        let mut groups = Groups {
            tries: vec![Trie::new([].into_iter())],
            first: vec![First::any()],
            loggers: HashMap::new(),
            seen: Vec::new(),
            generation: 0,
            recent: Recent::new(),
        };
        groups.add(entries, None);
        for logger in entries.iter().filter_map(|entry| entry.logger.as_ref()) {
            if !groups.loggers.contains_key(logger) {
                groups.loggers.insert(logger.clone(), groups.tries.len() as u16);
                groups.add(entries, Some(logger));
            }
        }
        groups
    }

    /// Adds the group of the entries that the lines of one logger can match.
    fn add(&mut self, entries: &[Entry], logger: Option<&str>) {
        let entries = || {
            let entries = (0..).zip(entries).filter(|(_, entry)| {
                entry.logger.as_deref().is_none_or(|only| Some(only) == logger)
            });
            entries.map(|(number, entry)| (number, entry.test.prefixes()))
        };
        self.first.push(First::new(entries().map(|(_, prefixes)| prefixes)));
        self.tries.push(Trie::new(entries()));
    }

    /// Puts the rows of a batch into `rows` whose message may match an entry.
    ///
    /// Which rows those are is anybody's guess, also the processor's: so there is no branch on it,
    /// but for each block of rows a mask, the first row in the lowest bit. The loop stands alone,
    /// because it needs all registers.
    #[inline(never)]
    pub(super) fn admitted(&mut self, batch: &Batch, rows: &mut Vec<u32>) {
        if self.generation != batch.names.generation() {
            self.generation = batch.names.generation();
            self.seen.clear();
        }
        self.seen.resize(batch.names.len(), UNSEEN);
        rows.clear();
        let (bytes, lines) = (batch.bytes.as_bytes(), batch.rows());
        let (loggers, messages) = (&batch.logger[..lines], &batch.message[..lines]);
        for block in batch.records.chunks(64) {
            let mut admitted = 0_u64;
            for &row in block.iter().rev() {
                let (logger, message) = (loggers[row as usize], messages[row as usize]);
                let group = self.seen[logger.0 as usize];
                let admits = self.first[usize::from(group)].admits(bytes, message);
                admitted = admitted << 1 | u64::from(admits);
            }
            while admitted != 0 {
                rows.push(block[admitted.trailing_zeros() as usize]);
                admitted &= admitted - 1;
            }
        }
    }

    /// The entries that the message of a row may match, by their numbers and in their order; it
    /// matches no others.
    pub(super) fn find(&mut self, batch: &Batch, row: u32) -> &[u16] {
        let group = self.number(batch, batch.logger[row as usize]);
        let message = batch.message[row as usize];
        let bytes = batch.bytes.as_bytes();
        let node = self.recent.get(bytes, message, group);
        let node = node.unwrap_or_else(|| self.look_up(bytes, message, group));
        self.tries[usize::from(group)].found(node)
    }

    #[cold]
    fn look_up(&mut self, bytes: &[u8], message: Text, group: u16) -> u32 {
        let trie = &self.tries[usize::from(group)];
        let (node, decided_by) = trie.look_up(&bytes[message.range()], message.is_escaped());
        if let Some(len) = decided_by {
            self.recent.put(bytes, message, group, node, len);
        }
        node
    }

    fn number(&mut self, batch: &Batch, logger: NameId) -> u16 {
        let seen = &mut self.seen[logger.0 as usize];
        if *seen == UNSEEN {
            *seen = self.loggers.get(batch.names.get(logger)).copied().unwrap_or(OTHER);
        }
        *seen
    }
}
