//! Our own format, one JSON object a line, as `docs/alert.schema.json` describes it.
//!
//! Labels, annotations and times are Alertmanager's by name and meaning; level, logger and
//! message make the line a log record. No member has a name that collectors add (`date`, `log`,
//! `time`, `host`, `file`, `stream`).

use std::collections::BTreeMap;

use serde::Serialize;

use super::json::{line, maybe_number, number};
use super::texts::{Labels, Texts};
use super::{MAX_LINE, instant};
use crate::alert::{Event, Heartbeat};
use crate::record::{Level, Timestamp};

/// The version of the format, as every line names it.
pub const SCHEMA: &str = "ufo-logscan.alert/1";
/// The logger of every line, by which our own events are recognised in what is read.
pub const LOGGER: &str = "ufo_logscan.alert";

/// The members in the order in which they are written.
#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    timestamp: String,
    level: Level,
    logger: &'static str,
    message: &'a str,
    status: &'static str,
    fingerprint: String,
    dedup_key: &'a str,
    labels: &'a Labels,
    annotations: &'a Labels,
    #[serde(rename = "startsAt")]
    starts_at: String,
    #[serde(rename = "endsAt", skip_serializing_if = "Option::is_none")]
    ends_at: Option<String>,
    #[serde(flatten)]
    measured: Option<Measured>,
    #[serde(skip_serializing_if = "Option::is_none")]
    heartbeat: Option<Life>,
    seq: u64,
}

/// What was compared: the members that only alerts have.
#[derive(Serialize)]
pub(super) struct Measured {
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "maybe_number")]
    value: Option<f64>,
    #[serde(serialize_with = "number")]
    threshold: f64,
    op: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<Window>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Counts>,
}

#[derive(Serialize)]
struct Window {
    start: String,
    end: String,
}

#[derive(Serialize)]
struct Counts {
    records: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    matched: Option<u64>,
}

#[derive(Serialize)]
struct Life {
    uptime_seconds: u64,
    lines: u64,
    records: u64,
    malformed: u64,
    late: u64,
    firing: u64,
}

impl Measured {
    /// What `event` compared. JSON has only finite numbers: a value that is none is not known,
    /// and a threshold becomes the nearest one.
    pub(super) fn of(event: &Event) -> Measured {
        let window = |(start, end): (Timestamp, Timestamp)| Window {
            start: instant(start),
            end: instant(end),
        };
        Measured {
            value: event.value.filter(|value| value.is_finite()),
            threshold: event.threshold.clamp(f64::MIN, f64::MAX),
            op: event.op,
            window: event.window.map(window),
            evidence: event
                .evidence
                .map(|found| Counts { records: found.records, matched: found.matched }),
        }
    }
}

/// Appends an event.
pub(super) fn write(event: &Event, out: &mut Vec<u8>) {
    Texts::of(event).write_within(MAX_LINE, out, |texts, out| {
        let members = Line {
            schema: SCHEMA,
            timestamp: instant(event.at),
            level: event.level(),
            logger: LOGGER,
            message: &texts.message,
            status: event.status.name(),
            fingerprint: format!("{:016x}", event.fingerprint()),
            dedup_key: &texts.dedup_key,
            labels: &texts.labels,
            annotations: &texts.annotations,
            starts_at: instant(event.starts_at),
            ends_at: event.ended().map(instant),
            measured: Some(Measured::of(event)),
            heartbeat: None,
            seq: event.seq,
        };
        line(&members, out);
    });
}

/// Appends a sign of life.
pub(super) fn write_heartbeat(heartbeat: &Heartbeat, out: &mut Vec<u8>) {
    let Heartbeat { at, seq, uptime_seconds, lines, records, malformed, late, firing } = *heartbeat;
    let members = Line {
        schema: SCHEMA,
        timestamp: instant(at),
        level: Level::Info,
        logger: LOGGER,
        message: &heartbeat.message(),
        status: "heartbeat",
        fingerprint: format!("{:016x}", heartbeat.fingerprint()),
        dedup_key: Heartbeat::NAME,
        labels: &heartbeat.labels(),
        annotations: &BTreeMap::new(),
        starts_at: instant(at),
        ends_at: None,
        measured: None,
        heartbeat: Some(Life { uptime_seconds, lines, records, malformed, late, firing }),
        seq,
    };
    line(&members, out);
}
