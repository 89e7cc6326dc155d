//! Rule files as they are named on the command line.

use std::path::{Path, PathBuf};

use crate::alert::{self, Rule, Written};
use crate::error::{Error, Result};

/// The rules of all files together with the built-in ones, if those are wanted.
///
/// # Errors
///
/// If a file cannot be read or does not say what it should.
pub(super) fn read(paths: &[PathBuf], defaults: bool) -> Result<Vec<Rule>> {
    let built_in = if defaults { alert::built_in()? } else { Vec::new() };
    let mut users = Vec::new();
    for path in paths {
        users.extend(file(path)?);
    }
    alert::combine(built_in, users)
}

/// What stands in one file.
pub(super) fn file(path: &Path) -> Result<Vec<Written>> {
    let shown = path.display().to_string();
    alert::read(&text(path)?, &shown)
}

/// The text of a file of rules or of their tests.
pub(super) fn text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path)
        .map_err(|cause| Error::io(format!("cannot read {}", path.display()), &cause))
}
