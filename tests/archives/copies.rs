//! O4: a compressed file beside the file that it was made of is not read again.

use crate::logs::{Folder, counted, log};
use crate::pack::{gzip, zstd};

fn records(folder: &Folder, args: &[&str]) -> (u64, String) {
    let done = folder.run(&[&["--format", "json", "--agg", "input"], args].concat());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    (counted(&done).0, done.stderr)
}

#[test]
fn o4_a_file_and_its_archive_are_read_once() {
    let (old, new) = (log(0, 1000), log(1, 1000));
    let whole = gzip(&old);
    let told = "ufo-logscan: left out a.log.1.gz: a.log.1 holds what can be read there\n";
    // As it is while it is written, and when it is done.
    for length in [2, 200, whole.len() / 2, whole.len() - 1, whole.len()] {
        let folder =
            Folder::new(&[("a.log", &new), ("a.log.1", &old), ("a.log.1.gz", &whole[..length])]);
        for order in [
            &["a.log.1.gz", "a.log", "a.log.1"][..],
            &["--keep-order", "a.log", "a.log.1", "a.log.1.gz"],
        ] {
            assert_eq!(records(&folder, order), (2000, told.to_owned()), "{length} {order:?}");
        }
        let (records, note) = records(&folder, &["."]);
        assert_eq!(records, 2000, "{length}");
        assert!(note.contains("left out ./a.log.1.gz"), "{note}");
    }
}

/// Lines that came late are in the file only.
#[test]
fn the_file_that_holds_more_is_read() {
    let old = log(0, 1000);
    let half = old.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(499).unwrap().0 + 1;
    let folder = Folder::new(&[("a.log.1", &old), ("a.log.1.gz", &gzip(&old[..half]))]);
    let (read, note) = records(&folder, &["a.log.1", "a.log.1.gz"]);
    assert_eq!((read, note.contains("left out a.log.1.gz")), (1000, true), "{note}");
    // The other way round, a file is being unpacked.
    let folder = Folder::new(&[("a.log.1", &old[..half]), ("a.log.1.gz", &gzip(&old))]);
    let (read, note) = records(&folder, &["a.log.1", "a.log.1.gz"]);
    assert_eq!((read, note.contains("left out a.log.1: ")), (1000, true), "{note}");
}

#[test]
fn two_archives_of_one_file_are_read_once() {
    let old = log(0, 1000);
    let folder = Folder::new(&[("a.log.1.zst", &zstd(&old)), ("a.log.1.gz", &gzip(&old))]);
    let (read, note) = records(&folder, &["a.log.1.gz", "a.log.1.zst"]);
    assert_eq!((read, note.contains("left out a.log.1.zst: ")), (1000, true), "{note}");
}

/// Names alone say nothing, and neither does a beginning.
#[test]
fn other_contents_are_read_both() {
    let (old, new) = (log(0, 1000), log(1, 1000));
    let mut other = old.clone();
    // The name of the last client.
    let at = other.len() - 4;
    other[at] = b'x';
    for second in [&new, &other] {
        let folder = Folder::new(&[("a.log", second), ("a.log.gz", &gzip(&old))]);
        assert_eq!(records(&folder, &["a.log", "a.log.gz"]), (2000, String::new()));
    }
    let folder = Folder::new(&[("a.log", b""), ("a.log.gz", &gzip(&old))]);
    assert_eq!(records(&folder, &["a.log", "a.log.gz"]), (1000, String::new()));
}
