//! `errors`: the most frequent messages of WARNING and above.

use serde::{Deserialize, Serialize};

use crate::record::{Batch, Level, NameId, Text, Timestamp};
use crate::summary::{Body, Look, Table, Value};

use super::keyed::Keyed;
use super::records::Records;
use super::rows::LEVELS;
use super::template::{self, Template};
use super::{ErrorsBy, Setup, State, View, scalars};

/// The page cuts messages behind so many characters.
const PREFIX: usize = 50;

/// Of a text with escapes so many bytes are decoded, unless its first lines are blank: what
/// templates look at cannot take more, since six bytes (`\u0020`) make one byte at least. The
/// last character is left out, of which a half may have been cut off.
const DECODED: usize = 6 * (template::LOOKED_AT + 8);

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
        if later.first.is_some() && !(self.first.is_some() && self.first <= later.first) {
            self.first = later.first;
        }
        self.last = self.last.max(later.last);
    }
}

/// Messages by template, or by their first 50 characters as the page does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Errors {
    messages: Keyed<Message>,
    #[serde(skip)]
    by: ErrorsBy,
    /// For the number of each level, whether it counts; the last place is of all numbers beyond.
    #[serde(skip)]
    levels: [bool; LEVELS],
}

impl Errors {
    pub(super) fn new(setup: &Setup) -> Errors {
        let mut levels = [false; LEVELS];
        setup.message_levels.iter().for_each(|level| levels[*level as usize] = true);
        Errors { messages: Keyed::of(setup), by: setup.errors_by, levels }
    }

    /// Whether messages of this level count.
    #[inline]
    fn counts(&self, level: NameId) -> bool {
        self.levels[(level.0 as usize).min(LEVELS - 1)]
    }

    fn count(&mut self, batch: &Batch, row: usize, scratch: &mut Scratch) {
        let Some(level) = Level::from_name(batch.level[row]) else { return };
        let time = batch.timestamp[row];
        let seen = Message { level, records: 1, first: time, last: time };
        let key = match (batch.message[row], self.by) {
            (message, _) if !message.is_some() => b"(none)",
            (message, ErrorsBy::Template) => scratch.template(batch, message),
            (message, ErrorsBy::Prefix) => scratch.prefix(batch, message).as_bytes(),
        };
        let nothing = || Message { records: 0, ..seen };
        self.messages.get_or_utf8(key, nothing).merge(seen);
    }
}

/// Where keys are made, one after the other.
struct Scratch {
    decoded: String,
    template: Template,
}

impl Scratch {
    fn new() -> Scratch {
        Scratch { decoded: String::new(), template: Template::new() }
    }

    fn template(&mut self, batch: &Batch, message: Text) -> &[u8] {
        let Scratch { decoded, template } = self;
        let part = beginning(batch, message);
        let text = batch.text(part, decoded);
        if part == message || template::is_enough(text) {
            return template.of(text);
        }
        template.of(batch.text(message, decoded))
    }

    fn prefix<'a>(&'a mut self, batch: &'a Batch, message: Text) -> &'a str {
        // Twelve bytes (two halves of a character beyond the first 65,536) make one at least.
        const _: () = assert!(DECODED > 12 * (PREFIX + 1));
        let text = batch.text(beginning(batch, message), &mut self.decoded);
        text.char_indices().nth(PREFIX).map_or(text, |(cut, _)| &text[..cut])
    }
}

/// As much of a text as it mostly takes to make its key: all of it if nothing has to be decoded.
fn beginning(batch: &Batch, text: Text) -> Text {
    let range = text.range();
    if !text.is_escaped() || range.len() <= DECODED {
        return text;
    }
    let raw = &batch.bytes[range.clone()];
    let limit = raw.floor_char_boundary(DECODED);
    // No escape may be cut in two.
    let mut end = 0;
    while let Some(found) = memchr::memchr(b'\\', &raw.as_bytes()[end..limit]) {
        let escape = end + found;
        let length = if raw.as_bytes().get(escape + 1) == Some(&b'u') { 6 } else { 2 };
        if escape + length > limit {
            return Text::escaped(range.start, escape);
        }
        end = escape + length;
    }
    Text::escaped(range.start, limit)
}

impl State for Errors {
    fn observe(&mut self, records: &Records<'_>) {
        let batch = records.batch;
        let mut scratch = Scratch::new();
        for stretch in records.stretches() {
            let mut row = stretch.start;
            for levels in batch.level[stretch].chunks(u64::BITS as usize) {
                // Nobody can guess which rows count: one bit for each is put together.
                let bits = levels
                    .iter()
                    .rev()
                    .fold(0_u64, |bits, level| bits << 1 | u64::from(self.counts(*level)));
                let mut bits = bits;
                while bits != 0 {
                    self.count(batch, row + bits.trailing_zeros() as usize, &mut scratch);
                    bits &= bits - 1;
                }
                row += levels.len();
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
        Body::Figures { scalars: scalars(self, &["distinct"], view), tables: vec![table] }
    }

    fn figure(&self, name: &str, _: &View) -> Option<Value> {
        match name {
            "distinct" => Some(Value::count(self.messages.len() as u64)),
            "records" => {
                let listed = self.messages.iter().map(|(_, message)| message);
                let all = listed.chain(self.messages.other());
                Some(Value::count(all.map(|message| message.records).sum()))
            }
            _ => None,
        }
    }

    fn silent(&self) -> bool {
        self.messages.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Seed;
    use proptest::prelude::*;
    use std::fmt::Write;

    /// A text as a JSON string may have it: escapes where they must be and elsewhere.
    fn written(text: &str, escape: &[bool]) -> String {
        let mut raw = String::new();
        for (c, escape) in text.chars().zip(escape.iter().cycle()) {
            match c {
                '\n' => raw.push_str("\\n"),
                '"' | '\\' => raw.extend(['\\', c]),
                c if *escape || c < ' ' => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        write!(raw, "\\u{unit:04x}").unwrap();
                    }
                }
                c => raw.push(c),
            }
        }
        raw
    }

    fn check(raw: &str, text: &str) -> Result<(), TestCaseError> {
        let mut batch = Batch::new(Seed(1), 0);
        batch.bytes = format!("{{{raw}}}");
        let message = if raw.contains('\\') { Text::escaped } else { Text::plain }(1, raw.len());
        let mut scratch = Scratch::new();
        let expected = template::oracle::template(text);
        prop_assert_eq!(scratch.template(&batch, message), expected.as_bytes());
        let expected: String = text.chars().take(PREFIX).collect();
        prop_assert_eq!(scratch.prefix(&batch, message), expected);
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn keys_are_those_of_the_decoded_message(
            blank in "[ \n\r\t]{0,3}",
            text in r#"([a-g]{1,9}|[0-9a-f]{7,9}|[ '"\\\\.:\n\té📱-]|[0-9]{1,3}){0,30}"#,
            longer in 1_usize..9,
            escape in prop::collection::vec(any::<bool>(), 1..9),
        ) {
            let text = blank + &text.repeat(longer * longer);
            check(&written(&text, &escape), &text)?;
        }

        #[test]
        fn long_messages_are_cut_between_escapes(
            blank in 0_usize..3000,
            // Escapes begin at every distance from where the message is cut.
            plain in 0_usize..40,
            text in "[x1é📱\"\\\\]{600,700}",
            escape in prop::collection::vec(any::<bool>(), 1..9),
        ) {
            let text = " ".repeat(blank % 7 * blank) + &"z".repeat(plain) + &text;
            check(&written(&text, &escape), &text)?;
        }
    }
}
