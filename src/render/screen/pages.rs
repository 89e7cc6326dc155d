//! The pages: the overview with its head and foot, the report as text, and help; and what is left
//! of them on a terminal that is too small.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::figures::{self, number};
use super::help;
use super::keys::{Page, Prompt, Ui};
use super::layout::{Rooms, is_small, rooms, top};
use super::lists::Lists;
use super::tables;
use super::words::{Ink, brief, clock, count, duration, ink, maybe, moment, percent, shown};
use super::{Scene, State};
use crate::record::Level;
use crate::render::text;
use crate::summary::Value;

/// What lines are drawn with.
pub(super) struct Pen<'a> {
    pub(super) buffer: &'a mut Buffer,
    pub(super) color: bool,
}

impl Pen<'_> {
    /// Draws a line of a room, as far as it has room for it.
    pub(super) fn line(&mut self, room: Rect, at: u16, spans: Vec<Span<'static>>) {
        let room = room.intersection(self.buffer.area);
        if at < room.height {
            self.buffer.set_line(room.x, room.y + at, &Line::from(spans), room.width);
        }
    }

    /// A piece of text.
    pub(super) fn ink(&self, kind: Ink, text: impl Into<String>) -> Span<'static> {
        ink(kind, text, self.color)
    }

    /// Draws the first line of a room: its name between dashes, and what is said of it if that fits.
    fn title(&mut self, room: Rect, title: &str, said: Span<'static>) {
        let fits = 6 + title.len() + said.width() <= usize::from(room.width);
        let said = if fits { said } else { Span::raw("") };
        let used = 5 + title.len() + said.width();
        let dashes = "─".repeat(usize::from(room.width).saturating_sub(used));
        let spans = vec![
            self.ink(Ink::Note, "── "),
            self.ink(Ink::Title, title),
            said,
            Span::raw(" "),
            self.ink(Ink::Note, format!("─{dashes}")),
        ];
        self.line(room, 0, spans);
    }

    /// The same; the rest of the room.
    pub(super) fn titled(&mut self, room: Rect, title: &str, said: Span<'static>) -> Rect {
        self.title(room, title, said);
        let mut rest = room;
        top(&mut rest, 1);
        rest
    }
}

pub(super) fn draw(frame: &mut Frame<'_>, scene: &Scene, lists: &Lists, ui: &mut Ui) {
    let area = frame.area();
    let mut pen = Pen { buffer: frame.buffer_mut(), color: ui.color };
    match ui.page {
        Page::Overview if is_small(area) => small(&mut pen, area, scene, lists, ui),
        Page::Overview => overview(&mut pen, &rooms(area), scene, lists, ui),
        Page::Report => report(&mut pen, area, scene, ui),
        Page::Help => {
            let lines = help::lines(&pen);
            scrolled(&mut pen, area, scene, lines, ui);
        }
    }
}

fn overview(pen: &mut Pen<'_>, rooms: &Rooms, scene: &Scene, lists: &Lists, ui: &Ui) {
    head(pen, rooms.head, scene, ui);
    figures::draw(pen, rooms.figures, scene, lists);
    alerts(pen, rooms.alerts, scene);
    let [messages, clients, loggers] = rooms.tables;
    tables::messages(pen, messages, &lists.messages, scene.zone, ui);
    tables::clients(pen, clients, &lists.clients, ui);
    tables::loggers(pen, loggers, &lists.loggers, ui);
    foot(pen, rooms.foot, ui);
}

/// What is read, how much of it, and what was chosen.
fn head(pen: &mut Pen<'_>, room: Rect, scene: &Scene, ui: &Ui) {
    let width = usize::from(room.width);
    let state = state(pen, scene, ui);
    let up = format!("  up {} ", duration(scene.running));
    let right = state.width() + up.len();
    let input = shown(&scene.input, width.saturating_sub(right + 17));
    let left = vec![pen.ink(Ink::Title, " ufo-logscan  "), Span::raw(input)];
    let used: usize = left.iter().map(Span::width).sum();
    let space = " ".repeat(width.saturating_sub(used + right));
    let spans = left.into_iter().chain([Span::raw(space), state, Span::raw(up)]);
    pen.line(room, 0, spans.collect());

    let choices = choices(pen, scene, ui, width);
    if room.height == 2 && !choices.is_empty() {
        pen.line(room, 1, choices);
        return;
    }
    let totals = totals(pen, scene, width);
    pen.line(room, 1, totals);
    let note = scene.notes.last().map(|note| shown(note, width.saturating_sub(2)));
    match note {
        Some(note) if choices.is_empty() => {
            let spans = vec![Span::raw(" "), pen.ink(Ink::Note, note)];
            pen.line(room, 2, spans);
        }
        _ => pen.line(room, 2, choices),
    }
}

fn state(pen: &Pen<'_>, scene: &Scene, ui: &Ui) -> Span<'static> {
    if ui.paused {
        return Span::raw(" PAUSED ").style(
            Ink::Warning.style(pen.color).add_modifier(Modifier::REVERSED | Modifier::BOLD),
        );
    }
    match scene.state {
        State::Reading => pen.ink(Ink::Good, "reading"),
        State::Waiting => pen.ink(Ink::Note, "waiting"),
    }
}

/// How much was read: the parts that there is room for.
fn totals(pen: &Pen<'_>, scene: &Scene, width: usize) -> Vec<Span<'static>> {
    let Scene { totals, rate: [lines, bytes], zone, .. } = scene;
    let refused = if totals.refused > 0 { Ink::Warning } else { Ink::Plain };
    let last = scene.latest.map(|last| format!("last record {}", moment(last, *zone)));
    let parts = [
        (Ink::Plain, Some(format!("{} lines", count(totals.lines)))),
        (refused, Some(format!("{} refused", count(totals.refused)))),
        (Ink::Plain, Some(format!("{:>4} lines/s", brief(*lines)))),
        (Ink::Plain, Some(format!("{:>5}B/s", brief(*bytes)))),
        (Ink::Plain, last),
    ];
    let mut spans = Vec::new();
    let mut used = 0;
    for (kind, text) in parts {
        let Some(text) = text else { continue };
        let gap = if used == 0 { 1 } else { 3 };
        used += gap + text.len();
        if used > width {
            break;
        }
        spans.push(Span::raw(" ".repeat(gap)));
        spans.push(pen.ink(kind, text));
    }
    spans
}

/// What makes the figures others than those of all that was read, and what is wrong.
fn choices(pen: &Pen<'_>, scene: &Scene, ui: &Ui, width: usize) -> Vec<Span<'static>> {
    let mut texts = Vec::new();
    if let Some(fault) = &scene.fault {
        texts.push((Ink::Error, format!("wrong condition: {fault}")));
    }
    if let Some(narrowed) = &scene.narrowed {
        let since = clock(narrowed.since, scene.zone);
        let of = count(narrowed.records);
        let condition = shown(&narrowed.condition, width / 2);
        texts
            .push((Ink::Key, format!("figures: where {condition}, of {of} records since {since}")));
    }
    if !ui.filter.is_empty() && ui.prompt != Some(Prompt::Filter) {
        let filter = shown(&ui.filter, width / 3);
        texts.push((Ink::Key, format!("tables: rows with \"{filter}\"; figures: of all rows")));
    }
    if ui.paused {
        texts.push((Ink::Warning, "reading goes on, the screen stands still".to_owned()));
    }
    let mut left = width.saturating_sub(1);
    let mut spans = Vec::new();
    for (kind, text) in texts {
        let text = shown(&text, left.saturating_sub(2));
        left = left.saturating_sub(Span::raw(text.as_str()).width() + 3);
        spans.push(Span::raw(if spans.is_empty() { " " } else { "   " }));
        spans.push(pen.ink(kind, text));
    }
    spans
}

/// What fires, the worst first, and in the lines that are left what is over.
fn alerts(pen: &mut Pen<'_>, room: Rect, scene: &Scene) {
    let firing = scene.firing.len();
    let said = match firing {
        0 => pen.ink(Ink::Plain, ": none firing"),
        n => pen.ink(Ink::Critical, format!(": {n} firing")),
    };
    let rest = pen.titled(room, "Alerts", said);
    let lines = usize::from(rest.height);
    let shown_firing = firing.min(lines);
    let text = usize::from(rest.width).saturating_sub(20);
    let mut at = 0;
    for event in &scene.firing[..shown_firing] {
        let level = event.level().name();
        let spans = vec![
            pen.ink(Ink::of_level(level), format!(" {level:<8} ")),
            pen.ink(Ink::Note, format!("{}  ", clock(event.starts_at, scene.zone))),
            Span::raw(shown(&event.message, text)),
        ];
        pen.line(rest, at, spans);
        at += 1;
    }
    for event in scene.resolved.iter().take(lines - shown_firing) {
        let ended = event.ended().unwrap_or(event.at);
        let when = clock(ended, scene.zone);
        let spans =
            vec![pen.ink(Ink::Note, format!(" over     {when}  {}", shown(&event.message, text)))];
        pen.line(rest, at, spans);
        at += 1;
    }
}

/// Keys, the most needed first, or what is typed.
fn foot(pen: &mut Pen<'_>, room: Rect, ui: &Ui) {
    let width = usize::from(room.width);
    if let Some(prompt) = ui.prompt {
        let (asks, does) = match prompt {
            Prompt::Filter => ("tables: rows with: ", "  Enter keeps, Esc leaves"),
            Prompt::Condition => {
                ("figures: where: ", "  as level >= ERROR; Enter begins anew, Esc leaves")
            }
        };
        // The end of what is typed is what is being typed.
        let room_for = width.saturating_sub(asks.len() + 2);
        let skip = ui.typed.chars().count().saturating_sub(room_for / 2);
        let typed: String = ui.typed.chars().skip(skip).collect();
        let typed = shown(&typed, room_for);
        let spans = vec![
            pen.ink(Ink::Key, format!(" {asks}")),
            Span::raw(typed),
            Span::raw("_").style(Ink::Plain.style(pen.color).add_modifier(Modifier::REVERSED)),
            pen.ink(Ink::Note, does),
        ];
        return pen.line(room, 0, spans);
    }
    let keys = [
        ("q", "quit"),
        ("?", "help"),
        ("Tab", "report"),
        ("p", "pause"),
        ("/", "filter rows"),
        ("w", "where"),
        ("s", "sort clients"),
        ("m", "sort messages"),
        ("+ -", "graph"),
    ];
    let mut spans = Vec::new();
    let mut used = 0;
    for (key, does) in keys {
        used += 3 + key.len() + does.len();
        if used > width {
            break;
        }
        spans.push(pen.ink(Ink::Key, format!(" {key}")));
        spans.push(Span::raw(format!(" {does} ")));
    }
    pen.line(room, 0, spans);
}

/// The report as it would be printed now.
fn report(pen: &mut Pen<'_>, area: Rect, scene: &Scene, ui: &mut Ui) {
    let style =
        text::Style { width: usize::from(area.width), color: false, zone: scene.zone, top: None };
    let mut bytes = Vec::new();
    // Writing to memory cannot fail.
    let _ = text::write(&scene.report, &style, &mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let width = usize::from(area.width);
    let lines = text.lines().skip(1).map(|line| vec![Span::raw(shown(line, width))]).collect();
    scrolled(pen, area, scene, lines, ui);
}

/// Lines of which as many are shown as there is room for.
fn scrolled(
    pen: &mut Pen<'_>,
    area: Rect,
    scene: &Scene,
    lines: Vec<Vec<Span<'static>>>,
    ui: &mut Ui,
) {
    let mut room = area;
    let head = top(&mut room, u16::from(area.height >= 4));
    let body_height = room.height.saturating_sub(u16::from(area.height >= 2));
    let body = top(&mut room, body_height);
    self::head(pen, head, scene, ui);
    ui.screenful = usize::from(body.height);
    ui.last_scroll = lines.len().saturating_sub(ui.screenful);
    ui.scroll = ui.scroll.min(ui.last_scroll);
    for (at, line) in (0..body.height).zip(lines.into_iter().skip(ui.scroll)) {
        pen.line(body, at, line);
    }
    let keys = if ui.last_scroll > 0 { " up and down scroll " } else { "" };
    let percent = (ui.scroll * 100).checked_div(ui.last_scroll);
    let place = percent.map_or(String::new(), |percent| format!("  {percent}%"));
    let spans = vec![
        pen.ink(Ink::Key, " q"),
        Span::raw(" quit "),
        pen.ink(Ink::Key, " Esc"),
        Span::raw(" back "),
        Span::raw(keys),
        pen.ink(Ink::Note, place),
    ];
    pen.line(room, 0, spans);
}

/// The most important in as many lines as there are.
fn small(pen: &mut Pen<'_>, area: Rect, scene: &Scene, lists: &Lists, ui: &Ui) {
    let width = usize::from(area.width);
    let number = |section, name| number(scene, section, name);
    let ratio = number("error-rate", "ratio").unwrap_or(0.0);
    let whole = |section, name| maybe(number(section, name).map(|n| n as i64));
    let firing = match scene.firing.as_slice() {
        [] => pen.ink(Ink::Plain, "no alert firing"),
        [one, ..] => {
            let name = shown(&one.name, width.saturating_sub(12));
            pen.ink(Ink::Critical, format!("{} firing: {name}", scene.firing.len()))
        }
    };
    let mut first = vec![
        pen.ink(Ink::bad(i64::from(ratio > 0.0)), format!("{} errors", percent(ratio))),
        Span::raw(format!("  {} lines  ", count(scene.totals.lines))),
    ];
    first.push(state(pen, scene, ui));
    let choices = choices(pen, scene, ui, width);
    let mut lines = vec![first, vec![firing]];
    if !choices.is_empty() {
        lines.push(choices);
    }
    lines.push(vec![Span::raw(format!(
        "sessions: {} open, {} failed of {}",
        whole("session-failure", "open"),
        whole("session-failure", "failed"),
        whole("session-failure", "started"),
    ))]);
    lines.push(vec![Span::raw(format!(
        "online: {} devices, {} clients",
        whole("connections", "devices_online"),
        whole("connections", "clients_online"),
    ))]);
    lines.push(vec![Span::raw(format!("{} lines/s", brief(scene.rate[0])))]);
    lines.push(figures::error_graph(pen, scene, width, 1).pop().unwrap_or_default());
    for row in &lists.messages.rows {
        let level = match lists.messages.cell(row, "level") {
            Some(Value::Text(level)) => Level::from_text(level).map_or("", Level::name),
            _ => "",
        };
        let records = maybe(lists.messages.count(row, "records"));
        lines.push(vec![
            pen.ink(Ink::of_level(level), format!("{records:>5} ")),
            Span::raw(tables::name(row, width.saturating_sub(6))),
        ]);
    }
    let mut room = area;
    let body = top(&mut room, area.height.saturating_sub(u16::from(area.height >= 3)));
    for (at, line) in (0..body.height).zip(lines) {
        pen.line(body, at, line);
    }
    foot(pen, room, ui);
}
