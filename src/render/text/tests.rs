//! A whole report as it is printed, and the width of every line.

mod timeline;

use super::*;
use crate::escape::width;
use crate::record::Timestamp;
use crate::summary::{Group, Look, Scalar, Sheet, Value};

fn printed(report: &Report, style: &Style) -> String {
    let mut out = Vec::new();
    write(report, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn plain(sections: Vec<Section>) -> String {
    let text = printed(&Report { sections, empty: false }, &Style::default());
    let head = format!("\n📊 Log Analysis Report\n{}\n\n", "=".repeat(80));
    text.strip_prefix(&head).expect("the page's heading").to_owned()
}

fn section(name: &str, title: &str, body: Body) -> Section {
    Section {
        name: name.to_owned(),
        title: title.to_owned(),
        silent: false,
        body,
        sheet: Sheet::default(),
    }
}

/// A section that is its only table.
fn tabled(table: Table) -> Section {
    let title = table.heading;
    section(table.name, title, Body::Figures { scalars: Vec::new(), tables: vec![table] })
}

fn scalar(name: &'static str, value: Value) -> Scalar {
    Scalar { name, value }
}

fn time(text: &str) -> Value {
    Value::time(Timestamp::from_text(text, &Zone::Utc))
}

fn row(name: &str, counts: &[i64]) -> Vec<Value> {
    std::iter::once(Value::text(name)).chain(counts.iter().copied().map(Value::Int)).collect()
}

fn modules() -> Table {
    let look = Look::Ranking { width: 20, unit: "" };
    Table::new("modules", "📦 Events by Module", look, &["name", "records", "errors"])
}

#[test]
fn rankings_are_the_pages() {
    let look = Look::Ranking { width: 10, unit: "" };
    let mut levels = Table::new("levels", "📈 Events by Level", look, &["level", "records"]);
    levels.rows = vec![row("INFO", &[1234]), row("ERROR", &[7])].into();
    let mut modules = modules();
    let mut rows: Vec<Vec<Value>> =
        (0..12).map(|n| row(&format!("module_{n}"), &[20 - n, n % 2])).collect();
    rows[1][0] = Value::Null;
    modules.rows = rows.into();
    modules.omitted = 3;
    modules.capped = true;
    let text = plain(vec![tabled(levels), tabled(modules)]);
    assert_eq!(
        text,
        "\
📈 Events by Level:
  INFO      :   1234
  ERROR     :      7

📦 Events by Module:
  module_0            :     20
  (none)              :     19  errors 1
  module_2            :     18
  module_3            :     17  errors 1
  module_4            :     16
  module_5            :     15  errors 1
  module_6            :     14
  module_7            :     13  errors 1
  module_8            :     12
  module_9            :     11  errors 1
  … and 5 more
  (keys past the cap are counted as (other))
"
    );
}

#[test]
fn wide_names_keep_the_columns() {
    let mut table = modules();
    table.rows =
        vec![row("会话管理器", &[3, 1]), row(&"模块".repeat(40), &[2]), row("a", &[1])].into();
    // The column takes what the longest line leaves: 60 columns, 59 of them for 29 wide ones.
    let cut = "模块".repeat(14) + "模… ";
    let gap = |columns| " ".repeat(columns);
    assert_eq!(
        plain(vec![tabled(table)]),
        format!(
            "📦 Events by Module:\n  会话管理器{}:      3  errors 1\n  {cut}:      2\n  a{}:      1\n",
            gap(50),
            gap(59)
        )
    );
}

#[test]
fn messages_are_the_pages() {
    let mut table = Table::new(
        "messages",
        "⚠️ Top Errors/Warnings",
        Look::Messages,
        &["message", "level", "records", "first", "last"],
    );
    let message = |text: &str, level: &str, n| {
        vec![Value::text(text), Value::text(level), Value::Int(n), Value::Null, Value::Null]
    };
    table.rows = vec![
        message("Connection lost\nto device", "ERROR", 12),
        message("ws?token=abc slow", "WARNING", 7),
        message(&"x".repeat(100), "CRITICAL", 1),
    ]
    .into();
    let x = "x".repeat(62);
    assert_eq!(
        plain(vec![tabled(table)]),
        format!(
            "⚠️ Top Errors/Warnings:\n  [ 12] Connection lost\\nto device\n  [  7] ws?token=*** slow\n  \
             [  1] CRITICAL {x}…\n"
        )
    );
}

#[test]
fn hours_are_the_pages() {
    let mut table = Table::new("hours", "🕐 Activity by Hour", Look::Hours, &["hour", "records"]);
    let hours = |counts: [(i64, i64); 3]| {
        counts.into_iter().map(|(h, n)| vec![Value::Int(h), Value::Int(n)]).collect()
    };
    table.rows = hours([(6, 25), (7, 9), (13, 120)]);
    assert_eq!(
        plain(vec![tabled(table.clone())]),
        "\
🕐 Activity by Hour:
  06:00 - ██ (25 events)
  07:00 -  (9 events)
  13:00 - ████████████ (120 events)
"
    );
    table.rows = hours([(6, 60_000), (7, 9), (13, 120_000)]);
    let bar = "█".repeat(80 - "  13:00 -  (120000 events)".len());
    let half = "█".repeat(bar.chars().count() / 2);
    assert_eq!(
        plain(vec![tabled(table)]),
        format!(
            "🕐 Activity by Hour:\n  06:00 - {half} (60000 events)\n  07:00 -  (9 events)\n  \
             13:00 - {bar} (120000 events)\n"
        )
    );
}

#[test]
fn scalars_stand_in_two_columns() {
    let scalars = vec![
        scalar("records_per_second", Value::Float(1.5)),
        scalar("ratio", Value::Ratio(0.142)),
        scalar("silence_seconds", Value::Seconds(1.234)),
        scalar("devices_online", Value::Null),
        scalar("peak_start", time("2026-11-22T06:11:54Z")),
    ];
    let mut files = Table::new("files", "Files", Look::Grid, &["path", "lines"]);
    files.rows = vec![row("logs/ufo_server.log", &[120]), row("设备.log", &[7])].into();
    let body = Body::Figures { scalars, tables: vec![files] };
    assert_eq!(
        plain(vec![section("throughput", "🚀 Throughput", body)]),
        "\
🚀 Throughput:
  Records per second:  1.50
  Ratio:               14.2%
  Silence:             1.23 s
  Devices online:      unknown
  Peak start:          2026-11-22 06:11:54Z

Files:
  Path                 Lines
  logs/ufo_server.log    120
  设备.log                 7
"
    );
}

fn latency(session: i64) -> Vec<Scalar> {
    vec![
        scalar("session.count", Value::Int(session)),
        scalar("session.min", Value::Seconds(2.0)),
        scalar("session.p95", Value::Seconds(15.236)),
        scalar("session.approximate", Value::Bool(true)),
        scalar("health.count", Value::Int(0)),
        scalar("health.min", Value::Null),
    ]
}

#[test]
fn latency_is_the_pages_block() {
    assert_eq!(
        plain(vec![section("latency", "📊 Latency", Body::scalars(latency(100)))]),
        "\
📊 Latency:

session:
  Count:  100
  Min:    2.00 s
  P95:    ≈15.24 s
"
    );
}

fn group(key: &str, name: &str, body: Body) -> Group {
    Group { key: vec![(key.to_owned(), Value::text(name))], body }
}

#[test]
fn groups_of_scalars_are_one_grid() {
    let of = |name: &str, n| group("client", name, Body::scalars(latency(n)));
    let groups = vec![of("device_1", 100), of("device_22", 7)];
    let body = Body::Groups { groups, omitted: 4, capped: true };
    assert_eq!(
        plain(vec![section("latency by client", "Latency by client", body)]),
        "\
Latency by client:
  Client     Session count  Session min  Session p95  Health count  Health min
  device_1             100       2.00 s     ≈15.24 s             0           -
  device_22              7       2.00 s     ≈15.24 s             0           -
  … and 4 more
  (keys past the cap are counted as (other))
"
    );
}

#[test]
fn groups_with_tables_have_headings() {
    let mut table = modules();
    table.rows = vec![row("handler", &[3])].into();
    let body =
        Body::Figures { scalars: vec![scalar("distinct", Value::Int(1))], tables: vec![table] };
    let window = Group {
        key: vec![
            ("start".to_owned(), time("2026-11-22T06:00:00Z")),
            ("end".to_owned(), time("2026-11-22T07:00:00Z")),
        ],
        body: Body::Groups {
            groups: vec![group("client", "device_1", body)],
            omitted: 0,
            capped: false,
        },
    };
    let scalars =
        Group { body: Body::scalars(vec![scalar("ratio", Value::Ratio(0.5))]), ..window.clone() };
    assert_eq!(
        plain(vec![
            section("a", "Modules by client every 1h", Body::Windows(vec![window])),
            section("b", "Error rate every 1h", Body::Windows(vec![scalars])),
        ]),
        "\
Modules by client every 1h:

  2026-11-22 06:00 – 07:00:

    client = device_1:
      Distinct:  1
      handler             :      3

Error rate every 1h:
             Start  Ratio
  2026-11-22 06:00  50.0%
"
    );
}

#[test]
fn a_section_keeps_its_own_title() {
    let mut table = modules();
    table.rows = vec![row("handler", &[3])].into();
    let body = Body::Figures { scalars: Vec::new(), tables: vec![table] };
    assert_eq!(
        plain(vec![section("x", "module where level == ERROR", body)]),
        "module where level == ERROR:\n  handler             :      3\n"
    );
}

#[test]
fn an_empty_report_says_so() {
    let input = Section {
        silent: true,
        ..section("input", "📥 Input", Body::scalars(vec![scalar("lines", Value::Int(0))]))
    };
    let other = section("level", "Level", Body::scalars(Vec::new()));
    let text = printed(&Report { sections: vec![other, input], empty: true }, &Style::default());
    assert!(text.ends_with("=\nNo records.\n\n📥 Input:\n  Lines:  0\n"), "{text}");
}

#[test]
fn silent_sections_are_left_out_and_top_is_heeded() {
    let mut table = modules();
    table.rows = vec![row("a", &[2]), row("b", &[1])].into();
    let silent = Section { silent: true, ..tabled(modules()) };
    let report = Report { sections: vec![silent, tabled(table)], empty: false };
    let text = printed(&report, &Style { top: Some(1), ..Style::default() });
    assert_eq!(text.matches("Module").count(), 1);
    assert!(text.ends_with("  a                   :      2\n  … and 1 more\n"), "{text}");
}

#[test]
fn rows_for_all_others_stay_and_texts_that_are_spelled_so_do_not() {
    let special = ["(none)", "(other)"];
    let mut table = modules();
    let mut rows = vec![row("a", &[3]), row("(none)", &[2]), row("(other)", &[1])];
    rows.extend(special.map(|name| vec![Value::Rest(name), Value::Int(7)]));
    table.rows = rows.into();
    let count = || Body::scalars(vec![scalar("records", Value::Int(5))]);
    let of = |value| Group { key: vec![("client".to_owned(), value)], body: count() };
    let mut groups = vec![of(Value::text("a"))];
    groups.extend(special.map(|name| of(Value::text(name))));
    groups.extend(special.map(|name| of(Value::Rest(name))));
    let body = Body::Groups { groups, omitted: 0, capped: false };
    let sections = vec![tabled(table), section("g", "Groups", body)];
    let report = Report { sections, empty: false };
    let text = printed(&report, &Style { top: Some(1), ..Style::default() });
    let meant = "\
📦 Events by Module:
  a                   :      3
  (none)              :      7
  (other)             :      7
  … and 2 more

Groups:
  Client   Records
  a              5
  (none)         5
  (other)        5
  … and 2 more
";
    assert!(text.ends_with(meant), "{text}");
}

#[test]
fn colour_is_for_levels_headings_and_notes() {
    let look = Look::Ranking { width: 10, unit: "" };
    let mut levels = Table::new("levels", "Levels", look, &["level", "records"]);
    levels.rows = vec![row("ERROR", &[1]), row("WARNING", &[1]), row("CRITICAL", &[1])].into();
    levels.omitted = 1;
    let report = Report { sections: vec![tabled(levels)], empty: false };
    let text = printed(&report, &Style { color: true, ..Style::default() });
    assert!(text.contains("\x1b[1mLevels:\x1b[0m"), "{text:?}");
    assert!(text.contains("\x1b[31mERROR     \x1b[0m:      1\n"), "{text:?}");
    assert!(text.contains("\x1b[33mWARNING   \x1b[0m"), "{text:?}");
    assert!(text.contains("\x1b[1m\x1b[31mCRITICAL  \x1b[0m"), "{text:?}");
    assert!(text.contains("\x1b[2m… and 1 more\x1b[0m"), "{text:?}");
}

/// A report in which every form has names, numbers and headings that are too long.
fn oversized(name: &str) -> Report {
    let columns: &[&str] = &["message", "level", "records", "first", "errors"];
    let looks = [
        Look::Ranking { width: 30, unit: " events" },
        Look::Messages,
        Look::Hours,
        Look::Timeline,
        Look::Grid,
    ];
    let tables = looks.map(|look| {
        let mut table =
            Table::new("table", "设备设备 a heading of some length, too long", look, columns);
        let text = || Value::text(name);
        table.rows = vec![
            vec![text(), text(), Value::Int(i64::MAX), time("2026-11-22T06:11:54Z"), Value::Int(3)],
            vec![time("9999-12-31T23:59:59Z"), Value::Int(i64::MAX), text()],
            vec![Value::Int(-1), Value::Int(5), Value::Int(5), Value::Int(5), Value::Int(5)],
            vec![],
        ]
        .into();
        table
    });
    let scalars = vec![
        scalar("a_scalar_with_a_long_name", Value::text(name)),
        scalar("series.with.dots", Value::text(name)),
        scalar("number", Value::Float(f64::MAX)),
    ];
    let figures = Body::Figures { scalars: scalars.clone(), tables: tables.to_vec() };
    let groups = |body: Body| Body::Groups {
        groups: vec![group(name, name, body.clone()), group(name, "b", body)],
        omitted: 9,
        capped: true,
    };
    let windows = |body: Body| Body::Windows(vec![group(name, name, body)]);
    let sections = vec![
        section(name, name, figures.clone()),
        section(name, name, groups(figures.clone())),
        section(name, name, groups(Body::scalars(scalars.clone()))),
        section(name, name, windows(groups(windows(groups(figures))))),
        section(name, name, windows(Body::scalars(scalars))),
        section(name, name, groups(Body::scalars(Vec::new()))),
    ];
    Report { sections, empty: false }
}

#[test]
fn no_line_is_too_long() {
    let long = "设备🚀️👨🏽e\u{301}\u{202e}\n".repeat(30);
    for name in [long.as_str(), "short", "", "👨‍👩‍👧", &"a b".repeat(40), "\0"] {
        for (asked, color) in [(0, false), (40, true), (57, false), (80, true), (200, false)] {
            let style = Style { width: asked, color, ..Style::default() };
            let text = anstream::adapter::strip_str(&printed(&oversized(name), &style)).to_string();
            for line in text.lines() {
                assert!(width(line) <= asked.max(40), "{asked}: {} {line}", width(line));
            }
        }
    }
}
