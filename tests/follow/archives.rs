//! Compressed files while following: predecessors at the start, O4 and R29 (what was read and is
//! compressed then is not read again), C1 and C2 (what was compressed while nobody looked).

#[path = "../../src/source/archive/tests/pack.rs"]
mod pack;

use std::fs::{self, File};
use std::path::PathBuf;

use ufo_logscan::source::{Block, Saved, Start};

use crate::driver::{Expect, Library, Mode, ROTATE_WAIT, Stage};

const ENDINGS: [&str; 5] = ["gz", "zst", "xz", "bz2", "lz4"];

fn packed(kind: usize, content: &[u8]) -> Vec<u8> {
    let (_, pack) = pack::ALL[kind % pack::ALL.len()];
    // Of several members, as tools make them that work in parallel.
    let half = content.len() / 2;
    [pack(&content[..half]), pack(&content[half..])].concat()
}

/// Compresses a file as tools do: under its new name, with its old time, and then it is deleted.
fn compress(stage: &Stage, name: &str, kind: usize) -> String {
    let to = format!("{name}.{}", ENDINGS[kind % ENDINGS.len()]);
    pack_to(stage, name, &to, kind);
    stage.remove(name);
    to
}

fn pack_to(stage: &Stage, from: &str, to: &str, kind: usize) {
    let content = fs::read(stage.path(from)).unwrap();
    let modified = fs::metadata(stage.path(from)).unwrap().modified().unwrap();
    fs::write(stage.path(to), packed(kind, &content)).unwrap();
    let file = File::options().append(true).open(stage.path(to)).unwrap();
    // Some tools do not keep the time.
    if kind.is_multiple_of(2) {
        file.set_modified(modified).unwrap();
    }
}

#[track_caller]
fn end(stage: Stage, expect: Expect) {
    let (written, steps) = (stage.number, stage.mode == Mode::Steps);
    let seen = stage.end();
    seen.check(written, expect);
    assert!(!steps || seen.order.is_sorted(), "{:?}", seen.order);
}

#[test]
fn predecessors_are_read_first() {
    for mode in [Mode::Steps, Mode::Polling, Mode::Woken] {
        for series in ["ufo_server.log", "ufo_server_daily.log"] {
            let mut stage = Stage::new(mode);
            fs::create_dir(stage.path("logs")).unwrap();
            let log = format!("logs/{series}");
            for (kind, place) in [".4", ".3", "", ".2", ".1"].into_iter().enumerate() {
                let dated = [".2026-11-18", ".2026-11-19", "", ".2026-11-20", ".2026-11-21"];
                let place = if series.contains("daily") { dated[kind] } else { place };
                if !place.is_empty() {
                    stage.append(&format!("{log}{place}"), 20);
                    if kind != 3 {
                        compress(&stage, &format!("{log}{place}"), kind);
                    }
                }
            }
            stage.append(&log, 20);
            stage.follow(&["logs"]);
            stage.rename(&log, &format!("{log}.2026-11-22"));
            stage.append(&log, 20);
            stage.pass(2 * ROTATE_WAIT);
            compress(&stage, &format!("{log}.2026-11-22"), 0);
            stage.append(&log, 20);
            stage.pass(2 * ROTATE_WAIT);
            end(stage, Expect::default());
        }
    }
}

#[test]
fn of_a_file_named_by_itself_only_named_predecessors_are_read() {
    for from in [Start::Beginning, Start::End] {
        let mut stage = Stage::new(Mode::Steps);
        stage.from = from;
        for (kind, name) in ["app.log.3", "app.log.2"].into_iter().enumerate() {
            stage.append(name, 20);
            compress(&stage, name, kind);
        }
        stage.append("app.log", 20);
        stage.follow(&["app.log.2.zst", "app.log"]);
        stage.append("app.log", 20);
        stage.rename("app.log.3.gz", "app.log.4.gz");
        stage.rename("app.log.2.zst", "app.log.3.zst");
        stage.pass(2 * ROTATE_WAIT);
        stage.interrupt();
        stage.resume(&["app.log.2.zst", "app.log"]);
        stage.pass(2 * ROTATE_WAIT);
        let missing = if from == Start::End { 60 } else { 20 };
        end(stage, Expect { missing, ..Expect::default() });
    }
}

/// O4, at any time after the rotation, and over a restart.
#[test]
fn o4_what_was_read_is_not_read_again_from_its_archive() {
    for (kind, own) in ENDINGS.into_iter().enumerate() {
        for wait in [0, 1, 3 * ROTATE_WAIT] {
            let mut stage = Stage::new(Mode::Steps);
            stage.append("app.log", 50);
            stage.follow(&["app.log"]);
            for round in 0..4 {
                for place in (1..9).rev() {
                    for ending in ENDINGS {
                        let name = |place| format!("app.log.{place}.{ending}");
                        if stage.path(&name(place)).exists() {
                            stage.rename(&name(place), &name(place + 1));
                        }
                    }
                }
                stage.append("app.log", 5);
                stage.rename("app.log", "app.log.1");
                stage.append("app.log", 20);
                stage.pass(wait);
                if wait == 1 {
                    // It is there for a while beside what it is made of.
                    pack_to(&stage, "app.log.1", "app.log.1.part", kind);
                    let whole = fs::read(stage.path("app.log.1.part")).unwrap();
                    let to = format!("app.log.1.{own}");
                    for end in [20, whole.len() / 2, whole.len() - 1, whole.len()] {
                        fs::write(stage.path(&to), &whole[..end]).unwrap();
                        stage.settle();
                    }
                    stage.remove("app.log.1");
                    stage.remove("app.log.1.part");
                } else {
                    compress(&stage, "app.log.1", kind);
                }
                stage.pass(wait);
                if round == 2 {
                    stage.interrupt();
                    stage.resume(&["app.log"]);
                }
            }
            stage.pass(100 * ROTATE_WAIT);
            end(stage, Expect::default());
        }
    }
}

#[test]
fn o4_while_the_program_follows() {
    for mode in [Mode::Polling, Mode::Woken] {
        let mut stage = Stage::new(mode);
        let late = stage.writer("app.log");
        stage.write(&late, 50);
        stage.follow(&["app.log"]);
        stage.rename("app.log", "app.log.1");
        stage.append("app.log", 20);
        compress(&stage, "app.log.1", 0);
        stage.write(&late, 5);
        stage.pass(3 * ROTATE_WAIT);
        stage.rename("app.log.1.gz", "app.log.2.gz");
        stage.rename("app.log", "app.log.1");
        compress(&stage, "app.log.1", 1);
        stage.append("app.log", 20);
        stage.pass(3 * ROTATE_WAIT);
        end(stage, Expect::default());
    }
}

/// C1 and C2: down over rotations, any of which are compressed.
#[test]
fn c2_down_over_three_rotations_some_of_them_compressed() {
    for which in 0..8_usize {
        for unread in [0, 5] {
            let mut stage = Stage::new(Mode::Steps);
            stage.append("app.log", 50);
            stage.follow(&["app.log"]);
            stage.append("app.log", 5);
            stage.settle();
            stage.append("app.log", unread);
            stage.interrupt();
            for rotation in 0..3 {
                stage.append("app.log", 20);
                let name = format!("app.log.{}", 3 - rotation);
                stage.rename("app.log", &name);
                if which & 1 << rotation != 0 {
                    compress(&stage, &name, which + rotation);
                }
            }
            stage.append("app.log", 20);
            stage.resume(&["app.log"]);
            stage.append("app.log", 5);
            stage.pass(100 * ROTATE_WAIT);
            end(stage, Expect::default());
        }
    }
}

/// What had nothing in it when reading stopped is known by nothing.
#[test]
fn c1_an_empty_file_is_rotated_and_compressed() {
    let mut stage = Stage::new(Mode::Steps);
    stage.append("app.log", 0);
    stage.follow(&["app.log"]);
    stage.interrupt();
    stage.append("app.log", 20);
    stage.rename("app.log", "app.log.1");
    compress(&stage, "app.log.1", 0);
    stage.append("app.log", 20);
    stage.resume(&["app.log"]);
    stage.pass(100 * ROTATE_WAIT);
    end(stage, Expect::default());
}

/// It is being compressed when following begins again.
#[test]
fn c2_an_archive_that_is_being_written() {
    let mut stage = Stage::new(Mode::Steps);
    stage.append("app.log", 50);
    stage.follow(&["app.log"]);
    stage.interrupt();
    stage.append("app.log", 50);
    stage.rename("app.log", "app.log.1");
    pack_to(&stage, "app.log.1", "whole", 0);
    stage.remove("app.log.1");
    stage.append("app.log", 20);
    let whole = fs::read(stage.path("whole")).unwrap();
    fs::write(stage.path("app.log.1.gz"), &whole[..whole.len() - 100]).unwrap();
    stage.resume(&["app.log"]);
    stage.settle();
    fs::write(stage.path("app.log.1.gz"), &whole).unwrap();
    stage.pass(2 * ROTATE_WAIT);
    let written = stage.number;
    let seen = stage.end();
    seen.check(written, Expect::default());
    assert!(!seen.told.contains("cannot read"), "{}", seen.told);
}

/// Reading may stop anywhere in an archive, and goes on there.
#[test]
fn c1_stopped_within_an_archive() {
    let mut stage = Stage::new(Mode::Steps);
    for (kind, name) in ["app.log.2", "app.log.1"].into_iter().enumerate() {
        stage.append(name, 20);
        compress(&stage, name, kind);
    }
    stage.append("app.log", 20);
    let names = ["app.log.2.gz", "app.log.1.zst", "app.log"];
    let paths: Vec<PathBuf> = names.iter().map(|name| stage.path(name)).collect();
    for stop in 0..40 {
        let mut library = Library::new(&paths, Start::Beginning, 64, &[]);
        library.now += 20_000;
        library.follower.poll(library.now);
        let mut block = Block::default();
        for _ in 0..stop {
            if library.follower.read(0, &mut block).is_some() {
                library.seen.lines(&block);
            }
        }
        let saved = serde_json::to_string(&library.follower.save()).unwrap();
        let saved: Vec<Saved> = serde_json::from_str(&saved).unwrap();
        let seen = std::mem::take(&mut library.seen);
        let mut library = Library::new(&paths, Start::Beginning, 64, &saved);
        library.seen = seen;
        library.look();
        library.look();
        library.seen.check(60, Expect::default());
        assert!(library.seen.order.is_sorted(), "{stop}: {:?}", library.seen.order);
    }
}

/// The copy of a truncated file is compressed before anybody looks.
#[test]
fn a_copy_that_is_compressed() {
    for kind in 0..ENDINGS.len() {
        let mut stage = Stage::new(Mode::Steps);
        stage.append("app.log", 50);
        stage.follow(&["app.log"]);
        for round in 0..3 {
            stage.append("app.log", 10);
            let name = format!("app.log.{}", 9 - round);
            stage.copy("app.log", &name);
            compress(&stage, &name, kind);
            stage.truncate("app.log");
            stage.append("app.log", 5);
            stage.pass(2 * ROTATE_WAIT);
        }
        let written = stage.number;
        stage.end().check(written, Expect::default());
    }
}

/// What can be decompressed counts, and it is told once what is wrong.
#[test]
fn damaged_predecessors() {
    for mode in [Mode::Steps, Mode::Polling] {
        let mut stage = Stage::new(mode);
        stage.exit = 2;
        stage.append("app.log.1", 2000);
        compress(&stage, "app.log.1", 1);
        let whole = fs::read(stage.path("app.log.1.zst")).unwrap();
        fs::write(stage.path("app.log.1.zst"), &whole[..whole.len() - 9]).unwrap();
        stage.append("app.log", 20);
        stage.follow(&["app.log.1.zst", "app.log"]);
        stage.append("app.log", 20);
        stage.pass(5 * ROTATE_WAIT);
        let written = stage.number;
        let seen = stage.end();
        seen.check(written, Expect { missing: 1000, ..Expect::default() });
        assert_eq!(seen.told.matches("data is cut off").count(), 1, "{}", seen.told);
        if mode == Mode::Polling {
            assert_eq!(seen.problems, 1);
        }
    }
}

/// What reading stopped in was compressed, and the archive is damaged: what may be missing is told.
#[test]
fn a_loss_that_cannot_be_excluded_is_told() {
    let mut stage = Stage::new(Mode::Steps);
    stage.append("app.log", 50);
    stage.follow(&["app.log"]);
    stage.interrupt();
    stage.append("app.log", 50);
    stage.rename("app.log", "app.log.1");
    compress(&stage, "app.log.1", 0);
    let whole = fs::read(stage.path("app.log.1.gz")).unwrap();
    fs::write(stage.path("app.log.1.gz"), &whole[..whole.len() / 3]).unwrap();
    stage.append("app.log", 20);
    stage.resume(&["app.log"]);
    stage.pass(100 * ROTATE_WAIT);
    let written = stage.number;
    let seen = stage.end();
    seen.check(written, Expect { missing: 50, losses: 1, ..Expect::default() });
    assert!(seen.told.contains("cannot read all of"), "{}", seen.told);
}

/// Rotations every ten seconds, as logrotate does them with `delaycompress`, and restarts.
#[test]
fn hours_of_rotations_keep_nothing() {
    let mut stage = Stage::new(Mode::Steps);
    stage.append("app.log", 2);
    stage.follow(&["app.log"]);
    let (mut most, mut remembered) = (0, 0);
    for round in 0..1500 {
        for place in (2..5).rev() {
            let name = |place| format!("app.log.{place}.gz");
            if stage.path(&name(place)).exists() {
                stage.rename(&name(place), &name(place + 1));
            }
        }
        if round > 0 {
            pack_to(&stage, "app.log.1", "app.log.2.gz", 0);
            stage.remove("app.log.1");
        }
        stage.rename("app.log", "app.log.1");
        stage.append("app.log", 2);
        stage.jump(10_000);
        if round % 500 == 499 {
            stage.interrupt();
            stage.resume(&["app.log"]);
        }
        if round > 100 {
            (most, remembered) = (stage.open_files().max(most), stage.remembered().max(remembered));
        }
    }
    // What was compressed while it was open is kept for late lines.
    assert!(most <= 5, "{most} files were open");
    assert!(remembered < 100, "{remembered}");
    end(stage, Expect::default());
}
