//! Compressed files beside the followed one: which hold what has been read, and which are read.
//!
//! What they are called proves nothing. One that begins with what was read of a file which is gone
//! is that file, and reading goes on in it; one that begins like nothing that is known was rotated
//! and compressed unseen, and is read from its beginning.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use crate::source::fault;
use crate::source::input::failed;
use crate::source::magic;

use super::generation::Generation;
use super::mark::{Id, PRINT, Print, Signature, bytes, id_of};
use super::packed::Packed;
use super::siblings::{Doubt, Sibling, Verdict};
use super::trail::Trail;
use super::world::{Notice, World};

/// Whose content an archive begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// What was truncated, by its place among the cuts.
    Cut(usize),
    /// That of a generation, by its place.
    Generation(usize),
}

/// What an archive is.
#[derive(Debug)]
enum Content {
    /// It begins with all that has been read of something.
    Of(Whose),
    /// It is a beginning of what has been read.
    Beginning,
    /// It begins like nothing that is known.
    New,
    /// It cannot be read as far as would tell.
    Broken(io::Error),
}

/// Whether a file is compressed, as far as it can be read.
pub(super) fn is_compressed(path: &Path) -> bool {
    let head = File::open(path).and_then(|file| bytes(&file, 0, magic::LONGEST as u64));
    head.is_ok_and(|head| magic::is_compressed(&head))
}

impl Trail {
    /// Takes a compressed file that is there at the start, as one that is younger than what has
    /// been taken: to be read `whole`, or if it changes only.
    pub(super) fn take_packed(&mut self, path: &Path, whole: bool, world: &mut World) -> bool {
        let Ok(metadata) = fs::metadata(path) else { return false };
        let id = id_of(path, &metadata);
        if !metadata.is_file() || !world.own(id, self.source) {
            return false;
        }
        let shown: Arc<str> = Arc::from(path.to_string_lossy().as_ref());
        let mut generation = Generation::packed(id, path.to_owned(), shown);
        (generation.last, generation.listed) = (world.now, world.now);
        if !whole {
            generation = generation.unchanged(Signature::of(&metadata));
        }
        let at = self.place_of_older();
        self.generations.insert(at, generation);
        true
    }

    /// Finds out what a new compressed file is, and takes it if it may hold lines that have not
    /// been read. Whether it has turned out that a file was truncated, so that this may be its copy.
    pub(super) fn judge_packed(
        &mut self,
        sibling: Sibling,
        mut file: File,
        world: &mut World,
    ) -> io::Result<bool> {
        if sibling.rotation.is_none() || !cfg!(feature = "archives") {
            self.judged(&sibling, false, world.now);
            return Ok(false);
        }
        let verdict = self.verdicts.get(&sibling.id).copied();
        let known = verdict.and_then(|verdict| verdict.known) == Some(sibling.signature);
        let doubt = verdict.and_then(|verdict| verdict.doubt);
        let doubt = doubt.filter(|doubt| doubt.seen == sibling.signature);
        let was_broken = doubt.filter(|doubt| doubt.broken);
        if was_broken.is_some_and(|doubt| world.now < doubt.since + world.rotate_wait) {
            self.doubted(&sibling, was_broken, true, world);
            return Ok(false);
        }
        file.seek(SeekFrom::Start(0))?;
        if doubt.is_none() && self.is_at_hand(file.try_clone()?) {
            self.doubted(&sibling, None, false, world);
            return Ok(false);
        }
        file.seek(SeekFrom::Start(0))?;
        match self.content(file) {
            Content::Of(Whose::Cut(at)) => {
                let cut = self.cuts.remove(at);
                let generation = Generation::copied_packed(cut, sibling.id, sibling.path);
                self.insert(generation, world);
            }
            Content::Of(Whose::Generation(at)) => return self.is_of(at, sibling, world),
            Content::Beginning => self.judged(&sibling, true, world.now),
            Content::New if known => {
                let known = verdict.and_then(|verdict| verdict.known);
                self.judged(&sibling, true, world.now);
                self.verdicts.entry(sibling.id).and_modify(|verdict| verdict.known = known);
            }
            Content::New => self.is_new(sibling, world),
            Content::Broken(_) if was_broken.is_none() => {
                self.doubted(&sibling, None, true, world);
            }
            Content::Broken(cause) => {
                let shown = sibling.path.to_string_lossy();
                world.notices.push(Notice::Problem(failed(&shown, &cause)));
                self.judged(&sibling, false, world.now);
            }
        }
        Ok(false)
    }

    /// An archive begins with all that has been read of a generation.
    fn is_of(&mut self, at: usize, sibling: Sibling, world: &mut World) -> io::Result<bool> {
        let generation = &mut self.generations[at];
        if !generation.is_intact()? {
            self.changed(at, world);
            return Ok(true);
        }
        if generation.has_own_file() {
            // What is read is the file itself, until that is gone.
            self.judged(&sibling, true, world.now);
            return Ok(false);
        }
        let is_reused = generation.is_its_number_there();
        world.release(generation.id);
        world.own(sibling.id, self.source);
        self.verdicts.remove(&sibling.id);
        generation.pack(sibling.id, sibling.path);
        generation.listed = world.now;
        // Who has its number and its name now is another file.
        self.named &= at + 1 < self.generations.len();
        Ok(is_reused)
    }

    /// An archive begins like nothing that is known: it is a file of which nothing was read, or one
    /// that nobody has seen.
    fn is_new(&mut self, sibling: Sibling, world: &mut World) {
        let unread = |generation: &&mut Generation| {
            generation.position() == 0 && !generation.retired && !generation.has_own_file()
        };
        let Sibling { id, path, .. } = sibling;
        if let Some(generation) = self.generations.iter_mut().find(unread) {
            world.release(generation.id);
            generation.pack(id, path);
            generation.listed = world.now;
            world.own(id, self.source);
            self.verdicts.remove(&id);
            return;
        }
        self.insert(Generation::packed(id, path, Arc::clone(&self.shown)), world);
    }

    /// It may be being written: it is looked at again once it has changed, or has not for a while.
    fn doubted(&mut self, sibling: &Sibling, old: Option<Doubt>, broken: bool, world: &World) {
        let known = self.verdicts.get(&sibling.id).and_then(|verdict| verdict.known);
        self.judged(sibling, true, world.now);
        if let Some(verdict) = self.verdicts.get_mut(&sibling.id) {
            let new = Doubt { seen: sibling.signature, since: world.now, broken };
            (verdict.doubt, verdict.known) = (old.or(Some(new)), known);
            verdict.signature = Signature::NONE;
        }
        self.alert_until = world.now + world.rotate_wait + 1;
    }

    /// Whether an archive begins like a file that is still there: then there is time to wait until
    /// nobody writes it, and looking into it again and again would take long.
    fn is_at_hand(&self, file: File) -> bool {
        let mut packed = Packed::new(file);
        let _ = packed.reach(PRINT);
        self.is_held(packed.print())
    }

    /// Whether some file has, up to where an archive has come, what that has.
    fn is_held(&self, end: &Print) -> bool {
        self.generations.iter().any(|generation| generation.holds(end).unwrap_or(false))
    }

    /// What an archive holds, beside what is known. It is decompressed only as far as that takes.
    fn content(&self, file: File) -> Content {
        let mut packed = Packed::new(file);
        match packed.reach(PRINT) {
            Ok(_) if packed.print().position == 0 => return Content::Beginning,
            Err(cause) if packed.print().position == 0 => return Content::Broken(cause),
            // What begins like nothing that is known is told apart by little.
            Ok(_) | Err(_) => {}
        }
        let candidates = self.candidates(&packed.print().head);
        let mut found = None;
        for (whose, print) in &candidates {
            if print.position > packed.print().position {
                match packed.reach(print.position) {
                    Ok(true) => {}
                    Ok(false) if found.is_none() && self.is_held(packed.print()) => {
                        return Content::Beginning;
                    }
                    Ok(false) => break,
                    Err(cause) => return found.map_or(Content::Broken(cause), Content::Of),
                }
            }
            // A head alone is all that there is of what is no longer than it.
            if print.position <= PRINT || packed.print().before == print.before {
                found = Some(*whose);
            }
        }
        match found {
            Some(whose) => Content::Of(whose),
            // Nothing may have been read yet of the file that it was made of.
            None if self.is_held(packed.print()) => match packed.reach(u64::MAX) {
                Ok(_) if self.is_held(packed.print()) => Content::Beginning,
                Ok(_) => Content::New,
                Err(cause) => Content::Broken(cause),
            },
            None => Content::New,
        }
    }

    /// What has been read and begins as an archive does, the shortest first.
    fn candidates(&self, head: &[u8]) -> Vec<(Whose, Print)> {
        let cuts = self.cuts.iter().enumerate();
        let cuts = cuts.map(|(at, cut)| (Whose::Cut(at), cut.print.clone()));
        let generations = self.generations.iter().enumerate();
        let generations = generations.map(|(at, known)| (Whose::Generation(at), known.print()));
        let mut candidates: Vec<(Whose, Print)> = cuts
            .chain(generations)
            .filter(|(_, print)| print.position > 0)
            .filter(|(_, print)| print.head.starts_with(head) || head.starts_with(&print.head))
            .collect();
        candidates.sort_by_key(|(_, print)| print.position);
        candidates
    }

    /// Archives that are not read, for the next run.
    pub(super) fn known_archives(&self) -> Vec<(Id, Signature)> {
        let packed = self.verdicts.iter().filter(|(_, verdict)| verdict.is_packed);
        let seen = packed.map(|(id, verdict)| (*id, verdict.known.unwrap_or(verdict.signature)));
        seen.filter(|(_, signature)| *signature != Signature::NONE).collect()
    }

    /// Takes over those of the run before.
    pub(super) fn restore_archives(&mut self, known: &[(Id, Signature)], now: i64) {
        let verdicts =
            known.iter().map(|(id, signature)| (*id, Verdict::of_archive(*signature, now)));
        self.verdicts.extend(verdicts);
    }
}

/// Whether a reader has failed because the data end too early: what is being written does.
pub(super) fn is_cut(cause: &io::Error) -> bool {
    let problem = cause.get_ref().and_then(|inner| inner.downcast_ref::<fault::Problem>());
    problem.is_some_and(|problem| problem.fault == fault::Fault::Cut)
}
