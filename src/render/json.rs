//! A report as one JSON document, described by `docs/report.schema.json`.
//!
//! It is streamed: no more than a row is held. Nothing in it depends on a clock or on the order
//! of a hash table.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io;

use crate::escape::{json_quoted, json_string};
use crate::record::Zone;
use crate::summary::{Body, Group, Report, Scalar, Table, Value};

/// The version of the format, as the document names it.
pub const SCHEMA: &str = "ufo-logscan.report/1";

/// Writes the report as JSON and a newline, times as RFC 3339 in `zone`.
///
/// # Errors
///
/// Those of `out`.
pub fn write(report: &Report, zone: &Zone, out: &mut dyn io::Write) -> io::Result<()> {
    let mut json = Json { out, zone, text: String::new(), depth: 0 };
    json.text.push_str("{\"schema\":");
    json_quoted(SCHEMA, &mut json.text);
    json.text.push_str(",\"sections\":{");
    json.depth += 1;
    let mut sections = Members::default();
    for section in &report.sections {
        sections.separate(&mut json.text);
        json.new_line();
        sections.key(&section.name, &mut json.text);
        json.text.push('{');
        json.body(&mut Members::default(), &section.body)?;
        json.text.push('}');
    }
    json.depth -= 1;
    json.new_line();
    json.text.push_str("}}\n");
    json.flush()
}

/// Writes the report as one line, for where there are several.
///
/// # Errors
///
/// Those of `out`.
pub fn write_line(report: &Report, zone: &Zone, out: &mut dyn io::Write) -> io::Result<()> {
    let mut lines = Vec::new();
    write(report, zone, &mut lines)?;
    // No text has a line end: what begins a line is there for people.
    lines
        .split(|byte| *byte == b'\n')
        .try_for_each(|line| out.write_all(line.trim_ascii_start()))?;
    out.write_all(b"\n")
}

/// The members of an object so far: no key is written twice.
#[derive(Default)]
struct Members {
    keys: HashSet<String>,
}

impl Members {
    fn separate(&self, text: &mut String) {
        if !self.keys.is_empty() {
            text.push(',');
        }
    }

    /// Writes `"name":`, with ` #2` and so on behind a name that was there before.
    fn key(&mut self, name: &str, text: &mut String) {
        let mut key = name.to_owned();
        let mut number = 1;
        while !self.keys.insert(key.clone()) {
            number += 1;
            key = format!("{name} #{number}");
        }
        json_quoted(&key, text);
        text.push(':');
    }

    fn member(&mut self, name: &str, text: &mut String) {
        self.separate(text);
        self.key(name, text);
    }
}

/// A figure by the rest of its name, if its name begins with `head` and a dot.
fn within<'a>(head: &str, (name, value): (&'a str, &'a Value)) -> Option<(&'a str, &'a Value)> {
    let (first, rest) = name.split_once('.')?;
    (first == head).then_some((rest, value))
}

struct Json<'a> {
    out: &'a mut dyn io::Write,
    zone: &'a Zone,
    /// What has not been handed on yet.
    text: String,
    depth: usize,
}

impl Json<'_> {
    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }

    fn new_line(&mut self) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n("  ", self.depth));
    }

    /// Writes a body as members of the object that is open.
    fn body(&mut self, object: &mut Members, body: &Body) -> io::Result<()> {
        match body {
            Body::Figures { scalars, tables } => {
                let named: Vec<_> =
                    scalars.iter().map(|Scalar { name, value }| (*name, value)).collect();
                self.scalars(object, &named);
                tables.iter().try_for_each(|table| self.table(object, table))
            }
            Body::Groups { groups, omitted, capped } => {
                self.array(object, "groups", groups.iter(), Json::group)?;
                self.left_out(object, "", *omitted, *capped);
                Ok(())
            }
            Body::Windows(windows) => self.array(object, "windows", windows.iter(), Json::window),
        }
    }

    /// Writes figures by name; those with a common beginning before a dot form an object, which
    /// stands where the first of them does.
    fn scalars(&mut self, object: &mut Members, named: &[(&str, &Value)]) {
        for (at, (name, value)) in named.iter().enumerate() {
            let Some((head, _)) = name.split_once('.') else {
                object.member(name, &mut self.text);
                self.value(value);
                continue;
            };
            if named[..at].iter().any(|earlier| within(head, *earlier).is_some()) {
                continue;
            }
            object.member(head, &mut self.text);
            self.text.push('{');
            let inner: Vec<_> = named.iter().filter_map(|figure| within(head, *figure)).collect();
            self.scalars(&mut Members::default(), &inner);
            self.text.push('}');
        }
    }

    fn table(&mut self, object: &mut Members, table: &Table) -> io::Result<()> {
        self.array(object, table.name, table.rows.iter(), |json, row| {
            let cells = table.columns.iter().zip(row.iter().chain(std::iter::repeat(&Value::Null)));
            let mut members = Members::default();
            for (column, value) in cells {
                members.member(column, &mut json.text);
                json.value(value);
            }
            Ok(())
        })?;
        self.left_out(object, table.name, table.omitted, table.capped);
        Ok(())
    }

    fn group(&mut self, group: &Group) -> io::Result<()> {
        let mut members = Members::default();
        members.member("by", &mut self.text);
        self.text.push('{');
        self.keys(&mut Members::default(), &group.key);
        self.text.push('}');
        self.body(&mut members, &group.body)
    }

    fn window(&mut self, window: &Group) -> io::Result<()> {
        let mut members = Members::default();
        self.keys(&mut members, &window.key);
        self.body(&mut members, &window.body)
    }

    fn keys(&mut self, object: &mut Members, keys: &[(String, Value)]) {
        for (name, value) in keys {
            object.member(name, &mut self.text);
            self.value(value);
        }
    }

    /// Writes an array with one object a line.
    fn array<T>(
        &mut self,
        object: &mut Members,
        name: &str,
        rows: impl Iterator<Item = T>,
        mut members: impl FnMut(&mut Self, T) -> io::Result<()>,
    ) -> io::Result<()> {
        object.separate(&mut self.text);
        self.depth += 1;
        self.new_line();
        object.key(name, &mut self.text);
        self.text.push('[');
        self.depth += 1;
        for (at, row) in rows.enumerate() {
            if at > 0 {
                self.text.push(',');
            }
            self.new_line();
            self.text.push('{');
            members(self, row)?;
            self.text.push('}');
            self.flush()?;
        }
        self.depth -= 2;
        self.text.push(']');
        Ok(())
    }

    /// Says what an array does not show; its own name tells apart several in one object.
    fn left_out(&mut self, object: &mut Members, array: &str, omitted: u64, capped: bool) {
        let name = |what: &str| match array {
            "" => what.to_owned(),
            array => format!("{array}_{what}"),
        };
        if omitted > 0 {
            object.member(&name("omitted"), &mut self.text);
            self.value(&Value::count(omitted));
        }
        if capped {
            object.member(&name("capped"), &mut self.text);
            self.text.push_str("true");
        }
    }

    fn value(&mut self, value: &Value) {
        let text = &mut self.text;
        match value {
            Value::Int(n) => {
                // Writing to a string cannot fail.
                let _ = write!(text, "{n}");
            }
            // Their shortest form that reads back the same; JSON has no infinite numbers.
            Value::Float(n) | Value::Ratio(n) | Value::Seconds(n) | Value::Millis(n) => {
                match serde_json::Number::from_f64(*n) {
                    Some(number) => text.push_str(&number.to_string()),
                    None => text.push_str("null"),
                }
            }
            Value::Time(time) if time.is_some() => json_quoted(&time.display(self.zone), text),
            Value::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
            Value::Text(logged) => json_string(logged, text),
            Value::Rest(name) => json_quoted(name, text),
            Value::Null | Value::Time(_) => text.push_str("null"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Timestamp;
    use crate::summary::{Look, Section, Sheet};

    fn written(sections: Vec<(&str, Body)>) -> String {
        let section = |(name, body): (&str, Body)| {
            let (name, title) = (name.to_owned(), String::new());
            Section { name, title, silent: true, body, sheet: Sheet::default() }
        };
        let sections = sections.into_iter().map(section).collect();
        let mut out = Vec::new();
        write(&Report { sections, empty: false }, &"+01".parse().unwrap(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).expect("valid JSON");
        text
    }

    fn scalar(name: &'static str, value: Value) -> Scalar {
        Scalar { name, value }
    }

    #[test]
    fn a_row_is_a_line() {
        let mut table = Table::new("levels", "", Look::Grid, &["level", "records"]);
        table.rows =
            vec![vec![Value::Rest("(none)"), Value::Int(9)], vec![Value::text("ERROR")]].into();
        (table.omitted, table.capped) = (3, true);
        let scalars = vec![scalar("records", Value::Int(10))];
        assert_eq!(
            written(vec![
                ("level", Body::Figures { scalars, tables: vec![table] }),
                ("count", Body::scalars(vec![scalar("ratio", Value::Ratio(0.5))])),
                ("count", Body::scalars(Vec::new())),
            ]),
            r#"{"schema":"ufo-logscan.report/1","sections":{
  "level":{"records":10,
    "levels":[
      {"level":"(none)","records":9},
      {"level":"ERROR","records":null}],"levels_omitted":3,"levels_capped":true},
  "count":{"ratio":0.5},
  "count #2":{}
}}
"#
        );
    }

    #[test]
    fn dots_are_objects_and_numbers_are_numbers() {
        let time = Timestamp::from_text("2026-11-22T06:11:54Z", &Zone::Utc);
        let body = Body::scalars(vec![
            scalar("session.p95", Value::Seconds(0.1)),
            scalar("plain", Value::Float(f64::NAN)),
            scalar("session.approximate", Value::Bool(true)),
            scalar("session", Value::Millis(3.0)),
            scalar("time", Value::time(time)),
            scalar("none", Value::Time(Timestamp::NONE)),
            scalar("a.b.c", Value::Int(-1)),
        ]);
        assert_eq!(
            written(vec![("x", body)]).lines().nth(1).unwrap(),
            "  \"x\":{\"session\":{\"p95\":0.1,\"approximate\":true},\"plain\":null,\
             \"session #2\":3.0,\"time\":\"2026-11-22T07:11:54.000+01:00\",\"none\":null,\
             \"a\":{\"b\":{\"c\":-1}}}"
        );
    }

    #[test]
    fn groups_and_windows_nest() {
        let group = |key: &str, body| Group { key: vec![(key.to_owned(), Value::Null)], body };
        let windows =
            Body::Windows(vec![group("start", Body::scalars(vec![scalar("n", Value::Int(1))]))]);
        let groups = vec![group("level", windows.clone()), group("level", windows)];
        let body = Body::Groups { groups, omitted: 2, capped: true };
        assert_eq!(
            written(vec![("x", body)]),
            r#"{"schema":"ufo-logscan.report/1","sections":{
  "x":{
    "groups":[
      {"by":{"level":null},
        "windows":[
          {"start":null,"n":1}]},
      {"by":{"level":null},
        "windows":[
          {"start":null,"n":1}]}],"omitted":2,"capped":true}
}}
"#
        );
    }
}
