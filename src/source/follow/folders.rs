//! The directories that followed files stand in: what is in them, listed when something has
//! changed, and once for all files of a directory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::mark::{Id, Signature, id_of};

/// The directories that were asked for.
#[derive(Debug, Default)]
pub(super) struct Folders {
    known: BTreeMap<PathBuf, Folder>,
    /// The number of the poll that is going on.
    poll: u64,
}

#[derive(Debug, Default)]
struct Folder {
    seen: Option<(Id, Signature)>,
    /// Whether it was looked at since without a change.
    settled: bool,
    /// The poll in which it was looked at, and whether it had changed.
    looked: Option<(u64, bool)>,
    /// The names in it, sorted, and the poll in which they were listed.
    names: Option<(u64, Rc<[OsString]>)>,
}

impl Folders {
    /// Begins a poll: what was listed before is not taken for the present.
    pub(super) fn begin_poll(&mut self) {
        self.poll += 1;
        let poll = self.poll;
        // What nobody has asked for lately belongs to files that have moved.
        self.known.retain(|_, folder| folder.looked.is_none_or(|(at, _)| at + 1000 > poll));
        for folder in self.known.values_mut() {
            folder.names = None;
        }
    }

    /// Whether the names in a directory may have changed since the poll before.
    pub(super) fn has_changed(&mut self, path: &Path) -> bool {
        let poll = self.poll;
        let folder = self.known.entry(path.to_owned()).or_default();
        match folder.looked {
            Some((looked, changed)) if looked == poll => changed,
            _ => {
                let metadata = fs::metadata(path).ok();
                let now = metadata.map(|found| (id_of(path, &found), Signature::of(&found)));
                let same = now == folder.seen;
                let changed = !(same && folder.settled);
                (folder.seen, folder.settled) = (now, same);
                folder.looked = Some((poll, changed));
                changed
            }
        }
    }

    /// The names in a directory, sorted; `fresh` ones if what was listed before in the same poll
    /// may be out of date. None if it cannot be listed.
    pub(super) fn names(&mut self, path: &Path, fresh: bool) -> Rc<[OsString]> {
        let poll = self.poll;
        let folder = self.known.entry(path.to_owned()).or_default();
        match &folder.names {
            Some((listed, names)) if *listed == poll && !fresh => Rc::clone(names),
            _ => {
                let entries = fs::read_dir(path).into_iter().flatten().flatten();
                let mut names: Vec<OsString> = entries.map(|entry| entry.file_name()).collect();
                names.sort_unstable_by(|a, b| a.as_encoded_bytes().cmp(b.as_encoded_bytes()));
                let names: Rc<[OsString]> = names.into();
                folder.names = Some((poll, Rc::clone(&names)));
                names
            }
        }
    }
}

/// Those of sorted names that begin with `stem`.
pub(super) fn beginning_with<'a>(names: &'a [OsString], stem: &[u8]) -> &'a [OsString] {
    let start = names.partition_point(|name| name.as_encoded_bytes() < stem);
    let behind = &names[start..];
    let length = behind.partition_point(|name| name.as_encoded_bytes().starts_with(stem));
    &behind[..length]
}
