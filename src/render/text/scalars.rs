//! Scalars as `  Label:   value` lines, and those of a series (`session.p95`) as a block like
//! the page's latency report.

use std::io;

use super::page::{Ink, Page, pad};
use super::value;
use crate::escape::width;
use crate::record::Zone;
use crate::summary::{Scalar, Value};

/// A scalar in words.
pub(super) struct Figure<'a> {
    /// Its name, dots and all.
    pub(super) name: &'static str,
    pub(super) value: &'a Value,
    /// Its value, with `≈` where it is an estimate.
    pub(super) text: String,
}

/// The scalars in words. `approximate` is no figure of its own: it marks those beside it. The
/// sum of a series serves machines; people have its mean.
pub(super) fn figures(
    scalars: &[Scalar],
    zone: Zone,
    in_words: fn(&Value, Zone) -> String,
) -> Vec<Figure<'_>> {
    let is_estimate = |name: &str| {
        let (series, last) = name.rsplit_once('.').map_or(("", name), |(s, last)| (s, last));
        !matches!(last, "count" | "records" | "min" | "max" | "mean" | "sum")
            && scalars.iter().any(|mark| {
                let beside = mark.name.strip_suffix(APPROXIMATE).map(|s| s.trim_end_matches('.'));
                beside == Some(series) && mark.value == Value::Bool(true)
            })
    };
    scalars
        .iter()
        .filter(|scalar| match scalar.name.rsplit_once('.') {
            Some((_, last)) => !matches!(last, APPROXIMATE | "sum"),
            None => scalar.name != APPROXIMATE,
        })
        .map(|Scalar { name, value }| {
            let mut text = in_words(value, zone);
            if !value::is_nothing(value) && is_estimate(name) {
                text.insert(0, '≈');
            }
            Figure { name, value, text }
        })
        .collect()
}

const APPROXIMATE: &str = "approximate";

/// Writes the scalars of a section: first the plain ones, then a block for each series that has
/// any values.
pub(super) fn write(page: &mut Page<'_>, scalars: &[Scalar]) -> io::Result<()> {
    let figures = figures(scalars, page.zone(), value::text);
    let plain: Vec<_> = figures
        .iter()
        .filter(|figure| !figure.name.contains('.'))
        .map(|figure| (figure.name, figure))
        .collect();
    aligned(page, &plain)?;
    let mut written = Vec::new();
    for series in figures.iter().filter_map(|figure| Some(figure.name.split_once('.')?.0)) {
        if written.contains(&series) {
            continue;
        }
        written.push(series);
        let block: Vec<_> = figures
            .iter()
            .filter_map(|figure| Some((figure.name.split_once('.')?, figure)))
            .filter(|((head, _), _)| *head == series)
            .map(|((_, name), figure)| (name, figure))
            .collect();
        if !block.iter().any(|(name, figure)| *name == "count" && value::is_nothing(figure.value)) {
            page.heading(series)?;
            aligned(page, &block)?;
        }
    }
    Ok(())
}

/// Writes labels and values as two columns.
fn aligned(page: &mut Page<'_>, figures: &[(&str, &Figure<'_>)]) -> io::Result<()> {
    let labels: Vec<_> =
        figures.iter().map(|(name, figure)| value::label(name, Some(figure.value)) + ":").collect();
    let widest = labels.iter().map(|label| width(label)).max().unwrap_or(0);
    for (label, (_, figure)) in labels.iter().zip(figures) {
        page.line(&[(Ink::Plain, &format!("  {}  {}", pad(label, widest), figure.text))])?;
    }
    Ok(())
}
