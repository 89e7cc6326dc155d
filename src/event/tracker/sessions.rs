//! Which sessions are open, whose they are, and which have ended.

use serde::{Deserialize, Serialize};

use crate::record::Timestamp;

use super::ledger::Ledger;

/// How many ended sessions are remembered, so that later lines about their ends do not count:
/// the most recent ones.
const MAX_ENDED: usize = 1 << 16;

/// The sessions that are remembered.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Saved")]
pub(super) struct Sessions {
    /// Those that have started and not ended, and those that a line has told of before their
    /// start: in the order of their starts, and of those lines.
    open: Ledger<Session>,
    /// Those that have ended, with their clients, in the order of their ends.
    ended: Ledger<Option<Box<str>>>,
    /// How many sessions have started.
    starts: u64,
    /// The open sessions by client.
    #[serde(skip_serializing)]
    owned: Ledger<Vec<u32>>,
}

/// What is known of a session that has not ended.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Session {
    /// Whose it is.
    pub(super) client: Option<Box<str>>,
    /// Its task.
    pub(super) task: Option<Box<str>>,
    /// Its start, if that has been seen.
    pub(super) start: Option<Start>,
    /// How many nanoseconds it ran, if the server has said so.
    pub(super) took: Option<i64>,
    /// The last state of its agent was not FINISH.
    pub(super) agent_failed: bool,
    /// Its owner has disconnected, and that has been told.
    orphaned: bool,
    /// Its place in the list of its client's open sessions.
    #[serde(skip)]
    place: Option<Place>,
}

/// The start of a session.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Start {
    /// When, if its line says so.
    pub(super) time: Option<Timestamp>,
    /// Starts are numbered.
    number: u64,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    owner: u32,
    index: u32,
}

/// [`Sessions`] without what follows from the rest.
#[derive(Deserialize)]
struct Saved {
    open: Ledger<Session>,
    ended: Ledger<Option<Box<str>>>,
    starts: u64,
}

impl From<Saved> for Sessions {
    fn from(saved: Saved) -> Sessions {
        let Saved { open, ended, starts } = saved;
        let slots: Vec<u32> = open.slots().collect();
        let mut sessions = Sessions { open, ended, starts, owned: Ledger::default() };
        for slot in slots {
            sessions.own(slot);
        }
        sessions
    }
}

impl Sessions {
    /// How many are open, those told of before their start included.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    pub(super) fn find(&self, id: &str) -> Option<u32> {
        self.open.find(id)
    }

    pub(super) fn get(&self, slot: u32) -> &Session {
        self.open.get(slot)
    }

    /// The first in order.
    pub(super) fn first(&self) -> Option<u32> {
        self.open.first()
    }

    /// Those that have started, in the order of their starts, with their names.
    pub(super) fn started(&self) -> impl Iterator<Item = (&str, &Session, Start)> {
        let all = self.open.slots().map(|slot| (self.open.name(slot), self.open.get(slot)));
        all.filter_map(|(id, session)| Some((id, session, session.start?)))
    }

    /// Whether lines about its end are late ones: it has ended, and not started again.
    pub(super) fn has_ended(&self, id: &str) -> bool {
        self.ended.find(id).is_some()
    }

    /// Whose session it is, or was.
    pub(super) fn client(&self, id: &str) -> Option<&str> {
        match self.open.find(id) {
            Some(slot) => self.open.get(slot).client.as_deref(),
            None => self.ended.get(self.ended.find(id)?).as_deref(),
        }
    }

    /// Adds a session that a line tells of for the first time.
    pub(super) fn insert(&mut self, id: &str) -> u32 {
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
        for (known, told) in [(&mut session.client, client), (&mut session.task, task)] {
            if (known.is_none() || decides) && told.is_some() {
                *known = told.map(Box::from);
            }
        }
        self.own(slot);
    }

    /// What the server says of a run just before its end.
    pub(super) fn took(&mut self, slot: u32, nanos: Option<i64>, agent_failed: bool) {
        let session = self.open.get_mut(slot);
        session.took = nanos;
        session.agent_failed = agent_failed;
    }

    /// Starts a session; `false` if it has started already.
    pub(super) fn start(&mut self, slot: u32, time: Option<Timestamp>) -> bool {
        let number = self.starts;
        let session = self.open.get_mut(slot);
        if session.start.is_some() {
            return false;
        }
        session.start = Some(Start { time, number });
        self.starts += 1;
        self.open.move_last(slot);
        if let Some(ended) = self.ended.find(self.open.name(slot)) {
            self.ended.remove(ended);
        }
        self.own(slot);
        true
    }

    /// Takes a session out, without an end.
    pub(super) fn drop_open(&mut self, slot: u32) -> (Box<str>, Session) {
        self.disown(slot);
        self.open.remove(slot)
    }

    /// Remembers that a session has ended.
    pub(super) fn remember_end(&mut self, id: &str, client: Option<Box<str>>) {
        if self.ended.find(id).is_some() {
            return;
        }
        self.ended.insert(id, client);
        if self.ended.len() > MAX_ENDED
            && let Some(oldest) = self.ended.first()
        {
            self.ended.remove(oldest);
        }
    }

    /// The owner has disconnected: tells of each of its open sessions, in the order of their
    /// starts. Each is told of once.
    pub(super) fn orphan(&mut self, client: &str, mut tell: impl FnMut(&str, &Session)) {
        let Some(owner) = self.owned.find(client) else { return };
        let (_, mut slots) = self.owned.remove(owner);
        slots.sort_unstable_by_key(|&slot| self.open.get(slot).start.map(|start| start.number));
        for slot in slots {
            let session = self.open.get_mut(slot);
            session.orphaned = true;
            session.place = None;
            tell(self.open.name(slot), self.open.get(slot));
        }
    }

    /// The server has started: no session is open, and none will be told of again.
    pub(super) fn restart(&mut self) {
        *self = Sessions { starts: self.starts, ..Sessions::default() };
    }

    /// Puts a session on the list of its client's open ones, if it belongs there.
    fn own(&mut self, slot: u32) {
        let session = self.open.get_mut(slot);
        let unlisted = session.start.is_some() && !session.orphaned && session.place.is_none();
        let Some(client) = session.client.as_deref().filter(|_| unlisted) else { return };
        let owner =
            self.owned.find(client).unwrap_or_else(|| self.owned.insert(client, Vec::new()));
        let slots = self.owned.get_mut(owner);
        session.place = Some(Place { owner, index: slots.len() as u32 });
        slots.push(slot);
    }

    /// Takes a session from that list.
    fn disown(&mut self, slot: u32) {
        let Some(Place { owner, index }) = self.open.get_mut(slot).place.take() else { return };
        let slots = self.owned.get_mut(owner);
        slots.swap_remove(index as usize);
        if let Some(&moved) = slots.get(index as usize) {
            self.open.get_mut(moved).place = Some(Place { owner, index });
        } else if slots.is_empty() {
            self.owned.remove(owner);
        }
    }
}
