//! An event on its way through the tracker, with the hashes of its names.

use crate::event::Event;
use crate::record::{Capture, EventKind};

use super::name::{Key, hash};

/// The hashes of the names that an event is looked up by.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hashes {
    pub(super) session: Option<u32>,
    /// Left out for the end of a session, whose client is nearly always known by then.
    pub(super) client: Option<u32>,
}

impl Hashes {
    pub(super) fn of(event: &Event<'_>) -> Hashes {
        let ends = matches!(event.kind, EventKind::SessionFinished | EventKind::SessionCancelled);
        let client = event.get(Capture::Client).filter(|_| !ends);
        Hashes { session: event.get(Capture::Session).map(hash), client: client.map(hash) }
    }
}

/// An event with the names that it is looked up by.
pub(super) struct Line<'a> {
    pub(super) event: Event<'a>,
    pub(super) session: Option<Key<'a>>,
    pub(super) client: Option<Key<'a>>,
}

impl<'a> Line<'a> {
    pub(super) fn new(event: Event<'a>, hashes: Hashes) -> Line<'a> {
        let key = |(text, hash)| Key { text, hash };
        let session = event.get(Capture::Session).zip(hashes.session).map(key);
        let client = event.get(Capture::Client).zip(hashes.client).map(key);
        Line { event, session, client }
    }
}
