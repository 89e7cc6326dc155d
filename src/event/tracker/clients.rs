//! Who is online, and who has been.

use serde::{Deserialize, Serialize};

use super::ledger::Ledger;
use super::name::Key;

/// The clients that are remembered.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Clients {
    /// In the order of their connects.
    online: Ledger<Client>,
    /// In the order of their disconnects.
    gone: Ledger<Client>,
    /// How often the server has started.
    starts: u32,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Client {
    /// It connected as a device.
    device: bool,
    /// A connect of it has been seen.
    connected: bool,
    /// A further line of its last disconnect is to come, if the server has not started since:
    /// the number of starts at that disconnect.
    expects: Option<u32>,
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
    pub(super) fn connect(&mut self, id: Key<'_>, device: bool, limit: usize) -> Connect {
        if let Some(slot) = self.online.find(id) {
            let client = self.online.get_mut(slot);
            let was_device = Some(std::mem::replace(&mut client.device, device));
            self.online.move_last(slot);
            return Connect { reconnection: true, online: 0, was_device };
        }
        let known = self.gone.find(id).map(|slot| self.gone.remove(slot));
        if known.is_none() && !self.make_room(limit) {
            return Connect { reconnection: false, online: 0, was_device: None };
        }
        let known = known.unwrap_or_default();
        let reconnection = known.connected;
        self.online.insert(id, Client { device, connected: true, ..known });
        Connect { reconnection, online: 1, was_device: None }
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
        if let Some(slot) = self.online.find(id) {
            let client = self.online.get_mut(slot);
            let expected = std::mem::replace(&mut client.expects, expects);
            if !coded && expected == Some(self.starts) {
                return None;
            }
            let client = self.online.remove(slot);
            let device = Some(client.device);
            self.gone.insert(id, client);
            return Some(Disconnect { online: -1, device });
        }
        if let Some(slot) = self.gone.find(id) {
            self.gone.get_mut(slot).expects = expects;
            return None;
        }
        if self.make_room(limit) {
            self.gone.insert(id, Client { expects, ..Client::default() });
        }
        Some(Disconnect { online: 0, device: None })
    }

    /// The server has started: nobody is online. Tells of everybody who was, and whether as a
    /// device, in the order of their connects.
    pub(super) fn restart(&mut self, mut lost: impl FnMut(&str, bool)) {
        self.starts = self.starts.wrapping_add(1);
        while let Some(slot) = self.online.first() {
            let (id, client) = (self.online.key(slot), self.online.get(slot).clone());
            lost(id.text, client.device);
            self.gone.insert(id, client);
            self.online.remove(slot);
        }
    }

    /// Forgets the client that has been gone for longest, if there are as many as may be;
    /// `false` if all of them are online.
    fn make_room(&mut self, limit: usize) -> bool {
        if self.online.len() + self.gone.len() < limit {
            return true;
        }
        let oldest = self.gone.first();
        oldest.map(|slot| self.gone.remove(slot)).is_some()
    }
}
