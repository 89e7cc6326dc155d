//! Records of a batch as aggregators get them. What many of them ask of the same records (where
//! there are no gaps, how many errors there are, whether times ascend) is found out once for all.
//!
//! It does not know what is made of the answers.

use std::cell::OnceCell;
use std::ops::Range;

use crate::record::{Batch, Level};

use super::rows::{LEVELS, PIECE, ascending, by_level, errors, stretches};

/// Some records of a batch.
#[derive(Debug)]
pub struct Records<'a> {
    /// The batch.
    pub batch: &'a Batch,
    /// Their rows in it, ascending.
    pub rows: &'a [u32],
    /// What was found out of them, if it is kept.
    kept: Option<OnceCell<Kept>>,
}

/// What is found out once.
#[derive(Debug)]
struct Kept {
    stretches: Vec<Range<usize>>,
    pieces: Vec<Piece>,
    levels: [u64; LEVELS],
}

/// Neighbouring rows, [`PIECE`] of them at most.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) rows: Range<usize>,
    /// How many of them are errors.
    pub(super) errors: u64,
    /// See [`ascending`].
    pub(super) ascending: Option<i64>,
}

impl<'a> Records<'a> {
    /// Records for one aggregator.
    #[must_use]
    pub fn new(batch: &'a Batch, rows: &'a [u32]) -> Records<'a> {
        Records { batch, rows, kept: None }
    }

    /// Records for several aggregators: what one of them asks is kept for the others.
    #[must_use]
    pub fn shared(batch: &'a Batch, rows: &'a [u32]) -> Records<'a> {
        Records { kept: Some(OnceCell::new()), ..Records::new(batch, rows) }
    }

    fn kept(&self) -> Option<&Kept> {
        let find = || Kept {
            stretches: stretches(self.rows).collect(),
            pieces: pieces(self.batch, self.rows).collect(),
            levels: by_level(&self.batch.level, self.rows),
        };
        self.kept.as_ref().map(|kept| kept.get_or_init(find))
    }

    /// See [`stretches`].
    pub(super) fn stretches(&self) -> impl Iterator<Item = Range<usize>> {
        let (kept, rows) = (self.kept(), self.rows);
        let found = kept.map(|kept| kept.stretches.iter().cloned());
        let new = kept.is_none().then(|| stretches(rows));
        found.into_iter().flatten().chain(new.into_iter().flatten())
    }

    /// The stretches in pieces.
    pub(super) fn pieces(&self) -> impl Iterator<Item = Piece> {
        let kept = self.kept();
        let found = kept.map(|kept| kept.pieces.iter().cloned());
        let new = kept.is_none().then(|| pieces(self.batch, self.rows));
        found.into_iter().flatten().chain(new.into_iter().flatten())
    }

    /// See [`by_level`].
    pub(super) fn by_level(&self) -> [u64; LEVELS] {
        self.kept().map_or_else(|| by_level(&self.batch.level, self.rows), |kept| kept.levels)
    }

    /// How many records are errors.
    pub(super) fn errors(&self) -> u64 {
        let count = || stretches(self.rows).map(|stretch| errors(&self.batch.level[stretch])).sum();
        let of = |kept: &Kept| [Level::Error, Level::Critical].map(|of| kept.levels[of as usize]);
        self.kept().map_or_else(count, |kept| of(kept).iter().sum())
    }
}

fn pieces(batch: &Batch, rows: &[u32]) -> impl Iterator<Item = Piece> {
    let cut = |stretch: Range<usize>| {
        stretch.clone().step_by(PIECE).map(move |start| start..stretch.end.min(start + PIECE))
    };
    stretches(rows).flat_map(cut).map(|rows| Piece {
        errors: errors(&batch.level[rows.clone()]),
        ascending: ascending(&batch.timestamp[rows.clone()]),
        rows,
    })
}
