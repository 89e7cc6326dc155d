//! Reads aggregations: the metric and its clauses. Conditions are read in [`super::condition`].

use crate::error::{Result, nearest};
use crate::record::FieldPath;

use super::fault::{Fault, Parsed};
use super::lexer::{Kind, Token, tokens};
use super::names::{self, KEYS, RESERVED};
use super::number::{is_window, near_windows, parse_duration, parse_share};
use super::{Aggregation, Condition, Metric, Operand};

/// Reads an aggregation such as `error-rate by module every 1h where client == "x"`.
///
/// # Errors
///
/// A usage error that points at the column and names what was expected. Whether a section or a
/// figure exists is not checked.
pub fn parse_aggregation(text: &str) -> Result<Aggregation> {
    whole(text, Parser::aggregation)
}

/// Reads a condition such as `level >= ERROR and client == "x"`.
///
/// # Errors
///
/// A usage error that points at the column and names what was expected.
pub fn parse_condition(text: &str) -> Result<Condition> {
    whole(text, Parser::condition)
}

/// Reads an expression that is one part of the grammar and nothing else.
pub(super) fn whole<'a, T>(text: &'a str, part: fn(&mut Parser<'a>) -> Parsed<T>) -> Result<T> {
    let read = || {
        let mut parser = Parser::new(text)?;
        let value = part(&mut parser)?;
        parser.end()?;
        Ok(value)
    };
    read().map_err(|fault: Fault| fault.into_error(text))
}

/// In bytes; bounds the number of fields that one expression can ask for, too.
const MAX_LENGTH: usize = 256 * 1024;

/// How deep parentheses and negations may nest.
const MAX_DEPTH: usize = 64;

/// How many keys may stand behind `by`.
const MAX_KEYS: usize = 4;

/// The metrics of the form `name(…)`.
const FUNCTIONS: [&str; 6] = ["sum", "avg", "min", "max", "quantile", "distinct"];

/// A place in the tokens of an expression. Each method reads one part of the grammar from there
/// and leaves the place behind it, so that parts can stand within larger ones.
pub(super) struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    depth: usize,
    /// Whether this is the condition of a rule, whose windows are no business of the grammar.
    pub(super) in_rule: bool,
    /// What could have gone on where the last part ended, for the error if something else does.
    could_follow: &'static [&'static str],
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Parsed<Parser<'a>> {
        if text.len() > MAX_LENGTH {
            return Err(Fault::new(0..0, format!("longer than {MAX_LENGTH} bytes")));
        }
        Ok(Parser { tokens: tokens(text)?, at: 0, depth: 0, in_rule: false, could_follow: &[] })
    }

    pub(super) fn aggregation(&mut self) -> Parsed<Aggregation> {
        let from = self.at;
        let (metric, figure) = self.metric()?;
        self.could_follow = &["by", "every", "where"];
        let by = if self.take("by") { self.keys()? } else { Vec::new() };
        let every = self.every()?;
        let filter = if self.take("where") { Some(self.condition()?) } else { None };
        Ok(Aggregation { text: self.folded(from), metric, figure, by, every, filter })
    }

    fn metric(&mut self) -> Parsed<(Metric, Option<String>)> {
        let token = self.word("a metric such as `error-rate` or `count`")?;
        let (name, figure) = match token.text.split_once('.') {
            Some((name, figure)) => (name, Some(figure.to_owned())),
            None => (token.text, None),
        };
        let metric = match name {
            _ if FUNCTIONS.contains(&name) => self.function(name)?,
            _ if self.sees("(") => return Err(self.no_function(name, &token)),
            "count" => Metric::Count,
            _ => Metric::Section(name.to_owned()),
        };
        if figure.is_none() && self.take(".") {
            return Ok((metric, Some(self.word("the name of a figure")?.text.to_owned())));
        }
        Ok((metric, figure))
    }

    fn no_function(&self, name: &str, token: &Token<'_>) -> Fault {
        if name == "count" {
            return Fault::new(self.peek().place(), "`count` stands without parentheses")
                .hint("`distinct(module)` counts different values".to_owned());
        }
        let message =
            format!("`{name}` is no function; functions are {}", list(&FUNCTIONS, " and "));
        Fault::new(token.place(), message)
            .hint(nearest(name, FUNCTIONS).map(|near| format!("did you mean `{near}`?")))
    }

    fn function(&mut self, name: &str) -> Parsed<Metric> {
        self.expect("(")?;
        let share = if name == "quantile" { self.share()? } else { 0.0 };
        let operand = self.operand()?;
        self.expect(")")?;
        Ok(match name {
            "sum" => Metric::Sum(operand),
            "avg" => Metric::Avg(operand),
            "min" => Metric::Min(operand),
            "max" => Metric::Max(operand),
            "quantile" => Metric::Quantile(share, operand),
            _ => Metric::Distinct(operand),
        })
    }

    fn share(&mut self) -> Parsed<f64> {
        let token = self.next();
        let share = parse_share(token.text).filter(|share| (0.0..=1.0).contains(share));
        let share = share
            .ok_or_else(|| mismatch(&token, "a share from 0 to 1, such as `0.95` or `95%`", &[]))?;
        self.expect(",")?;
        Ok(share)
    }

    fn keys(&mut self) -> Parsed<Vec<Operand>> {
        let mut keys: Vec<Operand> = Vec::new();
        loop {
            let place = self.peek().place();
            let key = self.key()?;
            let label = key.label();
            if keys.iter().any(|other| other.label() == label) {
                return Err(Fault::new(place, format!("`{label}` is a key already")));
            }
            if keys.len() == MAX_KEYS {
                return Err(Fault::new(place, format!("more than {MAX_KEYS} keys")));
            }
            keys.push(key);
            if !self.take(",") {
                self.could_follow = &[",", "every", "where"];
                return Ok(keys);
            }
        }
    }

    fn key(&mut self) -> Parsed<Operand> {
        if let Some(field) = self.field()? {
            return Ok(field);
        }
        let token = self.word("a key such as `module` or `field(\"a.b\")`")?;
        names::key(token.text).ok_or_else(|| {
            let name = token.text;
            let near = nearest(name, KEYS).map(|near| format!("did you mean `{near}`? "));
            Fault::new(
                token.place(),
                format!("`{name}` is no key; keys are {}", list(&KEYS, " and ")),
            )
            .hint(format!(
                "{}for a field of the records: field(\"{name}\")",
                near.unwrap_or_default()
            ))
        })
    }

    fn every(&mut self) -> Parsed<Option<i64>> {
        let place = self.peek().place();
        if !self.take("every") {
            return Ok(None);
        }
        if self.in_rule {
            return Err(Fault::new(place, "a rule has no `every`").hint(
                "its window slides, and is as long as the rule's `over`: over = \"5m\"".to_owned(),
            ));
        }
        self.window().map(Some)
    }

    fn window(&mut self) -> Parsed<i64> {
        let token = self.next();
        let micros = parse_duration(token.text)
            .ok_or_else(|| mismatch(&token, "a duration such as `5m`, `1h30m` or `1d`", &[]))?;
        if !is_window(micros) {
            let message = "expected a divisor of a day, or whole days";
            return Err(Fault::new(token.place(), format!("{message}, found `{}`", token.text))
                .hint(format!("near it: {}", near_windows(micros))));
        }
        self.could_follow = &["where"];
        Ok(micros)
    }

    /// An operand of conditions and functions. A name without a meaning of its own is a field.
    pub(super) fn operand(&mut self) -> Parsed<Operand> {
        if let Some(field) = self.field()? {
            return Ok(field);
        }
        let token = self.word("a name such as `level` or `field(\"a.b\")`")?;
        let name = token.text;
        if name.contains('.') {
            return Err(Fault::new(token.place(), format!("`{name}` is no plain name"))
                .hint(format!("a field within a field: field(\"{name}\")")));
        }
        Ok(names::known(name).unwrap_or_else(|| names::field(FieldPath::top(name))))
    }

    /// `field("a.b")` or `field(a.b)`, if one stands here.
    fn field(&mut self) -> Parsed<Option<Operand>> {
        if !self.sees_call("field") {
            return Ok(None);
        }
        self.at += 2;
        let token = self.next();
        let path = match &token.kind {
            Kind::Quoted(path) if !path.is_empty() => path,
            Kind::Word => token.text,
            _ => return Err(mismatch(&token, "the name of a field", &[])),
        };
        self.expect(")")?;
        Ok(Some(names::field(FieldPath::dotted(path))))
    }

    /// Reads a part one level deeper.
    pub(super) fn nested<T>(&mut self, part: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(Fault::new(self.peek().place(), message));
        }
        self.depth += 1;
        let value = part(self)?;
        self.depth -= 1;
        Ok(value)
    }

    pub(super) fn peek(&self) -> &Token<'a> {
        &self.tokens[self.at]
    }

    /// The token here; the place goes on behind it, but never past the end.
    pub(super) fn next(&mut self) -> Token<'a> {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    /// Whether a keyword or symbol stands here. A quoted text is never mistaken for one: the
    /// text of its token has the quotes.
    pub(super) fn sees(&self, text: &str) -> bool {
        self.peek().text == text
    }

    /// Whether `name(` stands here.
    pub(super) fn sees_call(&self, name: &str) -> bool {
        self.sees(name) && self.tokens.get(self.at + 1).is_some_and(|token| token.text == "(")
    }

    pub(super) fn take(&mut self, text: &str) -> bool {
        let here = self.sees(text);
        if here {
            self.next();
        }
        here
    }

    pub(super) fn expect(&mut self, text: &str) -> Parsed<()> {
        if self.take(text) {
            return Ok(());
        }
        Err(mismatch(self.peek(), &format!("`{text}`"), &[]))
    }

    pub(super) fn word(&mut self, what: &str) -> Parsed<Token<'a>> {
        let token = self.next();
        if token.kind == Kind::Word && !RESERVED.contains(&token.text) {
            return Ok(token);
        }
        Err(mismatch(&token, what, &[]))
    }

    pub(super) fn could_follow(&mut self, texts: &'static [&'static str]) {
        self.could_follow = texts;
    }

    pub(super) fn end(&self) -> Parsed<()> {
        let token = self.peek();
        if token.kind == Kind::End {
            return Ok(());
        }
        let what: Vec<&str> = self.could_follow.iter().copied().chain(["the end"]).collect();
        let fault = mismatch(token, &list(&what, " or "), self.could_follow);
        Err(match token.text {
            _ if self.in_rule => fault,
            "by" | "every" | "where" => fault.hint(
                "the order is: metric, `by` keys, `every` duration, `where` condition".to_owned(),
            ),
            _ => fault,
        })
    }

    /// The tokens from there to here as they were written, white space between them folded.
    pub(super) fn folded(&self, from: usize) -> String {
        let mut text = String::new();
        let mut end = self.tokens[from].start;
        for token in &self.tokens[from..self.at] {
            if token.start > end {
                text.push(' ');
            }
            text += token.text;
            end = token.place().end;
        }
        text
    }
}

/// What was found where something else was expected; a word near to one of `words` was meant to
/// be that.
pub(super) fn mismatch(found: &Token<'_>, what: &str, words: &[&str]) -> Fault {
    let shown = match found.kind {
        Kind::End => "the end".to_owned(),
        Kind::Quoted(_) => format!("the text {}", found.text),
        _ => format!("`{}`", found.text),
    };
    let lower = found.text.to_lowercase();
    // To short words almost everything is near; something in common there must be.
    let near = nearest(&lower, words.iter().copied())
        .filter(|near| found.kind == Kind::Word && near.contains(|c| lower.contains(c)));
    Fault::new(found.place(), format!("expected {what}, found {shown}"))
        .hint(near.map(|near| format!("did you mean `{near}`?")))
}

/// `` `a`, `b` or `c` ``; what contains a blank is no code.
fn list(items: &[&str], last: &str) -> String {
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        text += match index {
            0 => "",
            i if i + 1 < items.len() => ", ",
            _ => last,
        };
        let mark = if item.contains(' ') { "" } else { "`" };
        text.extend([mark, item, mark]);
    }
    text
}
