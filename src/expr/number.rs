//! Numbers as expressions write them: plain, as percentages, as durations.

const MILLI: i64 = 1_000;
const SECOND: i64 = 1_000 * MILLI;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The units of durations in microseconds, greatest first.
const UNITS: [(&str, i64); 5] =
    [("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND), ("ms", MILLI)];

/// Reads a duration in microseconds: whole numbers with their units, the greater unit first.
/// `None` if the text is none or the duration is past 292,000 years.
///
/// ```
/// use ufo_logscan::expr::parse_duration;
/// assert_eq!(parse_duration("250ms"), Some(250_000));
/// assert_eq!(parse_duration("1h30m"), Some(5_400_000_000));
/// assert_eq!(parse_duration("7d"), Some(604_800_000_000));
/// assert_eq!(parse_duration("30m1h"), None);
/// assert_eq!(parse_duration("90"), None);
/// ```
#[must_use]
pub fn parse_duration(text: &str) -> Option<i64> {
    let mut total = 0_i64;
    let mut units = UNITS.iter();
    let mut rest = text;
    loop {
        let (digits, tail) = split_where(rest, |c| !c.is_ascii_digit());
        let (name, tail) = split_where(tail, |c| c.is_ascii_digit());
        // The iterator goes on behind the last unit, so each unit comes once and in order.
        let (_, unit) = units.find(|(unit, _)| *unit == name)?;
        total = total.checked_add(digits.parse::<i64>().ok()?.checked_mul(*unit)?)?;
        if tail.is_empty() {
            return Some(total);
        }
        rest = tail;
    }
}

fn split_where(text: &str, stop: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(stop).unwrap_or(text.len()))
}

/// A duration of whole milliseconds, from its microseconds, as [`parse_duration`] reads it; what
/// is not positive is `0s`.
#[must_use]
pub fn duration_text(micros: i64) -> String {
    let mut rest = micros;
    let mut text = String::new();
    for (name, unit) in UNITS {
        if rest >= unit {
            text += &(rest / unit).to_string();
            text += name;
            rest %= unit;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Reads a literal: a number, a percentage as hundredths, a duration as seconds.
pub(super) fn parse_number(text: &str) -> Option<f64> {
    parse_share(text).or_else(|| Some(parse_duration(text)? as f64 / SECOND as f64))
}

/// Reads a number or percentage, but no duration.
pub(super) fn parse_share(text: &str) -> Option<f64> {
    match text.strip_suffix('%') {
        Some(percent) => Some(json_number(percent)? / 100.0),
        None => json_number(text),
    }
}

/// Reads a text that is a number in JSON and can be held.
pub(super) fn json_number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let all_digits = [whole, fraction, exponent]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    if !all_digits || whole.len() > 1 && whole.starts_with('0') {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Windows that people ask for, up to a day, ascending; each divides it.
const USUAL_WINDOWS: [&str; 35] = [
    "1ms", "2ms", "5ms", "10ms", "20ms", "50ms", "100ms", "200ms", "250ms", "500ms", "1s", "2s",
    "5s", "10s", "15s", "20s", "30s", "1m", "2m", "3m", "5m", "6m", "8m", "10m", "12m", "15m",
    "20m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d",
];

/// Whether windows of this length fall into step with midnight.
pub(super) fn is_window(micros: i64) -> bool {
    micros > 0 && (DAY % micros == 0 || micros % DAY == 0)
}

/// The usual windows next to a length that is none, as advice.
pub(super) fn near_windows(micros: i64) -> String {
    if micros > DAY {
        let below = micros / DAY * DAY;
        let above = duration_text(below.saturating_add(DAY));
        return format!("`{}` or `{above}`", duration_text(below));
    }
    let after = USUAL_WINDOWS.partition_point(|window| parse_duration(window) < Some(micros));
    let near: Vec<String> = USUAL_WINDOWS[after.saturating_sub(1)..]
        .iter()
        .take(if after == 0 { 1 } else { 2 })
        .map(|window| format!("`{window}`"))
        .collect();
    near.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_exact() {
        for (text, micros) in [
            ("0s", Some(0)),
            ("250ms", Some(250_000)),
            ("2s", Some(2_000_000)),
            ("5m", Some(300_000_000)),
            ("1d2h3m4s5ms", Some(93_784_005_000)),
            ("106751991d", Some(106_751_991 * DAY)),
            ("106751992d", None),
            ("99999999999999999999s", None),
            ("", None),
            ("5", None),
            ("m", None),
            ("5m5m", None),
            ("1s1m", None),
            ("1.5h", None),
            ("-5m", None),
            (" 5m", None),
            ("5 m", None),
            ("5M", None),
            ("5µs", None),
            ("٣m", None),
        ] {
            assert_eq!(parse_duration(text), micros, "{text}");
        }
    }

    #[test]
    fn numbers_are_json_numbers() {
        for (text, number) in [
            ("12", Some(12.0)),
            ("-0.5", Some(-0.5)),
            ("1e3", Some(1000.0)),
            ("1.5E-3", Some(0.0015)),
            ("1e999", None),
            ("NaN", None),
            ("inf", None),
            ("007", None),
            (".5", None),
            ("5.", None),
            ("+5", None),
            ("--5", None),
            ("1e", None),
            ("", None),
        ] {
            assert_eq!(json_number(text), number, "{text}");
        }
        assert_eq!(parse_number("10%"), Some(0.1));
        assert_eq!(parse_number("1h30m"), Some(5400.0));
        assert_eq!(parse_number("250ms"), Some(0.25));
        assert_eq!(parse_share("5m"), None);
    }

    #[test]
    fn windows_fall_into_step_with_midnight() {
        let usual = USUAL_WINDOWS.map(|window| parse_duration(window).unwrap());
        assert!(usual.is_sorted() && usual.into_iter().all(is_window));
        for (text, near) in [
            ("0s", "`1ms`"),
            ("7m", "`6m` or `8m`"),
            ("5h", "`4h` or `6h`"),
            ("13h", "`12h` or `1d`"),
            ("36h", "`1d` or `2d`"),
        ] {
            let micros = parse_duration(text).unwrap();
            assert!(!is_window(micros));
            assert_eq!(near_windows(micros), near);
        }
        assert!(
            ["90m", "1d", "7d", "24h", "1ms"]
                .iter()
                .all(|t| parse_duration(t).is_some_and(is_window))
        );
    }

    proptest! {
        #[test]
        fn a_printed_duration_reads_the_same(millis in 0..i64::MAX / 1000) {
            prop_assert_eq!(parse_duration(&duration_text(millis * MILLI)), Some(millis * MILLI));
        }

        #[test]
        fn any_text_is_a_duration_or_none(text in "\\PC{0,12}|[0-9dhms]{0,12}") {
            let _ = (parse_duration(&text), parse_number(&text));
        }

        #[test]
        fn json_numbers_are_those_of_serde_json(text in "-?[0-9]{0,3}(\\.[0-9]{0,3})?([eE][+-]?[0-9]{0,3})?") {
            let oracle = serde_json::from_str::<f64>(&text).ok();
            prop_assert_eq!(json_number(&text).is_some(), oracle.is_some());
        }
    }
}
