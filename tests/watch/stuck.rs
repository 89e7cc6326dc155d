//! S5, S6: a reader that does not read. Nothing is lost, time goes on, and memory stays small.

use std::fmt::Write as _;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::common::status;
use crate::process::{
    DOWN, Running, SECOND, SILENCE, brief, checks, record, rules, tick, time, wait_until, watch,
    watch_every,
};

/// Two events for each client.
const CLIENTS: &str = r#"
[[rule]]
name = "Client"
when = "count by client > 0"
over = "1h"
limit = 10000
severity = "info"

[[rule]]
name = "ClientAgain"
when = "count by client > 0"
over = "1h"
limit = 10000
severity = "info"
"#;

/// More events than wait before reading stops.
const MANY: usize = 17_000;

/// So many events at the tick of a second, and a record that takes time beyond it.
fn clients(many: usize) -> String {
    let time = time(1);
    let mut text = String::new();
    for client in 0..many / 2 {
        let _ = writeln!(text, "{{\"timestamp\":\"{time}\",\"client_id\":\"client_{client}\"}}");
    }
    text + &record(11)
}

/// The peak of the resident memory of a process, in MiB.
fn peak(running: &Running) -> Option<u64> {
    let peak = status(running.child.id(), "VmHWM")?;
    Some(peak.strip_suffix(" kB")?.trim().parse::<u64>().unwrap() >> 10)
}

/// Every event has come: none is missing, none twice.
#[track_caller]
fn assert_complete(told: &[Value]) {
    for (seq, event) in (1..).zip(told) {
        assert_eq!(event["seq"], seq);
    }
}

#[test]
fn s6_time_goes_on_and_nothing_is_lost() {
    let rules = rules(&format!("{DOWN}{SILENCE}"));
    let mut command = watch(rules.path(), ["-"]);
    let mut watch = Running::deaf(command.stdout(Stdio::piped()));
    // Some events more than the pipe holds.
    watch.write(&checks(1..1500));
    let beginning = std::time::Instant::now();
    // The silence is over before anybody reads of it.
    std::thread::sleep(SECOND * 5 / 2);
    let passed = beginning.elapsed();
    watch.write(&checks(1601..1701));
    let stdout = watch.child.stdout.take().unwrap();
    watch.listen(stdout);
    let end = watch.end();
    assert_eq!(end.code, Some(0), "{}", end.stderr);
    let told = watch.rest();
    assert_complete(&told);
    assert_eq!(told.len(), 1498 + 99 + 2);
    let silence: Vec<String> =
        told.iter().map(brief).filter(|event| event.starts_with("Silence")).collect();
    assert_eq!(silence[0], format!("Silence firing {}", &tick(149_911)[11..23]), "{passed:?}");
    assert_eq!(silence[1], format!("Silence resolved {}", &tick(160_100)[11..23]));
}

#[test]
fn s5_when_too_many_wait_reading_waits_and_that_is_no_silence() {
    let rules = rules(&format!("{CLIENTS}{SILENCE}"));
    let mut command = watch_every("1s", rules.path(), ["-"]);
    let mut watch = Running::deaf(command.stdout(Stdio::piped()));
    let mut stdin = watch.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        stdin.write_all(clients(MANY).as_bytes()).unwrap();
        for tenths in 12..22 {
            stdin.write_all(record(tenths).repeat(8000).as_bytes()).unwrap();
        }
    });
    wait_until_stuck(&watch);
    // So long that two ticks would seem to have passed.
    std::thread::sleep(SECOND * 5 / 2);
    assert!(!writer.is_finished(), "reading has stopped");
    let stdout = watch.child.stdout.take().unwrap();
    watch.listen(stdout);
    let peak = peak(&watch);
    writer.join().unwrap();
    let end = watch.end();
    assert_eq!(end.code, Some(0), "{}", end.stderr);
    let told = watch.rest();
    assert_complete(&told);
    let others: Vec<String> =
        told.iter().map(brief).filter(|event| !event.starts_with("Client")).collect();
    assert!(others.is_empty() && told.len() == MANY + 2, "{others:?} {}", told.len());
    assert!(peak.is_none_or(|peak| peak < 200), "{peak:?} MiB");
}

/// Whether few or too many events wait, in the middle or at the end of the input, in a live run or
/// not: a signal ends it within a second, and it says what is lost.
#[test]
fn s4_a_signal_is_heard_while_nobody_reads() {
    let rules = rules(CLIENTS);
    for (args, many, ends, code) in [
        (vec!["-"], 2_000, false, 0),
        (vec!["-"], MANY, false, 0),
        (vec!["-"], 2_000, true, 0),
        (vec!["-", "--replay"], MANY, false, 143),
    ] {
        let mut command = watch_every("1s", rules.path(), &args);
        let mut watch = Running::deaf(command.stdout(Stdio::piped()));
        let mut stdin = watch.stdin.take().unwrap();
        let writer = std::thread::spawn(move || {
            // What ends before it has read everything is what this looks for.
            let _ = stdin.write_all(clients(many).as_bytes());
            (!ends).then_some(stdin)
        });
        let open = writer.join().unwrap();
        wait_until_stuck(&watch);
        watch.signal("TERM");
        let end = watch.end_open();
        drop(open);
        assert!(end.took < SECOND, "{args:?} {many}: {:?}", end.took);
        assert_eq!(end.code, Some(code), "{args:?} {many}: {}", end.stderr);
        let said = end.stderr.contains("alert events") && end.stderr.contains("nobody reads");
        assert!(said, "{args:?} {many}: {}", end.stderr);
    }
}

/// Waits until the program has written what the pipe holds, and computes nothing any more.
fn wait_until_stuck(running: &Running) {
    let mut before = (0, String::new());
    wait_until("a stuck program", || {
        let Some(written) = running.written() else { return true };
        std::thread::sleep(Duration::from_millis(300));
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", running.child.id())).unwrap();
        // Behind the name in parentheses; the 12th and 13th from there are times of the processor.
        let times: Vec<&str> = stat.rsplit(')').next().unwrap().split(' ').collect();
        let now = (written, times[12..14].join(" "));
        let is_still = written > 50_000 && now == before;
        before = now;
        is_still
    });
}
