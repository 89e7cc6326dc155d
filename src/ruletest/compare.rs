//! What was expected beside what came.

use std::collections::BTreeMap;
use std::fmt;

use crate::alert::{ALERTNAME, Event, Status};
use crate::expr::duration_text;
use crate::record::Timestamp;

use super::{Alert, FiringAt, Labels, Sequence, Told, is_about};

/// How many lines of a difference are shown.
const SHOWN: usize = 20;

/// That something else came than was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The file and the line of the expectation.
    pub place: String,
    /// What was compared: `HighErrorRate at 6m`.
    pub what: String,
    /// The difference, line by line: what both have begins with two blanks, what was expected and
    /// did not come with `- `, what came and was not expected with `+ `.
    pub lines: Vec<String>,
}

impl fmt::Display for Failure {
    /// On several lines, without a last line feed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (- expected, + got)", self.place, self.what)?;
        for line in self.lines.iter().take(SHOWN) {
            write!(f, "\n  {line}")?;
        }
        match self.lines.len() {
            0..=SHOWN => Ok(()),
            more => write!(f, "\n  … and {} more", more - SHOWN),
        }
    }
}

impl FiringAt {
    /// Compares it with what has been told in a test that began at `start`.
    pub(super) fn compare(&self, told: &[Event], start: Timestamp) -> Option<Failure> {
        let now = start.micros() + self.at;
        let mut firing: BTreeMap<&Labels, &Event> = BTreeMap::new();
        let until = told.iter().take_while(|event| event.at.micros() <= now);
        for event in until.filter(|event| is_about(event, self.alertname.as_deref())) {
            match event.status {
                Status::Firing => firing.insert(&event.labels, event),
                Status::Resolved => firing.remove(&event.labels),
            };
        }
        let mut differs = false;
        let mut lines = Vec::new();
        for alert in &self.alerts {
            let Alert { labels, annotations } = alert;
            let expected = self.shown(labels, annotations);
            match firing.remove(labels) {
                Some(event) if has(event, annotations) => lines.push(format!("  {expected}")),
                Some(event) => {
                    differs = true;
                    let got = self.shown(labels, &of(event, annotations));
                    lines.extend([format!("- {expected}"), format!("+ {got}")]);
                }
                None => {
                    differs = true;
                    lines.push(format!("- {expected}"));
                }
            }
        }
        let others =
            firing.keys().map(|labels| format!("+ {}", self.shown(labels, &Labels::new())));
        lines.extend(others);
        let what = format!("{} at {}", about(self.alertname.as_deref()), duration_text(self.at));
        let differs = differs || !firing.is_empty();
        differs.then(|| Failure { place: self.place.clone(), what, lines })
    }

    fn shown(&self, labels: &Labels, annotations: &Labels) -> String {
        shown(labels, annotations, self.alertname.is_some())
    }
}

impl Sequence {
    /// Compares it with what has been told in a test that began at `start`.
    pub(super) fn compare(&self, told: &[Event], start: Timestamp) -> Option<Failure> {
        let name = self.alertname.as_deref();
        let told: Vec<&Event> = told.iter().filter(|event| is_about(event, name)).collect();
        let events = &self.events;
        let same = |(event, told): (&&Event, &Told)| told.is_of(event, start);
        let before = told.iter().zip(events).take_while(|pair| same(*pair)).count();
        if before == told.len() && before == events.len() {
            return None;
        }
        let rest = told[before..].iter().rev().zip(events[before..].iter().rev());
        let behind = rest.take_while(|pair| same(*pair)).count();
        let got = |event: &Event, expected: Option<&Told>| {
            let compared = expected.map(|told| of(event, &told.annotations)).unwrap_or_default();
            let at = event.at.micros() - start.micros();
            self.shown(at, event.status, Some(&event.labels), &compared)
        };
        let both = |range: std::ops::Range<usize>| {
            told[range].iter().map(|event| format!("  {}", got(event, None))).collect::<Vec<_>>()
        };
        let mut lines = both(0..before);
        let (missing, others) =
            (&events[before..events.len() - behind], &told[before..told.len() - behind]);
        lines.extend(missing.iter().map(|told| {
            let Told { at, status, labels, annotations } = told;
            format!("- {}", self.shown(*at, *status, labels.as_ref(), annotations))
        }));
        let beside = missing.iter().map(Some).chain(std::iter::repeat(None));
        lines.extend(
            others.iter().zip(beside).map(|(event, told)| format!("+ {}", got(event, told))),
        );
        lines.extend(both(told.len() - behind..told.len()));
        let what = format!("events of {}", about(name));
        Some(Failure { place: self.place.clone(), what, lines })
    }

    fn shown(
        &self,
        at: i64,
        status: Status,
        labels: Option<&Labels>,
        annotations: &Labels,
    ) -> String {
        let labels = labels.map(|labels| shown(labels, annotations, self.alertname.is_some()));
        let rest = labels.map_or_else(|| texts(annotations), |rest| format!(" {rest}"));
        format!("{} {}{rest}", duration_text(at), status.name())
    }
}

impl Told {
    fn is_of(&self, event: &Event, start: Timestamp) -> bool {
        event.at.micros() - start.micros() == self.at
            && event.status == self.status
            && self.labels.as_ref().is_none_or(|labels| *labels == event.labels)
            && has(event, &self.annotations)
    }
}

/// Whether an event has these annotations, whatever others it has.
fn has(event: &Event, annotations: &Labels) -> bool {
    annotations.iter().all(|(name, text)| event.annotations.get(name) == Some(text))
}

/// The annotations of an event of the names of some others.
fn of(event: &Event, annotations: &Labels) -> Labels {
    let own = event.annotations.iter().filter(|(name, _)| annotations.contains_key(*name));
    own.map(|(name, text)| (name.clone(), text.clone())).collect()
}

fn about(alertname: Option<&str>) -> &str {
    alertname.unwrap_or("all rules")
}

/// `{severity="warning"} summary="…"`; `named` if it is known which rule it is about.
fn shown(labels: &Labels, annotations: &Labels, named: bool) -> String {
    let labels = labels.iter().filter(|(name, _)| !named || *name != ALERTNAME);
    let labels: Vec<String> = labels.map(|(name, text)| format!("{name}={text:?}")).collect();
    format!("{{{}}}{}", labels.join(", "), texts(annotations))
}

fn texts(annotations: &Labels) -> String {
    let texts = annotations.iter().map(|(name, text)| format!(" {name}={text:?}"));
    texts.collect::<Vec<_>>().concat()
}
