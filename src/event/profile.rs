//! Profiles: which message means what, as TOML.
//!
//! A profile is read once, before the first line; every fault in it is an error that names the
//! file, the entry and what was meant.

use std::sync::Arc;

use toml::{Table, Value};

use crate::error::{Error, Result, nearest};
use crate::record::{Capture, EventKind, Level};

use super::entry::{Entry, EntryId, Test, Traits, Words};
use super::pattern::Pattern;

/// The built-in profiles.
const BUILT_IN: [(&str, &str); 2] =
    [("ufo", include_str!("profiles/ufo.toml")), ("page", include_str!("profiles/page.toml"))];

/// The kind of an entry whose lines tell of nothing, whatever later entries say of them.
const IGNORE: &str = "ignore";

/// What wording means: an ordered list of entries, of which the first that matches a record
/// says what it is, and how the events are to be counted.
#[derive(Debug, Clone)]
pub struct Profile {
    name: String,
    join: bool,
    message_levels: Vec<Level>,
    entries: Vec<Entry>,
}

impl Profile {
    /// A built-in profile: `ufo`, the real server's wording and the page's, joined into facts; or
    /// `page`, the page's own substring tests, each line a fact.
    #[must_use]
    pub fn named(name: &str) -> Option<Profile> {
        let (name, text) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
        Profile::read(text, name, true).ok()
    }

    /// Reads a profile; `origin` is what errors call it, and its name.
    ///
    /// # Errors
    ///
    /// Broken TOML, an unknown key, kind, capture, level or base, an entry without a test, and a
    /// pattern that is no regular expression.
    pub fn from_toml(text: &str, origin: &str) -> Result<Profile> {
        Profile::read(text, origin, false)
    }

    /// Reads a profile. Making the regular expressions takes longer than reading a small log, so
    /// that those of a profile that is known to be good are made when they are needed.
    fn read(text: &str, origin: &str, good: bool) -> Result<Profile> {
        let table: Table =
            text.parse().map_err(|error: toml::de::Error| broken(text, origin, &error))?;
        known_keys(&table, &["extends", "join", "message_levels", "event"], origin)?;
        let base = match table.get("extends") {
            None => None,
            Some(value) => Some(base(string(value, origin, "extends")?, origin)?),
        };
        let mut entries = Vec::new();
        for (index, value) in array(&table, "event", origin)?.iter().enumerate() {
            let place = format!("{origin}: event {}", index + 1);
            let Value::Table(table) = value else {
                return Err(Error::config(format!("{place}: must be a table")));
            };
            let entry = entry(table, &place)?;
            if !good {
                check(&entry.test, &place)?;
            }
            entries.push(entry);
        }
        let mut profile = base.unwrap_or_else(|| Profile {
            name: String::new(),
            join: true,
            message_levels: vec![Level::Warning, Level::Error, Level::Critical],
            entries: Vec::new(),
        });
        origin.clone_into(&mut profile.name);
        entries.append(&mut profile.entries);
        profile.entries = entries;
        if profile.entries.len() > EntryId::MAX {
            return Err(Error::config(format!("{origin}: more than {} events", EntryId::MAX)));
        }
        if let Some(join) = flag(&table, "join", origin)? {
            profile.join = join;
        }
        if table.contains_key("message_levels") {
            profile.message_levels = levels(&table, origin)?;
        }
        Ok(profile)
    }

    /// The name of a built-in profile, or what its errors called it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The levels whose messages are listed among the top messages.
    #[must_use]
    pub fn message_levels(&self) -> &[Level] {
        &self.message_levels
    }

    /// Whether raw events are joined into facts. If not, every event is a fact of its own.
    #[must_use]
    pub fn join(&self) -> bool {
        self.join
    }

    /// The entries, first match first.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

fn base(name: &str, origin: &str) -> Result<Profile> {
    Profile::named(name)
        .ok_or_else(|| unknown(origin, "profile", name, BUILT_IN.iter().map(|(name, _)| *name)))
}

fn entry(table: &Table, place: &str) -> Result<Entry> {
    let keys = ["kind", "logger", "level", "pattern", "substring", "set", "measure", "continues"];
    known_keys(table, &keys, place)?;
    let given = |key: &str| table.get(key).map(|value| string(value, place, key)).transpose();
    let kind = given("kind")?.ok_or_else(|| Error::config(format!("{place}: has no `kind`")))?;
    let test = match (given("pattern")?, given("substring")?) {
        (Some(source), None) => Test::Pattern(Arc::new(pattern(source, place)?)),
        (None, Some(words)) => Test::Words(Box::new(Words::new(words))),
        _ => {
            let message = format!("{place}: needs either a `pattern` or a `substring`");
            return Err(Error::config(message));
        }
    };
    Ok(Entry {
        kind: if kind == IGNORE { None } else { Some(event_kind(kind, place)?) },
        logger: given("logger")?.map(Box::from),
        level: given("level")?.map(|name| level(name, place)).transpose()?,
        test,
        set: constants(table, place)?,
        traits: Traits {
            measure: flag(table, "measure", place)?.unwrap_or(false),
            continues: flag(table, "continues", place)?.unwrap_or(false),
        },
    })
}

fn pattern(source: &str, place: &str) -> Result<Pattern> {
    let fault = |fault: String| Error::config(format!("{place}: pattern: {fault}"));
    Pattern::new(source, |name| capture(name, place), fault)
}

fn check(test: &Test, place: &str) -> Result<()> {
    let Test::Pattern(pattern) = test else { return Ok(()) };
    pattern.check().map_err(|error| {
        let fault = error.to_string().replace('\n', " ");
        Error::config(format!("{place}: pattern: {fault}"))
    })
}

/// The texts that an entry gives by itself.
fn constants(table: &Table, place: &str) -> Result<Vec<(Capture, Box<str>)>> {
    let Some(value) = table.get("set") else { return Ok(Vec::new()) };
    let Value::Table(set) = value else {
        return Err(Error::config(format!("{place}: `set` must be a table")));
    };
    set.iter()
        .map(|(name, value)| Ok((capture(name, place)?, string(value, place, name)?.into())))
        .collect()
}

fn event_kind(name: &str, place: &str) -> Result<EventKind> {
    let kind = EventKind::ALL.iter().find(|(_, known)| *known == name);
    kind.map(|(kind, _)| *kind).ok_or_else(|| {
        let known = EventKind::ALL.iter().map(|(_, name)| *name).chain([IGNORE]);
        unknown(place, "kind", name, known)
    })
}

fn capture(name: &str, place: &str) -> Result<Capture> {
    let capture = Capture::ALL.iter().find(|(_, known)| *known == name);
    capture
        .map(|(capture, _)| *capture)
        .ok_or_else(|| unknown(place, "capture", name, Capture::ALL.iter().map(|(_, name)| *name)))
}

fn level(name: &str, place: &str) -> Result<Level> {
    Level::from_text(name)
        .ok_or_else(|| unknown(place, "level", name, Level::ALL.iter().map(|level| level.name())))
}

fn levels(table: &Table, place: &str) -> Result<Vec<Level>> {
    let names = array(table, "message_levels", place)?;
    names.iter().map(|name| level(string(name, place, "message_levels")?, place)).collect()
}

fn known_keys(table: &Table, known: &[&'static str], place: &str) -> Result<()> {
    match table.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(unknown(place, "key", key, known.iter().copied())),
        None => Ok(()),
    }
}

fn string<'a>(value: &'a Value, place: &str, key: &str) -> Result<&'a str> {
    value.as_str().ok_or_else(|| Error::config(format!("{place}: `{key}` must be a text")))
}

fn flag(table: &Table, key: &str, place: &str) -> Result<Option<bool>> {
    match table.get(key) {
        None => Ok(None),
        Some(Value::Boolean(flag)) => Ok(Some(*flag)),
        Some(_) => Err(Error::config(format!("{place}: `{key}` must be true or false"))),
    }
}

fn array<'a>(table: &'a Table, key: &str, place: &str) -> Result<&'a [Value]> {
    match table.get(key) {
        None => Ok(&[]),
        Some(Value::Array(values)) => Ok(values),
        Some(_) => Err(Error::config(format!("{place}: `{key}` must be an array"))),
    }
}

fn unknown(
    place: &str,
    what: &str,
    word: &str,
    known: impl Iterator<Item = &'static str> + Clone,
) -> Error {
    let error = Error::config(format!("{place}: unknown {what} `{word}`"));
    match nearest(word, known.clone()) {
        Some(name) => error.hint(format!("did you mean `{name}`?")),
        None => error.hint(format!("known are: {}", known.collect::<Vec<_>>().join(", "))),
    }
}

/// Broken TOML, with its line.
fn broken(text: &str, origin: &str, error: &toml::de::Error) -> Error {
    let start = error.span().map_or(0, |span| span.start.min(text.len()));
    let line = 1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..start]).count();
    Error::config(format!("{origin}: line {line}: {}", error.message()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Profile::from_toml(text, "my.toml").unwrap_err().to_string()
    }

    #[test]
    fn the_built_in_profiles_are_valid() {
        for (name, text) in BUILT_IN {
            assert_eq!(Profile::from_toml(text, name).unwrap().name(), name);
            assert_eq!(Profile::named(name).unwrap().name(), name);
        }
        assert!(Profile::named("nginx").is_none());
        let page = Profile::named("page").unwrap();
        assert!(!page.join());
        assert_eq!(page.message_levels(), [Level::Warning, Level::Error]);
    }

    #[test]
    fn a_users_entries_go_before_those_it_extends() {
        let text = "extends = 'ufo'\n[[event]]\nkind = 'ignore'\nsubstring = 'x'";
        let profile = Profile::from_toml(text, "my.toml").unwrap();
        let base = Profile::named("ufo").unwrap();
        assert_eq!(profile.entries().len(), base.entries().len() + 1);
        assert_eq!(profile.entries()[0].kind, None);
        assert_eq!((profile.name(), profile.join()), ("my.toml", true));
        assert_eq!(profile.message_levels(), base.message_levels());
        let text = "extends = 'page'\njoin = true\nmessage_levels = ['fatal']";
        let profile = Profile::from_toml(text, "my.toml").unwrap();
        assert!(profile.join());
        assert_eq!(profile.message_levels(), [Level::Critical]);
    }

    #[test]
    fn faults_are_named_with_what_was_meant() {
        let event = |rest: &str| error(&format!("[[event]]\n{rest}"));
        for (found, meant) in [
            (error("extend = 'ufo'"), "my.toml: unknown key `extend`\n  did you mean `extends`?"),
            (error("extends = 'uf'"), "my.toml: unknown profile `uf`\n  did you mean `ufo`?"),
            (error("join = 1"), "my.toml: `join` must be true or false"),
            (
                error("message_levels = ['WARNNG']"),
                "my.toml: unknown level `WARNNG`\n  did you mean `WARNING`?",
            ),
            (error("event = 3"), "my.toml: `event` must be an array"),
            (error("event = [3]"), "my.toml: event 1: must be a table"),
            (event("pattern = 'x'"), "my.toml: event 1: has no `kind`"),
            (
                event("kind = 'agent-state'"),
                "my.toml: event 1: needs either a `pattern` or a `substring`",
            ),
            (
                event("kind = 'agent-state'\npattern = 3"),
                "my.toml: event 1: `pattern` must be a text",
            ),
            (
                event("kind = 'agent-sate'\npattern = 'x'"),
                "my.toml: event 1: unknown kind `agent-sate`\n  did you mean `agent-state`?",
            ),
            (
                event("kind = 'agent-state'\npattern = '(?<sttae>x)'"),
                "my.toml: event 1: unknown capture `sttae`\n  did you mean `state`?",
            ),
            (
                event("kind = 'agent-state'\npattern = 'x'\nset = { stat = 'a' }"),
                "my.toml: event 1: unknown capture `stat`\n  did you mean `state`?",
            ),
            (
                event("kind = 'agent-state'\npattern = 'x'\nloger = 'a'"),
                "my.toml: event 1: unknown key `loger`\n  did you mean `logger`?",
            ),
        ] {
            assert_eq!(found, meant);
        }
        assert!(error("a = 1\nb = = 2").starts_with("my.toml: line 2: "));
    }

    #[test]
    fn a_bad_pattern_is_named_with_its_entry_and_column() {
        let first = "[[event]]\nkind = 'agent-state'\npattern = 'x'\n";
        let second = |pattern: &str| {
            error(&format!("{first}[[event]]\nkind = 'agent-state'\npattern = '{pattern}'"))
        };
        assert_eq!(second("ab(c"), "my.toml: event 2: pattern: unclosed group at column 3");
        assert_eq!(second("a)|(b"), "my.toml: event 2: pattern: unopened group at column 2");
        assert!(second(".{9999999}").starts_with("my.toml: event 2: pattern: "));
    }
}
