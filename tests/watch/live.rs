//! S6, S15, S19, A22: what is being written, and time that goes on while nothing is.

use std::fs::{self, File};
use std::io::Write;
use std::time::{Duration, Instant};

use crate::common::{feed, root, run};
use crate::process::{DOWN, Running, SECOND, SILENCE, brief, briefs, checks, record, rules, watch};

/// The log of a server that has deadlocked, as far as it came.
const HANG: &str = "fixtures/truth/hang2.log";

#[test]
fn a22_signs_of_life_come_at_once_and_regularly_while_nothing_else_does() {
    let rules = rules(DOWN);
    let start = Instant::now();
    let mut watch = Running::start(&mut watch(rules.path(), ["-", "--heartbeat", "1s"]));
    for second in 0..4_u32 {
        let told = watch.next();
        assert_eq!(told.event["status"], "heartbeat");
        assert_eq!(told.event["heartbeat"]["uptime_seconds"], second);
        let early = told.at - start < SECOND * second;
        assert!(!early && told.at - start < SECOND * (second + 2), "{:?}", told.at - start);
        if second == 1 {
            watch.write(&checks(1..3));
            watch.expect("Down firing 06:00:20.000");
        }
        let records = if second > 1 { 2 } else { 0 };
        assert_eq!(told.event["heartbeat"]["records"], records);
        assert_eq!(told.event["heartbeat"]["firing"], u32::from(second > 1));
    }
    assert_eq!(watch.end().code, Some(0));
}

/// A rule of two seconds tells of the deadlock, and that the server has come back.
#[test]
fn the_silence_of_a_hung_server_is_told_behind_tail() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let rules = rules(&SILENCE.replace("1s", "2s"));
    let (_tail, mut watch) = {
        let mut command = watch(rules.path(), ["-"]);
        command.stdout(std::process::Stdio::piped());
        let (tail, mut running) = Running::following(log.path(), &mut command);
        let stdout = running.child.stdout.take().unwrap();
        running.listen(stdout);
        (tail, running)
    };
    let text = fs::read_to_string(root().join(HANG)).unwrap();
    let mut growing = File::options().append(true).open(log.path()).unwrap();
    // It is written in pieces, as servers do; the break is within a line.
    let (first, second) = text.split_at(text.len() / 2);
    growing.write_all(first.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    growing.write_all(second.as_bytes()).unwrap();
    let last = Instant::now();
    // Its last record is of 06:23:07.002870.
    let fired = watch.expect("Silence firing 06:23:09.100");
    assert!(fired.at - last > SECOND * 19 / 10, "{:?}", fired.at - last);
    assert!(fired.at - last < SECOND * 4, "{:?}", fired.at - last);
    let again = text.lines().last().unwrap().replace("06:23:07.002870", "06:23:40.000000");
    writeln!(growing, "{again}").unwrap();
    let resolved = watch.expect("Silence resolved 06:23:40.000");
    assert_eq!(resolved.event["startsAt"], fired.event["startsAt"]);
}

/// An hour without a record, between two of them.
fn gap() -> String {
    record(0) + &record(36_000) + &record(36_005)
}

#[test]
fn s19_a_backlog_raises_no_silence_of_the_past() {
    let rules = rules(SILENCE);
    let mut live = Running::start(&mut watch(rules.path(), ["-"]));
    live.write(&gap());
    // Only that which follows, when nothing comes any more.
    live.expect("Silence firing 07:00:01.600");
    assert_eq!(live.end().stderr, "ufo-logscan: 1 alert still firing\n");

    let file = crate::process::rules(&gap());
    let mut batch = Running::start(&mut watch(rules.path(), [file.path()]));
    batch.expect("Silence firing 06:00:01.100");
    batch.expect("Silence resolved 07:00:00.000");
    let end = batch.end();
    assert_eq!((end.code, &*end.stderr), (Some(0), ""), "its end is no silence");
    assert!(batch.rest().is_empty());
}

/// What was written while we were stopped is no silence, though nobody looked for it in time.
#[test]
fn a_stopped_process_does_not_take_its_own_sleep_for_silence() {
    let rules = rules(SILENCE);
    let mut watch = Running::start(&mut watch(rules.path(), ["-"]));
    watch.write(&record(0));
    watch.signal("STOP");
    std::thread::sleep(SECOND * 3 / 2);
    watch.write(&record(5));
    watch.signal("CONT");
    watch.expect("Silence firing 06:00:01.600");
}

/// A log that has turned into garbage must not hold up the rule that tells of garbage.
#[test]
fn lines_that_are_no_records_do_not_stop_time() {
    let rules = rules(
        "[[rule]]\nname = 'Garbage'\nwhen = 'input.malformed_ratio > 50%'\nover = '10s'\nmin_records = 5\nseverity = 'warning'\n",
    );
    let mut watch = Running::start(&mut watch(rules.path(), ["-"]));
    watch.write(&record(0));
    let told = (0..200).find_map(|_| {
        watch.write("garbage\n");
        watch.next_within(Duration::from_millis(50))
    });
    let told = brief(&told.expect("an event while garbage comes").event);
    assert!(told.starts_with("Garbage firing 06:00:0"), "{told}");
}

/// When the input is over, time has come to its last record: nothing that is late can come.
#[test]
fn the_last_records_count_when_the_input_ends() {
    let rules = rules(DOWN);
    let path = rules.path().to_str().unwrap();
    let done = feed(&["watch", "--no-defaults", "--rules", path], checks(1..3));
    assert_eq!(briefs(&done.stdout), ["Down firing 06:00:20.000"]);
    assert_eq!((done.code, &*done.stderr), (Some(0), "ufo-logscan: 1 alert still firing\n"));
}

#[test]
fn heartbeats_are_for_live_runs() {
    let done = run(["watch", "--heartbeat", "1s", HANG]);
    assert_eq!(done.code, Some(2), "{}", done.stdout);
    assert!(done.stderr.contains("--heartbeat is for live runs"), "{}", done.stderr);
    for wrong in ["0", "10ms", "often"] {
        assert_eq!(feed(&["watch", "--heartbeat", wrong], "").code, Some(2), "{wrong}");
    }
}

/// A file that nobody writes any more, or by a clock that is behind, keeps back no alert of another.
#[test]
fn an_old_file_does_not_hold_back_one_that_is_written() {
    let (folder, rules) = (tempfile::tempdir().unwrap(), rules(DOWN));
    let (old, new) = (folder.path().join("old.log"), folder.path().join("new.log"));
    fs::write(&old, record(0) + &record(1)).unwrap();
    fs::write(&new, record(30_000)).unwrap();
    let args = [std::ffi::OsStr::new("-F"), old.as_os_str(), new.as_os_str()];
    let mut watch = Running::start(&mut watch(rules.path(), args));
    let mut growing = File::options().append(true).open(&new).unwrap();
    growing.write_all(checks(302..303).as_bytes()).unwrap();
    watch.expect("Down firing 06:50:20.000");
    growing.write_all(checks(303..304).as_bytes()).unwrap();
    watch.expect("Down resolved 06:50:30.000");
}
