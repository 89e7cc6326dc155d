//! How far following has come, in a form that can be kept over a restart.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::cut::Cut;
use super::generation::Generation;
use super::mark::{FileMark, Id, Print, Signature};
use super::trail::Trail;
use super::world::World;
use crate::source::blocks::Rest;

/// How far one followed name has been read, with all files that go by it or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// The name.
    pub path: OsString,
    files: Vec<SavedFile>,
    /// What was truncated, and is looked for; what was found nowhere.
    cuts: Vec<Cut>,
    torn: Vec<Cut>,
    losses: u64,
    /// Compressed files that are not read, and how they looked.
    #[serde(default)]
    archives: Vec<(Id, Signature)>,
}

/// How far one file has been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedFile {
    path: OsString,
    shown: String,
    line: u64,
    named: bool,
    /// Nobody expects anything to come.
    retired: bool,
    mark: FileMark,
    /// It is compressed: the mark is in what it was before.
    #[serde(default)]
    packed: bool,
    /// What was read behind the last line of that, and how the file looked.
    #[serde(default)]
    rest: Rest,
    #[serde(default)]
    seen: Option<Signature>,
    /// What stood in it, if nothing of that was read.
    #[serde(default)]
    pin: Option<Print>,
}

impl Trail {
    /// Where it has come. What has been delivered is behind it, and nothing else.
    pub(super) fn save(&self) -> Saved {
        let last = self.generations.len().wrapping_sub(1);
        let files = self.generations.iter().enumerate().map(|(at, generation)| SavedFile {
            path: generation.path.clone().into(),
            shown: generation.shown.to_string(),
            line: generation.line(),
            named: self.named && at == last,
            retired: generation.retired,
            mark: generation.mark(),
            packed: generation.packed,
            rest: generation.kept_rest(),
            seen: generation.seen(),
            pin: generation.pin.clone(),
        });
        Saved {
            path: self.path.clone().into(),
            files: files.collect(),
            cuts: self.cuts.clone(),
            torn: self.torn.iter().cloned().collect(),
            losses: self.losses,
            archives: self.known_archives(),
        }
    }

    /// Goes on where it was.
    pub(super) fn restore(source: u32, saved: &Saved, world: &mut World) -> Trail {
        let mut trail = Trail::new(source, PathBuf::from(&saved.path));
        trail.begun = true;
        for file in &saved.files {
            world.own(file.mark.id(), source);
            let shown = Arc::from(file.shown.as_str());
            let generation =
                Generation::closed(file.mark.clone(), PathBuf::from(&file.path), shown);
            let mut generation = generation.at_line(file.line).with_rest(file.rest.clone());
            (generation.retired, generation.packed) = (file.retired, file.packed);
            generation.pin.clone_from(&file.pin);
            let generation = generation.when_seen(file.seen);
            trail.named = file.named;
            trail.generations.push(generation);
        }
        trail.cuts.clone_from(&saved.cuts);
        trail.torn.extend(saved.torn.iter().cloned());
        trail.losses = saved.losses;
        trail.restore_archives(&saved.archives, world.now);
        trail
    }
}

impl Saved {
    /// Whether it is of one of these paths, or of a file in one of these directories.
    #[must_use]
    pub fn belongs_to(&self, paths: &[PathBuf]) -> bool {
        let path = Path::new(&self.path);
        paths.iter().any(|given| given == path || path.parent() == Some(given))
    }
}
