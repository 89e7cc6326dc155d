//! How long ago what a list holds was put there, in event time. It knows no meaning.
//!
//! Reports remember as much as there is room for. Rules run for months: for them there is a limit,
//! so that what can hardly matter any more takes no memory.

use serde::{Deserialize, Serialize};

use super::slab::{Links, List};

/// Since when the slots of a list have been in it, where there is a limit to that.
#[derive(Debug, Clone, Default)]
pub(super) struct Ages {
    /// In microseconds.
    limit: Option<i64>,
    /// How far time has come, in microseconds since 1970, once that is known.
    now: Option<i64>,
    /// Since when each slot has been there; what came before any time was known came with the first.
    since: Vec<i64>,
}

/// The serial form: the times in the order of the list.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Saved {
    limit: i64,
    now: Option<i64>,
    since: Vec<i64>,
}

impl Ages {
    pub(super) fn limited(limit: i64) -> Ages {
        Ages { limit: Some(limit), ..Ages::default() }
    }

    /// The same limit and time, and nothing that is there.
    pub(super) fn anew(&self) -> Ages {
        Ages { since: Vec::new(), ..*self }
    }

    /// Says what time it is. It may go back a little, as records do.
    pub(super) fn go_on(&mut self, now: i64) {
        let Some(before) = self.now else {
            self.since.fill(now);
            self.now = Some(now);
            return;
        };
        let back = before.saturating_sub(now);
        if back < 0 || self.limit.is_some_and(|limit| back > limit) {
            self.now = Some(now);
        }
    }

    /// The time; any, as long as it is not known.
    fn time(&self) -> i64 {
        self.now.unwrap_or_default()
    }

    /// A slot has been put into the list.
    pub(super) fn begin(&mut self, slot: u32) {
        if self.limit.is_none() {
            return;
        }
        let (at, now) = (slot as usize, self.time());
        if at >= self.since.len() {
            self.since.resize(at + 1, now);
        }
        self.since[at] = now;
    }

    /// Whether a slot has been there for too long; or since a time that has turned out to be far
    /// ahead, which would else keep it for ever.
    pub(super) fn is_over(&self, slot: u32) -> bool {
        let now = self.time();
        let since = self.since.get(slot as usize).copied().unwrap_or(now);
        self.limit.is_some_and(|limit| now.abs_diff(since) > limit.unsigned_abs())
    }

    pub(super) fn save(&self, links: &Links, list: &List) -> Option<Saved> {
        let since = |slot: u32| self.since.get(slot as usize).copied().unwrap_or(self.time());
        let since = links.iter(list).map(since).collect();
        self.limit.map(|limit| Saved { limit, now: self.now, since })
    }

    /// The limit and the time that were saved; the times of the list follow by
    /// [`Ages::begun_at`].
    pub(super) fn load(saved: Option<&Saved>) -> Ages {
        let Some(saved) = saved else { return Ages::default() };
        Ages { now: saved.now, ..Ages::limited(saved.limit) }
    }

    /// A slot had been put into the list at a saved place.
    pub(super) fn begun_at(&mut self, slot: u32, saved: Option<&Saved>, place: usize) {
        self.begin(slot);
        let since = saved.and_then(|saved| saved.since.get(place).copied());
        if let (Some(since), Some(there)) = (since, self.since.get_mut(slot as usize)) {
            *there = since;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_before_the_first_time_comes_with_it() {
        let mut ages = Ages::limited(100);
        ages.begin(0);
        ages.go_on(1_000_000);
        assert!(!ages.is_over(0));
        ages.go_on(1_000_100);
        assert!(!ages.is_over(0));
        ages.go_on(1_000_101);
        assert!(ages.is_over(0));
    }
}
