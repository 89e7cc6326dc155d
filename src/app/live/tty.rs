//! The terminal while a screen has it: how it was, and how it becomes that again, whatever ends
//! the program.
//!
//! Signals stay what they are: Ctrl-C and Ctrl-Z go to everybody in the pipe, as ever.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};

/// How often is tried to draw last: for a fifth of a second.
const PATIENCE: u32 = 40;

/// A terminal that knows how it was. Clones are of the same one.
#[derive(Clone)]
pub(super) struct Tty(Arc<Mutex<Option<Modes>>>);

impl Tty {
    pub(super) fn new() -> Tty {
        let tty = Tty(Arc::default());
        let hook = std::panic::take_hook();
        let of_panic = tty.clone();
        std::panic::set_hook(Box::new(move |info| {
            of_panic.leave();
            hook(info);
        }));
        tty
    }

    /// Takes the terminal for a screen.
    ///
    /// # Errors
    ///
    /// If the system refuses; then the terminal is as it was.
    pub(super) fn enter(&self) -> io::Result<()> {
        let mut saved = self.lock();
        let before = Modes::set()?;
        *saved = Some(before);
        let entered = execute!(io::stdout(), EnterAlternateScreen, Hide);
        drop(saved);
        if entered.is_err() {
            self.leave();
        }
        entered
    }

    /// Gives the terminal back as it was; does nothing if that has been done.
    pub(super) fn leave(&self) {
        match self.take() {
            Some(Some(saved)) => {
                let _ = execute!(io::stdout(), LeaveAlternateScreen, Show);
                saved.restore();
            }
            Some(None) => {}
            // Somebody panics who is drawing: what is written can be seen at least, and [`Leaving`]
            // does the rest.
            None => drop(execute!(io::stdout(), LeaveAlternateScreen, Show)),
        }
    }

    /// How the terminal was, if it is ours; nothing if somebody does not let go of it.
    fn take(&self) -> Option<Option<Modes>> {
        for _ in 0..PATIENCE {
            match self.0.try_lock() {
                Ok(mut saved) => return Some(saved.take()),
                Err(TryLockError::Poisoned(saved)) => return Some(saved.into_inner().take()),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        None
    }

    /// Lets somebody draw, unless the terminal has been given back; whether it has not.
    pub(super) fn draw(&self, draw: impl FnOnce() -> io::Result<()>) -> io::Result<bool> {
        let saved = self.lock();
        let ours = saved.is_some();
        if ours {
            draw()?;
        }
        Ok(ours)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Modes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the terminal back once it is dropped, on a panic too.
pub(super) struct Leaving(pub(super) Tty);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// How the terminal treats what is typed.
#[cfg(unix)]
struct Modes {
    terminal: std::os::fd::OwnedFd,
    before: rustix::termios::Termios,
}

#[cfg(unix)]
impl Modes {
    /// Keys come one by one and are not shown; what made signals still does. What is written is
    /// treated as before.
    fn set() -> io::Result<Modes> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        use std::os::fd::AsFd;
        let terminal = match std::fs::File::options().read(true).write(true).open("/dev/tty") {
            Ok(terminal) => terminal.into(),
            Err(_) => io::stdout().as_fd().try_clone_to_owned()?,
        };
        let before = tcgetattr(&terminal)?;
        let mut modes = before.clone();
        modes.make_raw();
        modes.local_modes |= before.local_modes & LocalModes::ISIG;
        modes.output_modes = before.output_modes;
        tcsetattr(&terminal, OptionalActions::Drain, &modes)?;
        Ok(Modes { terminal, before })
    }

    /// Keys that were typed for the screen are nothing to the shell.
    fn restore(self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
    }
}

#[cfg(not(unix))]
struct Modes;

#[cfg(not(unix))]
impl Modes {
    fn set() -> io::Result<Modes> {
        ratatui::crossterm::terminal::enable_raw_mode().map(|()| Modes)
    }

    fn restore(self) {
        let _ = ratatui::crossterm::terminal::disable_raw_mode();
    }
}
