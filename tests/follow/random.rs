//! Random programs of a writer and a rotation, by steps: whatever they do, no record is seen twice,
//! and none is missing unless a loss was told.

use std::fs::{self, File};
use std::io::Write;

use proptest::prelude::*;
use ufo_logscan::source::{Block, Start};

use crate::driver::{Library, Mode, ROTATE_WAIT, Stage};

#[derive(Debug, Clone, Copy)]
enum Step {
    Write(u8),
    /// The file that was opened before the last rotation is written to.
    WriteLate(u8),
    Rename,
    CopyTruncate,
    /// The copy is written over the copy before.
    CopyOverTruncate,
    Truncate,
    Delete,
    Replace,
    Backup,
    Look,
    Pass,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (1..60u8).prop_map(Step::Write),
        1 => (1..9u8).prop_map(Step::WriteLate),
        2 => Just(Step::Rename),
        2 => Just(Step::CopyTruncate),
        1 => Just(Step::CopyOverTruncate),
        1 => Just(Step::Truncate),
        1 => Just(Step::Delete),
        1 => Just(Step::Replace),
        1 => Just(Step::Backup),
        6 => Just(Step::Look),
        1 => Just(Step::Pass),
    ]
}

/// What a writer does, and whether a loss could not be told: what was deleted before anybody could
/// see it has left no trace.
struct Writer {
    stage: Stage,
    file: File,
    late: Option<File>,
    /// Whether the file that has the name was looked at since it was made.
    seen: bool,
    traceless: bool,
    truncated: bool,
    copies: u32,
}

impl Writer {
    fn reopen(&mut self) {
        let new = self.stage.writer("app.log");
        self.late = Some(std::mem::replace(&mut self.file, new));
        self.seen = false;
    }

    fn shift(&self) {
        for number in (1..30).rev() {
            let name = |n| format!("app.log.{n}");
            if self.stage.path(&name(number)).exists() {
                self.stage.rename(&name(number), &name(number + 1));
            }
        }
    }

    fn play(&mut self, step: Step) {
        match step {
            Step::Write(count) => self.stage.write(&self.file, u64::from(count)),
            Step::WriteLate(count) => {
                if let Some(late) = &self.late {
                    self.stage.write(late, u64::from(count));
                }
            }
            Step::Rename => {
                self.shift();
                self.stage.rename("app.log", "app.log.1");
                self.reopen();
            }
            Step::CopyTruncate => {
                self.shift();
                self.stage.copy("app.log", "app.log.1");
                self.stage.truncate("app.log");
            }
            Step::CopyOverTruncate => {
                self.stage.copy("app.log", "app.log.20261122");
                self.stage.truncate("app.log");
                // What was in the copy before may not have been read.
                self.truncated = true;
            }
            Step::Truncate => {
                self.stage.truncate("app.log");
                self.truncated = true;
            }
            Step::Delete => {
                self.traceless |= !self.seen;
                self.stage.remove("app.log");
                self.reopen();
                self.late = None;
            }
            Step::Replace => {
                self.traceless |= !self.seen;
                self.stage.append("next", 3);
                self.stage.rename("next", "app.log");
                self.reopen();
                self.late = None;
            }
            Step::Backup => {
                self.copies += 1;
                self.stage.copy("app.log", &format!("app.log.bak{}", self.copies));
            }
            Step::Look => {
                self.stage.settle();
                self.seen = true;
            }
            Step::Pass => {
                self.stage.pass(ROTATE_WAIT);
                self.seen = true;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_line_is_lost_or_repeated(steps in prop::collection::vec(step(), 1..40)) {
        let mut stage = Stage::new(Mode::Steps);
        let file = stage.writer("app.log");
        stage.write(&file, 10);
        stage.follow(&["app.log"]);
        let mut writer = Writer {
            stage,
            file,
            late: None,
            seen: true,
            traceless: false,
            truncated: false,
            copies: 0,
        };
        for step in &steps {
            writer.play(*step);
        }
        writer.stage.settle();
        let (written, lossy) = (writer.stage.number, writer.truncated || writer.traceless);
        let seen = writer.stage.end();
        let again: Vec<_> = seen.numbers.iter().filter(|(_, times)| **times > 1).collect();
        prop_assert!(again.is_empty(), "repeated {again:?}\n{}", seen.told);
        let missing = written - seen.numbers.len() as u64;
        prop_assert!(missing == 0 || lossy, "lost {missing} of {written}\n{}", seen.told);
        prop_assert_eq!((seen.malformed, seen.others), (0, 0));
    }
}

/// What a writer does who loses nothing, and a reader who may not keep up and is interrupted.
#[derive(Debug, Clone, Copy)]
enum Orderly {
    Write(u8),
    Rotate,
    Poll,
    /// So many blocks, without a look at names.
    Read(u8),
    Restart,
}

fn orderly() -> impl Strategy<Value = Orderly> {
    prop_oneof![
        5 => (10..40u8).prop_map(Orderly::Write),
        3 => Just(Orderly::Rotate),
        3 => Just(Orderly::Poll),
        4 => (1..20u8).prop_map(Orderly::Read),
        1 => Just(Orderly::Restart),
    ]
}

/// How a file is rotated.
struct Rotation {
    /// The number of the last one; the next one has one less.
    number: u32,
    /// How much of the file is in its copy, until it is truncated.
    copied: Option<usize>,
}

impl Rotation {
    fn rename(&mut self, stage: &Stage) {
        self.number -= 1;
        stage.rename("app.log", &format!("app.log.{}", self.number));
        drop(stage.writer("app.log"));
    }

    /// Copies some, copies the rest, truncates: one of these.
    fn copy(&mut self, stage: &Stage) {
        self.number -= u32::from(self.copied.is_none());
        let text = fs::read(stage.path("app.log")).unwrap();
        let begun = self.copied.unwrap_or(0);
        let end = if self.copied.is_none() { text.len() / 3 } else { text.len() };
        let copy = stage.writer(&format!("app.log.{}", self.number));
        (&copy).write_all(&text[begun..end]).unwrap();
        self.copied = Some(end);
        if begun == end {
            stage.truncate("app.log");
            self.copied = None;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whenever files are rotated, between any two blocks and over restarts, lines come in the order
    /// in which they were written.
    #[test]
    fn lines_come_in_their_order(
        steps in prop::collection::vec(orderly(), 1..60),
        copies in any::<bool>(),
    ) {
        let mut stage = Stage::new(Mode::Steps);
        stage.append("app.log", 10);
        let mut library = Library::new(&[stage.path("app.log")], Start::Beginning, 64, &[]);
        library.look();
        let mut rotation = Rotation { number: 1000, copied: None };
        for step in &steps {
            match step {
                // What is written while a file is copied is lost.
                Orderly::Write(_) if rotation.copied.is_some() => {}
                Orderly::Write(count) => stage.append("app.log", u64::from(*count)),
                Orderly::Rotate if copies => rotation.copy(&stage),
                Orderly::Rotate => rotation.rename(&stage),
                Orderly::Poll => library.poll(),
                Orderly::Read(blocks) => {
                    let mut block = Block::default();
                    for _ in 0..*blocks {
                        if library.follower.read(0, &mut block).is_some() {
                            library.seen.lines(&block);
                        }
                    }
                }
                Orderly::Restart => library = library.restarted(&stage, Start::Beginning),
            }
        }
        library.look();
        library.look();
        let written: Vec<u64> = (1..=stage.number).collect();
        prop_assert_eq!(&library.seen.order, &written, "{}", library.seen.told);
        prop_assert_eq!(&library.seen.told, "");
    }
}
