//! What is wrong at which place of an expression, and how a person is shown it.

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use crate::error::Error;

/// The result of reading a part of an expression.
pub(super) type Parsed<T> = Result<T, Fault>;

/// How many characters of a long expression are shown before and behind the place.
const CONTEXT: usize = 60;

/// How many characters a message or a hint may have; only what it quotes can be long.
const MESSAGE: usize = 400;

/// Something that cannot be read, with its place as a range of bytes of the expression.
#[derive(Debug)]
pub(super) struct Fault {
    place: Range<usize>,
    message: String,
    hint: Option<String>,
}

impl Fault {
    pub(super) fn new(place: Range<usize>, message: impl Into<String>) -> Fault {
        Fault { place, message: message.into(), hint: None }
    }

    /// The same fault with advice, if there is any.
    pub(super) fn hint(mut self, hint: impl Into<Option<String>>) -> Fault {
        self.hint = hint.into();
        self
    }

    /// The error that quotes the expression and points at the place.
    pub(super) fn into_error(self, text: &str) -> Error {
        let (before, marked, behind) = excerpt(text, &self.place);
        let shown = format!("{before}{marked}{behind}");
        let column = before.width();
        let carets = "^".repeat(marked.width().max(1));
        let message = one_line(&self.message, MESSAGE);
        let error = Error::usage(format!(
            "cannot read `{shown}`\n    {shown}\n    {:column$}{carets} {message}",
            ""
        ));
        match self.hint {
            Some(hint) => error.hint(one_line(&hint, MESSAGE)),
            None => error,
        }
    }
}

/// The text before, at and behind a place on one line, shortened where it is long.
fn excerpt(text: &str, place: &Range<usize>) -> (String, String, String) {
    let part = |range: Range<usize>| text.get(range).unwrap_or("");
    let before = part(0..place.start);
    let cut = before.chars().count().saturating_sub(CONTEXT);
    let kept = before.char_indices().nth(cut).map_or("", |(at, _)| &before[at..]);
    let dots = if cut == 0 { "" } else { "…" };
    (
        format!("{dots}{}", one_line(kept, CONTEXT)),
        one_line(part(place.start..place.end), CONTEXT),
        one_line(part(place.end..text.len()), CONTEXT),
    )
}

/// At most `max` characters of a text. Line ends and other control characters would tear the
/// caret away from its column, and do worse things to a terminal.
fn one_line(text: &str, max: usize) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut line: String = text.chars().take(max).map(clean).collect();
    if text.chars().nth(max).is_some() {
        line.push('…');
    }
    line
}
