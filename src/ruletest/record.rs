//! The lines of a test: an object of TOML becomes one of JSON, repeated at times.

use serde_json::{Map, Number, Value};
use toml::de::DeValue;

use crate::record::Timestamp;

/// What stands for the number of the repetition, from 1.
const NUMBER: &str = "{{n}}";

/// The key of the time that is added to records.
const TIMESTAMP: &str = "timestamp";

/// A line, and when it comes.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    /// In microseconds from the start of the test.
    pub(super) at: i64,
    /// In microseconds from one repetition to the next.
    pub(super) every: i64,
    pub(super) times: i64,
    pub(super) text: Text,
}

/// What stands in a line.
#[derive(Debug, Clone)]
pub(super) enum Text {
    /// The members of an object of JSON, without its braces; whether it has a time of its own.
    Record(String, bool),
    /// The line itself.
    Raw(String),
}

impl Lines {
    /// When each of them comes, with its number.
    pub(super) fn times(&self) -> impl Iterator<Item = (i64, i64)> {
        (1..=self.times).map(|n| (self.at + self.every * (n - 1), n))
    }

    /// When the last of them comes; `None` if that is past all time.
    pub(super) fn last(&self) -> Option<i64> {
        self.every.checked_mul(self.times - 1)?.checked_add(self.at)
    }

    /// Appends a line to a block.
    pub(super) fn push(&self, n: i64, now: Timestamp, block: &mut Vec<u8>) {
        let number = n.to_string();
        let line = match &self.text {
            Text::Raw(line) => line.replace(NUMBER, &number),
            Text::Record(members, dated) => {
                let members = members.replace(NUMBER, &number);
                let comma = if members.is_empty() { "" } else { "," };
                if *dated {
                    format!("{{{members}}}")
                } else {
                    format!("{{\"{TIMESTAMP}\":\"{now}\"{comma}{members}}}")
                }
            }
        };
        block.extend_from_slice(line.as_bytes());
        block.push(b'\n');
    }
}

impl Text {
    /// A record; `None` if a number in it is none of JSON.
    pub(super) fn record(value: &DeValue<'_>) -> Option<Text> {
        let Value::Object(members) = json(value)? else { return None };
        let dated = members.contains_key(TIMESTAMP);
        let text = Value::Object(members).to_string();
        Some(Text::Record(text[1..text.len() - 1].to_owned(), dated))
    }
}

/// The value in JSON; a time is its text.
fn json(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(Number::from)?.into()
        }
        DeValue::Float(number) => Number::from_f64(number.as_str().parse().ok()?)?.into(),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(time) => Value::String(time.to_string()),
        DeValue::Array(values) => {
            let values = values.iter().map(|value| json(value.get_ref()));
            Value::Array(values.collect::<Option<_>>()?)
        }
        DeValue::Table(table) => {
            let member = |(key, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
                let key: &std::borrow::Cow<'_, str> = key.get_ref();
                Some((key.to_string(), json(value.get_ref())?))
            };
            Value::Object(table.iter().map(member).collect::<Option<Map<_, _>>>()?)
        }
    })
}
