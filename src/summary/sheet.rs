//! What the figures of a section are to a monitoring system: names, and which of them are counts.
//!
//! A sheet stands beside the aggregator and travels with its section, so that no format needs to
//! know any aggregator. A figure that no sheet describes comes out too, under a name made of those
//! of its section and its own, as a gauge.

/// Whether a number counts what has happened or says how things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// How many there were: it only grows while more input comes.
    Counter,
    /// How things stand: it goes up and down.
    Gauge,
}

/// What a figure is called by a monitoring system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// The figure: a scalar, `table.column`, or the series of a distribution (`session`).
    pub figure: &'static str,
    /// Its name without prefix, unit and `_total`: those of the program, of its values and of its
    /// kind are added.
    pub name: &'static str,
    /// What it says, one line.
    pub help: &'static str,
    /// Whether it counts.
    pub kind: MetricKind,
}

impl Metric {
    /// A count.
    #[must_use]
    pub const fn counter(figure: &'static str, name: &'static str, help: &'static str) -> Metric {
        Metric { figure, name, help, kind: MetricKind::Counter }
    }

    /// How something stands.
    #[must_use]
    pub const fn gauge(figure: &'static str, name: &'static str, help: &'static str) -> Metric {
        Metric { figure, name, help, kind: MetricKind::Gauge }
    }
}

/// What is known of a section beyond its figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The aggregator, whatever it is combined with; empty for the generic metrics.
    pub base: &'static str,
    /// What it is called in text, combined with nothing.
    pub title: &'static str,
    /// What it is about, in a few words.
    pub about: &'static str,
    /// The figure that is meant when none is named; empty where there are tables only.
    pub main: &'static str,
    /// The counts that stand behind the main figure, if it is a share.
    pub population: &'static [&'static str],
    /// What its figures are called by monitoring systems.
    pub metrics: &'static [Metric],
    /// The tables that have few rows whatever is logged. Those of all others are as many as clients,
    /// messages or files, and nothing that remembers every one should be given them unasked.
    pub few: &'static [&'static str],
    /// The counts into which a whole falls apart, such as sessions by how they ended.
    pub parts: &'static [&'static str],
}

impl Sheet {
    /// What is said of a figure.
    #[must_use]
    pub fn metric(&self, figure: &str) -> Option<&'static Metric> {
        self.metrics.iter().find(|metric| metric.figure == figure)
    }
}
