//! An alert event as its receiver wants it: our own NDJSON, or the body of a request to
//! Alertmanager, `PagerDuty` or Slack.
//!
//! One file for each receiver, and pure functions: nothing is sent, and nobody looks at a clock.
//! Whatever labels and annotations hold, an event is one line of at most [`MAX_LINE`] bytes, in
//! which secrets are masked and nothing hides.

mod alertmanager;
mod json;
mod ndjson;
mod pagerduty;
mod slack;
mod texts;

use std::str::FromStr;

use crate::alert::{Event, Heartbeat};
use crate::record::Timestamp;

pub use ndjson::{LOGGER, SCHEMA};

/// How many bytes a line has at most, its newline included: what hosts read at once, and what a
/// pipe takes as a whole.
pub const MAX_LINE: usize = 4_000;

/// Who is to understand the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlertFormat {
    /// Whoever reads `docs/alert.schema.json`.
    Ndjson,
    /// Alertmanager: `POST /api/v2/alerts`.
    Alertmanager,
    /// `PagerDuty`: `POST https://events.pagerduty.com/v2/enqueue`.
    Pagerduty,
    /// Slack: an incoming webhook.
    Slack,
}

impl AlertFormat {
    /// Every format.
    pub const ALL: [AlertFormat; 4] = [
        AlertFormat::Ndjson,
        AlertFormat::Alertmanager,
        AlertFormat::Pagerduty,
        AlertFormat::Slack,
    ];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            AlertFormat::Ndjson => "ndjson",
            AlertFormat::Alertmanager => "alertmanager",
            AlertFormat::Pagerduty => "pagerduty",
            AlertFormat::Slack => "slack",
        }
    }
}

impl FromStr for AlertFormat {
    type Err = ();

    fn from_str(name: &str) -> Result<AlertFormat, ()> {
        AlertFormat::ALL.into_iter().find(|format| format.name() == name).ok_or(())
    }
}

/// What a receiver wants to know beyond the event.
#[derive(Debug, Clone, Copy, Default)]
pub struct Delivery<'a> {
    /// Until when Alertmanager takes the alert to be firing if it hears no more; without it, as
    /// long as its `resolve_timeout` says. The others have no use for it.
    pub expires: Option<Timestamp>,
    /// `PagerDuty`'s integration key. Without one the member is left out, for somebody behind us
    /// to add.
    pub routing_key: Option<&'a str>,
}

/// Appends an event as one line with its newline.
pub fn write(format: AlertFormat, event: &Event, delivery: &Delivery<'_>, out: &mut Vec<u8>) {
    match format {
        AlertFormat::Ndjson => ndjson::write(event, out),
        AlertFormat::Alertmanager => alertmanager::write(event, delivery.expires, out),
        AlertFormat::Pagerduty => pagerduty::write(event, delivery.routing_key, out),
        AlertFormat::Slack => slack::write(event, out),
    }
}

/// Appends a sign of life as one line with its newline; nothing at all for `PagerDuty`, which
/// would open an incident.
///
/// Alertmanager gets an alert that always fires; its absence is what to watch for, so
/// [`Delivery::expires`] should be some intervals away.
pub fn write_heartbeat(
    format: AlertFormat,
    heartbeat: &Heartbeat,
    delivery: &Delivery<'_>,
    out: &mut Vec<u8>,
) {
    match format {
        AlertFormat::Ndjson => ndjson::write_heartbeat(heartbeat, out),
        AlertFormat::Alertmanager => {
            alertmanager::write_heartbeat(heartbeat, delivery.expires, out);
        }
        AlertFormat::Pagerduty => {}
        AlertFormat::Slack => slack::write_heartbeat(heartbeat, out),
    }
}

/// RFC 3339 in UTC with milliseconds; what that cannot express becomes the nearest instant that
/// it can.
fn instant(time: Timestamp) -> String {
    const FIRST: i64 = -62_135_596_800_000_000;
    const LAST: i64 = 253_402_300_799_999_000;
    let micros = time.micros().clamp(FIRST, LAST);
    Timestamp::from_micros(micros - micros.rem_euclid(1_000)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_milliseconds_and_four_digits_of_a_year() {
        for (micros, meant) in [
            (1_795_327_500_123_999, "2026-11-22T06:05:00.123Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (i64::MIN, "0001-01-01T00:00:00.000Z"),
            (i64::MAX, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(instant(Timestamp::from_micros(micros)), meant);
        }
    }

    #[test]
    fn formats_have_names() {
        for format in AlertFormat::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
        assert_eq!("json".parse::<AlertFormat>(), Err(()));
    }
}
