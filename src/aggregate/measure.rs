//! One figure of an aggregation, as an alert rule watches it.
//!
//! A rule asks at each tick what a state says of a window or of all so far. States are those of
//! reports, except where a report knows a figure at the end of the input only. What windows and
//! ticks are, and when something is wrong, is not known here.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::event::Fact;
use crate::expr::{Aggregation, Metric, Operand};
use crate::record::{Batch, Needs, Standard, Timestamp};
use crate::summary::{Body, Value};

use super::build::{GENERIC, check_figure, leaf, refuse_lines, unknown};
use super::comings;
use super::division::{Division, Part, Partition};
use super::keys::{Keys, label_name, parts};
use super::registry::{
    Behind, COMINGS, HEALTH_LATENCY, LINES, OPEN_SESSIONS, SESSION_LATENCY, SILENCE,
};
use super::{Aggregator, Clock, Kind, Setup, Unit, View, kind};

/// What a measure says at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The figure, in its [`Unit`]; `None` while it is unknown.
    pub value: Option<f64>,
    /// How many records, or whatever the figure is about, stand behind it; `None` for gauges and
    /// where nobody counts them.
    pub records: Option<u64>,
    /// How many of these the figure tells of; `None` where it is about all of them.
    pub matched: Option<u64>,
    /// Whether the value grows by one second a second while nothing comes.
    pub grows: bool,
}

/// What is as it stands, and not counted in a window.
const GAUGES: [(&str, &str); 5] = [
    ("connections", "devices_online"),
    ("connections", "clients_online"),
    ("session-failure", "open"),
    ("session-failure", "oldest_open_seconds"),
    ("silence", "seconds"),
];

/// What hangs on everything before a window too, though it is no gauge.
const OF_ALL: [(&str, &str); 3] = [
    ("connections", "peak_online"),
    ("health", "consecutive_failures"),
    ("health", "uptime_seconds"),
];

/// One figure of an aggregation, as a rule watches it: builds states, says which rows and facts
/// belong to which of them, and reads them.
#[derive(Clone)]
pub struct Measure {
    text: Arc<str>,
    /// What its states are of: the aggregation without its figure.
    states: Arc<str>,
    kind: &'static Kind,
    figure: Arc<str>,
    unit: Unit,
    behind: Option<&'static Behind>,
    /// Whether it is a section or a count as it is, without keys and condition.
    simple: bool,
    /// The columns of names that it reads.
    reads: Arc<[Standard]>,
    /// Its `by` and `where` in the one form that they have.
    groups: Arc<str>,
    partition: Arc<Partition>,
    labels: Arc<[String]>,
    make: Factory,
}

/// Makes the state of a group.
type Factory = Arc<dyn Fn() -> Box<dyn Aggregator> + Send + Sync>;

impl std::fmt::Debug for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Measure").field("text", &self.text).finish_non_exhaustive()
    }
}

impl Measure {
    /// The measure of an aggregation; its section's main figure if it names none. The fields that
    /// it asks for are added to `needs`.
    ///
    /// # Errors
    ///
    /// If there is no such section or figure, if the figure is no number, or if the aggregation
    /// cannot be combined as written: windows are a matter of the rule, so there is no `every`.
    pub fn new(mut aggregation: Aggregation, setup: &Setup, needs: &mut Needs) -> Result<Measure> {
        aggregation.bind(needs, &setup.zone);
        refuse_windows(&aggregation)?;
        let kind = kind_of(&aggregation)?;
        refuse_lines(&aggregation, kind)?;
        let setup = Setup { nested: true, ..setup.clone() };
        let empty = leaf(&aggregation.metric, kind, &setup).summarize(&AT_THE_EPOCH);
        let figure = figure_of(&aggregation, kind, &empty)?;
        let unit = unit(kind.name, empty.scalar(&figure)).ok_or_else(|| {
            Error::usage(format!("`{}.{figure}` is no number to compare", kind.name))
        })?;
        let states = Aggregation { figure: None, ..aggregation.clone() }.to_string();
        let groups = Aggregation { metric: Metric::Count, figure: None, ..aggregation.clone() };
        let groups = groups.to_string().into();
        let Aggregation { text, metric, by, filter, .. } = aggregation;
        let simple = by.is_empty()
            && filter.is_none()
            && matches!(metric, Metric::Section(_) | Metric::Count);
        let mut named: Vec<&Operand> = metric.operand().into_iter().collect();
        if kind.takes_records {
            named.extend(&by);
            if let Some(condition) = &filter {
                condition.visit(&mut |operand, _| named.push(operand));
            }
        }
        let of_keys = named.into_iter().filter_map(names_of);
        let reads = kind.names.iter().copied().chain(of_keys).collect();
        let labels = by.iter().map(|key| label_name(&key.label()).into_owned()).collect();
        let keys = Keys::new(by, setup.seed);
        Ok(Measure {
            text: text.into(),
            states: states.into(),
            kind,
            behind: kind.behind(&figure),
            figure: figure.into(),
            unit,
            simple,
            reads,
            groups,
            partition: Arc::new(Partition { keys, filter, seed: setup.seed }),
            labels,
            make: Arc::new(move || leaf(&metric, kind, &setup)),
        })
    }

    /// The aggregation as written: two measures of one text are one.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the states of both are the same, so that one can be read for both.
    #[must_use]
    pub fn shares_states(&self, other: &Measure) -> bool {
        std::ptr::eq(self.kind, other.kind) && self.states == other.states
    }

    /// Whether both have the same groups, so that one [`Division`] serves both.
    #[must_use]
    pub fn shares_groups(&self, other: &Measure) -> bool {
        self.groups == other.groups
    }

    /// What divides rows and facts into its groups. Which of them it takes at all says its
    /// [`Measure::kind`].
    #[must_use]
    pub fn division(&self) -> Division {
        Division::new(Arc::clone(&self.partition))
    }

    /// A name of its states: measures have the same one if, and only if, they share them. Never
    /// the same for states that are different, in whichever run.
    #[must_use]
    pub fn states(&self) -> String {
        // What rules know by states of their own has the name of a section, and another main figure.
        format!("{} ({}.{})", self.states, self.kind.name, self.kind.main)
    }

    /// What its states fold. Those of `input` take no records, but what is told of lines
    /// ([`Aggregator::account`], [`Batch::accounting_of`]).
    #[must_use]
    pub fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// The figure's name.
    #[must_use]
    pub fn figure(&self) -> &str {
        &self.figure
    }

    /// Whether its figures depend on what messages mean, see [`super::Plan::needs_events`].
    #[must_use]
    pub fn needs_events(&self) -> bool {
        !self.simple || self.kind.follows_events()
    }

    /// Whether it may read the column of names of a standard field, see [`super::Plan::reads`].
    #[must_use]
    pub fn reads(&self, field: Standard) -> bool {
        self.reads.contains(&field)
    }

    /// Whether it takes lines, by what became of them, and neither records nor facts.
    #[must_use]
    pub fn takes_lines(&self) -> bool {
        std::ptr::eq(self.kind, &raw const LINES)
    }

    /// Whether it is how long nothing has come.
    #[must_use]
    pub fn is_silence(&self) -> bool {
        std::ptr::eq(self.kind, &raw const SILENCE)
    }

    /// Whether it is as it stands, and not counted in a window: who is online, what is open, how
    /// long nothing has come. The state of everything so far tells it.
    #[must_use]
    pub fn is_gauge(&self) -> bool {
        GAUGES.contains(&(self.kind.name, &*self.figure))
    }

    /// Whether the state of a window cannot tell it: gauges, and what hangs on everything before
    /// in the same way (`health.consecutive_failures`, `health.uptime_seconds`,
    /// `connections.peak_online`).
    #[must_use]
    pub fn is_of_all(&self) -> bool {
        self.is_gauge() || OF_ALL.contains(&(self.kind.name, &*self.figure))
    }

    /// What the figure is counted in.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// Whether it is grouped by keys.
    #[must_use]
    pub fn is_grouped(&self) -> bool {
        !self.labels.is_empty()
    }

    /// The names of its keys as those of labels in Prometheus: `client`, and `a_b` for
    /// `field("a.b")`. Two keys may give one name.
    #[must_use]
    pub fn labels(&self) -> Vec<String> {
        self.labels.to_vec()
    }

    /// An empty state of one group. It takes the rows and facts that [`Measure::partition`] and
    /// [`Measure::key_of`] give for its key; the only state of a measure without keys takes any.
    #[must_use]
    pub fn state(&self) -> Box<dyn Aggregator> {
        (self.make)()
    }

    /// Rows by the key of their group, groups in order of first sight; the key is empty without
    /// `by`. No rows if it takes no records. Whoever asks more than once keeps a
    /// [`Measure::division`].
    #[must_use]
    pub fn partition(&self, batch: &Batch, rows: &[u32]) -> Vec<(String, Vec<u32>)> {
        if !self.kind.takes_records {
            return Vec::new();
        }
        let mut division = self.division();
        division.divide(batch, rows);
        let part = |part: Part<'_>| (division.key(part.number).to_string(), part.rows.to_vec());
        division.parts().map(part).collect()
    }

    /// The key of the group that a fact belongs to, empty without `by`; `None` if it belongs to
    /// none, as its kind is not learned.
    #[must_use]
    pub fn key_of(&self, fact: &Fact<'_>) -> Option<String> {
        if !self.kind.learns.contains(&fact.kind) {
            return None;
        }
        let Partition { keys, filter, .. } = self.partition.as_ref();
        let takes_part = filter.as_ref().is_none_or(|condition| condition.test(fact));
        takes_part.then(|| keys.key(fact))
    }

    /// The labels of a group, by the names of [`Measure::labels`]. A missing key is `(none)`.
    #[must_use]
    pub fn group_labels(&self, key: &str) -> Vec<(String, String)> {
        let mut values = parts(key).into_iter();
        let mut value = || values.next().flatten().unwrap_or_else(|| "(none)".to_owned());
        self.labels.iter().map(|name| (name.clone(), value())).collect()
    }

    /// What a state says at an instant. `start` is since when rules have looked: silence lasts
    /// since then where nothing has come at all.
    #[must_use]
    pub fn reading(&self, state: &dyn Aggregator, now: Timestamp, start: Timestamp) -> Reading {
        let matched = self.behind.and_then(|behind| sum(state, behind.matched));
        Reading { matched, ..self.judgement(state, now, start, true) }
    }

    /// What of a [`Measure::reading`] a comparison needs: not what the figure tells of, and how
    /// many stand behind it only where that is `counted`.
    #[must_use]
    pub fn judgement(
        &self,
        state: &dyn Aggregator,
        now: Timestamp,
        start: Timestamp,
        counted: bool,
    ) -> Reading {
        let view = View { clock: Some(Clock { start, now }), ..WINDOW };
        Reading {
            value: state.figure(&self.figure, &view).as_ref().and_then(number),
            records: self.behind.filter(|_| counted).and_then(|b| sum(state, b.population)),
            matched: None,
            grows: self.grows(state, &view),
        }
    }

    fn grows(&self, state: &dyn Aggregator, view: &View) -> bool {
        if std::ptr::eq(self.kind, &raw const OPEN_SESSIONS) {
            return count(state.figure("open", view)) > Some(0);
        }
        std::ptr::eq(self.kind, &raw const SILENCE)
    }
}

/// A window, of which no table is wanted.
const WINDOW: View = View { top: Some(0), window: true, cut: false, unordered: false, clock: None };

/// Where an empty state is asked for its figures.
const AT_THE_EPOCH: View = {
    let epoch = Timestamp::from_micros(0);
    View { clock: Some(Clock { start: epoch, now: epoch }), ..WINDOW }
};

/// The column of names that an operand of records is taken from.
fn names_of(operand: &Operand) -> Option<Standard> {
    Some(match operand {
        Operand::Logger => Standard::Logger,
        Operand::Module => Standard::Module,
        Operand::Function => Standard::Function,
        Operand::Client => Standard::Client,
        _ => return None,
    })
}

fn refuse_windows(aggregation: &Aggregation) -> Result<()> {
    if aggregation.every.is_none() {
        return Ok(());
    }
    Err(Error::usage("a rule takes no `every`: it looks at each tick")
        .hint("how far it looks back is said by its `over`, as in over = \"5m\""))
}

fn kind_of(aggregation: &Aggregation) -> Result<&'static Kind> {
    let Metric::Section(name) = &aggregation.metric else { return Ok(&GENERIC) };
    let oldest = aggregation.figure.as_deref() == Some(OPEN_SESSIONS.main);
    let counts = aggregation.figure.as_deref().is_some_and(|name| comings::FIGURES.contains(&name));
    let of = aggregation.figure.as_deref().filter(|_| aggregation.by.is_empty());
    match name.as_str() {
        "latency" if of.is_some_and(|figure| figure.starts_with("health.")) => Ok(&HEALTH_LATENCY),
        "latency" if of.is_some_and(|figure| figure.starts_with("session.")) => {
            Ok(&SESSION_LATENCY)
        }
        "silence" => Ok(&SILENCE),
        "input" => Ok(&LINES),
        "session-failure" if oldest => Ok(&OPEN_SESSIONS),
        "connections" if counts => Ok(&COMINGS),
        name => kind(name).ok_or_else(|| unknown(name, &[SILENCE.name])),
    }
}

/// The figure that is named, or the main one; the first one of a generic metric.
fn figure_of(aggregation: &Aggregation, kind: &Kind, empty: &Body) -> Result<String> {
    if let Some(figure) = &aggregation.figure {
        check_figure(kind.name, figure, empty)?;
        return Ok(figure.clone());
    }
    let first = match empty {
        Body::Figures { scalars, .. } => scalars.first().map_or("", |scalar| scalar.name),
        _ => "",
    };
    let figure = if kind.main.is_empty() { first } else { kind.main };
    if figure.is_empty() {
        return Err(Error::usage(format!("`{}` has tables only", kind.name))
            .hint("a rule compares one figure, such as `error-rate` or `count where …`"));
    }
    Ok(figure.to_owned())
}

/// The unit of a figure by its value in an empty state, where that is known; `None` if it is no
/// number.
fn unit(section: &str, empty: Option<&Value>) -> Option<Unit> {
    Some(match empty? {
        Value::Ratio(_) => Unit::Ratio,
        Value::Int(_) => Unit::Count,
        // Rules write `> 2s` and `> 250ms`, which are seconds both.
        Value::Seconds(_) | Value::Millis(_) => Unit::Seconds,
        Value::Float(_) => Unit::Number,
        Value::Null => match section {
            "connections" => Unit::Count,
            "latency" => Unit::Seconds,
            "throughput" => return None, // The start of the best minute.
            _ => Unit::Number,
        },
        Value::Time(_) | Value::Bool(_) | Value::Text(_) | Value::Rest(_) => return None,
    })
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Float(x) | Value::Ratio(x) | Value::Seconds(x) => Some(*x),
        Value::Millis(x) => Some(*x / 1000.0),
        _ => None,
    }
}

/// The sum of some counts of a window; `None` if there are none.
fn sum(state: &dyn Aggregator, names: &[&str]) -> Option<u64> {
    if names.is_empty() {
        return None;
    }
    names.iter().map(|name| count(state.figure(name, &WINDOW))).sum()
}

fn count(value: Option<Value>) -> Option<u64> {
    match value? {
        Value::Int(n) => u64::try_from(n).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
