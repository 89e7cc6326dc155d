//! What can be wrong with a compressed file.

use std::{fmt, io};

use super::magic::Kind;

/// What is wrong with compressed data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(not(feature = "archives"), allow(dead_code, reason = "nothing is decompressed"))]
pub(super) enum Fault {
    /// It ends before its end.
    Cut,
    /// It is not what its format allows; what the decoder says of it.
    Damaged(String),
    /// Everything was decompressed, and is not what was compressed.
    Checksum,
    /// Something that is not compressed stands behind it.
    Behind,
    /// It wants more memory than it is given.
    Window,
    /// This program was built without what reads it.
    Unsupported,
    /// The system refuses.
    System(io::ErrorKind, String),
}

impl From<io::Error> for Fault {
    fn from(cause: io::Error) -> Fault {
        Fault::System(cause.kind(), cause.to_string())
    }
}

/// A fault of a file that is compressed in some way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) kind: Kind,
    pub(super) fault: Fault,
}

impl Problem {
    /// What to do next.
    pub(super) fn hint(&self) -> Option<String> {
        let command = self.kind.command();
        match &self.fault {
            Fault::Cut | Fault::Damaged(_) => Some(
                "the whole lines before that count; get the file again to have the rest".into(),
            ),
            Fault::Checksum => {
                Some("what was decompressed counts, and may not be what was logged".into())
            }
            Fault::Behind => Some("what was decompressed before it counts".into()),
            Fault::Window => Some(format!("`{command}` decompresses it, with much memory")),
            Fault::Unsupported => Some(format!("`{command}` does that")),
            Fault::System(..) => None,
        }
    }
}

impl From<Problem> for io::Error {
    fn from(problem: Problem) -> io::Error {
        match problem.fault {
            Fault::System(kind, text) => io::Error::new(kind, text),
            _ => io::Error::new(io::ErrorKind::InvalidData, problem),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.kind.name();
        match &self.fault {
            Fault::Cut => write!(f, "its {name} data is cut off"),
            Fault::Damaged(how) => write!(f, "its {name} data is damaged ({how})"),
            Fault::Checksum => write!(f, "the checksum of its {name} data is wrong"),
            Fault::Behind => {
                write!(f, "something that is not compressed is behind its {name} data")
            }
            Fault::Window => write!(f, "its {name} data needs a window of more than 128 MiB"),
            Fault::Unsupported => f.write_str("is compressed: decompress it first"),
            Fault::System(_, text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Problem {}
