//! The names of operands, both ways.

use crate::record::{EventKind, FieldPath, FieldSlot, Zone};

use super::{Literal, Operand};

/// The names that may stand behind `by`.
pub(super) const KEYS: [&str; 13] = [
    "level", "logger", "module", "function", "client", "session", "task", "event", "outcome",
    "status", "file", "hour", "day",
];

/// The words of the grammar that cannot be names of fields.
pub(super) const RESERVED: [&str; 9] =
    ["and", "or", "not", "in", "contains", "startswith", "by", "every", "where"];

/// What `event` may be beside the kinds of events: what only facts are.
const FACTS: [&str; 2] = ["session-orphaned", "session-unfinished"];

/// Both kinds of lines that tell of a session's end.
pub(super) const SESSION_END: &str = "session-end";

/// The names that `event` may be compared with.
pub(super) fn events() -> impl Iterator<Item = &'static str> {
    let kinds = EventKind::ALL.into_iter().map(|(_, name)| name);
    kinds.chain(FACTS).chain([SESSION_END])
}

/// What a literal stands for: `session-end` is two kinds of events, any other one is itself.
pub(super) fn meant(operand: &Operand, literal: Literal) -> Vec<Literal> {
    match (operand, &literal) {
        (Operand::Event, Literal::Text(name)) if name == SESSION_END => {
            let kinds = [EventKind::SessionFinished, EventKind::SessionCancelled];
            kinds.map(|kind| Literal::Text(kind.name().to_owned())).into()
        }
        _ => vec![literal],
    }
}

/// The slot of a field that is not bound yet; no batch has so many columns.
const UNBOUND: FieldSlot = FieldSlot(u16::MAX);

/// The operand of a name that may stand behind `by`. Until it is bound, its zone is UTC.
pub(super) fn key(name: &str) -> Option<Operand> {
    Some(match name {
        "level" => Operand::Level,
        "logger" => Operand::Logger,
        "module" => Operand::Module,
        "function" => Operand::Function,
        "client" | "client_id" => Operand::Client,
        "session" | "session_id" => Operand::Session,
        "task" => Operand::Task,
        "event" => Operand::Event,
        "outcome" => Operand::Outcome,
        "status" => Operand::Status,
        "file" => Operand::File,
        "hour" => Operand::Hour(Zone::Utc),
        "day" => Operand::Day(Zone::Utc),
        _ => return None,
    })
}

/// The operand of a name that has a meaning of its own.
pub(super) fn known(name: &str) -> Option<Operand> {
    match name {
        "message" => Some(Operand::Message),
        "exception" => Some(Operand::Exception),
        "line" => Some(Operand::Line),
        "timestamp" => Some(Operand::Timestamp),
        _ => key(name),
    }
}

/// The operand of a field that is not bound yet.
pub(super) fn field(path: FieldPath) -> Operand {
    Operand::Field { path, slot: UNBOUND }
}

impl Operand {
    /// Its name as a key of a report's groups: `client`, `hour`, `task_name`, `a.b`.
    #[must_use]
    pub fn label(&self) -> String {
        let name = match self {
            Operand::Level => "level",
            Operand::Logger => "logger",
            Operand::Module => "module",
            Operand::Function => "function",
            Operand::Client => "client",
            Operand::Session => "session",
            Operand::Task => "task",
            Operand::Event => "event",
            Operand::Outcome => "outcome",
            Operand::Status => "status",
            Operand::File => "file",
            Operand::Hour(_) => "hour",
            Operand::Day(_) => "day",
            Operand::Message => "message",
            Operand::Exception => "exception",
            Operand::Line => "line",
            Operand::Timestamp => "timestamp",
            Operand::Field { path, .. } => return path.keys().join("."),
        };
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_agree() {
        for name in KEYS {
            assert_eq!(key(name).map(|operand| operand.label()).as_deref(), Some(name));
        }
        for name in ["message", "exception", "line", "timestamp"] {
            assert_eq!(key(name), None);
            assert_eq!(known(name).map(|operand| operand.label()).as_deref(), Some(name));
        }
        assert_eq!(key("client_id"), Some(Operand::Client));
        assert_eq!(key("session_id"), Some(Operand::Session));
        assert_eq!(known("task_name"), None);
        assert_eq!(field(FieldPath::dotted("a.b")).label(), "a.b");
    }
}
