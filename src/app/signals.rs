//! SIGINT and SIGTERM: the first asks to stop, the second ends the process at once. SIGHUP asks to
//! read settings again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Whether and by what the process was asked to stop.
#[derive(Clone)]
pub(super) struct Stop {
    /// Set once a signal has come; others may set it, too.
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

    /// Whether somebody has asked to stop.
    pub(super) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// The exit code for the signal that came, if one did: 128 and its number.
    pub(super) fn code(&self) -> Option<u8> {
        let signal = self.signal.load(Ordering::Relaxed);
        (signal > 0).then(|| u8::try_from(128 + signal).unwrap_or(u8::MAX))
    }
}

/// Whether the process was asked to read its settings again.
pub(super) struct Hangup(Arc<AtomicBool>);

impl Hangup {
    /// Starts listening, where there is such a signal.
    pub(super) fn listen() -> Hangup {
        let asked = Arc::default();
        #[cfg(unix)]
        let _ = flag::register(signal_hook::consts::SIGHUP, Arc::clone(&asked));
        Hangup(asked)
    }

    /// Whether it was asked since the last call.
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}
