//! Random programs of a writer and a rotation, by steps: whatever they do, no record is seen twice,
//! and none is missing unless a loss was told.

use std::fs::File;

use proptest::prelude::*;

use crate::driver::{Mode, ROTATE_WAIT, Stage};

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
