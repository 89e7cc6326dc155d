//! Time zones: UTC, a fixed offset, or a named zone with its summer time.

use std::str::FromStr;

use chrono::{DateTime, MappedLocalTime, Offset, TimeZone};

/// The zone of naive timestamps (`--assume-tz`) or of reports (`--tz`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Zone {
    /// Coordinated universal time.
    #[default]
    Utc,
    /// So many seconds east of UTC, at all times.
    Fixed(i32),
    /// A zone of the IANA database, compiled in.
    Named(chrono_tz::Tz),
}

impl Zone {
    /// Seconds east of UTC at an instant, given in seconds since the epoch.
    #[must_use]
    pub fn offset_at(&self, seconds: i64) -> i32 {
        match self {
            Zone::Utc => 0,
            Zone::Fixed(offset) => *offset,
            Zone::Named(zone) => DateTime::from_timestamp(seconds, 0).map_or(0, |t| {
                zone.offset_from_utc_datetime(&t.naive_utc()).fix().local_minus_utc()
            }),
        }
    }

    /// Seconds east of UTC for what clocks show, given as seconds since the epoch as if in UTC.
    /// Of two offsets the one of the earlier instant; in a gap the one before it.
    #[must_use]
    pub fn offset_of_local(&self, local: i64) -> i32 {
        let Zone::Named(zone) = self else { return self.offset_at(local) };
        let Some(naive) = DateTime::from_timestamp(local, 0).map(|t| t.naive_utc()) else {
            return 0;
        };
        match zone.offset_from_local_datetime(&naive) {
            MappedLocalTime::Single(offset) | MappedLocalTime::Ambiguous(offset, _) => {
                offset.fix().local_minus_utc()
            }
            // No clock showed it: what held shortly before the change.
            MappedLocalTime::None => self.offset_at(local - 86_400),
        }
    }

    /// `Z`, or the offset at an instant (seconds since the epoch) as `+05:45`.
    #[must_use]
    pub fn suffix(&self, seconds: i64) -> String {
        match self.offset_at(seconds) {
            0 => "Z".to_owned(),
            offset => {
                let (sign, east) = if offset < 0 { ('-', -offset) } else { ('+', offset) };
                format!("{sign}{:02}:{:02}", east / 3600, east / 60 % 60)
            }
        }
    }
}

impl FromStr for Zone {
    type Err = String;

    /// Reads `UTC`, `Z`, an offset (`+05:45`, `-0300`, `+01`) or an IANA name (`Europe/Berlin`).
    fn from_str(text: &str) -> Result<Zone, String> {
        if matches!(text, "UTC" | "utc" | "Z" | "z") {
            return Ok(Zone::Utc);
        }
        let offset = || {
            let (sign, rest) = match text.as_bytes().first()? {
                b'+' => (1, &text[1..]),
                b'-' => (-1, &text[1..]),
                _ => return None,
            };
            let digits: String = rest.chars().filter(|c| *c != ':').collect();
            let number = digits.parse::<i32>().ok().filter(|_| !digits.contains(['+', '-']))?;
            let (hours, minutes) = match digits.len() {
                2 => (number, 0),
                4 => (number / 100, number % 100),
                _ => return None,
            };
            (hours < 24 && minutes < 60)
                .then_some(Zone::Fixed(sign * (hours * 3600 + minutes * 60)))
        };
        offset().or_else(|| text.parse().ok().map(Zone::Named)).ok_or_else(
            || format!("`{text}` is no time zone: use UTC, an offset like +05:45, or a name like Europe/Berlin"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Timestamp;

    fn at(text: &str, zone: &str) -> String {
        Timestamp::from_text(text, &zone.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn naive_times_are_in_their_zone() {
        assert_eq!(at("2026-07-01T12:00:00", "Europe/Berlin"), "2026-07-01T10:00:00.000Z");
        assert_eq!(at("2026-12-01T12:00:00", "Europe/Berlin"), "2026-12-01T11:00:00.000Z");
        assert_eq!(at("2026-12-01T12:00:00", "+05:45"), "2026-12-01T06:15:00.000Z");
        assert_eq!(at("2026-12-01T12:00:00Z", "+05:45"), "2026-12-01T12:00:00.000Z");
    }

    #[test]
    fn summer_time_has_an_answer_for_every_hour() {
        // 02:30 came twice on 2026-10-25 and never on 2026-03-29.
        assert_eq!(at("2026-10-25T02:30:00", "Europe/Berlin"), "2026-10-25T00:30:00.000Z");
        assert_eq!(at("2026-03-29T02:30:00", "Europe/Berlin"), "2026-03-29T01:30:00.000Z");
    }

    #[test]
    fn an_instant_is_shown_in_a_zone() {
        let noon = Timestamp::from_text("2026-07-01T12:00:00Z", &Zone::Utc).unwrap();
        assert_eq!(
            noon.display(&"Asia/Kathmandu".parse().unwrap()),
            "2026-07-01T17:45:00.000+05:45"
        );
        assert_eq!(noon.display(&"-03".parse().unwrap()), "2026-07-01T09:00:00.000-03:00");
        assert_eq!(noon.hour(&"Europe/Berlin".parse().unwrap()), 14);
    }

    #[test]
    fn what_is_no_zone_is_refused() {
        for text in ["", "Mars/Olympus", "+5", "+24:00", "+01:60", "+-1:0", "++100"] {
            assert!(text.parse::<Zone>().is_err(), "{text}");
        }
    }
}
