//! Which sessions are open, whose they are, and which have ended.

mod saved;

use std::hint::black_box;

use serde::{Deserialize, Serialize};

use crate::record::Timestamp;

use super::age::Ages;
use super::name::Key;
use super::slab::{Links, List, Slab};
use super::table::{FEW, Glance, Table};
use saved::Saved;

/// How many ended sessions are remembered, so that later lines about their ends do not count:
/// the most recent ones.
const MAX_ENDED: usize = 1 << 16;

/// The sessions that are remembered.
///
/// Every name is looked up in one table, so that an event costs one search: it leads to what is
/// open under that name and to what has ended under it. Both may be there, since a line can
/// prepare a session anew before it starts again.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub(super) struct Sessions {
    ids: Table<Entry>,
    /// What is known of those that have not ended.
    open: Slab<Session>,
    /// Those that have started and not ended, and those that a line has told of before their
    /// start: in the order of their starts, and of those lines.
    opened: List,
    open_links: Links,
    /// The slots in `ids` of those that have ended, in the order of their ends.
    ended: List,
    ended_links: Links,
    ages: Ages,
    /// How many sessions have started.
    starts: u64,
    /// The clients that own any of these.
    owners: Table<Owner>,
    owned_links: Links,
}

/// What there is under the name of a session.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    open: Option<OpenId>,
    /// If it has ended, and not started again since.
    ended: Option<End>,
}

/// The end of a session.
#[derive(Debug, Clone, Copy)]
struct End {
    /// Whose it was.
    owner: Option<OwnerId>,
}

/// What a look-up has found: valid until the sessions change.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Found {
    slot: Option<u32>,
    pub(super) open: Option<OpenId>,
    ended: Option<End>,
}

/// The slot of an open session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OpenId(u32);

/// What is known of a session that has not ended: two lines of the processor's cache.
#[derive(Debug, Clone, Default)]
#[repr(align(64))]
pub(super) struct Session {
    /// The slot of its name.
    id: u32,
    /// Whose it is.
    pub(super) owner: Option<OwnerId>,
    /// Its task, if it has one. The text's memory outlives the session.
    task: String,
    has_task: bool,
    /// Its start, if that has been seen.
    pub(super) start: Option<Start>,
    /// How many nanoseconds it ran, if the server has said so.
    pub(super) took: Option<i64>,
    /// The last state of its agent was not FINISH.
    pub(super) agent_failed: bool,
    /// Its owner has disconnected, and that has been told.
    orphaned: bool,
    /// It is in its owner's list of running sessions.
    listed: bool,
}

impl Session {
    pub(super) fn task(&self) -> Option<&str> {
        self.has_task.then_some(&*self.task)
    }

    fn set_task(&mut self, task: Option<&str>) {
        self.has_task = task.is_some();
        self.task.clear();
        self.task.push_str(task.unwrap_or_default());
    }

    /// Forgets the last user of this slot.
    fn begin(&mut self, id: u32) {
        let mut task = std::mem::take(&mut self.task);
        task.clear();
        *self = Session { id, task, ..Session::default() };
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
    /// Its name, which nearly every fact gives.
    client: Box<str>,
    /// How many sessions name it, the ended ones included.
    sessions: u32,
    /// The slots of those that run, and are not orphans.
    running: List,
}

impl Sessions {
    /// Lets ends be forgotten after so many microseconds.
    pub(super) fn forget_after(&mut self, limit: i64) {
        self.ages = Ages::limited(limit);
    }

    /// Says how far time has come, and forgets the ends that lie too far back.
    pub(super) fn go_on(&mut self, now: i64) {
        self.ages.go_on(now);
        while self.ended.first().is_some_and(|id| self.ages.is_over(id)) {
            self.forget_oldest_end();
        }
    }

    /// How many are remembered.
    pub(super) fn held(&self) -> usize {
        self.ids.len()
    }

    /// How many are open, those told of before their start included.
    pub(super) fn len(&self) -> usize {
        self.opened.len()
    }

    /// See [`Table::glance`]. The owner of a session is the client, or known already. There are
    /// `ends` of sessions ahead, for each of which an older one may have to be forgotten.
    pub(super) fn glance(&self, mut ids: Glance, mut clients: Glance, ends: usize) {
        self.ids.glance(&mut ids, |entry| entry.open.map_or(0, |open| open.0));
        if self.open.len().max(self.owners.len()) > FEW {
            self.owners.glance(&mut clients, |owner| owner.sessions);
            ids.map(|slot| {
                let Some(session) = self.open.get(slot) else { return 0 };
                black_box((session.start.is_some(), session.has_task));
                session.owner.map_or(0, |owner| owner.0)
            });
            self.owners.glance_at(&mut ids, |owner| owner.sessions);
        }
        black_box((&ids, &clients));
        let forgotten = (self.ended.len() + ends).saturating_sub(MAX_ENDED).min(ends);
        for id in self.ended_links.iter(&self.ended).take(forgotten) {
            black_box(self.ids.glance_removal(id));
        }
    }

    /// How many clients own sessions.
    pub(super) fn owners(&self) -> usize {
        self.owners.len()
    }

    /// What is known under a name.
    #[inline]
    pub(super) fn find(&self, id: Key<'_>) -> Found {
        let Some(slot) = self.ids.find(id) else { return Found::default() };
        let Entry { open, ended } = *self.ids.get(slot);
        Found { slot: Some(slot), open, ended }
    }

    pub(super) fn get(&self, open: OpenId) -> &Session {
        &self.open[open.0]
    }

    pub(super) fn name(&self, open: OpenId) -> &str {
        self.ids.name(self.get(open).id)
    }

    /// The client of an owner.
    pub(super) fn client(&self, owner: OwnerId) -> &str {
        &self.owners.get(owner.0).client
    }

    /// Whose a session is, or was.
    pub(super) fn owner(&self, found: Found) -> Option<OwnerId> {
        match found.open {
            Some(open) => self.get(open).owner,
            None => found.ended?.owner,
        }
    }

    /// Whether lines about its end come after that end.
    pub(super) fn is_late(&self, found: Found) -> bool {
        let runs = found.open.is_some_and(|open| self.get(open).start.is_some());
        !runs && found.ended.is_some()
    }

    /// The first of the open ones in order.
    pub(super) fn first(&self) -> Option<OpenId> {
        self.opened.first().map(OpenId)
    }

    /// Those that have started, in the order of their starts.
    pub(super) fn started(&self) -> impl Iterator<Item = (OpenId, Start)> {
        self.open_links
            .iter(&self.opened)
            .filter_map(|slot| Some((OpenId(slot), self.open[slot].start?)))
    }

    /// Opens a session that is not open: a line tells of it for the first time.
    pub(super) fn insert(&mut self, id: Key<'_>, found: Found) -> OpenId {
        let id = found.slot.unwrap_or_else(|| self.ids.insert(id, Entry::default()));
        let slot = self.open.take();
        self.open[slot].begin(id);
        self.open_links.push(&mut self.opened, slot);
        self.ids.get_mut(id).open = Some(OpenId(slot));
        OpenId(slot)
    }

    /// Adds what a line tells of a session. What is known already stays, unless the line comes
    /// before the start and `decides`: it is what was prepared last that starts.
    pub(super) fn learn(
        &mut self,
        open: OpenId,
        client: Option<Key<'_>>,
        task: Option<&str>,
        decides: bool,
    ) {
        let session = &mut self.open[open.0];
        let decides = decides && session.start.is_none();
        if task.is_some() && (decides || !session.has_task) {
            session.set_task(task);
        }
        let before = session.owner;
        if let Some(client) = client.filter(|_| decides || before.is_none()) {
            // The new owner first: it may be the old one, which must not be forgotten between.
            let owner = self.adopt(client);
            self.open[open.0].owner = Some(owner);
            self.release(before);
            self.list(open);
        }
    }

    /// What the server says of a run just before its end.
    pub(super) fn took(&mut self, open: OpenId, nanos: Option<i64>, agent_failed: bool) {
        let session = &mut self.open[open.0];
        session.took = nanos;
        session.agent_failed = agent_failed;
    }

    /// Starts a session; `false` if it has started already.
    pub(super) fn start(&mut self, open: OpenId, time: Option<Timestamp>) -> bool {
        let session = &mut self.open[open.0];
        if session.start.is_some() {
            return false;
        }
        session.start = Some(Start { time, number: self.starts });
        self.starts += 1;
        let id = session.id;
        self.open_links.move_last(&mut self.opened, open.0);
        if let Some(End { owner }) = self.ids.get_mut(id).ended.take() {
            self.ended_links.remove(&mut self.ended, id);
            self.release(owner);
        }
        self.list(open);
        true
    }

    /// Takes a session out, without an end.
    pub(super) fn drop_open(&mut self, open: OpenId) {
        let id = self.get(open).id;
        let owner = self.close(open);
        self.release(owner);
        if self.ids.get(id).ended.is_none() {
            self.ids.remove(id);
        }
    }

    /// Ends a session that has not ended yet, and tells whose it was: what is known counts before
    /// what the line of its end says.
    pub(super) fn end(
        &mut self,
        id: Key<'_>,
        found: Found,
        client: Option<&str>,
    ) -> Option<OwnerId> {
        let known = found.open.and_then(|open| self.close(open));
        let owner = known.or_else(|| client.map(|client| self.adopt(Key::of(client))));
        let id = found.slot.unwrap_or_else(|| self.ids.insert(id, Entry::default()));
        self.ids.get_mut(id).ended = Some(End { owner });
        self.ended_links.push(&mut self.ended, id);
        self.ages.begin(id);
        if self.ended.len() > MAX_ENDED {
            self.forget_oldest_end();
        }
        owner
    }

    /// The owner has disconnected: tells of each of its running sessions, in the order of their
    /// starts. Each is told of once.
    pub(super) fn orphan(&mut self, client: Key<'_>, mut tell: impl FnMut(&str, &Session)) {
        let Some(owner) = self.owners.find(client) else { return };
        let running = std::mem::take(&mut self.owners.get_mut(owner).running);
        let mut slots: Vec<u32> = self.owned_links.iter(&running).collect();
        slots.sort_unstable_by_key(|&slot| self.open[slot].start.map(|start| start.number));
        for slot in slots {
            let session = &mut self.open[slot];
            session.orphaned = true;
            session.listed = false;
            tell(self.ids.name(session.id), session);
        }
    }

    /// The server has started: no session is open, and none will be told of again.
    pub(super) fn restart(&mut self) {
        let (ages, starts) = (self.ages.anew(), self.starts);
        *self = Sessions { ages, starts, ..Sessions::default() };
    }

    /// Takes a session out of the open ones and of its owner's list. It still counts as its
    /// owner's: that is returned to be kept or released.
    fn close(&mut self, open: OpenId) -> Option<OwnerId> {
        self.unlist(open);
        let Session { id, owner, .. } = self.open[open.0];
        self.open_links.remove(&mut self.opened, open.0);
        self.open.free(open.0);
        self.ids.get_mut(id).open = None;
        owner
    }

    fn forget_oldest_end(&mut self) {
        let Some(id) = self.ended.first() else { return };
        self.ended_links.remove(&mut self.ended, id);
        let entry = self.ids.get_mut(id);
        let owner = entry.ended.take().and_then(|end| end.owner);
        if entry.open.is_none() {
            self.ids.remove(id);
        }
        self.release(owner);
    }

    /// The owner for one more session of a client.
    fn adopt(&mut self, client: Key<'_>) -> OwnerId {
        let found = self.owners.find(client);
        let owner = found.unwrap_or_else(|| {
            self.owners.insert(client, Owner { client: client.text.into(), ..Owner::default() })
        });
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
    fn list(&mut self, open: OpenId) {
        let session = &mut self.open[open.0];
        let unlisted = session.start.is_some() && !session.orphaned && !session.listed;
        let Some(OwnerId(owner)) = session.owner.filter(|_| unlisted) else { return };
        session.listed = true;
        self.owned_links.push(&mut self.owners.get_mut(owner).running, open.0);
    }

    /// Takes a session from that list.
    fn unlist(&mut self, open: OpenId) {
        let session = &mut self.open[open.0];
        if let (Some(OwnerId(owner)), true) = (session.owner, session.listed) {
            session.listed = false;
            self.owned_links.remove(&mut self.owners.get_mut(owner).running, open.0);
        }
    }
}

#[cfg(test)]
impl Sessions {
    /// Panics unless what is kept twice agrees.
    pub(super) fn check(&self) {
        let names = self.ids.len();
        let both = self.ended_links.iter(&self.ended).filter(|id| self.ids.get(*id).open.is_some());
        assert_eq!(names, self.opened.len() + self.ended.len() - both.count());
        assert_eq!(self.open.len(), self.opened.len());
        let mut sums = std::collections::BTreeMap::<u32, (u32, Vec<u32>)>::new();
        for slot in self.open_links.iter(&self.opened) {
            let session = &self.open[slot];
            assert_eq!(self.ids.get(session.id).open, Some(OpenId(slot)));
            if let Some(OwnerId(owner)) = session.owner {
                let (sessions, running) = sums.entry(owner).or_default();
                *sessions += 1;
                assert_eq!(session.listed, session.start.is_some() && !session.orphaned);
                running.extend(session.listed.then_some(slot));
            }
        }
        for id in self.ended_links.iter(&self.ended) {
            if let Some(OwnerId(owner)) = self.ids.get(id).ended.unwrap().owner {
                sums.entry(owner).or_default().0 += 1;
            }
        }
        assert_eq!(self.owners.len(), sums.len());
        for (owner, (sessions, mut running)) in sums {
            let owner = self.owners.get(owner);
            assert_eq!(owner.sessions, sessions);
            let mut listed: Vec<u32> = self.owned_links.iter(&owner.running).collect();
            listed.sort_unstable();
            running.sort_unstable();
            assert_eq!(listed, running);
        }
    }
}
