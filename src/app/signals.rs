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
    /// Whether the next signal ends the process.
    at_once: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
}

impl Stop {
    /// Starts listening. Where the system does not let us, signals end the process as ever.
    pub(super) fn listen() -> Stop {
        let asked = Arc::default();
        Stop::begin(Arc::clone(&asked), asked)
    }

    /// The same, but signals only ask until [`Stop::arm`] is called: for as long as the terminal
    /// would be left in disorder.
    pub(super) fn listen_unarmed() -> Stop {
        Stop::begin(Arc::default(), Arc::default())
    }

    /// From now on a signal ends the process at once, if one has come before.
    pub(super) fn arm(&self) {
        let armed = Arc::clone(&self.at_once);
        if self.is_asked() {
            armed.store(true, Ordering::Relaxed);
        } else {
            for signal in [SIGINT, SIGTERM] {
                // Behind the actions that are there: it is the second signal that ends.
                let _ = flag::register(signal, Arc::clone(&armed));
            }
        }
    }

    fn begin(asked: Arc<AtomicBool>, at_once: Arc<AtomicBool>) -> Stop {
        let stop = Stop { asked, at_once, signal: Arc::default() };
        for signal in [SIGINT, SIGTERM] {
            // The order matters: on the second signal the flag is already set.
            let _ = flag::register_conditional_shutdown(
                signal,
                128 + signal,
                Arc::clone(&stop.at_once),
            );
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

/// What signals ask of whoever has the terminal: to give it back before the process stops or ends.
#[cfg(feature = "screen")]
pub(super) struct Orders {
    /// Set while nobody has it: then signals do what they always do.
    free: Arc<AtomicBool>,
    suspend: Arc<AtomicBool>,
    resumed: Arc<AtomicBool>,
    end: Arc<AtomicUsize>,
}

#[cfg(feature = "screen")]
impl Orders {
    /// Starts listening, where there are such signals.
    pub(super) fn listen() -> Orders {
        let orders = Orders {
            free: Arc::default(),
            suspend: Arc::default(),
            resumed: Arc::default(),
            end: Arc::default(),
        };
        #[cfg(unix)]
        orders.register();
        orders
    }

    #[cfg(unix)]
    fn register(&self) {
        use signal_hook::consts::{SIGCONT, SIGHUP, SIGQUIT, SIGTSTP};
        for signal in [SIGTSTP, SIGQUIT, SIGHUP] {
            let _ = flag::register_conditional_default(signal, Arc::clone(&self.free));
        }
        let _ = flag::register(SIGTSTP, Arc::clone(&self.suspend));
        let _ = flag::register(SIGCONT, Arc::clone(&self.resumed));
        for signal in [SIGQUIT, SIGHUP] {
            let number = usize::try_from(signal).unwrap_or_default();
            let _ = flag::register_usize(signal, Arc::clone(&self.end), number);
        }
    }

    /// The signal that ends the process, if one came.
    pub(super) fn to_end(&self) -> Option<i32> {
        let signal = self.end.load(Ordering::Relaxed);
        i32::try_from(signal).ok().filter(|signal| *signal > 0)
    }

    /// Ends the process as the signal would have.
    pub(super) fn end(&self, signal: i32) {
        self.leave();
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }

    /// Whether the process is to stop, until it is continued.
    pub(super) fn to_suspend(&self) -> bool {
        self.suspend.swap(false, Ordering::Relaxed)
    }

    /// Stops the process; comes back once it is continued.
    pub(super) fn suspend() {
        #[cfg(unix)]
        let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP);
    }

    /// Whether the process was continued since the last call.
    pub(super) fn was_continued(&self) -> bool {
        self.resumed.swap(false, Ordering::Relaxed)
    }

    /// The terminal has been given back.
    pub(super) fn leave(&self) {
        self.free.store(true, Ordering::Relaxed);
    }
}
