//! rsyslog's protocol for programs that it feeds (`omprog` with `confirmMessages="on"`): `OK` once
//! we are ready, and `OK` for each line once it has been dealt with. Dots before it say that we
//! still live. It knows nothing of what lines are about.

use std::io::{self, Write};

use crate::error::{Error, Result};

/// How often rsyslog hears of us while something keeps a line from being confirmed, in
/// microseconds. It gives up after ten seconds unless told otherwise.
const SIGN_OF_LIFE: i64 = 1_000_000;

const OK: &[u8] = b"OK\n";

/// What rsyslog has been told.
pub(super) struct Confirmed {
    lines: u64,
    /// Whether it knows that lines may come.
    ready: bool,
    /// When it heard of us last, by the clock of the run.
    spoke: i64,
}

impl Confirmed {
    /// Nothing has been said yet.
    pub(super) fn new(now: i64) -> Confirmed {
        Confirmed { lines: 0, ready: false, spoke: now }
    }

    /// Confirms the lines that have come so far, if all that they led to is `written`; otherwise
    /// asks for patience. The first time it says that lines may come. Whether rsyslog still listens.
    ///
    /// # Errors
    ///
    /// If it cannot be told.
    pub(super) fn lines(&mut self, lines: u64, written: bool, now: i64) -> Result<bool> {
        let mut words = Vec::new();
        if !self.ready {
            self.ready = true;
            words.extend(OK);
        }
        if lines == self.lines {
            self.spoke = now;
        } else if written {
            let new = usize::try_from(lines - self.lines).unwrap_or(usize::MAX);
            (self.lines, self.spoke) = (lines, now);
            words.extend(OK.repeat(new));
        } else if now - self.spoke >= SIGN_OF_LIFE {
            self.spoke = now;
            words.push(b'.');
        }
        if words.is_empty() { Ok(true) } else { say(&words) }
    }
}

/// Whether somebody listens.
fn say(words: &[u8]) -> Result<bool> {
    let mut out = io::stdout().lock();
    match out.write_all(words).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(cause) => Err(Error::io("cannot confirm lines on standard output", &cause)),
    }
}
