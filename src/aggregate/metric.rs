//! The generic metrics: `count`, `sum(F)`, `avg(F)`, `min(F)`, `max(F)`, `quantile(Q, F)` and
//! `distinct(F)`, over the records.

use serde::{Deserialize, Serialize};

use crate::expr::{Datum, Operand};
use crate::record::Record;
use crate::summary::{Body, Scalar, Value};

use super::distribution::Distribution;
use super::keyed::Keyed;
use super::records::Records;
use super::{Setup, State, View, scalars};

/// Which figure is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) enum Figure {
    #[default]
    Sum,
    Avg,
    Min,
    Max,
    Quantile(f64),
}

impl Figure {
    fn name(self) -> &'static str {
        match self {
            Figure::Sum => "sum",
            Figure::Avg => "avg",
            Figure::Min => "min",
            Figure::Max => "max",
            Figure::Quantile(_) => "quantile",
        }
    }
}

/// The number of records.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Count(u64);

impl State for Count {
    fn observe(&mut self, records: &Records<'_>) {
        self.0 += records.rows.len() as u64;
    }

    fn merge(&mut self, later: Count) {
        self.0 += later.0;
    }

    fn retract(&mut self, earlier: &Count) -> bool {
        self.0 -= earlier.0;
        true
    }

    fn summarize(&self, _: &View) -> Body {
        Body::scalars(vec![Scalar { name: "records", value: Value::count(self.0) }])
    }
}

/// A figure of an operand's numbers.
///
/// Values are taken to nine digits behind the point; beyond 10^18 they are not usable, like texts
/// and objects. `records` counts the usable ones, `unusable` the records whose value is not a
/// number; records without the field are neither.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Numbers {
    figure: Figure,
    distribution: Distribution,
    unusable: u64,
    #[serde(skip)]
    operand: Option<Operand>,
}

impl Numbers {
    pub(super) fn new(figure: Figure, operand: Operand) -> Numbers {
        let distribution = Distribution::default();
        Numbers { figure, distribution, unusable: 0, operand: Some(operand) }
    }
}

/// The greatest magnitude whose billionths still sum up exactly over 10^11 records.
const GREATEST: f64 = 1e18;

fn nanos(number: f64) -> Option<i128> {
    let whole = number.trunc();
    let fraction = ((number - whole) * 1e9).round();
    (number.abs() <= GREATEST).then_some(whole as i128 * 1_000_000_000 + fraction as i128)
}

impl State for Numbers {
    fn observe(&mut self, records: &Records<'_>) {
        let Records { batch, rows, .. } = *records;
        let Some(operand) = &self.operand else { return };
        for &row in rows {
            let record = batch.record(row);
            let Some(datum) = operand.of(&record) else {
                self.unusable += u64::from(has_raw(operand, &record));
                continue;
            };
            match datum.number().and_then(nanos) {
                Some(nanos) => self.distribution.add(nanos),
                None => self.unusable += 1,
            }
        }
    }

    fn merge(&mut self, later: Numbers) {
        self.distribution.merge(later.distribution);
        self.unusable += later.unusable;
    }

    fn summarize(&self, _: &View) -> Body {
        let values = &self.distribution;
        let value = match self.figure {
            Figure::Sum => Some(values.sum()),
            Figure::Avg => values.mean(),
            Figure::Min => values.min(),
            Figure::Max => values.max(),
            Figure::Quantile(share) => values.quantile(share),
        };
        let mut scalars = vec![
            Scalar { name: self.figure.name(), value: value.map_or(Value::Null, Value::Float) },
            Scalar { name: "records", value: Value::count(values.count()) },
            Scalar { name: "unusable", value: Value::count(self.unusable) },
        ];
        if matches!(self.figure, Figure::Quantile(_)) && values.approximate() {
            scalars.push(Scalar { name: "approximate", value: Value::Bool(true) });
        }
        Body::scalars(scalars)
    }
}

/// Whether the record has the field after all, though its value is no usable one (`1e999`).
fn has_raw(operand: &Operand, record: &Record<'_>) -> bool {
    matches!(operand, Operand::Field { slot, .. } if record.field(*slot).is_some())
}

/// How many different values an operand has. Past the cap of keys it says so and stays there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Distinct {
    values: Keyed<()>,
    /// Records that have one.
    records: u64,
    #[serde(skip)]
    operand: Option<Operand>,
}

impl Distinct {
    pub(super) fn new(setup: &Setup, operand: Operand) -> Distinct {
        Distinct { values: Keyed::of(setup), records: 0, operand: Some(operand) }
    }
}

impl State for Distinct {
    fn observe(&mut self, records: &Records<'_>) {
        let Records { batch, rows, .. } = *records;
        let Some(operand) = &self.operand else { return };
        for &row in rows {
            if let Some(datum) = operand.of(&batch.record(row)) {
                self.values.get(&Datum::text(&datum));
                self.records += 1;
            }
        }
    }

    fn merge(&mut self, later: Distinct) {
        self.values.merge(later.values, |(), ()| ());
        self.records += later.records;
    }

    fn summarize(&self, view: &View) -> Body {
        let mut scalars = scalars(self, &["distinct"], view);
        if self.values.other().is_some() {
            scalars.push(Scalar { name: "capped", value: Value::Bool(true) });
        }
        Body::scalars(scalars)
    }

    fn figure(&self, name: &str, _: &View) -> Option<Value> {
        match name {
            "distinct" => Some(Value::count(self.values.len() as u64)),
            "records" => Some(Value::count(self.records)),
            _ => None,
        }
    }
}
