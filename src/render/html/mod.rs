//! A report as one page of HTML that needs nothing else: to look at, to send, to print.
//!
//! Charts follow from the shape of sections, so that a new aggregator has them too; no aggregator
//! is known here. Everything that is written leaves through `markup.rs`, which escapes it, and a
//! content security policy admits one style and one script, both constants, by their hashes.

mod chart;
mod markup;
mod section;
mod series;
mod spread;
mod table;
mod time;
mod words;

use std::io;

use crate::record::Zone;
use crate::summary::{Body, Report, Section, Value};
use markup::Markup;

const CSS: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("sort.js");

/// What the page may do: show its style and run its script. The hashes are those of the two
/// constants, which a test compares.
const POLICY: &str = "default-src 'none'; \
    style-src 'sha256-NvFlK5YkGjOnZFdQXGtrngUj9gF264wrylMBAw3wSiA='; \
    script-src 'sha256-DBwbXYAEJs70tFXD070H5Sk750H7Gc4iR2XxWWaNiZA='; \
    base-uri 'none'; form-action 'none'";

/// A number that a figure should stay below.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// The aggregator, such as `error-rate`.
    pub base: String,
    /// Its figure, such as `ratio`.
    pub figure: String,
    /// The number.
    pub at: f64,
    /// What it is called, such as the name of an alert rule.
    pub name: String,
}

/// How a page is to look.
#[derive(Debug, Clone, Default)]
pub struct Style {
    /// The zone of times and dates.
    pub zone: Zone,
    /// What is drawn into charts of these figures.
    pub limits: Vec<Limit>,
}

/// Writes the report as a page, without the sections that have nothing to say.
///
/// # Errors
///
/// Those of `out`.
pub fn write(report: &Report, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Markup::default();
    head(&mut page);
    page.open("body", &[]);
    let shown: Vec<&Section> = report
        .sections
        .iter()
        .filter(|section| if report.empty { section.name == "input" } else { !section.silent })
        .collect();
    page.within("header", &[], |page| {
        page.element("h1", &[], "Log Analysis Report");
        page.element("p", &[("class", "period")], &period(report, style.zone));
        tiles(&shown, style, page);
    });
    page.open("main", &[]);
    if report.empty {
        page.element("p", &[("class", "empty")], "No records.");
    }
    for section in shown {
        section::write(section, style, &mut page);
        out.write_all(page.take().as_bytes())?;
    }
    page.close("main");
    page.within("footer", &[], |page| {
        page.text(concat!("Made by ufo-logscan ", env!("CARGO_PKG_VERSION"), ". Times are in "));
        page.text(&words::zone(style.zone));
        page.text(".");
    });
    page.open("script", &[]);
    page.constant(SCRIPT);
    page.close("script");
    page.close("body");
    page.close("html");
    out.write_all(page.take().as_bytes())
}

fn head(page: &mut Markup) {
    page.constant("<!DOCTYPE html>\n");
    page.open("html", &[("lang", "en")]);
    page.open("head", &[]);
    page.open("meta", &[("charset", "utf-8")]);
    page.open("meta", &[("http-equiv", "Content-Security-Policy"), ("content", POLICY)]);
    page.open("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
    page.open("meta", &[("name", "referrer"), ("content", "no-referrer")]);
    page.open("meta", &[("name", "color-scheme"), ("content", "light dark")]);
    page.element("title", &[], "Log Analysis Report");
    page.open("style", &[]);
    page.constant(CSS);
    page.close("style");
    page.close("head");
}

/// From when to when, where the report tells that.
fn period(report: &Report, zone: Zone) -> String {
    let input = report.sections.iter().find(|section| section.name == "input");
    let figure = |name| input.and_then(|section| section.body.scalar(name));
    match (figure("first"), figure("last")) {
        (Some(first @ Value::Time(a)), Some(last @ Value::Time(b)))
            if a.is_some() && b.is_some() =>
        {
            format!("{} – {}", words::text(first, zone), words::text(last, zone))
        }
        _ => String::new(),
    }
}

/// The main figure of each section, large.
fn tiles(sections: &[&Section], style: &Style, page: &mut Markup) {
    let mains: Vec<(&Section, &Value)> = sections
        .iter()
        .filter(|section| section.name == section.sheet.base && !section.sheet.main.is_empty())
        .filter_map(|section| Some((*section, section.body.scalar(section.sheet.main)?)))
        .filter(|(_, value)| words::number(value).is_some())
        .collect();
    if mains.is_empty() {
        return;
    }
    page.within("dl", &[("class", "tiles")], |page| {
        for (section, value) in mains {
            let limit = limit(section, section.sheet.main, style);
            let bad = limit.zip(words::number(value)).filter(|(limit, value)| *value > limit.at);
            let class = if bad.is_some() { "tile bad" } else { "tile" };
            page.within("div", &[("class", class)], |page| {
                page.element("dt", &[], &words::plain(&section.title));
                page.element("dd", &[("class", "value")], &words::text(value, style.zone));
                let mut note = words::label(section.sheet.main, Some(value));
                if let Some((limit, _)) = bad {
                    note = format!("{note}, above {}", words::like(value, limit.at, style.zone));
                }
                page.element("dd", &[("class", "note")], &note);
            });
        }
    });
}

/// What a figure of a section should stay below.
fn limit<'a>(section: &Section, figure: &str, style: &'a Style) -> Option<&'a Limit> {
    style.limits.iter().find(|limit| limit.base == section.sheet.base && limit.figure == figure)
}

/// Whether there is nothing to show.
fn is_empty(body: &Body) -> bool {
    match body {
        Body::Figures { scalars, tables } => {
            scalars.is_empty() && tables.iter().all(|table| table.rows.is_empty())
        }
        Body::Groups { groups, .. } | Body::Windows(groups) => groups.is_empty(),
    }
}
