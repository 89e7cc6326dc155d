//! Timestamps in text and numbers: read as chrono and plain arithmetic read them, and printed so
//! that they read the same.

#![no_main]

use chrono::{DateTime, Datelike, Timelike};
use libfuzzer_sys::fuzz_target;
use ufo_logscan::record::{Civil, Timestamp, Zone};

fuzz_target!(|input: &[u8]| {
    let [zone, text @ ..] = input else { return };
    let text = String::from_utf8_lossy(text);
    let zone = self::zone(*zone);
    if let Some(time) = Timestamp::from_text(&text, &zone) {
        check_printing(time, &zone);
    }
    if let Some(time) = Timestamp::from_number(&text) {
        check_printing(time, &zone);
        check_number(time, &text);
    }
    check_iso(&text);
    if let Ok(zone) = text.parse::<Zone>() {
        check_printing(Timestamp::from_micros(1_763_791_914_593_129), &zone);
    }
});

fn zone(number: u8) -> Zone {
    match number % 8 {
        0..4 => Zone::Utc,
        4 => Zone::Fixed(20_700),
        5 => Zone::Fixed(-43_200),
        6 => Zone::Named(chrono_tz::Europe::Berlin),
        _ => Zone::Named(chrono_tz::America::St_Johns),
    }
}

/// What RFC 3339 can write.
fn is_printable(time: Timestamp) -> bool {
    (-62_135_596_800_000_000..253_402_300_800_000_000).contains(&time.micros())
}

fn check_printing(time: Timestamp, zone: &Zone) {
    let civil = time.civil(zone);
    assert_eq!(civil.hour, time.hour(zone));
    let _ = time.display(zone);
    if !is_printable(time) {
        return;
    }
    assert_eq!(Timestamp::from_text(&time.to_string(), &Zone::Utc), Some(time), "{time}");
    let utc = time.civil(&Zone::Utc);
    assert_eq!(Timestamp::from_civil(&utc, &Zone::Utc), Some(time), "{time}");
    let wanted = DateTime::from_timestamp_micros(time.micros()).expect("chrono reaches further");
    let wanted = Civil {
        year: i64::from(wanted.year()),
        month: wanted.month(),
        day: wanted.day(),
        hour: wanted.hour(),
        minute: wanted.minute(),
        second: wanted.second(),
        micros: wanted.timestamp_subsec_micros(),
    };
    assert_eq!(utc, wanted);
    // Two instants may look alike when clocks are set back, but no more than an hour apart.
    if let Some(again) = Timestamp::from_civil(&civil, zone) {
        assert!((again.micros() - time.micros()).abs() <= 3_600_000_000, "{time}");
    }
}

/// Texts in the shape of RFC 3339 are read as chrono reads them.
fn check_iso(text: &str) {
    if !is_rfc3339(text.as_bytes()) || text.starts_with("0000") {
        return;
    }
    let wanted = DateTime::parse_from_rfc3339(text).ok().map(|time| {
        // A leap second is the second after it.
        let micros = i64::from(time.timestamp_subsec_nanos() / 1000);
        Timestamp::from_micros(time.timestamp() * 1_000_000 + micros)
    });
    let wanted = wanted.filter(|time| time.micros() < 253_402_300_800_000_000);
    assert_eq!(Timestamp::from_text(text, &Zone::Utc), wanted, "{text}");
}

/// `0000-00-00T00:00:00`, a fraction or none, and an offset, with any digits.
fn is_rfc3339(text: &[u8]) -> bool {
    let fits = |text: &[u8], shape: &[u8]| {
        text.len() == shape.len()
            && text.iter().zip(shape).all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                b'+' => matches!(byte, b'+' | b'-'),
                shape => byte.eq_ignore_ascii_case(shape),
            })
    };
    let Some((date, rest)) = text.split_at_checked(19) else { return false };
    let zone = match rest {
        [b'.', digits @ ..] => {
            let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if length == 0 {
                return false;
            }
            &digits[length..]
        }
        rest => rest,
    };
    fits(date, b"0000-00-00T00:00:00") && (fits(zone, b"Z") || fits(zone, b"+00:00"))
}

/// The unit follows from the magnitude; `f64` is as exact as is needed to see a wrong one.
fn check_number(time: Timestamp, text: &str) {
    let number: f64 = text.parse().expect("what is read is a number");
    let units = [(1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (1e20, 1e-3)];
    let is_near = |limit: f64| (number.abs() / limit - 1.0).abs() < 1e-9;
    if units.iter().any(|(limit, _)| is_near(*limit)) {
        return;
    }
    let (_, per_unit) = units.iter().find(|(limit, _)| number.abs() < *limit).expect("in range");
    let wanted = number * per_unit;
    let difference = (time.micros() as f64 - wanted).abs();
    assert!(difference <= 1.0 + wanted.abs() * 1e-12, "{text}: {time}, not {wanted}");
}
