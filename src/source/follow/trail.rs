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
use crate::source::input::unreadable;

use super::generation::{Cut, Delivered, Generation, Step};
use super::mark::{Id, Print, Signature, id_of, is_deleted, last_line_start};
use super::siblings::{Verdict, is_compressed};
use super::tail::Tail;
use super::world::{Notice, World};
use super::{Position, Start};

/// How many closed files are looked at in one poll.
const LOOKS: usize = 64;
/// How many times longer than usual a file is kept open that no name leads to: nothing else
/// could bring back what is still written to it.
const ORPHANS: i64 = 60;

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
    fn current(&mut self) -> Option<&mut Generation> {
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
            if !is_compressed(path) {
                self.take_at_start(path, position, world);
            } else if start == Start::Beginning {
                let text = "is compressed: it is read without --follow only";
                world.notices.push(Notice::Note(format!("{} {text}", path.display())));
            }
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
        // Its copy may have been found to go on with what was read: then it is a new one itself.
        if let Some((id, _)) = found.filter(|_| !same || !self.named) {
            self.take_name(id, world);
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

    fn lose_name(&mut self, now: i64) {
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
        let tail = Tail::new(file, Print::default());
        let shown = Arc::clone(&self.shown);
        let mut generation = Generation::open(id, self.path.clone(), shown, tail);
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

    /// Closes what nobody writes to any more, and forgets what is gone.
    fn retire(&mut self, world: &mut World) {
        let wait = world.rotate_wait;
        let (old, new): (Vec<Cut>, Vec<Cut>) = std::mem::take(&mut self.cuts)
            .into_iter()
            .partition(|cut| cut.since + wait <= world.now);
        self.cuts = new;
        for cut in old {
            self.give_up(cut, world);
        }
        if !self.named {
            return;
        }
        let others = self.place_of_older();
        let mut at = 0;
        let mut left = others;
        while at < left {
            let generation = &mut self.generations[at];
            let quiet = world.now.saturating_sub(generation.last);
            let found = generation.listed >= self.listed;
            let forgotten = self.listed.saturating_sub(generation.listed) >= ORPHANS * wait;
            let over = match generation.is_open() {
                _ if generation.ready || generation.is_torn() && generation.retired => false,
                true if quiet >= wait && found && !generation.is_torn() => {
                    generation.retired = true;
                    generation.close();
                    world.open -= 1;
                    false
                }
                true if quiet >= wait => {
                    // Reading gives up a line that was torn.
                    generation.ready |= generation.is_torn();
                    generation.retired = true;
                    quiet >= ORPHANS * wait
                }
                true => false,
                false => forgotten,
            };
            if over {
                let gone = self.generations.remove(at);
                self.forget(&gone, world);
                left -= 1;
            } else {
                at += 1;
            }
        }
    }

    /// A generation that is not there any more.
    fn forget(&mut self, gone: &Generation, world: &mut World) {
        world.release(gone.id);
        world.open -= usize::from(gone.is_open());
        if !gone.retired {
            self.losses += 1;
            world.notices.push(Notice::Loss(format!(
                "{} was deleted while it was closed: lines may be lost",
                gone.shown
            )));
        }
    }

    /// Nobody has found a copy of what was truncated.
    fn give_up(&mut self, cut: Cut, world: &mut World) {
        self.losses += 1;
        world.notices.push(Notice::Loss(format!(
            "{} was truncated and there is no copy of it: lines written just before that may be lost",
            cut.shown
        )));
        self.torn.push_back(cut);
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
        let mut at = 0;
        while at < self.generations.len() {
            let generation = &mut self.generations[at];
            if !generation.ready {
                at += 1;
                continue;
            }
            if !generation.is_open() {
                world.open += 1;
            }
            let step = match generation.reopen() {
                Step::Nothing => generation.read(block, &mut world.cutting, world.now),
                other => other,
            };
            if !generation.is_open() {
                world.open -= 1;
            }
            match step {
                Step::Block(delivered) => {
                    generation.retired = false;
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
                Step::Moved => {
                    generation.ready = false;
                    self.alert_until = world.now + world.rotate_wait;
                    at += 1;
                }
                Step::Changed => {
                    self.changed(at, world);
                    // The copy stands before what has taken its place.
                    self.list(world, true);
                    at = 0;
                }
                Step::Failed(cause) => {
                    generation.ready = false;
                    if !std::mem::replace(&mut generation.failing, true) {
                        let error = unreadable(&generation.path, &cause);
                        world.notices.push(Notice::Problem(error));
                    }
                    at += 1;
                }
            }
        }
        None
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
