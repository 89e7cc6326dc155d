//! An event on its way through the tracker, with the hashes of its names.

use crate::event::Event;
use crate::record::Capture;

use super::name::Key;

/// An event with the names that it is looked up by.
pub(super) struct Line<'a> {
    pub(super) event: Event<'a>,
    pub(super) session: Option<Key<'a>>,
    /// Left out for the end of a session, whose client is nearly always known by then.
    pub(super) client: Option<Key<'a>>,
}

impl<'a> Line<'a> {
    pub(super) fn new(event: Event<'a>) -> Line<'a> {
        let session = event.get(Capture::Session).map(Key::of);
        let client = event.get(Capture::Client).filter(|_| !event.ends_session()).map(Key::of);
        Line { event, session, client }
    }
}
