//! The clocks of the system.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::record::Timestamp;
use crate::scan::Clock;

/// The wall's time, and the time since it was made.
pub(super) struct Watch(Instant);

impl Watch {
    pub(super) fn start() -> Watch {
        #[expect(clippy::disallowed_methods, reason = "what is read now happens now")]
        Watch(Instant::now())
    }
}

impl Clock for Watch {
    #[expect(clippy::disallowed_methods, reason = "what is read now happens now")]
    fn wall(&self) -> Timestamp {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(now.as_micros()).unwrap_or(i64::MAX))
    }

    fn elapsed(&self) -> i64 {
        i64::try_from(self.0.elapsed().as_micros()).unwrap_or(i64::MAX)
    }
}
