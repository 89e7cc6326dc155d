//! An event on its way through the tracker, with the hash of its session.

use crate::event::Event;
use crate::record::Capture;

use super::name::{self, Key};

/// An event with the name that it is looked up by first.
pub(super) struct Line<'a> {
    pub(super) event: Event<'a>,
    /// The hash of its session, if it names one.
    hash: u32,
}

impl<'a> Line<'a> {
    #[inline]
    pub(super) fn new(event: Event<'a>) -> Line<'a> {
        let hash = event.get(Capture::Session).map_or(0, name::hash);
        Line { event, hash }
    }

    #[inline]
    pub(super) fn session(&self) -> Option<Key<'a>> {
        self.event.get(Capture::Session).map(|text| Key { text, hash: self.hash })
    }

    #[inline]
    pub(super) fn client(&self) -> Option<&'a str> {
        self.event.get(Capture::Client)
    }

    /// Left out for the end of a session, whose client is nearly always known by then.
    pub(super) fn client_hash(&self) -> Option<u32> {
        self.client().filter(|_| !self.event.ends_session()).map(name::hash)
    }
}
