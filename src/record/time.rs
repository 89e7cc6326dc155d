//! Instants in microseconds, read from what loggers write and written as RFC 3339.

use std::fmt::{self, Write};

use super::Zone;

/// An instant: microseconds since 1970-01-01T00:00:00Z. Finer digits are cut off (Python, whose
/// logs these are, has no finer ones).
///
/// ISO texts reach from the year 1 to 9999, epoch numbers a little less far.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

const MICROS: i64 = 1_000_000;
/// The first instant of the year 10000, which RFC 3339 cannot write.
const END: i64 = 253_402_300_800 * MICROS;
const DAY: i64 = 86_400;

/// A date and time of day without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    /// Year, 1 to 9999.
    pub year: i64,
    /// Month, 1 to 12.
    pub month: u32,
    /// Day of the month, 1 to 31.
    pub day: u32,
    /// Hour, 0 to 23.
    pub hour: u32,
    /// Minute, 0 to 59.
    pub minute: u32,
    /// Second, 0 to 60: a leap second counts as the second after it.
    pub second: u32,
    /// Microsecond, 0 to 999999.
    pub micros: u32,
}

impl Civil {
    /// Seconds from the epoch to this date and time, as if it were UTC.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        days_from_civil(self.year, self.month, self.day) * DAY
            + i64::from(self.hour) * 3600
            + i64::from(self.minute) * 60
            + i64::from(self.second)
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar: years begin in March, so that the
/// leap day is the last of a year, and eras of 400 years repeat.
fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((i64::from(month) + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = (of_year - (153 * march_month + 2) / 5 + 1) as u32;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

impl Timestamp {
    /// No timestamp: missing or unreadable. Smaller than every other.
    pub const NONE: Timestamp = Timestamp(i64::MIN);

    /// The instant so many microseconds after the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Timestamp {
        Timestamp(micros)
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whether there is one.
    #[must_use]
    pub fn is_some(self) -> bool {
        self != Timestamp::NONE
    }

    /// The instant, or `None` for [`Timestamp::NONE`].
    #[must_use]
    pub fn get(self) -> Option<Timestamp> {
        self.is_some().then_some(self)
    }

    /// Seconds from `earlier` to this instant.
    #[must_use]
    pub fn seconds_since(self, earlier: Timestamp) -> f64 {
        (i128::from(self.0) - i128::from(earlier.0)) as f64 / MICROS as f64
    }

    /// Reads a timestamp in text: ISO 8601 as `datetime.isoformat()` and RFC 3339 write it, with
    /// `T` or a space, down to the hour, a point or comma before the fraction, `Z` or an offset;
    /// or an epoch number in digits. A time without offset is in `zone`.
    ///
    /// ```
    /// use ufo_logscan::record::{Timestamp, Zone};
    /// let with = |text: &str| Timestamp::from_text(text, &Zone::Utc).map(|t| t.to_string());
    /// assert_eq!(with("2026-11-22T06:11:54.593129").unwrap(), "2026-11-22T06:11:54.593129Z");
    /// assert_eq!(with("2026-11-22 07:11:54+01:00").unwrap(), "2026-11-22T06:11:54.000Z");
    /// assert_eq!(with("2026-04-31T06:11:54"), None);
    /// ```
    #[must_use]
    pub fn from_text(text: &str, zone: &Zone) -> Option<Timestamp> {
        let text = text.trim();
        iso(text.as_bytes(), *zone).or_else(|| Timestamp::from_number(text))
    }

    /// Reads an epoch number as JSON writes it. Its magnitude tells its unit: below 10^11
    /// seconds, below 10^14 milliseconds, below 10^17 microseconds, below 10^20 nanoseconds.
    #[must_use]
    pub fn from_number(number: &str) -> Option<Timestamp> {
        let digits = number.strip_prefix('-').unwrap_or(number);
        if !digits.bytes().next()?.is_ascii_digit() {
            return None;
        }
        let whole = digits.split(['.', 'e', 'E']).next()?;
        // A plain decimal is read exactly, an exponent through f64.
        let scaled: i128 = if digits.contains(['e', 'E']) {
            (digits.parse::<f64>().ok().filter(|n| *n < 1e20)? * 1e9).round() as i128
        } else {
            let fraction = digits.get(whole.len() + 1..).unwrap_or("");
            if whole.len() > 20 || fraction.bytes().any(|b| !b.is_ascii_digit()) {
                return None;
            }
            let mut nano = 0;
            for place in 0..9 {
                nano =
                    nano * 10 + i128::from(fraction.as_bytes().get(place).map_or(0, |b| b - b'0'));
            }
            whole.parse::<i128>().ok()? * 1_000_000_000 + nano
        };
        let magnitude = scaled / 1_000_000_000;
        let per_micro: i128 = match magnitude {
            m if m < 100_000_000_000 => 1_000,
            m if m < 100_000_000_000_000 => 1_000_000,
            m if m < 100_000_000_000_000_000 => 1_000_000_000,
            m if m < 100_000_000_000_000_000_000 => 1_000_000_000_000,
            _ => return None,
        };
        let micros = i64::try_from(scaled / per_micro).ok()?;
        Some(Timestamp(if number.len() > digits.len() { -micros } else { micros }))
    }

    /// The instant at which clocks in `zone` show `civil`. Of two (clocks set back) the earlier;
    /// of none (clocks set forward) the one by the offset before the change.
    #[must_use]
    pub fn from_civil(civil: &Civil, zone: &Zone) -> Option<Timestamp> {
        let local = civil.seconds();
        let seconds = local - i64::from(zone.offset_of_local(local));
        in_range(seconds.checked_mul(MICROS)? + i64::from(civil.micros))
    }

    /// What clocks in `zone` show at this instant.
    #[must_use]
    pub fn civil(self, zone: &Zone) -> Civil {
        let (seconds, micros) = (self.0.div_euclid(MICROS), self.0.rem_euclid(MICROS) as u32);
        let local = seconds + i64::from(zone.offset_at(seconds));
        let (year, month, day) = civil_from_days(local.div_euclid(DAY));
        let of_day = local.rem_euclid(DAY) as u32;
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        Civil { year, month, day, hour, minute, second, micros }
    }

    /// The hour of the day in `zone`, 0 to 23.
    #[must_use]
    pub fn hour(self, zone: &Zone) -> u32 {
        let seconds = self.0.div_euclid(MICROS);
        let local = seconds + i64::from(zone.offset_at(seconds));
        (local.rem_euclid(DAY) / 3600) as u32
    }

    /// Writes the instant as RFC 3339 in `zone`: three digits of a second, six where they tell.
    #[must_use]
    pub fn display(self, zone: &Zone) -> String {
        let Civil { year, month, day, hour, minute, second, micros } = self.civil(zone);
        let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
        let _ = match micros % 1000 {
            0 => write!(text, ".{:03}", micros / 1000),
            _ => write!(text, ".{micros:06}"),
        };
        text + &zone.suffix(self.0.div_euclid(MICROS))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display(&Zone::Utc))
    }
}

/// A reader over ASCII text, for fixed-width numbers.
struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    fn number(&mut self, width: usize) -> Option<u32> {
        let (head, tail) = self.0.split_at_checked(width)?;
        let mut value = 0;
        for byte in head {
            value = value * 10 + u32::from(byte.is_ascii_digit().then(|| byte - b'0')?);
        }
        self.0 = tail;
        Some(value)
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.0.first() == Some(&byte);
        if found {
            self.0 = &self.0[1..];
        }
        found
    }

    /// A fraction of a second behind a point or comma, in microseconds; 0 without one.
    fn fraction(&mut self) -> Option<u32> {
        if !(self.take(b'.') || self.take(b',')) {
            return Some(0);
        }
        let digits = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let (head, tail) = self.0.split_at(digits);
        self.0 = tail;
        let micros = (0..6).fold(0, |n, i| n * 10 + head.get(i).map_or(0, |b| u32::from(b - b'0')));
        (digits > 0).then_some(micros)
    }
}

/// An instant that can be written, if it is one.
fn in_range(micros: i64) -> Option<Timestamp> {
    (micros < END).then_some(Timestamp(micros))
}

fn iso(text: &[u8], zone: Zone) -> Option<Timestamp> {
    let mut at = Digits(text);
    let year = i64::from(at.number(4)?);
    let month = at.take(b'-').then(|| at.number(2))??;
    let day = at.take(b'-').then(|| at.number(2))??;
    if !(at.take(b'T') || at.take(b't') || at.take(b' ')) {
        return None;
    }
    let hour = at.number(2)?;
    let mut civil = Civil { year, month, day, hour, minute: 0, second: 0, micros: 0 };
    if at.take(b':') {
        civil.minute = at.number(2)?;
        if at.take(b':') {
            civil.second = at.number(2)?;
            civil.micros = at.fraction()?;
        }
    }
    let is_valid = year >= 1
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour <= 23
        && civil.minute <= 59
        && civil.second <= 60;
    if !is_valid {
        return None;
    }
    if at.0.is_empty() {
        return Timestamp::from_civil(&civil, &zone);
    }
    let utc = civil.seconds() * MICROS + i64::from(civil.micros);
    if at.take(b'Z') || at.take(b'z') {
        return at.0.is_empty().then(|| in_range(utc)).flatten();
    }
    let sign = if at.take(b'+') { 1 } else { at.take(b'-').then_some(-1)? };
    let hours = i64::from(at.number(2)?);
    let colon = at.take(b':');
    let minutes = if at.0.is_empty() && !colon { 0 } else { i64::from(at.number(2)?) };
    let seconds = if at.take(b':') { i64::from(at.number(2)?) } else { 0 };
    let micros = i64::from(at.fraction()?);
    if !at.0.is_empty() || hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let offset = (hours * 3600 + minutes * 60 + seconds) * MICROS + micros;
    in_range(utc - sign * offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utc(text: &str) -> Option<String> {
        Timestamp::from_text(text, &Zone::Utc).map(|t| t.to_string())
    }

    #[test]
    fn what_python_writes_is_read() {
        for (text, meant) in [
            ("2026-11-22T06:11:54.593129", "2026-11-22T06:11:54.593129Z"),
            ("2026-11-22T06:11:54", "2026-11-22T06:11:54.000Z"),
            ("2026-11-22T06:11", "2026-11-22T06:11:00.000Z"),
            ("2026-11-22T06", "2026-11-22T06:00:00.000Z"),
            ("2026-11-22 06:11:54,593", "2026-11-22T06:11:54.593Z"),
            ("2026-11-22T06:11:54.5Z", "2026-11-22T06:11:54.500Z"),
            ("2026-11-22T06:11:54.123456789Z", "2026-11-22T06:11:54.123456Z"),
            ("2026-11-22T06:11:54+05:45", "2026-11-22T00:26:54.000Z"),
            ("2026-11-22T06:11:54+0100", "2026-11-22T05:11:54.000Z"),
            ("2026-11-22T06:11:54-01", "2026-11-22T07:11:54.000Z"),
            ("2026-11-22T06:11:54+01:00:30.500000", "2026-11-22T05:11:23.500Z"),
            ("2026-06-30T23:59:60Z", "2026-07-01T00:00:00.000Z"),
            ("0001-01-01T00:00:00", "0001-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.999999Z"),
            ("2024-02-29T00:00:00", "2024-02-29T00:00:00.000Z"),
            ("1763791200", "2025-11-22T06:00:00.000Z"),
            ("1763791200.25", "2025-11-22T06:00:00.250Z"),
            ("1763791200250", "2025-11-22T06:00:00.250Z"),
            ("1763791200250001", "2025-11-22T06:00:00.250001Z"),
            ("1763791200250001999", "2025-11-22T06:00:00.250001Z"),
            ("1.7637912e9", "2025-11-22T06:00:00.000Z"),
            ("-1.5", "1969-12-31T23:59:58.500Z"),
            ("0", "1970-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(utc(text).as_deref(), Some(meant), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "-",
            "now",
            "2026-11-22",
            "2026-11-22T24:00:00",
            "2026-13-01T00:00:00",
            "2026-04-31T00:00:00",
            "2025-02-29T00:00:00",
            "2026-11-22T06:60:00",
            "2026-11-22T06:11:61",
            "2026-11-22T06:11:54.",
            "2026-11-22T06:11:54+",
            "2026-11-22T06:11:54+24:00",
            "2026-11-22T06:11:54Zx",
            "2026-11-22T06:",
            "0000-01-01T00:00:00",
            "1e999",
            "100000000000000000000",
            "1.2.3",
            "12abc",
            "2026-11-22T06:11:54+01:",
            "9999-12-31T23:59:60",
            "9999-12-31T23:30:00-01:00",
        ] {
            assert_eq!(utc(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn dates_agree_with_chrono(seconds in -62_135_596_800_i64..253_402_300_800) {
            let here = Timestamp::from_micros(seconds * MICROS).to_string();
            let chrono = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
            prop_assert_eq!(&here, &chrono.format("%Y-%m-%dT%H:%M:%S.000Z").to_string());
            prop_assert_eq!(utc(&here), Some(here));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            let _ = utc(&text);
        }
    }
}
