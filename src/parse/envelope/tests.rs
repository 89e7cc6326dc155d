//! Tests of what a line is, and of what is learned meanwhile.

use proptest::prelude::*;

use super::Envelopes;
use super::line::{Head, Stream, head, header};
use crate::parse::{Options, Parser};
use crate::record::{Accounting, Batch, FieldPath, FieldSlot, Needs, Seed};

fn part(line: &str) -> Option<(Stream, bool, String)> {
    match head(line.as_bytes(), Envelopes::Auto) {
        Head::Part(part) => Some((part.stream, part.partial, line[part.content].to_owned())),
        _ => None,
    }
}

#[test]
fn lines_of_containers_are_what_their_runtimes_write() {
    let told = |stream, partial, text: &str| Some((stream, partial, text.to_owned()));
    for (line, wanted) in [
        ("2016-10-06T00:17:09.669794202Z stdout F a b", told(Stream::Out, false, "a b")),
        ("2016-10-06T00:17:09.669794202+05:45 stderr P:x:y  a", told(Stream::Err, true, " a")),
        ("2016-10-06T00:17:09Z stderr F ", told(Stream::Err, false, "")),
        ("2016-10-06T00:17:09Z stderr F", told(Stream::Err, false, "")),
        ("2016-10-06T00:17:09Z stderr X a", None),
        ("2016-10-06T00:17:09Z stdin F a", None),
        ("2016-13-06T00:17:09Z stdout F a", None),
        ("2016-10-06 00:17:09Z stdout F a", None),
        ("1475712000 stdout F a", None),
        (r#"{"log":"a\n","stream":"stdout","time":"t"}"#, told(Stream::Out, false, "a\\n")),
        (r#"{"log":"a","stream":"stderr","attrs":{},"time":"t"}"#, told(Stream::Err, true, "a")),
        (r#"{"log":"a\\n","stream":"stderr"}"#, told(Stream::Err, true, r"a\\n")),
        (r#"{"log":"a\\\n","stream":"stderr"}"#, told(Stream::Err, false, r"a\\\n")),
        (r#"{"log":"a\"","stream":"stderr"}"#, told(Stream::Err, true, r#"a\""#)),
        (r#"{"log":"a\n","stream":"stdout","time":"t""#, None),
        (r#"{"log":"a\n","stream":"other","time":"t"}"#, None),
        (r#"{"log": "a\n","stream":"stdout"}"#, None),
    ] {
        assert_eq!(part(line), wanted, "{line}");
    }
}

#[test]
fn text_is_what_python_writes() {
    let read = |line: &str| {
        let found = header(line.as_bytes())?;
        Some([&line[found.logger], &line[found.level], &line[found.message..]].map(str::to_owned))
    };
    let told = |parts: [&str; 3]| Some(parts.map(str::to_owned));
    let time = "2026-11-22 06:11:54,593";
    for (rest, wanted) in [
        (" - a.b - INFO - x - y - z", told(["a.b", "INFO", "x - y - z"])),
        (" - a - Level 15 - ", told(["a", "Level 15", ""])),
        (" - a - INFO -", None),
        (" -  - INFO - x", None),
        (" - a - not/a level - x", None),
        (" - a - a name that is far too long - x", None),
        ("4 - a - INFO - x", None),
        (" INFO x", None),
    ] {
        assert_eq!(read(&format!("{time}{rest}")), wanted, "{rest}");
    }
    assert_eq!(read("2026-11-22T06:11:54,593 - a - INFO - x"), None);
}

/// A record or a wrapper, of keys that both have.
fn line() -> impl Strategy<Value = String> {
    let entry = prop_oneof![
        Just(r#""log":"{\"level\":\"INFO\",\"timestamp\":5}""#),
        Just(r#""log":"text""#),
        Just(r#""log":5"#),
        Just(r#""date":1763791200.5"#),
        Just(r#""time":"2026-11-22T06:00:00Z""#),
        Just(r#""timestamp":"2026-11-22T06:00:00Z""#),
        Just(r#""stream":"stderr""#),
        Just(r#""level":"ERROR""#),
        Just(r#""message":"m""#),
        Just(r#""message":"{\"level\":\"DEBUG\"}""#),
        Just(r#""source_type":"file""#),
        Just(r#""exec":"{\"stream\":\"stdin\"}""#),
        Just(r#""MESSAGE":"{\"level\":\"TRACE\"}""#),
        Just(r#""MESSAGE":[123,125]"#),
        Just(r#""MESSAGE":[null,"x",[123]]"#),
        Just(r#""MESSAGE":null"#),
        Just(r#""__REALTIME_TIMESTAMP":"1763791200000000""#),
        Just(r#""PRIORITY":"3""#),
        Just(r#""SYSLOG_IDENTIFIER":"s""#),
        Just(r#""a":{"log":"{}"}"#),
    ];
    let separator = prop::sample::select(vec![",", ", "]);
    let entries = prop::collection::vec(entry, 0..5);
    (entries, separator)
        .prop_map(|(entries, separator)| format!("{{{}}}\n", entries.join(separator)))
}

/// What became of lines, row by row.
type Told = (Accounting, Vec<(u32, String)>);

fn told(parser: &mut Parser, block: &str) -> Told {
    let mut batch = Batch::new(Seed(1), 2);
    parser.parse(block.as_bytes(), &mut batch);
    let rows = batch.records.iter().map(|&row| {
        let record = batch.record(row);
        let message = batch.text(record.message(), &mut String::new()).to_owned();
        let fields = [0, 1].map(|slot| record.field(FieldSlot(slot)));
        let names = (record.level_name(), record.logger(), record.timestamp());
        (row, format!("{names:?} {message} {fields:?} {}", record.line()))
    });
    (batch.accounting.clone(), rows.collect())
}

proptest! {
    #[test]
    fn what_was_learned_changes_nothing(
        lines in prop::collection::vec(line(), 1..40),
        before in prop::collection::vec(line(), 0..40),
    ) {
        let mut needs = Needs::default();
        needs.field(&FieldPath::top("stream"));
        needs.field(&FieldPath::dotted("a.log"));
        let options = Options { needs, ..Options::default() };
        let mut learned = Parser::new(options.clone());
        for _ in 0..3 {
            told(&mut learned, &before.concat());
        }
        let mut fresh = Parser::new(options);
        fresh.layouts = None;
        prop_assert_eq!(told(&mut learned, &lines.concat()), told(&mut fresh, &lines.concat()));
    }
}
