//! Tests of whole expressions: what is read, what is refused and how, what holds for what.

mod errors;
mod grammar;
mod meaning;
mod properties;
mod when;

use super::*;
use crate::record::{Batch, Needs, Seed, Text, Timestamp, Zone};

/// Puts a text behind a batch's bytes.
fn store(batch: &mut Batch, text: &str) -> Text {
    let start = batch.bytes.len();
    batch.bytes.push_str(text);
    Text::plain(start, text.len())
}

/// A batch of one record whose requested fields have these raw values.
fn batch_of(needs: &Needs, value: impl Fn(&[String]) -> Option<String>) -> Batch {
    let mut batch = Batch::new(Seed::default(), needs.paths().len());
    let line = store(&mut batch, "{…}");
    batch.push_row(line);
    batch.records.push(0);
    for (slot, path) in needs.paths().iter().enumerate() {
        if let Some(raw) = value(path.keys()) {
            batch.fields[slot][0] = store(&mut batch, &raw);
        }
    }
    batch
}

/// A batch of one record with standard columns; `fields` are pairs of a dotted path and raw JSON.
fn sample(needs: &Needs, fields: &[(&str, &str)]) -> Batch {
    let mut batch = batch_of(needs, |keys| {
        let found = fields.iter().find(|(path, _)| *path == keys.join("."));
        found.map(|(_, raw)| (*raw).to_owned())
    });
    batch.level[0] = batch.names.intern("WARNING");
    batch.module[0] = batch.names.intern("handler");
    batch.timestamp[0] = Timestamp::from_text("2026-11-22T23:30:00Z", &Zone::Utc).unwrap();
    let escaped = store(&mut batch, r#"Task \"a\" failed: 42 ✅"#);
    batch.message[0] = Text::escaped(escaped.range().start, escaped.range().len());
    batch
}

/// Whether a condition holds for [`sample`], bound in a zone east of Greenwich.
fn holds(condition: &str, fields: &[(&str, &str)]) -> bool {
    let mut needs = Needs::default();
    let mut condition = parse_condition(condition).unwrap();
    condition.bind(&mut needs, &Zone::Fixed(3600));
    let batch = sample(&needs, fields);
    condition.test(&batch.record(0))
}
