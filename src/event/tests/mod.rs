//! Tests of the whole way from lines to facts, and what they share.

mod matcher;
mod oracle;
mod real;
pub(super) mod texts;
mod wording;

use crate::record::{Batch, Needs, Seed, Standard, Text, Timestamp, Zone};
use serde_json::value::RawValue;

use super::{Event, Fact, Matcher, Profile, Tracker};

/// Reads lines into a batch as the parser does, with `serde_json` and without its speed.
pub(super) fn batch(lines: &str, needs: &Needs) -> Batch {
    let mut batch = Batch::new(Seed(1), needs.paths().len());
    batch.bytes.push_str(lines);
    let mut start = 0;
    for (row, line) in (0..).zip(lines.split_inclusive('\n')) {
        let text = line.trim_end_matches('\n');
        batch.push_row(Text::plain(start, text.len()));
        start += line.len();
        batch.records.push(row);
        let fields: std::collections::BTreeMap<String, &RawValue> =
            serde_json::from_str(text).unwrap();
        for (key, value) in fields {
            let at = value.get().as_ptr() as usize - lines.as_ptr() as usize;
            place(&mut batch, needs, row as usize, &key, value.get(), at);
        }
    }
    let fields = batch.fields.clone();
    batch.set_fields(batch.rows(), |slot| {
        fields[slot].iter().any(|text| text.is_some()).then_some(&*fields[slot])
    });
    batch
}

fn place(batch: &mut Batch, needs: &Needs, row: usize, key: &str, raw: &str, at: usize) {
    if let Some(slot) = needs.paths().iter().position(|path| path.keys() == [key]) {
        batch.fields[slot][row] = Text::plain(at, raw.len());
    }
    let Some(inner) = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')) else { return };
    let new = if inner.contains('\\') { Text::escaped } else { Text::plain };
    let text = new(at + 1, inner.len());
    let names = Standard::ALL.iter().find(|(_, _, keys)| keys.contains(&key));
    let Some((field, ..)) = names else { return };
    match field {
        Standard::Timestamp => {
            batch.timestamp[row] = Timestamp::from_text(inner, &Zone::Utc).unwrap();
        }
        Standard::Level => batch.level[row] = batch.intern(text),
        Standard::Logger => batch.logger[row] = batch.intern(text),
        Standard::Client => batch.client[row] = batch.intern(text),
        Standard::Session => batch.session[row] = text,
        Standard::Message => batch.message[row] = text,
        Standard::Module | Standard::Function | Standard::Exception => {}
    }
}

/// The recognised batch of some lines.
pub(super) fn recognised(profile: &Profile, lines: &str) -> Batch {
    let mut needs = Needs::default();
    let mut matcher = Matcher::new(profile, &mut needs);
    let mut batch = batch(lines, &needs);
    matcher.recognise(&mut batch);
    batch
}

/// Feeds lines to a tracker.
pub(super) fn track(
    tracker: &mut Tracker,
    profile: &Profile,
    lines: &str,
    emit: &mut dyn FnMut(&Fact<'_>),
) {
    let batch = recognised(profile, lines);
    for raw in &batch.events {
        tracker.observe([Event::of(&batch, raw)].into_iter(), emit);
    }
}

/// A profile that is built in.
pub(super) fn profile(name: &str) -> Profile {
    Profile::named(name).unwrap()
}
