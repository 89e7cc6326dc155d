//! Bars: the page's activity by hour, and counts over time.

use std::collections::HashMap;
use std::io;

use super::page::{Ink, Page, pad};
use super::{table, value};
use crate::escape::width;
use crate::record::{Timestamp, Zone};
use crate::summary::{Table, Value};

const BLOCK: &str = "█";

/// On the page one block stands for so many events.
const EVENTS_PER_BLOCK: u64 = 10;

/// A bar may be so long even where that pushes words off the line.
const LEAST_BAR: usize = 4;

/// How many rows of a timeline are shown unless the user asks for others.
const TOP_TIMES: usize = 100;

/// A day, and what the rows of a timeline may be apart instead: an hour, five minutes, one.
/// In seconds.
const DAY: i64 = 86_400;
const UNITS: [i64; 3] = [3600, 300, 60];

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
/// Only the latest rows are shown; `…` stands where time passed without any row.
pub(super) fn timeline(page: &mut Page<'_>, table: &Table, rows: &[Vec<Value>]) -> io::Result<()> {
    let errors_at = table::place(table, "errors");
    let raster = Raster::of(rows, page.zone());
    let earlier = rows.len() - page.top(TOP_TIMES).min(rows.len());
    let rows = &rows[earlier..];
    let labels = labels(page.zone(), &raster, rows);
    let words: Vec<_> = rows.iter().map(|row| words(table, row)).collect();
    let columns = |words: &Words| words.iter().map(|(_, word)| width(word)).sum::<usize>();
    let label_width = labels.iter().map(|label| width(label)).max().unwrap_or(0);
    let words_width = words.iter().map(columns).max().unwrap_or(0);
    let longest = page.room().saturating_sub(label_width + words_width).max(LEAST_BAR);
    let most = rows.iter().map(|row| value::count(row.get(1))).max().unwrap_or(0);
    if earlier > 0 {
        page.note(&format!("… and {earlier} earlier"))?;
    }
    let mut last = None;
    for ((row, label), words) in rows.iter().zip(&labels).zip(&words) {
        if raster.is_gap(last, time(row)) {
            page.note("…")?;
        }
        last = time(row);
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

/// The time that a row of a timeline is of.
fn time(row: &[Value]) -> Option<Timestamp> {
    match row.first() {
        Some(Value::Time(time)) => time.get(),
        _ => None,
    }
}

/// What the rows of a timeline are apart where none is missing.
struct Raster {
    /// Whether every row is a day.
    days: bool,
    /// In microseconds.
    step: i64,
}

impl Raster {
    /// The coarsest unit of clocks that all rows stand on.
    fn of(rows: &[Vec<Value>], zone: Zone) -> Raster {
        let days = rows.len() > 1
            && rows.iter().all(|row| time(row).is_some_and(|time| value::begins_day(time, zone)));
        // By local time, which hours and days are made of.
        let local: Vec<_> =
            rows.iter().filter_map(|row| time(row)).map(|t| t.civil(&zone).seconds()).collect();
        let fits = |unit: &i64| local.iter().all(|time| time % unit == 0);
        let seconds = if days { DAY } else { UNITS.into_iter().find(fits).unwrap_or(1) };
        Raster { days, step: seconds * 1_000_000 }
    }

    /// Whether a row is missing between two. A day with a clock change is longer or shorter than
    /// others, but never by half.
    fn is_gap(&self, earlier: Option<Timestamp>, later: Option<Timestamp>) -> bool {
        let (Some(earlier), Some(later)) = (earlier, later) else { return false };
        later.micros().saturating_sub(earlier.micros()) > self.step + self.step / 2
    }
}

/// So much of `length` as `part` is of `whole`, rounded down.
fn share(part: u64, whole: u64, length: usize) -> usize {
    let blocks = u128::from(part) * length as u128 / u128::from(whole.max(1));
    usize::try_from(blocks).map_or(length, |blocks| blocks.min(length))
}

/// The times of the rows: a date stands once, and alone where every row is a day. What clocks show
/// twice stands with its offset.
fn labels(zone: Zone, raster: &Raster, rows: &[Vec<Value>]) -> Vec<String> {
    let shown = |time| {
        let clock = format!(" {}", value::clock(time, zone));
        (value::date(time, zone), if raster.days { String::new() } else { clock })
    };
    let mut seen: HashMap<_, usize> = HashMap::new();
    for time in rows.iter().filter_map(|row| time(row)) {
        *seen.entry(shown(time)).or_default() += 1;
    }
    let mut last_date = String::new();
    let label = |row: &Vec<Value>| {
        let Some(time) = time(row) else {
            return value::key(row.first().unwrap_or(&Value::Null), zone);
        };
        let label = shown(time);
        let offset = match seen.get(&label) {
            Some(2..) => zone.suffix(time.micros().div_euclid(1_000_000)),
            _ => String::new(),
        };
        let (date, clock) = label;
        let repeated = date == last_date && !raster.days;
        let shown = if repeated { " ".repeat(width(&date)) } else { date.clone() };
        last_date = date;
        format!("{shown}{clock}{offset}")
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
            let things = column.replace('_', " ");
            let things =
                if count == 1 { things.strip_suffix('s').unwrap_or(&things) } else { &things };
            words.push((Ink::of_column(column), format!("{count} {things}")));
        }
    }
    words.push((Ink::Plain, ")".to_owned()));
    words
}
