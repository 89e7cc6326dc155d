//! A report as text for people: the page's headings and forms, within the width of a terminal.
//!
//! Titles and headings come from the report; this module adds labels made from the names of
//! figures, and nothing else. Every line leaves through `Page::line`, which escapes and
//! cuts it: no table can break out of its line.

mod bars;
mod grid;
mod groups;
mod page;
mod scalars;
mod table;
pub(super) mod value;

#[cfg(test)]
mod tests;

use std::io;

use crate::record::Zone;
use crate::summary::{Body, Report, Section, Table};
use page::{Ink, Page};

/// How a report is to look.
#[derive(Debug, Clone)]
pub struct Style {
    /// Columns of the terminal, 80 where there is none; less than 40 counts as 40.
    pub width: usize,
    /// Whether to colour.
    pub color: bool,
    /// The zone of times and dates.
    pub zone: Zone,
    /// The most rows of a ranking or a timeline; by default 10, 5 of messages, and the latest
    /// 100 of a timeline.
    pub top: Option<usize>,
}

impl Default for Style {
    fn default() -> Style {
        Style { width: 80, color: false, zone: Zone::Utc, top: None }
    }
}

/// Writes the report as text, without the sections that have nothing to say.
///
/// # Errors
///
/// Those of `out`.
pub fn write(report: &Report, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(style, out);
    page.blank()?;
    page.line(&[(Ink::Heading, "📊 Log Analysis Report")])?;
    page.rule()?;
    if report.empty {
        page.line(&[(Ink::Plain, "No records.")])?;
    }
    report
        .sections
        .iter()
        .filter(|section| if report.empty { section.name == "input" } else { !section.silent })
        .try_for_each(|section| self::section(&mut page, section))
}

/// A section whose first table has its title is that table, as on the page: its scalars only
/// say what the rows add up to, and are left out.
fn section(page: &mut Page<'_>, section: &Section) -> io::Result<()> {
    page.heading(&section.title)?;
    if has_no_rows(section) {
        return page.line(&[(Ink::Note, "  nothing")]);
    }
    match &section.body {
        Body::Figures { tables, .. } => match tables.split_first() {
            Some((first, others)) if first.heading == section.title => {
                table::write(page, first)?;
                with_headings(page, others)
            }
            _ => body(page, &section.body),
        },
        body => self::body(page, body),
    }
}

/// Whether a heading would stand alone.
fn has_no_rows(section: &Section) -> bool {
    match &section.body {
        Body::Figures { scalars, tables } => {
            let alone = tables.first().is_some_and(|first| first.heading == section.title);
            (alone || scalars.is_empty()) && tables.iter().all(|table| table.rows.is_empty())
        }
        Body::Groups { groups, .. } => groups.is_empty(),
        Body::Windows(windows) => windows.is_empty(),
    }
}

/// Writes what stands under a heading, which does for a table that is all there is.
fn body(page: &mut Page<'_>, body: &Body) -> io::Result<()> {
    match body {
        Body::Figures { scalars, tables } => match tables.as_slice() {
            [table] if scalars.is_empty() => table::write(page, table),
            tables => {
                scalars::write(page, scalars)?;
                with_headings(page, tables)
            }
        },
        Body::Groups { groups, omitted, capped } => groups::groups(page, groups, *omitted, *capped),
        Body::Windows(windows) => groups::windows(page, windows),
    }
}

/// Writes the tables that have rows.
fn with_headings(page: &mut Page<'_>, tables: &[Table]) -> io::Result<()> {
    let has_rows = |table: &&Table| !table.rows.is_empty() || table.omitted > 0;
    tables.iter().filter(has_rows).try_for_each(|table| {
        page.heading(table.heading)?;
        table::write(page, table)
    })
}
