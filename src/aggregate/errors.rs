//! `errors`: the most frequent messages of WARNING and above.

use serde::{Deserialize, Serialize};

use crate::record::{Batch, Level, Timestamp};
use crate::summary::{Body, Look, Scalar, Table, Value};

use super::keyed::Keyed;
use super::template::template;
use super::{ErrorsBy, Setup, State, View};

/// The page cuts messages behind so many characters.
const PREFIX: usize = 50;

/// One message, as it is grouped.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Message {
    /// The most severe level it came with.
    level: Level,
    records: u64,
    first: Timestamp,
    last: Timestamp,
}

impl Message {
    fn merge(&mut self, later: Message) {
        self.level = self.level.max(later.level);
        self.records += later.records;
        // NONE is below every time: it must not win as the first.
        self.first = match (self.first.get(), later.first.get()) {
            (Some(mine), Some(theirs)) => mine.min(theirs),
            (mine, theirs) => mine.or(theirs).unwrap_or(Timestamp::NONE),
        };
        self.last = self.last.max(later.last);
    }
}

/// Messages by template, or by their first 50 characters as the page does.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Errors {
    messages: Keyed<Message>,
    #[serde(skip)]
    by: ErrorsBy,
    #[serde(skip)]
    levels: Vec<Level>,
}

impl Errors {
    pub(super) fn new(setup: &Setup) -> Errors {
        Errors {
            messages: Keyed::of(setup),
            by: setup.errors_by,
            levels: setup.message_levels.clone(),
        }
    }
}

impl State for Errors {
    fn observe(&mut self, batch: &Batch, rows: &[u32]) {
        let mut scratch = String::new();
        for &row in rows {
            let at = row as usize;
            let Some(level) = Level::from_name(batch.level[at]) else { continue };
            if !self.levels.contains(&level) {
                continue;
            }
            let time = batch.timestamp[at];
            let seen = Message { level, records: 1, first: time, last: time };
            let message = batch.message[at];
            let text = batch.text(message, &mut scratch);
            let key = match self.by {
                _ if !message.is_some() => "(none)".to_owned(),
                ErrorsBy::Template => template(text),
                ErrorsBy::Prefix => text.chars().take(PREFIX).collect(),
            };
            let mut new = false;
            let known = self.messages.get_or(&key, || {
                new = true;
                seen
            });
            if !new {
                known.merge(seen);
            }
        }
    }

    fn merge(&mut self, later: Errors) {
        self.messages.merge(later.messages, Message::merge);
    }

    fn summarize(&self, view: &View) -> Body {
        let columns = &["message", "level", "records", "first", "last"];
        let mut table = Table::new("messages", "⚠️ Top Errors/Warnings", Look::Messages, columns);
        let row = |text: Value, message: &Message| {
            vec![
                text,
                Value::text(message.level.name()),
                Value::count(message.records),
                Value::time(message.first.get()),
                Value::time(message.last.get()),
            ]
        };
        let (ranked, omitted) = self.messages.ranked(view.top, |message| message.records);
        table.rows =
            ranked.into_iter().map(|(text, message)| row(Value::text(text), message)).collect();
        table.omitted = omitted;
        if let Some(other) = self.messages.other() {
            table.rows.push(row(Value::Rest("(other)"), other));
            table.capped = true;
        }
        let distinct = Value::count(self.messages.len() as u64);
        let scalars = vec![Scalar { name: "distinct", value: distinct }];
        Body::Figures { scalars, tables: vec![table] }
    }

    fn silent(&self) -> bool {
        self.messages.is_empty()
    }
}
