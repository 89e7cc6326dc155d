//! The end of generations: when one is closed, when it is forgotten, and what is given up with it.

use super::cut::Cut;
use super::generation::Generation;
use super::trail::Trail;
use super::world::{Notice, World};

/// How many times longer than usual a file is kept open that no name leads to: nothing else
/// could bring back what is still written to it.
const ORPHANS: i64 = 60;

impl Trail {
    /// Closes what nobody writes to any more, and forgets what is gone.
    pub(super) fn retire(&mut self, world: &mut World) {
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
                false => {
                    // Who has written it has had time enough.
                    generation.ready |= generation.waits && quiet >= wait;
                    forgotten
                }
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
    pub(super) fn give_up(&mut self, cut: Cut, world: &mut World) {
        self.losses += 1;
        world.notices.push(Notice::Loss(format!(
            "{} was truncated and there is no copy of it: lines written just before that may be lost",
            cut.shown
        )));
        self.torn.push_back(cut);
    }
}
