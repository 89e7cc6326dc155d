//! The one error type of the library: what was wrong, where, and what to do next.
//!
//! Broken log lines are not errors (they are counted); errors are what stops a run or a part of
//! it: a wrong argument, a file that cannot be read, a bad configuration.

use std::fmt;

/// The result of anything that can stop a run.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of thing went wrong; decides nothing but the wording and the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A wrong argument, expression or option.
    Usage,
    /// A configuration or profile file that does not say what it should.
    Config,
    /// The operating system refused.
    Io,
}

/// An error for the person at the keyboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    about: Option<Box<About>>,
}

/// A file, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct About {
    file: String,
    what: String,
}

impl Error {
    /// An error about an argument or expression.
    pub fn usage(message: impl Into<String>) -> Error {
        Error { kind: ErrorKind::Usage, message: message.into(), hint: None, about: None }
    }

    /// An error about a configuration file.
    pub fn config(message: impl Into<String>) -> Error {
        Error { kind: ErrorKind::Config, message: message.into(), hint: None, about: None }
    }

    /// An error of the operating system, with what was being done.
    pub fn io(doing: impl fmt::Display, cause: &std::io::Error) -> Error {
        let message = format!("{doing}: {}", reason(cause));
        Error { kind: ErrorKind::Io, message, hint: None, about: None }
    }

    /// An error of the operating system about a file, with what was being done to it.
    #[must_use]
    pub fn io_of(doing: &str, file: &str, cause: &std::io::Error) -> Error {
        Error::io(format!("{doing} {file}"), cause).about(file, reason(cause))
    }

    /// The same error, known to be about a file and what is wrong with it.
    #[must_use]
    pub fn about(mut self, file: impl Into<String>, what: impl Into<String>) -> Error {
        self.about = Some(Box::new(About { file: file.into(), what: what.into() }));
        self
    }

    /// The same error with a sentence that says what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.hint = Some(hint.into());
        self
    }

    /// The same error with what it is a part of in front: a rule, a file.
    #[must_use]
    pub fn within(mut self, whole: &str) -> Error {
        self.message = format!("{whole}: {}", self.message);
        self
    }

    /// What kind of error this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What was wrong and where, without the hint.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The file that it is about, where it is about one, and what is wrong with that.
    #[must_use]
    pub fn subject(&self) -> Option<(&str, &str)> {
        self.about.as_ref().map(|about| (about.file.as_str(), about.what.as_str()))
    }

    /// What to do next, where that is known.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

/// The system's own words, without the "(os error 2)" that Rust appends.
fn reason(cause: &std::io::Error) -> String {
    let text = cause.to_string();
    match text.find(" (os error ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// The candidate nearest to `word`, if any is near enough to be what was meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).max(1) + 1)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["level", "module", "error-rate", "session-failure"];
        assert_eq!(nearest("eror-rate", names), Some("error-rate"));
        assert_eq!(nearest("levle", names), Some("level"));
        assert_eq!(nearest("banana", names), None);
    }

    #[test]
    fn an_error_ends_with_what_to_do() {
        let error = Error::usage("unknown aggregator `levle`").hint("did you mean `level`?");
        assert_eq!(error.to_string(), "unknown aggregator `levle`\n  did you mean `level`?");
    }
}
