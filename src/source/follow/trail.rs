//! One followed name: the generations that go by it or did, oldest first, and what becomes of
//! them.
//!
//! A poll looks at the name and, where something has changed, at its directory; reading then takes
//! what there is, older generations first. It has no clock: the time is the world's.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::source::blocks::Block;
use crate::source::input::{failed, unreadable};

use super::archives::is_compressed;
use super::cut::Cut;
use super::generation::{Delivered, Generation, Step};
use super::mark::{Id, Print, Signature, id_of, is_deleted, last_line_start};
use super::siblings::Verdict;
use super::tail::Tail;
use super::world::{Notice, World};
use super::{Position, Start};

/// How many closed files are looked at in one poll.
const LOOKS: usize = 64;

/// How often reading begins anew with what is older before it waits for the next poll: files may go
/// on changing for ever.
const RESTARTS: usize = 8;

/// A followed name.
#[derive(Debug)]
pub(super) struct Trail {
    pub(super) source: u32,
    pub(super) path: PathBuf,
    pub(super) shown: Arc<str>,
    /// The directories and names of files that may be rotated ones, or copies.
    pub(super) places: Vec<(PathBuf, Vec<u8>)>,
    /// What is followed, the oldest first, with the one that has the name as the last.
    pub(super) generations: Vec<Generation>,
    /// Whether the last generation has the name; if not, nothing has.
    pub(super) named: bool,
    /// Truncated ones, of which a copy may be found.
    pub(super) cuts: Vec<Cut>,
    /// Of which none was found: how many, and the lines that were torn.
    pub(super) torn: VecDeque<Cut>,
    pub(super) losses: u64,
    /// Siblings that are not read.
    pub(super) verdicts: BTreeMap<Id, Verdict>,
    /// Until when siblings are looked at in every poll.
    pub(super) alert_until: i64,
    /// When the directory was listed last.
    pub(super) listed: i64,
    /// Where the next closed file stands that is looked at.
    looked: usize,
    /// What stands in the way of the name, as it was told.
    obstacle: Option<String>,
    /// Whether there was a file at the name before.
    pub(super) begun: bool,
}

impl Trail {
    pub(super) fn new(source: u32, path: PathBuf) -> Trail {
        let shown = Arc::from(path.to_string_lossy().as_ref());
        let mut trail = Trail {
            source,
            places: Vec::new(),
            shown,
            generations: Vec::new(),
            named: false,
            cuts: Vec::new(),
            torn: VecDeque::new(),
            losses: 0,
            verdicts: BTreeMap::new(),
            alert_until: i64::MIN,
            listed: i64::MIN,
            looked: 0,
            obstacle: None,
            begun: false,
            path,
        };
        trail.find_places();
        trail
    }

    /// Where siblings stand: beside the name, and beside the file that it is a link to.
    fn find_places(&mut self) {
        let place = |path: &Path| {
            let name = path.file_name().unwrap_or(path.as_os_str()).as_encoded_bytes();
            (crate::source::input::parent_of(path).to_owned(), name.to_vec())
        };
        self.places = vec![place(&self.path)];
        let is_link = fs::symlink_metadata(&self.path).is_ok_and(|found| found.is_symlink());
        if let Some(target) = is_link.then(|| fs::canonicalize(&self.path).ok()).flatten() {
            self.places.push(place(&target));
        }
    }

    /// The generation that has the name.
    pub(super) fn current(&mut self) -> Option<&mut Generation> {
        self.generations.last_mut().filter(|_| self.named)
    }

    /// Where a generation is put that is older than the current one.
    pub(super) fn place_of_older(&self) -> usize {
        self.generations.len() - usize::from(self.named)
    }

    /// Takes the files that are there at the start. `older` are rotated ones that belong to what
    /// is read; other siblings are not read, but what is yet written to them is.
    pub(super) fn begin(&mut self, older: &[PathBuf], start: Start, world: &mut World) {
        for path in older {
            let position = if start == Start::Beginning { Position::Start } else { Position::End };
            self.take_at_start(path, position, world);
        }
        let position = if start == Start::Beginning { Position::Start } else { Position::Line };
        self.begun = self.begin_here(position, world);
    }

    /// Takes a file as it is; whether there was one that nobody had.
    pub(super) fn take_at_start(
        &mut self,
        path: &Path,
        position: Position,
        world: &mut World,
    ) -> bool {
        if is_compressed(path) {
            // What is written to an archive is not lines.
            let whole = position == Position::Start;
            return position != Position::End && self.take_packed(path, whole, world);
        }
        let Ok(file) = fs::File::open(path) else { return false };
        let Ok(metadata) = file.metadata() else { return false };
        let (id, limit) = (id_of(path, &metadata), world.cutting.max_line as u64);
        if !metadata.is_file() || !world.own(id, self.source) {
            return false;
        }
        let offset = match position {
            Position::Start => Ok(0),
            Position::Line | Position::End => last_line_start(&file, limit),
        };
        let Ok(print) = offset.and_then(|offset| Print::take(&file, offset)) else { return false };
        let shown: Arc<str> = Arc::from(path.to_string_lossy().as_ref());
        let mut generation = Generation::open(id, path.to_owned(), shown, Tail::new(file, print));
        generation.last = world.now;
        generation.listed = world.now;
        if position == Position::End {
            generation = generation.unchanged(Signature::of(&metadata));
        }
        if !world.may_open(1) || position == Position::End {
            generation.close();
        }
        world.count(&generation);
        let at = self.place_of_older();
        self.generations.insert(at, generation);
        true
    }

    /// Looks what has changed.
    pub(super) fn poll(&mut self, world: &mut World) {
        let found = self.find(world);
        let has_it = |id| self.named && self.generations.last().is_some_and(|last| last.id == id);
        let same = match &found {
            Some((id, _)) => has_it(*id),
            None => !self.named,
        };
        let mut changed = false;
        for (folder, _) in &self.places {
            changed |= world.folders.has_changed(folder);
        }
        if let Some((_, signature)) = found.filter(|_| same)
            && let Some(current) = self.current()
        {
            current.look(signature);
            self.obstacle = None;
        }
        self.look_at_others();
        if !same {
            self.lose_name(world.now);
            self.find_places();
        }
        if !same || changed || self.is_alert(world.now) {
            self.list(world, false);
        }
        // Its copy may have been found to go on with what was read, or another has got the name:
        // then it is a new one.
        let lost = same && !self.named && found.is_some();
        let found = if lost { self.find(world) } else { found };
        if let Some((id, _)) = found.filter(|_| !same || !self.named) {
            self.take_name(id, world);
        }
        if let Some(current) = self.current() {
            // It may be truncated before it is read.
            current.pin();
        }
        self.begun |= self.named;
        self.retire(world);
    }

    /// What the name leads to. What stands in its way is told once.
    fn find(&mut self, world: &mut World) -> Option<(Id, Signature)> {
        let obstacle = match fs::metadata(&self.path) {
            Ok(found) if found.is_file() => {
                let id = id_of(&self.path, &found);
                if world.is_owned_by_other(id, self.source) {
                    Notice::Note(format!("{} is followed by another name", self.shown))
                } else {
                    return Some((id, Signature::of(&found)));
                }
            }
            Ok(_) => Notice::Note(format!("{} is no file now: waiting for one", self.shown)),
            Err(cause) if is_absent(&cause) => {
                // That a file is away for a moment is what rotation is.
                if self.begun {
                    return None;
                }
                Notice::Note(format!("{} is not there yet: waiting for it", self.shown))
            }
            Err(cause) => Notice::Problem(unreadable(&self.path, &cause)),
        };
        self.tell(obstacle, world);
        None
    }

    fn tell(&mut self, obstacle: Notice, world: &mut World) {
        let text = obstacle.text();
        if self.obstacle.as_ref() != Some(&text) {
            self.obstacle = Some(text);
            world.notices.push(obstacle);
        }
    }

    /// Looks at the generations that have lost the name.
    fn look_at_others(&mut self) {
        let others = self.place_of_older();
        let mut closed = 0;
        for step in 0..others {
            let generation = &mut self.generations[(self.looked + step) % others];
            if let Some(metadata) = generation.metadata() {
                generation.look(Signature::of(&metadata));
                continue;
            }
            closed += 1;
            if closed > LOOKS {
                continue;
            }
            // Where one is that has moved, its directory tells.
            let found = fs::metadata(&generation.path).ok();
            if let Some(found) =
                found.filter(|found| id_of(&generation.path, found) == generation.id)
            {
                generation.look(Signature::of(&found));
            }
        }
        self.looked = if closed > LOOKS { (self.looked + LOOKS) % others } else { 0 };
    }

    pub(super) fn lose_name(&mut self, now: i64) {
        if let Some(current) = self.current() {
            current.last = now;
            current.ready = true;
        }
        self.named = false;
    }

    /// Gives the name to the file that has it now.
    fn take_name(&mut self, id: Id, world: &mut World) {
        if let Some(at) = self.generations.iter().position(|known| known.id == id) {
            let mut known = self.generations.remove(at);
            known.path.clone_from(&self.path);
            // If it has come back by its number only, reading finds that it is another one.
            known.ready = true;
            self.generations.push(known);
            self.named = true;
            return;
        }
        let file = match fs::File::open(&self.path) {
            Ok(file) => file,
            Err(cause) if is_absent(&cause) => return,
            Err(cause) => {
                return self.tell(Notice::Problem(unreadable(&self.path, &cause)), world);
            }
        };
        // Whoever has the name by now is looked at in the next poll.
        let Ok(metadata) = file.metadata() else { return };
        if id_of(&self.path, &metadata) != id || !world.own(id, self.source) {
            return;
        }
        self.obstacle = None;
        self.verdicts.remove(&id);
        self.named = true;
        if let Some(last) = self.replaced(&file) {
            world.release(self.generations[last].id);
            let mut generation = self.generations.remove(last);
            generation.move_to(id, self.path.clone(), file);
            generation.last = world.now;
            self.generations.push(generation);
            return;
        }
        let shown = Arc::clone(&self.shown);
        let mut generation = if is_compressed(&self.path) {
            Generation::packed(id, self.path.clone(), shown)
        } else {
            let tail = Tail::new(file, Print::default());
            Generation::open(id, self.path.clone(), shown, tail)
        };
        generation.last = world.now;
        if !world.may_open(1) {
            generation.close();
        }
        world.count(&generation);
        self.generations.push(generation);
    }

    /// The generation that a file continues which has been put in its place: a tool that copies
    /// logs writes all of it to a new file and renames that.
    fn replaced(&self, file: &fs::File) -> Option<usize> {
        let last = self.generations.len().checked_sub(1)?;
        let before = &self.generations[last];
        let deleted = before.metadata().is_some_and(|metadata| is_deleted(&metadata));
        (deleted && before.continues_in(file).unwrap_or(false)).then_some(last)
    }

    /// The next lines; none if there are none at present.
    pub(super) fn read(&mut self, world: &mut World, block: &mut Block) -> Option<Delivered> {
        if self.losses > 0 {
            *block = Block { losses: std::mem::take(&mut self.losses), ..Block::default() };
            return Some(Delivered { shown: Arc::clone(&self.shown), first_line: 1 });
        }
        while let Some(cut) = self.torn.pop_front() {
            if let Some(delivered) = cut.tear(block, &mut world.cutting) {
                return Some(delivered);
            }
        }
        let (mut at, mut restarts) = (0, 0);
        while at < self.generations.len() {
            let generation = &mut self.generations[at];
            if !generation.ready {
                at += 1;
                continue;
            }
            if !generation.is_open() {
                world.open += 1;
            }
            let opened = generation.reopen();
            if matches!(opened, Step::Nothing) && self.finds_older(at, world) {
                if restarts == RESTARTS {
                    return None;
                }
                (at, restarts) = (0, restarts + 1);
                continue;
            }
            let is_current = self.named && at + 1 == self.generations.len();
            let generation = &mut self.generations[at];
            let step = match opened {
                Step::Nothing if generation.packed => {
                    let settled = world.now.saturating_sub(generation.last) >= world.rotate_wait;
                    generation.unpack(block, &mut world.cutting, world.now, settled)
                }
                Step::Nothing => generation.read(is_current, block, &mut world.cutting, world.now),
                other => other,
            };
            if !generation.is_open() {
                world.open -= 1;
            }
            match step {
                Step::Block(delivered) => {
                    // Nothing follows behind the end of an archive.
                    generation.retired &= generation.packed;
                    return Some(delivered);
                }
                Step::Nothing => {
                    let last = self.named && at + 1 == self.generations.len();
                    let generation = &mut self.generations[at];
                    if generation.retired
                        && !last
                        && let Some(torn) = generation.tear(block, &mut world.cutting)
                    {
                        return Some(torn);
                    }
                    at += 1;
                }
                // Its directory tells where it is now.
                Step::Moved if restarts == 0 => {
                    self.list_anew(world);
                    (at, restarts) = (0, restarts + 1);
                }
                Step::Moved => {
                    generation.ready = false;
                    self.alert_until = world.now + world.rotate_wait;
                    at += 1;
                }
                Step::Changed => {
                    self.changed(at, world);
                    if restarts == RESTARTS {
                        return None;
                    }
                    // The copy stands before what has taken its place.
                    self.list_anew(world);
                    (at, restarts) = (0, restarts + 1);
                }
                Step::Failed(cause) => {
                    generation.ready = false;
                    if !std::mem::replace(&mut generation.failing, true) {
                        let error = if generation.packed {
                            failed(&generation.path.to_string_lossy(), &cause)
                        } else {
                            unreadable(&generation.path, &cause)
                        };
                        world.notices.push(Notice::Problem(error));
                    }
                    at += 1;
                }
            }
        }
        None
    }

    /// Whether something turns up, before the first line of what has the name is read, that is to
    /// be read before it: since the name was looked at, its file may have been copied and truncated.
    /// What stands in it now is held to, and what was copied before that is in the directory by now.
    fn finds_older(&mut self, at: usize, world: &mut World) -> bool {
        let is_current = self.named && at + 1 == self.generations.len();
        if !is_current || !self.generations[at].pin() {
            return false;
        }
        let listed = self.list_anew(world);
        let older = self.place_of_older();
        let same = older == at && self.generations[at].pin.is_some();
        // What cannot be read keeps nobody.
        let may_read = |older: &Generation| older.ready && !older.failing;
        !(listed && same) || self.generations[..older].iter().any(may_read)
    }

    /// Looks anew while lines are read; whether all is known then.
    fn list_anew(&mut self, world: &mut World) -> bool {
        self.look_at_others();
        self.list(world, true)
    }

    /// What was read of a generation is no longer in its file.
    pub(super) fn changed(&mut self, at: usize, world: &mut World) {
        let is_current = self.named && at + 1 == self.generations.len();
        let generation = &mut self.generations[at];
        let is_expected = generation.retired || generation.copy;
        let is_sibling = generation.path != self.path
            && fs::metadata(&generation.path)
                .is_ok_and(|found| id_of(&generation.path, &found) == generation.id);
        let cut = generation.cut(world.now);
        self.cuts.extend(cut.filter(|_| !is_expected));
        if is_current || !is_sibling {
            return;
        }
        // What somebody has written over an old file, as the next copy, is judged like any new one.
        let gone = self.generations.remove(at);
        world.open -= usize::from(gone.is_open());
        world.release(gone.id);
        self.alert_until = world.now + world.rotate_wait;
    }

    /// Says that nothing is waited for any more, but for the end of the last line of the current
    /// generation.
    pub(super) fn finish(&mut self, world: &mut World) {
        for cut in std::mem::take(&mut self.cuts) {
            self.give_up(cut, world);
        }
        let older = self.place_of_older();
        for generation in &mut self.generations[..older] {
            if generation.is_torn() {
                (generation.ready, generation.retired) = (true, true);
            }
            if generation.waits {
                (generation.ready, generation.last) = (true, i64::MIN);
            }
        }
    }

    /// Whether something may be left to read.
    pub(super) fn has_more(&self) -> bool {
        self.losses > 0
            || !self.torn.is_empty()
            || self.generations.iter().any(|generation| generation.ready)
    }

    /// What is in the way of reading what the name leads to.
    pub(super) fn is_failing(&self) -> bool {
        self.generations.iter().any(|generation| generation.failing)
    }
}

fn is_absent(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
