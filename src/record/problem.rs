//! What could not be read of the input, for the report. Why is told by whoever reads; this only
//! keeps a bounded part of it.

use serde::{Deserialize, Serialize};

/// How many problems are kept one by one; all are counted.
pub const MAX_PROBLEMS: usize = 1000;
/// How many bytes are kept of a text.
const MAX_TEXT: usize = 1024;

/// A file that could not be read, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The file as the user named it; `-` for standard input, empty if it is no file.
    pub file: String,
    /// What was wrong.
    pub what: String,
}

impl Problem {
    /// What was wrong with a file; texts that are very long are cut off.
    #[must_use]
    pub fn new(file: &str, what: &str) -> Problem {
        let kept = |text: &str| text[..text.floor_char_boundary(MAX_TEXT)].to_owned();
        Problem { file: kept(file), what: kept(what) }
    }
}

/// The problems of an input, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problems {
    /// How many there were.
    pub count: u64,
    /// The first of them, at most [`MAX_PROBLEMS`].
    pub first: Vec<Problem>,
}

impl Problems {
    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        self.count += 1;
        if self.first.len() < MAX_PROBLEMS {
            self.first.push(problem);
        }
    }

    /// Adds what came later in the input.
    pub fn merge(&mut self, later: Problems) {
        self.count += later.count;
        let room = MAX_PROBLEMS.saturating_sub(self.first.len());
        self.first.extend(later.first.into_iter().take(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ones_are_kept_and_all_are_counted_however_they_are_merged() {
        let many = 2 * MAX_PROBLEMS + 10;
        let all = |range: std::ops::Range<usize>| {
            let mut problems = Problems::default();
            range.for_each(|n| problems.push(Problem::new(&n.to_string(), "it is gone")));
            problems
        };
        for cut in [0, 1, MAX_PROBLEMS, MAX_PROBLEMS + 1, many] {
            let mut merged = all(0..cut);
            merged.merge(all(cut..many));
            assert_eq!(merged, all(0..many), "{cut}");
            assert_eq!((merged.count, merged.first.len()), (many as u64, MAX_PROBLEMS));
        }
    }

    #[test]
    fn texts_are_bounded() {
        let Problem { file, what } = Problem::new(&"é".repeat(MAX_TEXT), &"x".repeat(2000));
        assert_eq!((file.len(), what.len()), (MAX_TEXT, MAX_TEXT));
    }
}
