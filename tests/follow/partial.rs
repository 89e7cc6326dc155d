//! Lines that are not finished: R22 to R25.

crate::scenarios! {
    r22_a_line_is_finished_later,
    r23_a_torn_line_and_then_rotation,
    r24_a_torn_line_finished_in_the_old_file,
    r25_no_newline_at_the_end,
    torn_by_truncation,
    torn_and_finished_in_the_copy,
    a_long_line_in_pieces,
}

mod scene {
    use crate::driver::{Expect, Mode, ROTATE_WAIT, Stage, put};

    /// The next record, in two pieces.
    fn halves(stage: &mut Stage) -> (String, String) {
        let line = stage.records(1);
        let (first, second) = line.split_at(line.len() / 2);
        (first.to_owned(), second.to_owned())
    }

    pub(crate) fn r22_a_line_is_finished_later(stage: &mut Stage) -> Expect {
        let file = stage.writer("app.log");
        stage.write(&file, 5);
        stage.follow(&["app.log"]);
        for _ in 0..3 {
            let (first, second) = halves(stage);
            put(&file, &first);
            stage.pass(ROTATE_WAIT / 2);
            put(&file, &second);
            stage.settle();
        }
        Expect::default()
    }

    pub(crate) fn r23_a_torn_line_and_then_rotation(stage: &mut Stage) -> Expect {
        let file = stage.writer("app.log");
        stage.write(&file, 5);
        stage.follow(&["app.log"]);
        put(&file, "{\"level\":\"INFO\",\"mess");
        stage.settle();
        stage.rename("app.log", "app.log.1");
        stage.append("app.log", 20);
        stage.pass(3 * ROTATE_WAIT);
        stage.append("app.log", 20);
        Expect { malformed: 1, ..Expect::default() }
    }

    pub(crate) fn r24_a_torn_line_finished_in_the_old_file(stage: &mut Stage) -> Expect {
        let file = stage.writer("app.log");
        stage.write(&file, 5);
        stage.follow(&["app.log"]);
        let (first, second) = halves(stage);
        put(&file, &first);
        stage.settle();
        stage.rename("app.log", "app.log.1");
        stage.append("app.log", 20);
        stage.settle();
        put(&file, &second);
        stage.pass(3 * ROTATE_WAIT);
        Expect::default()
    }

    /// Live it waits for its newline, which does not come.
    pub(crate) fn r25_no_newline_at_the_end(stage: &mut Stage) -> Expect {
        let file = stage.writer("app.log");
        stage.write(&file, 5);
        put(&file, "{\"level\":\"INFO\"}");
        stage.follow(&["app.log"]);
        stage.pass(3 * ROTATE_WAIT);
        Expect::default()
    }

    /// What had been read of the line is told as malformed: its end is gone.
    pub(crate) fn torn_by_truncation(stage: &mut Stage) -> Expect {
        let file = stage.writer("app.log");
        stage.write(&file, 50);
        stage.follow(&["app.log"]);
        put(&file, "{\"level\":\"INFO\",\"mess");
        stage.until_quiet();
        stage.truncate("app.log");
        stage.append("app.log", 20);
        stage.pass(2 * ROTATE_WAIT);
        Expect { malformed: 1, losses: 1, ..Expect::default() }
    }

    pub(crate) fn torn_and_finished_in_the_copy(stage: &mut Stage) -> Expect {
        let file = stage.writer("app.log");
        stage.write(&file, 50);
        stage.follow(&["app.log"]);
        let (first, second) = halves(stage);
        put(&file, &first);
        stage.settle();
        put(&file, &second);
        stage.write(&file, 5);
        stage.copy("app.log", "app.log.1");
        stage.truncate("app.log");
        stage.append("app.log", 20);
        stage.pass(2 * ROTATE_WAIT);
        Expect::default()
    }

    /// Longer than a line may be, and longer than a block.
    pub(crate) fn a_long_line_in_pieces(stage: &mut Stage) -> Expect {
        if stage.mode != Mode::Steps {
            stage.args = ["--max-line", "1000"].map(str::to_owned).to_vec();
        }
        let file = stage.writer("app.log");
        stage.write(&file, 5);
        stage.follow(&["app.log"]);
        for _ in 0..9 {
            put(&file, &"x".repeat(333));
            stage.settle();
        }
        put(&file, "\n");
        stage.write(&file, 5);
        stage.settle();
        let long = u64::from(stage.mode == Mode::Steps);
        Expect { malformed: long, ..Expect::default() }
    }
}
