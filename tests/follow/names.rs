//! What names lead to: R14 to R21, R26, R27.

crate::scenarios! {
    r14_deleted_and_made_again,
    r15_deleted_and_the_writer_goes_on,
    r16_made_again_at_the_same_size,
    r17_replaced_at_once,
    r18_a_link_is_set_anew,
    r19_late_lines_behind_the_link,
    r20_the_directory_is_replaced,
    r21_not_there_at_the_start,
    r27_a_directory_in_its_place,
    copied_whole_and_replaced,
}

mod scene {
    use std::fs;
    use std::os::unix::fs::symlink;

    use crate::driver::{Expect, ROTATE_WAIT, Stage};

    pub(crate) fn r14_deleted_and_made_again(stage: &mut Stage) -> Expect {
        stage.append("app.log", 20);
        stage.follow(&["app.log"]);
        stage.append("app.log", 5);
        stage.remove("app.log");
        stage.append("app.log", 20);
        stage.settle();
        stage.remove("app.log");
        stage.settle();
        stage.append("app.log", 10);
        stage.settle();
        Expect::default()
    }

    pub(crate) fn r15_deleted_and_the_writer_goes_on(stage: &mut Stage) -> Expect {
        let old = stage.writer("app.log");
        stage.write(&old, 20);
        stage.follow(&["app.log"]);
        stage.remove("app.log");
        stage.write(&old, 10);
        stage.pass(2 * ROTATE_WAIT);
        stage.write(&old, 10);
        stage.append("app.log", 10);
        stage.pass(2 * ROTATE_WAIT);
        stage.write(&old, 10);
        stage.settle();
        Expect::default()
    }

    pub(crate) fn r16_made_again_at_the_same_size(stage: &mut Stage) -> Expect {
        stage.number = 100;
        stage.append("app.log", 50);
        stage.follow(&["app.log"]);
        let size = stage.path("app.log").metadata().unwrap().len();
        stage.remove("app.log");
        stage.append("app.log", 50);
        assert_eq!(stage.path("app.log").metadata().unwrap().len(), size);
        stage.settle();
        Expect { missing: 100, ..Expect::default() }
    }

    pub(crate) fn r17_replaced_at_once(stage: &mut Stage) -> Expect {
        stage.append("app.log", 20);
        stage.follow(&["app.log"]);
        for name in ["app.log.new", "next", ".app.log.swp"] {
            stage.append("app.log", 5);
            stage.append(name, 20);
            stage.rename(name, "app.log");
            stage.settle();
        }
        Expect::default()
    }

    /// What `rsync` does: all of it again under another name, and more, then renamed.
    pub(crate) fn copied_whole_and_replaced(stage: &mut Stage) -> Expect {
        stage.append("app.log", 100);
        stage.follow(&["app.log"]);
        for _ in 0..3 {
            stage.copy("app.log", ".app.log.Xy12z");
            stage.append(".app.log.Xy12z", 20);
            stage.rename(".app.log.Xy12z", "app.log");
            stage.settle();
        }
        Expect::default()
    }

    fn link(stage: &Stage, target: &str) {
        symlink(target, stage.path("link")).unwrap();
        stage.rename("link", "app.log");
    }

    pub(crate) fn r18_a_link_is_set_anew(stage: &mut Stage) -> Expect {
        stage.append("one.log", 20);
        link(stage, "one.log");
        stage.follow(&["app.log"]);
        stage.append("one.log", 5);
        stage.append("two.log", 20);
        link(stage, "two.log");
        stage.settle();
        stage.append("two.log", 20);
        stage.settle();
        Expect::default()
    }

    pub(crate) fn r19_late_lines_behind_the_link(stage: &mut Stage) -> Expect {
        // Named so that the targets are siblings of the link.
        stage.append("app.log.20261121", 20);
        link(stage, "app.log.20261121");
        stage.follow(&["app.log"]);
        stage.append("app.log.20261122", 20);
        link(stage, "app.log.20261122");
        stage.append("app.log.20261121", 10);
        stage.settle();
        stage.append("app.log.20261121", 10);
        stage.append("app.log.20261122", 10);
        stage.pass(2 * ROTATE_WAIT);
        stage.append("app.log.20261121", 10);
        stage.settle();
        Expect::default()
    }

    pub(crate) fn r20_the_directory_is_replaced(stage: &mut Stage) -> Expect {
        fs::create_dir(stage.path("logs")).unwrap();
        let old = stage.writer("logs/app.log");
        stage.write(&old, 20);
        stage.follow(&["logs/app.log"]);
        stage.rename("logs", "logs.old");
        stage.write(&old, 10);
        stage.settle();
        fs::create_dir(stage.path("logs")).unwrap();
        stage.append("logs/app.log", 20);
        stage.settle();
        stage.write(&old, 10);
        stage.append("logs/app.log", 20);
        stage.rename("logs/app.log", "logs/app.log.1");
        stage.append("logs/app.log", 20);
        stage.settle();
        Expect::default()
    }

    pub(crate) fn r21_not_there_at_the_start(stage: &mut Stage) -> Expect {
        stage.follow(&["logs/app.log"]);
        fs::create_dir(stage.path("logs")).unwrap();
        stage.settle();
        stage.append("logs/app.log", 20);
        stage.settle();
        stage.append("logs/app.log", 20);
        Expect::default()
    }

    pub(crate) fn r27_a_directory_in_its_place(stage: &mut Stage) -> Expect {
        let old = stage.writer("app.log");
        stage.write(&old, 20);
        stage.follow(&["app.log"]);
        stage.rename("app.log", "away");
        fs::create_dir(stage.path("app.log")).unwrap();
        stage.write(&old, 10);
        stage.pass(ROTATE_WAIT);
        fs::remove_dir(stage.path("app.log")).unwrap();
        stage.rename("away", "app.log");
        stage.write(&old, 10);
        stage.settle();
        Expect::default()
    }
}

mod rights {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use crate::driver::{Expect, Mode, ROTATE_WAIT, Stage};

    fn allow(stage: &Stage, name: &str, mode: u32) {
        fs::set_permissions(stage.path(name), Permissions::from_mode(mode)).unwrap();
    }

    /// R26, by somebody who is not allowed everything.
    fn r26_permission_taken_and_given_back(mode: Mode) {
        let mut stage = Stage::new(mode);
        allow(&stage, "", 0o755);
        let is_root = fs::metadata("/proc/self").map_or(0, |found| {
            use std::os::unix::fs::MetadataExt;
            found.uid()
        }) == 0;
        if is_root && !nobody_may_run() {
            return crate::common::skip("R26: nobody else may run the program from here");
        }
        stage.nobody = is_root;
        stage.append("app.log", 20);
        stage.follow(&["app.log"]);
        allow(&stage, "app.log", 0);
        stage.rename("app.log", "app.log.1");
        stage.append("app.log", 20);
        allow(&stage, "app.log", 0);
        stage.pass(ROTATE_WAIT);
        allow(&stage, "app.log", 0o644);
        stage.append("app.log", 20);
        stage.pass(ROTATE_WAIT);
        let seen = stage.end();
        seen.check(60, Expect::default());
        let told = seen.told.matches("Permission denied").count();
        assert_eq!(told, 1, "told once: {}", seen.told);
    }

    fn nobody_may_run() -> bool {
        use std::os::unix::process::CommandExt;
        let mut command = crate::common::program();
        command.uid(65534).gid(65534).arg("--version");
        command.output().is_ok_and(|output| output.status.success())
    }

    #[test]
    fn r26_polling() {
        r26_permission_taken_and_given_back(Mode::Polling);
    }

    #[test]
    fn r26_woken() {
        r26_permission_taken_and_given_back(Mode::Woken);
    }
}
