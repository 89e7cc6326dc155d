//! Files that are written whole or not at all: a reader sees the old content or the new one, never
//! a part of either, and a full disk costs the new one only.
//!
//! It knows nothing of what is written. Named pipes, devices and the like cannot be replaced and
//! are written to as they are; so are the names of our own streams.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::{Error, Result};

/// How much is gathered before it is written.
const BUFFER: usize = 1 << 16;

/// Writes `path` anew by what `data` writes.
///
/// What is new is written into a file beside it, brought to the disk and renamed, so that nobody
/// reads half of it; if anything fails, the old file stays as it is. Permissions, and where that
/// is allowed the owner, of the old file are kept; a symbolic link stays one.
///
/// # Errors
///
/// If the file cannot be made beside `path`, written or renamed.
pub(super) fn replace(
    path: &Path,
    data: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    let failed = |cause: io::Error| {
        let error = Error::io(format!("cannot write to {}", path.display()), &cause);
        match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge => {
                error.hint("what was there before is kept")
            }
            io::ErrorKind::PermissionDenied => error.hint(
                "a report is written beside the old one first, so its folder has to be writable",
            ),
            _ => error,
        }
    };
    if let Some(plain) = plain(path).map_err(failed)? {
        return match through(plain, data) {
            // The reader of a pipe has gone away: nobody misses the rest.
            Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            done => done.map(drop).map_err(failed),
        };
    }
    // The file that a link leads to is replaced, and not the link.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    whole(&target, data).map_err(failed)
}

/// What has to be written to as it is, opened; nothing if it is a file or nothing yet.
fn plain(path: &Path) -> io::Result<Option<File>> {
    let is_stream = path.starts_with("/dev/fd")
        || path.starts_with("/proc/self/fd")
        || ["/dev/stdout", "/dev/stderr"].iter().any(|name| path == Path::new(name));
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        // Behind the name of a stream may be a file that others have begun to write.
        Ok(found) if is_stream || !found.is_file() => {
            OpenOptions::new().append(found.is_file()).write(true).open(path).map(Some)
        }
        Ok(_) => Ok(None),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(cause),
    }
}

fn through(file: File, data: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<File> {
    let mut out = BufWriter::with_capacity(BUFFER, file);
    match data(&mut out).and_then(|()| out.flush()) {
        Ok(()) => out.into_inner().map_err(io::IntoInnerError::into_error),
        Err(cause) => {
            // What is still buffered cannot be written either: it must not be tried again.
            let _ = out.into_parts();
            Err(cause)
        }
    }
}

fn whole(target: &Path, data: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let old = fs::metadata(target).ok();
    let (file, mut draft) = Draft::beside(target)?;
    if let Some(old) = &old {
        take_after(old, &file)?;
    }
    let file = through(file, data)?;
    file.sync_all()?;
    fs::rename(&draft.path, target)?;
    draft.kept = true;
    // The name is on the disk when its folder is. Where folders cannot be synced, the file system
    // does it in its own time.
    if let Some(folder) = target.parent()
        && let Ok(folder) =
            File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
    {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Gives a new file the permissions and the owner of the one that it is to replace.
fn take_after(old: &Metadata, new: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let ours = new.metadata()?;
        if (ours.uid(), ours.gid()) != (old.uid(), old.gid()) {
            // Only some may give files away; the others write their own.
            let _ = std::os::unix::fs::fchown(new, Some(old.uid()), Some(old.gid()));
        }
    }
    new.set_permissions(old.permissions())
}

/// A file that is not yet what it is to be; taken away again unless it is kept.
struct Draft {
    path: PathBuf,
    kept: bool,
}

impl Draft {
    fn beside(target: &Path) -> io::Result<(File, Draft)> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            // Its ending is none that collectors of reports or metrics look for.
            let name = format!(".ufo-logscan-{}-{number}.tmp", std::process::id());
            let path = target.with_file_name(name);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok((file, Draft { path, kept: false })),
                // Somebody was killed here who had our number.
                Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {}
                Err(cause) => return Err(cause),
            }
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests;
