//! RFC 8259, production by production, right and wrong (scenario H1), each as a value in a
//! record, in an array in it, and where nobody reads it.

use super::{fault, fields, parse, reference, strict};
use crate::record::Reason;

/// Values that are JSON.
const RIGHT: &[&str] = &[
    // Literals.
    "true",
    "false",
    "null",
    // Numbers: every optional part there and not there.
    "0",
    "-0",
    "7",
    "-7",
    "1234567890",
    "0.5",
    "-0.0",
    "1.25",
    "10.01",
    "1e5",
    "1E5",
    "1e+5",
    "1e-5",
    "0e0",
    "0E-0",
    "1.5e300",
    "-2.5E-3",
    "1e05",
    "20e1",
    // Integers beyond every machine's, and floats beyond them (H3).
    "123456789012345678901234567890",
    "-98765432109876543210",
    "1e999",
    "-1e999",
    "1e-999",
    "0.00000000000000000000000000000000000000000000000000000000000000000001",
    // Strings: each escape, each range of characters.
    r#""""#,
    r#"" ""#,
    r#""a""#,
    r#""\"""#,
    r#""\\""#,
    r#""\/""#,
    r#""/""#,
    r#""\b\f\n\r\t""#,
    r#""\u0000""#,
    r#""\u001f""#,
    r#""\u00e9""#,
    r#""\uABCD""#,
    r#""\uabcd""#,
    r#""\u0022""#,
    r#""\u005c""#,
    r#""\uFFFF""#,
    r#""\ud83d\udcf1""#,
    r#""\uDBFF\uDFFF""#,
    r#""\\u0041""#,
    r#""\\\"""#,
    r#""é""#,
    r#""📱""#,
    "\"\u{7f}\"",
    "\"\u{80}\"",
    "\"\u{2028}\u{2029}\"",
    "\"\u{feff}\"",
    "\"\u{fffe}\"",
    "\"\u{10ffff}\"",
    r#""// /* no comment */""#,
    r#""'""#,
    r#""{[,:]}""#,
    r#""NaN""#,
    // Long ones, so that runs of eight bytes are met at every offset.
    r#""0123456789abcdef0123456789abcdef0""#,
    r#""01234567\n9abcdef\"1234567""#,
    // Arrays.
    "[]",
    "[ ]",
    "[1]",
    "[1,2]",
    "[ 1 , 2 ]",
    "[[]]",
    "[[],[]]",
    "[{}]",
    "[null,true,\"\",{}]",
    "[\t1\r,\t2 ]",
    // Objects.
    "{}",
    "{ }",
    r#"{"a":1}"#,
    r#"{"a":1,"b":2}"#,
    r#"{ "a" : 1 , "b" : 2 }"#,
    r#"{"":""}"#,
    r#"{"a":{}}"#,
    r#"{"a":[{"a":[]}]}"#,
    r#"{"\u0061":1}"#,
    "{\t\"a\"\r:\t1}",
];

/// Values that are not, why, and at which offset.
const WRONG: &[(&str, Reason, usize)] = &[
    // Nothing, and what only looks like a literal.
    ("", Reason::Syntax, 0),
    ("True", Reason::Syntax, 0),
    ("nul", Reason::Syntax, 0),
    ("nulll", Reason::Syntax, 4),
    ("undefined", Reason::Syntax, 0),
    ("nan", Reason::Syntax, 0),
    ("inf", Reason::Syntax, 0),
    ("Infinit", Reason::Syntax, 0),
    ("a", Reason::Syntax, 0),
    ("*", Reason::Syntax, 0),
    ("\u{c}1", Reason::Syntax, 0),
    ("\u{b}", Reason::Syntax, 0),
    ("\u{a0}1", Reason::Syntax, 0),
    ("\u{feff}1", Reason::Syntax, 0),
    ("\0", Reason::Syntax, 0),
    ("1\0", Reason::Syntax, 1),
    ("1 2", Reason::Syntax, 2),
    ("// x", Reason::Syntax, 0),
    ("/**/1", Reason::Syntax, 0),
    ("1/**/", Reason::Syntax, 1),
    // Numbers.
    ("00", Reason::Number, 1),
    ("01", Reason::Number, 1),
    ("-01", Reason::Number, 2),
    ("-", Reason::Number, 1),
    ("--1", Reason::Number, 1),
    ("- 1", Reason::Number, 1),
    ("+1", Reason::Number, 0),
    ("+Infinity", Reason::Number, 0),
    (".5", Reason::Number, 0),
    ("-.5", Reason::Number, 1),
    ("1.", Reason::Number, 2),
    ("1.e5", Reason::Number, 2),
    ("1.5.5", Reason::Number, 3),
    ("1e", Reason::Number, 2),
    ("1e+", Reason::Number, 3),
    ("1e+-5", Reason::Number, 3),
    ("1e5.5", Reason::Number, 3),
    ("1e5e5", Reason::Number, 3),
    ("0x1f", Reason::Number, 1),
    ("1_000", Reason::Number, 1),
    ("1a", Reason::Number, 1),
    ("1+2", Reason::Number, 1),
    ("-NaN", Reason::Number, 1),
    ("-Infinit", Reason::Syntax, 0),
    ("\u{ff11}", Reason::Syntax, 0),
    // Strings.
    ("'a'", Reason::Syntax, 0),
    ("\"\t\"", Reason::ControlCharacter, 1),
    ("\"a\u{0}b\"", Reason::ControlCharacter, 2),
    ("\"0123456789\u{1f}\"", Reason::ControlCharacter, 11),
    ("\"a\rb\"", Reason::ControlCharacter, 2),
    ("\"\u{1b}[2J\"", Reason::ControlCharacter, 1),
    (r#""\a""#, Reason::Escape, 1),
    (r#""\x41""#, Reason::Escape, 1),
    (r#""\0""#, Reason::Escape, 1),
    (r#""\'""#, Reason::Escape, 1),
    (r#""\ ""#, Reason::Escape, 1),
    (r#""\U0041""#, Reason::Escape, 1),
    (r#""\u""#, Reason::Escape, 1),
    (r#""\u004""#, Reason::Escape, 1),
    (r#""\u00g0""#, Reason::Escape, 1),
    (r#""\u 041""#, Reason::Escape, 1),
    (r#""\u-041""#, Reason::Escape, 1),
    (r#""\u{41}""#, Reason::Escape, 1),
    (r#""\ud83d\u12""#, Reason::Escape, 7),
    (r#""\é""#, Reason::Escape, 1),
    (r#""a"b"#, Reason::Syntax, 3),
    (r#""a" "b""#, Reason::Syntax, 4),
    // Arrays.
    ("[,]", Reason::Syntax, 1),
    ("[1,]", Reason::Syntax, 3),
    ("[,1]", Reason::Syntax, 1),
    ("[1,,2]", Reason::Syntax, 3),
    ("[1 2]", Reason::Syntax, 3),
    ("[1:2]", Reason::Syntax, 2),
    ("[1}", Reason::Syntax, 2),
    ("[\"a\":1]", Reason::Syntax, 4),
    ("]", Reason::Syntax, 0),
    ("[]]", Reason::Syntax, 2),
    // Objects.
    ("{,}", Reason::Syntax, 1),
    (r#"{"a"}"#, Reason::Syntax, 4),
    (r#"{"a":}"#, Reason::Syntax, 5),
    (r#"{"a",1}"#, Reason::Syntax, 4),
    (r#"{"a" 1}"#, Reason::Syntax, 5),
    (r#"{"a"::1}"#, Reason::Syntax, 5),
    (r#"{"a"=1}"#, Reason::Syntax, 4),
    (r#"{"a":1,}"#, Reason::Syntax, 7),
    (r#"{"a":1,,"b":2}"#, Reason::Syntax, 7),
    (r#"{"a":1 "b":2}"#, Reason::Syntax, 7),
    (r#"{"a":1;"b":2}"#, Reason::Syntax, 6),
    (r#"{"a":1]"#, Reason::Syntax, 6),
    ("{a:1}", Reason::Syntax, 1),
    ("{'a':1}", Reason::Syntax, 1),
    ("{1:1}", Reason::Syntax, 1),
    ("{null:1}", Reason::Syntax, 1),
    ("{[]:1}", Reason::Syntax, 1),
    ("{{}}", Reason::Syntax, 1),
    (r#"{"a\x":1}"#, Reason::Escape, 3),
];

/// Values that JSON does not have, or only just, and that are mended.
const MENDED: &[(&str, Reason)] = &[
    ("NaN", Reason::Nonfinite),
    ("Infinity", Reason::Nonfinite),
    ("-Infinity", Reason::Nonfinite),
    (r#""\ud800""#, Reason::Encoding),
    (r#""\udfff""#, Reason::Encoding),
    (r#""a\uDC00\uD800b""#, Reason::Encoding),
    (r#""\ud83dx\udcf1""#, Reason::Encoding),
    (r#""\ud83d\ud83d\udcf1""#, Reason::Encoding),
    (r#""\ud83d\n""#, Reason::Encoding),
    (r#"{"\ud800":1}"#, Reason::Encoding),
    (r#"{"a":[NaN]}"#, Reason::Nonfinite),
];

/// A line around a value, and where the value stands.
fn lines(value: &str) -> [(String, usize); 4] {
    [
        (r#"{"x":"#, "}"),
        (r#"{"message": "#, r#" , "level":"INFO"}"#),
        (r#"{"x":[0,"#, "]}"),
        (r#" {"x":{"y":"#, "}}  "),
    ]
    .map(|(before, after)| (format!("{before}{value}{after}"), before.len()))
}

#[test]
fn what_is_json_is_a_record() {
    for value in RIGHT {
        for (line, _) in lines(value) {
            for batch in [parse(line.as_bytes()), strict(line.as_bytes())] {
                assert_eq!(batch.accounting.records, 1, "{line}");
                assert_eq!(batch.accounting.repaired, 0, "{line}");
            }
            assert!(reference::read(line.as_bytes(), true).is_some(), "{line}");
        }
        let raw = (*value != "null").then(|| (*value).to_owned());
        assert_eq!(fields(&["x"], &lines(value)[0].0), [raw]);
    }
}

#[test]
fn what_is_not_is_refused_where_it_is_wrong() {
    for (value, reason, at) in WRONG {
        for (line, start) in lines(value) {
            if line.starts_with(r#"{"x":[0,"#) && *value == "[]]" {
                continue; // It closes the array around it: another mistake.
            }
            assert_eq!(reference::read(line.as_bytes(), false), None, "{line}");
            let found = fault(&parse(line.as_bytes()));
            let spaced =
                line[start + at..].len() - line[start + at..].trim_start_matches(' ').len();
            let column = (start + at + 1) as u64;
            assert_eq!(found.0, *reason, "{line}");
            let close = column..=column + spaced as u64;
            assert!(close.contains(&found.1), "{line}: column {} for {column}", found.1);
        }
    }
}

#[test]
fn what_is_badly_encoded_is_mended_or_refused_when_strict() {
    for (value, reason) in MENDED {
        for (line, _) in lines(value) {
            let batch = parse(line.as_bytes());
            assert_eq!((batch.accounting.records, batch.accounting.repaired), (1, 1), "{line}");
            assert_eq!(fault(&strict(line.as_bytes())).0, *reason, "{line}");
        }
    }
}

#[test]
fn a_line_cut_anywhere_is_truncated() {
    let line = r#" {"a": [1.5e+3, "x\u00e9\n\ud83d\udcf1", {"b": [], "c": {}}], "d": true, "e": -0.1, "f": null, "g": -Infinity, "h": NaN}"#;
    assert_eq!(parse(line.as_bytes()).accounting.records, 1);
    for end in 2..line.len() {
        let cut = &line[..end];
        let (reason, column) = fault(&parse(cut.as_bytes()));
        assert_eq!((reason, column), (Reason::Truncated, end as u64 + 1), "{cut}");
    }
}

#[test]
fn only_an_object_is_a_record() {
    for (line, reason, column) in [
        ("[]", Reason::NotObject, 1),
        ("  [1,2]", Reason::NotObject, 3),
        ("[", Reason::NotObject, 1),
        ("\"text\"", Reason::NotObject, 1),
        ("12 ", Reason::NotObject, 1),
        ("-1.5e3", Reason::NotObject, 1),
        (" true", Reason::NotObject, 2),
        ("false", Reason::NotObject, 1),
        ("null", Reason::NotObject, 1),
        ("NaN", Reason::NotObject, 1),
        ("2026-11-22 06:11:54 - root - INFO - started", Reason::Syntax, 1),
        ("Traceback (most recent call last):", Reason::Syntax, 1),
        ("  File \"x.py\", line 1", Reason::Syntax, 3),
        ("}", Reason::Syntax, 1),
        (",", Reason::Syntax, 1),
        ("{}{}", Reason::Trailing, 3),
        ("{} {}", Reason::Trailing, 4),
        ("{}x", Reason::Trailing, 3),
        ("{},", Reason::Trailing, 3),
        ("{}}", Reason::Trailing, 3),
        ("{} \0", Reason::Trailing, 4),
        ("{}\u{feff}", Reason::Trailing, 3),
    ] {
        assert_eq!(fault(&parse(line.as_bytes())), (reason, column), "{line}");
    }
}
