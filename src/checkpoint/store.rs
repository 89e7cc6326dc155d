//! One saved state on the disk.
//!
//! Beside `FILE` stand `FILE.lock`, which the process that uses it holds locked, `FILE.previous`, the
//! state before, and for moments `FILE.tmp`, the one that is being written. The order of every
//! step is such that whenever the process or the system ends, `FILE` is whole: the new state is on
//! the disk before it takes the place, and what is there has its second name before it loses the
//! first.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::error::{Error, Result};

use super::container::{Contents, Fault, Writer, is_ours};

/// How many bytes of a file tell whether it is ours.
const HEAD: u64 = 64;

/// A file for states, which no other process uses.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    /// As the user named it.
    shown: String,
    /// Whether what is there now is worth a second name.
    keep: bool,
    /// Locked for as long as it is open.
    _lock: File,
}

/// What a store held when it was opened.
#[derive(Debug, Default)]
pub struct Found {
    /// A whole state, if there was any.
    pub bytes: Option<Vec<u8>>,
    /// What the user should know, one sentence each; not escaped.
    pub notes: Vec<String>,
}

impl Store {
    /// Takes a file for states; it need not be there yet.
    ///
    /// # Errors
    ///
    /// If another process uses it, if it or a file beside it is none of ours, if it is of a later
    /// version, or if neither it nor its previous copy is whole.
    pub fn open(path: &Path) -> Result<(Store, Found)> {
        let shown = path.display().to_string();
        // What a link leads to is written, and not a file put in the place of the link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if path.file_name().is_none() || path.is_dir() {
            return Err(Error::usage(format!("the checkpoint {shown} is no file"))
                .hint("name a file: it need not be there yet, but its directory must"));
        }
        let lock = lock(&beside(&path, ".lock"), &shown)?;
        let mut store = Store { path, shown, keep: true, _lock: lock };
        store.refuse_strangers()?;
        let found = store.find()?;
        Ok((store, found))
    }

    /// The name of the file for people, not escaped.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    fn previous(&self) -> PathBuf {
        beside(&self.path, ".previous")
    }

    /// Files of others are not written over, whatever they are called.
    fn refuse_strangers(&self) -> Result<()> {
        for path in [self.previous(), beside(&self.path, ".tmp"), self.path.clone()] {
            let head = match head_of(&path) {
                Ok(head) => head,
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => continue,
                Err(cause) => {
                    return Err(Error::io(format!("cannot read {}", path.display()), &cause));
                }
            };
            if !is_ours(&head) {
                return Err(Error::config(format!("{} is no checkpoint", path.display()))
                    .hint("it is left as it is: name another file"));
            }
        }
        Ok(())
    }

    /// What is there, or the copy of what was there before.
    fn find(&mut self) -> Result<Found> {
        let previous = self.previous();
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                let note = format!(
                    "there is no checkpoint {}: reading begins anew; to go on from {}, rename that",
                    self.shown,
                    previous.display()
                );
                return Ok(Found {
                    bytes: None,
                    notes: Vec::from_iter(previous.exists().then_some(note)),
                });
            }
            Err(cause) => {
                return Err(Error::io(
                    format!("cannot read the checkpoint {}", self.shown),
                    &cause,
                ));
            }
        };
        let Err(fault) = Contents::of(&bytes) else {
            return Ok(Found { bytes: Some(bytes), notes: Vec::new() });
        };
        let why = match fault {
            Fault::Newer(version) => return Err(self.newer(version)),
            Fault::Foreign => "it is none".to_owned(),
            Fault::Empty => "it is empty".to_owned(),
            Fault::Damaged(why) => why,
        };
        let damaged = format!("the checkpoint {} is damaged: {why}", self.shown);
        match fs::read(&previous).map(|bytes| (Contents::of(&bytes).map(drop), bytes)) {
            Ok((Ok(()), bytes)) => {
                self.keep = false;
                let note =
                    format!("{damaged}; going on from the copy before it, {}", previous.display());
                Ok(Found { bytes: Some(bytes), notes: vec![note] })
            }
            Ok((Err(_), _)) => {
                Err(Error::config(format!("{damaged}, and so is the copy before it")))
            }
            Err(_) => {
                Err(Error::config(format!("{damaged}, and there is no copy of one before it")))
            }
        }
        .map_err(|error| error.hint("delete it to begin anew with all that is there to read"))
    }

    fn newer(&self, version: u64) -> Error {
        Error::config(format!(
            "the checkpoint {} has the form of a later version of this program ({version})",
            self.shown
        ))
        .hint("it is left as it is: use that version, or name another file")
    }

    /// Writes a state, all of it or nothing; how many bytes it has.
    ///
    /// # Errors
    ///
    /// If the system refuses; then what was there is there still.
    pub fn write(
        &mut self,
        header: &impl Serialize,
        parts: impl FnOnce(&mut Writer<BufWriter<&File>>) -> io::Result<()>,
    ) -> Result<u64> {
        let temporary = beside(&self.path, ".tmp");
        let written = self.replace(&temporary, header, parts);
        written.map_err(|cause| {
            let _ = fs::remove_file(&temporary);
            Error::io(format!("cannot write the checkpoint {}", self.shown), &cause)
        })
    }

    fn replace(
        &mut self,
        temporary: &Path,
        header: &impl Serialize,
        parts: impl FnOnce(&mut Writer<BufWriter<&File>>) -> io::Result<()>,
    ) -> io::Result<u64> {
        remove(temporary)?;
        let file = private(OpenOptions::new().write(true).create_new(true)).open(temporary)?;
        let mut writer = Writer::new(BufWriter::with_capacity(1 << 16, &file), header)?;
        parts(&mut writer)?;
        let bytes = writer.finish()?;
        file.sync_all()?;
        if self.keep {
            self.keep_previous()?;
        }
        fs::rename(temporary, &self.path)?;
        self.keep = true;
        sync_directory(&self.path)?;
        Ok(bytes)
    }

    /// Gives what is there a second name. It keeps the first until the next state takes that.
    fn keep_previous(&self) -> io::Result<()> {
        let previous = self.previous();
        if !self.path.exists() {
            return Ok(());
        }
        remove(&previous)?;
        // Not every file system has second names.
        fs::hard_link(&self.path, &previous).or_else(|_| fs::copy(&self.path, &previous).map(drop))
    }
}

/// The file of that ending beside another.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

fn head_of(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Ok(b"not a file".to_vec());
    }
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cause),
        _ => Ok(()),
    }
}

/// What was logged may be in it: it is for its owner.
#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Takes a lock, and does not give up at once: a process that has just been killed, and whose
/// place we take, may need a moment to be gone.
fn try_lock(file: &File) -> std::result::Result<(), TryLockError> {
    const TRIES: u32 = 20;
    const PAUSE: Duration = Duration::from_millis(50);
    for _ in 1..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            done => return done,
        }
    }
    file.try_lock()
}

/// Takes the lock, which ends with the process, and leaves there who has it.
fn lock(path: &Path, shown: &str) -> Result<File> {
    let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let failed = |cause| {
        Error::io(format!("cannot lock the checkpoint {shown} by {}", path.display()), &cause)
            .hint("its directory must be there, and be one that can be written to")
    };
    let mut file = open.map_err(failed)?;
    let mut holder = String::new();
    let known = (&file).take(HEAD).read_to_string(&mut holder).is_ok()
        && holder.trim().bytes().all(|byte| byte.is_ascii_digit());
    match try_lock(&file) {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let by = match holder.trim() {
                id if known && !id.is_empty() => format!("process {id}"),
                _ => "another process".to_owned(),
            };
            return Err(Error::usage(format!("the checkpoint {shown} is in use by {by}"))
                .hint("each run needs a checkpoint of its own"));
        }
        Err(TryLockError::Error(cause)) => return Err(failed(cause)),
    }
    if known {
        // It only helps people: a full disk is no reason not to begin.
        let _ = file.set_len(0).and_then(|()| file.rewind());
        let _ = file.write_all(format!("{}\n", std::process::id()).as_bytes());
    }
    Ok(file)
}

/// Sees to it that names are on the disk, where the system can do that.
#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    match File::open(parent.unwrap_or(Path::new(".")))?.sync_all() {
        Err(cause) if cause.kind() == io::ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
