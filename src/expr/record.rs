//! Records as subjects of expressions.

use std::borrow::Cow;

use crate::record::{Batch, Capture, EventKind, Record, Text};

use super::number::json_number;
use super::{Datum, Operand, Subject};

/// From here on (2^53) not every whole number is an `f64`.
const INEXACT: f64 = 9_007_199_254_740_992.0;

impl Subject for Record<'_> {
    fn get(&self, operand: &Operand) -> Option<Datum<'_>> {
        let batch = self.batch();
        match operand {
            Operand::Level => match self.level() {
                Some(level) => Some(Datum::Level(level)),
                None => borrowed(self.level_name()),
            },
            Operand::Logger => borrowed(self.logger()),
            Operand::Module => borrowed(self.module()),
            Operand::Function => borrowed(self.function()),
            Operand::Client => borrowed(self.client()),
            Operand::Session => decoded(batch, self.session()),
            Operand::Task => borrowed(self.capture(Capture::Task)),
            Operand::Event => borrowed(self.event_kind().map(EventKind::name)),
            // Only a fact knows how a session ended.
            Operand::Outcome => None,
            Operand::Status => borrowed(self.capture(Capture::Status)),
            Operand::File => borrowed(Some(batch.file_of(self.row()))),
            Operand::Hour(zone) => Some(Datum::Number(f64::from(self.timestamp()?.hour(zone)))),
            Operand::Day(zone) => {
                let day = self.timestamp()?.civil(zone);
                let text = format!("{:04}-{:02}-{:02}", day.year, day.month, day.day);
                Some(Datum::Text(Cow::Owned(text)))
            }
            Operand::Message => decoded(batch, self.message()),
            Operand::Exception => decoded(batch, self.exception()),
            Operand::Line => borrowed(Some(self.line())),
            Operand::Timestamp => self.timestamp().map(Datum::Time),
            Operand::Field { slot, .. } => {
                // A field that was never bound has no column.
                let column = batch.fields.get(usize::from(slot.0))?;
                json(batch, *column.get(self.row())?)
            }
        }
    }
}

fn borrowed(text: Option<&str>) -> Option<Datum<'_>> {
    text.map(|text| Datum::Text(Cow::Borrowed(text)))
}

fn decoded(batch: &Batch, text: Text) -> Option<Datum<'_>> {
    if !text.is_some() {
        return None;
    }
    if !text.is_escaped() {
        return borrowed(Some(batch.plain(text)));
    }
    let mut out = String::new();
    batch.text(text, &mut out);
    Some(Datum::Text(Cow::Owned(out)))
}

/// The value of raw JSON; `null`, `NaN` and numbers that no `f64` holds are none. Objects and
/// arrays are their raw text. So are great whole numbers, which are identifiers more often than
/// amounts: as keys they must stay apart, and as texts they still compare as numbers.
fn json(batch: &Batch, raw: Text) -> Option<Datum<'_>> {
    if !raw.is_some() {
        return None;
    }
    let text = batch.plain(raw);
    if let Some(inside) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        let start = raw.range().start + 1;
        let escaped = memchr::memchr(b'\\', inside.as_bytes()).is_some();
        let place = if escaped { Text::escaped } else { Text::plain };
        return decoded(batch, place(start, inside.len()));
    }
    match text.as_bytes().first()? {
        b'{' | b'[' => borrowed(Some(text)),
        b't' => Some(Datum::Bool(true)),
        b'f' => Some(Datum::Bool(false)),
        _ => {
            let number = json_number(text)?;
            let whole = !text.contains(['.', 'e', 'E']);
            if whole && number.abs() >= INEXACT {
                return borrowed(Some(text));
            }
            Some(Datum::Number(number))
        }
    }
}
