//! H1 to H9, H12, H13, H21, H22: lines of every kind, one by one and all together.

use std::fmt::Write as _;

use serde_json::Value;

use crate::common::{Accounting, Done, feed, log_fixtures, root, run};
use crate::corpus::{Fate, lines};

const INPUT: [&str; 4] = ["--format", "json", "--agg", "input"];

fn report(done: &Done) -> Value {
    assert_eq!(done.stderr, "");
    serde_json::from_str(&done.stdout).unwrap()
}

/// The accounting of some lines.
fn account(strict: bool, all: &[&[u8]]) -> Accounting {
    let args = [&INPUT[..], if strict { &["--strict"] } else { &[] }].concat();
    let done = feed(&args, join(all));
    let accounting = Accounting::of(&report(&done));
    let refused = strict && accounting.malformed > 0;
    assert_eq!(done.code, Some(i32::from(refused)));
    accounting
}

fn join(lines: &[&[u8]]) -> Vec<u8> {
    let mut joined = lines.join(&b'\n');
    joined.push(b'\n');
    joined
}

/// All lines of one fate have it; those that have not are named.
#[test]
fn every_line_meets_its_fate() {
    for strict in [false, true] {
        for fate in [Fate::Record, Fate::Repaired, Fate::Malformed, Fate::Blank] {
            let corpus = lines();
            let these = corpus.iter().filter(|(.., this)| *this == fate);
            let these: Vec<(&str, &[u8])> =
                these.map(|(scenario, line, _)| (*scenario, line.as_slice())).collect();
            let all: Vec<&[u8]> = these.iter().map(|(_, line)| *line).collect();
            if account(strict, &all) == expected(fate, strict, all.len() as u64) {
                continue;
            }
            let mut wrong = String::new();
            for (scenario, line) in these {
                let found = account(strict, &[line]);
                if found != expected(fate, strict, 1) {
                    let _ = writeln!(wrong, "{scenario} {}: {found:?}", line.escape_ascii());
                }
            }
            panic!("{fate:?}, strict {strict}: {} in all, and alone:\n{wrong}", all.len());
        }
    }
}

fn expected(fate: Fate, strict: bool, lines: u64) -> Accounting {
    let none = Accounting { lines, records: 0, malformed: 0, oversize: 0, blank: 0, repaired: 0 };
    match fate {
        Fate::Record => Accounting { records: lines, ..none },
        Fate::Repaired if strict => Accounting { malformed: lines, ..none },
        Fate::Repaired => Accounting { records: lines, repaired: lines, ..none },
        Fate::Malformed => Accounting { malformed: lines, ..none },
        Fate::Blank => Accounting { blank: lines, ..none },
    }
}

/// Whether a line is malformed does not depend on who reads it, nor on its neighbours: all
/// aggregators, their fields, and any order of the lines give the same account.
#[test]
fn the_account_depends_on_nothing_else() {
    let corpus = lines();
    let mut all: Vec<&[u8]> = corpus.iter().map(|(_, line, _)| line.as_slice()).collect();
    let whole = account(false, &all);
    let count = |fate| corpus.iter().filter(|(.., this)| *this == fate).count() as u64;
    assert_eq!(whole.lines, corpus.len() as u64);
    assert_eq!(whole.records, count(Fate::Record) + count(Fate::Repaired));
    assert_eq!(whole.repaired, count(Fate::Repaired));
    let everything = feed(&["--format", "json"], join(&all));
    assert_eq!(Accounting::of(&report(&everything)), whole);
    let fields = ["--agg", "sum(a)", "--agg", "count by field(\"a.b\"), client"];
    let reading = feed(&[&INPUT[..], &fields].concat(), join(&all));
    assert_eq!(Accounting::of(&report(&reading)), whole);
    all.reverse();
    assert_eq!(account(false, &all), whole);
    let twice = account(false, &[&all[..], &all].concat());
    assert_eq!((twice.lines, twice.malformed), (2 * whole.lines, 2 * whole.malformed));
}

/// H22: a bad line among good ones costs itself and nothing else.
#[test]
fn h22_a_poisonous_line_harms_no_neighbour() {
    const GOOD: &[u8] = br#"{"level":"INFO","message":"good"}"#;
    let corpus = lines();
    let mut all = vec![GOOD];
    for (_, line, _) in &corpus {
        all.extend([line.as_slice(), GOOD]);
    }
    let count = "count where message == \"good\"";
    let done = feed(&[&INPUT[..], &["--agg", count]].concat(), join(&all));
    let report = report(&done);
    Accounting::of(&report);
    assert_eq!(report["sections"][count]["records"], corpus.len() + 1);
}

#[test]
fn h3_a_number_beyond_floats_is_unusable_and_no_more() {
    let lines = b"{\"x\":1e999}\n{\"x\":2}\n{\"x\":\"two\"}\n{\"x\":NaN}\n{}\n";
    let done = feed(&["--format", "json", "--agg", "sum(x)"], lines);
    let sum = &done.report()["sections"]["sum(x)"];
    assert_eq!(sum["sum"], 2.0, "{sum}");
    assert_eq!((&sum["records"], &sum["unusable"]), (&1.into(), &3.into()), "{sum}");
}

#[test]
fn h6_the_last_key_wins_and_the_line_is_counted() {
    let lines = b"{\"level\":\"INFO\",\"level\":\"ERROR\"}\n{\"level\":\"INFO\"}\n";
    let done = feed(&["--format", "json", "--agg", "input,error-rate"], lines);
    let sections = &done.report()["sections"];
    assert_eq!(sections["input"]["duplicate_keys"], 1);
    assert_eq!(sections["error-rate"]["errors"], 1);
}

#[test]
fn h7_a_mark_at_the_start_of_a_file_is_stripped_once() {
    let first = account(false, &[b"\xef\xbb\xbf{}", b"{}"]);
    assert_eq!((first.records, first.repaired), (2, 1));
    let later = account(false, &[b"{}", b"\xef\xbb\xbf{}"]);
    assert_eq!((later.records, later.malformed), (1, 1));
}

/// H8, H9, and a last line without its newline.
#[test]
fn h8_h9_line_ends_of_every_kind() {
    let count = |bytes: &[u8]| Accounting::of(&report(&feed(&INPUT, bytes)));
    assert_eq!(count(b"").lines, 0);
    assert_eq!(count(b"\n").blank, 1);
    assert_eq!(count(b"{}").records, 1);
    assert_eq!(count(b"{}\r\n{}\n{}").records, 3);
    assert_eq!(count(b"{}\r\n\r\n \r\n{}").blank, 2);
    let torn = count(b"{}\n{\"message\":\"tor");
    assert_eq!((torn.records, torn.malformed), (1, 1));
}

/// H21: what is no log at all ends in an account, not in a surprise.
#[test]
fn h21_other_files_are_accounted_for() {
    let wide = |text: &str, units: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(units).collect()
    };
    let log = "{\"level\":\"INFO\",\"message\":\"é📱\"}\n".repeat(100);
    for bytes in [
        [&b"\xff\xfe"[..], &wide(&log, u16::to_le_bytes)].concat(),
        [&b"\xfe\xff"[..], &wide(&log, u16::to_be_bytes)].concat(),
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\n\r\0\xff".repeat(1000),
        std::fs::read(env!("CARGO_BIN_EXE_ufo-logscan")).unwrap()[..1 << 20].to_vec(),
    ] {
        let accounting = Accounting::of(&report(&feed(&INPUT, &bytes)));
        assert_eq!(accounting.lines, bytes.split_inclusive(|byte| *byte == b'\n').count() as u64);
        assert_eq!(accounting.records, 0, "{accounting:?}");
    }
}

#[test]
fn every_fixture_is_accounted_for() {
    for path in log_fixtures() {
        let done = run(["--format", "json", &path]);
        assert_eq!(done.code, Some(0), "{path}: {}", done.stderr);
        let report: Value = serde_json::from_str(&done.stdout).unwrap();
        let accounting = Accounting::of(&report);
        let bytes = std::fs::read(root().join(&path)).unwrap();
        let lines = bytes.split_inclusive(|byte| *byte == b'\n').count() as u64;
        assert_eq!(accounting.lines, lines, "{path}");
        let input = &report["sections"]["input"];
        assert_eq!(input["bytes"], bytes.len(), "{path}");
        let reasons = input["reasons"].as_array().unwrap().iter();
        let reasons: u64 = reasons.map(|row| row["lines"].as_u64().unwrap()).sum();
        assert_eq!(accounting.malformed, reasons, "{path}");
    }
}
