//! A report in Prometheus's text format 0.0.4, as the textfile collector of `node_exporter` and
//! `promtool check metrics` read it.
//!
//! No sample has a timestamp: the collector refuses files that have one.

use std::io;

use super::metrics::{self, Family, Kind, Sample};
use crate::summary::Report;

pub use super::metrics::{Run, Style};

/// Writes the report as metrics.
///
/// # Errors
///
/// Those of `out`.
pub fn write(report: &Report, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    metrics::families(report, style).all.iter().try_for_each(|family| self::family(family, out))
}

fn family(family: &Family, out: &mut dyn io::Write) -> io::Result<()> {
    // Here the ending belongs to the name of the family.
    let (ending, kind) = match family.kind {
        Kind::Counter => ("_total", "counter"),
        Kind::Gauge => ("", "gauge"),
        Kind::Summary => ("", "summary"),
        Kind::Info => ("_info", "gauge"),
    };
    let help = family.help.replace('\\', "\\\\").replace('\n', "\\n");
    writeln!(out, "# HELP {}{ending} {help}", family.name)?;
    writeln!(out, "# TYPE {}{ending} {kind}", family.name)?;
    family.samples.iter().try_for_each(|sample| {
        let ending = if sample.suffix.is_empty() { ending } else { sample.suffix };
        self::sample(&family.name, ending, sample, out)
    })
}

/// Writes a line; both formats have the same.
pub(super) fn sample(
    name: &str,
    ending: &str,
    sample: &Sample,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(out, "{name}{ending}{} {}", sample.labels.written(), sample.value())
}
