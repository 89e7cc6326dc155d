//! The other files beside a followed one: which are generations of it that were renamed, which are
//! copies, and which are nothing of ours.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::source::magic;
use crate::source::name::{Rotation, rotation_of};

use super::Position;
use super::archives::is_compressed;
use super::cut::Cut;
use super::folders::beginning_with;
use super::generation::{Generation, Step};
use super::likeness::Likeness;
use super::mark::{Id, Print, Signature, id_of};
use super::tail::Tail;
use super::trail::Trail;
use super::world::World;

/// How long a file that is no longer listed is remembered, in units of the time that a rotated file
/// is waited for: a directory that is changed while it is listed may leave one out.
const MEMORY: i64 = 60;

/// How often a directory is listed in one poll at most.
const RETRIES: usize = 4;

/// What was found out about a file that is not read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict {
    pub(super) signature: Signature,
    /// Whether it may be the copy that is looked for when its original is truncated.
    may_be_copy: bool,
    /// Whether nothing stands in it yet: what it becomes, its directory will not tell.
    is_empty: bool,
    /// Whether it is compressed.
    pub(super) is_packed: bool,
    /// It is compressed, and cannot be judged yet.
    pub(super) doubt: Option<Doubt>,
    /// How it looked when an earlier run knew it and did not read it.
    pub(super) known: Option<Signature>,
    /// When it was last seen.
    listed: i64,
}

/// Why an archive cannot be judged yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Doubt {
    /// How it looked, and since when it has.
    pub(super) seen: Signature,
    pub(super) since: i64,
    /// Whether it was found to be cut off or damaged.
    pub(super) broken: bool,
}

impl Verdict {
    /// That of an archive which an earlier run has not read: it is judged anew.
    pub(super) fn of_archive(known: Signature, now: i64) -> Verdict {
        Verdict {
            signature: Signature::NONE,
            may_be_copy: true,
            is_empty: false,
            is_packed: true,
            doubt: None,
            known: Some(known),
            listed: now,
        }
    }
}

/// The older is less: by the time of the last change, equals as their names say.
pub(super) type Age = (Option<Duration>, Option<Rotation>);

/// A file beside the followed one.
#[derive(Debug)]
pub(super) struct Sibling {
    pub(super) path: PathBuf,
    pub(super) id: Id,
    pub(super) signature: Signature,
    /// Its place by its name; `None` for one that is not named as rotated files are.
    pub(super) rotation: Option<Rotation>,
}

impl Sibling {
    /// The file, if it holds what was truncated.
    fn holding(&self, cut: &Cut) -> Option<File> {
        let file = File::open(&self.path).ok()?;
        let same = id_of(&self.path, &file.metadata().ok()?) == self.id;
        (same && cut.print.is_in(&file).ok()?).then_some(file)
    }

    /// See [`Age`].
    fn age(&self) -> Age {
        (self.signature.modified, self.rotation.clone())
    }
}

impl Trail {
    /// The files whose names begin with that of the followed one.
    fn siblings(&self, world: &mut World, fresh: bool) -> Vec<Sibling> {
        let mut siblings: Vec<Sibling> = Vec::new();
        for (folder, stem) in &self.places {
            let names = world.folders.names(folder, fresh);
            for name in beginning_with(&names, stem) {
                let bytes = name.as_encoded_bytes();
                let path = folder.join(name);
                let Some(found) = fs::metadata(&path).ok().filter(fs::Metadata::is_file) else {
                    continue;
                };
                let id = id_of(&path, &found);
                if bytes != stem && !siblings.iter().any(|known| known.id == id) {
                    let signature = Signature::of(&found);
                    let rotation = rotation_of(bytes, stem);
                    siblings.push(Sibling { path, id, signature, rotation });
                }
            }
        }
        siblings
    }

    /// Takes the name, and remembers what is beside it at the start. That is not read, but what
    /// will be written to it is.
    pub(super) fn begin_here(&mut self, position: Position, world: &mut World) -> bool {
        let siblings = self.siblings(world, true);
        let named = self.take_at_start(&self.path.clone(), position, world);
        self.named = named;
        self.listed = world.now;
        for sibling in siblings {
            if self.generations.iter().any(|known| known.id == sibling.id) {
                continue;
            }
            let rotated = sibling.rotation.is_some() && !is_compressed(&sibling.path);
            let taken = rotated && self.take_at_start(&sibling.path, Position::End, world);
            if !taken {
                self.judged(&sibling, false, world.now);
            }
        }
        named
    }

    /// Looks at the directory: where the known files are now, and what is new. Files go on changing
    /// while they are looked at: whether all were judged. What is left waits for the next poll.
    pub(super) fn list(&mut self, world: &mut World, fresh: bool) -> bool {
        let now = world.now;
        self.listed = now;
        let all = (0..RETRIES).any(|again| !self.list_once(world, fresh || again > 0));
        let forgotten = now.saturating_sub(MEMORY.saturating_mul(world.rotate_wait));
        self.verdicts.retain(|_, verdict| verdict.listed >= forgotten);
        all
    }

    /// The same once; whether a file turned out to be truncated, of which there may be a copy.
    fn list_once(&mut self, world: &mut World, fresh: bool) -> bool {
        let mut new = self.new_siblings(world, fresh);
        new.sort_by_key(Sibling::age);
        // When something was compressed is not when it was written.
        let has_place = |sibling: &Sibling| sibling.rotation.is_some();
        if new.iter().all(has_place) && new.iter().any(|sibling| is_compressed(&sibling.path)) {
            new.sort_by(|a, b| a.rotation.cmp(&b.rotation));
        }
        self.find_copies(&mut new, world);
        for sibling in new {
            let Some(sibling) = self.take_unread(sibling, world) else { continue };
            let verdict = self.verdicts.get(&sibling.id);
            let same = verdict.filter(|verdict| verdict.signature == sibling.signature);
            // Whether a copy that is compressed is the one, only looking into it tells.
            let searched = |verdict: &Verdict| verdict.is_packed && !self.cuts.is_empty();
            if same.is_some_and(|verdict| !searched(verdict)) {
                continue;
            }
            match self.judge(sibling, world) {
                Ok(false) => {}
                Ok(true) => return true,
                // What cannot be opened now may be tried in the next poll.
                Err(_) => self.alert_until = world.now + world.rotate_wait,
            }
        }
        false
    }

    /// Finds those of the known files, and returns the others that have to be looked at.
    fn new_siblings(&mut self, world: &mut World, fresh: bool) -> Vec<Sibling> {
        let now = world.now;
        let searched = !self.cuts.is_empty();
        let current = self.generations.last().filter(|_| self.named).map(|current| current.id);
        let mut new = Vec::new();
        let mut renamed = None;
        for sibling in self.siblings(world, fresh) {
            if let Some(known) = self.generations.iter_mut().find(|known| known.id == sibling.id) {
                known.listed = now;
                known.age = Some(sibling.age());
                if current == Some(known.id) {
                    renamed = Some(sibling.path);
                    continue;
                }
                if known.path != sibling.path {
                    known.path.clone_from(&sibling.path);
                    if !known.is_open() {
                        known.look(sibling.signature);
                    }
                }
                continue;
            }
            let is_known = self.verdicts.get_mut(&sibling.id).is_some_and(|verdict| {
                verdict.listed = now;
                verdict.signature == sibling.signature && !(searched && verdict.may_be_copy)
            });
            if !is_known && !world.is_owned_by_other(sibling.id, self.source) {
                new.push(sibling);
            }
        }
        let has_name = |found: fs::Metadata| Some(id_of(&self.path, &found)) == current;
        if let Some(path) = renamed
            && !fs::metadata(&self.path).is_ok_and(has_name)
        {
            self.lose_name(now);
            if let Some(last) = self.generations.last_mut() {
                last.path = path;
            }
        }
        new
    }

    /// Goes on with what was truncated in the longest of its copies, which it takes from `new`.
    /// Copies of what was not read have their place among the others.
    fn find_copies(&mut self, new: &mut Vec<Sibling>, world: &mut World) {
        let mut at = 0;
        while at < self.cuts.len() {
            let cut = &self.cuts[at];
            let longest = new
                .iter()
                .enumerate()
                .filter_map(|(place, sibling)| Some((place, sibling.holding(cut)?)))
                .filter_map(|(place, file)| Some((file.metadata().ok()?.len(), place, file)))
                .max_by_key(|(length, place, _)| (*length, *place));
            let Some((_, place, file)) = longest.filter(|_| !cut.unread) else {
                at += 1;
                continue;
            };
            let (cut, sibling) = (self.cuts.remove(at), new.remove(place));
            let age = sibling.age();
            let generation = Generation::copied(cut, sibling.id, sibling.path, file);
            self.insert(generation.aged(age), world);
        }
    }

    /// Takes a file that is the copy of one which was truncated before it was read; gives back any
    /// other.
    fn take_unread(&mut self, sibling: Sibling, world: &mut World) -> Option<Sibling> {
        let cuts = self.cuts.iter().enumerate().filter(|(_, cut)| cut.unread);
        let mut copies = cuts.filter_map(|(at, cut)| Some((at, sibling.holding(cut)?)));
        let Some((at, file)) = copies.next() else { return Some(sibling) };
        drop(copies);
        let (cut, age) = (self.cuts.remove(at), sibling.age());
        let generation = Generation::copied(cut, sibling.id, sibling.path, file);
        self.insert(generation.aged(age), world);
        None
    }

    /// Whether siblings are to be looked at, whether or not their directory has changed.
    pub(super) fn is_alert(&self, now: i64) -> bool {
        now < self.alert_until
            || !self.cuts.is_empty()
            || self.verdicts.values().any(|verdict| verdict.is_empty)
    }

    pub(super) fn judged(&mut self, sibling: &Sibling, may_be_copy: bool, now: i64) {
        let signature = sibling.signature;
        let is_empty = signature.size == 0 && sibling.rotation.is_some();
        let is_packed = is_compressed(&sibling.path);
        let (doubt, known) = (None, None);
        let verdict =
            Verdict { signature, may_be_copy, is_empty, is_packed, doubt, known, listed: now };
        self.verdicts.insert(sibling.id, verdict);
    }

    /// Finds out what a new file is, and takes it if it holds lines that have not been read.
    /// Whether it has turned out that a file was truncated, so that this may be its copy.
    fn judge(&mut self, mut sibling: Sibling, world: &mut World) -> io::Result<bool> {
        let file = File::open(&sibling.path)?;
        let metadata = file.metadata()?;
        if id_of(&sibling.path, &metadata) != sibling.id {
            // The name leads elsewhere by now.
            return Ok(true);
        }
        sibling.signature = Signature::of(&metadata);
        let length = metadata.len();
        let head = super::mark::bytes(&file, 0, magic::LONGEST as u64)?;
        let fresh = !self.verdicts.contains_key(&sibling.id);
        if head.len() < magic::LONGEST && fresh {
            // Too little to tell what it becomes, unless it stays like that.
            sibling.signature = Signature::NONE;
            self.judged(&sibling, true, world.now);
            self.alert_until = world.now + world.rotate_wait;
            return Ok(false);
        }
        if length == 0 {
            self.judged(&sibling, false, world.now);
            return Ok(false);
        }
        if magic::is_compressed(&head) {
            return self.judge_packed(sibling, file, world);
        }
        if self.has_current_changed(world)? {
            // It may be a copy of what stands there now.
            self.changed(self.generations.len() - 1, world);
            return Ok(true);
        }
        for at in 0..self.generations.len() {
            match self.generations[at].compare(&file, length)? {
                Likeness::Other => {}
                Likeness::Copy => {
                    // It may grow still, and turn out to be no copy.
                    self.judged(&sibling, true, world.now);
                    self.alert_until = world.now + world.rotate_wait;
                    return Ok(false);
                }
                Likeness::Changed => {
                    self.changed(at, world);
                    return Ok(true);
                }
                Likeness::Continues => {
                    // What has the name is no longer this one: further copies come behind it.
                    self.named &= at + 1 < self.generations.len();
                    let generation = &mut self.generations[at];
                    world.release(generation.id);
                    world.open -= usize::from(generation.is_open());
                    generation.move_to(sibling.id, sibling.path, file);
                    generation.listed = world.now;
                    world.count(&self.generations[at]);
                    world.own(sibling.id, self.source);
                    return Ok(false);
                }
            }
        }
        if sibling.rotation.is_none() {
            self.judged(&sibling, true, world.now);
            return Ok(false);
        }
        let (shown, age) = (Arc::clone(&self.shown), sibling.age());
        let tail = Tail::new(file, Print::default());
        let generation = Generation::open(sibling.id, sibling.path, shown, tail);
        self.insert(generation.aged(age), world);
        Ok(false)
    }

    /// Whether what was read of the file that has the name stands in it no longer. If nothing was,
    /// what stands there now is held to: a copy may be one of that.
    fn has_current_changed(&mut self, world: &mut World) -> io::Result<bool> {
        let Some(current) = self.current() else { return Ok(false) };
        let was_open = current.is_open();
        let opened = current.reopen();
        let intact = match opened {
            Step::Nothing => current.is_intact(),
            other => Ok(!matches!(other, Step::Changed)),
        };
        current.pin();
        let changed = matches!(intact, Ok(false));
        if !was_open && !changed && current.is_open() {
            current.close();
        }
        world.open += usize::from(current.is_open() && !was_open);
        intact.map(|_| changed)
    }

    /// Takes a generation that is older than the current one, and than those of which it is known
    /// and nothing has been read.
    pub(super) fn insert(&mut self, mut generation: Generation, world: &mut World) {
        world.own(generation.id, self.source);
        self.verdicts.remove(&generation.id);
        (generation.last, generation.listed) = (world.now, world.now);
        if !world.may_open(1) {
            generation.close();
        }
        world.count(&generation);
        let older = &self.generations[..self.place_of_older()];
        let is_younger = |known: &&Generation| {
            known.position() == 0 && generation.age.is_some() && known.age > generation.age
        };
        let at = older.len() - older.iter().rev().take_while(is_younger).count();
        self.generations.insert(at, generation);
    }
}
