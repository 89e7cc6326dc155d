//! Reading what may block for ever: a pipe, a terminal. A thread waits for blocks, so that a
//! request to stop is heard between them.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use crate::source::{Block, Blocks};

use super::Ended;

/// How often a request to stop is looked for while nothing arrives.
const PATIENCE: Duration = Duration::from_millis(50);
/// How many blocks may wait; a slow reader of ours slows the writer down, and memory stays small.
const WAITING: usize = 2;

/// Calls `take` for each block, in order.
///
/// When asked to stop, what has arrived by then is taken still, and the waiting thread is left
/// behind: it cannot be woken, and the process is about to end.
pub(super) fn each<R: Read + Send + 'static>(
    blocks: Blocks<R>,
    stop: &Arc<AtomicBool>,
    take: &mut dyn FnMut(&mut Block),
) -> io::Result<Ended> {
    let (sender, receiver) = sync_channel(WAITING);
    std::thread::spawn(move || send_all(blocks, &sender));
    loop {
        if stop.load(Ordering::Relaxed) {
            // A writer that never stops must not keep us: no more than may wait is taken.
            for block in receiver.try_iter().take(WAITING + 1) {
                take(&mut block?);
            }
            return Ok(Ended::Interrupted);
        }
        match receiver.recv_timeout(PATIENCE) {
            Ok(block) => take(&mut block?),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(Ended::AtEnd),
        }
    }
}

fn send_all<R: Read>(mut blocks: Blocks<R>, sender: &SyncSender<io::Result<Block>>) {
    loop {
        let mut block = Block::default();
        let message = match blocks.next(&mut block) {
            Ok(true) => Ok(block),
            Ok(false) => return,
            Err(error) => Err(error),
        };
        let failed = message.is_err();
        if sender.send(message).is_err() || failed {
            return;
        }
    }
}
