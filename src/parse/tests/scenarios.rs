//! The numbered scenarios of hostile input, and what each field means.

use super::{Options, Parser, fault, fields, needs, only, parse, parse_with, strict, text};
use crate::parse::{OWN_LOGGER, first_timestamp};
use crate::record::{Batch, Level, MAX_SAMPLES, Reason, Seed, Zone};

#[test]
fn h2_bad_utf8_is_mended_in_its_line_alone() {
    let block = b"{\"message\":\"caf\xe9 \xf0\x9f\x93\"}\n{\"message\":\"caf\xc3\xa9\"}\r\n{\"message\":\"\xff\"}\r\n";
    let batch = parse(block);
    assert_eq!((batch.accounting.records, batch.accounting.repaired), (3, 2));
    let messages: Vec<_> = batch.records().map(|r| text(&batch, r.message()).unwrap()).collect();
    assert_eq!(messages, ["caf\u{fffd} \u{fffd}", "café", "\u{fffd}"]);
    let lines: Vec<_> = batch.records().map(|r| r.line()).collect();
    assert_eq!(lines[0], "{\"message\":\"caf\u{fffd} \u{fffd}\"}");
    assert_eq!(lines[2], "{\"message\":\"\u{fffd}\"}");

    let batch = strict(block);
    assert_eq!((batch.accounting.records, batch.accounting.malformed()), (1, 2));
    assert_eq!(batch.accounting.samples[0].column, 16);
    assert_eq!(batch.accounting.reasons[Reason::Encoding as usize], 2);
}

#[test]
fn a_column_is_a_place_in_the_line_as_it_came() {
    assert_eq!(fault(&parse(b"{\"a\":\"\xff\xff\",}")), (Reason::Syntax, 11));
    assert_eq!(fault(&strict(b"{\"a\":\"\xff\xff\",}")), (Reason::Encoding, 7));
    assert_eq!(fault(&strict(b"{\"a\":,\"\xff\xff\"}")), (Reason::Syntax, 6));
    assert_eq!(fault(&parse(b"\0\0{\"a\":\"\xff\"")), (Reason::Truncated, 11));
    assert_eq!(fault(&strict(b"\0\0{\"a\":1}")), (Reason::Encoding, 1));
    let batch = parse(b"{}\n\n{\"a\"\n");
    assert_eq!((batch.accounting.samples[0].line, batch.accounting.samples[0].column), (3, 5));
}

#[test]
fn h2_lone_surrogates_in_keys_values_and_unread_places() {
    let batch = parse(br#"{"client_id":"a\ud800","\udc00":1,"message":"\ud83d\udcf1"}"#);
    assert_eq!((batch.accounting.records, batch.accounting.repaired), (1, 1));
    assert_eq!(only(&batch).client(), Some("a\u{fffd}"));
    assert_eq!(text(&batch, only(&batch).message()).as_deref(), Some("📱"));
}

#[test]
fn h3_h4_numbers_without_a_value_are_kept_as_they_stand() {
    let line = r#"{"a":1e999,"b":NaN,"c":-Infinity,"level":Infinity}"#;
    let found = fields(&["a", "b", "c"], line);
    assert_eq!(found.map_into(), ["1e999", "NaN", "-Infinity"]);
    let batch = parse(line.as_bytes());
    assert_eq!(batch.accounting.repaired, 1, "a record is counted once");
    assert_eq!(only(&batch).level_name(), Some("Infinity"));
    assert_eq!(fault(&strict(line.as_bytes())), (Reason::Nonfinite, 16));
}

/// `Vec<Option<String>>` to what tests compare.
trait MapInto {
    fn map_into(self) -> Vec<String>;
}

impl MapInto for Vec<Option<String>> {
    fn map_into(self) -> Vec<String> {
        self.into_iter().map(Option::unwrap_or_default).collect()
    }
}

#[test]
fn h5_depth_is_the_same_whether_the_field_is_read_or_not() {
    let nested =
        |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    let objects = |levels: usize| "{\"a\":".repeat(levels) + "1" + &"}".repeat(levels);
    for paths in [&[][..], &["a"], &["a.a.a"]] {
        let options = || Options { needs: needs(paths), ..Options::default() };
        for deep in [nested(128), objects(128)] {
            assert_eq!(parse_with(options(), deep.as_bytes()).accounting.records, 1);
        }
        let batch = parse_with(options(), nested(129).as_bytes());
        assert_eq!(fault(&batch), (Reason::Depth, 5 + 128));
        let batch = parse_with(options(), objects(129).as_bytes());
        assert_eq!(fault(&batch), (Reason::Depth, 5 * 128 + 1));
    }
}

#[test]
fn h6_the_last_of_equal_keys_wins() {
    let line = r#"{"message":"a","level":"INFO","mess\u0061ge":"b","x":{"y":1,"y":2},"x":{"z":3}}"#;
    let batch = parse(line.as_bytes());
    assert_eq!((batch.accounting.records, batch.accounting.duplicate_keys), (1, 1));
    assert_eq!(text(&batch, only(&batch).message()).as_deref(), Some("b"));
    assert_eq!(
        fields(&["x.y", "x.z", "x"], line),
        [None, Some("3".into()), Some("{\"z\":3}".into())]
    );
    let replaced = r#"{"x":{"y":{"z":1}},"x":{"y":7},"message":1,"message":null}"#;
    assert_eq!(fields(&["x.y.z", "x.y", "message"], replaced), [None, Some("7".into()), None]);
    assert_eq!(
        parse(br#"{"a":{"b":1},"b":{"a":1},"c":[{"a":1},{"a":1}]}"#).accounting.duplicate_keys,
        0
    );
    assert_eq!(parse(br#"{"a":[{"b":1,"\u0062":1}]}"#).accounting.duplicate_keys, 1);
}

#[test]
fn h6_keys_are_compared_in_objects_of_any_size() {
    for count in [2, 15, 16, 17, 18, 40, 1000] {
        let keys: Vec<String> =
            (0..count).map(|i| format!("\"k{i:04}\":{{\"k0000\":1}}")).collect();
        let line = |more: &str| format!("{{{},{more}\"z\":1}}", keys.join(","));
        assert_eq!(parse(line("").as_bytes()).accounting.duplicate_keys, 0, "{count}");
        for twice in ["\"k0000\":1,", "\"k00\\u003000\":1,\"k0\\u003000\":2,", "\"k0001\":[],"] {
            assert_eq!(parse(line(twice).as_bytes()).accounting.duplicate_keys, 1, "{count}");
        }
    }
}

#[test]
fn h7_byte_order_mark_and_nul_bytes_are_stripped() {
    let batch = parse(
        b"\xef\xbb\xbf\0\0{\"message\":\"a\"}\n\0{\"message\":\"b\"}\n\xef\xbb\xbf{}\n{\0}\n",
    );
    assert_eq!((batch.accounting.records, batch.accounting.repaired), (2, 2));
    assert_eq!(batch.accounting.reasons[Reason::Syntax as usize], 2);
    assert_eq!(batch.record(0).line(), "{\"message\":\"a\"}");

    let mut later = Batch::new(Seed(1), 0);
    later.first_line = 2;
    Parser::new(Options::default()).parse(b"\xef\xbb\xbf{}", &mut later);
    assert_eq!(later.accounting.malformed(), 1, "only a file has a byte order mark");
}

#[test]
fn h8_h9_line_ends_and_blank_lines() {
    let batch = parse(b"{}\r\n{}\r\r\n\r\n\n \t \r\n\0\0\n\r\r{\r}\r{\"a\":\r1}");
    assert_eq!(batch.accounting.records, 2);
    assert_eq!(batch.accounting.blank, 4);
    assert_eq!(batch.accounting.reasons[Reason::Trailing as usize], 1);
    assert_eq!(batch.record(0).line(), "{}");
    assert_eq!(parse(b"").accounting.lines, 0);
    assert_eq!(parse(b"\n").accounting.blank, 1);
    assert_eq!(parse(b"{}\n{}").accounting.lines, 2);
}

#[test]
fn h10_a_line_past_the_limit_is_oversize() {
    let options = || Options { max_line: 20, ..Options::default() };
    let block = b"{\"a\":\"0123456789ab\"}\r\n{\"a\":\"0123456789abc\"}\n{}\n\xff{\"a\":\"0123456789abc\"}\n\xff\n";
    let batch = parse_with(options(), block);
    let accounting = &batch.accounting;
    assert_eq!((accounting.records, accounting.oversize, accounting.malformed()), (2, 2, 1));
    assert_eq!(accounting.samples[0].line, 5);
    assert_eq!(accounting.bytes, block.len() as u64);
}

#[test]
fn a_line_is_as_long_as_it_came() {
    // Mending makes three bytes of one, and so a line that is longer than any may be.
    let line = b"{\"message\": \"\xff\xff\xff\"}";
    let options = |max_line| Options { max_line, ..Options::default() };
    for (max_line, oversize) in [(line.len(), 0), (line.len() - 1, 1)] {
        let batch = parse_with(options(max_line), line);
        let accounting = &batch.accounting;
        assert_eq!((accounting.records, accounting.oversize), (1 - oversize, oversize));
    }
}

#[test]
fn h11_h18_h19_giant_lines_take_neither_stack_nor_long() {
    let options = || Options { max_line: usize::MAX, ..Options::default() };
    let brackets = vec![b'['; 30_000_000];
    assert_eq!(fault(&parse_with(options(), &brackets)), (Reason::NotObject, 1));
    let deep = [&b"{\"a\":"[..], &brackets[..1_000_000]].concat();
    assert_eq!(fault(&parse_with(options(), &deep)).0, Reason::Depth);
    let keys: Vec<String> = (0..100_000).map(|i| format!("\"key{i:06}\":0")).collect();
    let mut line = format!("{{{}}}", keys.join(","));
    assert_eq!(parse_with(options(), line.as_bytes()).accounting.duplicate_keys, 0);
    line.truncate(line.len() - 1);
    line += ",\"key000000\":1}";
    assert_eq!(parse_with(options(), line.as_bytes()).accounting.duplicate_keys, 1);
}

#[test]
fn h21_other_files_are_all_malformed_and_told_of_briefly() {
    let utf16: Vec<u8> = "{\"message\":\"a\"}\n{\"message\":\"b\"}\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let batch = parse(&[&b"\xff\xfe"[..], &utf16].concat());
    assert_eq!((batch.accounting.records, batch.accounting.malformed()), (0, 2));
    let jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\n".repeat(50);
    let batch = parse(&jpeg);
    assert_eq!(batch.accounting.malformed(), 50);
    assert_eq!(batch.accounting.samples.len(), MAX_SAMPLES);
    let long = parse("é".repeat(300).as_bytes());
    assert_eq!(long.accounting.samples[0].text, "é".repeat(120));
}

#[test]
fn the_best_key_that_is_not_null_holds_a_field() {
    let batch = parse(br#"{"ts":"2026-01-01T00:00:00","timestamp":null,"severity":"error","level":"INFO","level":null,"msg":"m","event":"e","name":"n"}"#);
    let record = only(&batch);
    assert_eq!(record.timestamp().unwrap().to_string(), "2026-01-01T00:00:00.000Z");
    assert_eq!(record.level(), Some(Level::Error));
    assert_eq!(text(&batch, record.message()).as_deref(), Some("m"));
    assert_eq!(record.logger(), Some("n"));
}

#[test]
fn levels_of_every_kind_have_a_name() {
    for (raw, name) in [
        ("\"INFO\"", Some("INFO")),
        ("\" Warn\\t\"", Some("WARNING")),
        ("\"\\u0045rr\"", Some("ERROR")),
        ("\" NOTICE \"", Some("NOTICE")),
        ("\" N\\u004fTICE \"", Some("NOTICE")),
        ("\"\"", Some("")),
        ("30", Some("INFO")),
        ("5e1", Some("ERROR")),
        ("7", Some("7")),
        ("1e999", Some("1e999")),
        ("true", Some("true")),
        ("[1]", Some("[1]")),
        ("null", None),
    ] {
        let batch = parse(format!("{{\"level\":{raw}}}").as_bytes());
        assert_eq!(only(&batch).level_name(), name, "{raw}");
    }
}

#[test]
fn values_that_are_no_strings_are_shown_as_json() {
    let batch = parse(br#"{"message":{"a":[1, 2]},"exc_info":true,"session_id":12,"module":1.50,"logger":null,"client_id":{}}"#);
    let record = only(&batch);
    assert_eq!(text(&batch, record.message()).as_deref(), Some("{\"a\":[1, 2]}"));
    assert_eq!(text(&batch, record.exception()).as_deref(), Some("true"));
    assert_eq!(text(&batch, record.session()).as_deref(), Some("12"));
    assert_eq!(record.module(), Some("1.50"));
    assert_eq!((record.logger(), record.client()), (None, Some("{}")));
}

#[test]
fn a_record_without_a_readable_time_is_undated() {
    let batch = parse(b"{\"time\":\"then\"}\n{\"time\":true}\n{}\n{\"time\":1763791200}\n{\"time\":\"2026-11-22T06:00:00\\u002b01:00\"}");
    assert_eq!((batch.accounting.records, batch.accounting.undated), (5, 3));
    assert_eq!(batch.record(3).timestamp().unwrap().to_string(), "2025-11-22T06:00:00.000Z");
    assert_eq!(batch.record(4).timestamp().unwrap().to_string(), "2026-11-22T05:00:00.000Z");
    let options = Options { zone: Zone::Fixed(3600), ..Options::default() };
    let batch = parse_with(options, b"{\"time\":\"2026-11-22T06:00:00\"}");
    assert_eq!(only(&batch).timestamp().unwrap().to_string(), "2026-11-22T05:00:00.000Z");
}

#[test]
fn own_alerts_are_counted_and_no_more() {
    let block = format!(
        "{{\"logger\":\"{OWN_LOGGER}\",\"level\":\"ERROR\"}}\n{{\"logger\":\"ufo_l\\u006fgscan.alert\"}}\n{{\"logger\":\"ufo_logscan.probe\"}}"
    );
    let batch = parse(block.as_bytes());
    assert_eq!((batch.accounting.records, batch.accounting.own_alerts), (3, 2));
    assert_eq!(batch.accounting.undated, 1);
    assert_eq!(batch.records, [2]);
    assert_eq!(batch.record(0).level_name(), None);
}

#[test]
fn fields_are_raw_json() {
    let line =
        r#"{"level":"INFO","a":{"b":{"c":"x\n"},"d":null},"e":[{"b":1}],"a.b":5,"f": -1.0e3 }"#;
    assert_eq!(
        fields(&["level", "a.b", "a.b.c", "a.d", "a.d.e", "e.b", "e", "f", "g"], line).map_into(),
        ["\"INFO\"", "{\"c\":\"x\\n\"}", "\"x\\n\"", "", "", "", "[{\"b\":1}]", "-1.0e3", ""],
    );
}

#[test]
fn the_first_timestamp_is_that_of_the_first_dated_record() {
    let first = |bytes: &[u8]| first_timestamp(bytes, &Options::default()).map(|t| t.to_string());
    let dated = b"{\"ts\":\"2026-11-22T06:00:00\"}";
    let blocks =
        [&b"\xef\xbb\xbfgarbage\n\n{\"ts\":1e99}\n"[..], dated, b"\n{\"ts\":0}\n"].concat();
    assert_eq!(first(&blocks).as_deref(), Some("2026-11-22T06:00:00.000Z"));
    assert_eq!(
        first(&[b"\xef\xbb\xbf", &dated[..]].concat()).as_deref(),
        Some("2026-11-22T06:00:00.000Z")
    );
    assert_eq!(first(&dated[..dated.len() - 1]), None, "a cut line is no record");
    assert_eq!(first(b""), None);
}
