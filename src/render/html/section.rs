//! A section: its heading, its charts, its figures, its tables.

use super::markup::Markup;
use super::{Style, chart, is_empty, limit, series, spread, table, words};
use crate::summary::{Body, Group, Look, Scalar, Section, Table, Value};

/// How many groups are shown on their own where a table cannot hold them.
const MAX_GROUPS: usize = 12;

/// Writes a section as a card.
pub(super) fn write(section: &Section, style: &Style, page: &mut Markup) {
    let class = if is_wide(section) { "card wide" } else { "card" };
    page.within("section", &[("class", class)], |page| {
        heading(section, page);
        if is_empty(&section.body) {
            return page.element("p", &[("class", "empty")], "nothing");
        }
        body(section, &section.body, style, page);
    });
}

/// What the user wrote is told as it was written, under what it is about.
fn heading(section: &Section, page: &mut Markup) {
    let sheet = &section.sheet;
    if section.name == sheet.base || sheet.title.is_empty() {
        return page.element("h2", &[], &words::plain(&section.title));
    }
    let over_time = if matches!(section.body, Body::Windows(_)) { " over time" } else { "" };
    page.element("h2", &[], &format!("{}{over_time}", words::plain(sheet.title)));
    page.within("p", &[("class", "aggregation")], |page| page.element("code", &[], &section.name));
}

/// Charts over time and long texts want the whole width.
fn is_wide(section: &Section) -> bool {
    match &section.body {
        Body::Figures { tables, .. } => tables.iter().any(|table| {
            let many = table.columns.len() > 4;
            matches!(table.look, Look::Timeline | Look::Messages)
                || (many && !table.rows.is_empty())
        }),
        Body::Groups { .. } | Body::Windows(_) => true,
    }
}

fn body(section: &Section, body: &Body, style: &Style, page: &mut Markup) {
    match body {
        Body::Figures { scalars, tables } => {
            parts(section, scalars, style, page);
            self::scalars(section, scalars, style, page);
            for table in tables {
                self::table(section, table, style, page);
            }
        }
        Body::Groups { groups, omitted, capped } => {
            self::groups(section, groups, style, page);
            left_out(*omitted, *capped, page);
        }
        Body::Windows(windows) => {
            if let Some(chart) = series::windows(section, windows, style) {
                chart.write(page);
            }
            page.within("details", &[], |page| {
                page.element("summary", &[], "The numbers");
                table::of_groups(windows, style.zone, page);
            });
        }
    }
}

/// How a whole falls apart, as one bar.
fn parts(section: &Section, scalars: &[Scalar], style: &Style, page: &mut Markup) {
    let of = |name: &&'static str| {
        let scalar = scalars.iter().find(|scalar| scalar.name == *name)?;
        Some((*name, &scalar.value, words::number(&scalar.value)?))
    };
    let parts: Vec<_> = section.sheet.parts.iter().filter_map(of).collect();
    let whole: f64 = parts.iter().map(|(.., number)| number).sum();
    if whole <= 0.0 {
        return;
    }
    page.within("figure", &[("class", "parts")], |page| {
        let text = |(name, value, number): &(&str, &Value, f64)| {
            let share = words::text(&Value::Ratio(number / whole), style.zone);
            format!("{} {} ({share})", words::label(name, None), words::text(value, style.zone))
        };
        let spoken: Vec<String> = parts.iter().map(text).collect();
        let label = spoken.join(", ");
        let attributes = [
            ("class", "stack"),
            ("role", "img"),
            ("aria-label", label.as_str()),
            ("viewBox", "0 0 100 10"),
            ("preserveAspectRatio", "none"),
        ];
        page.within("svg", &attributes, |page| {
            let mut left = 0.0;
            for (name, _, number) in &parts {
                let width = number / whole * 100.0;
                chart::shape(page, series::class_of(name, 0), (left, 0.0, width, 10.0));
                left += width;
            }
        });
        page.within("ul", &[("class", "legend")], |page| {
            for ((name, ..), text) in parts.iter().zip(&spoken) {
                page.within("li", &[], |page| {
                    chart::key(page, series::class_of(name, 0));
                    page.text(text);
                });
            }
        });
    });
}

/// The figures by name; those of a distribution under a chart of it.
fn scalars(section: &Section, scalars: &[Scalar], style: &Style, page: &mut Markup) {
    let plain: Vec<&Scalar> = scalars.iter().filter(|scalar| !scalar.name.contains('.')).collect();
    // What a table's rows add up to is not said again.
    let beside_table = matches!(&section.body, Body::Figures { tables, .. } if section.title == tables.first().map_or("", |t| t.heading));
    if !beside_table {
        list(
            section,
            &plain.iter().map(|s| (s.name, s.name, &s.value)).collect::<Vec<_>>(),
            style,
            page,
        );
    }
    let mut told: Vec<&str> = Vec::new();
    for head in scalars.iter().filter_map(|scalar| Some(scalar.name.split_once('.')?.0)) {
        if told.contains(&head) {
            continue;
        }
        told.push(head);
        let members: Vec<(&str, &str, &Value)> = scalars
            .iter()
            .filter_map(|s| Some((s.name.split_once('.')?, s)))
            .filter(|((first, _), _)| *first == head)
            .map(|((_, name), s)| (name, s.name, &s.value))
            .collect();
        let none =
            |(name, _, value): &(&str, &str, &Value)| *name == "count" && words::is_nothing(value);
        if members.iter().any(none) {
            continue;
        }
        page.element("h3", &[], &words::label(head, None));
        spread::write(head, &members, style.zone, page);
        list(section, &members, style, page);
    }
}

/// Labels and values: what a figure is called here, its whole name, and its value.
fn list(section: &Section, figures: &[(&str, &str, &Value)], style: &Style, page: &mut Markup) {
    let approximate = figures
        .iter()
        .any(|(name, _, value)| *name == "approximate" && **value == Value::Bool(true));
    let shown: Vec<_> =
        figures.iter().filter(|(name, ..)| !matches!(*name, "approximate" | "sum")).collect();
    if shown.is_empty() {
        return;
    }
    page.within("dl", &[("class", "figures")], |page| {
        for (name, whole_name, value) in shown {
            let limit = limit(section, whole_name, style);
            let bad =
                limit.zip(words::number(value)).is_some_and(|(limit, value)| value > limit.at);
            page.within("div", &[("class", if bad { "bad" } else { "" })], |page| {
                page.element("dt", &[], &words::label(name, Some(value)));
                let estimate = approximate && matches!(*name, "median" | "p95" | "p99");
                let mark = if estimate { "≈" } else { "" };
                page.element("dd", &[], &format!("{mark}{}", words::text(value, style.zone)));
            });
        }
    });
}

fn table(section: &Section, table: &Table, style: &Style, page: &mut Markup) {
    if table.rows.is_empty() {
        return;
    }
    if table.heading != section.title {
        page.element("h3", &[], &words::plain(table.heading));
    }
    let chart = match table.look {
        Look::Timeline => series::buckets(table, style.zone),
        Look::Hours => series::hours(table),
        _ => None,
    };
    match chart {
        Some(chart) => {
            chart.write(page);
            page.within("details", &[], |page| {
                page.element("summary", &[], "The numbers");
                table::write(table, style.zone, page);
            });
        }
        None => table::write(table, style.zone, page),
    }
    left_out(table.omitted, table.capped, page);
}

/// Groups are rows of one table where they only have figures; else each stands for itself.
fn groups(section: &Section, groups: &[Group], style: &Style, page: &mut Markup) {
    let plain = |group: &Group| matches!(&group.body, Body::Figures { tables, .. } if tables.iter().all(|t| t.rows.is_empty()));
    if groups.iter().all(plain) {
        return table::of_groups(groups, style.zone, page);
    }
    if table::pivot(groups, style.zone, page) {
        return;
    }
    page.within("div", &[("class", "groups")], |page| {
        for group in groups.iter().take(MAX_GROUPS) {
            let keys: Vec<_> = group
                .key
                .iter()
                .map(|(name, value)| format!("{name} = {}", words::key(value, style.zone)))
                .collect();
            page.within("div", &[("class", "group")], |page| {
                page.element("h3", &[], &keys.join(", "));
                body(section, &group.body, style, page);
            });
        }
    });
    left_out(groups.len().saturating_sub(MAX_GROUPS) as u64, false, page);
}

/// Says what is not shown.
fn left_out(rows: u64, capped: bool, page: &mut Markup) {
    if rows > 0 {
        let text = format!("… and {} more", words::count(rows as f64));
        page.element("p", &[("class", "more")], &text);
    }
    if capped {
        page.element("p", &[("class", "more")], "Keys past the cap are counted as (other).");
    }
}
