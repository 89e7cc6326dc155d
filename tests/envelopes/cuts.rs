//! However the input is cut, into blocks, pieces, files, for any number of threads, the report is
//! that of all lines at once.

use std::fs;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;
use serde_json::Value;
use ufo_logscan::aggregate::{Plan, Setup, View};
use ufo_logscan::event::Profile;
use ufo_logscan::parse::{Envelopes, Options, Parser};
use ufo_logscan::record::{Needs, Zone};
use ufo_logscan::render::json;
use ufo_logscan::scan::{Blocking, Ended, Fold, Scan, Scanner, Tracking, matcher};
use ufo_logscan::source::{Block, Input, Series};

use crate::wrap::{Host, hosts, records, wrap};

const MAX_LINE: usize = 600;

struct Run {
    plans: Vec<Plan>,
    needs: Needs,
    profile: Profile,
    envelopes: Envelopes,
    max_line: usize,
}

impl Run {
    fn new(envelopes: Envelopes, max_line: usize) -> Run {
        let profile = Profile::named("ufo").unwrap();
        let setup = Setup { message_levels: profile.message_levels().to_vec(), ..Setup::default() };
        let mut needs = Needs::default();
        let mut plans = Plan::all(&setup);
        for text in
            ["count by file, field(stream)", "errors where exception contains \"Traceback\""]
        {
            let aggregation = ufo_logscan::expr::parse_aggregation(text).unwrap();
            plans.push(Plan::new(aggregation, &setup, &mut needs).unwrap());
        }
        let _ = matcher(&profile, &plans, &mut needs);
        Run { plans, needs, profile, envelopes, max_line }
    }

    fn scanner(&self) -> Scanner {
        let matcher = matcher(&self.profile, &self.plans, &mut self.needs.clone());
        let options = Options {
            needs: self.needs.clone(),
            max_line: self.max_line,
            envelopes: self.envelopes,
            ..Options::default()
        };
        Scanner::new(Parser::new(options), matcher, &self.needs, Setup::default().seed)
    }

    fn fold(&self) -> Fold {
        Fold::whole(&self.plans, Tracking { join: true, max_keys: 1000 })
    }

    fn json(fold: Fold) -> String {
        let mut out = Vec::new();
        json::write(&fold.report(&View::default()), &Zone::Utc, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The report of one file, all of it at once.
    fn at_once(&self, name: &str, bytes: &[u8]) -> String {
        let (mut scanner, mut fold) = (self.scanner(), self.fold());
        scanner.begin(name, 0);
        scanner.block(&mut Block { bytes: bytes.to_vec(), ..Block::default() }, &mut fold);
        scanner.finish(&mut fold);
        Run::json(fold)
    }

    /// The report of files.
    fn read(&self, series: &[Series], threads: usize, block: usize, piece: usize) -> String {
        let mut fold = self.fold();
        let blocking = Blocking { block, max_line: self.max_line, piece };
        let (stop, scanner) = (AtomicBool::new(false), || self.scanner());
        let scan = Scan { scanner: &scanner, blocking, threads, stop: &stop, seen: &|_| () };
        let outcome = scan.run(series, &mut fold);
        assert_eq!((outcome.ended, outcome.problems), (Ended::AtEnd, Vec::new()));
        Run::json(fold)
    }
}

/// Files of a folder: the parts of each series.
fn written(folder: &std::path::Path, all: &[Vec<Vec<u8>>]) -> Vec<Series> {
    let series = all.iter().enumerate().map(|(number, files)| {
        let files = files.iter().enumerate().map(|(file, bytes)| {
            let shown = format!("{number}-{file}.log");
            let path = folder.join(&shown);
            fs::write(&path, bytes).unwrap();
            Input::File { path, shown, size: bytes.len() as u64, compressed: false }
        });
        Series { name: number.to_string(), files: files.collect() }
    });
    series.collect()
}

/// Whatever may stand in a log: parts without an end, ends without a part, lines that are nothing.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let lines = [
        "2026-11-22T06:00:00.1Z stdout P {\"level\":",
        "2026-11-22T06:00:00.1Z stderr P {\"level\":\"ERROR\",",
        "2026-11-22T06:00:00.1Z stdout F \"INFO\"}",
        "2026-11-22T06:00:00.1Z stderr F \"a\":1}",
        "2026-11-22T06:00:00.1Z stdout F {\"level\":\"INFO\"}",
        "2026-11-22T06:00:00.1Z stderr F 2026-11-22 06:00:01,000 - a - ERROR - text",
        "2026-11-22T06:00:00.1Z stderr F Traceback (most recent call last):",
        "2026-11-22T06:00:00.1Z stdout F ",
        "2026-11-22T06:00:00.1Z stdout Q x",
        "{\"log\":\"{\\\"level\\\":\",\"stream\":\"stdout\",\"time\":\"2026-11-22T06:00:00Z\"}",
        "{\"log\":\"\\\"INFO\\\"}\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-22T06:00:00Z\"}",
        "{\"log\":\"{\\\"level\\\":\\\"ERROR\\\"}\\n\",\"stream\":\"stderr\",\"attrs\":{\"a\":\"b\"},\"time\":\"2026-11-22T06:00:00Z\"}",
        "{\"log\":\"x\\\\n\",\"stream\":\"stderr\",\"time\":broken}",
        "2026-11-22 06:00:01,000 - a.b - WARNING - begins",
        "2026-11-22 06:00:01,000 - a.b - WARNING - ",
        "Traceback (most recent call last):",
        "  File \"x\"",
        "{'a': 1}",
        "  {\"indented\": 1}",
        "{",
        "",
        "{\"level\": \"INFO\", \"message\": \"m\"}",
        "{\"level\": \"ERROR\", \"message\": \"m\"",
        "{\"date\":1,\"log\":\"{\\\"level\\\":1}\"}",
        "\u{feff}{\"level\":\"INFO\"}",
        "\0\0{\"level\":\"INFO\"}",
        "[pod/a/b] {\"level\":\"INFO\"}",
    ];
    let line = prop_oneof![
        12 => prop::sample::select(lines.to_vec()).prop_map(|line| line.as_bytes().to_vec()),
        1 => Just(b"2026-11-22T06:00:00.1Z stdout P \xff\xfe".to_vec()),
        1 => Just(vec![b'x'; MAX_LINE + 1]),
        1 => (1_usize..5).prop_map(|n| format!("2026-11-22T06:00:00.1Z stdout P {}", "y".repeat(n * 110)).into_bytes()),
        1 => Just([&b"  "[..], &[b'z'; 250]].concat()),
    ];
    let end = prop_oneof![9 => Just(&b"\n"[..]), 1 => Just(&b"\r\n"[..])];
    let lines = prop::collection::vec((line, 1_usize..4, end), 0..40);
    (lines, any::<bool>()).prop_map(|(lines, ended)| {
        let line =
            |(line, times, end): &(Vec<u8>, usize, &[u8])| [&line[..], end].concat().repeat(*times);
        let mut bytes = lines.iter().flat_map(line).collect::<Vec<u8>>();
        if !ended && bytes.ends_with(b"\n") {
            bytes.pop();
        }
        bytes
    })
}

fn kinds() -> impl Strategy<Value = Envelopes> {
    use Envelopes::{Auto, Cri, Docker, FluentBit, Json, Text};
    prop::sample::select(vec![Auto, Auto, Auto, Auto, Cri, Docker, FluentBit, Json, Text])
}

fn accounted(report: &str) -> bool {
    let report: Value = serde_json::from_str(report).unwrap();
    let input = &report["sections"]["input"];
    let count = |figure: &str| input[figure].as_u64().unwrap();
    let parts = ["records", "malformed", "oversize", "blank", "joined"].map(count);
    let files =
        input["files"].as_array().unwrap().iter().map(|file| file["lines"].as_u64().unwrap());
    count("lines") == parts.iter().sum::<u64>() && files.sum::<u64>() == count("lines")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_gives_the_report_of_all_lines_at_once(
        bytes in hostile(),
        envelopes in kinds(),
        threads in 1_usize..5,
        block in prop::sample::select(vec![1_usize, 70, 500, 5000, 1 << 20]),
        piece in prop::sample::select(vec![1_usize, 100, 300, 2000, 1 << 20]),
    ) {
        let run = Run::new(envelopes, MAX_LINE);
        let folder = tempfile::tempdir().unwrap();
        let whole = run.at_once("0-0.log", &bytes);
        prop_assert!(accounted(&whole), "{}", whole);
        let series = written(folder.path(), &[vec![bytes.clone()]]);
        let read = run.read(&series, threads, block, piece);
        let size = |report: &str| serde_json::from_str::<Value>(report).unwrap()["sections"]["input"]["bytes"].clone();
        prop_assert!(bytes.is_empty() || size(&whole) == bytes.len() as u64);
        if !bytes.is_empty() {
            prop_assert!(read == whole, "{}\n{}", difference(&read, &whole), String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn series_of_files_are_the_same_for_any_number_of_threads(
        all in prop::collection::vec(prop::collection::vec(hostile(), 1..4), 1..4),
        threads in 2_usize..5,
        block in prop::sample::select(vec![1_usize, 90, 5000]),
        piece in prop::sample::select(vec![1_usize, 200, 1000, 1 << 20]),
    ) {
        let run = Run::new(Envelopes::Auto, MAX_LINE);
        let folder = tempfile::tempdir().unwrap();
        let series = written(folder.path(), &all);
        let whole = run.read(&series, 1, 1 << 20, 1 << 20);
        prop_assert!(accounted(&whole), "{}", whole);
        let read = run.read(&series, threads, block, piece);
        let shown = || format!("{:#?}", all.iter().map(|files| files.iter().map(|file| String::from_utf8_lossy(file)).collect::<Vec<_>>()).collect::<Vec<_>>());
        prop_assert!(read == whole, "{}\n{}", difference(&read, &whole), shown());
    }

    #[test]
    fn wrapped_records_give_the_report_of_the_records(
        records in records(),
        hosts in prop::collection::vec((hosts(), any::<bool>(), any::<bool>()), 25),
        most in 80_usize..120,
        cuts in prop::collection::vec(0_usize..60, 0..3),
        block in prop::sample::select(vec![1_usize, 300, 1 << 20]),
        threads in 1_usize..4,
    ) {
        let run = Run::new(Envelopes::Auto, 1 << 20);
        let folder = tempfile::tempdir().unwrap();
        let (mut bare, mut lines) = (Vec::new(), Vec::new());
        for (record, (host, ascii, text)) in records.iter().zip(hosts) {
            bare.extend(record.json(ascii).bytes().chain(*b"\n"));
            let inner = if text && host != Host::Twice { record.text() } else { record.json(ascii) };
            match host {
                // Lines of text are lines of their own for whoever collects lines.
                Host::Cri | Host::Docker if text => {
                    for line in inner.split('\n') {
                        lines.extend(wrap(host, line, most).into_iter().map(|line| on_one_stream(&line)));
                    }
                }
                // The first of several lines says which pod they are from, and so do the others.
                Host::Pod if text && inner.contains('\n') => lines.extend(wrap(Host::Bare, &inner, most)),
                _ => lines.extend(wrap(host, &inner, most)),
            }
        }
        let mut files = Vec::new();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(lines.len())).collect();
        cuts.sort_unstable();
        let mut start = 0;
        for end in cuts.into_iter().chain([lines.len()]) {
            files.push(lines[start..end].concat().into_bytes());
            start = end;
        }
        let series = written(folder.path(), &[files]);
        let told = sections(&run.read(&series, threads, block, 500));
        prop_assert_eq!(told, sections(&run.at_once("bare.log", &bare)));
    }
}

fn on_one_stream(line: &str) -> String {
    let line = line.replace("Z stderr ", "Z stdout ");
    line.replace("\"stream\":\"stderr\"", "\"stream\":\"stdout\"")
}

/// Everything but what hangs on lines and files.
fn sections(report: &str) -> Value {
    let mut report: Value = serde_json::from_str(report).unwrap();
    let all = report["sections"].as_object_mut().unwrap();
    all.remove("input");
    all.retain(|name, _| !name.starts_with("count"));
    report
}

/// The lines in which reports differ.
fn difference(found: &str, wanted: &str) -> String {
    let lines = found.lines().zip(wanted.lines()).filter(|(found, wanted)| found != wanted);
    lines
        .map(|(found, wanted)| format!("  found: {found}\n wanted: {wanted}\n"))
        .collect::<Vec<_>>()
        .concat()
}

/// What is joined is bounded, and what is too long is counted once.
#[test]
fn a_record_of_many_lines_is_bounded() {
    let run = Run::new(Envelopes::Auto, MAX_LINE);
    let text = format!(
        "2026-11-22 06:00:00,000 - a - ERROR - m\n{}{{\"level\":\"INFO\"}}\n",
        "line\n".repeat(1000)
    );
    let parts = format!(
        "{}2026-11-22T06:00:00Z stdout F z\n2026-11-22T06:00:00Z stdout F {{}}\n",
        "2026-11-22T06:00:00Z stdout P xxxxxxxxxxxxxxxxxxxxxxxxx\n".repeat(1000)
    );
    let waits = format!(
        "2026-11-22T06:00:00Z stdout P {{\n{}2026-11-22T06:00:00Z stdout F }}\n",
        "2026-11-22T06:00:00Z stderr F {}\n".repeat(100)
    );
    for (log, records, joined) in [(text, 1, 1000), (parts, 1, 1000), (waits, 100, 1)] {
        let folder = tempfile::tempdir().unwrap();
        let whole = run.at_once("0-0.log", log.as_bytes());
        let report: Value = serde_json::from_str(&whole).unwrap();
        let input = &report["sections"]["input"];
        assert_eq!([&input["records"], &input["oversize"], &input["joined"]], [records, 1, joined]);
        let series = written(folder.path(), &[vec![log.into_bytes()]]);
        for (threads, block, piece) in [(1, 1, 1), (3, 50, 400), (2, 1 << 20, 100)] {
            assert_eq!(run.read(&series, threads, block, piece), whole);
        }
    }
}
