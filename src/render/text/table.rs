//! The rows of a table under its heading, each look in its own form.

use std::io;

use super::grid::{self, Column};
use super::page::{Ink, Page, pad};
use super::{bars, value};
use crate::escape::{fit, width};
use crate::summary::{Look, Table, Value};

/// The page shows the first 10 of a ranking, and the first 5 messages.
const TOP: usize = 10;
const TOP_MESSAGES: usize = 5;

/// Writes the rows of a table, and what is not shown of it.
pub(super) fn write(page: &mut Page<'_>, table: &Table) -> io::Result<()> {
    let all = table.rows.len();
    let unpacked: Vec<Vec<Value>> = table.rows.iter().collect();
    let shown = match table.look {
        Look::Hours | Look::Timeline => all,
        Look::Messages => page.top(TOP_MESSAGES).min(all),
        Look::Ranking { .. } | Look::Grid => page.top(TOP).min(all),
    };
    let rest = rest_rows(&unpacked).max(shown);
    let rows = [&unpacked[..shown], &unpacked[rest..]].concat();
    let rows = rows.as_slice();
    match table.look {
        Look::Hours => bars::hours(page, table)?,
        Look::Timeline => bars::timeline(page, table, rows)?,
        Look::Messages => messages(page, table, rows)?,
        Look::Ranking { width, unit } => ranking(page, table, rows, width, unit)?,
        Look::Grid if rows.is_empty() => {}
        Look::Grid => grid::write(page, &columns(page, table, rows), rows.len())?,
    }
    page.left_out((rest - shown) as u64 + table.omitted, table.capped)
}

/// Where the rows begin that stand for all others, `(none)` and `(other)`: they are shown however
/// many rows are left out, so that totals can be seen to be right.
fn rest_rows(rows: &[Vec<Value>]) -> usize {
    let stands_for_others = |row: &Vec<Value>| matches!(row.first(), Some(Value::Rest(_)));
    rows.iter().rposition(|row| !stands_for_others(row)).map_or(0, |last| last + 1)
}

/// The place of a column by its name.
pub(super) fn place(table: &Table, name: &str) -> Option<usize> {
    table.columns.iter().position(|column| *column == name)
}

/// The page's `  NAME      :  COUNT`, with the further counts that are not zero behind it.
fn ranking(
    page: &mut Page<'_>,
    table: &Table,
    rows: &[Vec<Value>],
    least: usize,
    unit: &str,
) -> io::Result<()> {
    let zone = page.zone();
    let is_level = table.columns.first() == Some(&"level");
    let mut entries = Vec::new();
    for row in rows {
        let name = value::key(row.first().unwrap_or(&Value::Null), zone);
        let count = row.get(1).map_or(String::new(), |count| value::text(count, zone));
        let further: Vec<_> = table
            .columns
            .iter()
            .zip(row)
            .skip(2)
            .filter(|(_, value)| !value::is_nothing(value))
            .map(|(column, value)| {
                let words = format!("  {} {}", column.replace('_', " "), value::cell(value, zone));
                (Ink::of_column(column), words)
            })
            .collect();
        entries.push((name, format!(": {count:>6}{unit}"), further));
    }
    let widest = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or(0);
    let names = widest(&mut entries.iter().map(|(name, _, _)| width(name)));
    let rest = widest(&mut entries.iter().map(|(_, count, further)| {
        width(count) + further.iter().map(|(_, words)| width(words)).sum::<usize>()
    }));
    // Names come first: further counts that find no room behind them are left out.
    let shortest = least.min(page.room() / 2);
    let column = names.max(least).min(page.room().saturating_sub(2 + rest).max(shortest));
    for (name, count, further) in &entries {
        let ink = if is_level { Ink::of_level(name) } else { Ink::Plain };
        let padded = pad(&fit(name, column), column);
        let mut pieces = vec![(Ink::Plain, "  "), (ink, &padded), (Ink::Plain, count)];
        let mut room = page.room().saturating_sub(2 + column + width(count));
        for (ink, words) in further {
            let Some(left) = room.checked_sub(width(words)) else { break };
            room = left;
            pieces.push((*ink, words.as_str()));
        }
        page.line(&pieces)?;
    }
    Ok(())
}

/// The page's `  [COUNT] MESSAGE`. The colour tells errors from warnings; any other level is
/// named.
fn messages(page: &mut Page<'_>, table: &Table, rows: &[Vec<Value>]) -> io::Result<()> {
    let zone = page.zone();
    let cell = |row: &[Value], name| place(table, name).and_then(|at| row.get(at).cloned());
    for row in rows {
        let count = cell(row, "records").map_or(String::new(), |count| value::text(&count, zone));
        let message = cell(row, "message").map_or(String::new(), |text| value::text(&text, zone));
        let level = match cell(row, "level") {
            None | Some(Value::Null) => String::new(),
            Some(level) => value::text(&level, zone),
        };
        let ink = Ink::of_level(&level);
        let named = match level.as_str() {
            "" | "ERROR" | "WARNING" => String::new(),
            other => format!("{other} "),
        };
        let count = format!("[{count:>3}] ");
        page.line(&[(Ink::Plain, "  "), (ink, &count), (ink, &named), (Ink::Plain, &message)])?;
    }
    Ok(())
}

/// The rows as columns; times and numbers stand to the right.
fn columns(page: &Page<'_>, table: &Table, rows: &[Vec<Value>]) -> Vec<Column> {
    let zone = page.zone();
    let column = |(at, name): (usize, &&'static str)| {
        let values = || rows.iter().map(move |row| row.get(at).unwrap_or(&Value::Null));
        let sample = values().find(|value| **value != Value::Null);
        let cells = values().map(|value| {
            let text = value::cell(value, zone);
            let ink = if *name == "level" { Ink::of_level(&text) } else { Ink::Plain };
            (ink, text)
        });
        Column {
            heading: value::label(name, sample),
            cells: cells.collect(),
            is_text: matches!(sample, Some(Value::Text(_) | Value::Rest(_))),
            is_idle: values().all(value::is_nothing),
        }
    };
    table.columns.iter().enumerate().map(column).collect()
}
