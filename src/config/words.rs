//! Words of files on their way into error messages: bounded, and compared with what they
//! may have been meant to be.

use crate::error::{Error, nearest};

/// How many characters of a word of a file an error quotes.
const SHOWN: usize = 60;

/// The beginning of a text that an error can quote.
pub(crate) fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// The error about a word that is none of those that are known, with the nearest of them.
pub(crate) fn unknown(what: &str, word: &str, known: &[&str]) -> Error {
    let word = shorten(word);
    let error = Error::config(format!("unknown {what} `{word}`"));
    match nearest(&word, known.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("known are: {}", known.join(", "))),
    }
}
