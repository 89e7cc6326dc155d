//! Where the rows of a batch stand, if not all of them stand in its file.
//!
//! A record may begin at the end of one file and go on in the next one. Its lines are in one batch
//! all the same.

use serde::{Deserialize, Serialize};

use super::Batch;

/// Some of the first rows of a batch: lines that were held back until more had come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// Their file, as the user named it.
    pub file: String,
    /// The number of the first of them in it, from 1.
    pub first_line: u64,
    /// How many they are.
    pub rows: u64,
    /// Whether the last of them has its line end from us: the file has none.
    pub unended: bool,
}

impl Batch {
    /// The file that a row stands in, as the user named it.
    #[must_use]
    pub fn file_of(&self, row: usize) -> &str {
        self.earlier_of(row).map_or(&self.file, |(earlier, _)| &earlier.file)
    }

    /// The number of a row's line in its file, from 1.
    #[must_use]
    pub fn number_of(&self, row: usize) -> u64 {
        if let Some((earlier, before)) = self.earlier_of(row) {
            return earlier.first_line + (row as u64 - before);
        }
        self.first_line + row as u64 - self.earlier.iter().map(|earlier| earlier.rows).sum::<u64>()
    }

    /// Whether the file of a row ends with it, without a line end.
    pub(super) fn is_unended(&self, row: usize) -> bool {
        self.earlier_of(row).is_some_and(|(earlier, before)| {
            earlier.unended && row as u64 + 1 == before + earlier.rows
        })
    }

    /// The earlier lines that a row is among, and how many rows come before these.
    fn earlier_of(&self, row: usize) -> Option<(&Earlier, u64)> {
        let mut before = 0;
        self.earlier.iter().find_map(|earlier| {
            let (start, end) = (before, before + earlier.rows);
            before = end;
            (start..end).contains(&(row as u64)).then_some((earlier, start))
        })
    }

    /// The record that a row belongs to, if its line is not the first one of that. `None` within
    /// `Some`: of a record that was too long, or was not waited for.
    #[must_use]
    pub fn joined_to(&self, row: u32) -> Option<Option<u32>> {
        let at = self.joined.binary_search_by_key(&row, |(joined, _)| *joined).ok()?;
        Some(self.joined[at].1)
    }
}
