//! Records of several lines are passed on whole, as they came, wherever the input is cut.

use std::fs;

use proptest::prelude::*;
use serde_json::Value;
use ufo_logscan::parse::{Options, Parser};
use ufo_logscan::record::{Batch, Needs, Seed};
use ufo_logscan::scan::{Blocking, Shape};

use crate::common::{feed, run};
use crate::log::{File, Log};
use crate::model::{Files, Question, What, joined, passed};

/// Each fixture, how many of its lines are malformed and blank, and whether a record of it is
/// bare when it is unwrapped.
const FIXTURES: [(&str, usize, usize, bool); 11] = [
    ("bare.log", 1, 0, true),
    ("fluent-bit.log", 1, 0, true),
    ("fluent-bit-parsed.log", 1, 0, false),
    ("exec.log", 1, 0, true),
    ("docker.log", 1, 0, true),
    ("vector.log", 1, 0, true),
    ("cri.log", 1, 0, true),
    ("journald.log", 1, 0, true),
    ("pod.log", 1, 0, true),
    ("text.log", 0, 0, false),
    ("cri-text.log", 0, 7, false),
];

const QUESTION: &str = "level >= ERROR or message contains 'device'";

fn lines_of(name: &str) -> Vec<Vec<u8>> {
    let bytes = fs::read(format!("fixtures/envelopes/{name}")).unwrap();
    bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn blocking(block: usize, piece: usize) -> Blocking {
    Blocking { block, max_line: 1 << 20, piece }
}

/// For each line the first line of its record, and whether that is meant; by all lines at once.
fn meant(question: &Question, lines: &[Vec<u8>]) -> (Vec<usize>, Vec<bool>) {
    let mut needs = Needs::default();
    let selection = question.selection(&mut needs);
    let condition = match &selection.wanted {
        ufo_logscan::scan::Wanted::Matching(condition)
        | ufo_logscan::scan::Wanted::Others(condition) => Some(condition),
        ufo_logscan::scan::Wanted::Malformed => None,
    };
    let mut batch = Batch::new(Seed::default(), needs.paths().len());
    let mut all = lines.concat();
    if lines.is_empty() {
        return (Vec::new(), Vec::new());
    }
    Parser::new(Options { needs, ..Options::default() }).take(&mut all, &mut batch);
    let head = |row: usize| batch.joined_to(row as u32).map_or(row, |of| of.unwrap() as usize);
    let heads: Vec<usize> = (0..lines.len()).map(head).collect();
    let is_meant = |row: &usize| {
        let row = *row as u32;
        match (question.what, condition) {
            (What::Malformed, _) => batch.malformed.iter().any(|(at, _)| *at == row),
            (what, Some(condition)) => {
                batch.records.contains(&row)
                    && condition.test(&batch.record(row)) == (what == What::Matching)
            }
            _ => false,
        }
    };
    let meant = heads.iter().map(is_meant).collect();
    (heads, meant)
}

/// What should come out of lines one behind the other, and how many records are meant.
fn expected(question: &Question, lines: &[Vec<u8>], told: &[Vec<u8>]) -> (Vec<u8>, u64) {
    let (heads, mut meant) = meant(question, lines);
    let first = |at: &usize| meant[*at] && heads[*at] == *at;
    let records: Vec<usize> = (0..lines.len()).filter(first).collect();
    let most = usize::try_from(question.most).unwrap_or(usize::MAX).min(records.len());
    for (at, meant) in meant.iter_mut().enumerate() {
        *meant = *meant && records[..most].contains(&heads[at]);
    }
    let around = question.around as usize;
    let near = |at: usize| {
        meant[at.saturating_sub(around)..(at + around + 1).min(meant.len())].contains(&true)
    };
    let (mut shown, mut last) = (Vec::<&[u8]>::new(), None);
    for at in (0..lines.len()).filter(|at| near(*at)) {
        if around > 0 && !shown.is_empty() && last.is_none_or(|last| last + 1 != at) {
            shown.push(b"--\n");
        }
        shown.push(&told[at]);
        last = Some(at);
    }
    (joined(&shown), most as u64)
}

/// Two files of one source; the first one may end without a line end.
fn cut(lines: &[Vec<u8>], at: usize, unended: bool) -> (Log, Vec<Vec<u8>>) {
    let mut told = lines.to_vec();
    if unended && at > 0 {
        told[at - 1].pop();
    }
    let files = [("a.log", &told[..at]), ("b.log", &told[at..])];
    let log = files.map(|(name, lines)| File { name, lines: lines.to_vec() });
    (log.into(), told)
}

#[track_caller]
fn assert_passed(
    question: &Question,
    name: &str,
    (at, unended): (usize, bool),
    threads: usize,
    blocking: Blocking,
) {
    let lines = lines_of(name);
    let (log, told) = cut(&lines, at, unended);
    let (wanted, count) = expected(question, &lines, &told);
    let files = Files::one_behind_the_other(&log);
    let (found, seen, _) = passed(question, &files, threads, blocking, Shape::Raw);
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let what = format!("{name}: {question:?}, {threads} threads, {blocking:?}, {at} {unended}");
    assert_eq!(shown(&found), shown(&wanted), "{what}");
    assert_eq!(seen.meant, count, "{what}");
    assert_eq!(seen.files.iter().map(|(_, lines)| lines).sum::<u64>(), count, "{what}");
}

/// Every line is in exactly one of these, in the order of the file.
#[test]
fn matching_others_malformed_and_blank_are_all_lines() {
    for (name, malformed, blank, _) in FIXTURES {
        let lines = lines_of(name);
        let (log, _) = cut(&lines, 0, false);
        let files = Files::one_behind_the_other(&log);
        let parts = [What::Matching, What::Others, What::Malformed].map(|what| {
            let question = Question::new(what, QUESTION);
            let bytes = passed(&question, &files, 2, blocking(300, 700), Shape::Raw).0;
            let split = bytes.split_inclusive(|byte| *byte == b'\n');
            split.map(<[u8]>::to_vec).collect::<Vec<_>>()
        });
        assert!(parts[0].len() > 5 && parts[1].len() > 5, "{name}");
        assert_eq!(parts[2].len(), malformed, "{name}");
        for part in &parts {
            let mut rest = lines.iter();
            assert!(part.iter().all(|line| rest.any(|other| other == line)), "{name}: the order");
        }
        let (mut left, mut all) = (lines.clone(), parts.concat());
        left.sort();
        all.sort();
        let mut all = all.into_iter().peekable();
        left.retain(|line| all.next_if_eq(line).is_none());
        assert!(all.peek().is_none(), "{name}: a line that is not in the file");
        assert_eq!(left.len(), blank, "{name}");
        assert!(left.iter().all(|line| line.ends_with(b" F \n")), "{name}: {left:?}");
    }
}

/// A record is passed on with its traceback, and not without.
#[test]
fn errors_come_with_all_their_lines() {
    for (name, lines) in [("text.log", 11), ("cri-text.log", 11), ("docker.log", 2)] {
        let path = format!("fixtures/envelopes/{name}");
        let done = run(["filter", "level >= ERROR", &path]);
        assert_eq!(done.stdout.lines().count(), lines, "{name}: {}", done.stdout);
        assert_eq!(run(["filter", "level >= ERROR", &path, "--count"]).stdout, "2\n", "{name}");
        let one = run(["filter", "level >= ERROR", &path, "-m1"]).stdout;
        assert!(done.stdout.starts_with(&one) && one.len() < done.stdout.len(), "{name}: {one}");
    }
    let long = run(["filter", "message contains 'lorem'", "fixtures/envelopes/cri.log"]);
    let told: Vec<&str> = long.stdout.lines().collect();
    assert_eq!(told.len(), 3, "{}", long.stdout);
    assert!(told[0].contains(" stdout P ") && told[2].contains(" stdout F "));
}

/// `--json` gives records, and no wrappers.
#[test]
fn records_come_out_of_their_wrappers() {
    let of = |args: &[&str]| -> Vec<Value> {
        let done = run([&["filter", "level >= ERROR", "--json"], args].concat());
        done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let bare = of(&["fixtures/envelopes/bare.log"]);
    assert_eq!(bare.len(), 2);
    for (name, _, _, is_bare) in FIXTURES {
        let records = of(&[&format!("fixtures/envelopes/{name}")]);
        assert_eq!(records.len(), 2, "{name}");
        for (found, wanted) in records.iter().zip(&bare) {
            for key in ["level", "logger", "message", "exception"] {
                assert_eq!(found[key], wanted[key], "{name}: {key}");
            }
            assert!(!is_bare || found == wanted, "{name}: {found}");
        }
    }
    let wrapped =
        "{\"log\":\"{\\\"a\\\":1,\\\"password\\\":\\\"x\\\"}\\n\",\"stream\":\"stdout\"}\n";
    let done = feed(&["filter", "has(a)", "--json"], wrapped);
    assert_eq!(done.stdout, "{\"a\":1,\"password\":\"***\"}\n");
    let done = feed(&["filter", "has(a)", "--json", "--input", "json"], wrapped);
    assert_eq!(done.stdout, "", "it is a record of its own");
}

/// A record that begins in one file and ends in the next counts in the first.
#[test]
fn a_record_across_files_counts_where_it_begins() {
    let lines = lines_of("docker.log");
    let last = lines.iter().position(|line| line.len() > 16_000).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("x.log.1"), lines[..=last].concat()).unwrap();
    fs::write(path("x.log"), lines[last + 1..].concat()).unwrap();
    let all = ["filter", "message contains 'lorem'", &path("x.log.1"), &path("x.log")];
    let count = run([&all[..], &["--count"]].concat()).stdout;
    assert!(count.contains("x.log.1:1\n") && count.ends_with("x.log:0\n"), "{count}");
    assert_eq!(run(all).stdout.lines().count(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fixtures_are_passed_on_however_they_are_cut(
        (name, ..) in prop::sample::select(FIXTURES.to_vec()),
        text in prop::sample::select(vec![QUESTION, "level >= ERROR", "has(exception)", "message contains 'lorem'"]),
        what in prop::sample::select(vec![What::Matching, What::Others, What::Malformed]),
        around in prop_oneof![2 => Just(0_u32), 2 => 1_u32..5],
        most in prop_oneof![2 => Just(u64::MAX), 2 => 0_u64..9],
        threads in 1_usize..5,
        block in prop::sample::select(vec![1, 200, 1000, 1 << 16]),
        piece in prop::sample::select(vec![150, 2000, 20_000, 1 << 20]),
        at in 0_usize..43,
        unended in any::<bool>(),
    ) {
        let question = Question { around, most, ..Question::new(what, text) };
        assert_passed(&question, name, (at, unended), threads, blocking(block, piece));
    }
}
