//! What was found in a line becomes a row of columns.
//!
//! Gives values their types: levels, instants, names, texts. Knows no syntax.

use super::OWN_LOGGER;
use super::plan::Plan;
use super::token::Kind;
use super::walk::{Found, Value};
use crate::record::{Batch, Level, NameId, Standard, Text, Timestamp, Zone};

/// A line that is a record, about to become a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) plan: &'a Plan,
    pub(super) found: &'a Found,
    pub(super) zone: &'a Zone,
}

impl Fields<'_> {
    /// Whether this program wrote the record.
    pub(super) fn is_own(&self, batch: &Batch, scratch: &mut String) -> bool {
        let Value { kind, text } = self.value(Standard::Logger);
        matches!(kind, Kind::String { .. }) && batch.text(text, scratch) == OWN_LOGGER
    }

    /// Fills the last row of the batch.
    pub(super) fn fill(&self, batch: &mut Batch, scratch: &mut String) {
        let row = batch.rows() - 1;
        batch.timestamp[row] = self.timestamp(batch, scratch);
        batch.level[row] = level(self.value(Standard::Level), batch, scratch);
        batch.logger[row] = batch.intern(self.text(Standard::Logger));
        batch.module[row] = batch.intern(self.text(Standard::Module));
        batch.function[row] = batch.intern(self.text(Standard::Function));
        batch.client[row] = batch.intern(self.text(Standard::Client));
        batch.session[row] = self.text(Standard::Session);
        batch.message[row] = self.text(Standard::Message);
        batch.exception[row] = self.text(Standard::Exception);
        for (column, &text) in batch.fields.iter_mut().zip(&self.found.fields) {
            column[row] = text;
        }
    }

    /// The value of a standard field: of its keys that are there and not `null`, the best.
    fn value(&self, field: Standard) -> Value {
        let values = &self.found.standard[self.plan.aliases(field)];
        values.iter().find(|value| value.kind != Kind::Null).copied().unwrap_or(Value::NONE)
    }

    fn text(&self, field: Standard) -> Text {
        self.value(field).text
    }

    fn timestamp(&self, batch: &Batch, scratch: &mut String) -> Timestamp {
        let Value { kind, text } = self.value(Standard::Timestamp);
        let read = match kind {
            Kind::String { .. } => Timestamp::from_text(batch.text(text, scratch), self.zone),
            Kind::Number => Timestamp::from_number(batch.plain(text)),
            Kind::Null | Kind::Other => None,
        };
        read.unwrap_or(Timestamp::NONE)
    }
}

/// One of the six levels, or what else stands there under its own name.
fn level(value: Value, batch: &mut Batch, scratch: &mut String) -> NameId {
    let mut text = batch.bytes[value.text.range()].trim();
    let known = match value.kind {
        Kind::Null => return NameId::NONE,
        Kind::String { escaped } => {
            if escaped {
                text = batch.text(value.text, scratch).trim();
            }
            Level::from_text(text)
        }
        Kind::Number => text.parse().ok().and_then(Level::from_number),
        Kind::Other => None,
    };
    match known {
        Some(level) => level.to_name(),
        None if value.text.is_escaped() => batch.names.intern(scratch.trim()),
        None => batch.names.intern(batch.bytes[value.text.range()].trim()),
    }
}
