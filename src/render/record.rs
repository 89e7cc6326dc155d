//! A record of a log once more, so that anybody may read and show it: valid JSON on one line.
//!
//! Texts are mended, what could steer a terminal or deceive a reader is escaped, and secrets are
//! masked, also those that only their key gives away. Keys keep their order and numbers their
//! digits; of a key that is there twice the last value stays, as parsers have it. It must not know
//! what a field means.

use std::collections::BTreeMap;

use crate::escape::{json_quoted, json_string, mask};
use crate::record::unescaped;

/// Appends a record, with a line feed behind it. `line` is one that was accepted as a record,
/// mended: what is no JSON in it is `NaN` and its like, which become `null`.
pub fn json(line: &str, out: &mut Vec<u8>) {
    let mut walk = Walk { rest: line.trim_matches(is_space) };
    let mut text = String::with_capacity(line.len() + 16);
    walk.value(&mut text, false);
    text.push('\n');
    out.extend_from_slice(text.as_bytes());
}

/// Goes over valid JSON, which is nested no deeper than parsers allow. Over anything else it goes
/// in some way, but never for ever.
struct Walk<'a> {
    rest: &'a str,
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

impl<'a> Walk<'a> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches(is_space);
    }

    fn take(&mut self, sign: char) -> bool {
        self.skip_space();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Appends a value; what a secret's key announces is masked unless it holds further keys.
    fn value(&mut self, out: &mut String, secret: bool) {
        self.skip_space();
        match self.rest.as_bytes().first() {
            Some(b'{') => self.object(out),
            Some(b'[') => self.array(out, secret),
            Some(b'"') => {
                let inside = self.string();
                if secret && !inside.is_empty() {
                    out.push_str("\"***\"");
                } else {
                    json_string(&unescaped(inside), out);
                }
            }
            _ => self.bare(out, secret),
        }
    }

    /// A number, or a word.
    fn bare(&mut self, out: &mut String, secret: bool) {
        let end = |c: char| is_space(c) || matches!(c, ',' | ']' | '}' | ':' | '"' | '[' | '{');
        let length = self.rest.find(end).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        let number = word.as_bytes().last().is_some_and(u8::is_ascii_digit);
        match word {
            _ if secret && number => out.push_str("\"***\""),
            "true" | "false" => out.push_str(word),
            _ if number => out.push_str(word),
            _ => out.push_str("null"),
        }
    }

    /// The inside of the string here.
    fn string(&mut self) -> &'a str {
        let inside = self.rest.get(1..).unwrap_or("");
        let mut escaped = false;
        let end = inside.bytes().position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        });
        let end = end.unwrap_or(inside.len());
        self.rest = inside.get(end + 1..).unwrap_or("");
        &inside[..end]
    }

    fn array(&mut self, out: &mut String, secret: bool) {
        self.take('[');
        out.push('[');
        let mut begun = false;
        while !self.rest.is_empty() && !self.take(']') {
            if std::mem::replace(&mut begun, true) {
                out.push(',');
            }
            let before = self.rest.len();
            self.value(out, secret);
            self.take(',');
            if self.rest.len() == before {
                return out.push(']');
            }
        }
        out.push(']');
    }

    fn object(&mut self, out: &mut String) {
        self.take('{');
        // The places of keys; of one that comes again the first place, and the last value.
        let mut members: Vec<(String, String)> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        while !self.rest.is_empty() && !self.take('}') {
            let before = self.rest.len();
            let key = unescaped(self.string());
            self.take(':');
            let mut value = String::new();
            self.value(&mut value, is_secret(&key));
            self.take(',');
            // A secret may stand in a key; those that are the same without it are one.
            let key = mask(&key).into_owned();
            if let Some(&place) = places.get(&key) {
                members[place].1 = value;
            } else {
                places.insert(key.clone(), members.len());
                members.push((key, value));
            }
            if self.rest.len() == before {
                break;
            }
        }
        out.push('{');
        for (at, (key, value)) in members.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            json_quoted(key, out);
            out.push(':');
            out.push_str(value);
        }
        out.push('}');
    }
}

/// Whether a key names a secret.
fn is_secret(key: &str) -> bool {
    key.len() < 128 && mask(&format!("{key}=x")).ends_with("=***")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn encoded(line: &str) -> String {
        let mut out = Vec::new();
        json(line, &mut out);
        let text = String::from_utf8(out).unwrap();
        text.strip_suffix('\n').unwrap().to_owned()
    }

    #[test]
    fn records_are_valid_again() {
        for (line, meant) in [
            (r#" { "a" : 1 , "b" : [ true , null , { } ] } "#, r#"{"a":1,"b":[true,null,{}]}"#),
            (r#"{"a":NaN,"b":-Infinity,"c":[Infinity]}"#, r#"{"a":null,"b":null,"c":[null]}"#),
            (
                r#"{"a":1e999,"b":-0,"c":12345678901234567890}"#,
                r#"{"a":1e999,"b":-0,"c":12345678901234567890}"#,
            ),
            (r#"{"a":"\ud800x\u202e\u001b[2J"}"#, r#"{"a":"�x\u202e\u001b[2J"}"#),
            ("{\"a\u{202e}\":\"b\u{9b}\",\"b\":1}", r#"{"a\u202e":"b\u009b","b":1}"#),
            (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
            (r#"{"a":{"x":1,"\u0078":2}}"#, r#"{"a":{"x":2}}"#),
            (r#"{"\/":"\/é"}"#, r#"{"/":"/é"}"#),
            ("{}\t", "{}"),
        ] {
            assert_eq!(encoded(line), meant, "{line}");
            assert!(serde_json::from_str::<&serde_json::value::RawValue>(&encoded(line)).is_ok());
        }
    }

    #[test]
    fn secrets_are_masked_by_text_and_by_key() {
        let line = r#"{"message":"GET /ws?token=abc","password":"x","token":17,"api_key":{"secret":["a",1]},"tokens":5,"secret":null}"#;
        let meant = r#"{"message":"GET /ws?token=***","password":"***","token":"***","api_key":{"secret":["***","***"]},"tokens":5,"secret":null}"#;
        assert_eq!(encoded(line), meant);
        let line = r#"{"GET /ws?token=abc":1,"x":{"GET /ws?token=def":2,"GET /ws?token=g":3}}"#;
        let meant = r#"{"GET /ws?token=***":"***","x":{"GET /ws?token=***":"***"}}"#;
        assert_eq!(encoded(line), meant);
    }

    #[test]
    fn what_is_no_json_ends() {
        for line in ["", "{", "[", "{\"", "{\"a", "{\"a\":", "{a}", "[}", "{]", "{{{", "é", "{,,"]
        {
            let _ = encoded(line);
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(|text| mask(&text).into_owned().into()),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("\\PC{0,6}|[\\x00-\\x20\"\\\\]{1,3}", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_says_the_same(value in value()) {
            let line = value.to_string();
            let text = encoded(&line);
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
            prop_assert_eq!(encoded(&text), text.as_str());
            prop_assert!(!text.chars().any(char::is_control));
        }

        #[test]
        fn any_text_ends(text in "[\\[\\]{},:\"\\\\a1 é]{0,40}") {
            let _ = encoded(&text);
        }
    }
}
