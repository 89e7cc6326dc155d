//! Aligned columns under a line of headings: texts to the left, numbers to the right.

use std::io;

use super::page::{Ink, Page, pad};
use crate::escape::{fit, width};

/// The space between two columns, and before the first.
const GAP: usize = 2;

/// A column of text is not cut to less than this.
const LEAST_TEXT: usize = 10;

/// One column: its heading and its cells.
pub(super) struct Column {
    pub(super) heading: String,
    pub(super) cells: Vec<(Ink, String)>,
    /// Whether it holds text, which stands left and may be cut.
    pub(super) is_text: bool,
    /// Whether no cell says anything.
    pub(super) is_idle: bool,
}

impl Column {
    fn natural(&self) -> usize {
        let cells = self.cells.iter().map(|(_, text)| width(text)).max().unwrap_or(0);
        cells.max(width(&self.heading))
    }
}

/// The widths of the columns, those of text cut so far as is needed and decent; `None` if that
/// is not enough.
pub(super) fn layout(columns: &[Column], room: usize) -> Option<Vec<usize>> {
    let natural = |c: &Column| if c.is_text { c.natural().min(room) } else { c.natural() };
    let mut widths: Vec<_> = columns.iter().map(natural).collect();
    let total = widths.iter().map(|width| width + GAP).sum::<usize>();
    for _ in room..total {
        let widest = columns
            .iter()
            .zip(&mut widths)
            .filter(|(column, width)| column.is_text && **width > LEAST_TEXT)
            .map(|(_, width)| width)
            .max()?;
        *widest -= 1;
    }
    Some(widths)
}

/// Writes the columns, `rows` rows of them; what does not fit is cut at the end of the line.
pub(super) fn write(page: &mut Page<'_>, columns: &[Column], rows: usize) -> io::Result<()> {
    let widths = layout(columns, page.room()).unwrap_or_else(|| {
        let least = |c: &Column| if c.is_text { c.natural().min(LEAST_TEXT) } else { c.natural() };
        columns.iter().map(least).collect()
    });
    let place = |text: &str, column: &Column, columns: usize| {
        let shown = fit(text, columns);
        let before = if column.is_text { 0 } else { columns.saturating_sub(width(&shown)) };
        pad(&format!("{}{shown}", " ".repeat(GAP + before)), columns + GAP)
    };
    let row = |of: &dyn Fn(&Column) -> (Ink, String)| {
        let mut pieces: Vec<_> = columns
            .iter()
            .zip(&widths)
            .map(|(column, width)| {
                let (ink, text) = of(column);
                (ink, place(&text, column, *width))
            })
            .collect();
        if let Some((_, last)) = pieces.last_mut() {
            last.truncate(last.trim_end().len());
        }
        pieces
    };
    let mut line = |pieces: Vec<(Ink, String)>| {
        let pieces: Vec<_> = pieces.iter().map(|(ink, text)| (*ink, text.as_str())).collect();
        page.line(&pieces)
    };
    line(row(&|column| (Ink::Heading, column.heading.clone())))?;
    (0..rows).try_for_each(|at| {
        line(row(&|column| column.cells.get(at).cloned().unwrap_or((Ink::Plain, String::new()))))
    })
}
