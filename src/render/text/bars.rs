//! Bars: the page's activity by hour, and counts over time.

use std::io;

use super::page::{Ink, Page, pad};
use super::{table, value};
use crate::render::escape::width;
use crate::summary::{Table, Value};

const BLOCK: &str = "█";

/// On the page one block stands for so many events.
const EVENTS_PER_BLOCK: u64 = 10;

/// A bar may be so long even where that pushes words off the line.
const LEAST_BAR: usize = 4;

/// The page's `  HH:00 - ███ (N events)`: a block for ten events, or all bars scaled alike where
/// the longest would not fit.
pub(super) fn hours(page: &mut Page<'_>, table: &Table) -> io::Result<()> {
    let hour_at = table::place(table, "hour").unwrap_or(0);
    let count_at = table::place(table, "records").unwrap_or(1);
    let rows: Vec<_> = table
        .rows
        .iter()
        .map(|row| (value::count(row.get(hour_at)), value::count(row.get(count_at))))
        .map(|(hour, events)| (format!("  {hour:02}:00 - "), events, format!(" ({events} events)")))
        .collect();
    let most = rows.iter().map(|(_, events, _)| *events).max().unwrap_or(0);
    let words = rows.iter().map(|(hour, _, events)| width(hour) + width(events)).max();
    let longest = page.room().saturating_sub(words.unwrap_or(0)).max(LEAST_BAR);
    for (hour, events, words) in &rows {
        let blocks = if most / EVENTS_PER_BLOCK <= longest as u64 {
            (events / EVENTS_PER_BLOCK) as usize
        } else {
            share(*events, most, longest)
        };
        page.line(&[(Ink::Plain, hour), (Ink::Plain, &BLOCK.repeat(blocks)), (Ink::Plain, words)])?;
    }
    Ok(())
}

/// Counts over time: the first column is a time, the second a count that the bar shows; further
/// counts stand in words where they are not zero. The share of errors is the red end of a bar.
pub(super) fn timeline(page: &mut Page<'_>, table: &Table) -> io::Result<()> {
    let errors_at = table::place(table, "errors");
    let rows: Vec<Vec<Value>> = table.rows.iter().collect();
    let labels = labels(page, &rows);
    let words: Vec<_> = rows.iter().map(|row| words(table, row)).collect();
    let columns = |words: &Words| words.iter().map(|(_, word)| width(word)).sum::<usize>();
    let label_width = labels.iter().map(|label| width(label)).max().unwrap_or(0);
    let words_width = words.iter().map(columns).max().unwrap_or(0);
    let longest = page.room().saturating_sub(label_width + words_width).max(LEAST_BAR);
    let most = rows.iter().map(|row| value::count(row.get(1))).max().unwrap_or(0);
    for ((row, label), words) in rows.iter().zip(&labels).zip(&words) {
        let records = value::count(row.get(1));
        let errors = errors_at.map_or(0, |at| value::count(row.get(at)));
        let blocks = share(records, most, longest).max(usize::from(records > 0));
        // Errors are never rounded away.
        let red = share(errors, records, blocks).max(usize::from(errors > 0)).min(blocks);
        let (plain, red) = (BLOCK.repeat(blocks - red), BLOCK.repeat(red));
        let mut pieces = vec![(Ink::Plain, label.as_str())];
        pieces.extend([(Ink::Plain, plain.as_str()), (Ink::Error, red.as_str())]);
        pieces.extend(words.iter().map(|(ink, word)| (*ink, word.as_str())));
        page.line(&pieces)?;
    }
    Ok(())
}

/// So much of `length` as `part` is of `whole`, rounded down.
fn share(part: u64, whole: u64, length: usize) -> usize {
    let blocks = u128::from(part) * length as u128 / u128::from(whole.max(1));
    usize::try_from(blocks).map_or(length, |blocks| blocks.min(length))
}

/// The times of the rows: a date stands once, and alone where every row is a day.
fn labels(page: &Page<'_>, rows: &[Vec<Value>]) -> Vec<String> {
    let zone = page.zone();
    let time = |row: &Vec<Value>| match row.first() {
        Some(Value::Time(time)) => time.get(),
        _ => None,
    };
    let days = rows.len() > 1
        && rows.iter().all(|row| time(row).is_some_and(|t| value::is_midnight(t, zone)));
    let mut last_date = String::new();
    let label = |row: &Vec<Value>| {
        let Some(time) = time(row) else {
            return value::key(row.first().unwrap_or(&Value::Null), zone);
        };
        let date = value::date(time, zone);
        if days {
            return date;
        }
        let repeated = date == last_date;
        let shown = if repeated { " ".repeat(width(&date)) } else { date.clone() };
        last_date = date;
        format!("{shown} {}", value::clock(time, zone))
    };
    let labels: Vec<String> = rows.iter().map(label).collect();
    let widest = labels.iter().map(|label| width(label)).max().unwrap_or(0);
    labels.iter().map(|label| format!("  {} - ", pad(label, widest))).collect()
}

/// Words with their inks.
type Words = Vec<(Ink, String)>;

/// ` (120 records, 3 errors)`.
fn words(table: &Table, row: &[Value]) -> Words {
    let counts = table.columns.iter().zip(row).enumerate().skip(1);
    let mut words = Vec::new();
    for (at, (column, value)) in counts {
        if at == 1 || !value::is_nothing(value) {
            let before = if at == 1 { " (" } else { ", " };
            words.push((Ink::Plain, before.to_owned()));
            let count = value::count(Some(value));
            words.push((Ink::of_column(column), format!("{count} {}", column.replace('_', " "))));
        }
    }
    words.push((Ink::Plain, ")".to_owned()));
    words
}
