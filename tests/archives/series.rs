//! Series in which files are compressed, against the same series in which none is.

use std::fs;
use std::io::Write;

use crate::common::{feed, finish, program, shell, skip, start, stream};
use crate::logs::{Folder, log, nameless};
use crate::pack::{self, bzip2, gzip, lz4, xz, zstd};

const LINES: usize = 4000;

/// What is in a series, the oldest first.
fn parts() -> [Vec<u8>; 6] {
    [0, 1, 2, 3, 4, 5].map(|minute| log(minute, LINES))
}

fn plain() -> Folder {
    let parts = parts();
    let names = ["log.5", "log.4", "log.3", "log.2", "log.1", "log"];
    let names = names.map(|end| format!("ufo_server.{end}"));
    let files: Vec<(&str, &[u8])> =
        names.iter().zip(&parts).map(|(name, part)| (name.as_str(), &part[..])).collect();
    Folder::new(&files)
}

/// Every kind, one of them by a name that does not say it.
fn mixed() -> Folder {
    let parts = parts();
    Folder::new(&[
        ("ufo_server.log.5.gz", &gzip(&parts[0])),
        ("ufo_server.log.4.zst", &zstd(&parts[1])),
        ("ufo_server.log.3.xz", &xz(&parts[2])),
        ("ufo_server.log.2", &bzip2(&parts[3])),
        ("ufo_server.log.1.lz4", &lz4(&parts[4])),
        ("ufo_server.log", &parts[5]),
    ])
}

#[test]
fn a_series_is_the_same_however_its_files_are_compressed() {
    let (plain, mixed) = (plain(), mixed());
    let wanted = plain.report(&["."]);
    for threads in ["1", "2", "3", "8"] {
        let found = mixed.report(&["--threads", threads, "."]);
        assert!(found == wanted, "{threads} threads:\n{found:#}\n{wanted:#}");
        let found = mixed.run(&["--threads", threads, "."]);
        let once = mixed.run(&["--threads", "1", "."]);
        assert_eq!(found.stdout, once.stdout, "{threads}");
    }
    // What is counted is what was compressed, not what that takes.
    let bytes: usize = parts().iter().map(Vec::len).sum();
    assert_eq!(wanted["sections"]["input"]["bytes"], bytes);
}

#[test]
fn a_daily_series_is_in_order_of_its_dates() {
    let [a, b, c, ..] = parts();
    let folder = Folder::new(&[
        ("ufo_server_daily.log.2026-11-20.zst", &zstd(&a)),
        ("ufo_server_daily.log.2026-11-21.gz", &gzip(&b)),
        ("ufo_server_daily.log", &c),
    ]);
    let done = folder.run(&["--format", "json", "--agg", "input", "."]);
    let files = &done.report()["sections"]["input"]["files"];
    let paths: Vec<&str> =
        files.as_array().unwrap().iter().map(|row| row["path"].as_str().unwrap()).collect();
    assert_eq!(
        paths,
        [
            "./ufo_server_daily.log.2026-11-20.zst",
            "./ufo_server_daily.log.2026-11-21.gz",
            "./ufo_server_daily.log"
        ]
    );
}

/// Which log comes first is looked up in what was compressed.
#[test]
fn the_first_timestamps_are_looked_up_in_archives() {
    let (early, late) = (log(1, 300), log(9, 300));
    let undated = b"{\"level\":\"INFO\"}\n".repeat(2000);
    let folder = Folder::new(&[
        ("a.log.xz", &xz(&late)),
        ("b.log.gz", &gzip(&[&undated[..], &early].concat())),
    ]);
    let done = folder.run(&["--format", "json", "--agg", "input", "a.log.xz", "b.log.gz"]);
    let report = done.report();
    let files = report["sections"]["input"]["files"].as_array().unwrap();
    assert_eq!((&files[0]["path"], &files[1]["path"]), (&"b.log.gz".into(), &"a.log.xz".into()));
}

/// One archive is shared by all threads, several are read side by side: no difference.
#[test]
fn one_large_archive_is_the_same_by_any_number_of_threads() {
    let whole = log(0, 60_000);
    let folder = Folder::new(&[("plain.log", &whole), ("a.log.gz", &gzip(&whole))]);
    let wanted = folder.report(&["plain.log"]);
    for threads in ["1", "2", "4"] {
        assert!(folder.report(&["--threads", threads, "a.log.gz"]) == wanted, "{threads}");
    }
}

/// H14.
#[test]
fn h14_a_hundred_members_are_one_log() {
    let whole = log(0, 5000);
    for (kind, pack) in pack::ALL {
        // The cuts are in the middle of lines.
        let members: Vec<u8> = whole.chunks(whole.len() / 100 + 1).flat_map(pack).collect();
        let folder = Folder::new(&[("plain.log", &whole), ("packed", &members)]);
        assert!(folder.report(&["packed"]) == folder.report(&["plain.log"]), "{kind}");
    }
}

#[test]
fn standard_input_may_be_compressed() {
    let whole = log(0, 3000);
    let args = ["--format", "json"];
    let wanted = nameless(feed(&args, &whole).report());
    for (kind, pack) in pack::ALL {
        let archive = pack(&whole);
        assert!(nameless(feed(&args, &archive).report()) == wanted, "{kind}");
        // A byte now and then: what it is shows little by little.
        let (slow, _) = stream(&args, |stdin| {
            let (first, rest) = archive.split_at(12);
            for byte in first {
                stdin.write_all(&[*byte])?;
                stdin.flush()?;
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
            stdin.write_all(rest)
        });
        assert!(nameless(slow.report()) == wanted, "{kind}");
        let folder = Folder::new(&[("x", &archive)]);
        let file = fs::File::open(folder.path("x")).unwrap();
        let redirected = finish(program().args(args).stdin(file));
        assert!(nameless(redirected.report()) == wanted, "{kind}");
    }
}

#[cfg(unix)]
#[test]
fn a_named_pipe_may_be_compressed() {
    let whole = log(0, 3000);
    let folder = Folder::new(&[("x.zst", &zstd(&whole)), ("plain.log", &whole)]);
    let pipe = folder.path("pipe");
    let made = shell(&format!("mkfifo '{}'", pipe.display())).status().unwrap();
    if !made.success() {
        return skip("this system makes no named pipes");
    }
    let mut command = program();
    let child = start(command.args(["--format", "json"]).arg(&pipe));
    let cat = format!("cat '{}' > '{}'", folder.path("x.zst").display(), pipe.display());
    assert!(shell(&cat).status().unwrap().success());
    let done: crate::common::Done = child.wait_with_output().unwrap().into();
    assert!(nameless(done.report()) == folder.report(&["plain.log"]));
}

/// Rules see archives as they see files, also on standard input.
#[test]
fn rules_are_replayed_over_archives() {
    let (plain, mixed) = (plain(), mixed());
    let args = ["watch", "--fail-on", "critical", "."];
    let wanted = plain.run(&args);
    assert!(wanted.stdout.contains("firing"), "{}{}", wanted.stdout, wanted.stderr);
    let found = mixed.run(&args);
    assert_eq!((found.stdout, found.code), (wanted.stdout, wanted.code));
    let whole = log(0, LINES);
    let wanted = feed(&["watch", "--replay"], &whole);
    assert!(wanted.stdout.contains("firing"), "{}{}", wanted.stdout, wanted.stderr);
    assert_eq!(feed(&["watch", "--replay"], xz(&whole)).stdout, wanted.stdout);
}

#[test]
fn the_order_given_is_kept() {
    let [a, b, ..] = parts();
    let folder = Folder::new(&[("b.gz", &gzip(&b)), ("a.gz", &gzip(&a)), ("a", &a), ("b", &b)]);
    let order = ["--keep-order", "b.gz", "a.gz"];
    assert!(folder.report(&order) == folder.report(&["--keep-order", "b", "a"]));
}
