//! The body of a request to `PagerDuty`'s Events API v2.
//!
//! The key of an incident does not contain the severity, so that an alert that gets worse stays
//! one incident.

use serde::Serialize;

use super::json::line;
use super::ndjson::Measured;
use super::texts::{Labels, Texts, cut};
use super::{MAX_LINE, instant};
use crate::alert::{Event, Status};

/// How long `PagerDuty` lets a summary be; it counts characters, and there are no more of them
/// than bytes.
const MAX_SUMMARY: usize = 1_024;

/// Which labels say where it happens, by `PagerDuty`'s names, the best ones first.
const SOURCE: &[&str] = &["instance", "host", "server", "service"];
const COMPONENT: &[&str] = &["component", "client", "module", "logger"];
const GROUP: &[&str] = &["service", "team"];
/// The source when no label tells.
const OURSELVES: &str = "ufo-logscan";

#[derive(Serialize)]
struct Request<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_key: Option<&'a str>,
    event_action: &'static str,
    dedup_key: &'a str,
    client: &'static str,
    payload: Payload<'a>,
}

#[derive(Serialize)]
struct Payload<'a> {
    summary: &'a str,
    source: &'a str,
    severity: &'static str,
    timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    component: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'a str>,
    custom_details: Details<'a>,
}

#[derive(Serialize)]
struct Details<'a> {
    labels: &'a Labels,
    annotations: &'a Labels,
    fingerprint: String,
    starts_at: String,
    #[serde(flatten)]
    measured: Measured,
}

/// Appends an event: `trigger` while it fires, `resolve` at its end.
pub(super) fn write(event: &Event, routing_key: Option<&str>, out: &mut Vec<u8>) {
    let mut texts = Texts::of(event);
    texts.message = cut(&texts.message, MAX_SUMMARY).into_owned();
    texts.write_within(MAX_LINE, out, |texts, out| {
        let labelled = |names: &[&str]| {
            names.iter().find_map(|name| texts.labels.get(*name)).map(String::as_str)
        };
        let payload = Payload {
            summary: &texts.message,
            source: labelled(SOURCE).unwrap_or(OURSELVES),
            severity: event.severity.name(),
            timestamp: instant(event.at),
            component: labelled(COMPONENT),
            group: labelled(GROUP),
            class: labelled(&[crate::alert::ALERTNAME]),
            custom_details: Details {
                labels: &texts.labels,
                annotations: &texts.annotations,
                fingerprint: format!("{:016x}", event.fingerprint()),
                starts_at: instant(event.starts_at),
                measured: Measured::of(event),
            },
        };
        let event_action = match event.status {
            Status::Firing => "trigger",
            Status::Resolved => "resolve",
        };
        let dedup_key = &texts.dedup_key;
        line(&Request { routing_key, event_action, dedup_key, client: OURSELVES, payload }, out);
    });
}
