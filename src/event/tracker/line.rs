//! An event on its way through the tracker, with the hashes of its names.

use crate::event::Event;
use crate::record::Capture;

use super::name::{self, Key};

/// An event with the names that it is looked up by.
pub(super) struct Line<'a> {
    pub(super) event: Event<'a>,
    /// The hash of its session, if it names one.
    session: u32,
    /// That of its client. The end of a session has none: whose that is, is nearly always known.
    client: u32,
}

impl<'a> Line<'a> {
    #[inline]
    pub(super) fn new(event: Event<'a>) -> Line<'a> {
        let session = event.get(Capture::Session).map_or(0, name::hash);
        let client = event.get(Capture::Client).filter(|_| !event.ends_session());
        let client = client.map_or(0, name::hash);
        Line { event, session, client }
    }

    #[inline]
    pub(super) fn session(&self) -> Option<Key<'a>> {
        self.event.get(Capture::Session).map(|text| Key { text, hash: self.session })
    }

    /// The client, unless this is the end of a session.
    #[inline]
    pub(super) fn client(&self) -> Option<Key<'a>> {
        let client = self.event.get(Capture::Client).filter(|_| !self.event.ends_session());
        client.map(|text| Key { text, hash: self.client })
    }
}
