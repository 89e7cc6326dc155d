//! S10 to S14: clocks that jump, times that cannot be, and times of other zones.

use crate::drive::{Run, SETTINGS, told, watch};
use crate::rules::rules;
use crate::written::{Line, START, record};

const WINDOWED: &str = "
[[rule]]
name = 'Errors'
when = 'error-rate > 10%'
over = '1m'
[[rule]]
name = 'Quiet'
when = 'silence > 30s'
";

/// A record each second: errors in the third minute, none for the fifth.
fn log() -> Vec<Line> {
    let second = |at: i64| {
        let level = if (120..180).contains(&at) { "ERROR" } else { "INFO" };
        record(Some(at * 1000), level, "a", "x", "")
    };
    (0..420).filter(|at| !(240..300).contains(at)).map(second).collect()
}

fn count(text: &str, lines: &[Line]) -> (String, u64) {
    let mut run = Run::new(&rules(text), SETTINGS);
    run.blocks(0, lines, 50);
    let late = run.engine.late();
    (told(&run.finish()), late)
}

fn stamped(time: &str) -> Line {
    let text = format!("{{\"timestamp\":{time},\"level\":\"ERROR\",\"message\":\"odd\"}}");
    Line { at: None, text }
}

#[test]
fn a_time_that_cannot_be_changes_no_window() {
    let plain = count(WINDOWED, &log());
    assert_eq!(plain.0.matches("Firing").count(), 2, "{}", plain.0);
    for time in
        ["\"9999-12-31T23:59:59Z\"", "\"2027-01-01T00:00:00Z\"", "null", "\"soon\"", "1e300"]
    {
        for at in [0, 1, 130, 200, 359] {
            let mut lines = log();
            lines.insert(at, stamped(time));
            assert_eq!(count(WINDOWED, &lines), plain, "{time} in line {at}");
        }
    }
    // The past is late, unless nothing was before it: then the log begins there.
    for at in [1, 130, 359] {
        let mut lines = log();
        lines.insert(at, stamped("\"1970-01-01T00:00:00Z\""));
        if at > 1 {
            assert_eq!(count(WINDOWED, &lines), (plain.0.clone(), 1), "in line {at}");
        }
    }
}

#[test]
fn totals_count_what_windows_leave_out() {
    let all = "[[rule]]\nname = 'All'\nwhen = 'count where level == ERROR > 60'\n";
    assert_eq!(count(all, &log()).0, "");
    for time in
        ["\"9999-12-31T23:59:59Z\"", "null", "\"2026-11-22T06:00:00Z\"", "\"1970-01-01T00:00:00Z\""]
    {
        for at in [0, 130, 300] {
            let mut lines = log();
            lines.insert(at, stamped(time));
            let told = count(all, &lines).0;
            assert_eq!(told.matches("Firing").count(), 1, "{time} in line {at}");
        }
    }
}

#[test]
fn a_leap_second_is_a_second() {
    let mut lines = log();
    lines.truncate(60);
    let all = "[[rule]]\nname = 'All'\nwhen = 'count > 60'\nover = '5m'\n";
    lines.push(stamped("\"2026-11-22T06:00:60Z\""));
    lines.push(record(Some(61_000), "INFO", "a", "x", ""));
    assert!(
        count(all, &lines).0.starts_with("60 Firing")
            || count(all, &lines).0.starts_with("65 Firing"),
        "{}",
        count(all, &lines).0
    );
}

#[test]
fn a_clock_that_jumps_ahead_goes_on_there() {
    let mut lines = log();
    for (number, line) in (0_i64..).zip(&mut lines).skip(60) {
        *line = record(Some(number * 1000 + 3_500_000), "ERROR", "a", "x", "");
    }
    let (told, late) = count(WINDOWED, &lines);
    assert!(told.contains("3560 Firing {\"alertname\": \"Errors\"") && late == 0, "{told}");
}

#[test]
fn who_confirms_a_jump_is_counted_in_what_is_not_over() {
    let few = "[[rule]]\nname = 'Few'\nwhen = 'count < 1'\nover = '5s'\n";
    let ahead = [9, 10, 6, 14, 15, 19, 21, 23, 26, 22].map(|second| 3_600_000 + second * 1000);
    // The last comes when ten others, all later than it, have said that time goes on there.
    let times = [-4_000].into_iter().chain(ahead).chain([3_596_001]);
    let lines: Vec<Line> = times.map(|at| record(Some(at), "INFO", "a", "x", "")).collect();
    let (told, late) = count(few, &lines);
    assert!(told.contains("3625 Resolved") && late == 0, "{told}");
}

#[test]
fn a_clock_that_jumps_back_makes_late_what_totals_keep() {
    let all = "[[rule]]\nname = 'All'\nwhen = 'count >= 361'\n";
    let mut lines = log();
    for (number, line) in (0_i64..).zip(&mut lines).skip(60) {
        *line = record(Some(number * 1000 - 3_600_000), "ERROR", "a", "x", "");
    }
    // Time goes on where it was.
    lines.push(record(Some(70_000), "INFO", "a", "x", ""));
    assert_eq!(count(WINDOWED, &lines), (String::new(), 300));
    assert_eq!(count(all, &lines).0.matches("Firing").count(), 1);
}

#[test]
fn times_of_other_zones_are_the_same_times() {
    let plain = count(WINDOWED, &log());
    for hours in [5.75_f64, -9.5, 1.0] {
        let mut lines = log();
        for line in lines.iter_mut().skip(1).step_by(2) {
            let local = START * 1_000_000 + line.at.unwrap() * 1000 + (hours * 3.6e9) as i64;
            let local = ufo_logscan::record::Timestamp::from_micros(local).to_string();
            let (sign, minutes) =
                (if hours < 0.0 { '-' } else { '+' }, (hours.abs() * 60.0) as i64);
            let offset = format!("{sign}{:02}:{:02}\"", minutes / 60, minutes % 60);
            let there = format!("{}{offset}", local.trim_end_matches('Z'));
            let here = line.text.split('"').nth(3).unwrap().to_owned();
            line.text = line.text.replace(&format!("{here}\""), &there);
        }
        assert_eq!(count(WINDOWED, &lines), plain, "{hours}");
    }
}

#[test]
fn what_is_later_than_allowed_is_late() {
    let rule =
        rules("[[rule]]\nname = 'Any'\nwhen = 'count where level == ERROR > 0'\nover = '1m'\n");
    for (behind, late) in [(4_000, false), (7_999, false), (8_000, true), (50_000, true)] {
        let mut lines: Vec<Line> = log().into_iter().take(59).collect();
        lines.push(record(Some(58_000 - behind), "ERROR", "a", "x", ""));
        lines.push(record(Some(61_000), "INFO", "a", "x", ""));
        let told = told(&watch(&rule, SETTINGS, &lines, 5));
        assert_eq!(told.is_empty(), late, "{behind}: {told}");
    }
}
