//! Errors over time, sessions and connections, side by side.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::Scene;
use super::lists::{Lists, names};
use super::pages::Pen;
use super::words::{Ink, brief, count, duration, maybe, percent, shown};
use crate::record::Level;
use crate::summary::Value;

/// The steps of a bar.
const STEPS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/// Records, and no error among them.
const NONE: &str = "·";

/// A figure by its section and name, whatever its unit.
pub(super) fn number(scene: &Scene, section: &str, name: &str) -> Option<f64> {
    match value(scene, section, name)? {
        Value::Int(n) => Some(*n as f64),
        Value::Float(n) | Value::Ratio(n) | Value::Seconds(n) | Value::Millis(n) => Some(*n),
        _ => None,
    }
}

fn value<'a>(scene: &'a Scene, section: &str, name: &str) -> Option<&'a Value> {
    let mut sections = scene.report.sections.iter();
    sections.find(|found| names(&found.name, section))?.body.scalar(name)
}

fn is_known(scene: &Scene, section: &str) -> bool {
    scene.report.sections.iter().any(|found| names(&found.name, section))
}

pub(super) fn draw(pen: &mut Pen<'_>, rooms: [Rect; 3], scene: &Scene, lists: &Lists) {
    let [errors, sessions, connections] = rooms;
    self::errors(pen, errors, scene, lists);
    let said = match number(scene, "session-failure", "ratio") {
        Some(ratio) if ratio > 0.0 => pen.ink(Ink::Error, format!(" {} bad", percent(ratio))),
        _ => pen.ink(Ink::Plain, ""),
    };
    let rest = pen.titled(sessions, "Sessions", said);
    list(pen, rest, scene, "session-failure", &SESSIONS);
    let said = pen.ink(Ink::Plain, "");
    let rest = pen.titled(connections, "Connections", said);
    list(pen, rest, scene, "connections", &CONNECTIONS);
}

/// How a figure is inked.
#[derive(Clone, Copy)]
enum Mood {
    Plain,
    /// The more the better.
    Good,
    /// Any is one too many.
    Bad,
    /// None is too few.
    Needed,
}

/// Figures with what stands before them. A dot leads to another section.
type Labels = [(&'static str, &'static str, Mood)];

const SESSIONS: [(&str, &str, Mood); 10] = [
    ("open", "open", Mood::Plain),
    ("oldest", "oldest_open_seconds", Mood::Plain),
    ("completed", "completed", Mood::Good),
    ("failed", "failed", Mood::Bad),
    ("cancelled", "cancelled", Mood::Plain),
    ("agent failed", "agent_failed", Mood::Bad),
    ("orphaned", "orphaned", Mood::Bad),
    ("started", "started", Mood::Plain),
    ("ratio", "ratio", Mood::Plain),
    ("agent ratio", "agent_ratio", Mood::Plain),
];

const CONNECTIONS: [(&str, &str, Mood); 9] = [
    ("devices online", "devices_online", Mood::Needed),
    ("clients online", "clients_online", Mood::Plain),
    ("peak online", "peak_online", Mood::Plain),
    ("connects", "connects", Mood::Plain),
    ("disconnects", "disconnects", Mood::Plain),
    ("reconnections", "reconnections", Mood::Plain),
    ("refused", "refused", Mood::Bad),
    ("stability", "stability", Mood::Plain),
    ("disconnects/h", "disconnects_per_hour", Mood::Plain),
];

/// Figures, one a line: its name, and at the right its value.
fn list(pen: &mut Pen<'_>, room: Rect, scene: &Scene, section: &str, labels: &Labels) {
    if !is_known(scene, section) {
        let text = pen.ink(Ink::Note, " not in --agg");
        return pen.line(room, 0, vec![text]);
    }
    let width = usize::from(room.width).min(26);
    for (at, (label, name, mood)) in (0..room.height).zip(labels) {
        let value = value(scene, section, name);
        let amount = number(scene, section, name).unwrap_or(0.0);
        let kind = match mood {
            Mood::Bad if amount > 0.0 => Ink::Error,
            Mood::Good | Mood::Needed if amount > 0.0 => Ink::Good,
            Mood::Needed => Ink::Warning,
            _ => Ink::Plain,
        };
        let text = match value {
            Some(Value::Int(n)) => maybe(Some(*n)),
            Some(Value::Ratio(share)) => percent(*share),
            // Nothing is open.
            Some(Value::Seconds(seconds)) if *seconds <= 0.0 => "-".to_owned(),
            Some(Value::Seconds(seconds)) => duration(*seconds as u64),
            Some(Value::Float(n)) => brief(*n),
            _ => "-".to_owned(),
        };
        let room_for = width.saturating_sub(label.len() + 2);
        let spans =
            vec![Span::raw(format!(" {label} ")), pen.ink(kind, format!("{text:>room_for$}"))];
        pen.line(room, at, spans);
    }
}

/// Levels, and the share of errors and the number of records over time.
fn errors(pen: &mut Pen<'_>, room: Rect, scene: &Scene, lists: &Lists) {
    let ratio = number(scene, "error-rate", "ratio");
    let kind = Ink::bad(i64::from(ratio.is_some_and(|ratio| ratio > 0.0)));
    let said = pen.ink(kind, ratio.map_or(String::new(), |ratio| format!(" {}", percent(ratio))));
    let rest = pen.titled(room, "Errors", said);
    let width = usize::from(rest.width).saturating_sub(1);
    let levels = levels(pen, lists, width);
    let mut lines = vec![levels];
    // Two captions, and two graphs that share what is left.
    let left = usize::from(rest.height).saturating_sub(3);
    let (upper, lower) = (left.div_ceil(2), left / 2);
    let beats = last(&scene.beats, width);
    let most = beats.iter().map(|beat| share(*beat)).fold(0.0, f64::max);
    let length = format!(", {} s a column", scene.seconds);
    lines.push(caption_line(
        pen,
        [" error rate", &length],
        &format!("to {}", percent(most)),
        width,
    ));
    lines.extend(error_graph(pen, scene, width, upper));
    let most = beats.iter().map(|[records, _]| *records).max().unwrap_or(0);
    let a_second = most as f64 / scene.seconds.max(1) as f64;
    lines.push(caption_line(pen, [" records", ""], &format!("to {}/s", brief(a_second)), width));
    let bars = beats.iter().map(|beat| (beat[0] as f64, beat[0] > 0));
    lines.extend(graph(pen, &bars, lower, Ink::Good));
    for (at, line) in (0..rest.height).zip(lines) {
        pen.line(rest, at, line);
    }
}

/// What a graph shows, with more of it where there is room, and how far it goes.
fn caption_line(
    pen: &Pen<'_>,
    [caption, more]: [&str; 2],
    most: &str,
    width: usize,
) -> Vec<Span<'static>> {
    let left = width.saturating_sub(caption.len() + most.len() + 1);
    let more = if more.len() <= left { more } else { "" };
    let gap = " ".repeat(left + 1 - more.len());
    let spans = [caption.to_owned(), more.to_owned(), gap, most.to_owned()];
    spans.map(|text| pen.ink(Ink::Note, text)).to_vec()
}

/// The share of errors over time.
pub(super) fn error_graph(
    pen: &Pen<'_>,
    scene: &Scene,
    width: usize,
    height: usize,
) -> Vec<Vec<Span<'static>>> {
    let bars = last(&scene.beats, width).iter().map(|beat| (share(*beat), beat[0] > 0));
    graph(pen, &bars, height, Ink::Error)
}

fn last(beats: &[[u64; 2]], number: usize) -> &[[u64; 2]] {
    &beats[beats.len().saturating_sub(number)..]
}

fn share([records, errors]: [u64; 2]) -> f64 {
    if records == 0 { 0.0 } else { errors as f64 / records as f64 }
}

/// Bars side by side, from the top line to the bottom one. What is more than nothing can be seen;
/// where there was something of which nothing is, there is a dot.
fn graph(
    pen: &Pen<'_>,
    bars: &(impl Iterator<Item = (f64, bool)> + Clone),
    height: usize,
    kind: Ink,
) -> Vec<Vec<Span<'static>>> {
    let most = bars.clone().map(|(value, _)| value).fold(0.0, f64::max);
    let steps = (height * 8) as f64;
    let lines = (0..height).rev().map(|below| {
        let cell = |(value, some): (f64, bool)| {
            let filled = if most > 0.0 { (value / most * steps).ceil() as usize } else { 0 };
            match filled.saturating_sub(below * 8).min(8) {
                0 if below == 0 && some => NONE,
                step => STEPS[step],
            }
        };
        let text: String = std::iter::once(" ").chain(bars.clone().map(cell)).collect();
        vec![pen.ink(kind, text)]
    });
    lines.collect()
}

/// The levels, the worst first, as far as there is room.
fn levels(pen: &Pen<'_>, lists: &Lists, width: usize) -> Vec<Span<'static>> {
    let name = |row: &[Value]| match row.first() {
        Some(Value::Text(level)) => level.to_string(),
        _ => String::new(),
    };
    let rows = lists.levels.rows.iter();
    let mut levels: Vec<(Option<Level>, String, i64)> = rows
        .map(|row| {
            let name = name(row);
            (Level::from_text(&name), name, lists.levels.count(row, "records").unwrap_or(0))
        })
        .collect();
    levels.sort_by_key(|(level, ..)| std::cmp::Reverse(*level));
    let mut spans = Vec::new();
    let mut used = 0;
    for (_, name, records) in levels {
        let text = format!(" {} {} ", shown(&name, 8), count(records.unsigned_abs()));
        used += Span::raw(text.as_str()).width();
        if used > width {
            break;
        }
        spans.push(pen.ink(Ink::of_level(&name), text));
    }
    spans
}
