//! Who is online, and who has been.

use std::hint::black_box;

use serde::{Deserialize, Serialize};

use super::age::{self, Ages};
use super::name::Key;
use super::slab::{Links, List};
use super::table::{Glance, Table};

/// The clients that are remembered.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub(super) struct Clients {
    known: Table<Client>,
    /// Those that are online, in the order of their connects.
    online: List,
    /// The others, in the order of their disconnects.
    gone: List,
    links: Links,
    /// Of those that are gone.
    ages: Ages,
    /// How often the server has started.
    starts: u32,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Client {
    /// It is online now.
    #[serde(skip)]
    online: bool,
    /// It connected as a device.
    device: bool,
    /// A connect of it has been seen.
    connected: bool,
    /// A further line of its last disconnect is to come, if the server has not started since:
    /// the number of starts at that disconnect.
    expects: Option<u32>,
}

/// The serial form: lists with names.
#[derive(Serialize, Deserialize)]
struct Saved {
    online: Vec<(Box<str>, Client)>,
    gone: Vec<(Box<str>, Client)>,
    starts: u32,
    /// Since when those that are gone are, where that is limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ages: Option<age::Saved>,
}

impl From<Clients> for Saved {
    fn from(clients: Clients) -> Saved {
        let Clients { known, online, gone, links, ages, starts } = clients;
        let ages = ages.save(&links, &gone);
        let list = |list: &List| {
            links.iter(list).map(|slot| (known.name(slot).into(), *known.get(slot))).collect()
        };
        Saved { online: list(&online), gone: list(&gone), starts, ages }
    }
}

impl From<Saved> for Clients {
    /// What was saved has no name twice; whatever else comes is left out.
    fn from(saved: Saved) -> Clients {
        let ages = Ages::load(saved.ages.as_ref());
        let mut clients = Clients { starts: saved.starts, ages, ..Clients::default() };
        for (online, list) in [(true, saved.online), (false, saved.gone)] {
            for (place, (name, client)) in list.into_iter().enumerate() {
                let id = Key::of(&name);
                if clients.known.find(id).is_none() {
                    let slot = clients.known.insert(id, Client { online, ..client });
                    let list = if online { &mut clients.online } else { &mut clients.gone };
                    clients.links.push(list, slot);
                    if !online {
                        clients.ages.begun_at(slot, saved.ages.as_ref(), place);
                    }
                }
            }
        }
        clients
    }
}

/// What a connect changes.
pub(super) struct Connect {
    pub(super) reconnection: bool,
    /// The change of the number of clients online: 1 or 0.
    pub(super) online: i8,
    /// As what it was online already: its disconnect has been missed.
    pub(super) was_device: Option<bool>,
}

/// What a disconnect changes.
pub(super) struct Disconnect {
    /// The change of the number of clients online: 0 or -1.
    pub(super) online: i8,
    /// As what it had connected, if that has been seen.
    pub(super) device: Option<bool>,
}

impl Clients {
    /// Lets clients be forgotten that have been gone for so many microseconds.
    pub(super) fn forget_after(&mut self, limit: i64) {
        self.ages = Ages::limited(limit);
    }

    /// Says how far time has come, and forgets those that have been gone for too long.
    pub(super) fn go_on(&mut self, now: i64) {
        self.ages.go_on(now);
        while let Some(slot) = self.gone.first().filter(|slot| self.ages.is_over(*slot)) {
            self.links.remove(&mut self.gone, slot);
            self.known.remove(slot);
        }
    }

    /// How many are remembered.
    pub(super) fn held(&self) -> usize {
        self.known.len()
    }

    /// See [`Table::glance`].
    pub(super) fn glance(&self, mut clients: Glance) {
        self.known.glance(&mut clients, |client| u32::from(client.online));
        black_box(&clients);
    }

    pub(super) fn connect(&mut self, id: Key<'_>, device: bool, limit: usize) -> Connect {
        let Some(slot) = self.known.find(id).or_else(|| self.add(id, limit)) else {
            return Connect { reconnection: false, online: 0, was_device: None };
        };
        let client = self.known.get_mut(slot);
        let before = *client;
        *client = Client { online: true, device, connected: true, ..before };
        if before.online {
            self.links.move_last(&mut self.online, slot);
            return Connect { reconnection: true, online: 0, was_device: Some(before.device) };
        }
        self.links.remove(&mut self.gone, slot);
        self.links.push(&mut self.online, slot);
        Connect { reconnection: before.connected, online: 1, was_device: None }
    }

    /// `None` if the line belongs to a disconnect that has been counted. `coded` lines are always
    /// the first of theirs; `more` says that another line follows.
    pub(super) fn disconnect(
        &mut self,
        id: Key<'_>,
        coded: bool,
        more: bool,
        limit: usize,
    ) -> Option<Disconnect> {
        let expects = more.then_some(self.starts);
        let Some(slot) = self.known.find(id) else {
            if let Some(slot) = self.add(id, limit) {
                self.known.get_mut(slot).expects = expects;
            }
            return Some(Disconnect { online: 0, device: None });
        };
        let client = self.known.get_mut(slot);
        let expected = std::mem::replace(&mut client.expects, expects);
        if !client.online || (!coded && expected == Some(self.starts)) {
            return None;
        }
        client.online = false;
        let device = Some(client.device);
        self.links.remove(&mut self.online, slot);
        self.leave(slot);
        Some(Disconnect { online: -1, device })
    }

    /// The server has started: nobody is online. Tells of everybody who was, and whether as a
    /// device, in the order of their connects.
    pub(super) fn restart(&mut self, mut lost: impl FnMut(&str, bool)) {
        self.starts = self.starts.wrapping_add(1);
        while let Some(slot) = self.online.first() {
            self.links.remove(&mut self.online, slot);
            self.leave(slot);
            let client = self.known.get_mut(slot);
            client.online = false;
            let device = client.device;
            lost(self.known.name(slot), device);
        }
    }

    /// Puts a client that is in no list among those that are gone.
    fn leave(&mut self, slot: u32) {
        self.links.push(&mut self.gone, slot);
        self.ages.begin(slot);
    }

    /// Remembers one more client, which is not online, and forgets the one that has been gone for
    /// longest if there are as many as may be. `None` if all of them are online.
    fn add(&mut self, id: Key<'_>, limit: usize) -> Option<u32> {
        if self.known.len() >= limit {
            let oldest = self.gone.first()?;
            self.links.remove(&mut self.gone, oldest);
            self.known.remove(oldest);
        }
        let slot = self.known.insert(id, Client::default());
        self.leave(slot);
        Some(slot)
    }
}
