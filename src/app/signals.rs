//! SIGINT and SIGTERM: the first asks to stop, the second ends the process at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Whether and by what the process was asked to stop.
pub(super) struct Stop {
    /// Set once a signal has come.
    pub(super) asked: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
}

impl Stop {
    /// Starts listening. Where the system does not let us, signals end the process as ever.
    pub(super) fn listen() -> Stop {
        let stop = Stop { asked: Arc::default(), signal: Arc::default() };
        for signal in [SIGINT, SIGTERM] {
            // The order matters: on the second signal the flag is already set.
            let _ =
                flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&stop.asked));
            let number = usize::try_from(signal).unwrap_or_default();
            let _ = flag::register_usize(signal, Arc::clone(&stop.signal), number);
            let _ = flag::register(signal, Arc::clone(&stop.asked));
        }
        stop
    }

    /// The exit code for the signal that came: 128 and its number.
    pub(super) fn code(&self) -> u8 {
        u8::try_from(128 + self.signal.load(Ordering::Relaxed)).unwrap_or(u8::MAX)
    }
}
