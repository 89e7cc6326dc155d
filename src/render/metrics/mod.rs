//! A report as families of metrics, before they are written in one of the two exposition formats.
//!
//! Names come from the sheets of sections, units from values, labels from keys. It knows no
//! aggregator: one that has no sheet gets names made of its own. What may be as many as a log
//! likes, such as clients and messages, comes only when it is asked for, and never without a cap.

mod family;
mod label;

use crate::record::Timestamp;
use crate::summary::{
    Body, Group, Metric, MetricKind, Report, Scalar, Section, Sheet, Table, Value,
};

pub(super) use family::{Families, Family, Kind, Sample};
use family::{Meaning, Number};
use label::Labels;

/// How a report is to be told.
#[derive(Debug, Clone, Default)]
pub struct Style {
    /// Whether the input goes on, so that counts only grow: they are counters then. What is
    /// counted in files may be less the next time, and is a gauge.
    pub live: bool,
    /// How many clients, messages, files and the like may have metrics of their own; none of them
    /// without it.
    pub keys: Option<usize>,
    /// What is to be told of the run itself.
    pub run: Option<Run>,
}

/// A run, as far as nothing that was read says it.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// How long it took, in seconds.
    pub seconds: f64,
    /// When it was over.
    pub finished: Timestamp,
}

/// How many rows of a table or groups of an aggregation have metrics unless another number is
/// given.
const MAX_ROWS: usize = 100;

/// The figures of a report and of the run.
pub(super) fn families(report: &Report, style: &Style) -> Families {
    let mut teller = Teller { families: Families::default(), style };
    for section in &report.sections {
        teller.section(section);
    }
    teller.program();
    teller.families
}

struct Teller<'a> {
    families: Families,
    style: &'a Style,
}

/// Where a figure stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    section: &'a Section,
    labels: &'a Labels,
}

impl Place<'_> {
    fn sheet(&self) -> &Sheet {
        &self.section.sheet
    }
}

impl Teller<'_> {
    fn section(&mut self, section: &Section) {
        let mut labels = Labels::default();
        // The same figure of several aggregations is told apart by how they were written.
        if section.name != section.sheet.base {
            labels.add("aggregation", &Value::text(&section.name));
        }
        self.body(Place { section, labels: &labels }, &section.body);
    }

    fn body(&mut self, place: Place<'_>, body: &Body) {
        match body {
            Body::Figures { scalars, tables } => {
                self.scalars(place, scalars);
                for table in tables {
                    self.table(place, table);
                }
            }
            Body::Groups { groups, omitted, .. } => self.groups(place, groups, *omitted),
            // Metrics have no time of their own: the latest window is how things stand.
            Body::Windows(windows) => {
                if let Some(last) = windows.last() {
                    self.body(place, &last.body);
                }
            }
        }
    }

    fn groups(&mut self, place: Place<'_>, groups: &[Group], omitted: u64) {
        let most = self.style.keys.unwrap_or(MAX_ROWS);
        for group in groups.iter().take(most) {
            let mut labels = place.labels.clone();
            for (name, value) in &group.key {
                labels.add(name, value);
            }
            self.body(Place { labels: &labels, ..place }, &group.body);
        }
        let left_out = groups.len().saturating_sub(most) as u64 + omitted;
        if left_out > 0 {
            let meaning =
                Meaning::gauge("groups_left_out", "Groups that have no metrics of their own");
            self.families.add(&meaning, "", place.labels.clone(), Number::Whole(left_out.into()));
        }
    }

    fn scalars(&mut self, place: Place<'_>, scalars: &[Scalar]) {
        let mut series: Vec<&str> = Vec::new();
        for Scalar { name, value } in scalars {
            let head = name.split_once('.').map_or("", |(head, _)| head);
            let is_series = scalars.iter().any(|other| part_of(head, other.name) == Some("count"));
            if !is_series {
                let meaning = self.meaning(place, name, name, value);
                self.add(&meaning, place.labels.clone(), value);
            } else if !series.contains(&head) {
                series.push(head);
                self.series(place, head, scalars);
            }
        }
    }

    /// A distribution is a summary: its quantiles, how many values it has and what they add up to.
    fn series(&mut self, place: Place<'_>, head: &str, scalars: &[Scalar]) {
        let members = || scalars.iter().filter_map(|s| Some((part_of(head, s.name)?, &s.value)));
        let sample = members().map(|(_, value)| value).find(|value| unit(value).is_some());
        let mut summary = self.meaning(place, head, head, sample.unwrap_or(&Value::Null));
        summary.kind = Kind::Summary;
        for (name, value) in members() {
            let Some(number) = Number::of(value) else { continue };
            if let Some(quantile) = quantile(name) {
                let mut labels = place.labels.clone();
                labels.add("quantile", &Value::text(&quantile));
                self.families.add(&summary, "", labels, number);
            } else {
                match name {
                    "count" => self.families.add(&summary, "_count", place.labels.clone(), number),
                    "sum" => self.families.add(&summary, "_sum", place.labels.clone(), number),
                    // A mean is a sum over a count.
                    "mean" => {}
                    name => {
                        let of_series = format!("{}_{name}", summary.name);
                        let help = format!("{}: {name}", summary.help);
                        let meaning = Meaning::new(of_series, help, Kind::Gauge, unit(value));
                        self.families.add(&meaning, "", place.labels.clone(), number);
                    }
                }
            }
        }
    }

    /// A row has a metric for each of its numbers. Where a sheet says anything of the tables of its
    /// section, what it does not speak of is for people.
    fn table(&mut self, place: Place<'_>, table: &Table) {
        let sheet = place.sheet();
        let figures: Vec<_> =
            table.columns.iter().map(|column| format!("{}.{column}", table.name)).collect();
        let told = |figure: &str| sheet.metrics.is_empty() || sheet.metric(figure).is_some();
        let most = match (sheet.few.contains(&table.name), self.style.keys) {
            (true, keys) => keys.unwrap_or(MAX_ROWS).max(MAX_ROWS),
            (false, Some(keys)) => keys,
            (false, None) => return,
        };
        let mut single = 0;
        for row in table.rows.iter() {
            let is_rest = matches!(row.first(), Some(Value::Rest(_)));
            single += usize::from(!is_rest);
            let past_cap = !is_rest && single > most;
            let labels =
                if past_cap { rest_of(place, table) } else { row_labels(place, table, &row) };
            let cells = table.columns.iter().zip(&figures).zip(&row).skip(1);
            for ((column, figure), value) in cells.filter(|((_, figure), _)| told(figure)) {
                let name = if sheet.metrics.is_empty() { figure } else { *column };
                let meaning = self.meaning(place, figure, name, value);
                // Only what is counted can be thrown together.
                if !past_cap || meaning.counts {
                    self.add(&meaning, labels.clone(), value);
                }
            }
        }
    }

    fn add(&mut self, meaning: &Meaning, labels: Labels, value: &Value) {
        if let Some(number) = Number::of(value) {
            self.families.add(meaning, "", labels, number);
        }
    }

    /// What a figure means: what the sheet says, or what its names do.
    fn meaning(&self, place: Place<'_>, figure: &str, name: &str, value: &Value) -> Meaning {
        let Sheet { base, about, .. } = *place.sheet();
        if let Some(Metric { name, help, kind, .. }) = place.sheet().metric(figure) {
            let counts = *kind == MetricKind::Counter;
            let kind = if counts && self.style.live { Kind::Counter } else { Kind::Gauge };
            let meaning = Meaning::new((*name).to_owned(), (*help).to_owned(), kind, unit(value));
            return Meaning { counts, ..meaning };
        }
        let base = if base.is_empty() { "aggregation" } else { base };
        let words = name.replace(['_', '.'], " ");
        let help = if about.is_empty() {
            format!("Figure {words} of an aggregation")
        } else {
            format!("{about}: {words}")
        };
        Meaning::new(format!("{base}_{name}"), help, Kind::Gauge, unit(value))
    }

    /// What is told of the program itself.
    fn program(&mut self) {
        let mut version = Labels::default();
        version.add("version", &Value::text(env!("CARGO_PKG_VERSION")));
        let build = Meaning::new(
            "build".to_owned(),
            "The version of ufo-logscan".to_owned(),
            Kind::Info,
            None,
        );
        self.families.add(&build, "_info", version, Number::Whole(1));
        let Some(run) = self.style.run else { return };
        for (name, help, value) in [
            ("run_duration", "How long the report took", Value::Seconds(run.seconds)),
            ("last_success", "When the report was made", Value::Time(run.finished)),
        ] {
            let meaning = Meaning::new(name.to_owned(), help.to_owned(), Kind::Gauge, unit(&value));
            self.add(&meaning, Labels::default(), &value);
        }
    }
}

/// The rest of a name that begins with `head` and a dot.
fn part_of<'a>(head: &str, name: &'a str) -> Option<&'a str> {
    let (first, rest) = name.split_once('.')?;
    (first == head).then_some(rest)
}

/// `0.95` of `p95`.
fn quantile(name: &str) -> Option<String> {
    match name.strip_prefix('p') {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            let digits = if digits.len() > 1 { digits.trim_end_matches('0') } else { digits };
            Some(format!("0.{digits}"))
        }
        _ => (name == "median").then(|| "0.5".to_owned()),
    }
}

/// The base unit of a value, as names end.
fn unit(value: &Value) -> Option<&'static str> {
    match value {
        Value::Ratio(_) => Some("ratio"),
        Value::Seconds(_) | Value::Millis(_) => Some("seconds"),
        Value::Time(_) => Some("timestamp_seconds"),
        _ => None,
    }
}

/// The labels of a row: its key, and whatever other text it has.
fn row_labels(place: Place<'_>, table: &Table, row: &[Value]) -> Labels {
    let mut labels = place.labels.clone();
    for (at, (column, value)) in table.columns.iter().zip(row).enumerate() {
        if at == 0 || matches!(value, Value::Text(_)) {
            labels.add(key_name(place, column), value);
        }
    }
    labels
}

fn rest_of(place: Place<'_>, table: &Table) -> Labels {
    let mut labels = place.labels.clone();
    if let Some(column) = table.columns.first() {
        labels.add(key_name(place, column), &Value::Rest("(other)"));
    }
    labels
}

/// What a column of keys is called; `name` says nothing without its section.
fn key_name<'a>(place: Place<'a>, column: &'a str) -> &'a str {
    if column == "name" && !place.section.sheet.base.is_empty() {
        place.section.sheet.base
    } else {
        column
    }
}
