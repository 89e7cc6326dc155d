//! Which sessions are open, whose they are, and which have ended.

mod saved;

use serde::{Deserialize, Serialize};

use crate::record::Timestamp;

use super::ledger::Ledger;
use super::name::{Key, Name};
use saved::Saved;

/// How many ended sessions are remembered, so that later lines about their ends do not count:
/// the most recent ones.
const MAX_ENDED: usize = 1 << 16;

/// The sessions that are remembered.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub(super) struct Sessions {
    /// Those that have started and not ended, and those that a line has told of before their
    /// start: in the order of their starts, and of those lines.
    open: Ledger<Session>,
    /// Those that have ended, with their owners, in the order of their ends.
    ended: Ledger<Option<OwnerId>>,
    /// How many sessions have started.
    starts: u64,
    /// The clients that own any of these.
    owners: Ledger<Owner>,
}

/// What is known of a session that has not ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Session {
    /// Whose it is.
    pub(super) owner: Option<OwnerId>,
    /// Its task.
    task: Option<Name>,
    /// Its start, if that has been seen.
    pub(super) start: Option<Start>,
    /// How many nanoseconds it ran, if the server has said so.
    pub(super) took: Option<i64>,
    /// The last state of its agent was not FINISH.
    pub(super) agent_failed: bool,
    /// Its owner has disconnected, and that has been told.
    orphaned: bool,
    /// Its place in its owner's list of running sessions.
    place: Option<u32>,
}

impl Session {
    pub(super) fn task(&self) -> Option<&str> {
        self.task.as_ref().map(Name::as_str)
    }
}

/// The start of a session.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Start {
    /// When, if its line says so.
    pub(super) time: Option<Timestamp>,
    /// Starts are numbered.
    number: u64,
}

/// The slot of a client that owns sessions, valid for as long as it owns one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OwnerId(u32);

/// A client that owns sessions.
#[derive(Debug, Clone, Default)]
struct Owner {
    /// How many sessions name it, the ended ones included.
    sessions: u32,
    /// The slots of those that run, and are not orphans.
    running: Vec<u32>,
}

impl Sessions {
    /// How many are open, those told of before their start included.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// The slot of an open session.
    pub(super) fn find(&self, id: Key<'_>) -> Option<u32> {
        self.open.find(id)
    }

    pub(super) fn get(&self, slot: u32) -> &Session {
        self.open.get(slot)
    }

    pub(super) fn name(&self, slot: u32) -> &str {
        self.open.name(slot)
    }

    /// The client of an owner.
    pub(super) fn client(&self, owner: OwnerId) -> &str {
        self.owners.name(owner.0)
    }

    /// The first in order.
    pub(super) fn first(&self) -> Option<u32> {
        self.open.first()
    }

    /// The slots of those that have started, in the order of their starts.
    pub(super) fn started(&self) -> impl Iterator<Item = (u32, Start)> {
        self.open.slots().filter_map(|slot| Some((slot, self.get(slot).start?)))
    }

    /// Whether a session has ended, and whose it was.
    pub(super) fn ended(&self, id: Key<'_>) -> Option<Option<OwnerId>> {
        Some(*self.ended.get(self.ended.find(id)?))
    }

    /// Adds a session that a line tells of for the first time.
    pub(super) fn insert(&mut self, id: Key<'_>) -> u32 {
        self.open.insert(id, Session::default())
    }

    /// Adds what a line tells of a session. What is known already stays, unless the line comes
    /// before the start and `decides`: it is what was prepared last that starts.
    pub(super) fn learn(
        &mut self,
        slot: u32,
        client: Option<&str>,
        task: Option<&str>,
        decides: bool,
    ) {
        let session = self.open.get_mut(slot);
        let decides = decides && session.start.is_none();
        if let Some(task) = task.filter(|_| decides || session.task.is_none()) {
            session.task = Some(task.into());
        }
        let before = session.owner;
        if let Some(client) = client.filter(|_| decides || before.is_none()) {
            // The new owner first: it may be the old one, which must not be forgotten between.
            let owner = self.adopt(client);
            self.open.get_mut(slot).owner = Some(owner);
            self.release(before);
        }
        self.list(slot);
    }

    /// What the server says of a run just before its end.
    pub(super) fn took(&mut self, slot: u32, nanos: Option<i64>, agent_failed: bool) {
        let session = self.open.get_mut(slot);
        session.took = nanos;
        session.agent_failed = agent_failed;
    }

    /// Starts a session; `false` if it has started already.
    pub(super) fn start(&mut self, slot: u32, id: Key<'_>, time: Option<Timestamp>) -> bool {
        let session = self.open.get_mut(slot);
        if session.start.is_some() {
            return false;
        }
        session.start = Some(Start { time, number: self.starts });
        self.starts += 1;
        self.open.move_last(slot);
        if let Some(ended) = self.ended.find(id) {
            self.forget(ended);
        }
        self.list(slot);
        true
    }

    /// Takes a session out, without an end.
    pub(super) fn drop_open(&mut self, slot: u32) {
        let owner = self.close(slot);
        self.release(owner);
    }

    /// Ends a session that has not ended yet, and tells whose it was: what is known counts before
    /// what the line of its end says.
    pub(super) fn end(
        &mut self,
        id: Key<'_>,
        slot: Option<u32>,
        client: Option<&str>,
    ) -> Option<OwnerId> {
        let known = slot.and_then(|slot| self.close(slot));
        let owner = known.or_else(|| client.map(|client| self.adopt(client)));
        self.ended.insert(id, owner);
        if self.ended.len() > MAX_ENDED
            && let Some(oldest) = self.ended.first()
        {
            self.forget(oldest);
        }
        owner
    }

    /// The owner has disconnected: tells of each of its running sessions, in the order of their
    /// starts. Each is told of once.
    pub(super) fn orphan(&mut self, client: Key<'_>, mut tell: impl FnMut(&str, &Session)) {
        let Some(owner) = self.owners.find(client) else { return };
        let mut slots = std::mem::take(&mut self.owners.get_mut(owner).running);
        slots.sort_unstable_by_key(|&slot| self.get(slot).start.map(|start| start.number));
        for &slot in &slots {
            let session = self.open.get_mut(slot);
            session.orphaned = true;
            session.place = None;
            tell(self.name(slot), self.get(slot));
        }
        slots.clear();
        self.owners.get_mut(owner).running = slots;
    }

    /// The server has started: no session is open, and none will be told of again.
    pub(super) fn restart(&mut self) {
        *self = Sessions { starts: self.starts, ..Sessions::default() };
    }

    /// Takes a session out of the open ones and of its owner's list. It still counts as its
    /// owner's: that is returned to be kept or released.
    fn close(&mut self, slot: u32) -> Option<OwnerId> {
        self.unlist(slot);
        self.open.remove(slot).owner
    }

    fn forget(&mut self, ended: u32) {
        let owner = self.ended.remove(ended);
        self.release(owner);
    }

    /// The owner for one more session of a client.
    fn adopt(&mut self, client: &str) -> OwnerId {
        let client = Key::of(client);
        let found = self.owners.find(client);
        let owner = found.unwrap_or_else(|| self.owners.insert(client, Owner::default()));
        self.owners.get_mut(owner).sessions += 1;
        OwnerId(owner)
    }

    /// A session of this owner is not remembered any more.
    fn release(&mut self, owner: Option<OwnerId>) {
        let Some(OwnerId(owner)) = owner else { return };
        let left = &mut self.owners.get_mut(owner).sessions;
        *left -= 1;
        if *left == 0 {
            self.owners.remove(owner);
        }
    }

    /// Puts a session on its owner's list of running ones, if it belongs there.
    fn list(&mut self, slot: u32) {
        let session = self.open.get_mut(slot);
        let unlisted = session.start.is_some() && !session.orphaned && session.place.is_none();
        let Some(OwnerId(owner)) = session.owner.filter(|_| unlisted) else { return };
        let running = &mut self.owners.get_mut(owner).running;
        session.place = Some(running.len() as u32);
        running.push(slot);
    }

    /// Takes a session from that list.
    fn unlist(&mut self, slot: u32) {
        let session = self.open.get_mut(slot);
        let (Some(place), Some(OwnerId(owner))) = (session.place.take(), session.owner) else {
            return;
        };
        let running = &mut self.owners.get_mut(owner).running;
        running.swap_remove(place as usize);
        if let Some(&moved) = running.get(place as usize) {
            self.open.get_mut(moved).place = Some(place);
        }
    }
}



