//! The contract with the input: nothing is lost without being counted.
//!
//! `lines = records + malformed + oversize + blank + joined`, and `repaired` is a part of `records`.
//! A record of several lines counts with its first one, whatever becomes of it; the others of
//! them are `joined`.

use serde::{Deserialize, Serialize};

/// Why a line is not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The grammar of JSON is broken.
    Syntax,
    /// The line ends inside the object.
    Truncated,
    /// The top level is something else than an object.
    NotObject,
    /// Something stands behind the object: text, or a second object.
    Trailing,
    /// More than 128 arrays and objects are nested.
    Depth,
    /// A raw control character stands in a string.
    ControlCharacter,
    /// A backslash sequence that JSON does not know.
    Escape,
    /// A number that is not one in JSON (`01`, `1.`, `+1`).
    Number,
    /// `--strict`: invalid UTF-8, a lone surrogate, a byte order mark or leading NUL bytes.
    Encoding,
    /// `--strict`: `NaN`, `Infinity` or `-Infinity`.
    Nonfinite,
    /// What a wrapper holds is no record; the wrapper itself is as it should be.
    Inner,
}

impl Reason {
    /// Every reason, in the order of reports.
    pub const ALL: [Reason; 11] = [
        Reason::Syntax,
        Reason::Truncated,
        Reason::NotObject,
        Reason::Trailing,
        Reason::Depth,
        Reason::ControlCharacter,
        Reason::Escape,
        Reason::Number,
        Reason::Encoding,
        Reason::Nonfinite,
        Reason::Inner,
    ];

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Reason::Syntax => "syntax",
            Reason::Truncated => "truncated",
            Reason::NotObject => "not_object",
            Reason::Trailing => "trailing",
            Reason::Depth => "depth",
            Reason::ControlCharacter => "control_character",
            Reason::Escape => "escape",
            Reason::Number => "number",
            Reason::Encoding => "encoding",
            Reason::Nonfinite => "nonfinite",
            Reason::Inner => "inner",
        }
    }
}

/// How many malformed lines are shown.
pub const MAX_SAMPLES: usize = 5;

/// A malformed line, for the person who has to find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The file as the user named it; `-` for standard input.
    pub file: String,
    /// Line number in its file, from 1.
    pub line: u64,
    /// Byte column of the fault in its line, from 1.
    pub column: u64,
    /// Why it was refused.
    pub reason: Reason,
    /// The first bytes of the line, lossily decoded: at most 120 characters.
    pub text: String,
}

/// What became of the lines of one block.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounting {
    /// Lines, the last one without its newline included.
    pub lines: u64,
    /// Lines that hold one JSON object.
    pub records: u64,
    /// Lines refused, by [`Reason`] as index; `malformed()` is their sum.
    pub reasons: [u64; Reason::ALL.len()],
    /// Lines longer than the limit, and records longer than that in all their lines.
    pub oversize: u64,
    /// Lines of white space only.
    pub blank: u64,
    /// Lines that belong to the record of an earlier line.
    #[serde(default)]
    pub joined: u64,
    /// Records that were badly encoded and have been mended: invalid UTF-8, lone surrogates,
    /// `NaN` and its like, a byte order mark, leading NUL bytes.
    pub repaired: u64,
    /// Records in which some object has a key twice; the last one wins.
    pub duplicate_keys: u64,
    /// Records without a readable timestamp.
    pub undated: u64,
    /// Records that are this program's own alert events: counted here and nowhere else.
    pub own_alerts: u64,
    /// How often lines may have been lost: a file that was followed had been truncated before it
    /// could be read.
    #[serde(default)]
    pub possible_losses: u64,
    /// Bytes read, line ends included.
    pub bytes: u64,
    /// The first malformed lines, at most [`MAX_SAMPLES`].
    pub samples: Vec<Sample>,
}

impl Accounting {
    /// Lines refused for any reason.
    #[must_use]
    pub fn malformed(&self) -> u64 {
        self.reasons.iter().sum()
    }

    /// Takes out the counts of a part of the input that is in it. Samples are no counts and stay.
    pub fn take_out(&mut self, part: &Accounting) {
        self.lines -= part.lines;
        self.records -= part.records;
        for (mine, theirs) in self.reasons.iter_mut().zip(part.reasons) {
            *mine -= theirs;
        }
        self.oversize -= part.oversize;
        self.blank -= part.blank;
        self.repaired -= part.repaired;
        self.duplicate_keys -= part.duplicate_keys;
        self.undated -= part.undated;
        self.own_alerts -= part.own_alerts;
        self.possible_losses -= part.possible_losses;
        self.bytes -= part.bytes;
    }

    /// Adds what came later in the input.
    pub fn merge(&mut self, later: &Accounting) {
        self.lines += later.lines;
        self.records += later.records;
        for (mine, theirs) in self.reasons.iter_mut().zip(later.reasons) {
            *mine += theirs;
        }
        self.oversize += later.oversize;
        self.blank += later.blank;
        self.joined += later.joined;
        self.repaired += later.repaired;
        self.duplicate_keys += later.duplicate_keys;
        self.undated += later.undated;
        self.own_alerts += later.own_alerts;
        self.possible_losses += later.possible_losses;
        self.bytes += later.bytes;
        let room = MAX_SAMPLES.saturating_sub(self.samples.len());
        self.samples.extend(later.samples.iter().take(room).cloned());
    }
}
