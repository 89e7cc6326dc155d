//! Stands in for `completions` and `man` where they are not built in, and says so.

use crate::cli::{CompletionsArgs, ManArgs};
use crate::error::{Error, Result};

pub(super) fn completions(_: &CompletionsArgs) -> Result<u8> {
    Err(missing("completions"))
}

pub(super) fn man(_: &ManArgs) -> Result<u8> {
    Err(missing("man"))
}

fn missing(what: &str) -> Error {
    Error::usage(format!("this build has no `{what}`"))
        .hint("build it with the feature `shell`, which is on by default")
}
