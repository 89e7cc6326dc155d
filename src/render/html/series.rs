//! From windows, buckets and hours to the bars of a chart.

use super::chart::{Bars, Line, Series, Slot};
use super::time::{Join, Point, Span, Spans};
use super::{Style, limit, words};
use crate::record::{Timestamp, Zone};
use crate::summary::{Body, Group, Section, Table, Value};

/// How many series a chart can tell apart; the others are taken together.
const MOST: usize = 6;

const LEVELS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];

/// The colour of a series: by what it means, else by its place.
pub(super) fn class_of(name: &str, place: usize) -> &'static str {
    const PLACES: [&str; MOST + 1] = ["c0", "c1", "c2", "c3", "c4", "c5", "rest"];
    match name {
        "DEBUG" | "TRACE" => "debug",
        "INFO" | "records" => "info",
        "WARNING" | "cancelled" => "warning",
        "ERROR" | "errors" | "failed" => "error",
        "CRITICAL" => "critical",
        "completed" | "finished" => "good",
        "unfinished" | "(other)" | "(none)" => "rest",
        _ => PLACES[place.min(MOST)],
    }
}

/// Windows: their rows on top of each other where they have a ranking, else their main figure.
pub(super) fn windows(section: &Section, windows: &[Group], style: &Style) -> Option<Bars> {
    let ranked = |window: &Group| match &window.body {
        Body::Figures { tables, .. } => tables.first().map(|table| table.columns.len() >= 2),
        _ => None,
    };
    if windows.iter().any(|window| ranked(window) == Some(true)) {
        return Some(stacked(windows, style.zone));
    }
    let figure = main(section, windows)?;
    let value = |window: &Group| window.body.scalar(figure).and_then(words::number);
    let sample = windows
        .iter()
        .filter_map(|window| window.body.scalar(figure))
        .find(|v| words::number(v).is_some())?;
    let population = section.sheet.population;
    let weighed =
        figure == section.sheet.main && matches!(sample, Value::Ratio(_)) && !population.is_empty();
    let point = |window: &Group| {
        let value = value(window).unwrap_or(0.0).max(0.0);
        let of = |name: &&str| window.body.scalar(name).and_then(words::number);
        let weight: f64 = population.iter().filter_map(of).sum();
        let values = if weighed { vec![value * weight, weight] } else { vec![value] };
        Some(Point { start: start(window)?, values })
    };
    let points: Vec<Point> = windows.iter().filter_map(point).collect();
    let adds_up = weighed || matches!(sample, Value::Int(_));
    let join = if adds_up { Join::Sum } else { Join::Greatest };
    let mut spans = Spans::new(&points, length(windows), join);
    if weighed {
        spans.divide();
    }
    let told = words::label(figure, Some(sample));
    let sample = sample.clone();
    let zone = style.zone;
    let tell = |values: &[f64]| format!("{told} {}", words::like(&sample, values[0], zone));
    let limit = limit(section, figure, style).map(|limit| Line {
        at: limit.at,
        name: format!("{} {}", limit.name, words::like(&sample, limit.at, zone)),
    });
    let class = if matches!(sample, Value::Ratio(_)) { "error" } else { "info" };
    Some(Bars {
        title: told.clone(),
        series: vec![Series { name: told.clone(), class }],
        slots: slots(&spans, zone, tell),
        stacked: false,
        line: limit,
        words: words::axis(&sample),
        below: spans.below(zone),
    })
}

/// The figure that windows are about: the section's, or their only one.
fn main<'a>(section: &'a Section, windows: &'a [Group]) -> Option<&'a str> {
    let Body::Figures { scalars, .. } = &windows.first()?.body else { return None };
    let main = scalars.iter().find(|scalar| scalar.name == section.sheet.main);
    main.or(scalars.first()).map(|scalar| scalar.name)
}

fn start(window: &Group) -> Option<Timestamp> {
    match window.key.first() {
        Some((_, Value::Time(start))) if start.is_some() => Some(*start),
        _ => None,
    }
}

/// How long a window is.
fn length(windows: &[Group]) -> Option<i64> {
    match windows.first()?.key.as_slice() {
        [(_, Value::Time(start)), (_, Value::Time(end)), ..] => Some(end.micros() - start.micros()),
        _ => None,
    }
}

fn slots(spans: &Spans, zone: Zone, tell: impl Fn(&[f64]) -> String) -> Vec<Slot> {
    let slot = |span: &Span| {
        let label = format!("{}: {}", spans.words(span, zone), tell(&span.values));
        Slot { label, values: span.values.clone() }
    };
    spans.spans.iter().map(slot).collect()
}

/// The first two columns of the first table of each window: names and their counts.
fn stacked(windows: &[Group], zone: Zone) -> Bars {
    let rows = |window: &Group| -> Vec<(String, f64)> {
        let Body::Figures { tables, .. } = &window.body else { return Vec::new() };
        let Some(table) = tables.first() else { return Vec::new() };
        let pair = |row: Vec<Value>| {
            let mut cells = row.into_iter();
            let name = words::key(&cells.next()?, zone);
            Some((name, cells.next().as_ref().and_then(words::number)?.max(0.0)))
        };
        table.rows.iter().filter_map(pair).collect()
    };
    let mut totals: Vec<(String, f64)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for (name, count) in windows.iter().flat_map(rows) {
        let place = *places.entry(name.clone()).or_insert(totals.len());
        match totals.get_mut(place) {
            Some((_, total)) => *total += count,
            None => totals.push((name, count)),
        }
    }
    totals.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    // Levels stand in their own order, the worst on top.
    let level = |name: &str| LEVELS.iter().position(|level| *level == name);
    if totals.iter().all(|(name, _)| level(name).is_some()) {
        totals.sort_by_key(|(name, _)| level(name));
    }
    let shown = if totals.len() > MOST { MOST - 1 } else { totals.len() };
    let mut names: Vec<String> = totals.iter().take(shown).map(|(name, _)| name.clone()).collect();
    let place = |name: &str| names.iter().position(|shown| shown == name).unwrap_or(shown);
    let points: Vec<Point> = windows
        .iter()
        .filter_map(|window| {
            let mut values = vec![0.0; shown + usize::from(totals.len() > shown)];
            for (name, count) in rows(window) {
                values[place(&name)] += count;
            }
            Some(Point { start: start(window)?, values })
        })
        .collect();
    if totals.len() > shown {
        names.push(format!("{} others", totals.len() - shown));
    }
    let spans = Spans::new(&points, length(windows), Join::Sum);
    let series: Vec<Series> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let place = if at == shown { MOST } else { at };
            Series { name: name.clone(), class: class_of(name, place) }
        })
        .collect();
    let column = windows.iter().find_map(|window| match &window.body {
        Body::Figures { tables, .. } => tables.first().and_then(|t| t.columns.get(1).copied()),
        _ => None,
    });
    Bars {
        title: words::label(column.unwrap_or("records"), None),
        slots: slots(&spans, zone, |values| each(&series, values)),
        series,
        stacked: true,
        line: None,
        words: words::whole,
        below: spans.below(zone),
    }
}

/// `INFO 12, ERROR 3`.
fn each(series: &[Series], values: &[f64]) -> String {
    let some = series.iter().zip(values).filter(|(_, value)| **value > 0.0);
    let told: Vec<_> =
        some.map(|(series, value)| format!("{} {}", series.name, words::count(*value))).collect();
    told.join(", ")
}

/// A table that begins with a time: its first count, and those that are part of it.
pub(super) fn buckets(table: &Table, zone: Zone) -> Option<Bars> {
    let rows: Vec<Vec<Value>> = table.rows.iter().collect();
    let columns = counted(table, &rows);
    let points: Vec<Point> = rows
        .iter()
        .filter_map(|row| match row.first() {
            Some(Value::Time(start)) if start.is_some() => {
                Some(Point { start: *start, values: numbers(row, &columns) })
            }
            _ => None,
        })
        .collect();
    let spans = Spans::new(&points, None, Join::Sum);
    let series = named(table, &columns);
    (!series.is_empty()).then(|| Bars {
        title: words::label(table.columns[columns[0]], None),
        slots: slots(&spans, zone, |values| each(&series, values)),
        series,
        stacked: false,
        line: None,
        words: words::whole,
        below: spans.below(zone),
    })
}

/// The hours of the day.
pub(super) fn hours(table: &Table) -> Option<Bars> {
    let rows: Vec<Vec<Value>> = table.rows.iter().collect();
    let columns = counted(table, &rows);
    let series = named(table, &columns);
    let slot = |hour: i64| {
        let row = rows.iter().find(|row| row.first() == Some(&Value::Int(hour)));
        let values = row.map_or(vec![0.0; columns.len()], |row| numbers(row, &columns));
        Slot { label: format!("{hour:02}:00: {}", each(&series, &values)), values }
    };
    let slots = (0..24).map(slot).collect();
    (!series.is_empty()).then(|| Bars {
        title: words::label(table.columns[columns[0]], None),
        slots,
        series,
        stacked: false,
        line: None,
        words: words::whole,
        below: ["00:00", "06:00", "12:00", "18:00", "24:00"].map(str::to_owned).to_vec(),
    })
}

/// The first column of counts, and the next one if it counts some of the same.
fn counted(table: &Table, rows: &[Vec<Value>]) -> Vec<usize> {
    let number = |row: &Vec<Value>, at: usize| row.get(at).and_then(words::number).unwrap_or(0.0);
    let mut columns: Vec<usize> = Vec::new();
    for at in 1..table.columns.len().min(3) {
        let part = columns
            .first()
            .is_none_or(|&first| rows.iter().all(|row| number(row, at) <= number(row, first)));
        if part && rows.iter().any(|row| row.get(at).and_then(words::number).is_some()) {
            columns.push(at);
        }
    }
    columns
}

fn numbers(row: &[Value], columns: &[usize]) -> Vec<f64> {
    columns.iter().map(|&at| row.get(at).and_then(words::number).unwrap_or(0.0).max(0.0)).collect()
}

fn named(table: &Table, columns: &[usize]) -> Vec<Series> {
    let series = |(place, &at): (usize, &usize)| {
        let name = table.columns[at];
        Series { name: name.replace('_', " "), class: class_of(name, place) }
    };
    columns.iter().enumerate().map(series).collect()
}
