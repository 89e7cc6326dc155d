//! What an alert event says: its labels, its figures and its sentence.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::aggregate::{Reading, Unit};
use crate::expr::Test;

use super::clock::Pace;
use super::event::{Event, Evidence, Status};
use super::phase::Tell;
use super::watch::{Look, Term, Watch};

/// The rule that tells that more series of another one would fire than may.
pub const LIMIT_REACHED: &str = "LimitReached";

/// The event about a group of a rule. `spoken` is what its annotations speak of.
pub(super) fn event(
    watch: &Watch,
    key: &str,
    look: &Look,
    spoken: &Reading,
    tell: Tell,
    tick: i64,
    pace: Pace,
) -> Event {
    let rule = &watch.rule;
    let group: BTreeMap<String, String> = watch
        .grouped_term()
        .map(|term| term.measure.group_labels(key).into_iter().collect())
        .unwrap_or_default();
    let mut labels = rule.labels.clone();
    labels.insert("alertname".to_owned(), rule.name.clone());
    labels.insert("severity".to_owned(), rule.severity.to_string());
    labels.extend(group.clone());
    let (term, reading) = (&watch.terms[0], &look.readings[0]);
    let (status, started) = match tell {
        Tell::Resolves { started } => (Status::Resolved, started),
        Tell::Fires => (Status::Firing, tick),
        Tell::Repeats => (Status::Firing, watch.started(key).unwrap_or(tick)),
    };
    let ends_at = (status == Status::Resolved).then(|| pace.time(tick));
    let over = rule.over.filter(|_| !term.measure.is_of_all());
    let window = over.map(|_| {
        let length = rule.over.map_or(0, |over| pace.ticks_in(over).max(1));
        (pace.time(tick - length), pace.time(tick))
    });
    let (op, threshold) = test(&term.test);
    let mut event = Event {
        at: pace.time(tick),
        status,
        name: rule.name.clone(),
        severity: rule.severity,
        labels,
        annotations: BTreeMap::new(),
        starts_at: pace.time(started),
        ends_at,
        value: reading.value,
        threshold,
        op,
        window,
        evidence: reading.records.map(|records| Evidence { records, matched: reading.matched }),
        seq: 0,
        message: sentence(watch, look, status, &group),
        group,
    };
    let lookup = |name: &str| placeholder(name, watch, &event, spoken);
    let render =
        |(name, text): (&String, &super::template::Template)| (name.clone(), text.render(&lookup));
    event.annotations = rule.annotations.iter().map(render).collect();
    event
}

/// The event about the limit of a rule.
pub(super) fn limit(watch: &Watch, tell: Tell, tick: i64, pace: Pace) -> Event {
    let rule = &watch.rule;
    let (status, started) = match tell {
        Tell::Resolves { started } => (Status::Resolved, started),
        _ => (Status::Firing, tick),
    };
    let group = BTreeMap::from([("rule".to_owned(), rule.name.clone())]);
    let mut labels = group.clone();
    labels.insert("alertname".to_owned(), LIMIT_REACHED.to_owned());
    labels.insert("severity".to_owned(), rule.severity.to_string());
    let message = match status {
        Status::Firing => format!(
            "{LIMIT_REACHED} firing: more than {} series of {} would fire at once; the others are not told",
            rule.limit, rule.name
        ),
        Status::Resolved => {
            format!("{LIMIT_REACHED} resolved: all series of {} are told again", rule.name)
        }
    };
    Event {
        at: pace.time(tick),
        status,
        name: LIMIT_REACHED.to_owned(),
        severity: rule.severity,
        labels,
        annotations: BTreeMap::new(),
        starts_at: pace.time(started),
        ends_at: (status == Status::Resolved).then(|| pace.time(tick)),
        value: Some((watch.firing + watch.refused) as f64),
        threshold: rule.limit as f64,
        op: ">",
        window: None,
        evidence: None,
        seq: 0,
        group,
        message,
    }
}

/// `HighErrorRate firing: error-rate 14.2% > 10% over 5m (71 of 500)`, and in the end
/// `HighErrorRate resolved: error-rate 0.4% (2 of 500), no longer > 10% over 5m`.
fn sentence(
    watch: &Watch,
    look: &Look,
    status: Status,
    group: &BTreeMap<String, String>,
) -> String {
    let figures = || watch.terms.iter().zip(&look.readings);
    // What is compared twice is named once: `devices_online 2 < 3 and > 0`.
    let repeats = |at: usize| at > 0 && watch.terms[at - 1].text == watch.terms[at].text;
    let mut text = format!("{} {}", watch.rule.name, status.name());
    for (at, (name, value)) in group.iter().enumerate() {
        let _ = write!(text, "{}{name}={value}", if at > 0 { ", " } else { " for " });
    }
    text.push_str(": ");
    if status == Status::Firing {
        for (at, (term, reading)) in figures().enumerate() {
            text.push_str(if at > 0 { " and " } else { "" });
            if !repeats(at) {
                let _ = write!(text, "{} ", figure(term, reading));
            }
            let _ = write!(text, "{}{}", condition(term), over(watch, term));
            if !repeats(at) {
                text.push_str(&behind(reading));
            }
        }
        return text;
    }
    for (at, (term, reading)) in figures().enumerate().filter(|(at, _)| !repeats(*at)) {
        let _ = write!(text, "{}{}", if at > 0 { ", " } else { "" }, figure(term, reading));
        text.push_str(&behind(reading));
    }
    text.push_str(", no longer ");
    let alone = (1..watch.terms.len()).all(repeats);
    for (at, term) in watch.terms.iter().enumerate() {
        text.push_str(if at > 0 { " and " } else { "" });
        if !alone && !repeats(at) {
            let _ = write!(text, "{} ", term.text);
        }
        let _ = write!(text, "{}{}", condition(term), over(watch, term));
    }
    text
}

/// `error-rate 14.2%`.
fn figure(term: &Term, reading: &Reading) -> String {
    match reading.value {
        Some(value) => format!("{} {}", term.text, shown(term, value)),
        None => format!("{} unknown", term.text),
    }
}

/// ` over 5m`, where a window is looked at.
fn over(watch: &Watch, term: &Term) -> String {
    let over = watch.rule.over.filter(|_| !term.measure.is_of_all());
    over.map(|over| format!(" over {}", duration(over))).unwrap_or_default()
}

/// ` (71 of 500)`.
fn behind(reading: &Reading) -> String {
    match (reading.matched, reading.records) {
        (Some(matched), Some(records)) => format!(" ({matched} of {records})"),
        _ => String::new(),
    }
}

/// A value with so many digits that it does not look like what it is compared with.
fn shown(term: &Term, value: f64) -> String {
    term.measure.unit().show_beside(value, test(&term.test).1)
}

/// `> 10%`, `deviates 50% from 5%`.
fn condition(term: &Term) -> String {
    let show = |number: f64| term.measure.unit().show(number);
    match &term.test {
        Test::Compare { number, .. } => format!("{} {}", test(&term.test).0, show(*number)),
        Test::Deviates { share, from } => {
            format!("deviates {} from {}", Unit::Ratio.show(*share), show(*from))
        }
    }
}

/// The operator and the number of a test.
fn test(test: &Test) -> (&'static str, f64) {
    match *test {
        Test::Compare { negated: true, number, .. } => ("!=", number),
        Test::Compare { operator, number, .. } => (operator.sign(), number),
        Test::Deviates { from, .. } => ("deviates", from),
    }
}

/// Microseconds for people: `5m`, `1h30m`.
fn duration(micros: i64) -> String {
    Unit::Seconds.show(micros as f64 / 1e6)
}

/// What stands for a placeholder of an annotation.
fn placeholder<'a>(
    name: &str,
    watch: &'a Watch,
    event: &'a Event,
    reading: &Reading,
) -> Option<Cow<'a, str>> {
    let term = &watch.terms[0];
    let count = |n: u64| Cow::Owned(n.to_string());
    Some(match name {
        "value" => {
            reading.value.map_or(Cow::Borrowed("unknown"), |value| Cow::Owned(shown(term, value)))
        }
        "threshold" => Cow::Owned(term.measure.unit().show(event.threshold)),
        "name" => Cow::Borrowed(&event.name),
        "severity" => Cow::Borrowed(event.severity.name()),
        "over" => Cow::Owned(duration(watch.rule.over?)),
        "for" => Cow::Owned(duration(watch.rule.hold)),
        "records" => count(reading.records?),
        "matched" => count(reading.matched?),
        _ => Cow::Borrowed(event.labels.get(name.strip_prefix("labels.")?)?),
    })
}
