//! One thing to read, and the errors that say why it cannot be read and what to do.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result, nearest};

use super::fault::{Fault, Problem};
use super::magic::{self, Head};
use super::open::Opened;
use super::stretch::ReadAt;

/// One thing to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Standard input, given as `-`.
    Stdin,
    /// A file, or something else that has a path: a named pipe, a device.
    File {
        /// Where it is.
        path: PathBuf,
        /// Its path for people, as the user gave it; hostile characters are not escaped.
        shown: String,
        /// Its length in bytes when the plan was made; 0 for what has none.
        size: u64,
        /// Whether it was compressed when the plan was made. This helps to share the work; what
        /// it is shows when it is read.
        compressed: bool,
    },
}

impl Input {
    /// The name for people: the path as given, or `-`. Whoever prints it has to escape it.
    #[must_use]
    pub fn shown(&self) -> &str {
        match self {
            Input::Stdin => "-",
            Input::File { shown, .. } => shown,
        }
    }

    /// Whether reading it may wait for whoever writes it: standard input, a named pipe.
    #[must_use]
    pub fn is_live(&self) -> bool {
        match self {
            Input::Stdin => true,
            Input::File { path, .. } => fs::metadata(path).is_ok_and(|meta| !meta.is_file()),
        }
    }

    /// Whether it was a compressed file when the plan was made.
    #[must_use]
    pub fn is_compressed(&self) -> bool {
        matches!(self, Input::File { compressed: true, .. })
    }

    /// The error for a reader that has failed, or that has its doubts: see [`Opened::doubt`].
    #[must_use]
    pub fn failed(&self, cause: &io::Error) -> Error {
        failed(self.shown(), cause)
    }

    /// Opens it for reading from its beginning. A named pipe waits for its writer.
    ///
    /// # Errors
    ///
    /// If the system refuses; the error names the file and what to do.
    pub fn open(&self) -> Result<Opened> {
        match self {
            Input::Stdin => Ok(Opened::stdin()),
            Input::File { path, .. } => match File::open(path) {
                Ok(file) => Ok(Opened::file(file)),
                Err(cause) => Err(unreadable(path, &cause)),
            },
        }
    }

    /// Opens it for reading at any place, and tells its length in bytes. `None` where the system
    /// cannot read so, or where what is read may depend on what was read before, as it does in
    /// compressed files.
    ///
    /// # Errors
    ///
    /// As [`Input::open`].
    pub fn open_anywhere(&self) -> Result<Option<(Arc<dyn ReadAt>, u64)>> {
        let Input::File { path, .. } = self else { return Ok(None) };
        let file = File::open(path).map_err(|cause| unreadable(path, &cause))?;
        let metadata = file.metadata().map_err(|cause| unreadable(path, &cause))?;
        if !is_seekable(path, &metadata) {
            return Ok(None);
        }
        let opened = anywhere(file, metadata.len());
        Ok(opened.filter(|(file, _)| is_plain(file.as_ref())))
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems may not do it")]
fn anywhere(file: File, length: u64) -> Option<(Arc<dyn ReadAt>, u64)> {
    Some((Arc::new(file), length))
}

#[cfg(not(unix))]
fn anywhere(_: File, _: u64) -> Option<(Arc<dyn ReadAt>, u64)> {
    None
}

/// What makes two paths the same file.
#[cfg(unix)]
pub(super) type Identity = (u64, u64);
#[cfg(not(unix))]
pub(super) type Identity = PathBuf;

/// The identity of the file at `path`; `None` where the system tells none.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems may not tell")]
pub(super) fn identity(_path: &Path, metadata: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

/// The identity of the file at `path`; `None` where the system tells none.
#[cfg(not(unix))]
pub(super) fn identity(path: &Path, _metadata: &Metadata) -> Option<Identity> {
    fs::canonicalize(path).ok()
}

/// Whether reading `path` twice gives the same bytes twice. What does not must not be looked into
/// beforehand; `/dev/stdin` looks like a file when one is redirected to it.
pub(super) fn is_seekable(path: &Path, metadata: &Metadata) -> bool {
    let descriptor = path == Path::new("/dev/stdin") || path.starts_with("/dev/fd");
    metadata.is_file() && !descriptor
}

/// Whether a file is not compressed. One that cannot be read will tell so when it is read.
fn is_plain(file: &dyn ReadAt) -> bool {
    let mut head = [0; magic::LONGEST];
    let read = file.read_at(&mut head, 0).unwrap_or_default();
    magic::head(&head[..read]) == Head::Plain
}

/// What a file begins with.
pub(super) struct Beginning {
    pub(super) bytes: Vec<u8>,
    pub(super) compressed: bool,
}

/// The first bytes of a file, decompressed, at most `limit`. Of a compressed file that is damaged
/// those before the damage: whoever reads it will find the rest.
pub(super) fn head(path: &Path, limit: usize) -> Result<Beginning> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|cause| unreadable(path, &cause))?;
    let mut opened = Opened::file(file);
    let read = opened.by_ref().take(limit as u64).read_to_end(&mut bytes);
    let compressed = opened.compressed_bytes().is_some();
    let Err(cause) = read else { return Ok(Beginning { bytes, compressed }) };
    match cause.get_ref().and_then(|inner| inner.downcast_ref::<Problem>()) {
        None => Err(unreadable(path, &cause)),
        Some(problem) if problem.fault == Fault::Unsupported => {
            let shown = path.to_string_lossy();
            let error =
                Error::usage(format!("{shown} {problem}")).about(shown, problem.to_string());
            Err(problem.hint().into_iter().fold(error, Error::hint))
        }
        Some(_) => Ok(Beginning { bytes, compressed }),
    }
}

/// The error for the reader of a file that has failed, or that has its doubts.
pub(super) fn failed(shown: &str, cause: &io::Error) -> Error {
    let problem = cause.get_ref().and_then(|inner| inner.downcast_ref::<Problem>());
    let error = match problem {
        None => Error::io_of("cannot read", shown, cause),
        Some(problem) if problem.fault == Fault::Unsupported => {
            Error::usage(format!("{shown} {problem}")).about(shown, problem.to_string())
        }
        Some(_) => Error::io_of("cannot read all of", shown, cause),
    };
    problem.and_then(Problem::hint).into_iter().fold(error, Error::hint)
}

/// The error for a file or directory that the system does not let us read.
pub(super) fn unreadable(path: &Path, cause: &io::Error) -> Error {
    let error = Error::io_of("cannot read", &path.to_string_lossy(), cause);
    match cause.kind() {
        io::ErrorKind::NotFound => error.hint(advice_on_missing(path)),
        io::ErrorKind::PermissionDenied => {
            error.hint("give your user the right to read it, or run as one who has it")
        }
        _ => error,
    }
}

fn advice_on_missing(path: &Path) -> String {
    if let Ok(target) = fs::read_link(path) {
        return format!("it is a link to {}, which does not exist", target.display());
    }
    let shown = path.to_string_lossy();
    if shown.contains(['*', '?']) {
        return "the shell found nothing that matches, or quotes kept it from looking: \
                name the directory instead"
            .to_owned();
    }
    let parent = parent_of(path);
    let Ok(entries) = fs::read_dir(parent) else {
        return format!("there is no directory {} to look in", parent.display());
    };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let wanted = path.file_name().unwrap_or_default().to_string_lossy();
    match nearest(&wanted, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {}?", path.with_file_name(near).display()),
        None => format!("nothing in {} has a similar name: check the path", parent.display()),
    }
}

/// The directory that holds `path`; `.` for a bare name.
pub(super) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
