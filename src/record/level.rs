//! Severity: the six ordered levels, their aliases, and the numbers that bunyan and pino write.

use super::NameId;

/// A level of severity, ordered from least to most severe.
///
/// A text that is none of these (`NOTICE`) is kept as it stands: it is counted under its own
/// name and compares to nothing.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "UPPERCASE")]
#[repr(u8)]
pub enum Level {
    /// Finer than debugging; the UFO server never writes it.
    Trace = 1,
    /// Third-party libraries and heartbeats.
    Debug = 2,
    /// The normal course of things.
    Info = 3,
    /// Includes every disconnect, a clean one too.
    Warning = 4,
    /// An error, with [`Level::Critical`] part of the error rate.
    Error = 5,
    /// The server itself never writes it; the page's monitor does.
    Critical = 6,
}

impl Level {
    /// All levels, least severe first.
    pub const ALL: [Level; 6] =
        [Level::Trace, Level::Debug, Level::Info, Level::Warning, Level::Error, Level::Critical];

    /// The name under which the level is counted and printed: Python's.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Trace => "TRACE",
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warning => "WARNING",
            Level::Error => "ERROR",
            Level::Critical => "CRITICAL",
        }
    }

    /// The level that a text names, in any case, aliases included.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Level> {
        const NAMES: [(&str, Level); 13] = [
            ("INFO", Level::Info),
            ("WARNING", Level::Warning),
            ("ERROR", Level::Error),
            ("DEBUG", Level::Debug),
            ("CRITICAL", Level::Critical),
            ("TRACE", Level::Trace),
            ("WARN", Level::Warning),
            ("FATAL", Level::Critical),
            ("ERR", Level::Error),
            ("CRIT", Level::Critical),
            ("INFORMATION", Level::Info),
            ("DBG", Level::Debug),
            ("VERBOSE", Level::Trace),
        ];
        let text = text.trim();
        NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, level)| *level)
    }

    /// The level that a number names: bunyan's and pino's 10 to 60. A number between two of them
    /// belongs to the lower one, as both libraries treat custom levels.
    #[must_use]
    pub fn from_number(number: f64) -> Option<Level> {
        match number {
            n if !(10.0..=1000.0).contains(&n) => None,
            n if n < 20.0 => Some(Level::Trace),
            n if n < 30.0 => Some(Level::Debug),
            n if n < 40.0 => Some(Level::Info),
            n if n < 50.0 => Some(Level::Warning),
            n if n < 60.0 => Some(Level::Error),
            _ => Some(Level::Critical),
        }
    }

    /// The level of an interned name, if it is one of the six.
    #[must_use]
    pub fn from_name(name: NameId) -> Option<Level> {
        Level::ALL.get((name.0 as usize).wrapping_sub(1)).copied()
    }

    /// The interned name of this level; every interner knows the six from the start.
    #[must_use]
    pub fn to_name(self) -> NameId {
        NameId(self as u32)
    }

    /// Whether a record of this level counts as an error: ERROR and CRITICAL (the page's
    /// `check_error_rate`).
    #[must_use]
    pub fn is_error(self) -> bool {
        self >= Level::Error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_aliases_and_numbers() {
        for level in Level::ALL {
            assert_eq!(Level::from_text(level.name()), Some(level));
            assert_eq!(Level::from_text(&level.name().to_lowercase()), Some(level));
            assert_eq!(Level::from_name(level.to_name()), Some(level));
        }
        assert_eq!(Level::from_text("Warn"), Some(Level::Warning));
        assert_eq!(Level::from_text("fatal"), Some(Level::Critical));
        assert_eq!(Level::from_text("NOTICE"), None);
        assert_eq!(Level::from_number(30.0), Some(Level::Info));
        assert_eq!(Level::from_number(60.0), Some(Level::Critical));
        assert_eq!(Level::from_number(5.0), None);
        assert_eq!(Level::from_number(f64::NAN), None);
        assert_eq!(Level::from_name(NameId::NONE), None);
    }
}
