//! Rows in columns that can be sorted, with a bar beside the first count.

use super::chart::shape;
use super::markup::Markup;
use super::series::class_of;
use super::words;
use crate::record::Zone;
use crate::summary::{Body, Group, Scalar, Table, Value};

/// How many columns a ranking of groups may become.
const MAX_PIVOT: usize = 10;

/// How many windows are listed: the last ones.
const MAX_WINDOWS: usize = 500;

/// A heading and the cells below it.
struct Column<'a> {
    name: String,
    cells: Vec<&'a Value>,
}

impl Column<'_> {
    fn is_text(&self) -> bool {
        self.cells.iter().any(|value| matches!(value, Value::Text(_) | Value::Rest(_)))
    }

    fn is_time(&self) -> bool {
        self.cells.iter().any(|value| matches!(value, Value::Time(_)))
    }

    /// Whether nothing happened in it.
    fn is_idle(&self) -> bool {
        self.cells.iter().all(|value| words::is_nothing(value))
    }

    /// What its values are shares of, in a bar.
    fn greatest(&self) -> Option<f64> {
        let counts = self.cells.iter().all(|value| matches!(value, Value::Int(_) | Value::Null));
        let greatest = self.cells.iter().filter_map(|v| words::number(v)).fold(0.0, f64::max);
        (counts && greatest > 0.0).then_some(greatest)
    }
}

/// Writes a table of a section.
pub(super) fn write(table: &Table, zone: Zone, page: &mut Markup) {
    let rows: Vec<Vec<Value>> = table.rows.iter().collect();
    let columns: Vec<Column<'_>> = table
        .columns
        .iter()
        .enumerate()
        .map(|(at, name)| Column {
            name: words::label(
                name,
                rows.iter().filter_map(|row| row.get(at)).find(|v| **v != Value::Null),
            ),
            cells: rows.iter().map(|row| row.get(at).unwrap_or(&Value::Null)).collect(),
        })
        .collect();
    grid(&words::plain(table.heading), &columns, 1, zone, page);
}

/// Writes groups that each have one short ranking as rows, with a column for each of its names;
/// whether they are such groups.
pub(super) fn pivot(groups: &[Group], zone: Zone, page: &mut Markup) -> bool {
    let ranking = |group: &Group| -> Option<Vec<(Value, Value)>> {
        let Body::Figures { tables, .. } = &group.body else { return None };
        let [table] = tables.as_slice() else { return None };
        let pair =
            |row: Vec<Value>| <[Value; 2]>::try_from(row).ok().map(|[name, count]| (name, count));
        (table.columns.len() == 2).then(|| table.rows.iter().filter_map(pair).collect())
    };
    let Some(rankings) = groups.iter().map(ranking).collect::<Option<Vec<_>>>() else {
        return false;
    };
    let mut names: Vec<&Value> = Vec::new();
    for (name, _) in rankings.iter().flatten() {
        if !names.contains(&name) {
            names.push(name);
        }
        if names.len() > MAX_PIVOT {
            return false;
        }
    }
    let mut columns = keys_of(groups);
    let keys = columns.len();
    columns.extend(names.iter().map(|name| {
        let count = |ranking: &Vec<(Value, Value)>| ranking.iter().position(|(n, _)| n == *name);
        let cells = rankings
            .iter()
            .map(|ranking| count(ranking).map_or(&Value::Int(0), |at| &ranking[at].1));
        Column { name: words::key(name, zone), cells: cells.collect() }
    }));
    grid("Counts", &columns, keys, zone, page);
    true
}

fn keys_of(groups: &[Group]) -> Vec<Column<'_>> {
    let names = groups.first().map_or(&[][..], |group| group.key.as_slice());
    let column = |(at, (name, _)): (usize, &(String, Value))| Column {
        name: words::label(name, None),
        cells: groups
            .iter()
            .map(|group| group.key.get(at).map_or(&Value::Null, |(_, v)| v))
            .collect(),
    };
    names.iter().enumerate().map(column).collect()
}

/// Writes groups or windows as rows: their keys, and every figure that any of them has.
pub(super) fn of_groups(groups: &[Group], zone: Zone, page: &mut Markup) {
    let groups = &groups[groups.len().saturating_sub(MAX_WINDOWS)..];
    let mut columns = keys_of(groups);
    let keys = columns.len();
    let mut names: Vec<&str> = Vec::new();
    for Scalar { name, .. } in groups.iter().flat_map(|group| scalars(&group.body)) {
        let last = name.rsplit('.').next();
        if !names.contains(name) && !matches!(last, Some("approximate" | "sum")) {
            names.push(name);
        }
    }
    for name in names {
        let cells: Vec<&Value> =
            groups.iter().map(|group| group.body.scalar(name).unwrap_or(&Value::Null)).collect();
        let sample = cells.iter().copied().find(|value| **value != Value::Null);
        columns.push(Column { name: words::label(name, sample), cells });
    }
    grid("Figures", &columns, keys, zone, page);
}

fn scalars(body: &Body) -> &[Scalar] {
    match body {
        Body::Figures { scalars, .. } => scalars,
        _ => &[],
    }
}

/// Writes columns, the first `keys` of which name the rows. Those in which nothing happened are
/// left out.
fn grid(caption: &str, columns: &[Column<'_>], keys: usize, zone: Zone, page: &mut Markup) {
    let shown: Vec<(usize, &Column<'_>)> =
        columns.iter().enumerate().filter(|(at, column)| *at < keys || !column.is_idle()).collect();
    let barred =
        shown.iter().find(|(at, c)| *at >= keys && c.greatest().is_some()).map(|(at, _)| *at);
    let rows = columns.first().map_or(0, |column| column.cells.len());
    let label = format!("Table: {caption}");
    let scroll = [
        ("class", "scroll"),
        ("tabindex", "0"),
        ("role", "region"),
        ("aria-label", label.as_str()),
    ];
    page.within("div", &scroll, |page| {
        page.within("table", &[("class", "sortable")], |page| {
            page.element("caption", &[], caption);
            page.within("thead", &[], |page| {
                page.within("tr", &[], |page| {
                    for (at, column) in &shown {
                        let class = match (column.is_text() || *at < keys, column.is_time()) {
                            (true, _) => "t",
                            (_, true) => "d",
                            _ => "n",
                        };
                        page.element("th", &[("scope", "col"), ("class", class)], &column.name);
                        if barred == Some(*at) {
                            page.element("td", &[("class", "bar")], "");
                        }
                    }
                });
            });
            page.within("tbody", &[], |page| {
                for row in 0..rows {
                    self::row(row, &shown, keys, barred, zone, page);
                }
            });
        });
    });
}

fn row(
    row: usize,
    columns: &[(usize, &Column<'_>)],
    keys: usize,
    barred: Option<usize>,
    zone: Zone,
    page: &mut Markup,
) {
    let is_rest = columns.first().is_some_and(|(_, c)| matches!(c.cells[row], Value::Rest(_)));
    page.within("tr", &[("class", if is_rest { "others" } else { "" })], |page| {
        for (at, column) in columns {
            let value = column.cells[row];
            cell(value, *at < keys, column, zone, page);
            if barred == Some(*at) {
                page.within("td", &[("class", "bar")], |page| {
                    bar(value, column.greatest().unwrap_or(1.0), page);
                });
            }
        }
    });
}

fn cell(value: &Value, is_key: bool, column: &Column<'_>, zone: Zone, page: &mut Markup) {
    let tag = if is_key { "th" } else { "td" };
    let text = if is_key { words::key(value, zone) } else { words::cell(value, zone) };
    let level = level(value);
    let class = match (column.is_text(), column.is_time()) {
        (true, _) => "t",
        (_, true) => "d",
        _ if is_key => "t",
        _ if words::is_nothing(value) => "n zero",
        _ => "n",
    };
    let class = if is_key && text.chars().count() > 40 { "t long" } else { class };
    let rank = words::rank(value);
    let mut attributes = vec![("class", class)];
    if is_key {
        attributes.push(("scope", "row"));
    }
    attributes.extend(rank.as_deref().map(|rank| ("data-v", rank)));
    page.within(tag, &attributes, |page| match level {
        Some(class) => page.element("span", &[("class", class)], &text),
        None => page.text(&text),
    });
}

/// The class of a level by its name.
fn level(value: &Value) -> Option<&'static str> {
    let Value::Text(text) = value else { return None };
    match &**text {
        "WARNING" => Some("level w"),
        "ERROR" => Some("level e"),
        "CRITICAL" => Some("level c"),
        "INFO" | "DEBUG" | "TRACE" => Some("level"),
        _ => None,
    }
}

fn bar(value: &Value, greatest: f64, page: &mut Markup) {
    let Some(number) = words::number(value).filter(|number| *number > 0.0) else { return };
    let attributes =
        [("viewBox", "0 0 100 10"), ("preserveAspectRatio", "none"), ("aria-hidden", "true")];
    page.within("svg", &attributes, |page| {
        let width = (number / greatest * 100.0).max(0.8);
        shape(page, class_of("records", 0), (0.0, 0.0, width, 10.0));
    });
}
