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
    #[expect(clippy::option_option, reason = "what is ours may have been given back")]
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use portable_pty::{CommandBuilder, PtySize, native_pty_system};
    use std::io::Read;

    /// What the test below starts in a process of its own: a thread panics while it draws, and
    /// then another while nobody does.
    #[test]
    #[ignore = "it is a part of a_panic_gives_the_terminal_back"]
    fn panics_on_the_screen() {
        let tty = Tty::new();
        tty.enter().unwrap();
        let painter = tty.clone();
        let thread = std::thread::spawn(move || {
            let _leaving = Leaving(painter.clone());
            let _ = painter.draw(|| panic!("first on purpose"));
        });
        assert!(thread.join().is_err());
        assert!(!tty.draw(|| Ok(())).unwrap(), "it has been given back");
        tty.enter().unwrap();
        panic!("second on purpose");
    }

    #[test]
    fn a_panic_gives_the_terminal_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display();
        let program = std::env::current_exe().unwrap();
        let line = format!(
            "stty -a >{path}/before; {} --exact app::live::tty::tests::panics_on_the_screen \
             --ignored --nocapture; echo CODE $?; stty -a >{path}/after",
            program.display()
        );
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", &line]);
        let mut child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut seen = Vec::new();
        // At its end a terminal that nobody has any more is an error.
        let _ = pair.master.try_clone_reader().unwrap().read_to_end(&mut seen);
        assert!(child.wait().unwrap().success());
        let seen = String::from_utf8_lossy(&seen);
        let modes = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(modes("before"), modes("after"), "{seen}");
        assert!(seen.matches("\x1b[?1049h").count() == 2, "{seen}");
        let (_, behind) = seen.rsplit_once("\x1b[?1049l").unwrap();
        assert!(behind.contains("second on purpose") && behind.contains("CODE 101"), "{seen}");
        assert!(!seen.contains("it has been given back"), "{seen}");
    }
}
