//! The body of `POST /api/v2/alerts`: an array of one alert.
//!
//! To Alertmanager the labels are who the alert is, so an alert has the same ones in all of its
//! events, and two alerts never have the same: where a label could not be written as it is, the
//! label `fingerprint` keeps them apart.

use serde::Serialize;

use super::json::line;
use super::texts::{Labels, Texts};
use super::{MAX_LINE, instant};
use crate::alert::{Event, Heartbeat};
use crate::record::Timestamp;

/// How many bytes of the line labels take at most.
const MAX_LABELS: usize = 2_500;
/// The annotation that receivers show.
const SUMMARY: &str = "summary";

#[derive(Serialize)]
struct Alert<'a> {
    labels: &'a Labels,
    annotations: &'a Labels,
    #[serde(rename = "startsAt")]
    starts_at: String,
    #[serde(rename = "endsAt", skip_serializing_if = "Option::is_none")]
    ends_at: Option<String>,
}

/// Appends an event. One that fires ends at `expires`, if that is given, and otherwise when
/// Alertmanager's `resolve_timeout` is over. Without an annotation `summary` the message is it.
pub(super) fn write(event: &Event, expires: Option<Timestamp>, out: &mut Vec<u8>) {
    let mut texts = Texts::of(event);
    texts.labels = portable(&texts.labels);
    texts.settle_labels(MAX_LABELS, line);
    if !event.labels.iter().filter(|(_, value)| !value.is_empty()).eq(&texts.labels) {
        texts.labels.insert("fingerprint".to_owned(), format!("{:016x}", event.fingerprint()));
    }
    texts.annotations = portable(&texts.annotations);
    let needs_summary = !texts.annotations.contains_key(SUMMARY);
    let ends_at = event.ended().or(expires).map(|end| instant(end.max(event.starts_at)));
    texts.write_within(MAX_LINE, out, |texts, out| {
        let mut annotations = texts.annotations.clone();
        if needs_summary {
            annotations.insert(SUMMARY.to_owned(), texts.message.clone());
        }
        let alert = Alert {
            labels: &texts.labels,
            annotations: &annotations,
            starts_at: instant(event.starts_at),
            ends_at: ends_at.clone(),
        };
        line(&[alert], out);
    });
}

/// Appends a sign of life: an alert that fires until `expires`.
pub(super) fn write_heartbeat(
    heartbeat: &Heartbeat,
    expires: Option<Timestamp>,
    out: &mut Vec<u8>,
) {
    let alert = Alert {
        labels: &heartbeat.labels(),
        annotations: &[(SUMMARY.to_owned(), heartbeat.message())].into(),
        starts_at: instant(heartbeat.at),
        ends_at: expires.map(|end| instant(end.max(heartbeat.at))),
    };
    line(&[alert], out);
}

/// The pairs under names that every version of Alertmanager takes: ASCII letters, digits and
/// `_`, no digit first. Names that become equal get `_` at their ends.
fn portable(pairs: &Labels) -> Labels {
    let mut portable = Labels::new();
    for (name, value) in pairs {
        let mut name = name.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            name.insert(0, '_');
        }
        while portable.contains_key(&name) {
            name.push('_');
        }
        portable.insert(name, value.clone());
    }
    portable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_portable() {
        let pairs =
            ["a.b", "a_b", "9", "", "é", "ok_1"].map(|name| (name.to_owned(), name.to_owned()));
        let names: Vec<_> = portable(&pairs.into()).into_keys().collect();
        assert_eq!(names, ["_", "_9", "__", "a_b", "a_b_", "ok_1"]);
    }
}
