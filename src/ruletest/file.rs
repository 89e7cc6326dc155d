//! Test files: TOML that becomes tests. Faults name the file, the line and what was meant, one
//! for each test.

use toml::de::DeValue;

use crate::alert::{ALERTNAME, Status};
use crate::config::{self, Entry, Source, unknown};
use crate::error::{Error, Result};
use crate::record::{Timestamp, Zone};

use super::record::{Lines, Text};
use super::{Alert, FiringAt, Labels, Sequence, Test, TestFile, Told, fault};

/// How many lines a test may have.
const MAX_LINES: i64 = 1_000_000;

/// How long a test may last, in microseconds: ten years.
const MAX_LENGTH: i64 = 10 * 366 * 86_400_000_000;

/// When a test starts that does not say so: 2026-11-22T06:00:00Z.
const START: Timestamp = Timestamp::from_micros(1_795_327_200_000_000);

/// Reads a test file; `name` is what errors call it. The tests that can be read, and what is wrong
/// with the others.
#[must_use]
pub fn read(text: &str, name: &str) -> (TestFile, Vec<Error>) {
    let source = Source::new(text, name);
    let (mut file, mut faults) = (TestFile::default(), Vec::new());
    let table = match config::table(text, &source) {
        Ok(table) => table,
        Err(error) => return (file, vec![error]),
    };
    let entry = Entry::new(&source, table.get_ref(), 0);
    let tests = match head(&entry, &mut file) {
        Ok(tests) => tests,
        Err(error) => return (file, vec![error]),
    };
    if tests.is_empty() {
        faults.push(fault(format!("{name}: no test")).hint("each test begins with [[test]]"));
    }
    for entry in tests {
        match test(&entry) {
            Ok(one) => file.tests.push(one),
            Err(error) => faults.push(error),
        }
    }
    (file, faults)
}

/// Reads what is said about all tests, and finds these.
fn head<'a>(entry: &Entry<'a>, file: &mut TestFile) -> Result<Vec<Entry<'a>>> {
    entry.only(&["rules", "defaults", "test"])?;
    let rules = entry.list("rules")?;
    file.defaults = entry.flag("defaults")?.unwrap_or(rules.is_none());
    file.rules = rules.map(|rules| rules.into_iter().map(str::to_owned).collect());
    if !file.defaults && file.rules.as_ref().is_none_or(Vec::is_empty) {
        let error = fault("there are no rules to test").hint("name their files in `rules`");
        return Err(entry.fault("defaults", &error));
    }
    entry.tables("test")
}

fn test(entry: &Entry<'_>) -> Result<Test> {
    entry.only(&["name", "start", "profile", "silence_until", "records", "alerts", "events"])?;
    let name = required(entry, "name", "the test")?.to_owned();
    let records: Vec<Lines> = all(entry, "records", lines)?;
    let alerts: Vec<FiringAt> = all(entry, "alerts", firing_at)?;
    let events: Vec<Sequence> = all(entry, "events", sequence)?;
    let start = start(entry)?;
    if records.iter().map(|lines| lines.times).sum::<i64>() > MAX_LINES {
        let error = fault(format!("the test `{name}` has more than {MAX_LINES} lines"));
        return Err(entry.fault("name", &error));
    }
    let last = records.iter().filter_map(Lines::last).max().unwrap_or(0);
    let silence = entry.duration("silence_until")?;
    if silence.is_some_and(|until| until < last) {
        let error = fault("`silence_until` lies before the last record");
        return Err(entry.fault("silence_until", &error));
    }
    if alerts.is_empty() && events.is_empty() {
        let error = fault(format!("the test `{name}` expects nothing"));
        let hint = "say in [[test.alerts]] or [[test.events]] what is to come of the records";
        return Err(entry.fault("name", &error.hint(hint)));
    }
    let asked = alerts.iter().map(|expected| expected.at);
    let told = events.iter().flat_map(|expected| &expected.events).map(|told| told.at);
    Ok(Test {
        start,
        profile: entry.text("profile")?.map(str::to_owned),
        end: asked.chain(told).chain(silence).fold(last, i64::max),
        name,
        records,
        alerts,
        events,
    })
}

/// What is made of each table of an array of tables.
fn all<T>(entry: &Entry<'_>, key: &str, make: impl Fn(&Entry<'_>) -> Result<T>) -> Result<Vec<T>> {
    entry.tables(key)?.iter().map(make).collect()
}

fn start(entry: &Entry<'_>) -> Result<Timestamp> {
    let Some(value) = entry.get("start") else { return Ok(START) };
    let text = match value.get_ref() {
        DeValue::String(text) => text.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        _ => String::new(),
    };
    let wrong = || entry.must_be("start", "a time such as \"2026-11-22T06:00:00Z\"");
    Timestamp::from_text(&text, &Zone::Utc).ok_or_else(wrong)
}

fn lines(entry: &Entry<'_>) -> Result<Lines> {
    entry.only(&["at", "every", "times", "record", "line"])?;
    let at = required_duration(entry, "at", "a record")?;
    let every = entry.duration("every")?;
    let times = entry.number("times", 1..=MAX_LINES.unsigned_abs())?;
    if every.is_some() && times.is_none() {
        let error = fault("`every` says how often, but not for how long");
        return Err(entry.fault("every", &error.hint("say in `times` how many there are")));
    }
    let text = match (entry.get("record"), entry.text("line")?) {
        (Some(record), None) => Text::record(record.get_ref())
            .ok_or_else(|| entry.must_be("record", "a table of what JSON knows"))?,
        (None, Some(line)) if !line.contains('\n') => Text::Raw(line.to_owned()),
        (None, Some(_)) => return Err(entry.must_be("line", "one line, without its line feed")),
        (Some(_), Some(_)) => {
            return Err(entry.fault("line", &fault("there is a `record` and a `line`: give one")));
        }
        (None, None) => {
            let error = fault("there is neither a `record` nor a `line`");
            return Err(entry.fault("record", &error));
        }
    };
    let (every, times) = (every.unwrap_or(0), times.unwrap_or(1).cast_signed());
    let lines = Lines { at, every, times, text };
    if lines.last().is_none_or(|last| last > MAX_LENGTH) {
        return Err(entry.fault("every", &fault("the last of these lines comes after ten years")));
    }
    Ok(lines)
}

fn firing_at(entry: &Entry<'_>) -> Result<FiringAt> {
    entry.only(&["eval_time", "alertname", "exp_alerts"])?;
    let alertname = entry.text("alertname")?.map(str::to_owned);
    let alert = |alert: &Entry<'_>| {
        alert.only(&["labels", "annotations"])?;
        let labels = labels(alert, alertname.as_deref())?;
        Ok(Alert { labels, annotations: alert.texts("annotations", as_it_is)? })
    };
    Ok(FiringAt {
        place: entry.place("eval_time"),
        at: required_duration(entry, "eval_time", "the expectation")?,
        alerts: all(entry, "exp_alerts", alert)?,
        alertname,
    })
}

fn sequence(entry: &Entry<'_>) -> Result<Sequence> {
    entry.only(&["alertname", "exp_events"])?;
    let alertname = entry.text("alertname")?.map(str::to_owned);
    let told = |told: &Entry<'_>| {
        told.only(&["at", "status", "labels", "annotations"])?;
        let compared = told.has("labels") || alertname.is_none();
        Ok(Told {
            at: required_duration(told, "at", "an event")?,
            status: status(told)?,
            labels: compared.then(|| labels(told, alertname.as_deref())).transpose()?,
            annotations: told.texts("annotations", as_it_is)?,
        })
    };
    let events = all(entry, "exp_events", told)?;
    Ok(Sequence { place: entry.place("alertname"), alertname, events })
}

/// All labels of an alert, that of the rule's name included.
fn labels(entry: &Entry<'_>, alertname: Option<&str>) -> Result<Labels> {
    let mut labels = entry.texts("labels", as_it_is)?;
    match alertname {
        Some(name) if labels.get(ALERTNAME).is_some_and(|label| label != name) => {
            let error = fault(format!("`{ALERTNAME}` is another one than that of the expectation"));
            return Err(entry.fault("labels", &error));
        }
        Some(name) => {
            labels.insert(ALERTNAME.to_owned(), name.to_owned());
        }
        None if !labels.contains_key(ALERTNAME) => {
            let error = fault(format!("it is not said which alert: there is no `{ALERTNAME}`"));
            let hint = "name it beside the expectation, or among the labels";
            return Err(entry.fault("labels", &error.hint(hint)));
        }
        None => {}
    }
    Ok(labels)
}

#[expect(clippy::unnecessary_wraps, reason = "what makes a value of a text may refuse it")]
fn as_it_is(_: &str, text: &str) -> Result<String> {
    Ok(text.to_owned())
}

fn status(entry: &Entry<'_>) -> Result<Status> {
    let name = required(entry, "status", "an event")?;
    let all = [Status::Firing, Status::Resolved];
    let known = all.into_iter().find(|status| status.name() == name);
    let names = all.map(Status::name);
    entry.check("status", known.ok_or_else(|| unknown("status", name, &names)))
}

fn required<'a>(entry: &Entry<'a>, key: &str, what: &str) -> Result<&'a str> {
    entry.text(key)?.ok_or_else(|| missing(entry, key, what))
}

fn required_duration(entry: &Entry<'_>, key: &str, what: &str) -> Result<i64> {
    entry.duration(key)?.ok_or_else(|| missing(entry, key, what))
}

fn missing(entry: &Entry<'_>, key: &str, what: &str) -> Error {
    entry.fault(key, &fault(format!("{what} has no `{key}`")))
}
