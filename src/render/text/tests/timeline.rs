//! Bars over time: labels, gaps, and which rows are shown.

use super::*;

const COLUMNS: &[&str] = &["start", "records", "errors", "finished", "failed"];

fn bucket(start: &str, counts: [i64; 4]) -> Vec<Value> {
    std::iter::once(time(start)).chain(counts.map(Value::Int)).collect()
}

/// The lines of a timeline with buckets that start then, without bars and words.
fn shown(starts: &[String], style: &Style) -> Vec<String> {
    let mut table = Table::new("buckets", "Timeline", Look::Timeline, COLUMNS);
    table.rows = starts.iter().map(|start| bucket(start, [2, 0, 0, 0])).collect();
    let text = printed(&Report { sections: vec![tabled(table)], empty: false }, style);
    let lines = text.lines().skip_while(|line| *line != "Timeline:").skip(1);
    lines.map(|line| line.split(" - ").next().unwrap_or("").to_owned()).collect()
}

/// The same in a zone.
fn labels(starts: &[&str], zone: &str) -> Vec<String> {
    let starts: Vec<_> = starts.iter().map(|start| (*start).to_owned()).collect();
    shown(&starts, &Style { zone: zone.parse().unwrap(), ..Style::default() })
}

#[test]
fn a_date_stands_once_and_one_is_singular() {
    let mut table = Table::new("buckets", "📉 Timeline", Look::Timeline, COLUMNS);
    table.rows = vec![
        bucket("2026-11-22T23:59:00Z", [40, 3, 2, 1]),
        bucket("2026-11-23T00:00:00Z", [20, 1, 0, 0]),
        bucket("2026-11-23T00:01:00Z", [1, 0, 0, 0]),
    ]
    .into();
    let bar = |n| "█".repeat(n);
    assert_eq!(
        plain(vec![tabled(table)]),
        format!(
            "📉 Timeline:\n  2026-11-22 23:59 - {} (40 records, 3 errors, 2 finished, 1 failed)\n  \
             2026-11-23 00:00 - {} (20 records, 1 error)\n             00:01 - {} (1 record)\n",
            bar(14),
            bar(7),
            bar(1)
        )
    );
}

#[test]
fn silence_is_a_line() {
    let minutes = ["2026-11-22T08:10:00Z", "2026-11-22T08:11:00Z", "2026-11-22T08:59:00Z"];
    assert_eq!(
        labels(&minutes, "UTC"),
        ["  2026-11-22 08:10", "             08:11", "  …", "             08:59"]
    );
    // No two of these are neighbours.
    let fives = ["2026-11-22T08:10:00Z", "2026-11-22T08:45:00Z", "2026-11-22T09:20:00Z"];
    assert_eq!(
        labels(&fives, "UTC"),
        ["  2026-11-22 08:10", "  …", "             08:45", "  …", "             09:20"]
    );
    let hours = ["2026-11-22T08:15:00Z", "2026-11-22T09:15:00Z", "2026-11-22T11:15:00Z"];
    assert_eq!(
        labels(&hours, "+05:45"),
        ["  2026-11-22 14:00", "             15:00", "  …", "             17:00"]
    );
    let days = ["2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z"];
    assert_eq!(labels(&days, "UTC"), ["  2026-11-22", "  2026-11-23", "  …", "  2026-11-25"]);
    let table = tabled(Table {
        rows: minutes.iter().map(|start| bucket(start, [1, 0, 0, 0])).collect(),
        ..Table::new("buckets", "Timeline", Look::Timeline, COLUMNS)
    });
    let style = Style { color: true, ..Style::default() };
    let text = printed(&Report { sections: vec![table], empty: false }, &style);
    assert!(text.contains("\n  \x1b[2m…\x1b[0m\n"), "{text:?}");
}

#[test]
fn a_clock_change_is_no_silence() {
    let starts = [21, 22, 23].map(|hour| format!("2026-10-24T{hour}:00:00Z"));
    let starts: Vec<_> = starts.iter().map(String::as_str).collect();
    let autumn = [&starts[..], &["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"]].concat();
    assert_eq!(
        labels(&autumn, "Europe/Berlin"),
        [
            "  2026-10-24 23:00      ",
            "  2026-10-25 00:00      ",
            "             01:00      ",
            "             02:00+02:00",
            "             02:00+01:00",
        ]
    );
    let spring = ["2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00Z"];
    assert_eq!(
        labels(&spring, "Europe/Berlin"),
        ["  2026-03-29 01:00", "             03:00", "  …", "             05:00"]
    );
    // Days of 25 and of 23 hours; in Cairo a day begins at one o'clock.
    let days = ["2026-10-23T22:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"];
    assert_eq!(labels(&days, "Europe/Berlin"), ["  2026-10-24", "  2026-10-25", "  2026-10-26"]);
    let days = ["2026-04-22T22:00:00Z", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"];
    assert_eq!(labels(&days, "Africa/Cairo"), ["  2026-04-23", "  2026-04-24", "  2026-04-25"]);
}

#[test]
fn the_latest_rows_are_shown() {
    let hour = |n: usize| format!("2026-11-{:02}T{:02}:00:00Z", 1 + n / 24, n % 24);
    let starts: Vec<_> = (0..336).map(hour).collect();
    let lines = shown(&starts, &Style::default());
    assert_eq!(lines.len(), 101);
    assert_eq!(lines[..2], ["  … and 236 earlier", "  2026-11-10 20:00"]);
    assert_eq!(lines[100], "             23:00");
    let top = |n| shown(&starts, &Style { top: Some(n), ..Style::default() });
    assert_eq!(top(1), ["  … and 335 earlier", "  2026-11-14 23:00"]);
    assert_eq!(top(0), ["  … and 336 earlier"]);
    assert_eq!(top(336).len(), 336);
}
