//! The matcher against the plain way to do the same: decode every message, try every entry.

use std::collections::HashMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::texts::{parse, spell, text};
use super::{profile, recognised};
use crate::event::Profile;
use crate::event::entry::{self, Entry, EntryId, Test};
use crate::event::program::Marks;
use crate::record::{Capture, EventKind, Level};

/// What is expected of one line.
#[derive(Debug, PartialEq)]
struct Expected {
    event: Option<(EventKind, u16)>,
    captures: HashMap<&'static str, String>,
    client: Option<String>,
    session: Option<String>,
}

/// A text that a key of a record holds.
fn key(line: &Value, key: &str) -> Option<String> {
    match line.get(key)? {
        Value::String(text) => Some(text.clone()),
        value @ (Value::Number(_) | Value::Bool(_)) => Some(value.to_string()),
        _ => None,
    }
}

fn expected(profile: &Profile, line: &Value) -> Expected {
    let text = |name: &str| line.get(name).and_then(Value::as_str);
    let (mut client, mut session) = (text("client_id"), text("session_id"));
    let mut captures = HashMap::new();
    let mut marks = Marks::default();
    let found = profile.entries().iter().position(|entry| {
        entry.logger.as_deref().is_none_or(|logger| logger == text("logger").unwrap_or_default())
            && entry.level.is_none_or(|level| Some(level.name()) == text("level"))
            && text("message").is_some_and(|message| match &entry.test {
                Test::Pattern(pattern) => pattern.answer_of_regex(message, &mut marks),
                Test::Words(words) => words.finder.find(message.as_bytes()).is_some(),
            })
    });
    let found = found.map(|at| (at, &profile.entries()[at]));
    let event = found.and_then(|(at, entry)| Some((at, entry, entry.kind?)));
    if let Some((_, entry, kind)) = event {
        captures = texts(entry, kind, line, text("message").unwrap_or_default(), &marks);
    }
    let own = captures.clone();
    for (name, column) in [("client", &mut client), ("session", &mut session)] {
        match (own.get(name), &column) {
            (Some(text), None) => *column = Some(text),
            (None, Some(text)) if event.is_some() => {
                captures.insert(name, (*text).to_owned());
            }
            _ => {}
        }
    }
    Expected {
        event: event.map(|(at, entry, kind)| (kind, EntryId::new(at, entry.traits).bits())),
        captures,
        client: client.map(str::to_owned),
        session: session.map(str::to_owned),
    }
}

/// What an entry takes out of a line that it matches, but for the columns.
fn texts(
    entry: &Entry,
    kind: EventKind,
    line: &Value,
    message: &str,
    marks: &Marks,
) -> HashMap<&'static str, String> {
    let mut texts = HashMap::new();
    for (capture, name) in Capture::ALL {
        let group = entry.test.group(capture).and_then(|group| marks.get(group));
        let set = entry.set.iter().find(|(set, _)| *set == capture);
        let useful = entry::useful(kind).contains(&capture);
        let mut keys = entry::keys(capture).iter().filter(|_| useful);
        let text = group
            .map(|(start, end)| message[start..end].to_owned())
            .or(set.map(|(_, text)| text.to_string()))
            .or_else(|| keys.find_map(|name| key(line, name)));
        texts.extend(text.map(|text| (name, text)));
    }
    texts
}

/// The built-in profile behind entries of all other forms: beginning with anything, with one of
/// several literals, not with a literal, tested by a substring, without a program.
static PROFILE: LazyLock<Profile> = LazyLock::new(|| {
    let text = r"extends = 'ufo'
        [[event]]
        kind = 'ignore'
        level = 'DEBUG'
        substring = 'd d'
        [[event]]
        kind = 'session-created'
        logger = 'mine'
        pattern = '(?:a|é|\n)(?<session>.*)(?<reason>x)?'
        [[event]]
        kind = 'agent-state'
        logger = 'mine'
        pattern = '.*(?<client>[📱-📲]).*'
        [[event]]
        kind = 'dispatch-refused'
        pattern = '(?i)client \b(?<client>.*)\b refused(?<status> .*)?'
        set = { reason = 'it says so', status = 'none' }
        [[event]]
        kind = 'health-check'
        substring = 'connected'
        level = 'CRITICAL'
    ";
    Profile::from_toml(text, "test").unwrap()
});

/// A line with a message near what some entry wants, and its values.
fn line() -> impl Strategy<Value = (String, Value)> {
    let choices = prop::collection::vec(any::<u16>(), 50);
    let spelling = prop::collection::vec(0..4_u8, 120);
    (any::<prop::sample::Index>(), choices, 0..3_usize, spelling, any::<u16>()).prop_map(
        |(at, choices, spoilt, spelling, keys)| {
            let entry = at.get(PROFILE.entries());
            let message = match &entry.test {
                Test::Pattern(pattern) => text(&parse(pattern.source()), &choices, spoilt),
                Test::Words(_) => "d d connected".to_owned(),
            };
            let has = |bit: u32| keys >> bit & 1 == 1;
            let mut line = json!({ "message": message });
            let logger = entry.logger.as_deref().filter(|_| has(0) || has(1)).unwrap_or("mine");
            let level = entry.level.filter(|_| has(2) || has(3)).unwrap_or(Level::Debug).name();
            for (bit, key, value) in [
                (4, "logger", json!(logger)),
                (4, "level", json!(level)),
                (5, "logger", json!(logger)),
                (6, "level", json!(level)),
                (7, "client_id", json!("c\n1")),
                (8, "session_id", json!("s é")),
                (9, "task_name", json!("t\"")),
                (10, "duration_seconds", json!(1.5)),
                (11, "status", json!([1])),
                (12, "cancel_reason", json!("late")),
                (13, "ok", json!(true)),
                (14, "code", Value::Null),
                (15, "kind", json!("device")),
            ] {
                if has(bit) {
                    line[key] = value;
                }
            }
            let mut how = spelling.iter().cycle();
            let mostly_plain = has(1);
            let mut spelled = |c: char| match *how.next().unwrap_or(&0) {
                _ if mostly_plain && c.is_ascii() => spell(c, 0),
                _ if mostly_plain && has(3) => spell(c, 2),
                how => spell(c, how),
            };
            let members = line.as_object().into_iter().flatten().map(|(key, value)| match value {
                Value::String(text) => {
                    format!("{key:?}:\"{}\"", text.chars().map(&mut spelled).collect::<String>())
                }
                other => format!("{key:?}:{other}"),
            });
            (format!("{{{}}}", members.collect::<Vec<_>>().join(",")), line)
        },
    )
}

proptest! {
    #[test]
    fn the_matcher_does_what_the_plain_way_does(lines in prop::collection::vec(line(), 1..6)) {
        // Twice, because beginnings are remembered.
        let lines = [&*lines, &*lines].concat();
        let text: Vec<&str> = lines.iter().map(|(line, _)| line.as_str()).collect();
        let batch = recognised(&PROFILE, &text.join("\n"));
        let mut scratch = String::new();
        for ((_, line), record) in lines.iter().zip(batch.records()) {
            let captures = Capture::ALL.iter().filter_map(|&(capture, name)| {
                Some((name, record.capture(capture)?.to_owned()))
            });
            let session = record.session();
            let found = Expected {
                event: record.event().map(|event| (event.kind, event.entry)),
                captures: captures.collect(),
                client: record.client().map(str::to_owned),
                session: session.is_some().then(|| batch.text(session, &mut scratch).to_owned()),
            };
            prop_assert_eq!(found, expected(&PROFILE, line), "{}", line);
        }
    }

    #[test]
    fn words_are_found_by_the_plain_way_too(line in line(), how in 0..4_u8) {
        let page = profile("page");
        for words in ["Task completed", "Task  failed", "Task failed", "task cancelled"] {
            let mut line = line.1.clone();
            line["message"] = format!("{} {words}", line["message"]).into();
            let message: String =
                line["message"].as_str().unwrap().chars().map(|c| spell(c, how)).collect();
            let batch = recognised(&page, &format!("{{\"message\":\"{message}\"}}"));
            let found = batch.events.first().map(|event| (event.kind, event.entry));
            prop_assert_eq!(found, expected(&page, &line).event, "{}", line);
        }
    }
}
