//! H15 and H16: archives that are cut, damaged, or followed by something else.

use serde_json::Value;

use crate::common::{Done, stream};
use crate::logs::{Folder, counted, log};
use crate::pack;

const INPUT: [&str; 4] = ["--format", "json", "--agg", "input"];

/// H15. Every cut of every kind is decompressed in `source::archive::tests`; here some go through
/// the whole program.
#[test]
fn h15_a_cut_archive_counts_as_far_as_it_goes() {
    let (first, rest) = (log(0, 300), log(1, 300));
    for (kind, pack) in pack::ALL {
        let member = pack(&first);
        let archive = [&member[..], &pack(&rest)].concat();
        let mut before = 0;
        for cut in [12, member.len() / 2, member.len() - 1, member.len() + 9, archive.len() - 1] {
            let good = log(2, 100);
            let folder = Folder::new(&[("a.log.1", &archive[..cut]), ("a.log", &good)]);
            for threads in ["1", "2"] {
                let args = [&INPUT[..], &["--threads", threads, "a.log.1", "a.log"]].concat();
                let done = folder.run(&args);
                let told = format!(
                    "ufo-logscan: error: cannot read all of a.log.1: its {kind} data is cut off\n  \
                     the whole lines before that count; get the file again to have the rest\n"
                );
                assert_eq!((done.stderr.as_str(), done.code), (told.as_str(), Some(2)), "{kind}");
                let what = format!("its {kind} data is cut off");
                assert_eq!(faults(&done), [["a.log.1".to_owned(), what]]);
                let (records, lines) = counted(&done);
                // Whole lines only, and the other file in any case.
                assert_eq!(records, lines, "{kind} at {cut}");
                assert!(records >= before.max(100) && records <= 700, "{kind} at {cut}");
                assert!(cut < member.len() || records >= 400, "{kind} at {cut}: {records}");
                before = records;
            }
        }
        let (done, _) =
            stream(&INPUT, |stdin| std::io::Write::write_all(stdin, &archive[..archive.len() - 1]));
        assert!(done.stderr.contains(&format!("all of -: its {kind} data is cut off")));
        assert_eq!((counted(&done).0 >= 300, done.code), (true, Some(2)), "{kind}");
    }
}

/// H16: padding is nothing, anything else is told, and what was decompressed counts.
#[test]
fn h16_what_stands_behind_an_archive_is_told_and_what_is_in_it_counts() {
    let mut whole = log(0, 500);
    whole.pop();
    for (kind, pack) in pack::ALL {
        let archive = pack(&whole);
        let padded = [&archive[..], &[0; 700]].concat();
        let garbage = [&archive[..], b"garbage\n"].concat();
        let folder = Folder::new(&[("padded", &padded), ("garbage", &garbage)]);
        let done = folder.run(&[&INPUT[..], &["padded"]].concat());
        assert_eq!((counted(&done), done.code, done.stderr), ((500, 500), Some(0), String::new()));
        for threads in ["1", "2"] {
            let done = folder.run(&[&INPUT[..], &["--threads", threads, "garbage"]].concat());
            // The last line is whole, although no newline ends it.
            assert_eq!((counted(&done), done.code), ((500, 500), Some(2)), "{kind}");
            let told = format!("something that is not compressed is behind its {kind} data");
            assert!(done.stderr.contains(&told), "{}", done.stderr);
        }
    }
}

#[test]
fn h16_a_wrong_checksum_is_told_and_everything_counts() {
    let whole = log(0, 500);
    let mut archive = pack::gzip(&whole);
    let at = archive.len() - 6;
    archive[at] ^= 0x55;
    let twice = [&archive[..], &pack::gzip(&whole)].concat();
    let folder = Folder::new(&[("a.gz", &twice)]);
    let done = folder.run(&[&INPUT[..], &["a.gz"]].concat());
    assert_eq!((counted(&done), done.code), ((1000, 1000), Some(2)));
    let told = "ufo-logscan: error: cannot read all of a.gz: the checksum of its gzip data is wrong\n  \
                what was decompressed counts, and may not be what was logged\n";
    assert_eq!(done.stderr, told);
}

/// Rules go on with what is left.
#[test]
fn rules_see_what_can_be_decompressed() {
    let archive = pack::gzip(&log(0, 500));
    let folder = Folder::new(&[("a.log.gz", &archive[..archive.len() - 3])]);
    let done = folder.run(&["watch", "a.log.gz"]);
    assert_eq!(done.code, Some(2), "{}", done.stderr);
    assert!(done.stderr.contains("a.log.gz: its gzip data is cut off"), "{}", done.stderr);
    assert!(done.stdout.contains("firing"), "{}", done.stdout);
}

#[test]
fn a_window_that_is_too_large_is_refused() {
    // A frame with a window of 2 GiB, and a block of three bytes.
    let frame = b"\x28\xb5\x2f\xfd\0\xa8\x19\0\0{}\n";
    let folder = Folder::new(&[("a.log.zst", frame)]);
    let done = folder.run(&["a.log.zst"]);
    let told = "ufo-logscan: error: cannot read all of a.log.zst: \
                its zstd data needs a window of more than 128 MiB\n  \
                `zstd -d --long=31` decompresses it, with much memory\n";
    assert_eq!((done.stderr.as_str(), done.code), (told, Some(2)));
}

/// What the report says could not be read.
#[track_caller]
fn faults(done: &Done) -> Vec<[String; 2]> {
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    let input = &report["sections"]["input"];
    let faults: Vec<[String; 2]> = input["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| ["file", "what"].map(|name| row[name].as_str().unwrap().to_owned()))
        .collect();
    let omitted = input["faults_omitted"].as_u64().unwrap_or(0);
    assert_eq!(input["problems"], faults.len() as u64 + omitted);
    faults
}

/// In the order of the input, by any number of threads: what cannot be opened comes first, since
/// nobody knows its place.
#[test]
fn problems_stand_in_the_report() {
    let good = log(0, 2000);
    let cut = |n: usize| {
        let archive = pack::ALL[n % 5].1(&log(n, 500));
        archive[..archive.len() - 3].to_vec()
    };
    let names: Vec<String> = (0..12).rev().map(|n| format!("a.log.{n}")).collect();
    let contents: Vec<Vec<u8>> =
        (0..12).map(|n| if n % 3 == 1 { cut(n) } else { good.clone() }).collect();
    let files: Vec<(&str, &[u8])> =
        names.iter().map(String::as_str).zip(contents.iter().map(Vec::as_slice)).collect();
    let folder = Folder::new(&files);
    let mut args = INPUT.to_vec();
    args.extend(["--keep-order", "missing.log"]);
    args.extend(names.iter().map(String::as_str));
    let mut before = None;
    for threads in ["1", "2", "3", "4"] {
        let done = folder.run(&[&args[..], &["--threads", threads]].concat());
        assert_eq!(done.code, Some(2), "{}", done.stderr);
        let found = faults(&done);
        let of: Vec<&str> = found.iter().map(|[file, _]| file.as_str()).collect();
        assert_eq!(of, ["missing.log", "a.log.10", "a.log.7", "a.log.4", "a.log.1"]);
        assert_eq!(found[0][1], "No such file or directory");
        assert_eq!(*before.get_or_insert(done.stdout.clone()), done.stdout, "{threads} threads");
    }
    let done = folder.run(&["--agg", "input", "missing.log", "a.log.0", "a.log.1"]);
    for told in ["Problems", "What could not be read", "missing.log", "cut off"] {
        assert!(done.stdout.contains(told), "{told}: {}", done.stdout);
    }
}

/// Many problems are counted, and the first ones listed.
#[test]
fn a_thousand_problems_are_listed() {
    let folder = Folder::new(&[("a.log", &log(0, 10))]);
    let missing: Vec<String> = (0..1200).map(|n| format!("{n}.log")).collect();
    let names: Vec<&str> = missing.iter().map(String::as_str).collect();
    let done = folder.run(&[&INPUT[..], &names, &["a.log"]].concat());
    assert_eq!((faults(&done).len(), done.code), (1000, Some(2)));
    assert!(done.stdout.contains("\"problems\":1200,"), "{}", done.stdout);
    assert!(done.stdout.contains("\"faults_omitted\":200"), "{}", done.stdout);
}
