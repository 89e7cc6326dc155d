//! A report in the text format of `OpenMetrics` 1.0, for those who take nothing else.
//!
//! It differs from Prometheus's own in that units are told, that the families of counters are
//! named without `_total`, and that a page that was cut can be told by its missing end.

use std::io;

use super::metrics::{self, Family, Kind};
use super::prometheus::sample;
use crate::summary::Report;

pub use super::metrics::{Run, Style};

/// Writes the report as metrics.
///
/// # Errors
///
/// Those of `out`.
pub fn write(report: &Report, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let families = metrics::families(report, style);
    families.all.iter().try_for_each(|family| self::family(family, out))?;
    out.write_all(b"# EOF\n")
}

fn family(family: &Family, out: &mut dyn io::Write) -> io::Result<()> {
    let name = &family.name;
    let (ending, kind) = match family.kind {
        Kind::Counter => ("_total", "counter"),
        Kind::Gauge => ("", "gauge"),
        Kind::Summary => ("", "summary"),
        Kind::Info => ("_info", "info"),
    };
    writeln!(out, "# TYPE {name} {kind}")?;
    if let Some(unit) = family.unit() {
        writeln!(out, "# UNIT {name} {unit}")?;
    }
    let help = family.help.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    writeln!(out, "# HELP {name} {help}")?;
    family.samples.iter().try_for_each(|found| {
        let ending = if found.suffix.is_empty() { ending } else { found.suffix };
        sample(name, ending, found, out)
    })
}
