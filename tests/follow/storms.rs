//! More than anybody can look at: R30 and R31.

crate::scenarios! {
    r30_a_thousand_rotations,
    r31_many_lines_and_ten_rotations,
}

mod scene {
    use crate::driver::{Expect, Stage};

    pub(crate) fn r30_a_thousand_rotations(stage: &mut Stage) -> Expect {
        stage.append("app.log", 10);
        stage.follow(&["app.log"]);
        for number in 1..=1000 {
            stage.append("app.log", 20);
            stage.rename("app.log", &format!("app.log.{number}"));
        }
        stage.append("app.log", 20);
        stage.until_quiet();
        Expect::default()
    }

    pub(crate) fn r31_many_lines_and_ten_rotations(stage: &mut Stage) -> Expect {
        let lines = 20_000;
        let mut file = stage.writer("app.log");
        stage.follow(&["app.log"]);
        for number in 1..=10 {
            for _ in 0..lines / 500 {
                stage.write(&file, 500);
            }
            stage.rename("app.log", &format!("app.log.{number}"));
            file = stage.writer("app.log");
        }
        stage.write(&file, 10);
        stage.until_quiet();
        Expect::default()
    }
}
