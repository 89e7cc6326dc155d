//! How soon an event is written, and that each is one write.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use crate::process::{
    DOWN, PATIENCE, Running, SECOND, SILENCE, checks, event, measured, record, rules, tick, watch,
};

#[test]
fn a_line_that_takes_time_to_a_tick_is_told_of_at_once() {
    let rules = rules(DOWN);
    let mut watch = Running::start(&mut watch(rules.path(), ["-"]));
    let mut times = Vec::new();
    watch.write(&checks(1..2));
    for number in 2..42 {
        let written = Instant::now();
        watch.write(&checks(number..number + 1));
        let told = watch.next();
        assert_eq!(told.event["timestamp"], tick(number * 100));
        assert_eq!(told.event["status"], if number % 2 == 0 { "firing" } else { "resolved" });
        times.push(told.at - written);
    }
    measured("from the line to its event", &mut times);
    assert!(times.last() < Some(&SECOND), "{times:?}");
}

#[test]
fn a_tick_that_time_alone_comes_to_is_told_of_at_once() {
    let rules = rules(SILENCE);
    let mut watch = Running::start(&mut watch(rules.path(), ["-"]));
    let mut times = Vec::new();
    for tenths in [0, 200, 400] {
        watch.write(&record(tenths));
        if tenths > 0 {
            watch.expect(&format!("Silence resolved 06:00:{}.000", tenths / 10));
        }
        let written = Instant::now();
        let told = watch.expect(&format!("Silence firing 06:00:{:02}.100", tenths / 10 + 1));
        // The first tick at which the silence is longer than a second; the record was read a
        // little earlier or later than its writer knows.
        let due = written + Duration::from_millis(1_100);
        times.push(told.at.saturating_duration_since(due));
        assert!(told.at + Duration::from_millis(150) > due, "{:?} early", due - told.at);
    }
    measured("from the tick to its event, while nothing comes", &mut times);
    assert!(times.last() < Some(&SECOND), "{times:?}");
}

/// On a socket of messages each write is one.
#[test]
fn each_event_is_one_write() {
    let rules = rules(DOWN);
    let (ours, theirs) = UnixDatagram::pair().unwrap();
    ours.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = watch(rules.path(), ["-", "--heartbeat", "1h"]);
    let mut watch = Running::deaf(command.stdout(OwnedFd::from(theirs)));
    watch.write(&checks(1..22));
    let mut buffer = [0; 1 << 13];
    for seq in 1..=21 {
        let length = ours.recv(&mut buffer).unwrap();
        let line = std::str::from_utf8(&buffer[..length]).unwrap();
        assert_eq!(line.find('\n'), Some(length - 1), "{line}");
        assert_eq!(event(line)["seq"], seq);
    }
    assert_eq!(watch.end().code, Some(0));
}
