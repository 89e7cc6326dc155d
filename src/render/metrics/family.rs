//! Families of samples: one name, one help, one type; every sample once.

use std::collections::HashMap;

use super::label::{Labels, fit_name};
use crate::summary::Value;

/// What stands before every name.
const PREFIX: &str = "ufo_logscan_";

/// Endings that mean something to the formats, which no gauge may have.
const RESERVED: [&str; 6] = ["_total", "_count", "_sum", "_bucket", "_info", "_created"];

/// The type of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Kind {
    Counter,
    Gauge,
    Summary,
    Info,
}

/// What a figure means.
#[derive(Debug, Clone)]
pub(super) struct Meaning {
    /// Without prefix and unit.
    pub(super) name: String,
    pub(super) help: String,
    pub(super) kind: Kind,
    pub(super) unit: Option<&'static str>,
    /// Whether values of several keys add up.
    pub(super) counts: bool,
}

impl Meaning {
    pub(super) fn new(
        name: String,
        help: String,
        kind: Kind,
        unit: Option<&'static str>,
    ) -> Meaning {
        Meaning { name, help, kind, unit, counts: false }
    }

    pub(super) fn gauge(name: &str, help: &str) -> Meaning {
        Meaning::new(name.to_owned(), help.to_owned(), Kind::Gauge, None)
    }

    /// The name of the family, `_total` and the like apart.
    fn family(&self) -> String {
        let name = fit_name(&self.name);
        let unit = self.unit.map_or(String::new(), |unit| format!("_{unit}"));
        // A figure in milliseconds is told in seconds.
        let stem =
            if unit == "_seconds" { name.strip_suffix("_ms").unwrap_or(&name) } else { &name };
        let stem = stem.strip_suffix(unit.as_str()).unwrap_or(stem);
        let mut full = format!("{PREFIX}{stem}{unit}");
        if matches!(self.kind, Kind::Gauge | Kind::Counter)
            && RESERVED.iter().any(|ending| full.ends_with(ending))
        {
            full.push_str("_value");
        }
        full
    }
}

/// A finite number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Whole(i128),
    Real(f64),
}

impl Number {
    /// The number of a value in base units; nothing for what is unknown or no number.
    pub(super) fn of(value: &Value) -> Option<Number> {
        let real = |n: f64| n.is_finite().then_some(Number::Real(n));
        match value {
            Value::Int(n) => Some(Number::Whole((*n).into())),
            Value::Bool(truth) => Some(Number::Whole((*truth).into())),
            Value::Float(n) | Value::Ratio(n) | Value::Seconds(n) => real(*n),
            Value::Millis(n) => real(n / 1000.0),
            Value::Time(time) if time.is_some() => real(time.micros() as f64 / 1e6),
            Value::Null | Value::Time(_) | Value::Text(_) | Value::Rest(_) => None,
        }
    }

    fn plus(self, other: Number) -> Number {
        match (self, other) {
            (Number::Whole(mine), Number::Whole(theirs)) => {
                Number::Whole(mine.saturating_add(theirs))
            }
            (Number::Real(mine), Number::Real(theirs)) => Number::Real(mine + theirs),
            (mine, _) => mine,
        }
    }

    fn written(self) -> String {
        match self {
            Number::Whole(n) => n.to_string(),
            Number::Real(n) => n.to_string(),
        }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Sample {
    /// What stands behind the name of the family: `_sum`, `_count`, `_info` or nothing.
    pub(in super::super) suffix: &'static str,
    pub(in super::super) labels: Labels,
    number: Number,
}

impl Sample {
    pub(in super::super) fn value(&self) -> String {
        self.number.written()
    }
}

/// A name with its samples.
#[derive(Debug, Clone)]
pub(in super::super) struct Family {
    /// Without `_total` and `_info`.
    pub(in super::super) name: String,
    pub(in super::super) help: String,
    pub(in super::super) kind: Kind,
    pub(in super::super) samples: Vec<Sample>,
    places: HashMap<(&'static str, Labels), usize>,
}

impl Family {
    /// The unit that the name ends with, if it is one.
    pub(in super::super) fn unit(&self) -> Option<&'static str> {
        ["seconds", "ratio", "bytes"]
            .into_iter()
            .find(|unit| self.name.strip_suffix(unit).is_some_and(|stem| stem.ends_with('_')))
    }
}

/// All families, in the order in which they were first spoken of.
#[derive(Debug, Default)]
pub(in super::super) struct Families {
    pub(in super::super) all: Vec<Family>,
    places: HashMap<String, usize>,
}

impl Families {
    /// Adds a sample. One that is there already is not written twice: counts of keys that look
    /// alike when they are cut or masked add up, and of anything else the first one stays.
    pub(super) fn add(
        &mut self,
        meaning: &Meaning,
        suffix: &'static str,
        labels: Labels,
        number: Number,
    ) {
        let name = meaning.family();
        let all = &mut self.all;
        let place = *self.places.entry(name.clone()).or_insert_with(|| {
            let (help, kind) = (meaning.help.clone(), meaning.kind);
            all.push(Family { name, help, kind, samples: Vec::new(), places: HashMap::new() });
            all.len() - 1
        });
        let family = &mut all[place];
        // A name that another type has taken would make the whole page unreadable.
        if family.kind != meaning.kind {
            return;
        }
        if let Some(&at) = family.places.get(&(suffix, labels.clone())) {
            if meaning.counts {
                family.samples[at].number = family.samples[at].number.plus(number);
            }
            return;
        }
        family.places.insert((suffix, labels.clone()), family.samples.len());
        family.samples.push(Sample { suffix, labels, number });
    }
}
