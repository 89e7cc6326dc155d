//! What reports and rules build alike: the bare metric, and what is wrong with an aggregation.

use crate::error::{Error, Result, nearest};
use crate::expr::{Aggregation, Metric, Operand};
use crate::summary::Body;

use super::metric::{Count, Distinct, Figure, Numbers};
use super::registry::{Behind, SILENCE};
use super::{Aggregator, KINDS, Kind, Setup};

/// What the generic metrics are to combinators: they fold records and learn nothing.
pub(super) const GENERIC: Kind = Kind {
    name: "",
    about: "",
    title: "",
    main: "",
    behind: Behind::RECORDS,
    takes_records: true,
    learns: &[],
    names: &[],
    make: |_| Box::new(Count::default()),
};

/// The error about a name that is none of a section, nor of these.
pub(super) fn unknown(name: &str, others: &[&str]) -> Error {
    let error = Error::usage(format!("unknown aggregator `{name}`"));
    if name == SILENCE.name {
        return error.hint("`silence` is for alert rules; `input.silence_seconds` is its longest");
    }
    let generic = ["count", "sum", "avg", "min", "max", "quantile", "distinct"];
    let names: Vec<&str> =
        KINDS.iter().map(|kind| kind.name).chain(others.iter().copied()).collect();
    match nearest(name, names.iter().copied().chain(generic)) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!(
            "there are {}, and count, sum(F), avg(F), min(F), max(F), quantile(Q, F), distinct(F)",
            names.join(", ")
        )),
    }
}

/// The accounting is about lines, and malformed ones have no keys.
pub(super) fn refuse_lines(aggregation: &Aggregation, kind: &Kind) -> Result<()> {
    let combined =
        !aggregation.by.is_empty() || aggregation.every.is_some() || aggregation.filter.is_some();
    if kind.name == "input" && combined {
        return Err(Error::usage("`input` counts lines, which have no keys and no time").hint(
            "it takes no by, every or where; for records use `count`, as in `count by file`",
        ));
    }
    Ok(())
}

/// The bare metric.
pub(super) fn leaf(metric: &Metric, kind: &'static Kind, setup: &Setup) -> Box<dyn Aggregator> {
    let numbers = |figure, operand: &Operand| -> Box<dyn Aggregator> {
        Box::new(Numbers::new(figure, operand.clone()))
    };
    match metric {
        Metric::Section(_) | Metric::Count => (kind.make)(setup),
        Metric::Sum(operand) => numbers(Figure::Sum, operand),
        Metric::Avg(operand) => numbers(Figure::Avg, operand),
        Metric::Min(operand) => numbers(Figure::Min, operand),
        Metric::Max(operand) => numbers(Figure::Max, operand),
        Metric::Quantile(share, operand) => numbers(Figure::Quantile(*share), operand),
        Metric::Distinct(operand) => Box::new(Distinct::new(setup, operand.clone())),
    }
}

/// Refuses a figure that a section has not: its empty state would have it too.
pub(super) fn check_figure(section: &str, figure: &str, empty: &Body) -> Result<()> {
    if empty.scalar(figure).is_some() {
        return Ok(());
    }
    let names: Vec<&str> = match empty {
        Body::Figures { scalars, .. } => scalars.iter().map(|scalar| scalar.name).collect(),
        _ => Vec::new(),
    };
    let error = Error::usage(format!("`{section}` has no figure `{figure}`"));
    Err(match nearest(figure, names.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None if names.is_empty() => error.hint("it has tables only".to_owned()),
        None => error.hint(format!("its figures are {}", names.join(", "))),
    })
}
