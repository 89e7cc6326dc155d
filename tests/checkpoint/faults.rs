//! C6 and S7: a checkpoint that is damaged, or cannot be written.

use std::fs;
use std::time::Duration;

use crate::common::{finish, shell, skip, start};
use crate::site::{Site, check, kill, records, stop};

/// A site with a checkpoint of forty records, and one before it.
fn kept() -> Site {
    let site = Site::new();
    site.append("app.log", &records(1..31));
    let child = site.until_line(&mut site.report(), 30);
    site.append("app.log", &records(31..41));
    site.wait_for_line(40);
    kill(child);
    assert!(site.path("state.previous").exists());
    site
}

#[test]
fn c6_damaged_is_told_and_the_copy_before_it_goes_on() {
    let whole = fs::read(kept().path("state")).unwrap();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        bytes
    };
    let cut = |at: usize| whole[..at].to_vec();
    let middle = whole.len() / 2;
    for damaged in [cut(0), cut(20), cut(middle), cut(whole.len() - 1), flipped(middle)] {
        let site = kept();
        fs::write(site.path("state"), &damaged).unwrap();
        let child = site.until_line(&mut site.report(), 40);
        let done = stop(child);
        check(&done, 40);
        let told = &done.stderr;
        assert!(told.contains("state is damaged: ") && told.contains("state.previous"), "{told}");
    }
}

#[test]
fn c6_without_a_good_one_it_is_an_error_and_nothing_is_touched() {
    let newer = "{\"schema\":\"ufo-logscan.checkpoint/2\"}\n";
    for (text, why) in [
        ("", "it is empty"),
        ("{\"schema\":\"ufo-logscan.checkpoint/1\"", "it is cut off"),
        (newer, "later version"),
        ("the diary of somebody\n", "is no checkpoint"),
    ] {
        let site = kept();
        fs::remove_file(site.path("state.previous")).unwrap();
        fs::write(site.path("state"), text).unwrap();
        let done = finish(&mut site.report());
        assert_eq!(done.code, Some(2), "{}", done.stderr);
        assert!(done.stderr.contains(why), "{}", done.stderr);
        assert_eq!(fs::read_to_string(site.path("state")).unwrap(), text);
    }
}

/// Where the checkpoint lies the disk is full: for once that of the checkpoint alone.
#[test]
fn s7_a_full_disk_keeps_the_old_one_and_reading_goes_on() {
    let site = kept();
    let before = fs::read(site.path("state")).unwrap();
    // The shell sets how large files may become, in units of 512 bytes; the signal about that has
    // to be ignored for the error to be seen. A report goes to a pipe.
    let mut command = shell("trap '' XFSZ; ulimit -f 1; exec ufo-logscan \"$@\"");
    command.arg("ufo-logscan").args(site.report().get_args());
    site.append("app.log", &records(41..61));
    let child = start(&mut command);
    std::thread::sleep(Duration::from_secs(1));
    let done = stop(child);
    if !done.stderr.contains("cannot write the checkpoint") && before.len() < 1024 {
        return skip("S7: the shell does not limit the size of files");
    }
    assert_eq!(done.code, Some(2), "{}", done.stderr);
    assert_eq!(done.stderr.matches("cannot write the checkpoint").count(), 1, "{}", done.stderr);
    assert!(done.stdout.contains("\"lines\":60"), "{}", done.stdout);
    assert_eq!(fs::read(site.path("state")).unwrap(), before);
    assert!(!site.path("state.tmp").exists());
    let child = site.until_line(&mut site.report(), 60);
    check(&stop(child), 60);
}

#[test]
fn what_cannot_be_begun_is_an_error_at_once() {
    let site = Site::new();
    site.append("app.log", &records(1..2));
    for (name, why) in [("nowhere/state", "its directory must be there"), ("", "is no file")] {
        let mut command = crate::common::program();
        command.arg("-F").arg(site.path("app.log")).arg("--checkpoint").arg(site.path(name));
        let done = finish(&mut command);
        assert_eq!(done.code, Some(2), "{}", done.stderr);
        assert!(done.stderr.contains(why), "{}", done.stderr);
    }
}
