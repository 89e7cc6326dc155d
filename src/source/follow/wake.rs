//! Waiting for the next poll, shorter if the system tells that something has been written.
//!
//! Nothing depends on being told: file systems over a network tell nothing, queues overflow. So
//! polls go on, and this only lets them come early.

#[cfg(feature = "notify")]
mod told {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};
    use std::sync::mpsc::{Receiver, sync_channel};
    use std::time::Duration;

    use notify::{RecommendedWatcher, RecursiveMode, Watcher};

    /// Directories that the system is asked to watch.
    pub struct Wake {
        watcher: Option<RecommendedWatcher>,
        watched: BTreeSet<PathBuf>,
        events: Receiver<()>,
    }

    impl Wake {
        /// Watches nothing yet, and never if `polling` only.
        #[must_use]
        pub fn new(polling: bool) -> Wake {
            // One event that waits is as good as many.
            let (sender, events) = sync_channel(1);
            let tell = move |event: notify::Result<notify::Event>| {
                // That we have read something ourselves is no news.
                if event.is_ok_and(|event| !event.kind.is_access()) {
                    let _ = sender.try_send(());
                }
            };
            let watcher = (!polling).then(|| notify::recommended_watcher(tell).ok()).flatten();
            Wake { watcher, watched: BTreeSet::new(), events }
        }

        /// Watches these directories and no others. Those that are not there are tried again.
        pub fn watch(&mut self, places: &BTreeSet<&Path>) {
            let Some(watcher) = &mut self.watcher else { return };
            self.watched.retain(|path| {
                let wanted = places.contains(path.as_path());
                if !wanted {
                    let _ = watcher.unwatch(path);
                }
                wanted
            });
            for path in places {
                if !self.watched.contains(*path)
                    && watcher.watch(path, RecursiveMode::NonRecursive).is_ok()
                {
                    self.watched.insert((*path).to_owned());
                }
            }
        }

        /// Watches a directory anew: another may be in its place.
        pub fn renew(&mut self) {
            let Some(watcher) = &mut self.watcher else { return };
            for path in std::mem::take(&mut self.watched) {
                let _ = watcher.unwatch(&path);
            }
        }

        /// Waits for so long at most; whether something has happened.
        #[must_use]
        pub fn wait(&self, patience: Duration) -> bool {
            if self.watcher.is_some() {
                return self.events.recv_timeout(patience).is_ok();
            }
            std::thread::sleep(patience);
            false
        }
    }
}

#[cfg(not(feature = "notify"))]
mod told {
    use std::collections::BTreeSet;
    use std::path::Path;
    use std::time::Duration;

    /// Nothing tells that something was written: this program was built without `notify`.
    pub struct Wake;

    impl Wake {
        /// Waits for polls only.
        #[must_use]
        pub fn new(_polling: bool) -> Wake {
            Wake
        }

        /// Does nothing.
        pub fn watch(&mut self, _places: &BTreeSet<&Path>) {}

        /// Does nothing.
        pub fn renew(&mut self) {}

        /// Waits; nothing is told.
        #[must_use]
        pub fn wait(&self, patience: Duration) -> bool {
            std::thread::sleep(patience);
            false
        }
    }
}

pub use told::Wake;
