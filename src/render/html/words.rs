//! Figures in words on a page: as in text, with digits in groups of three.

use crate::record::Zone;
use crate::render::text::value;
use crate::summary::Value;

pub(super) use crate::render::text::value::{is_nothing, label};

/// A value as people read it.
pub(super) fn text(value: &Value, zone: Zone) -> String {
    match value {
        Value::Int(n) => grouped(*n),
        Value::Null => "–".to_owned(),
        value => value::text(value, zone),
    }
}

/// A value in a cell of a table, where times have no zone.
pub(super) fn cell(value: &Value, zone: Zone) -> String {
    match value {
        Value::Int(_) | Value::Null => text(value, zone),
        value => value::cell(value, zone),
    }
}

/// The name of a row or a group.
pub(super) fn key(value: &Value, zone: Zone) -> String {
    match value {
        Value::Int(n) => n.to_string(),
        value => value::key(value, zone),
    }
}

/// What a zone is called.
pub(super) fn zone(zone: Zone) -> String {
    match zone {
        Zone::Utc => "UTC".to_owned(),
        Zone::Fixed(_) => format!("UTC{}", zone.suffix(0)),
        Zone::Named(named) => named.name().to_owned(),
    }
}

/// Another number of the kind of a value, in words.
pub(super) fn like(value: &Value, number: f64, zone: Zone) -> String {
    text(&with_number(value, number), zone)
}

/// How numbers of the kind of a value are told on an axis.
pub(super) fn axis(value: &Value) -> fn(f64) -> String {
    match value {
        Value::Ratio(_) => |n| {
            let percent = n * 100.0;
            if percent.fract().abs() < 1e-9 {
                format!("{percent:.0}%")
            } else {
                format!("{percent:.1}%")
            }
        },
        Value::Seconds(_) => |n| value::text(&Value::Seconds(n), Zone::Utc),
        Value::Millis(_) => |n| value::text(&Value::Millis(n), Zone::Utc),
        _ => whole,
    }
}

/// A count on an axis, where halves are no counts.
pub(super) fn whole(n: f64) -> String {
    if n.fract() == 0.0 { count(n) } else { String::new() }
}

/// A count, or half of one.
pub(super) fn count(n: f64) -> String {
    if n.fract() == 0.0 && n.abs() < 1e15 {
        grouped(n as i64)
    } else {
        value::text(&Value::Float(n), Zone::Utc)
    }
}

fn with_number(value: &Value, number: f64) -> Value {
    match value {
        Value::Ratio(_) => Value::Ratio(number),
        Value::Seconds(_) => Value::Seconds(number),
        Value::Millis(_) => Value::Millis(number),
        Value::Int(_) if number.fract() == 0.0 => Value::Int(number as i64),
        _ => Value::Float(number),
    }
}

/// The number of a value, where it is a finite one and no time.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Float(n) | Value::Ratio(n) | Value::Seconds(n) | Value::Millis(n) => {
            n.is_finite().then_some(*n)
        }
        _ => None,
    }
}

/// What a table is sorted by.
pub(super) fn rank(value: &Value) -> Option<String> {
    match value {
        Value::Time(time) if time.is_some() => Some(time.micros().to_string()),
        value => number(value).map(|number| number.to_string()),
    }
}

/// A heading without the picture before it: fonts differ too much in what they make of these.
pub(super) fn plain(heading: &str) -> String {
    let is_picture = |c: char| !c.is_ascii() && !c.is_alphabetic();
    heading.trim_start_matches(|c: char| is_picture(c) || c == ' ').to_owned()
}

/// Digits in groups of three, with narrow spaces that do not break.
fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut text = if n < 0 { "-".to_owned() } else { String::new() };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_easily() {
        for (n, meant) in [
            (0, "0"),
            (999, "999"),
            (1000, "1\u{202f}000"),
            (-1_234_567, "-1\u{202f}234\u{202f}567"),
        ] {
            assert_eq!(grouped(n), meant);
        }
        assert_eq!(axis(&Value::Ratio(0.0))(0.1), "10%");
        assert_eq!(axis(&Value::Int(0))(2.5), "");
        assert_eq!(plain("⚠️ Top Errors/Warnings"), "Top Errors/Warnings");
        assert_eq!(plain("Ärger"), "Ärger");
    }
}
