//! What is told when a rule fires or ends, and who an alert is.
//!
//! This module knows no format: how an event is written for a receiver, how long its texts may
//! be and what has to be hidden in them is the business of [`crate::render`].

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Severity;
use crate::record::{Level, Timestamp};

/// The name of the label that holds the name of the rule.
pub const ALERTNAME: &str = "alertname";
/// The name of the label that holds the severity.
pub const SEVERITY: &str = "severity";
/// How many bytes [`Event::dedup_key`] has at most; `PagerDuty` takes no more.
pub const MAX_DEDUP_KEY: usize = 255;

/// Whether an alert has begun or goes on, or is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// The rule's condition holds.
    Firing,
    /// It did, and no longer does.
    Resolved,
}

impl Status {
    /// The name in events: Alertmanager's.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Status::Firing => "firing",
            Status::Resolved => "resolved",
        }
    }
}

/// What a value was computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// How many records or facts it rests on.
    pub records: u64,
    /// How many of them are of the kind that the rule is about, if it counts any.
    pub matched: Option<u64>,
}

/// That a rule fires for one group, still fires, or no longer does.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The tick at which this was found, in event time.
    pub at: Timestamp,
    /// Whether it fires.
    pub status: Status,
    /// The name of the rule.
    pub name: String,
    /// How bad the rule is.
    pub severity: Severity,
    /// All labels, uncut: `alertname` and `severity`, those of the rule, those of the group.
    pub labels: BTreeMap<String, String>,
    /// Texts for people, with their placeholders filled.
    pub annotations: BTreeMap<String, String>,
    /// The first tick at which the alert fired.
    pub starts_at: Timestamp,
    /// The tick at which it ended; of no meaning while it fires.
    pub ends_at: Option<Timestamp>,
    /// What was compared, if it is known; durations in seconds, ratios between 0 and 1.
    pub value: Option<f64>,
    /// What it was compared with, in the same unit; a number.
    pub threshold: f64,
    /// How: `==`, `!=`, `<`, `<=`, `>`, `>=` or `deviates`.
    pub op: &'static str,
    /// The window, start exclusive and end inclusive; none for gauges and whole runs.
    pub window: Option<(Timestamp, Timestamp)>,
    /// What the value rests on.
    pub evidence: Option<Evidence>,
    /// The number of this event, counted from 1 in a run.
    pub seq: u64,
    /// The labels of the group alone.
    pub group: BTreeMap<String, String>,
    /// The event in one sentence.
    pub message: String,
}

impl Event {
    /// Who the alert is, severity included: Alertmanager's own fingerprint of the labels.
    ///
    /// As there, a label without a value is no label.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        fingerprint(&self.labels)
    }

    /// Who the alert is, whatever its severity: the rule and its group, as in
    /// `FlakyClient/client=device_1`, so that an incident stays one while it gets worse.
    ///
    /// In names and values `/`, `%` and control characters are written as `%2F`. Of more than
    /// [`MAX_DEDUP_KEY`] bytes it is a beginning, and [`Event::dedup_hash`] at its end.
    #[must_use]
    pub fn dedup_key(&self) -> String {
        let mut key = self.whole_key();
        if key.len() > MAX_DEDUP_KEY {
            let hash = format!("~{:016x}", self.dedup_hash());
            key.truncate(key.floor_char_boundary(MAX_DEDUP_KEY - hash.len()));
            key.push_str(&hash);
        }
        key
    }

    /// A number for the whole of [`Event::dedup_key`], for where it cannot be shown.
    #[must_use]
    pub fn dedup_hash(&self) -> u64 {
        hash(self.whole_key().bytes())
    }

    fn whole_key(&self) -> String {
        let mut key = String::new();
        push_escaped(&self.name, &mut key);
        for (name, value) in &self.group {
            key.push('/');
            push_escaped(name, &mut key);
            key.push('=');
            push_escaped(value, &mut key);
        }
        key
    }

    /// The level of the event as a log record: by severity while it fires, then INFO.
    #[must_use]
    pub fn level(&self) -> Level {
        match self.status {
            Status::Firing => self.severity.level(),
            Status::Resolved => Level::Info,
        }
    }

    /// When the alert ended, if it did: never before it began.
    #[must_use]
    pub fn ended(&self) -> Option<Timestamp> {
        match self.status {
            Status::Firing => None,
            Status::Resolved => Some(self.ends_at.unwrap_or(self.at).max(self.starts_at)),
        }
    }
}

/// A sign of life: that nothing is told because nothing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeat {
    /// The instant that the run has come to.
    pub at: Timestamp,
    /// Its number among the events of the run.
    pub seq: u64,
    /// For how many seconds the program has been running.
    pub uptime_seconds: u64,
    /// Lines read so far.
    pub lines: u64,
    /// Lines of them that are records.
    pub records: u64,
    /// Lines of them that are none.
    pub malformed: u64,
    /// Records that came too late for their window.
    pub late: u64,
    /// Alerts that fire now.
    pub firing: u64,
}

impl Heartbeat {
    /// The name that stands in the place of a rule's.
    pub const NAME: &'static str = "Heartbeat";

    /// The labels of every heartbeat.
    #[must_use]
    pub fn labels(&self) -> BTreeMap<String, String> {
        [(ALERTNAME, Heartbeat::NAME), (SEVERITY, Severity::Info.name())]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    /// The same for every heartbeat: see [`Event::fingerprint`].
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        fingerprint(&self.labels())
    }

    /// The heartbeat in one sentence.
    #[must_use]
    pub fn message(&self) -> String {
        let Heartbeat { uptime_seconds, lines, records, malformed, late, firing, .. } = self;
        format!(
            "Heartbeat: up {uptime_seconds} s, {lines} lines, {records} records, \
             {malformed} malformed, {late} late, {firing} firing"
        )
    }
}

/// Alertmanager's fingerprint: pairs in the order of their names, each text followed by a byte
/// that UTF-8 does not have.
fn fingerprint(labels: &BTreeMap<String, String>) -> u64 {
    let pairs = labels.iter().filter(|(_, value)| !value.is_empty());
    hash(pairs.flat_map(|(name, value)| [name, value]).flat_map(|text| text.bytes().chain([0xff])))
}

/// FNV-1a of 64 bits.
fn hash(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Appends a text such that `/` in what results stands only where the caller writes it.
fn push_escaped(text: &str, key: &mut String) {
    for c in text.chars() {
        if c == '/' || c == '%' || c.is_control() {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a string cannot fail.
                let _ = write!(key, "%{byte:02X}");
            }
        } else {
            key.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Labels = BTreeMap<String, String>;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn event(name: &str, group: &Labels) -> Event {
        let mut labels = labels(&[(ALERTNAME, name), (SEVERITY, "warning")]);
        labels.extend(group.clone());
        Event {
            at: Timestamp::from_micros(10_000_000),
            status: Status::Firing,
            name: name.to_owned(),
            severity: Severity::Warning,
            labels,
            annotations: BTreeMap::new(),
            starts_at: Timestamp::from_micros(5_000_000),
            ends_at: None,
            value: None,
            threshold: 1.0,
            op: ">",
            window: None,
            evidence: None,
            seq: 1,
            group: group.clone(),
            message: String::new(),
        }
    }

    #[test]
    fn fingerprints_are_those_of_alertmanager() {
        let high = labels(&[("alertname", "HighErrorRate"), ("severity", "warning")]);
        assert_eq!(fingerprint(&high), 0xd6cf_3508_d7aa_db4f);
        let printed = labels(&[("severity", "warning"), ("alertname", "test-alert")]);
        assert_eq!(fingerprint(&printed), 0x41f9_9308_f4b2_44ea);
        let with_none =
            labels(&[("alertname", "HighErrorRate"), ("severity", "warning"), ("x", "")]);
        assert_eq!(fingerprint(&with_none), fingerprint(&high));
        assert_eq!(fingerprint(&Labels::new()), 0xcbf2_9ce4_8422_2325);
    }

    #[test]
    fn a_key_is_readable_and_knows_no_severity() {
        let mut flaky = event("FlakyClient", &labels(&[("client", "device_1"), ("file", "/a b")]));
        assert_eq!(flaky.dedup_key(), "FlakyClient/client=device_1/file=%2Fa b");
        let mild = flaky.dedup_key();
        flaky.severity = Severity::Critical;
        flaky.labels.insert(SEVERITY.to_owned(), "critical".to_owned());
        assert_eq!(flaky.dedup_key(), mild);
        assert_eq!(event("HighErrorRate", &Labels::new()).dedup_key(), "HighErrorRate");
    }

    #[test]
    fn long_keys_stay_apart() {
        let key = |end: &str| event("A", &labels(&[("c", &("é".repeat(200) + end))])).dedup_key();
        assert!(key("1").len() <= MAX_DEDUP_KEY && key("1").starts_with("A/c=éé"));
        assert_ne!(key("1"), key("2"));
        let fits = event("A", &labels(&[("c", &"x".repeat(251))])).dedup_key();
        assert!(fits.len() == MAX_DEDUP_KEY && fits.ends_with("xxx"), "{fits}");
    }

    #[test]
    fn the_level_is_that_of_the_severity_until_it_is_over() {
        let mut event = event("A", &Labels::new());
        assert_eq!((event.level(), event.ended()), (Level::Warning, None));
        event.status = Status::Resolved;
        assert_eq!((event.level(), event.ended()), (Level::Info, Some(event.at)));
        event.ends_at = Some(Timestamp::from_micros(0));
        assert_eq!(event.ended(), Some(event.starts_at));
    }

    proptest! {
        #[test]
        fn keys_are_bounded_and_tell_groups_apart(
            (a, b) in ("[/%=a~\n]{0,6}", "[/%=a~\n]{0,6}"),
            (c, d) in ("[/%=a~\n]{0,6}|\\PC{90}", "[/%=a~\n]{0,6}"),
        ) {
            let one = event("R", &labels(&[("k", &a), ("l", &b)]));
            let other = event("R", &labels(&[("k", &c), ("l", &d)]));
            prop_assert!(other.dedup_key().len() <= MAX_DEDUP_KEY);
            prop_assert_eq!(one.group == other.group, one.dedup_key() == other.dedup_key());
            let rule = event(&a, &Labels::new());
            let grouped = event("R", &labels(&[("k", &b)]));
            prop_assert_ne!(rule.dedup_key(), grouped.dedup_key());
        }
    }
}
