//! Reading what may block for ever, a pipe or a terminal, and what takes time, a compressed file.
//! A thread of its own waits for blocks, so that reading and parsing overlap, and a request to
//! stop is heard between blocks.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::source::{Block, Blocks, Input};

use super::Blocking;

/// How often a request to stop is looked for while nothing arrives.
const PATIENCE: Duration = Duration::from_millis(50);
/// How many blocks may wait; a slow reader of ours slows the writer down, and memory stays small.
const WAITING: usize = 8;

/// An input that is being read by a thread of its own.
pub(super) struct Stream {
    blocks: Receiver<Result<Block>>,
    used: Sender<Block>,
}

/// Blocks that had arrived when somebody asked.
pub(super) struct Arrived {
    pub(super) blocks: Vec<Block>,
    /// Where blocks go once they have been read, so that their memory is used again.
    pub(super) used: Sender<Block>,
    /// Why there are no more.
    pub(super) end: Option<End>,
}

/// The end of a stream.
#[derive(Debug)]
pub(super) enum End {
    /// Everything was read.
    Reached,
    /// It cannot be opened, or reading has failed.
    Failed(Error),
    /// Somebody has asked to stop.
    Interrupted,
}

impl Stream {
    /// Starts to read.
    pub(super) fn start(input: &Input, blocking: Blocking) -> Stream {
        let (sender, blocks) = sync_channel(WAITING);
        let (used, spare) = channel();
        let input = input.clone();
        std::thread::spawn(move || {
            let _guard = Guard { input: &input, sender: &sender };
            if let Err(error) = send_all(&input, blocking, &sender, &spare) {
                // Nobody listens any more: then it does not matter.
                let _ = sender.send(Err(error));
            }
        });
        Stream { blocks, used }
    }

    /// Waits for the next block; there is none at the end, or when somebody asks to stop.
    pub(super) fn wait(&self, block: &mut Block, stop: &AtomicBool) -> Result<bool> {
        while !stop.load(Ordering::Relaxed) {
            match self.blocks.recv_timeout(PATIENCE) {
                Ok(next) => {
                    // Nobody may be left who wants the memory.
                    let _ = self.used.send(std::mem::replace(block, next?));
                    return Ok(true);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        Ok(false)
    }

    /// What arrives within a time, and whatever else is waiting then.
    pub(super) fn poll(&self, patience: Duration) -> Arrived {
        let mut arrived = Arrived { blocks: Vec::new(), used: self.used.clone(), end: None };
        match self.blocks.recv_timeout(patience) {
            Ok(message) => arrived.take(message),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => arrived.end = Some(End::Reached),
        }
        // A writer that never stops must not keep us: no more than may wait is taken.
        while arrived.end.is_none() && (1..=WAITING).contains(&arrived.blocks.len()) {
            let Ok(message) = self.blocks.try_recv() else { break };
            arrived.take(message);
        }
        arrived
    }

    /// Waits for blocks: one at least, and of those that follow at once about `most` bytes.
    ///
    /// When asked to stop, what has arrived by then is taken still, and the waiting thread is left
    /// behind: it cannot be woken, and the process is about to end.
    pub(super) fn next(&self, most: usize, stop: &AtomicBool) -> Arrived {
        let mut arrived = Arrived { blocks: Vec::new(), used: self.used.clone(), end: None };
        while arrived.blocks.is_empty() && arrived.end.is_none() {
            if stop.load(Ordering::Relaxed) {
                // A writer that never stops must not keep us: no more than may wait is taken.
                for message in self.blocks.try_iter().take(WAITING + 1) {
                    arrived.take(message);
                }
                arrived.end.get_or_insert(End::Interrupted);
                return arrived;
            }
            match self.blocks.recv_timeout(PATIENCE) {
                Ok(message) => arrived.take(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => arrived.end = Some(End::Reached),
            }
        }
        // Of very short lines there are few bytes in much memory.
        let mut bytes: usize = arrived.blocks.iter().map(|block| block.bytes.capacity()).sum();
        while arrived.end.is_none() && bytes < most {
            let Ok(message) = self.blocks.try_recv() else { break };
            bytes += message.as_ref().map_or(0, |block| block.bytes.capacity());
            arrived.take(message);
        }
        arrived
    }
}

impl Arrived {
    fn take(&mut self, message: Result<Block>) {
        match message {
            Ok(block) => self.blocks.push(block),
            Err(error) => self.end = Some(End::Failed(error)),
        }
    }
}

/// Sees to it that a thread that breaks down is not taken for one that is done.
struct Guard<'a> {
    input: &'a Input,
    sender: &'a SyncSender<Result<Block>>,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let cause = io::Error::other("what reads it broke down");
            let _ = self.sender.send(Err(self.input.failed(&cause)));
        }
    }
}

/// Reads to the end, or until nobody listens any more.
fn send_all(
    input: &Input,
    Blocking { block, max_line, .. }: Blocking,
    sender: &SyncSender<Result<Block>>,
    spare: &Receiver<Block>,
) -> Result<()> {
    let opened = input.open()?;
    opened.enlarge_pipe();
    let mut blocks = Blocks::new(opened, block, max_line);
    let mut used = 0;
    loop {
        let mut block = spare.try_recv().unwrap_or_default();
        let more = blocks.next(&mut block).map_err(|cause| input.failed(&cause))?;
        if !more {
            let doubt = blocks.reader().doubt();
            return doubt.map_or(Ok(()), |cause| Err(input.failed(&cause)));
        }
        if let Some(bytes) = blocks.reader().compressed_bytes() {
            block.compressed = Some(bytes - used);
            used = bytes;
        }
        if sender.send(Ok(block)).is_err() {
            return Ok(());
        }
    }
}
