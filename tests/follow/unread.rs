//! A file that is copied and truncated before anything of it was read, because what is older takes
//! its time, and other things that happen between two looks at names.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use ufo_logscan::source::{Block, Saved, Start};

use crate::driver::{Library, Mode, ROTATE_WAIT, Stage};

const LOG: &str = "app.log";

impl Library {
    fn of(stage: &Stage, from: Start) -> Library {
        Library::new(&[stage.path(LOG)], from, 64, &[])
    }

    /// A look at names, without reading.
    pub(crate) fn poll(&mut self) {
        self.now += 1_000;
        self.follower.poll(self.now);
    }

    /// The next block, without a look at names.
    #[track_caller]
    fn read_one(&mut self) {
        let mut block = Block::default();
        assert!(self.follower.read(0, &mut block).is_some());
        self.seen.lines(&block);
    }

    /// Looks for so long that nothing is waited for any more.
    fn settle(&mut self) {
        for _ in 0..60 {
            self.look();
        }
    }

    /// Goes on in another run.
    pub(crate) fn restarted(self, stage: &Stage, from: Start) -> Library {
        let saved = serde_json::to_string(&self.follower.save()).unwrap();
        let saved: Vec<Saved> = serde_json::from_str(&saved).unwrap();
        let again = Library::new(&[stage.path(LOG)], from, 64, &saved);
        Library { now: self.now, seen: self.seen, ..again }
    }

    #[track_caller]
    fn has_all_in_order(&self, stage: &Stage) {
        assert!(self.seen.order.iter().copied().eq(1..=stage.number), "{:?}", self.seen);
        assert_eq!(self.seen.told, "");
    }
}

fn copytruncate(stage: &Stage, copy: &str) {
    stage.copy(LOG, copy);
    stage.truncate(LOG);
}

#[cfg(feature = "archives")]
fn compress(from: &Path, to: &Path) {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&fs::read(from).unwrap()).unwrap();
    fs::write(to, gzip.finish().unwrap()).unwrap();
}

/// A copy is being read; of what has come into the file since nothing was.
fn behind(stage: &mut Stage) -> Library {
    stage.append(LOG, 50);
    let mut library = Library::of(stage, Start::Beginning);
    library.look();
    fall_behind(stage, &mut library);
    library
}

/// The same for one that has read everything.
fn fall_behind(stage: &mut Stage, library: &mut Library) {
    stage.append(LOG, 50);
    copytruncate(stage, "app.log.2");
    stage.append(LOG, 20);
    library.poll();
    library.read_one();
}

/// The file is copied; its copy is taken for a mere backup, which it is, until it is truncated.
fn copied_and_later_truncated(stage: &mut Stage, library: &mut Library) {
    stage.copy(LOG, "app.log.1");
    library.poll();
    library.read_one();
    stage.truncate(LOG);
    stage.append(LOG, 20);
    library.take();
    library.settle();
}

#[test]
fn copied_between_two_blocks() {
    let mut stage = Stage::new(Mode::Steps);
    let mut library = behind(&mut stage);
    copytruncate(&stage, "app.log.1");
    stage.append(LOG, 20);
    library.take();
    library.look();
    library.has_all_in_order(&stage);
}

#[test]
fn copied_before_and_truncated_behind_a_look() {
    let mut stage = Stage::new(Mode::Steps);
    let mut library = behind(&mut stage);
    copied_and_later_truncated(&mut stage, &mut library);
    library.has_all_in_order(&stage);
}

#[test]
fn truncated_without_a_copy() {
    let mut stage = Stage::new(Mode::Steps);
    let mut library = behind(&mut stage);
    stage.truncate(LOG);
    stage.append(LOG, 10);
    library.take();
    library.settle();
    let missing = (1..=stage.number).filter(|n| !library.seen.numbers.contains_key(n)).count();
    assert_eq!((missing, library.seen.losses), (20, 1), "{:?}", library.seen);
    assert!(library.seen.told.contains("possible loss"), "{}", library.seen.told);
}

/// All generations begin with the same 400 bytes.
#[test]
fn generations_that_begin_alike() {
    let mut stage = Stage::new(Mode::Steps);
    let header = |stage: &Stage| {
        let header = format!("{{\"h\":\"{}\"}}\n", "x".repeat(400));
        (&stage.writer(LOG)).write_all(header.as_bytes()).unwrap();
    };
    header(&stage);
    stage.append(LOG, 50);
    let mut library = Library::of(&stage, Start::Beginning);
    library.look();
    for copy in ["app.log.2", "app.log.1"] {
        stage.append(LOG, 30);
        stage.copy(LOG, copy);
        library.poll();
        stage.truncate(LOG);
        header(&stage);
        stage.append(LOG, 20);
        library.poll();
        library.read_one();
    }
    library.take();
    library.settle();
    library.has_all_in_order(&stage);
}

/// Also where the file was closed in the meantime, because others needed its place.
#[test]
fn closed_before_it_is_read() {
    let mut stage = Stage::new(Mode::Steps);
    stage.append(LOG, 50);
    let others: Vec<PathBuf> = (0..8).map(|n| stage.path(&format!("other{n}.log"))).collect();
    for other in &others {
        fs::write(other, "").unwrap();
    }
    let paths: Vec<PathBuf> = [stage.path(LOG)].into_iter().chain(others.clone()).collect();
    let mut library = Library::new(&paths, Start::Beginning, 4, &[]);
    library.look();
    stage.append(LOG, 50);
    copytruncate(&stage, "app.log.2");
    stage.append(LOG, 20);
    library.poll();
    library.read_one();
    stage.copy(LOG, "app.log.1");
    library.poll();
    library.read_one();
    for other in &others {
        fs::write(other, "x\n".repeat(2000)).unwrap();
    }
    library.poll();
    let mut block = Block::default();
    for source in (1..9).cycle().take(24) {
        assert!(library.follower.read(source, &mut block).is_some());
    }
    stage.truncate(LOG);
    stage.append(LOG, 20);
    library.take();
    library.settle();
    assert!(library.seen.order.iter().copied().eq(1..=stage.number), "{:?}", library.seen);
}

/// Copies beside very many files do not open those.
#[test]
fn files_stay_closed_while_copies_are_judged() {
    let stage = Stage::new(Mode::Steps);
    let names: Vec<String> = (0..30).map(|n| format!("log{n}.log")).collect();
    let paths: Vec<PathBuf> = names.iter().map(|name| stage.path(name)).collect();
    for path in &paths {
        fs::write(path, "a".repeat(600) + "\n").unwrap();
    }
    let mut library = Library::new(&paths, Start::Beginning, 4, &[]);
    library.settle();
    for name in &names {
        stage.copy(name, &format!("{name}.1"));
    }
    library.poll();
    assert!(library.follower.open_files() <= 5, "{}", library.follower.open_files());
}

/// What an old backup holds is not read again when something else is truncated before it was read.
#[test]
fn an_old_backup_stays_unread() {
    let mut stage = Stage::new(Mode::Steps);
    stage.append(LOG, 50);
    let mut library = Library::of(&stage, Start::Beginning);
    library.look();
    stage.copy(LOG, "app.log.20261121");
    library.settle();
    stage.rename(LOG, "app.log.9");
    drop(stage.writer(LOG));
    library.settle();
    stage.remove("app.log.9");
    stage.append(LOG, 20);
    for _ in 0..=ROTATE_WAIT {
        library.settle();
    }
    fall_behind(&mut stage, &mut library);
    copied_and_later_truncated(&mut stage, &mut library);
    library.has_all_in_order(&stage);
}

#[cfg(feature = "archives")]
#[test]
fn compressed_before_a_restart_and_truncated_behind_it() {
    let mut stage = Stage::new(Mode::Steps);
    let mut library = behind(&mut stage);
    compress(&stage.path(LOG), &stage.path("app.log.1.gz"));
    for _ in 0..4 {
        library.poll();
        library.read_one();
    }
    let mut library = library.restarted(&stage, Start::Beginning);
    stage.truncate(LOG);
    stage.append(LOG, 20);
    library.settle();
    library.has_all_in_order(&stage);
}

/// Archives that were there when following began with the end are not read when something is
/// truncated.
#[cfg(feature = "archives")]
#[test]
fn archives_of_before_stay_unread() {
    let mut stage = Stage::new(Mode::Steps);
    stage.append("old", 50);
    compress(&stage.path("old"), &stage.path("app.log.9.gz"));
    stage.remove("old");
    let before = stage.number;
    stage.append(LOG, 5);
    let mut library = Library::of(&stage, Start::End);
    library.look();
    let mut library = library.restarted(&stage, Start::End);
    library.look();
    for _ in 0..2 {
        stage.append(LOG, 5);
        library.look();
        stage.truncate(LOG);
        stage.append(LOG, 3);
        library.settle();
    }
    assert!(library.seen.order.iter().all(|number| *number > before), "{:?}", library.seen);
}

/// What is another text each time it is read does not keep anybody.
#[cfg(target_os = "linux")]
#[test]
fn what_changes_for_ever_is_given_up() {
    let path = PathBuf::from("/proc/sys/kernel/random/uuid");
    let mut library = Library::new(&[path], Start::Beginning, 64, &[]);
    library.poll();
    let mut block = Block::default();
    let _ = library.follower.read(0, &mut block);
}
