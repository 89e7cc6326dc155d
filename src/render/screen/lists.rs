//! The tables of the screen: of each the rows that are looked for, in the order that is asked for.
//! They are put together once for what was read and chosen, not for every frame.

use std::cmp::Reverse;

use super::Scene;
use super::keys::{CLIENTS_BY, MESSAGES_BY, Prompt, Ui};
use crate::record::Level;
use crate::summary::{Body, Report, Table, Value};

/// How many rows of a table a screen may have.
const KEEP: usize = 200;

/// What of a table is shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Ranking {
    pub(super) columns: &'static [&'static str],
    pub(super) rows: Vec<Vec<Value>>,
    /// How many rows there are of which those with the text are shown.
    pub(super) all: u64,
    pub(super) found: u64,
    /// Whether the report has this table.
    pub(super) known: bool,
}

impl Ranking {
    /// A cell by the name of its column.
    pub(super) fn cell<'a>(&self, row: &'a [Value], column: &str) -> Option<&'a Value> {
        row.get(self.columns.iter().position(|name| *name == column)?)
    }

    /// A count by the name of its column.
    pub(super) fn count(&self, row: &[Value], column: &str) -> Option<i64> {
        match self.cell(row, column) {
            Some(Value::Int(n)) => Some(*n),
            _ => None,
        }
    }
}

/// The tables of a scene as they were asked for.
#[derive(Debug, Clone, Default)]
pub struct Lists {
    of: Option<(u64, String, usize, usize)>,
    pub(super) levels: Ranking,
    pub(super) messages: Ranking,
    pub(super) clients: Ranking,
    pub(super) loggers: Ranking,
}

impl Lists {
    /// Puts the tables together, unless they are those of this scene and these choices already.
    pub fn update(&mut self, scene: &Scene, ui: &Ui) {
        let filter = ui.filter_now().to_lowercase();
        let of = (scene.number, filter, ui.clients_by, ui.messages_by);
        if self.of.as_ref() == Some(&of) {
            return;
        }
        let rank = |section, table, by| rank(&scene.report, [section, table], by, &of.1);
        *self = Lists {
            levels: self::rank(&scene.report, ["level", "levels"], "", ""),
            messages: rank("errors", "messages", MESSAGES_BY[ui.messages_by]),
            clients: rank("client", "clients", CLIENTS_BY[ui.clients_by]),
            loggers: rank("logger", "loggers", ""),
            of: Some(of),
        };
    }
}

impl Ui {
    /// The text that rows have to have, while it is typed, too.
    pub(super) fn filter_now(&self) -> &str {
        if self.prompt == Some(Prompt::Filter) { &self.typed } else { &self.filter }
    }
}

/// The rows of a table whose first column has the text, by a column, the greatest first. Equal
/// ones stay in the order of the report, which is the order of all if there is no such column.
fn rank(report: &Report, [section, name]: [&str; 2], by: &str, filter: &str) -> Ranking {
    let Some(table) = table(report, section, name) else { return Ranking::default() };
    let column = table.columns.iter().position(|column| *column == by);
    let mut places = Vec::new();
    let mut rest = None;
    for (place, row) in table.rows.iter().enumerate() {
        match row.first() {
            Some(Value::Rest(_)) => rest = Some(row),
            Some(Value::Text(text)) if has(text, filter) => {
                places.push((Reverse(column.map_or(0, |column| weight(&row[column]))), place));
            }
            _ => {}
        }
    }
    let found = places.len() as u64;
    places.sort_unstable();
    places.truncate(KEEP);
    let mut wanted: Vec<(usize, usize)> =
        places.iter().enumerate().map(|(rank, (_, place))| (*place, rank)).collect();
    wanted.sort_unstable();
    let mut wanted = wanted.into_iter().peekable();
    let mut ranked: Vec<(usize, Vec<Value>)> = Vec::new();
    for (place, row) in table.rows.iter().enumerate() {
        if let Some((_, rank)) = wanted.next_if(|(wanted, _)| *wanted == place) {
            ranked.push((rank, row));
        }
    }
    ranked.sort_unstable_by_key(|(rank, _)| *rank);
    let mut rows: Vec<Vec<Value>> = ranked.into_iter().map(|(_, row)| row).collect();
    // What stands for all others has no text of its own, and is last.
    rows.extend(rest.filter(|_| filter.is_empty()));
    let all = table.rows.len() as u64 + table.omitted;
    Ranking { columns: table.columns, rows, all, found, known: true }
}

fn has(text: &str, filter: &str) -> bool {
    filter.is_empty() || text.to_lowercase().contains(filter)
}

/// What a value counts in an order.
fn weight(value: &Value) -> i64 {
    match value {
        Value::Int(n) => *n,
        Value::Time(time) => time.micros(),
        Value::Text(level) => Level::from_text(level).map_or(0, |level| level as i64),
        _ => i64::MIN,
    }
}

/// A table by the names of its section and of its own.
fn table<'a>(report: &'a Report, section: &str, name: &str) -> Option<&'a Table> {
    let section = report.sections.iter().find(|found| names(&found.name, section))?;
    let Body::Figures { tables, .. } = &section.body else { return None };
    tables.iter().find(|table| table.name == name)
}

/// Whether a section is that of this name, also where it is one of chosen records only.
pub(super) fn names(found: &str, section: &str) -> bool {
    found.strip_prefix(section).is_some_and(|rest| rest.is_empty() || rest.starts_with(" where "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Zone;
    use crate::summary::{Look, Rows, Section};

    fn scene(rows: Vec<(&str, i64, i64)>) -> Scene {
        let look = Look::Ranking { width: 30, unit: "" };
        let columns = &["client", "records", "errors"];
        let mut table = Table::new("clients", "", look, columns);
        let row = |(name, records, errors)| {
            let name = if name == "(other)" { Value::Rest("(other)") } else { Value::text(name) };
            vec![name, Value::Int(records), Value::Int(errors)]
        };
        table.rows = rows.into_iter().map(row).collect::<Rows>();
        let body = Body::Figures { scalars: Vec::new(), tables: vec![table] };
        let section = Section {
            name: "client where level == INFO".to_owned(),
            title: String::new(),
            silent: false,
            sheet: crate::summary::Sheet::default(),
            body,
        };
        let report = Report { sections: vec![section], empty: false };
        Scene { number: 1, report: report.into(), zone: Zone::Utc, ..Scene::default() }
    }

    fn clients(scene: &Scene, ui: &Ui) -> Vec<String> {
        let mut lists = Lists::default();
        lists.update(scene, ui);
        let name = |row: &Vec<Value>| match &row[0] {
            Value::Text(text) => text.to_string(),
            other => format!("{other:?}"),
        };
        lists.clients.rows.iter().map(name).collect()
    }

    #[test]
    fn rows_are_sorted_by_what_is_asked_for_and_equal_ones_stay() {
        let scene = scene(vec![("a", 9, 1), ("b", 8, 2), ("c", 7, 2), ("(other)", 99, 99)]);
        let mut ui = Ui::new(false);
        assert_eq!(clients(&scene, &ui), ["a", "b", "c", "Rest(\"(other)\")"]);
        ui.clients_by = 1;
        assert_eq!(clients(&scene, &ui), ["b", "c", "a", "Rest(\"(other)\")"]);
    }

    #[test]
    fn the_best_of_many_are_kept() {
        let names: Vec<String> = (0..1000).map(|n| format!("n{n}")).collect();
        let rows = names.iter().zip(0..).map(|(name, n)| (name.as_str(), 0, n)).collect();
        let mut ui = Ui::new(false);
        ui.clients_by = 1;
        let found = clients(&scene(rows), &ui);
        assert_eq!((found.len(), found[0].as_str(), found[199].as_str()), (200, "n999", "n800"));
    }

    #[test]
    fn a_filter_knows_no_case_and_counts_what_it_finds() {
        let scene = scene(vec![("Device_1", 9, 1), ("host", 8, 2), ("(other)", 1, 1)]);
        let mut ui = Ui::new(false);
        ui.filter = "dEV".to_owned();
        assert_eq!(clients(&scene, &ui), ["Device_1"]);
        let mut lists = Lists::default();
        lists.update(&scene, &ui);
        assert_eq!((lists.clients.found, lists.clients.all), (1, 3));
        assert!(!lists.messages.known);
    }
}
