//! Going on after a restart, as far as reading is concerned: C1, C3, C4, C7.

use crate::driver::{Expect, Mode, ROTATE_WAIT, Stage, put, record};

fn begin() -> Stage {
    let mut stage = Stage::new(Mode::Steps);
    stage.append("app.log", 50);
    stage.follow(&["app.log"]);
    stage.append("app.log", 5);
    stage.settle();
    stage
}

#[track_caller]
fn end(mut stage: Stage, expect: Expect) {
    stage.resume(&["app.log"]);
    stage.append("app.log", 5);
    stage.pass(3 * ROTATE_WAIT);
    let written = stage.number;
    stage.end().check(written, expect);
}

#[test]
fn nothing_happened_meanwhile() {
    let mut stage = begin();
    stage.interrupt();
    end(stage, Expect::default());
}

#[test]
fn c1_down_over_rotations() {
    for rotations in 1..4 {
        let mut stage = begin();
        stage.append("app.log", 5);
        stage.interrupt();
        for rotation in 0..rotations {
            stage.append("app.log", 20);
            stage.rename("app.log", &format!("app.log.{}", 9 - rotation));
        }
        stage.append("app.log", 20);
        end(stage, Expect::default());
    }
}

#[test]
fn c3_the_number_of_the_file_is_given_to_another() {
    let mut stage = begin();
    stage.interrupt();
    stage.remove("app.log");
    stage.append("app.log", 60);
    // That what was deleted had been read cannot be known.
    end(stage, Expect { losses: 1, ..Expect::default() });
}

#[test]
fn c4_truncated_and_grown_past_the_offset() {
    let mut stage = begin();
    stage.append("app.log", 5);
    stage.interrupt();
    stage.append("app.log", 5);
    stage.copy("app.log", "app.log.1");
    stage.truncate("app.log");
    stage.append("app.log", 100);
    end(stage, Expect::default());
}

#[test]
fn c7_a_torn_line_over_the_restart() {
    let mut stage = begin();
    let line = stage.records(1);
    let (first, second) = line.split_at(30);
    put(&stage.writer("app.log"), first);
    stage.settle();
    stage.interrupt();
    put(&stage.writer("app.log"), second);
    end(stage, Expect::default());
    assert!(record(1).len() > 30);
}

#[test]
fn a_truncation_whose_copy_is_looked_for() {
    let mut stage = begin();
    stage.copy("app.log", "elsewhere");
    stage.append("elsewhere", 5);
    stage.truncate("app.log");
    stage.settle();
    stage.interrupt();
    stage.rename("elsewhere", "app.log.1");
    stage.append("app.log", 5);
    end(stage, Expect::default());
}
