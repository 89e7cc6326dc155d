//! The serial form of [`Sessions`]: lists with names, without what follows from them.

use serde::{Deserialize, Serialize};

use super::super::age;
use super::{Ages, End, Entry, Key, OpenId, OwnerId, Sessions, Start};

/// Those that are open and those that have ended, each in its order.
#[derive(Serialize, Deserialize)]
pub(super) struct Saved {
    open: Vec<SavedSession>,
    ended: Vec<(Box<str>, Option<Box<str>>)>,
    starts: u64,
    /// Since when those that have ended have, where that is limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ages: Option<age::Saved>,
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
        let open = sessions.open_links.iter(&sessions.opened).map(|slot| {
            let session = sessions.get(OpenId(slot));
            SavedSession {
                id: sessions.name(OpenId(slot)).into(),
                client: client(session.owner),
                task: session.task().map(Box::from),
                start: session.start,
                took: session.took,
                agent_failed: session.agent_failed,
                orphaned: session.orphaned,
            }
        });
        let ended = sessions.ended_links.iter(&sessions.ended).map(|id| {
            (
                sessions.ids.name(id).into(),
                client(sessions.ids.get(id).ended.and_then(|end| end.owner)),
            )
        });
        let ages = sessions.ages.save(&sessions.ended_links, &sessions.ended);
        Saved { open: open.collect(), ended: ended.collect(), starts: sessions.starts, ages }
    }
}

impl From<Saved> for Sessions {
    /// What was saved has no name twice, and none of a session that runs among the ended ones;
    /// whatever else comes is left out.
    fn from(saved: Saved) -> Sessions {
        let ages = Ages::load(saved.ages.as_ref());
        let mut sessions = Sessions { starts: saved.starts, ages, ..Sessions::default() };
        for SavedSession { id, client, task, start, took, agent_failed, orphaned } in saved.open {
            let id = Key::of(&id);
            let found = sessions.find(id);
            if found.open.is_some() {
                continue;
            }
            let open = sessions.insert(id, found);
            let owner = client.map(|client| sessions.adopt(Key::of(&client)));
            let session = &mut sessions.open[open.0];
            session.set_task(task.as_deref());
            (session.owner, session.start, session.took) = (owner, start, took);
            (session.agent_failed, session.orphaned) = (agent_failed, orphaned);
            sessions.list(open);
        }
        for (place, (id, client)) in saved.ended.into_iter().enumerate() {
            let id = Key::of(&id);
            let found = sessions.find(id);
            let runs = found.open.is_some_and(|open| sessions.get(open).start.is_some());
            if !runs && found.ended.is_none() {
                let owner = client.map(|client| sessions.adopt(Key::of(&client)));
                let id = found.slot.unwrap_or_else(|| sessions.ids.insert(id, Entry::default()));
                sessions.ids.get_mut(id).ended = Some(End { owner });
                sessions.ended_links.push(&mut sessions.ended, id);
                sessions.ages.begun_at(id, saved.ages.as_ref(), place);
            }
        }
        sessions
    }
}
