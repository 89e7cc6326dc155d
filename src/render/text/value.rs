//! Figures in words: labels from names, and values with their units.

use crate::escape::terminal;
use crate::record::{Timestamp, Zone};
use crate::summary::Value;

/// A value as people read it; text from the log is masked and escaped.
pub(in crate::render) fn text(value: &Value, zone: Zone) -> String {
    match value {
        Value::Int(n) => n.to_string(),
        Value::Float(n) => float(*n),
        Value::Ratio(share) => percent(*share),
        Value::Seconds(n) => duration(*n),
        Value::Millis(n) if n.is_finite() => format!("{n:.2} ms"),
        Value::Time(time) if time.is_some() => {
            let suffix = zone.suffix(time.micros().div_euclid(1_000_000));
            format!("{}{suffix}", moment(*time, zone))
        }
        Value::Bool(truth) => if *truth { "yes" } else { "no" }.to_owned(),
        Value::Text(logged) => terminal(logged).into_owned(),
        Value::Rest(name) => (*name).to_owned(),
        Value::Null | Value::Time(_) | Value::Millis(_) => UNKNOWN.to_owned(),
    }
}

const UNKNOWN: &str = "unknown";

/// A value in a cell of a table, where what is not known takes little room.
pub(in crate::render) fn cell(value: &Value, zone: Zone) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Time(time) if time.is_some() => moment(*time, zone),
        value => text(value, zone),
    }
}

/// The value of a key, where none is a group of its own.
pub(in crate::render) fn key(value: &Value, zone: Zone) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        value => cell(value, zone),
    }
}

/// Two decimals, none where the number is whole, more where it is small.
fn float(n: f64) -> String {
    let size = n.abs();
    if !n.is_finite() {
        UNKNOWN.to_owned()
    } else if size >= 1e15 || (size > 0.0 && size < 1e-6) {
        format!("{n:.2e}")
    } else if n.fract() == 0.0 {
        format!("{n:.0}")
    } else if size < 0.1 {
        // No smaller than 1e-6: at most five zeros stand before the first digit.
        let zeros = (1..6).take_while(|zeros| size < 0.1_f64.powi(*zeros)).count();
        format!("{n:.*}", zeros + 2)
    } else {
        format!("{n:.2}")
    }
}

/// One decimal; a share that is nearly nothing or nearly all does not look as if it were.
pub(in crate::render) fn percent(share: f64) -> String {
    if !share.is_finite() {
        UNKNOWN.to_owned()
    } else if share > 0.0 && share < 0.0005 {
        "<0.1%".to_owned()
    } else if (0.9995..1.0).contains(&share) {
        ">99.9%".to_owned()
    } else {
        format!("{:.1}%", share * 100.0)
    }
}

/// Seconds with two decimals; from two minutes on, the two largest units.
fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return UNKNOWN.to_owned();
    }
    if seconds.abs() < 120.0 {
        return format!("{seconds:.2} s");
    }
    let sign = if seconds < 0.0 { "-" } else { "" };
    let whole = whole(seconds.abs());
    match whole {
        0..3600 => format!("{sign}{}m {:02}s", whole / 60, whole % 60),
        3600..86_400 => format!("{sign}{}h {:02}m", whole / 3600, whole / 60 % 60),
        _ => format!("{sign}{}d {:02}h", whole / 86_400, whole / 3600 % 24),
    }
}

/// A date and time to the second.
pub(in crate::render) fn moment(time: Timestamp, zone: Zone) -> String {
    let civil = time.civil(&zone);
    format!("{} {}:{:02}", date(time, zone), clock(time, zone), civil.second)
}

/// A date.
pub(in crate::render) fn date(time: Timestamp, zone: Zone) -> String {
    let civil = time.civil(&zone);
    format!("{:04}-{:02}-{:02}", civil.year, civil.month, civil.day)
}

/// A time of day to the minute.
pub(in crate::render) fn clock(time: Timestamp, zone: Zone) -> String {
    let civil = time.civil(&zone);
    format!("{:02}:{:02}", civil.hour, civil.minute)
}

/// Whether a day begins then: at midnight, or later where a clock change skips midnight.
pub(in crate::render) fn begins_day(time: Timestamp, zone: Zone) -> bool {
    let before = Timestamp::from_micros(time.micros().saturating_sub(1));
    let civil = time.civil(&zone);
    (civil.hour, civil.minute, civil.second) == (0, 0, 0) || date(before, zone) != date(time, zone)
}

/// Whether a value says that there was nothing.
pub(in crate::render) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Int(0) | Value::Bool(false) => true,
        Value::Float(n) | Value::Ratio(n) | Value::Seconds(n) | Value::Millis(n) => *n == 0.0,
        Value::Time(time) => !time.is_some(),
        Value::Text(text) => text.is_empty(),
        Value::Int(_) | Value::Bool(true) | Value::Rest(_) => false,
    }
}

/// A count, for bars; 0 for what is none.
pub(in crate::render) fn count(value: Option<&Value>) -> u64 {
    match value {
        Some(Value::Int(n)) => u64::try_from(*n).unwrap_or(0),
        Some(Value::Float(n)) => whole(*n),
        _ => 0,
    }
}

/// The nearest whole number from 0 on; 0 for what is no number.
#[allow(clippy::cast_sign_loss, reason = "the cast saturates at 0, which is meant")]
fn whole(n: f64) -> u64 {
    n.round() as u64
}

/// `records_per_second` as `Records per second`; a unit that the value shows, or that nothing is
/// measured in, is left out.
pub(in crate::render) fn label(name: &str, value: Option<&Value>) -> String {
    let unit = match value {
        Some(Value::Seconds(_) | Value::Null) => "_seconds",
        Some(Value::Millis(_)) => "_ms",
        _ => "",
    };
    let name = name.strip_suffix(unit).unwrap_or(name);
    let words = name.replace(['_', '.'], " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &Value) -> String {
        text(value, Zone::Utc)
    }

    #[test]
    fn values_have_units() {
        let time = Timestamp::from_text("2026-11-22T06:11:54.5Z", &Zone::Utc).unwrap();
        for (value, meant) in [
            (Value::Null, "unknown"),
            (Value::Int(-3), "-3"),
            (Value::Float(2.0), "2"),
            (Value::Float(12.346), "12.35"),
            (Value::Float(0.00333), "0.0033"),
            (Value::Float(-0.05), "-0.050"),
            (Value::Float(1e300), "1.00e300"),
            (Value::Float(f64::NAN), "unknown"),
            (Value::Ratio(0.142), "14.2%"),
            (Value::Ratio(0.0), "0.0%"),
            (Value::Ratio(0.0001), "<0.1%"),
            (Value::Ratio(0.9999), ">99.9%"),
            (Value::Ratio(1.0), "100.0%"),
            (Value::Seconds(1.234), "1.23 s"),
            (Value::Seconds(125.0), "2m 05s"),
            (Value::Seconds(7384.2), "2h 03m"),
            (Value::Seconds(90_000.0), "1d 01h"),
            (Value::Millis(12.3), "12.30 ms"),
            (Value::Millis(f64::INFINITY), "unknown"),
            (Value::Time(time), "2026-11-22 06:11:54Z"),
            (Value::Time(Timestamp::NONE), "unknown"),
            (Value::Bool(true), "yes"),
            (Value::text("a\nb"), "a\\nb"),
        ] {
            assert_eq!(shown(&value), meant, "{value:?}");
        }
        let zone = "+05:45".parse().unwrap();
        assert_eq!(text(&Value::Time(time), zone), "2026-11-22 11:56:54+05:45");
    }

    #[test]
    fn labels_are_words() {
        assert_eq!(label("records_per_second", None), "Records per second");
        assert_eq!(label("oldest_open_seconds", Some(&Value::Seconds(1.0))), "Oldest open");
        assert_eq!(label("oldest_open_seconds", Some(&Value::Null)), "Oldest open");
        assert_eq!(label("session.p95", Some(&Value::Null)), "Session p95");
        assert_eq!(label("", None), "");
    }
}
