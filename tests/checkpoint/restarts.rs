//! C1 to C4, C7: what happens to files while nobody reads.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

use crate::common::{run, skip};
use crate::site::{Site, check, kill, record, records, signal, stop};

/// A site where forty records have been read, and the reader was killed.
fn killed() -> Site {
    let site = Site::new();
    site.append("app.log", &records(1..31));
    let child = site.until_line(&mut site.report(), 30);
    site.append("app.log", &records(31..41));
    site.wait_for_line(40);
    kill(child);
    site
}

#[track_caller]
fn goes_on(site: &Site, current: u64, numbers: u64) -> serde_json::Value {
    let child = site.until_line(&mut site.report(), current);
    check(&stop(child), numbers)
}

#[test]
fn what_came_after_the_checkpoint_is_read_again() {
    let site = killed();
    site.append("app.log", &records(41..51));
    goes_on(&site, 50, 50);
    // And after a clean end, too.
    site.append("app.log", &records(51..61));
    goes_on(&site, 60, 60);
}

#[test]
fn c1_down_over_one_rotation() {
    let site = killed();
    site.append("app.log", &records(41..51));
    site.rename("app.log", "app.log.1");
    site.append("app.log", &records(51..61));
    assert_eq!(goes_on(&site, 10, 60)["possible_losses"], 0);
}

#[test]
fn c2_down_over_three_rotations() {
    let site = killed();
    for rotation in 0..3 {
        let from = 41 + 10 * rotation;
        site.append("app.log", &records(from..from + 10));
        for older in (1..=rotation).rev() {
            site.rename(&format!("app.log.{older}"), &format!("app.log.{}", older + 1));
        }
        site.rename("app.log", "app.log.1");
    }
    site.append("app.log", &records(71..76));
    assert_eq!(goes_on(&site, 5, 75)["possible_losses"], 0);
}

/// The same where all but the last one are compressed.
#[cfg(feature = "archives")]
#[test]
fn c2_down_over_three_rotations_and_compression() {
    use flate2::{Compression, write::GzEncoder};

    let site = killed();
    for rotation in 0..3 {
        let from = 41 + 10 * rotation;
        site.append("app.log", &records(from..from + 10));
        for older in (2..=rotation).rev() {
            site.rename(&format!("app.log.{older}.gz"), &format!("app.log.{}.gz", older + 1));
        }
        if rotation > 0 {
            let content = fs::read(site.path("app.log.1")).unwrap();
            let mut out = GzEncoder::new(site.file("app.log.2.gz"), Compression::default());
            std::io::Write::write_all(&mut out, &content).unwrap();
            out.finish().unwrap();
        }
        site.rename("app.log", "app.log.1");
    }
    site.append("app.log", &records(71..76));
    assert_eq!(goes_on(&site, 5, 75)["possible_losses"], 0);
}

#[test]
fn c3_the_number_of_the_file_is_given_to_another() {
    let site = killed();
    let number = fs::metadata(site.path("app.log")).unwrap().ino();
    fs::remove_file(site.path("app.log")).unwrap();
    site.append("app.log", &records(41..91));
    if fs::metadata(site.path("app.log")).unwrap().ino() != number {
        skip("C3: this file system gives the number of a deleted file to no other at once");
    }
    // That what was deleted had been read to its end cannot be known.
    assert_eq!(goes_on(&site, 50, 90)["possible_losses"], 1);
}

#[test]
fn c4_copied_and_truncated_and_grown_past_the_offset() {
    let site = killed();
    site.append("app.log", &records(41..51));
    fs::copy(site.path("app.log"), site.path("app.log.1")).unwrap();
    site.file("app.log");
    site.append("app.log", &records(51..151));
    assert_eq!(goes_on(&site, 100, 150)["possible_losses"], 0);
}

#[test]
fn c7_a_torn_line_over_the_restart() {
    for clean in [false, true] {
        let site = Site::new();
        let line = record(31);
        let (first, second) = line.split_at(40);
        site.append("app.log", &(records(1..31) + first));
        let child = site.until_line(&mut site.report(), 30);
        if clean {
            stop(child);
        } else {
            kill(child);
        }
        site.append("app.log", &(second.to_owned() + &record(32)));
        assert_eq!(goes_on(&site, 32, 32)["malformed"], 0);
    }
}

/// A line that is torn in a file that has been rotated is waited for, over a clean end as well.
#[test]
fn c7_a_torn_line_in_a_rotated_file() {
    let site = Site::new();
    let line = record(31);
    let (first, second) = line.split_at(40);
    site.append("app.log", &records(1..31));
    let child = site.until_line(&mut site.report_waiting("1h"), 30);
    site.append("app.log", first);
    site.rename("app.log", "app.log.1");
    site.append("app.log", &record(32));
    site.wait_for_line(1);
    assert!(stop(child).stdout.contains("\"malformed\":1"));
    site.append("app.log.1", second);
    assert_eq!(goes_on(&site, 1, 32)["malformed"], 0);
}

/// A report that is printed meanwhile is kept by the same means as one that is not, and either goes
/// on with what the other has left.
#[test]
fn a_report_that_is_looked_at_meanwhile_goes_on() {
    let site = Site::new();
    let every = || {
        let mut report = site.report();
        report.args(["--every", "1h"]);
        report
    };
    site.append("app.log", &records(1..31));
    kill(site.until_line(&mut every(), 30));
    site.append("app.log", &records(31..41));
    check(&stop(site.until_line(&mut every(), 40)), 40);
    site.append("app.log", &records(41..51));
    goes_on(&site, 50, 50);
    site.append("app.log", &records(51..61));
    check(&stop(site.until_line(&mut every(), 60)), 60);
}

/// `--from end` is for the first time: what is written while nobody reads is read.
#[test]
fn from_the_end_applies_once() {
    let site = Site::new();
    site.append("app.log", &"{\"n\":0}\n".repeat(5));
    let mut report = site.report();
    let child = site.until_line(report.args(["--from", "end"]), 0);
    kill(child);
    site.append("app.log", &records(1..11));
    let mut report = site.report();
    let child = site.until_line(report.args(["--from", "end"]), 10);
    check(&stop(child), 10);
}

/// Half an hour ago is half an hour before the first start.
#[test]
fn since_when_is_said_once() {
    let site = Site::new();
    let at = |shift: &str| {
        let date = Command::new("date").args(["-u", "-d", shift, "+%Y-%m-%dT%H:%M:%S"]).output();
        String::from_utf8(date.unwrap().stdout).unwrap().trim().to_owned()
    };
    let line = |time: &str| format!("{{\"timestamp\":\"{time}\",\"level\":\"INFO\",\"n\":1}}\n");
    // What is a second too old at a later start was not at the first one.
    let border = at("-3598 seconds");
    site.append("app.log", &line(&at("-2 hours")));
    let mut report = site.report();
    kill(site.until_line(report.args(["--since", "1h"]), 1));
    std::thread::sleep(std::time::Duration::from_secs(3));
    site.append("app.log", &line(&border));
    let mut report = site.report();
    let child = site.until_line(report.args(["--since", "1h"]), 2);
    check(&stop(child), 1);
}

#[test]
fn other_options_and_paths_are_refused() {
    let site = killed();
    let (state, log) = (site.path("state"), site.path("app.log"));
    let (state, log) = (state.to_str().unwrap(), log.to_str().unwrap());
    let refused = |args: &[&str], why: &str| {
        let done = run(args);
        assert_eq!(done.code, Some(2), "{args:?}");
        assert!(done.stderr.contains(why), "{}", done.stderr);
    };
    refused(&["-F", "--checkpoint", state, log], "--agg was input, count by field(\"n\")");
    refused(&["watch", "-F", "--checkpoint", state, log], "is of `report`, and not of `watch`");
    let same = ["--agg", "input", "--agg", "count by field(\"n\")", "-F", "--checkpoint", state];
    refused(&[&same[..], &["--tz", "+01:00", log]].concat(), "--tz was UTC");
    refused(&[&same[..], &[&format!("{log}.other")]].concat(), "is not named now");
    refused(&["--checkpoint", state, log], "--follow");
    refused(&["-F", "--checkpoint", state, "-"], "cannot be followed");
    refused(&["watch", "--checkpoint", state], "--follow");
    refused(&["-F", "--checkpoint-every", "5s", log], "--checkpoint");
    goes_on(&site, 40, 40);
}

#[test]
fn c8_a_second_one_is_refused_and_the_first_goes_on() {
    let site = Site::new();
    site.append("app.log", &records(1..31));
    let child = site.until_line(&mut site.report(), 30);
    let done = crate::common::finish(&mut site.report());
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains(&format!("in use by process {}", child.id())), "{}", done.stderr);
    site.append("app.log", &records(31..41));
    site.wait_for_line(40);
    // The lock ends with the process, however that ends.
    signal(&child, "KILL");
    child.wait_with_output().unwrap();
    goes_on(&site, 40, 40);
}
