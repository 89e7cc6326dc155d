//! A report in the format and to the place that were asked for.

use std::io::{self, Write};
use std::path::Path;

use crate::aggregate;
use crate::alert;
use crate::cli::{Color, Format, ReportArgs};
use crate::error::Result;
use crate::expr::{Metric, Operator, Test};
use crate::record::Zone;
use crate::render::{csv, html, json, openmetrics, prometheus, text};
use crate::summary::Report;

use super::output;
use super::replace::replace;

/// Rows of each ranking in text, and in HTML.
const TOP: usize = 10;
const TOP_OF_PAGE: usize = 100;

/// How many rows of each ranking a report has; all of them without it.
pub(super) fn top(args: &ReportArgs) -> Option<usize> {
    match args.format {
        Format::Text => Some(args.top.unwrap_or(TOP)),
        Format::Html => Some(args.top.unwrap_or(TOP_OF_PAGE)),
        Format::Json | Format::Csv => args.top,
        // What they leave out they count together, which takes all rows.
        Format::Prometheus | Format::Openmetrics => None,
    }
}

/// What is known of a run and not of what was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    /// Whether the input may go on.
    pub(super) live: bool,
    pub(super) run: prometheus::Run,
    pub(super) zone: Zone,
}

/// Prints the report, or writes the file that was asked for. Tells whether there is still a
/// reader.
pub(super) fn print(args: &ReportArgs, report: &Report, about: &About) -> Result<bool> {
    let data = |out: &mut dyn Write| render(args, report, about, out);
    match file(args) {
        Some(path) => replace(path, data).map(|()| true),
        None => output::write_on(data),
    }
}

/// The file that was asked for; none means standard output.
pub(super) fn file(args: &ReportArgs) -> Option<&Path> {
    args.output.as_deref().filter(|path| path.as_os_str() != "-")
}

fn render(
    args: &ReportArgs,
    report: &Report,
    about: &About,
    out: &mut dyn Write,
) -> io::Result<()> {
    let zone = &about.zone;
    let metrics =
        || prometheus::Style { live: about.live, keys: args.metric_keys, run: Some(about.run) };
    match args.format {
        // One of several is a line.
        Format::Json if args.live.every.is_some() && file(args).is_none() => {
            json::write_line(report, zone, out)
        }
        Format::Json => json::write(report, zone, out),
        Format::Csv => csv::write(report, zone, out),
        Format::Prometheus => prometheus::write(report, &metrics(), out),
        Format::Openmetrics => openmetrics::write(report, &metrics(), out),
        Format::Html => {
            let style = html::Style { zone: *zone, limits: limits() };
            html::write(report, &style, out)
        }
        Format::Text => {
            // What goes to a file has the width and the colour of no terminal.
            let to_file = file(args).is_some();
            let style = text::Style {
                width: if to_file { text::Style::default().width } else { output::width() },
                color: if to_file {
                    args.color == Color::Always
                } else {
                    output::color(args.color)
                },
                zone: *zone,
                top: args.top,
            };
            text::write(report, &style, out)
        }
    }
}

/// What the built-in rules say that figures should stay below, for charts.
fn limits() -> Vec<html::Limit> {
    let rules = alert::defaults().unwrap_or_default();
    rules.iter().filter_map(limit).collect()
}

fn limit(rule: &alert::Rule) -> Option<html::Limit> {
    let [term] = rule.when.terms.as_slice() else { return None };
    let aggregation = &term.aggregation;
    let Test::Compare { operator: Operator::Greater | Operator::GreaterEqual, number: at, .. } =
        term.test
    else {
        return None;
    };
    let Metric::Section(base) = &aggregation.metric else { return None };
    if !aggregation.by.is_empty() || aggregation.filter.is_some() {
        return None;
    }
    let main = aggregate::kind(base)?.main;
    let figure = aggregation.figure.clone().unwrap_or_else(|| main.to_owned());
    Some(html::Limit { base: base.clone(), figure, at, name: rule.name.clone() })
}
