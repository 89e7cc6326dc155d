//! Groups and windows: one grid with a row for each where they only have scalars and fit, else
//! a sub-heading for each.

use std::io;

use super::grid::{self, Column};
use super::page::{Ink, Page};
use super::scalars::{Figure, figures};
use super::value;
use crate::escape::visible;
use crate::record::Zone;
use crate::summary::{Body, Group, Scalar, Value};

/// How many groups are shown unless the user asks for more.
const TOP: usize = 10;

/// Writes the groups of `by`.
pub(super) fn groups(
    page: &mut Page<'_>,
    groups: &[Group],
    omitted: u64,
    capped: bool,
) -> io::Result<()> {
    let shown = groups.len().min(page.top(TOP));
    let rest = rest_groups(groups).max(shown);
    let rows = [&groups[..shown], &groups[rest..]].concat();
    let name = |group: &Group, zone: Zone| {
        let keys: Vec<_> = group
            .key
            .iter()
            .map(|(name, value)| format!("{} = {}", visible(name), value::key(value, zone)))
            .collect();
        keys.join(", ")
    };
    write(page, &rows, keys_of_groups, name)?;
    page.left_out((rest - shown) as u64 + omitted, capped)
}

/// Where the groups begin that stand for all others; see the rows of tables.
fn rest_groups(groups: &[Group]) -> usize {
    let stands_for_others =
        |group: &Group| group.key.iter().any(|(_, value)| matches!(value, Value::Rest(_)));
    groups.iter().rposition(|group| !stands_for_others(group)).map_or(0, |last| last + 1)
}

/// Writes the windows of `every`.
pub(super) fn windows(page: &mut Page<'_>, windows: &[Group]) -> io::Result<()> {
    let name = |window: &Group, zone: Zone| match window.key.as_slice() {
        [(_, Value::Time(start)), (_, Value::Time(end))] => {
            let start_day = value::date(*start, zone);
            let end_day = value::date(*end, zone);
            let end_day = if end_day == start_day { String::new() } else { end_day + " " };
            let (from, to) = (value::clock(*start, zone), value::clock(*end, zone));
            format!("{start_day} {from} – {end_day}{to}")
        }
        keys => keys.first().map_or(String::new(), |(_, start)| value::cell(start, zone)),
    };
    write(page, windows, keys_of_windows, name)
}

/// Writes groups as a grid, or each under its name.
fn write(
    page: &mut Page<'_>,
    groups: &[Group],
    keys: fn(&[Group], Zone) -> Vec<Column>,
    name: impl Fn(&Group, Zone) -> String,
) -> io::Result<()> {
    if let Some(columns) = as_grid(groups, keys, page) {
        return grid::write(page, &columns, groups.len());
    }
    for group in groups {
        let name = name(group, page.zone());
        page.indented(|page| {
            page.heading(&name)?;
            body(page, &group.body)
        })?;
    }
    Ok(())
}

/// Under a sub-heading a single table needs no heading of its own.
fn body(page: &mut Page<'_>, body: &Body) -> io::Result<()> {
    match body {
        Body::Figures { scalars, tables } if tables.len() == 1 => {
            super::scalars::write(page, scalars)?;
            super::table::write(page, &tables[0])
        }
        body => super::body(page, body),
    }
}

/// The groups as columns, if they have only scalars and fit on the page; columns in which
/// nothing happened give way to the others.
fn as_grid(
    groups: &[Group],
    keys: fn(&[Group], Zone) -> Vec<Column>,
    page: &Page<'_>,
) -> Option<Vec<Column>> {
    let scalars: Option<Vec<&[Scalar]>> = groups
        .iter()
        .map(|group| match &group.body {
            Body::Figures { scalars, tables } if tables.iter().all(|t| t.rows.is_empty()) => {
                Some(scalars.as_slice())
            }
            _ => None,
        })
        .collect();
    let mut columns = keys(groups, page.zone());
    let key_columns = columns.len();
    columns.extend(columns_of(&scalars?, page.zone()));
    if grid::layout(&columns, page.room()).is_none() {
        let mut at = 0;
        columns.retain(|column| {
            at += 1;
            at <= key_columns || !column.is_idle
        });
    }
    (columns.len() > key_columns && grid::layout(&columns, page.room()).is_some())
        .then_some(columns)
}

fn keys_of_groups(groups: &[Group], zone: Zone) -> Vec<Column> {
    let names = groups.first().map_or(&[][..], |first| first.key.as_slice());
    names
        .iter()
        .enumerate()
        .map(|(at, (name, _))| {
            let cells = groups.iter().map(|group| {
                let value = group.key.get(at).map_or(&Value::Null, |(_, value)| value);
                let text = value::key(value, zone);
                let ink = if name == "level" { Ink::of_level(&text) } else { Ink::Plain };
                (ink, text)
            });
            let cells = cells.collect();
            let heading = value::label(&visible(name), None);
            Column { heading, cells, is_text: true, is_idle: false }
        })
        .collect()
}

fn keys_of_windows(windows: &[Group], zone: Zone) -> Vec<Column> {
    let cells = windows.iter().map(|window| {
        let start = window.key.first().map_or(&Value::Null, |(_, start)| start);
        let text = match start {
            Value::Time(start) if start.is_some() => {
                format!("{} {}", value::date(*start, zone), value::clock(*start, zone))
            }
            start => value::cell(start, zone),
        };
        (Ink::Plain, text)
    });
    let cells = cells.collect();
    vec![Column { heading: value::label("start", None), cells, is_text: false, is_idle: false }]
}

/// A column for each scalar that any of the groups has, in their order.
fn columns_of(scalars: &[&[Scalar]], zone: Zone) -> Vec<Column> {
    let rows: Vec<Vec<Figure<'_>>> =
        scalars.iter().map(|scalars| figures(scalars, zone, value::cell)).collect();
    let mut names: Vec<&str> = Vec::new();
    for figure in rows.iter().flatten() {
        if !names.contains(&figure.name) {
            names.push(figure.name);
        }
    }
    names
        .into_iter()
        .map(|name| {
            let found = || rows.iter().map(|row| row.iter().find(|figure| figure.name == name));
            let sample = found().flatten().map(|f| f.value).find(|v| **v != Value::Null);
            Column {
                heading: value::label(name, sample),
                is_text: matches!(sample, Some(Value::Text(_))),
                is_idle: found().flatten().all(|figure| value::is_nothing(figure.value)),
                cells: found()
                    .map(|figure| figure.map_or("-".to_owned(), |figure| figure.text.clone()))
                    .map(|text| (Ink::Plain, text))
                    .collect(),
            }
        })
        .collect()
}
