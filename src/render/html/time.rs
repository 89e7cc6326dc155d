//! Windows and buckets over time as slots of a chart: few enough to be seen, at their true
//! distances, those in which nothing was included.

use crate::record::{Timestamp, Zone};
use crate::render::text::value::{clock, date};

/// The most slots of a chart.
const MOST: i64 = 120;
/// And the fewest: one window alone should not look like a wall.
const FEWEST: i64 = 12;

/// What has been seen from an instant on.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub(super) start: Timestamp,
    /// A value for each series.
    pub(super) values: Vec<f64>,
}

/// How values of neighbours become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    /// Counts add up.
    Sum,
    /// Of times, and of shares of nobody knows how much, the greatest is shown.
    Greatest,
}

/// A slot: when it begins, and its values.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) start: Timestamp,
    pub(super) values: Vec<f64>,
}

/// The greatest length that both are multiples of.
fn common(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Points as slots of equal length, ascending.
pub(super) struct Spans {
    pub(super) spans: Vec<Span>,
    /// Microseconds of a slot.
    length: i64,
}

impl Spans {
    /// Points come in order of time; `length` is how long each of them lasts, in microseconds, as
    /// far as that is known.
    pub(super) fn new(points: &[Point], length: Option<i64>, join: Join) -> Spans {
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            return Spans { spans: Vec::new(), length: 1 };
        };
        let distances = points.windows(2).map(|two| two[1].start.micros() - two[0].start.micros());
        let unit = length
            .or_else(|| distances.filter(|distance| *distance > 0).reduce(common))
            .unwrap_or(60_000_000)
            .max(1);
        let whole = last.start.micros().saturating_sub(first.start.micros());
        let count = whole / unit + 1;
        // A multiple of what was counted, so that nothing is cut.
        let length = unit.saturating_mul((count + MOST - 1) / MOST);
        let slots = (whole / length + 1).clamp(FEWEST, MOST + 1);
        let width = first.values.len();
        let mut spans: Vec<Span> = (0..slots)
            .map(|at| {
                let start = first.start.micros().saturating_add(length.saturating_mul(at));
                Span { start: Timestamp::from_micros(start), values: vec![0.0; width] }
            })
            .collect();
        for point in points {
            let at = (point.start.micros().saturating_sub(first.start.micros())).max(0) / length;
            let Some(span) = spans.get_mut(at as usize) else { continue };
            for (mine, value) in span.values.iter_mut().zip(&point.values) {
                *mine = if join == Join::Sum { *mine + value } else { mine.max(*value) };
            }
        }
        Spans { spans, length }
    }

    /// Makes shares of weighted ones: the first value over the second.
    pub(super) fn divide(&mut self) {
        for span in &mut self.spans {
            let [part, whole] = span.values[..] else { continue };
            span.values = vec![if whole > 0.0 { part / whole } else { 0.0 }];
        }
    }

    /// When a slot is, in words.
    pub(super) fn words(&self, span: &Span, zone: Zone) -> String {
        const DAY: i64 = 86_400_000_000;
        let day = date(span.start, zone);
        if self.length >= DAY { day } else { format!("{day} {}", clock(span.start, zone)) }
    }

    /// What stands below: the beginning, the middle and the end, with dates where there are
    /// several.
    pub(super) fn below(&self, zone: Zone) -> Vec<String> {
        let (Some(first), Some(last)) = (self.spans.first(), self.spans.last()) else {
            return Vec::new();
        };
        let end = Timestamp::from_micros(last.start.micros().saturating_add(self.length));
        let middle = first.start.micros() / 2 + end.micros() / 2;
        let instants = [first.start, Timestamp::from_micros(middle), end];
        let one_day = date(first.start, zone) == date(last.start, zone);
        let long = end.micros() - first.start.micros() > 5 * 86_400_000_000;
        let words = |(at, time): (usize, Timestamp)| match (one_day, long) {
            (true, _) if at == 0 => format!("{} {}", date(time, zone), clock(time, zone)),
            (true, _) => clock(time, zone),
            (false, true) => date(time, zone),
            (false, false) => format!("{} {}", &date(time, zone)[5..], clock(time, zone)),
        };
        instants.into_iter().enumerate().map(words).collect()
    }
}
