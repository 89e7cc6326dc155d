//! The tables of a report as comma-separated values (RFC 4180), for spreadsheets and scripts.
//!
//! A file has one header. A report of one table, or of groups or windows that have figures alone,
//! is that table; anything else is written in a long form of one figure a line, which pivot tables
//! take. Lines end with LF, which spreadsheets read as well and other tools better; texts are UTF-8, numbers have a point and no unit: shares are from
//! 0 to 1, durations in seconds as in JSON, times in RFC 3339.

use std::io;

use crate::escape::terminal;
use crate::record::Zone;
use crate::summary::{Body, Group, Report, Scalar, Section, Table, Value};

/// The columns of the long form: whose figure it is, of which table and row, what it is called,
/// and what it is.
const LONG: [&str; 5] = ["section", "table", "row", "column", "value"];

/// Writes the report as CSV, times in `zone`.
///
/// # Errors
///
/// Those of `out`.
pub fn write(report: &Report, zone: &Zone, out: &mut dyn io::Write) -> io::Result<()> {
    let mut sheet = Sheet { out, zone, line: String::new() };
    match report.sections.as_slice() {
        [Section { body: Body::Figures { scalars, tables }, .. }] => match tables.as_slice() {
            [table] if adds_nothing(scalars, table) => sheet.table(table),
            _ => sheet.long(report),
        },
        [Section { body: Body::Groups { groups, .. } | Body::Windows(groups), .. }]
            if groups.iter().all(has_figures_alone) =>
        {
            sheet.groups(groups)
        }
        _ => sheet.long(report),
    }
}

/// Whether the figures beside a table only say what its rows add up to or how many they are.
fn adds_nothing(scalars: &[Scalar], table: &Table) -> bool {
    scalars.iter().all(|scalar| {
        scalar.name == "distinct" || table.columns.iter().skip(1).any(|name| *name == scalar.name)
    })
}

fn has_figures_alone(group: &Group) -> bool {
    matches!(&group.body, Body::Figures { tables, .. } if tables.is_empty())
}

struct Sheet<'a> {
    out: &'a mut dyn io::Write,
    zone: &'a Zone,
    line: String,
}

impl Sheet<'_> {
    fn row<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) -> io::Result<()> {
        self.line.clear();
        for (at, cell) in cells.into_iter().enumerate() {
            if at > 0 {
                self.line.push(',');
            }
            self.cell(&cell);
        }
        self.line.push('\n');
        self.out.write_all(self.line.as_bytes())
    }

    fn cell(&mut self, cell: &Cell<'_>) {
        match cell {
            Cell::Name(name) => quoted(name, &mut self.line),
            Cell::Value(value) => match value {
                Value::Int(n) => self.line.push_str(&n.to_string()),
                Value::Float(n) | Value::Ratio(n) | Value::Seconds(n) | Value::Millis(n) => {
                    if n.is_finite() {
                        self.line.push_str(&n.to_string());
                    }
                }
                Value::Time(time) if time.is_some() => self.line.push_str(&time.display(self.zone)),
                Value::Bool(truth) => self.line.push_str(if *truth { "true" } else { "false" }),
                Value::Text(logged) => quoted(&text(logged), &mut self.line),
                Value::Rest(name) => self.line.push_str(name),
                Value::Null | Value::Time(_) => {}
            },
        }
    }

    fn table(&mut self, table: &Table) -> io::Result<()> {
        self.row(table.columns.iter().map(|name| Cell::Name(name)))?;
        table.rows.iter().try_for_each(|row| {
            let cells = row.iter().chain(std::iter::repeat(&Value::Null)).map(Cell::Value);
            self.row(cells.take(table.columns.len()))
        })
    }

    /// A line for each group, a column for each of its keys and for every figure that any has.
    fn groups(&mut self, groups: &[Group]) -> io::Result<()> {
        let keys = groups.first().map_or(&[][..], |group| group.key.as_slice());
        let keys: Vec<String> = keys.iter().map(|(name, _)| text(name)).collect();
        let mut figures: Vec<&str> = Vec::new();
        for scalar in groups.iter().flat_map(|group| scalars(&group.body)) {
            if !figures.contains(&scalar.name) {
                figures.push(scalar.name);
            }
        }
        let named = keys.iter().map(|name| Cell::Name(name));
        self.row(named.chain(figures.iter().map(|name| Cell::Name(name))))?;
        groups.iter().try_for_each(|group| {
            let keys = group.key.iter().map(|(_, value)| Cell::Value(value));
            let figures = figures
                .iter()
                .map(|name| Cell::Value(group.body.scalar(name).unwrap_or(&Value::Null)));
            self.row(keys.chain(figures))
        })
    }

    fn long(&mut self, report: &Report) -> io::Result<()> {
        self.row(LONG.map(Cell::Name))?;
        report
            .sections
            .iter()
            .try_for_each(|section| self.body(&text(&section.name), &mut Vec::new(), &section.body))
    }

    /// Writes a body figure by figure; `within` are the groups and windows around it.
    fn body(&mut self, section: &str, within: &mut Vec<String>, body: &Body) -> io::Result<()> {
        match body {
            Body::Figures { scalars, tables } => {
                let row = harmless(&within.join(", "));
                for Scalar { name, value } in scalars {
                    let names = [section, "", &row, name].map(Cell::Name);
                    self.row(names.into_iter().chain([Cell::Value(value)]))?;
                }
                tables.iter().try_for_each(|table| self.long_table(section, within, table))
            }
            Body::Groups { groups, .. } | Body::Windows(groups) => {
                groups.iter().try_for_each(|group| {
                    let keys: Vec<_> = group
                        .key
                        .iter()
                        .map(|(name, value)| format!("{}={}", terminal(name), self.key(value)))
                        .collect();
                    within.push(keys.join(", "));
                    let done = self.body(section, within, &group.body);
                    within.pop();
                    done
                })
            }
        }
    }

    /// A row is named by its first column, and where that is a text that others have as well, by
    /// its place too.
    fn long_table(&mut self, section: &str, within: &[String], table: &Table) -> io::Result<()> {
        for row in table.rows.iter() {
            let key = self.key(row.first().unwrap_or(&Value::Null));
            let name: Vec<&str> = within.iter().map(String::as_str).chain([key.as_str()]).collect();
            let name = harmless(&name.join(", "));
            for (column, value) in table.columns.iter().zip(&row).skip(1) {
                let names = [section, table.name, &name, column].map(Cell::Name);
                self.row(names.into_iter().chain([Cell::Value(value)]))?;
            }
        }
        Ok(())
    }

    /// What a row or a group is called.
    fn key(&self, value: &Value) -> String {
        match value {
            Value::Text(logged) => terminal(logged).into_owned(),
            Value::Rest(name) => (*name).to_owned(),
            Value::Int(n) => n.to_string(),
            Value::Time(time) if time.is_some() => time.display(self.zone),
            Value::Bool(truth) => truth.to_string(),
            Value::Float(n) | Value::Ratio(n) | Value::Seconds(n) | Value::Millis(n) => {
                n.to_string()
            }
            Value::Null | Value::Time(_) => String::new(),
        }
    }
}

fn scalars(body: &Body) -> &[Scalar] {
    match body {
        Body::Figures { scalars, .. } => scalars,
        _ => &[],
    }
}

/// What stands in a cell.
enum Cell<'a> {
    /// A name that is already fit to be shown.
    Name(&'a str),
    /// A figure; numbers stay numbers.
    Value(&'a Value),
}

/// A text that may hold anything, made visible, and no formula.
fn text(raw: &str) -> String {
    // Tabs and line ends are signs of formulas too, before they have become visible.
    let shown = terminal(raw);
    let begins = raw.starts_with(['\t', '\r', '\n']);
    if begins { format!("'{shown}") } else { harmless(&shown) }
}

/// A text that no spreadsheet takes for a formula: `'` stands before one that begins like it.
/// Spreadsheets skip spaces before they look, and some read full-width signs as the signs.
fn harmless(text: &str) -> String {
    let first = text.trim_start().chars().next();
    let is_formula = first.is_some_and(|c| "=+-@＝＋－＠".contains(c));
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

/// Appends a field, in quotes where it needs them.
fn quoted(text: &str, line: &mut String) {
    // A semicolon separates fields where a comma is the decimal point.
    let plain = !text.contains([',', '"', '\r', '\n', ';', '\'']) && text.trim() == text;
    if plain {
        return line.push_str(text);
    }
    line.push('"');
    line.push_str(&text.replace('"', "\"\""));
    line.push('"');
}
