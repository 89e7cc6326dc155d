//! Timestamps at the edges: scenario S11, and zones.

use serde_json::Value;

use crate::common::feed;

fn input(args: &[&str], lines: &[&str]) -> Value {
    let args = [&["--format", "json"], args].concat();
    let report = feed(&args, lines.join("\n")).report();
    report["sections"]["input"].clone()
}

fn at(time: &str) -> String {
    format!("{{\"timestamp\":\"{time}\",\"level\":\"INFO\"}}")
}

#[test]
fn s11_years_far_away_are_dates() {
    let lines = [at("9999-12-31T23:59:59.999999"), at("1970-01-01T00:00:00"), at("0001-01-01")];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let first = input(&[], &lines[1..2]);
    assert_eq!(
        (&first["first"], &first["undated"]),
        (&"1970-01-01T00:00:00.000Z".into(), &0.into())
    );
    let last = input(&[], &lines[..1]);
    assert_eq!(
        (&last["last"], &last["undated"]),
        (&"9999-12-31T23:59:59.999999Z".into(), &0.into())
    );
    assert_eq!(input(&[], &lines)["records"], 3);
}

/// Whatever the time says, the record counts, and every section is printed in every format.
#[test]
fn s11_no_time_stops_a_report() {
    let times = [
        "9999-12-31T23:59:60",
        "1970-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999Z",
        "-0001-01-01T00:00:00",
        "+275760-09-13T00:00:00",
        "2026-11-22T06:05:60",
        "2026-11-22T06:05:60.5Z",
        "2026-02-30T06:05:00",
        "2026-11-22T24:00:00",
        "2026-13-22T06:00:00",
        "2026-11-22T06:00:00+99:99",
        "",
        "then",
    ];
    let mut lines: Vec<String> = times.iter().map(|time| at(time)).collect();
    lines.push("{\"level\":\"INFO\"}".to_owned());
    let numbers = ["0", "-1", "1e999", "99999999999999999999", "1763791200.5", "null", "{}"];
    lines.extend(numbers.map(|number| format!("{{\"timestamp\":{number},\"level\":\"INFO\"}}")));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    for zone in ["UTC", "+14:00", "-12:00", "Asia/Kathmandu"] {
        let counted = input(&["--tz", zone, "--assume-tz", zone], &lines);
        assert_eq!(counted["records"], lines.len(), "{zone}");
        let text = feed(&["--tz", zone, "--assume-tz", zone], lines.join("\n"));
        assert_eq!((text.code, text.stderr.as_str()), (Some(0), ""), "{zone}");
        for line in &lines {
            assert_eq!(input(&["--tz", zone], &[line])["records"], 1, "{zone} {line}");
        }
    }
}

#[test]
fn s11_second_60_is_the_next_minute() {
    let counted = input(&[], &[&at("2026-11-22T06:05:60")]);
    assert_eq!(counted["first"], "2026-11-22T06:06:00.000Z");
}

/// What becomes of a session behind `--until` takes no part, so that nothing is said that hangs
/// on it: not how many never ended, nor how old the open ones are.
#[test]
fn what_is_unfinished_is_unknown_with_until() {
    let said = [
        ("06:00", "[Session] Created session s1 for task: t"),
        ("06:01", "[Session] Created session s2 for task: t"),
        ("06:20", "[Session] Task completed: s1"),
        ("10:00", "[WS] ✅ Registered device client: c"),
    ];
    let lines = said.map(|(time, said)| {
        format!("{{\"timestamp\":\"2026-11-22T{time}:00\",\"message\":\"{said}\"}}\n")
    });
    let figures = |args: &[&str], agg: &str| {
        let args = [&["--format", "json", "--agg", agg], args].concat();
        let report = feed(&args, lines.concat()).report();
        let mut section = &report["sections"][agg];
        section = section.pointer("/groups/0").unwrap_or(section);
        section = section.pointer("/windows/0").unwrap_or(section);
        ["open", "unfinished", "oldest_open_seconds"].map(|name| section[name].clone())
    };
    let (all, null) = ("session-failure", Value::Null);
    let until = ["--until", "2026-11-22T06:10"];
    assert_eq!(figures(&until, all), [2.into(), null.clone(), null.clone()]);
    assert_eq!(figures(&until, "session-failure by task every 1h"), figures(&until, all));
    let since = ["--since", "2026-11-22T05:00"];
    for args in [&[], &since[..]] {
        assert_eq!(figures(args, all).map(|figure| figure.as_f64()), [1.0, 1.0, 14340.0].map(Some));
    }
    let both = [since, until].concat();
    assert_eq!(figures(&both, all), figures(&until, all));
}

#[test]
fn s14_zones_move_what_they_should() {
    let hour = |args: &[&str], time: &str| {
        let args = [&["--format", "json", "--agg", "hourly"], args].concat();
        let report = feed(&args, at(time)).report();
        let hours = report["sections"]["hourly"]["hours"].as_array().unwrap().clone();
        let busy = hours.iter().find(|row| row["records"] != 0).unwrap();
        busy["hour"].as_u64().unwrap()
    };
    assert_eq!(hour(&[], "2026-11-22T06:30:00"), 6);
    assert_eq!(hour(&["--tz", "+05:45"], "2026-11-22T06:30:00"), 12);
    assert_eq!(hour(&["--assume-tz", "+05:45"], "2026-11-22T06:30:00"), 0);
    assert_eq!(hour(&["--assume-tz", "+05:45"], "2026-11-22T06:30:00Z"), 6);
    // The clocks of Berlin go back at 01:00 UTC on 25 October 2026: both are two o'clock.
    assert_eq!(hour(&["--tz", "Europe/Berlin"], "2026-10-25T00:30:00Z"), 2);
    assert_eq!(hour(&["--tz", "Europe/Berlin"], "2026-10-25T01:30:00Z"), 2);
    assert_eq!(hour(&["--tz", "Europe/Berlin"], "2026-07-01T06:00:00Z"), 8);
}
