//! Rotation by renaming: R1 to R7, R28, R29, R35, R36.

crate::scenarios! {
    r1_append,
    r2_rename_and_create,
    r3_late_writes_before_the_new_file,
    r4_the_old_writer_goes_on,
    r5_the_new_file_comes_late,
    r6_three_rotations_at_once,
    r7_three_rotations,
    r28_stopped_over_two_rotations,
    r29_renamed_and_compressed_at_once,
    r35_late_lines_while_it_is_renamed_again,
    r36_both_begin_alike,
    r36_rotated_twice_unseen,
}

mod scene {
    use std::io::Write;

    use crate::driver::{Expect, Mode, ROTATE_WAIT, Stage};

    pub(crate) fn r1_append(stage: &mut Stage) -> Expect {
        stage.append("app.log", 20);
        stage.follow(&["app.log"]);
        for _ in 0..5 {
            stage.append("app.log", 7);
            stage.settle();
        }
        Expect::default()
    }

    pub(crate) fn r2_rename_and_create(stage: &mut Stage) -> Expect {
        stage.append("app.log", 20);
        stage.follow(&["app.log"]);
        stage.append("app.log", 5);
        stage.rename("app.log", "app.log.1");
        stage.append("app.log", 20);
        stage.settle();
        stage.append("app.log", 20);
        Expect::default()
    }

    pub(crate) fn r3_late_writes_before_the_new_file(stage: &mut Stage) -> Expect {
        let old = stage.writer("app.log");
        stage.write(&old, 20);
        stage.follow(&["app.log"]);
        stage.rename("app.log", "app.log.1");
        stage.write(&old, 20);
        stage.settle();
        stage.write(&old, 20);
        stage.append("app.log", 20);
        stage.settle();
        Expect::default()
    }

    pub(crate) fn r4_the_old_writer_goes_on(stage: &mut Stage) -> Expect {
        let old = stage.writer("app.log");
        stage.write(&old, 20);
        stage.follow(&["app.log"]);
        stage.rename("app.log", "app.log.1");
        for _ in 0..10 {
            stage.append("app.log", 3);
            stage.write(&old, 3);
            stage.pass(ROTATE_WAIT / 4);
        }
        // Longer than it is waited for: it has been closed, and is opened again.
        stage.pass(3 * ROTATE_WAIT);
        stage.write(&old, 3);
        stage.settle();
        stage.write(&old, 3);
        Expect::default()
    }

    pub(crate) fn r5_the_new_file_comes_late(stage: &mut Stage) -> Expect {
        stage.append("app.log", 20);
        stage.follow(&["app.log"]);
        stage.rename("app.log", "app.log.1");
        stage.pass(2 * ROTATE_WAIT);
        stage.append("app.log", 20);
        stage.settle();
        Expect::default()
    }

    fn rotate(stage: &Stage, keep: u32) {
        for number in (1..keep).rev() {
            let name = |n| format!("app.log.{n}");
            if stage.path(&name(number)).exists() {
                stage.rename(&name(number), &name(number + 1));
            }
        }
        stage.rename("app.log", "app.log.1");
    }

    pub(crate) fn r6_three_rotations_at_once(stage: &mut Stage) -> Expect {
        stage.append("app.log", 20);
        stage.follow(&["app.log"]);
        for _ in 0..3 {
            stage.append("app.log", 20);
            rotate(stage, 9);
        }
        stage.append("app.log", 20);
        stage.settle();
        Expect::default()
    }

    pub(crate) fn r7_three_rotations(stage: &mut Stage) -> Expect {
        stage.append("app.log", 20);
        stage.follow(&["app.log"]);
        for _ in 0..3 {
            stage.append("app.log", 20);
            rotate(stage, 9);
            stage.append("app.log", 20);
            stage.pass(ROTATE_WAIT);
        }
        Expect::default()
    }

    pub(crate) fn r28_stopped_over_two_rotations(stage: &mut Stage) -> Expect {
        stage.append("app.log", 20);
        stage.follow(&["app.log"]);
        stage.signal("STOP");
        for _ in 0..2 {
            stage.append("app.log", 20);
            rotate(stage, 9);
        }
        stage.append("app.log", 20);
        stage.signal("CONT");
        stage.settle();
        Expect::default()
    }

    pub(crate) fn r29_renamed_and_compressed_at_once(stage: &mut Stage) -> Expect {
        let old = stage.writer("app.log");
        stage.write(&old, 20);
        stage.follow(&["app.log"]);
        stage.write(&old, 20);
        stage.rename("app.log", "app.log.1");
        // As it begins, which is what tells it from a log.
        let mut archive = stage.writer("app.log.1.gz");
        archive.write_all(b"\x1f\x8b\x08\x08compressed\nlines\n").unwrap();
        stage.remove("app.log.1");
        stage.write(&old, 5);
        stage.append("app.log", 20);
        stage.settle();
        archive.write_all(b"more\nof it\n").unwrap();
        stage.settle();
        Expect::default()
    }

    pub(crate) fn r35_late_lines_while_it_is_renamed_again(stage: &mut Stage) -> Expect {
        let old = stage.writer("app.log");
        stage.write(&old, 20);
        stage.follow(&["app.log"]);
        rotate(stage, 9);
        stage.append("app.log", 20);
        stage.settle();
        stage.write(&old, 10);
        stage.pass(3 * ROTATE_WAIT);
        rotate(stage, 9);
        stage.write(&old, 10);
        stage.append("app.log", 10);
        stage.settle();
        stage.write(&old, 10);
        Expect::default()
    }

    const BANNER: &str = "{\"level\":\"INFO\",\"message\":\"the same in every file\"}\n";

    fn banner(stage: &Stage) {
        let text = BANNER.repeat(25);
        assert!(text.len() > 1024);
        stage.writer("app.log").write_all(text.as_bytes()).unwrap();
    }

    pub(crate) fn r36_both_begin_alike(stage: &mut Stage) -> Expect {
        banner(stage);
        stage.append("app.log", 20);
        stage.follow(&["app.log"]);
        stage.rename("app.log", "app.log.1");
        banner(stage);
        stage.append("app.log", 20);
        stage.settle();
        // The next one by copying and truncating.
        stage.append("app.log", 5);
        stage.rename("app.log.1", "app.log.2");
        stage.copy("app.log", "app.log.1");
        stage.truncate("app.log");
        banner(stage);
        stage.append("app.log", 40);
        stage.settle();
        Expect { others: 75, ..Expect::default() }
    }

    pub(crate) fn r36_rotated_twice_unseen(stage: &mut Stage) -> Expect {
        banner(stage);
        stage.append("app.log", if stage.mode == Mode::Steps { 0 } else { 20 });
        stage.follow(&["app.log"]);
        for _ in 0..2 {
            rotate(stage, 9);
            banner(stage);
            stage.append("app.log", 20);
        }
        stage.settle();
        Expect { others: 75, ..Expect::default() }
    }
}
