//! Tables side by side: counts first and names behind them, so that no name displaces anything.

use std::fmt::Write as _;

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::keys::{CLIENTS_BY, MESSAGES_BY, Ui};
use super::layout::top;
use super::lists::Ranking;
use super::pages::Pen;
use super::words::{Ink, clock, count, maybe, shown};
use crate::record::Zone;
use crate::summary::Value;

/// How many rows a list has, where a text has chosen some.
fn found(pen: &Pen<'_>, list: &Ranking, by: &str, ui: &Ui) -> Span<'static> {
    let all = list.all;
    let text = match (ui.filter_now().is_empty(), by) {
        (false, _) => format!(": {} of {} rows", count(list.found), count(all)),
        (true, "") => format!(" ({})", count(all)),
        (true, by) => format!(" by {by} ({})", count(all)),
    };
    pen.ink(Ink::Plain, text)
}

/// What stands in the place of a table that the report has not.
fn missing(pen: &mut Pen<'_>, room: Rect) {
    let text = pen.ink(Ink::Note, " not in --agg: r shows the report");
    pen.line(room, 0, vec![text]);
}

pub(super) fn messages(pen: &mut Pen<'_>, room: Rect, list: &Ranking, zone: Zone, ui: &Ui) {
    let by = MESSAGES_BY[ui.messages_by];
    let said = found(pen, list, by, ui);
    let mut rest = pen.titled(room, "Messages", said);
    if !list.known {
        return missing(pen, rest);
    }
    let wide = rest.width >= 60;
    let mark = |column: &str| if column == by { "▼" } else { " " };
    let records = mark("records");
    let head = if wide {
        let [level, time] = ["level", "last"].map(mark);
        format!(" records{records} level{level}   last{time}     message")
    } else {
        format!(" records{records} message")
    };
    let head = pen.ink(Ink::Note, head);
    let line = top(&mut rest, 1);
    pen.line(line, 0, vec![head]);
    for (at, row) in (0..rest.height).zip(&list.rows) {
        let level = match list.cell(row, "level") {
            Some(Value::Text(level)) => shown(level, 8),
            _ => String::new(),
        };
        let number = maybe(list.count(row, "records"));
        let kind = Ink::of_level(&level);
        let (facts, used) = if wide {
            let time = match list.cell(row, "last") {
                Some(Value::Time(time)) if time.is_some() => clock(*time, zone),
                _ => "-".to_owned(),
            };
            (format!("{number:>8}  {level:<8} {time:<8}  "), 30)
        } else {
            (format!("{number:>8} {} ", level.chars().next().unwrap_or(' ')), 11)
        };
        let text = name(row, usize::from(rest.width).saturating_sub(used));
        let spans = vec![pen.ink(kind, facts), Span::raw(text)];
        pen.line(rest, at, spans);
    }
}

/// The columns of clients, by name and by what stands above them.
const CLIENTS: [(&str, &str); 6] = [
    ("records", "records"),
    ("errors", "errors"),
    ("sessions", "sessions"),
    ("failed", "failed"),
    ("connects", "connects"),
    ("reconnections", "reconn."),
];

pub(super) fn clients(pen: &mut Pen<'_>, room: Rect, list: &Ranking, ui: &Ui) {
    let by = CLIENTS_BY[ui.clients_by];
    let said = found(pen, list, by, ui);
    let rest = pen.titled(room, "Clients", said);
    if !list.known {
        return missing(pen, rest);
    }
    // Each column takes nine; a name should have twenty.
    let room_for = (usize::from(rest.width).saturating_sub(20) / 9).clamp(1, CLIENTS.len());
    let at = CLIENTS.iter().position(|(column, _)| *column == by).unwrap_or(0);
    let mut columns: Vec<(&str, &str)> = CLIENTS[..room_for].to_vec();
    if at >= room_for {
        columns[room_for - 1] = CLIENTS[at];
    }
    table(pen, rest, list, &columns, by, "client");
}

pub(super) fn loggers(pen: &mut Pen<'_>, room: Rect, list: &Ranking, ui: &Ui) {
    if room.width == 0 {
        return;
    }
    let said = found(pen, list, "", ui);
    let rest = pen.titled(room, "Loggers", said);
    if !list.known {
        return missing(pen, rest);
    }
    table(pen, rest, list, &[("records", "records"), ("errors", "errors")], "", "logger");
}

/// Counts in columns of nine, and behind them a name.
fn table(
    pen: &mut Pen<'_>,
    mut room: Rect,
    list: &Ranking,
    columns: &[(&str, &str)],
    by: &str,
    names: &str,
) {
    let mut head: String = String::new();
    for (column, title) in columns {
        let mark = if *column == by { "▼" } else { " " };
        // Writing to a string cannot fail.
        let _ = write!(head, "{title:>8}{mark}");
    }
    let head = pen.ink(Ink::Note, format!("{head} {names}"));
    let line = top(&mut room, 1);
    pen.line(line, 0, vec![head]);
    for (at, row) in (0..room.height).zip(&list.rows) {
        let mut spans = Vec::new();
        for (column, _) in columns {
            let number = list.count(row, column);
            let bad = matches!(*column, "errors" | "failed");
            let kind = if bad { Ink::bad(number.unwrap_or(0)) } else { Ink::Plain };
            spans.push(pen.ink(kind, format!("{:>8} ", maybe(number))));
        }
        let left = usize::from(room.width).saturating_sub(columns.len() * 9 + 1);
        spans.push(Span::raw(format!(" {}", name(row, left))));
        pen.line(room, at, spans);
    }
}

/// The name of a row.
pub(super) fn name(row: &[Value], columns: usize) -> String {
    match row.first() {
        Some(Value::Text(text)) => shown(text, columns),
        Some(Value::Rest(rest)) => shown(rest, columns),
        _ => String::new(),
    }
}
