//! A1 to A5: when alerts begin and end, how often they are told, what a reload keeps.

use std::fmt::Write as _;

use ufo_logscan::alert::Status;
use ufo_logscan::record::Needs;

use crate::drive::{Run, SETTINGS, told, watch};
use crate::rules::rules;
use crate::written::{Line, record};

/// A record each second: `e` is an error.
fn log(levels: &str) -> Vec<Line> {
    let second = |(at, level)| {
        record(Some(at * 1000), if level == 'e' { "ERROR" } else { "INFO" }, "a", "x", "")
    };
    (0_i64..).zip(levels.chars()).filter(|(_, level)| *level != ' ').map(second).collect()
}

/// Beginnings and ends in order, with their seconds.
fn seconds(rule: &str, levels: &str) -> String {
    let rule = format!(
        "[[rule]]\nname = 'E'\nwhen = 'count where level == ERROR > 0'\nover = '5s'\n{rule}"
    );
    let events = watch(&rules(&rule), SETTINGS, &log(levels), 3);
    let mut text = String::new();
    for line in told(&events).lines() {
        let mut words = line.split(' ');
        let _ = write!(
            text,
            "{}{} ",
            words.next().unwrap(),
            words.next().map_or("", |status| &status[..1])
        );
    }
    text
}

#[test]
fn for_that_is_missed_by_a_tick_is_none_and_met_is_one() {
    // Errors in the ticks 5, 10 and 15; the one at 20 has none.
    let three = "iieiiieiiiieiiiiiiiiiiiii";
    assert_eq!(seconds("for = '10s'", three), "15F 20R ");
    assert_eq!(seconds("for = '11s'", three), "");
    assert_eq!(seconds("for = '15s'", three), "");
}

#[test]
fn flapping_is_one_alert_that_ends_once() {
    let flapping = "iieiiiiiiiieiiiiiiiieiiiiiiiiiiiiiiiiiiiiii";
    assert_eq!(seconds("keep_firing_for = '10s'", flapping), "5F 35R ");
    assert_eq!(seconds("", flapping), "5F 10R 15F 25R ");
    assert_eq!(seconds("for = '1m'", flapping), "", "nothing ends that has not begun");
}

#[test]
fn a_firing_alert_is_told_again() {
    assert_eq!(seconds("repeat_interval = '10s'", &"e".repeat(33)), "0F 10F 20F 30F ");
    assert_eq!(seconds("repeat_interval = 0", &"e".repeat(33)), "0F ");
}

#[test]
fn the_end_of_the_input_is_no_end_of_alerts() {
    let mut run =
        Run::new(&rules("[[rule]]\nname = 'E'\nwhen = 'count > 0'\nover = '5s'"), SETTINGS);
    run.blocks(0, &log("iiiiii"), 2);
    run.engine.finish(&mut |_| {});
    assert_eq!(run.engine.firing(), 1);
}

#[test]
fn too_many_at_once_are_told_once() {
    let text = "[[rule]]\nname = 'M'\nwhen = 'count by field(n) > 0'\nover = '10s'\nlimit = 3\n";
    let mut lines = Vec::new();
    for at in 0..60 {
        for n in 0..if at < 30 { 8 } else { 2 } {
            lines.push(record(Some(at * 1000), "INFO", "a", "x", &format!(",\"n\":{n}")));
        }
    }
    for a_block in [1, 1000] {
        let events = watch(&rules(text), SETTINGS, &lines, a_block);
        let limit: Vec<_> = events.iter().filter(|event| event.name == "LimitReached").collect();
        assert_eq!(limit.len(), 2, "{}", told(&events));
        assert_eq!((limit[0].status, limit[0].value), (Status::Firing, Some(8.0)));
        assert_eq!((limit[1].status, limit[1].starts_at), (Status::Resolved, limit[0].starts_at));
        let (mut firing, mut most) = (0_i32, 0);
        for event in events.iter().filter(|event| event.name == "M") {
            firing += if event.status == Status::Firing { 1 } else { -1 };
            most = most.max(firing);
        }
        assert_eq!((firing, most), (2, 3), "{}", told(&events));
    }
}

#[test]
fn a_place_that_is_free_is_taken() {
    let text = "[[rule]]\nname = 'M'\nwhen = 'count by field(n) > 0'\nover = '5s'\nlimit = 1\n";
    let with = |at: i64, n: &str| record(Some(at * 1000), "INFO", "a", "x", &format!(",\"n\":{n}"));
    // 2 waits behind 1, and 0 behind both.
    let lines: Vec<Line> = vec![
        with(4, "1"),
        with(6, "2"),
        with(6, "1"),
        with(9, "0"),
        with(11, "2"),
        with(12, "0"),
        with(40, "9"),
    ];
    let events = told(&watch(&rules(text), SETTINGS, &lines, 1));
    let short: Vec<String> = events
        .lines()
        .filter(|line| !line.contains("Limit"))
        .map(|line| {
            let n = line.split("\"n\": \"").nth(1).unwrap();
            format!("{} {}", line.split(" {").next().unwrap(), &n[..1])
        })
        .collect();
    assert_eq!(
        short,
        ["5 Firing 1", "15 Resolved 1", "15 Firing 2", "20 Resolved 2", "40 Firing 9"]
    );
}

#[test]
fn a_reload_keeps_what_is_unchanged() {
    let kept = "[[rule]]\nname = 'Kept'\nwhen = 'count > 5'\nover = '1m'\nfor = '20s'\n[[rule]]\nname = 'Total'\nwhen = 'count >= 50'\n";
    let other = |number: &str| {
        format!("[[rule]]\nname = 'Other'\nwhen = 'count > {number}'\nover = '1m'\n")
    };
    let lines = log(&"i".repeat(80));
    let plain = told(&watch(&rules(kept), SETTINGS, &lines, 10));
    assert_eq!(plain.lines().count(), 2, "{plain}");
    let mut run = Run::new(&rules(&(other("3") + kept)), SETTINGS);
    for (number, lines) in lines.chunks(10).enumerate() {
        run.blocks(0, lines, 10);
        // A block that is cut anywhere may be the last before a reload.
        let text = match number % 3 {
            0 => kept.to_owned(),
            1 => other("4") + kept,
            _ => kept.to_owned() + &other("1e9"),
        };
        run.engine.reload(rules(&text), &mut Needs::default()).unwrap();
        let wrong = rules("[[rule]]\nname = 'Wrong'\nwhen = 'nothing > 3'\n");
        assert!(run.engine.reload(wrong, &mut Needs::default()).is_err());
    }
    let mut events = run.finish();
    events.retain(|event| event.name != "Other");
    assert_eq!(told(&events), plain);
}

/// Receivers show the annotations of an alert that has ended as what is over.
#[test]
fn annotations_of_what_is_over_say_what_it_fired_for() {
    let rule = "[[rule]]\nname = 'E'\nwhen = 'count where level == ERROR > 1'\nover = '5s'\nrepeat_interval = '5s'\n\
        annotations = { summary = '{{value}} errors ({{threshold}})' }\n";
    let events = watch(&rules(rule), SETTINGS, &log("ieeeeeeeeeiiiiiiiiiiiiiiiii"), 3);
    let texts: Vec<_> = events
        .iter()
        .map(|event| (event.status, &*event.annotations["summary"], event.value))
        .collect();
    let wanted = [
        (Status::Firing, "5 errors (1)", Some(5.0)),
        (Status::Firing, "4 errors (1)", Some(4.0)),
        (Status::Resolved, "4 errors (1)", Some(0.0)),
    ];
    assert_eq!(texts, wanted);
}
