//! Standard output as a stream of whole writes: nothing is buffered behind our back.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::sleep;
use std::time::Duration;

use crate::error::Error;

use super::DONE;
use super::output;
use super::signals::Stop;

/// How often is looked again for what has no other way to tell.
pub(super) const PAUSE: Duration = Duration::from_millis(5);

/// How long a reader has for one write once somebody has asked to stop, in looks.
const PATIENCE: u32 = 30;
/// How often is looked whether it takes longer.
const LOOK: Duration = Duration::from_millis(20);

/// Writes all bytes. Whoever shares a pipe with us may have made it one that never waits.
pub(super) fn write_whole(file: &mut File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        #[expect(clippy::disallowed_methods, reason = "what was not written is tried again")]
        match file.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(length) => bytes = &bytes[length..],
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => sleep(PAUSE),
            Err(cause) => return Err(cause),
        }
    }
    Ok(())
}

/// Standard output without the buffer that the standard library puts before it.
#[cfg(unix)]
pub(super) fn stdout() -> io::Result<File> {
    use std::os::fd::AsFd;
    io::stdout().as_fd().try_clone_to_owned().map(File::from)
}

#[cfg(windows)]
pub(super) fn stdout() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    io::stdout().as_handle().try_clone_to_owned().map(File::from)
}

/// Standard output for lines that are passed on. While somebody has asked to stop and the reader
/// does not read, the program ends all the same.
pub(super) struct Lines {
    file: File,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    live: bool,
    /// Whether a write has begun and not ended.
    busy: AtomicBool,
    /// How many writes have ended.
    written: AtomicU64,
    over: AtomicBool,
}

impl Lines {
    /// Standard output of a run that is live or not: a live one that is asked to stop has done
    /// its work.
    ///
    /// # Errors
    ///
    /// If the system has no further descriptor.
    pub(super) fn open(stop: &Stop, live: bool) -> io::Result<Lines> {
        let state = Arc::new(State { live, ..State::default() });
        let (watched, stop) = (Arc::clone(&state), stop.clone());
        let lines = Lines { file: stdout()?, state };
        std::thread::spawn(move || watched.end_if_stuck(&stop));
        Ok(lines)
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.state.over.store(true, Ordering::Relaxed);
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.state.busy.store(true, Ordering::Relaxed);
        let done = write_whole(&mut self.file, bytes);
        self.state.written.fetch_add(1, Ordering::Relaxed);
        self.state.busy.store(false, Ordering::Relaxed);
        done.map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl State {
    fn end_if_stuck(&self, stop: &Stop) {
        let (mut looks, mut before) = (0, 0);
        while !self.over.load(Ordering::Relaxed) {
            sleep(LOOK);
            let written = self.written.load(Ordering::Relaxed);
            let busy = self.busy.load(Ordering::Relaxed);
            let signal = stop.code().filter(|_| busy && written == before);
            (looks, before) = (if signal.is_some() { looks + 1 } else { 0 }, written);
            if let Some(signal) = signal
                && looks > PATIENCE
            {
                output::error(
                    &Error::usage("nobody reads what is still in the pipe")
                        .hint("that is lost: the program was asked to stop"),
                );
                // The thread that writes cannot be woken.
                std::process::exit(i32::from(if self.live { DONE } else { signal }));
            }
        }
    }
}
