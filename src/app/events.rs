//! Alert events on their way out: each line one write, in order, and nothing waits for a reader
//! but the thread that writes, until very many events wait for it. None is dropped unless the
//! program is asked to stop while nobody reads.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

use super::output;
use super::signals::Stop;
use super::stream::{PAUSE, stdout, write_whole};

/// How many events wait for a slow reader before reading stops: about 64 MiB at most.
const WAITING: usize = 16_384;

/// How long the reader has for what waits once somebody has asked to stop.
const GRACE: Duration = Duration::from_millis(500);

/// A queue of lines, and the thread that writes them.
pub(super) struct Events {
    queue: SyncSender<Message>,
    thread: JoinHandle<Result<()>>,
    stop: Stop,
    /// When a request to stop was noticed.
    asked: Option<Instant>,
    sent: u64,
    written: Arc<AtomicU64>,
}

enum Message {
    Line(Vec<u8>),
    /// Sees to it that all before is on the disk, and says so.
    Settle(Sender<()>),
    Reopen,
}

impl Events {
    /// Begins to write to a file or named pipe, or to standard output. Once nothing can be written
    /// any more, the whole program is asked to stop.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened.
    pub(super) fn open(path: Option<&Path>, stop: &Stop) -> Result<Events> {
        let sink = Sink::open(path.map(Path::to_path_buf))?;
        let (queue, messages) = sync_channel(WAITING);
        let written = Arc::new(AtomicU64::new(0));
        let (counter, asked) = (Arc::clone(&written), Arc::clone(&stop.asked));
        let thread = std::thread::spawn(move || {
            let end = write_all(sink, &messages, &counter);
            asked.store(true, Ordering::Relaxed);
            end
        });
        Ok(Events { queue, thread, stop: stop.clone(), asked: None, sent: 0, written })
    }

    /// Hands over a line with its newline; an empty one is nothing. Waits while too many wait.
    pub(super) fn send(&mut self, line: Vec<u8>) {
        if !line.is_empty() {
            self.sent += 1;
            self.hand_over(Message::Line(line));
        }
    }

    /// Whether every event that was handed over has been written; waits for that a moment.
    pub(super) fn are_written(&self) -> bool {
        const MOMENT: Duration = Duration::from_micros(200);
        for _ in 0..50 {
            if self.written.load(Ordering::Relaxed) == self.sent {
                return true;
            }
            sleep(MOMENT);
        }
        false
    }

    /// Says when everything that was handed over so far has been written, and is on the disk if it
    /// goes to a file. Nothing is ever said if it cannot be.
    pub(super) fn settled(&mut self) -> Receiver<()> {
        let (say, settled) = channel();
        self.hand_over(Message::Settle(say));
        settled
    }

    /// Opens the file anew, behind what waits: it may have been rotated.
    pub(super) fn reopen(&mut self) {
        self.hand_over(Message::Reopen);
    }

    /// A request to stop is heard also while the queue is full. What is not taken then is lost, and
    /// closing tells so, as it does if the thread has ended.
    fn hand_over(&mut self, mut message: Message) {
        while let Err(TrySendError::Full(back)) = self.queue.try_send(message) {
            if self.stop.is_asked() {
                self.asked.get_or_insert_with(now);
                return;
            }
            message = back;
            sleep(PAUSE);
        }
    }

    /// Sees the events through; once somebody has asked to stop, the reader has half a second.
    /// Tells what the reader did not take.
    ///
    /// # Errors
    ///
    /// If something could not be written. That a reader of standard output has gone away is none,
    /// nor is that it does not read.
    pub(super) fn close(self) -> Result<()> {
        let Events { queue, thread, stop, mut asked, sent, written } = self;
        drop(queue);
        while !thread.is_finished() {
            if stop.is_asked() && asked.get_or_insert_with(now).elapsed() > GRACE {
                let lost = match sent - written.load(Ordering::Relaxed) {
                    0 => "what is still in the pipe".to_owned(),
                    1 => "1 alert event".to_owned(),
                    n => format!("{n} alert events"),
                };
                output::error(
                    &Error::usage(format!("nobody reads {lost}"))
                        .hint("that is lost: the program was asked to stop"),
                );
                return Ok(());
            }
            sleep(PAUSE);
        }
        thread.join().unwrap_or_else(|_| Err(Error::usage("writing alert events has failed")))
    }
}

#[expect(clippy::disallowed_methods, reason = "how long the reader has is no matter of the log")]
fn now() -> Instant {
    Instant::now()
}

/// Writes until nobody sends any more.
fn write_all(mut sink: Sink, messages: &Receiver<Message>, written: &AtomicU64) -> Result<()> {
    for message in messages {
        match message {
            Message::Line(line) => match sink.write(&line) {
                Ok(()) => _ = written.fetch_add(1, Ordering::Relaxed),
                Err(cause) if sink.path.is_none() && cause.kind() == io::ErrorKind::BrokenPipe => {
                    return Ok(());
                }
                Err(cause) => return Err(sink.failed("write to", &cause)),
            },
            Message::Settle(say) => {
                sink.wait_until_read();
                match sink.file.sync_data() {
                    // Pipes and the like have no disk behind them.
                    Err(cause) if cause.kind() != io::ErrorKind::InvalidInput => {}
                    // That nobody listens any more is fine.
                    _ => _ = say.send(()),
                }
            }
            Message::Reopen => match Sink::open(sink.path.clone()) {
                Ok(new) => sink = new,
                Err(error) => {
                    output::error(&error);
                    output::note("alert events go on to the file that was open");
                }
            },
        }
    }
    sink.wait_until_read();
    Ok(())
}

/// Where lines go. Nothing is buffered: a line is one write.
struct Sink {
    path: Option<PathBuf>,
    file: File,
    /// Whether it is a named pipe: what is in it is gone when the last end is closed.
    pipe: bool,
}

impl Sink {
    fn open(path: Option<PathBuf>) -> Result<Sink> {
        let pipe = path.as_deref().is_some_and(is_named_pipe);
        let file = match &path {
            None => stdout(),
            // A pipe that is open for reading, too, waits for no reader and outlives one.
            Some(path) if pipe => OpenOptions::new().read(true).write(true).open(path),
            Some(path) => OpenOptions::new().append(true).create(true).open(path),
        };
        let failed = |cause: io::Error| Sink::name_failed(path.as_deref(), "open", &cause);
        Ok(Sink { file: file.map_err(failed)?, path, pipe })
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        write_whole(&mut self.file, line)
    }

    fn wait_until_read(&self) {
        while self.pipe && unread(&self.file) > 0 {
            sleep(PAUSE);
        }
    }

    fn failed(&self, doing: &str, cause: &io::Error) -> Error {
        Sink::name_failed(self.path.as_deref(), doing, cause)
    }

    fn name_failed(path: Option<&Path>, doing: &str, cause: &io::Error) -> Error {
        match path {
            Some(path) => Error::io(format!("cannot {doing} {}", path.display()), cause),
            None => Error::io(format!("cannot {doing} standard output"), cause),
        }
    }
}

/// Whether a path names a pipe of its own; those below `/dev` are streams that we have already.
#[cfg(unix)]
fn is_named_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let is_pipe = std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo());
    is_pipe && !path.starts_with("/dev")
}

#[cfg(not(unix))]
fn is_named_pipe(_: &Path) -> bool {
    false
}

/// How many bytes of a pipe nobody has read yet.
#[cfg(unix)]
fn unread(pipe: &File) -> u64 {
    rustix::io::ioctl_fionread(pipe).unwrap_or(0)
}

#[cfg(not(unix))]
fn unread(_: &File) -> u64 {
    0
}
