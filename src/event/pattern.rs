//! A pattern for whole messages: what a message must be, and what is taken out of it.
//!
//! A pattern is a [`Program`], and a regular expression where it has forms that a program has not,
//! or where a message is too much for one. Both give the same. Literals at both ends say of most
//! messages that neither is needed. It knows no wording.

use std::sync::OnceLock;

use regex::Regex;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};

use crate::record::Capture;

use super::bytes;
use super::literal;
use super::program::{Marks, Program};

/// A pattern that is valid.
#[derive(Debug)]
pub(super) struct Pattern {
    source: Box<str>,
    program: Option<Program>,
    /// The program for messages whose only escapes are quotes, if it is another one.
    quoted: Option<Program>,
    /// Made when it is needed first.
    regex: OnceLock<Option<Regex>>,
    /// The numbers of the groups that capture something, and what.
    groups: Box<[(usize, Capture)]>,
    /// What every match captures.
    certain: Box<[Capture]>,
    /// Every message that matches begins with one of these; none says that it may be anything.
    prefixes: Option<Box<[Box<[u8]>]>>,
    /// What every message that matches ends with.
    suffix: Box<[u8]>,
    /// The literal that the program begins with as formatters write it in JSON; empty if it begins
    /// with none.
    opening: Option<Box<[u8]>>,
}

impl Pattern {
    /// Reads a pattern; `capture` says what the groups of which name capture.
    pub(super) fn new<E>(
        source: &str,
        capture: impl Fn(&str) -> Result<Capture, E>,
        fault: impl Fn(String) -> E,
    ) -> Result<Pattern, E> {
        // Alone, not between anchors: a stray parenthesis must not undo them.
        let hir = ParserBuilder::new()
            .dot_matches_new_line(true)
            .build()
            .parse(source)
            .map_err(|error| fault(syntax(&error)))?;
        let mut named = Vec::new();
        names(&hir, &mut named);
        let mut groups = Vec::new();
        for (group, name) in named {
            groups.push((group, capture(name)?));
        }
        let mut certain = Vec::new();
        literal::certain_groups(&hir, &mut certain);
        let certain = groups.iter().filter(|(group, _)| certain.contains(group));
        let numbers: Vec<usize> = groups.iter().map(|(group, _)| *group).collect();
        let program = Program::compile(&hir, &numbers);
        let opening = |program: &Program| literal::written(program.opening().unwrap_or_default());
        Ok(Pattern {
            source: source.into(),
            opening: program.as_ref().and_then(opening),
            quoted: program.as_ref().and_then(|program| program.quoted(&hir, &numbers)),
            program,
            regex: OnceLock::new(),
            certain: certain.map(|(_, capture)| *capture).collect(),
            groups: groups.into(),
            prefixes: literal::prefixes(&hir),
            suffix: literal::suffix(&hir),
        })
    }

    /// Makes the regular expression now.
    ///
    /// # Errors
    ///
    /// If it cannot be made, because it is too large.
    pub(super) fn check(&self) -> Result<(), regex::Error> {
        let regex = self.made()?;
        self.regex.get_or_init(|| Some(regex));
        Ok(())
    }

    fn made(&self) -> Result<Regex, regex::Error> {
        Regex::new(&format!(r"\A(?s:{})\z", self.source))
    }

    /// What the groups capture, in the order in which they are marked.
    pub(super) fn captures(&self) -> impl Iterator<Item = Capture> {
        self.groups.iter().map(|(_, capture)| *capture)
    }

    /// Whether every match captures a text.
    pub(super) fn gives(&self, capture: Capture) -> bool {
        self.certain.contains(&capture)
    }

    /// What messages that match begin with; none says that it may be anything.
    pub(super) fn prefixes(&self) -> Option<&[Box<[u8]>]> {
        self.prefixes.as_deref()
    }

    /// What every message that matches ends with.
    pub(super) fn suffix(&self) -> &[u8] {
        &self.suffix
    }

    /// Whether a whole message matches. Marks where the groups are if it does.
    pub(super) fn matches(&self, message: &str, marks: &mut Marks) -> bool {
        marks.clear();
        if let Some(program) = &self.program
            && let Ok(matches) = program.run(message, marks)
        {
            return matches;
        }
        marks.clear();
        self.matches_regex(message, marks)
    }

    /// The same for a message with escapes that are in the literal that it begins with, written as
    /// they mostly are, or quotes between the groups: marks are counted from behind that literal,
    /// and the answer comes with where that is. None if it cannot be told without decoding the
    /// message.
    pub(super) fn matches_raw(&self, raw: &str, marks: &mut Marks) -> Option<(bool, usize)> {
        let (program, opening) = (self.program.as_ref()?, self.opening.as_deref()?);
        let begins = bytes::begins(raw.as_bytes(), opening);
        let rest = begins.then(|| raw.get(opening.len()..))??;
        marks.clear();
        if !bytes::has(rest.as_bytes(), b'\\') {
            return Some((program.run_behind_opening(rest, marks).ok()?, opening.len()));
        }
        let quoted = self.quoted.as_ref()?;
        if !bytes::always_precedes(rest.as_bytes(), b'\\', b'"') {
            return None;
        }
        let matches = quoted.run_behind_opening(rest, marks).ok()?;
        (!matches || self.are_plain(rest, marks)).then_some((matches, opening.len()))
    }

    /// Whether there are no escapes in the groups of a match.
    fn are_plain(&self, raw: &str, marks: &Marks) -> bool {
        let mut groups = (0..self.groups.len()).filter_map(|group| marks.get(group));
        groups.all(|(start, end)| !bytes::has(&raw.as_bytes()[start..end], b'\\'))
    }

    fn matches_regex(&self, message: &str, marks: &mut Marks) -> bool {
        let Some(regex) = self.regex.get_or_init(|| self.made().ok()) else { return false };
        let mut places = regex.capture_locations();
        if regex.captures_read(&mut places, message).is_none() {
            return false;
        }
        for (index, (group, _)) in self.groups.iter().enumerate() {
            if let Some((start, end)) = places.get(*group) {
                marks.set(index, start, end);
            }
        }
        true
    }
}

/// The groups that have a name, in their order.
fn names<'a>(hir: &'a Hir, out: &mut Vec<(usize, &'a str)>) {
    match hir.kind() {
        HirKind::Capture(group) => {
            out.extend(group.name.as_deref().map(|name| (group.index as usize, name)));
            names(&group.sub, out);
        }
        HirKind::Repetition(repetition) => names(&repetition.sub, out),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            for part in parts {
                names(part, out);
            }
        }
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
    }
}

/// The fault in a pattern on one line, with its column.
fn syntax(error: &regex_syntax::Error) -> String {
    let (kind, span) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span()),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), error.span()),
        other => return other.to_string().replace('\n', " "),
    };
    format!("{kind} at column {}", span.start.column)
}

#[cfg(test)]
impl Pattern {
    /// The answer of the program alone, if there is one.
    pub(super) fn answer_of_program(&self, message: &str, marks: &mut Marks) -> Option<bool> {
        marks.clear();
        self.program.as_ref()?.run(message, marks).ok()
    }

    /// The answer of the regular expression.
    pub(super) fn answer_of_regex(&self, message: &str, marks: &mut Marks) -> bool {
        marks.clear();
        self.matches_regex(message, marks)
    }

    /// The pattern as it was written.
    pub(super) fn source(&self) -> &str {
        &self.source
    }
}
