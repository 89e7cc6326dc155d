//! Copying and truncating, and mere copies: R8 to R13, R32 to R34.

crate::scenarios! {
    r8_copytruncate_while_it_is_quiet,
    r9_refilled_shorter,
    r10_refilled_longer,
    r11_refilled_to_the_same_size,
    r12_a_writer_who_does_not_append,
    r13_truncated_before_it_was_read,
    r32_lines_that_only_the_copy_has,
    r33_two_copytruncates_at_once,
    r34_a_mere_backup,
    r34_a_backup_that_grows,
    truncated_again_and_again,
}

mod scene {
    use std::fs::OpenOptions;
    use std::io::{Seek, SeekFrom, Write};

    use crate::driver::{Expect, Mode, ROTATE_WAIT, Stage};

    fn begin(stage: &mut Stage) {
        stage.append("app.log", 50);
        stage.follow(&["app.log"]);
    }

    fn copytruncate(stage: &Stage) {
        stage.copy("app.log", "app.log.1");
        stage.truncate("app.log");
    }

    pub(crate) fn r8_copytruncate_while_it_is_quiet(stage: &mut Stage) -> Expect {
        begin(stage);
        copytruncate(stage);
        stage.settle();
        stage.append("app.log", 20);
        stage.pass(2 * ROTATE_WAIT);
        Expect::default()
    }

    pub(crate) fn r9_refilled_shorter(stage: &mut Stage) -> Expect {
        begin(stage);
        copytruncate(stage);
        stage.append("app.log", 20);
        stage.settle();
        Expect::default()
    }

    pub(crate) fn r10_refilled_longer(stage: &mut Stage) -> Expect {
        begin(stage);
        copytruncate(stage);
        stage.append("app.log", 80);
        stage.settle();
        Expect::default()
    }

    pub(crate) fn r11_refilled_to_the_same_size(stage: &mut Stage) -> Expect {
        stage.number = 100;
        begin(stage);
        copytruncate(stage);
        stage.append("app.log", 50);
        let size = |name| stage.path(name).metadata().unwrap().len();
        assert_eq!(size("app.log"), size("app.log.1"));
        stage.settle();
        // The numbers that were left out.
        Expect { missing: 100, ..Expect::default() }
    }

    pub(crate) fn r12_a_writer_who_does_not_append(stage: &mut Stage) -> Expect {
        let path = stage.path("app.log");
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(path).unwrap();
        stage.write(&file, 50);
        stage.follow(&["app.log"]);
        copytruncate(stage);
        stage.write(&file, 10);
        stage.settle();
        stage.write(&file, 10);
        // And a hole that would take for ever to read.
        stage.pass(ROTATE_WAIT);
        stage.copy("app.log", "app.log.2");
        stage.truncate("app.log");
        (&file).seek(SeekFrom::Start(1 << 40)).unwrap();
        stage.write(&file, 10);
        stage.settle();
        (&file).flush().unwrap();
        Expect::default()
    }

    pub(crate) fn r13_truncated_before_it_was_read(stage: &mut Stage) -> Expect {
        begin(stage);
        stage.signal("STOP");
        stage.append("app.log", 10);
        stage.truncate("app.log");
        stage.append("app.log", 10);
        stage.signal("CONT");
        stage.settle();
        stage.append("app.log", 10);
        stage.pass(2 * ROTATE_WAIT);
        Expect { losses: 1, missing: 10, ..Expect::default() }
    }

    pub(crate) fn r32_lines_that_only_the_copy_has(stage: &mut Stage) -> Expect {
        begin(stage);
        for size in [1, 19, 200] {
            stage.append("app.log", size);
            copytruncate(stage);
            stage.append("app.log", 5);
            stage.pass(ROTATE_WAIT);
        }
        Expect::default()
    }

    pub(crate) fn r33_two_copytruncates_at_once(stage: &mut Stage) -> Expect {
        begin(stage);
        stage.append("app.log", 20);
        copytruncate(stage);
        stage.append("app.log", 20);
        stage.rename("app.log.1", "app.log.2");
        copytruncate(stage);
        stage.append("app.log", 20);
        stage.pass(2 * ROTATE_WAIT);
        Expect::default()
    }

    pub(crate) fn r34_a_mere_backup(stage: &mut Stage) -> Expect {
        begin(stage);
        stage.copy("app.log", "app.log.1");
        stage.copy("app.log", "app.log.bak");
        stage.settle();
        stage.append("app.log", 20);
        stage.pass(2 * ROTATE_WAIT);
        stage.copy("app.log", "app.log.20261122");
        stage.settle();
        stage.append("app.log", 20);
        stage.settle();
        Expect::default()
    }

    pub(crate) fn r34_a_backup_that_grows(stage: &mut Stage) -> Expect {
        begin(stage);
        let text = std::fs::read(stage.path("app.log")).unwrap();
        let mut copy = stage.writer("app.log.1");
        for part in text.chunks(700) {
            copy.write_all(part).unwrap();
            stage.settle();
        }
        stage.append("app.log", 20);
        stage.settle();
        let more = std::fs::read(stage.path("app.log")).unwrap();
        copy.write_all(&more[text.len()..]).unwrap();
        stage.truncate("app.log");
        stage.append("app.log", 10);
        stage.pass(2 * ROTATE_WAIT);
        Expect::default()
    }

    /// No copy ever: each time it must be told that something may be missing.
    pub(crate) fn truncated_again_and_again(stage: &mut Stage) -> Expect {
        begin(stage);
        for _ in 0..3 {
            stage.truncate("app.log");
            stage.settle();
            stage.append("app.log", 20);
            stage.settle();
        }
        stage.pass(2 * ROTATE_WAIT);
        if stage.mode == Mode::Steps {
            return Expect { losses: 3, ..Expect::default() };
        }
        // A program that a busy machine keeps waiting may have read less.
        Expect { losses: 1, missing: 60, ..Expect::default() }
    }
}
