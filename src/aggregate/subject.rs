//! What expressions see of a fact.

use std::borrow::Cow;

use crate::event::Fact;
use crate::expr::{Datum, Operand, Subject};

impl Subject for Fact<'_> {
    /// A fact answers `client`, `session`, `task`, `event`, `outcome`, `status` and the times;
    /// everything else is missing.
    fn get(&self, operand: &Operand) -> Option<Datum<'_>> {
        let text = |text: &str| Datum::Text(Cow::Owned(text.to_owned()));
        match operand {
            Operand::Client => self.client.map(text),
            Operand::Session => self.session.map(text),
            Operand::Task => self.task.map(text),
            Operand::Event => self.kind.name().map(text),
            Operand::Outcome => self.outcome.map(|outcome| text(outcome.name())),
            Operand::Status => self.status.map(text),
            Operand::Timestamp => self.time.map(Datum::Time),
            Operand::Hour(zone) => self.time.map(|t| Datum::Number(f64::from(t.hour(zone)))),
            Operand::Day(zone) => self.time.map(|t| Datum::Text(Cow::Owned(day(t, *zone)))),
            _ => None,
        }
    }
}

fn day(time: crate::record::Timestamp, zone: crate::record::Zone) -> String {
    let civil = time.civil(&zone);
    format!("{:04}-{:02}-{:02}", civil.year, civil.month, civil.day)
}
