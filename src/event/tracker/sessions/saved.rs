//! The serial form of [`Sessions`]: lists with names, without what follows from them.

use serde::{Deserialize, Serialize};

use super::{Key, OwnerId, Session, Sessions, Start};

/// Those that are open and those that have ended, each in its order.
#[derive(Serialize, Deserialize)]
pub(super) struct Saved {
    open: Vec<SavedSession>,
    ended: Vec<(Box<str>, Option<Box<str>>)>,
    starts: u64,
}

#[derive(Serialize, Deserialize)]
struct SavedSession {
    id: Box<str>,
    client: Option<Box<str>>,
    task: Option<Box<str>>,
    start: Option<Start>,
    took: Option<i64>,
    agent_failed: bool,
    orphaned: bool,
}

impl From<Sessions> for Saved {
    fn from(sessions: Sessions) -> Saved {
        let client = |owner: Option<OwnerId>| owner.map(|owner| sessions.client(owner).into());
        let open = sessions.open.slots().map(|slot| {
            let session = sessions.get(slot);
            SavedSession {
                id: sessions.name(slot).into(),
                client: client(session.owner),
                task: session.task().map(Box::from),
                start: session.start,
                took: session.took,
                agent_failed: session.agent_failed,
                orphaned: session.orphaned,
            }
        });
        let ended = sessions.ended.slots();
        let ended =
            ended.map(|slot| (sessions.ended.name(slot).into(), client(*sessions.ended.get(slot))));
        Saved { open: open.collect(), ended: ended.collect(), starts: sessions.starts }
    }
}

impl From<Saved> for Sessions {
    /// What was saved has no name twice, and none of a session that runs among the ended ones;
    /// whatever else comes is left out.
    fn from(saved: Saved) -> Sessions {
        let mut sessions = Sessions { starts: saved.starts, ..Sessions::default() };
        for SavedSession { id, client, task, start, took, agent_failed, orphaned } in saved.open {
            let id = Key::of(&id);
            if sessions.find(id).is_some() {
                continue;
            }
            let owner = client.map(|client| sessions.adopt(&client));
            let task = task.map(|task| (&*task).into());
            let session =
                Session { owner, task, start, took, agent_failed, orphaned, place: None };
            let slot = sessions.open.insert(id, session);
            sessions.list(slot);
        }
        for (id, client) in saved.ended {
            let id = Key::of(&id);
            let runs = sessions.find(id).is_some_and(|slot| sessions.get(slot).start.is_some());
            if !runs && sessions.ended(id).is_none() {
                let owner = client.map(|client| sessions.adopt(&client));
                sessions.ended.insert(id, owner);
            }
        }
        sessions
    }
}
