//! The sheet that text is written on: lines of inked pieces, escaped and never too long.

use std::io;

use anstyle::{AnsiColor, Color};

use super::Style;
use crate::escape::{cut, fit, visible, width};
use crate::record::Zone;

/// The least width; narrower terminals wrap.
const MIN_WIDTH: usize = 40;

/// The page rules off its heading with so many `=`.
const RULE: usize = 80;

/// What a piece of a line is, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Heading,
    Error,
    Warning,
    Critical,
    Note,
}

impl Ink {
    /// The ink of a level by its name.
    pub(super) fn of_level(level: &str) -> Ink {
        match level {
            "WARNING" => Ink::Warning,
            "ERROR" => Ink::Error,
            "CRITICAL" => Ink::Critical,
            _ => Ink::Plain,
        }
    }

    /// The ink of a count by its column.
    pub(super) fn of_column(column: &str) -> Ink {
        if matches!(column, "errors" | "failed") { Ink::Error } else { Ink::Plain }
    }

    fn style(self) -> anstyle::Style {
        let color = |color: AnsiColor| anstyle::Style::new().fg_color(Some(Color::Ansi(color)));
        match self {
            Ink::Plain => anstyle::Style::new(),
            Ink::Heading => anstyle::Style::new().bold(),
            Ink::Error => color(AnsiColor::Red),
            Ink::Warning => color(AnsiColor::Yellow),
            Ink::Critical => color(AnsiColor::Red).bold(),
            Ink::Note => anstyle::Style::new().dimmed(),
        }
    }
}

/// Where text goes, and what it must keep to.
pub(super) struct Page<'a> {
    out: &'a mut dyn io::Write,
    style: &'a Style,
    indent: usize,
}

impl<'a> Page<'a> {
    pub(super) fn new(style: &'a Style, out: &'a mut dyn io::Write) -> Page<'a> {
        Page { out, style, indent: 0 }
    }

    pub(super) fn zone(&self) -> Zone {
        self.style.zone
    }

    /// The most rows of a ranking.
    pub(super) fn top(&self, default: usize) -> usize {
        self.style.top.unwrap_or(default)
    }

    fn width(&self) -> usize {
        self.style.width.max(MIN_WIDTH)
    }

    /// How many columns a line has.
    pub(super) fn room(&self) -> usize {
        self.width().saturating_sub(self.indent)
    }

    /// Writes what `inner` writes two columns further right.
    pub(super) fn indented(
        &mut self,
        inner: impl FnOnce(&mut Page<'a>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.indent += 2;
        let written = inner(self);
        self.indent -= 2;
        written
    }

    pub(super) fn blank(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }

    pub(super) fn rule(&mut self) -> io::Result<()> {
        let rule = "=".repeat(RULE.min(self.width()));
        self.line(&[(Ink::Plain, &rule)])
    }

    /// Writes a heading with a colon, a blank line before it.
    pub(super) fn heading(&mut self, heading: &str) -> io::Result<()> {
        let heading = visible(heading);
        let shown = fit(heading.trim_end_matches(':'), self.room().saturating_sub(1));
        self.blank()?;
        self.line(&[(Ink::Heading, &format!("{shown}:"))])
    }

    /// Writes a remark of our own, not from the log.
    pub(super) fn note(&mut self, note: &str) -> io::Result<()> {
        self.line(&[(Ink::Plain, "  "), (Ink::Note, note)])
    }

    /// Says what a list does not show: so many rows, and what the cap threw together.
    pub(super) fn left_out(&mut self, rows: u64, capped: bool) -> io::Result<()> {
        if rows > 0 {
            self.note(&format!("… and {rows} more"))?;
        }
        if capped {
            self.note("(keys past the cap are counted as (other))")?;
        }
        Ok(())
    }

    /// Writes a line of pieces, cut with `…` where they do not fit.
    pub(super) fn line(&mut self, pieces: &[(Ink, &str)]) -> io::Result<()> {
        let pieces: Vec<_> = pieces.iter().map(|(ink, text)| (*ink, visible(text))).collect();
        let whole: usize = pieces.iter().map(|(_, text)| width(text)).sum();
        let fits = whole <= self.room();
        let mut left = if fits { whole } else { self.room().saturating_sub(1) };
        self.out.write_all(" ".repeat(self.indent.min(self.width())).as_bytes())?;
        for (ink, text) in &pieces {
            let columns = width(text);
            let shown = if columns <= left { text } else { cut(text, left) };
            self.piece(*ink, shown)?;
            if columns > left {
                break;
            }
            left -= columns;
        }
        if !fits {
            self.piece(Ink::Note, "…")?;
        }
        self.blank()
    }

    fn piece(&mut self, ink: Ink, text: &str) -> io::Result<()> {
        let style = ink.style();
        if text.is_empty() || !self.style.color || style.is_plain() {
            return self.out.write_all(text.as_bytes());
        }
        write!(self.out, "{style}{text}{style:#}")
    }
}

/// The text with spaces up to so many columns.
pub(super) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}
