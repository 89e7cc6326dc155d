//! Durations as the log writes them, to integer nanoseconds: exactly, because sums are exact.

/// A decimal number of seconds as nanoseconds. Finer digits are cut off; `None` for what is no
/// number, is negative or does not fit.
pub(super) fn seconds_to_nanos(text: &str) -> Option<i64> {
    scaled(text, 9)
}

/// A decimal number of milliseconds as nanoseconds, by the same rules.
pub(super) fn millis_to_nanos(text: &str) -> Option<i64> {
    scaled(text, 6)
}

/// `text * 10^places`, cut off to an integer.
fn scaled(text: &str, places: i64) -> Option<i64> {
    let text = text.trim();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, i64::from(exponent.parse::<i32>().ok()?)),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = || whole.bytes().chain(fraction.bytes());
    if digits().next().is_none() || !digits().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // So many digits stand before the point once it has moved.
    let kept = i64::try_from(whole.len()).ok()?.saturating_add(places + exponent);
    let kept = usize::try_from(kept).unwrap_or(0);
    let mut value = 0_i64;
    for digit in digits().take(kept) {
        value = value.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    for _ in digits().count()..kept {
        if value == 0 {
            break; // However many zeros follow: an exponent may be huge.
        }
        value = value.checked_mul(10)?;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_exact() {
        for (text, nanos) in [
            ("0.31", Some(310_000_000)),
            ("3", Some(3_000_000_000)),
            (" 12.5 ", Some(12_500_000_000)),
            ("1e-3", Some(1_000_000)),
            ("1.5E+2", Some(150_000_000_000)),
            ("0.0000000019", Some(1)),
            ("00.1", Some(100_000_000)),
            ("9223372036.854775807", Some(i64::MAX)),
            ("9223372036.854775808", None),
            ("0e999999999", Some(0)),
            ("1e999999999", None),
            ("1e-999999999", Some(0)),
            ("-1", None),
            ("NaN", None),
            ("", None),
            (".", None),
            ("1.2.3", None),
        ] {
            assert_eq!(seconds_to_nanos(text), nanos, "{text}");
        }
        assert_eq!(millis_to_nanos("12.3"), Some(12_300_000));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9.eE+-]{0,12}|\\PC{0,9}") {
            if let (Some(nanos), Ok(seconds)) = (seconds_to_nanos(&text), text.trim().parse::<f64>()) {
                prop_assert!((nanos as f64 - seconds * 1e9).abs() <= 1.0 + seconds * 1e-5);
            }
        }
    }
}
