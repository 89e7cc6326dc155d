//! Files of TOML that people write, such as rules and their tests: what stands in a table, where in
//! the file that is, and what may have been meant by what is no key.
//!
//! Files may be hostile: errors quote no more than a beginning of what they find. What a key is for
//! is not known here, and no file is opened.

mod entry;
mod words;

use toml::Spanned;
use toml::de::DeTable;

use crate::error::{Error, Result};

pub(crate) use entry::{Entry, Source};
pub(crate) use words::{shorten, unknown};

/// In bytes; how long a file may be.
const MAX_FILE: usize = 1 << 20;

/// Reads the text of a file; `source` is where its faults are.
pub(crate) fn table<'a>(text: &'a str, source: &Source<'_>) -> Result<Spanned<DeTable<'a>>> {
    if text.len() > MAX_FILE {
        return Err(Error::config(format!("{}: longer than {MAX_FILE} bytes", source.name())));
    }
    DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        source.fault(at, &Error::config(error.message()))
    })
}
