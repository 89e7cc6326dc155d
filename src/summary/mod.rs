//! What a report is made of: sections of figures and tables, the same for every format.
//!
//! Aggregators write sections, renderers read them; neither knows the other. Names are API:
//! the JSON keys, the scalars of rules and the names of metrics follow from them. What a
//! section looks like in text is a [`Look`], not a format.

mod rows;
mod sheet;

use crate::record::Timestamp;

pub use rows::Rows;
pub use sheet::{Metric, MetricKind, Sheet};

/// One figure.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Not known, or not defined here; `null` in JSON.
    Null,
    /// A count.
    Int(i64),
    /// A number without a unit that text shows.
    Float(f64),
    /// A share between 0 and 1; text shows percent.
    Ratio(f64),
    /// A duration in seconds.
    Seconds(f64),
    /// A duration in milliseconds.
    Millis(f64),
    /// An instant.
    Time(Timestamp),
    /// A truth value.
    Bool(bool),
    /// A text, possibly from the log: hostile until a renderer has escaped it.
    Text(Box<str>),
    /// What stands for all other rows, `(none)` or `(other)` and nothing else: a text of the log
    /// that is spelled so is no such row.
    Rest(&'static str),
}

impl Value {
    /// A count.
    #[must_use]
    pub fn count(n: u64) -> Value {
        Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
    }

    /// A text.
    #[must_use]
    pub fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    /// An instant, or null.
    #[must_use]
    pub fn time(time: Option<Timestamp>) -> Value {
        time.map_or(Value::Null, Value::Time)
    }

    /// A share; 0 of 0 is 0.
    #[must_use]
    pub fn ratio(part: u64, whole: u64) -> Value {
        Value::Ratio(if whole == 0 { 0.0 } else { part as f64 / whole as f64 })
    }
}

/// A named figure. A dot in the name is an object in JSON: `session.p95`.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalar {
    /// Its name in JSON, rules and metrics.
    pub name: &'static str,
    /// Its value.
    pub value: Value,
}

/// How text shows a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The page's `  NAME      :    COUNT`: the first column padded to a width, the second a
    /// count; further columns follow only where they are not zero.
    Ranking {
        /// The least width of the first column.
        width: usize,
        /// What follows the count, such as ` events`.
        unit: &'static str,
    },
    /// The page's `  [COUNT] MESSAGE`; columns are found by name (`message`, `records`).
    Messages,
    /// The page's `  HH:00 - ███ (N events)`.
    Hours,
    /// Bars over time: the first column is a time, the second a count.
    Timeline,
    /// Aligned columns under a line of headings.
    Grid,
}

/// A table of a section.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its name in JSON.
    pub name: &'static str,
    /// Its heading in text, such as `📈 Events by Level`.
    pub heading: &'static str,
    /// How text shows it.
    pub look: Look,
    /// The names of the columns, in order.
    pub columns: &'static [&'static str],
    /// The rows, best first.
    pub rows: Rows,
    /// How many further rows were left out (`--top`).
    pub omitted: u64,
    /// Whether keys past the cap were counted together as `(other)`.
    pub capped: bool,
}

impl Table {
    /// An empty table.
    #[must_use]
    pub fn new(
        name: &'static str,
        heading: &'static str,
        look: Look,
        columns: &'static [&'static str],
    ) -> Table {
        Table { name, heading, look, columns, rows: Rows::default(), omitted: 0, capped: false }
    }
}

/// One group of a section under `by` or one window under `every`: its key, and the same figures
/// again.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What it is a group of: the keys of `by` with their values, or `start` and `end`.
    pub key: Vec<(String, Value)>,
    /// Its figures.
    pub body: Body,
}

/// The figures of a section, or of a group in it.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Figures and tables.
    Figures {
        /// The scalars, in the order of reports.
        scalars: Vec<Scalar>,
        /// The tables, in the order of reports.
        tables: Vec<Table>,
    },
    /// The groups of `by`.
    Groups {
        /// The groups, `(none)` and `(other)` last.
        groups: Vec<Group>,
        /// How many further groups were left out (`--top`).
        omitted: u64,
        /// Whether keys past the cap were counted together as `(other)`.
        capped: bool,
    },
    /// The windows of `every`, in order of time; those without anything are left out.
    Windows(Vec<Group>),
}

impl Body {
    /// A body of scalars alone.
    #[must_use]
    pub fn scalars(scalars: Vec<Scalar>) -> Body {
        Body::Figures { scalars, tables: Vec::new() }
    }

    /// A scalar by name, where there are scalars.
    #[must_use]
    pub fn scalar(&self, name: &str) -> Option<&Value> {
        match self {
            Body::Figures { scalars, .. } => {
                scalars.iter().find(|s| s.name == name).map(|s| &s.value)
            }
            _ => None,
        }
    }
}

/// One aggregation's part of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Its name in JSON: the aggregator's, or the aggregation as the user wrote it
    /// (`error-rate by module`).
    pub name: String,
    /// Its heading in text.
    pub title: String,
    /// Whether it has something to say; text leaves out those that do not.
    pub silent: bool,
    /// Its figures.
    pub body: Body,
    /// What is known of them beyond their values.
    pub sheet: Sheet,
}

/// A whole report.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// The sections in the order of the report.
    pub sections: Vec<Section>,
    /// Whether there was any record at all.
    pub empty: bool,
}

impl Report {
    /// A count by section and name, if the report has it.
    #[must_use]
    pub fn count(&self, section: &str, name: &str) -> Option<i64> {
        let section = self.sections.iter().find(|found| found.name == section)?;
        match section.body.scalar(name) {
            Some(Value::Int(n)) => Some(*n),
            _ => None,
        }
    }
}
