//! Rule files: TOML that becomes rules, and how a user's rules and the built-in ones are combined.
//!
//! A rule file may be hostile: its size, its rules and all its names are bounded. Every fault is
//! an error that names the file, the line and what was meant. Whether a metric exists, and
//! whether a rule can ever fire, is not known here.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Place;

use toml::Spanned;
use toml::de::DeValue;

use crate::aggregate::label_name;
use crate::config::{self, Entry, Source, shorten, unknown};
use crate::error::{Error, Result, nearest};
use crate::expr::{Condition, Operand, When, parse_when};

use super::rule::Rule;
use super::{Severity, Template};

/// How many rules there may be, in a file and altogether.
const MAX_RULES: usize = 10_000;

/// How many patterns (`=~`) all rules may have together. One takes a few kilobytes, but may be
/// written so that it takes megabytes.
const MAX_PATTERNS: usize = 250;

/// In bytes.
const MAX_NAME: usize = 128;

/// How many series of a rule may be allowed to fire at once.
const MAX_LIMIT: u64 = 10_000;

const HOUR: i64 = 3_600_000_000;

const DEFAULT_REPEAT: i64 = 4 * HOUR;
const DEFAULT_LIMIT: u64 = 100;

const KEYS: [&str; 12] = [
    "name",
    "enabled",
    "when",
    "over",
    "for",
    "keep_firing_for",
    "repeat_interval",
    "min_records",
    "severity",
    "limit",
    "labels",
    "annotations",
];

/// A rule as it stands in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Its name.
    pub name: String,
    /// The file and the line where it begins, as errors name it: `rules.toml: line 12`.
    pub place: String,
    /// Whether `enabled` is not false.
    pub enabled: bool,
    /// What it says; `None` if it only says that the built-in rule of that name is switched off.
    pub rule: Option<Rule>,
}

/// Reads a rule file; `name` is what errors call it.
///
/// # Errors
///
/// Broken TOML, a file over 1 MiB, with more than 10,000 rules or 250 patterns, an unknown key, a value that is
/// not what its key takes, and whatever cannot be read in `when` or in an annotation.
pub fn read(text: &str, name: &str) -> Result<Vec<Written>> {
    let (rules, faults) = read_all(text, name);
    faults.into_iter().next().map_or(Ok(rules), Err)
}

/// The rules of a file that can be read, and what is wrong with the others: see [`read`].
#[must_use]
pub fn read_all(text: &str, name: &str) -> (Vec<Written>, Vec<Error>) {
    let source = Source::new(text, name);
    let (mut rules, mut faults) = (Vec::new(), Vec::new());
    let table = match config::table(text, &source) {
        Ok(table) => table,
        Err(error) => return (rules, vec![error]),
    };
    let file = Entry::new(&source, table.get_ref(), 0);
    faults.extend(file.only(&["rule"]).err());
    let Some(values) = table.get_ref().get("rule") else { return (rules, faults) };
    let Some(array) = values.get_ref().as_array() else {
        let error = Error::config("`rule` must be an array of tables");
        let error = error.hint("each rule begins with [[rule]]");
        faults.push(source.fault(values.span().start, &error));
        return (rules, faults);
    };
    if array.len() > MAX_RULES {
        faults.push(Error::config(format!("{name}: more than {MAX_RULES} rules")));
        return (rules, faults);
    }
    let mut patterns = 0;
    for value in array {
        match written(&source, value) {
            Ok(rule) => {
                patterns += rule.rule.as_ref().map_or(0, patterns_of);
                if patterns > MAX_PATTERNS {
                    let fault = too_many_patterns(&format!("in {name}"));
                    faults.push(source.fault(value.span().start, &fault));
                    return (rules, faults);
                }
                rules.push(rule);
            }
            Err(error) => faults.push(error),
        }
    }
    (rules, faults)
}

/// All rules of a run by name: a user's rule of a built-in name replaces it wholly, and one that
/// is not enabled is left out.
///
/// # Errors
///
/// Two rules of one name in the files of users, a name that is switched off but that no rule
/// has, and more than 10,000 rules or 250 patterns.
pub fn combine(
    built_in: Vec<Written>,
    users: impl IntoIterator<Item = Written>,
) -> Result<Vec<Rule>> {
    let (rules, faults) = combine_all(built_in, users);
    faults.into_iter().next().map_or(Ok(rules), Err)
}

/// The rules that can be combined, and what is wrong with the others: see [`combine`].
#[must_use]
pub fn combine_all(
    built_in: Vec<Written>,
    users: impl IntoIterator<Item = Written>,
) -> (Vec<Rule>, Vec<Error>) {
    let mut rules: BTreeMap<String, Written> =
        built_in.into_iter().map(|rule| (rule.name.clone(), rule)).collect();
    let (mut places, mut faults) = (BTreeMap::new(), Vec::new());
    for rule in users {
        let (name, place) = (rule.name.clone(), rule.place.clone());
        match places.entry(name.clone()) {
            Place::Vacant(free) => free.insert(place.clone()),
            Place::Occupied(taken) => {
                let first = taken.get();
                let message = format!("{place}: a rule `{name}` stands in {first} already");
                faults.push(Error::config(message));
                continue;
            }
        };
        if rule.rule.is_none() && !rules.contains_key(&name) {
            faults.push(nothing_to_switch_off(&rule, &rules));
            continue;
        }
        rules.insert(name, rule);
    }
    let rules: Vec<Rule> =
        rules.into_values().filter(|rule| rule.enabled).filter_map(|rule| rule.rule).collect();
    if rules.len() > MAX_RULES {
        faults.push(Error::config(format!("more than {MAX_RULES} rules in all files")));
    }
    if rules.iter().map(patterns_of).sum::<usize>() > MAX_PATTERNS {
        faults.push(too_many_patterns("in all files"));
    }
    (rules, faults)
}

fn patterns_of(rule: &Rule) -> usize {
    let filters = rule.when.terms.iter().filter_map(|term| term.aggregation.filter.as_ref());
    filters.map(Condition::patterns).sum()
}

fn too_many_patterns(place: &str) -> Error {
    Error::config(format!("more than {MAX_PATTERNS} patterns (`=~`, `!~`) {place}"))
        .hint("one pattern can look for several texts, as in message =~ \"this|that\"")
}

fn nothing_to_switch_off(rule: &Written, rules: &BTreeMap<String, Written>) -> Error {
    let Written { name, place, .. } = rule;
    let error = Error::config(format!("{place}: no built-in rule is called `{name}`"));
    match nearest(name, rules.keys().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("a rule of your own needs a `when`, also while it is switched off"),
    }
}

fn written(source: &Source<'_>, value: &Spanned<DeValue<'_>>) -> Result<Written> {
    let at = value.span().start;
    let Some(table) = value.get_ref().as_table() else {
        return Err(source.fault(at, &Error::config("a rule must be a table")));
    };
    let entry = Entry::new(source, table, at);
    entry.only(&KEYS)?;
    let Some(name) = entry.text("name")? else {
        return Err(entry.fault("name", &Error::config("the rule has no `name`")));
    };
    entry.check("name", identifier(name))?;
    let enabled = entry.flag("enabled")?.unwrap_or(true);
    let switch = !enabled && table.len() == 2;
    let rule = if switch { None } else { Some(rule(&entry, name)?) };
    Ok(Written { name: name.to_owned(), place: source.place(at), enabled, rule })
}

fn rule(entry: &Entry<'_>, name: &str) -> Result<Rule> {
    let Some(when) = entry.text("when")? else {
        let error = Error::config(format!("the rule `{name}` has no `when`"));
        let hint = "a rule of a built-in name replaces all of it; \
                    with nothing but `enabled = false` it switches it off";
        return Err(entry.fault("name", &error.hint(hint)));
    };
    let when = entry.check("when", parse_when(when))?;
    let keys = entry.check("when", keys(&when))?;
    let labels = labels(entry, &keys)?;
    Ok(Rule {
        name: name.to_owned(),
        over: over(entry)?,
        hold: entry.duration("for")?.unwrap_or(0),
        keep_firing_for: entry.duration("keep_firing_for")?.unwrap_or(0),
        repeat_interval: entry.duration("repeat_interval")?.unwrap_or(DEFAULT_REPEAT),
        min_records: entry.number("min_records", 0..=i64::MAX as u64)?.unwrap_or(0),
        severity: severity(entry)?,
        limit: entry.number("limit", 1..=MAX_LIMIT)?.unwrap_or(DEFAULT_LIMIT) as usize,
        annotations: annotations(entry, &keys, &labels)?,
        labels,
        when,
    })
}

fn over(entry: &Entry<'_>) -> Result<Option<i64>> {
    let over = entry.duration("over")?;
    if over == Some(0) {
        let error = Error::config("a window of no length holds nothing");
        return Err(entry.fault("over", &error.hint("without `over` a rule sees the whole run")));
    }
    Ok(over)
}

fn severity(entry: &Entry<'_>) -> Result<Severity> {
    let Some(name) = entry.text("severity")? else { return Ok(Severity::Warning) };
    let known = Severity::ALL.map(Severity::name);
    entry.check("severity", name.parse().map_err(|()| unknown("severity", name, &known)))
}

/// The labels that the keys behind `by` give to the alerts of a rule. An alert belongs to one
/// group, so that all terms that have keys must have the same.
fn keys(when: &When) -> Result<Vec<String>> {
    let mut grouped = when.terms.iter().map(|term| &term.aggregation).filter(|a| !a.by.is_empty());
    let Some(first) = grouped.next() else { return Ok(Vec::new()) };
    if let Some(other) = grouped.find(|other| other.by != first.by) {
        let [first, other] = [first, other].map(|aggregation| shorten(&aggregation.text));
        let message = format!("`{first}` and `{other}` have different keys");
        return Err(Error::config(message).hint("a rule has the same keys behind every `by`"));
    }
    let mut labels: Vec<String> = Vec::new();
    for key in first.by.iter().map(Operand::label) {
        let label = label_name(&key).into_owned();
        if labels.contains(&label) || RESERVED.contains(&label.as_str()) {
            let message = format!("`{}` would make a second label `{label}`", shorten(&key));
            return Err(Error::config(message));
        }
        labels.push(label);
    }
    Ok(labels)
}

/// The labels that every alert has, whatever its rule says.
const RESERVED: [&str; 2] = ["alertname", "severity"];

fn labels(entry: &Entry<'_>, keys: &[String]) -> Result<BTreeMap<String, String>> {
    entry.texts("labels", |name, value| {
        identifier(name)?;
        let refuse = |why: &str, hint: &str| Err(Error::config(why).hint(hint));
        if RESERVED.contains(&name) {
            let hint = "it is made of the rule's `name` and `severity`";
            return refuse(&format!("`{name}` is no label to set"), hint);
        }
        if keys.iter().any(|key| key == name) {
            let hint = "its value is that of the group";
            return refuse(&format!("the label `{name}` is a key of the rule"), hint);
        }
        if value.is_empty() {
            let hint = "a label without a value is no label; leave it out";
            return refuse(&format!("the label `{name}` is empty"), hint);
        }
        if value.contains("{{") {
            let hint = "labels say which alert it is and stay the same; annotations have values";
            return refuse(&format!("the label `{name}` has a placeholder"), hint);
        }
        Ok(value.to_owned())
    })
}

fn annotations(
    entry: &Entry<'_>,
    keys: &[String],
    labels: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Template>> {
    let names = keys.iter().chain(labels.keys()).map(String::as_str);
    let known: Vec<&str> = names.chain(RESERVED).collect();
    entry.texts("annotations", |name, text| {
        identifier(name)?;
        Template::parse(text, &known)
    })
}

/// Refuses names that Prometheus would not take for a label.
fn identifier(name: &str) -> Result<()> {
    let shown = shorten(name);
    if name.len() > MAX_NAME {
        return Err(Error::config(format!("the name `{shown}` is longer than {MAX_NAME} bytes")));
    }
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if begins && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Ok(());
    }
    let message = format!("`{shown}` is no name");
    let hint = "names are made of A-Z, a-z, 0-9 and _, and do not begin with a digit";
    Err(Error::config(message).hint(hint))
}
