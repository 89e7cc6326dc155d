//! `(other)`: the figures of keys past the cap, put together.
//!
//! Which keys these are is only known in the whole, so their states come one key after the other
//! and not in the order of the input. What is told of them must not hang on that order.

use crate::summary::{Body, Group, Look, Rows, Table, Value};

use super::{Aggregator, View};

/// The figures of a state of several keys. Those that hang on the order are unknown; in rankings
/// ties go by name, and those that were capped themselves have no rows.
pub(super) fn summarize(state: &dyn Aggregator, view: &View) -> Body {
    let all = View { top: None, unordered: true, ..*view };
    settle(state.summarize(&all), view.top)
}

fn settle(body: Body, top: Option<usize>) -> Body {
    match body {
        Body::Figures { scalars, tables } => Body::Figures {
            scalars,
            tables: tables.into_iter().map(|table| settle_table(table, top)).collect(),
        },
        Body::Windows(windows) => Body::Windows(
            windows
                .into_iter()
                .map(|Group { key, body }| Group { key, body: settle(body, top) })
                .collect(),
        ),
        groups @ Body::Groups { .. } => groups,
    }
}

fn settle_table(mut table: Table, top: Option<usize>) -> Table {
    let rank = match table.look {
        // These are in the order of time.
        Look::Hours | Look::Timeline => return table,
        Look::Ranking { .. } => 1,
        Look::Messages => table.columns.iter().position(|name| *name == "records").unwrap_or(1),
        Look::Grid => {
            table.rows = Rows::default();
            return table;
        }
    };
    if table.capped {
        table.rows = Rows::default();
        return table;
    }
    let count = |row: &[Value]| match row.get(rank) {
        Some(Value::Int(n)) => *n,
        _ => 0,
    };
    let name = |row: &[Value]| match row.first() {
        Some(Value::Text(text)) => text.to_string(),
        Some(Value::Rest(name)) => (*name).to_owned(),
        Some(Value::Int(n)) => n.to_string(),
        _ => String::new(),
    };
    let mut rows: Vec<Vec<Value>> = table.rows.iter().collect();
    rows.sort_by_cached_key(|row| (std::cmp::Reverse(count(row)), name(row)));
    let keep = top.unwrap_or(usize::MAX).min(rows.len());
    table.omitted += (rows.len() - keep) as u64;
    rows.truncate(keep);
    table.rows = rows.into();
    table
}
