//! Tables of a file, and where in the file their values stand.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use crate::error::{Error, Result};
use crate::expr::parse_duration;

use super::words::unknown;

/// In microseconds: 366 days. What lasts longer is a typing error.
const MAX_DURATION: i64 = 366 * 24 * 3_600_000_000;

/// A file, for the places of its faults.
pub(crate) struct Source<'a> {
    name: &'a str,
    /// Where its lines end.
    ends: Vec<usize>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(text: &str, name: &'a str) -> Source<'a> {
        Source { name, ends: memchr::memchr_iter(b'\n', text.as_bytes()).collect() }
    }

    /// What the file is called.
    pub(crate) fn name(&self) -> &str {
        self.name
    }

    /// The file and the line of an offset in bytes.
    pub(crate) fn place(&self, at: usize) -> String {
        format!("{}: line {}", self.name, 1 + self.ends.partition_point(|end| *end < at))
    }

    /// The error with its place.
    pub(crate) fn fault(&self, at: usize, error: &Error) -> Error {
        let placed = Error::config(format!("{}: {}", self.place(at), error.message()));
        match error.advice() {
            Some(hint) => placed.hint(hint),
            None => placed,
        }
    }
}

/// A table and where it begins.
pub(crate) struct Entry<'a> {
    source: &'a Source<'a>,
    table: &'a DeTable<'a>,
    at: usize,
}

impl<'a> Entry<'a> {
    pub(crate) fn new(source: &'a Source<'a>, table: &'a DeTable<'a>, at: usize) -> Entry<'a> {
        Entry { source, table, at }
    }

    /// Refuses every key but these.
    pub(crate) fn only(&self, known: &[&str]) -> Result<()> {
        match self.table.keys().find(|key| !known.contains(&key.get_ref().as_ref())) {
            Some(key) => {
                Err(self.source.fault(key.span().start, &unknown("key", key.get_ref(), known)))
            }
            None => Ok(()),
        }
    }

    /// The place of the value of a key, or of the table where there is none.
    pub(crate) fn place(&self, key: &str) -> String {
        self.source.place(self.get(key).map_or(self.at, |value| value.span().start))
    }

    /// Whether there is a value.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table.get(key)
    }

    /// The error placed at the value of a key, or at the table where there is none.
    pub(crate) fn fault(&self, key: &str, error: &Error) -> Error {
        self.source.fault(self.get(key).map_or(self.at, |value| value.span().start), error)
    }

    /// What was made of the value of a key, or why nothing could be, with its place.
    pub(crate) fn check<T>(&self, key: &str, made: Result<T>) -> Result<T> {
        made.map_err(|error| self.fault(key, &error))
    }

    pub(crate) fn must_be(&self, key: &str, what: &str) -> Error {
        self.fault(key, &Error::config(format!("`{key}` must be {what}")))
    }

    pub(crate) fn text(&self, key: &str) -> Result<Option<&'a str>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        value.get_ref().as_str().map(Some).ok_or_else(|| self.must_be(key, "a text"))
    }

    pub(crate) fn flag(&self, key: &str) -> Result<Option<bool>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        value.get_ref().as_bool().map(Some).ok_or_else(|| self.must_be(key, "true or false"))
    }

    pub(crate) fn number(&self, key: &str, range: RangeInclusive<u64>) -> Result<Option<u64>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let number = value.get_ref().as_integer().and_then(integer);
        number.filter(|number| range.contains(number)).map(Some).ok_or_else(|| {
            let (least, most) = range.into_inner();
            let what = match most {
                most if most < i64::MAX as u64 => {
                    format!("a whole number from {least} to {most}")
                }
                _ => format!("a whole number, at least {least}"),
            };
            self.must_be(key, &what)
        })
    }

    /// A duration in microseconds; of numbers without a unit only 0 is one.
    pub(crate) fn duration(&self, key: &str) -> Result<Option<i64>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let micros = match value.get_ref() {
            DeValue::String(text) => parse_duration(text),
            DeValue::Integer(number) if integer(number) == Some(0) => Some(0),
            _ => None,
        };
        match micros {
            Some(micros) if micros <= MAX_DURATION => Ok(Some(micros)),
            Some(_) => Err(self.must_be(key, "at most 366 days")),
            None => Err(self.must_be(key, "a duration such as \"30s\", \"5m\" or \"1h30m\"")),
        }
    }

    /// The values of an array, none if there is no such key; `what` says what must stand in it.
    fn values(&self, key: &str, what: &str) -> Result<&'a [Spanned<DeValue<'a>>]> {
        let Some(value) = self.get(key) else { return Ok(&[]) };
        match value.get_ref().as_array() {
            Some(values) => Ok(values),
            None => Err(self.must_be(key, what)),
        }
    }

    /// The tables of an array of tables; none if there is no such key.
    pub(crate) fn tables(&self, key: &str) -> Result<Vec<Entry<'a>>> {
        const WHAT: &str = "an array of tables";
        let inside = |value: &'a Spanned<DeValue<'a>>| {
            let table = value.get_ref().as_table().ok_or_else(|| self.must_be(key, WHAT))?;
            Ok(Entry::new(self.source, table, value.span().start))
        };
        self.values(key, WHAT)?.iter().map(inside).collect()
    }

    /// The texts of an array; `None` if there is no such key.
    pub(crate) fn list(&self, key: &str) -> Result<Option<Vec<&'a str>>> {
        const WHAT: &str = "an array of texts";
        let values = self.values(key, WHAT)?.iter();
        let texts =
            values.map(|value| value.get_ref().as_str().ok_or_else(|| self.must_be(key, WHAT)));
        self.has(key).then(|| texts.collect()).transpose()
    }

    /// What is made of each text of a table of texts; none if there is no such table.
    pub(crate) fn texts<T>(
        &self,
        key: &str,
        make: impl Fn(&str, &str) -> Result<T>,
    ) -> Result<BTreeMap<String, T>> {
        let Some(value) = self.get(key) else { return Ok(BTreeMap::new()) };
        let table = value.get_ref().as_table();
        let table = table.ok_or_else(|| self.must_be(key, "a table of texts"))?;
        let inside = Entry::new(self.source, table, value.span().start);
        let names = table.keys().map(|name| name.get_ref().as_ref());
        names
            .map(|name| {
                let text = inside.text(name)?.unwrap_or_default();
                Ok((name.to_owned(), inside.check(name, make(name, text))?))
            })
            .collect()
    }
}

/// The value of a whole number that is not negative.
fn integer(number: &DeInteger<'_>) -> Option<u64> {
    u64::from_str_radix(number.as_str(), number.radix()).ok()
}
