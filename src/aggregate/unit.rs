//! What the number of a figure counts, and how it is said in a few characters.
//!
//! Figures of reports have their own formats; these texts are for the messages of alerts, where a
//! value stands beside its threshold.

/// What the number of a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share, from 0 to 1.
    Ratio,
    /// A number of things: whole, and not negative.
    Count,
    /// A time in seconds, not negative.
    Seconds,
    /// Anything else.
    Number,
}

/// How many digits a value is shown with, unless it has more before its point.
const DIGITS: i32 = 3;

/// From here on digits are powers of ten.
const HUGE: f64 = 1e15;

/// What begins to look like 1,000 when it is shown with three digits.
const NEARLY_THOUSAND: f64 = 999.5;

/// With so many digits no two numbers look alike.
const ALL_DIGITS: i32 = 17;

impl Unit {
    /// The value in this unit, short: `14.2%`, `3`, `12.5s`, `2h5m30s`, `250ms`, `0.125`.
    ///
    /// ```
    /// use ufo_logscan::aggregate::Unit;
    /// assert_eq!(Unit::Ratio.show(71.0 / 500.0), "14.2%");
    /// assert_eq!(Unit::Seconds.show(7530.0), "2h5m30s");
    /// ```
    #[must_use]
    pub fn show(self, value: f64) -> String {
        self.with_digits(value, DIGITS)
    }

    /// The value with as many digits as it takes to look different from another one, so that
    /// nobody reads `10% > 10%`.
    ///
    /// ```
    /// use ufo_logscan::aggregate::Unit;
    /// assert_eq!(Unit::Ratio.show_beside(0.1004, 0.1), "10.04%");
    /// ```
    #[must_use]
    pub fn show_beside(self, value: f64, other: f64) -> String {
        // No digits tell what is equal apart, and many values are just at their threshold.
        let digits =
            if value.total_cmp(&other).is_eq() { DIGITS..=DIGITS } else { DIGITS..=ALL_DIGITS };
        digits
            .map(|digits| (self.with_digits(value, digits), self.with_digits(other, digits)))
            .find_map(|(shown, beside)| (shown != beside).then_some(shown))
            .unwrap_or_else(|| self.show(value))
    }

    fn with_digits(self, value: f64, digits: i32) -> String {
        if !value.is_finite() {
            return "unknown".to_owned();
        }
        match self {
            Unit::Ratio => number(value * 100.0, digits) + "%",
            Unit::Count | Unit::Number => number(value, digits),
            Unit::Seconds => seconds(value, digits),
        }
    }
}

/// A number with so many significant digits, but never without a digit before its point; zeros
/// at its end are left out.
fn number(value: f64, digits: i32) -> String {
    if value.abs() >= HUGE {
        return format!("{value:e}");
    }
    let before = value.abs().log10().floor().max(-100.0) as i32 + 1;
    let decimals = (digits - before).clamp(0, ALL_DIGITS);
    let text = format!("{value:.*}", decimals as usize);
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn seconds(value: f64, digits: i32) -> String {
    let millis = value * 1000.0;
    if millis.abs() < NEARLY_THOUSAND && value != 0.0 {
        return number(millis, digits) + "ms";
    }
    let whole = value.abs().round();
    // Past three digits somebody wants to see the fractions that the long form has not.
    if !(60.0..HUGE).contains(&whole) || digits > DIGITS {
        return number(value, digits) + "s";
    }
    let sign = if value < 0.0 { "-" } else { "" };
    let mut rest = whole as u64;
    let mut text = sign.to_owned();
    for (name, length) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] {
        if rest >= length {
            text.extend([&(rest / length).to_string(), name]);
            rest %= length;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_short() {
        for (unit, value, text) in [
            (Unit::Ratio, 0.142, "14.2%"),
            (Unit::Ratio, 1.0 / 3.0, "33.3%"),
            (Unit::Ratio, 0.1, "10%"),
            (Unit::Ratio, 1.0, "100%"),
            (Unit::Ratio, 0.000_123_4, "0.0123%"),
            (Unit::Ratio, -0.5, "-50%"),
            (Unit::Count, 3.0, "3"),
            (Unit::Count, 0.0, "0"),
            (Unit::Count, -0.0, "0"),
            (Unit::Count, 1_234_567.0, "1234567"),
            (Unit::Number, 0.125, "0.125"),
            (Unit::Number, 1234.5678, "1235"),
            (Unit::Number, -12.3456, "-12.3"),
            (Unit::Number, 1e-300, "0"),
            (Unit::Number, f64::NAN, "unknown"),
            (Unit::Seconds, 0.0, "0s"),
            (Unit::Seconds, 0.25, "250ms"),
            (Unit::Seconds, 0.9997, "1s"),
            (Unit::Seconds, 12.5, "12.5s"),
            (Unit::Seconds, 1e300, "1e300s"),
            (Unit::Seconds, 59.4, "59.4s"),
            (Unit::Seconds, 59.96, "1m"),
            (Unit::Seconds, 60.0, "1m"),
            (Unit::Seconds, 7530.0, "2h5m30s"),
            (Unit::Seconds, 3599.6, "1h"),
            (Unit::Seconds, -90.0, "-1m30s"),
            (Unit::Seconds, 90_000.0, "1d1h"),
        ] {
            assert_eq!(unit.show(value), text, "{unit:?} {value}");
        }
    }

    #[test]
    fn a_value_differs_from_its_threshold() {
        for (unit, value, other, text) in [
            (Unit::Ratio, 0.142, 0.1, "14.2%"),
            (Unit::Ratio, 0.100_004, 0.1, "10.0004%"),
            (Unit::Ratio, 0.1, 0.1, "10%"),
            (Unit::Seconds, 300.04, 300.0, "300.04s"),
            (Unit::Seconds, 301.0, 300.0, "5m1s"),
            (Unit::Seconds, 0.9997, 1.0, "0.9997s"),
        ] {
            assert_eq!(unit.show_beside(value, other), text, "{unit:?} {value} {other}");
        }
    }

    proptest! {
        #[test]
        fn any_value_can_be_shown(value in any::<f64>(), other in any::<f64>()) {
            for unit in [Unit::Ratio, Unit::Count, Unit::Seconds, Unit::Number] {
                prop_assert!(unit.show(value).len() < 40);
                prop_assert!(unit.show_beside(value, other).len() < 40);
            }
        }

        #[test]
        fn different_values_look_different(value in -1e6..1e6_f64, ulps in 1..1_000_000_u64) {
            let other = f64::from_bits(value.to_bits() + ulps * 1000);
            for unit in [Unit::Number, Unit::Ratio] {
                prop_assume!(value.abs() > 1e-9);
                let [shown, beside] = [unit.show_beside(value, other), unit.show_beside(other, value)];
                prop_assert_ne!(shown, beside);
            }
        }
    }
}
