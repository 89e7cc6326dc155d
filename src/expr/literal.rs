//! Reads literals. What a literal may be depends on the operand that it is compared with.

use regex::{Regex, RegexBuilder};

use crate::error::nearest;
use crate::record::{Level, Timestamp, Zone};

use super::fault::{Fault, Parsed};
use super::lexer::{Kind, Token, place_in_quoted};
use super::names::events;
use super::number::parse_number;
use super::parser::{Parser, mismatch};
use super::{Literal, Operand};

/// How much memory a compiled pattern may take, in bytes.
const PATTERN_SIZE: usize = 4 << 20;

const LEVEL_NAMES: &str = "a level (TRACE, DEBUG, INFO, WARNING, ERROR or CRITICAL)";

impl Parser<'_> {
    /// A literal that is compared for equality.
    pub(super) fn literal(&mut self, operand: &Operand) -> Parsed<Literal> {
        let token = self.next();
        match operand {
            Operand::Level => level(&token, true),
            Operand::Timestamp => time(&token),
            Operand::Event => event(&token),
            _ => value(&token, operand),
        }
    }

    /// A literal that is compared by order.
    pub(super) fn ordered_literal(&mut self, operand: &Operand) -> Parsed<Literal> {
        let token = self.next();
        let literal = match operand {
            Operand::Level => level(&token, false)?,
            Operand::Timestamp => time(&token)?,
            _ => value(&token, operand)?,
        };
        match literal {
            Literal::Bool(_) => Err(mismatch(&token, "something that has an order", &[])
                .hint("`true` and `false` are compared with `==` and `!=`".to_owned())),
            literal => Ok(literal),
        }
    }

    /// A text that is looked for in the operand's text.
    pub(super) fn text_literal(&mut self, operand: &Operand) -> Parsed<String> {
        self.text_token(operand).map(|(text, _)| text)
    }

    /// A pattern that is looked for in the operand's text.
    pub(super) fn pattern(&mut self, operand: &Operand) -> Parsed<Regex> {
        let (text, token) = self.text_token(operand)?;
        RegexBuilder::new(&text)
            .size_limit(PATTERN_SIZE)
            .build()
            .map_err(|_| bad_pattern(&text, &token))
    }
}

impl<'a> Parser<'a> {
    fn text_token(&mut self, operand: &Operand) -> Parsed<(String, Token<'a>)> {
        let token = self.next();
        let text = match &token.kind {
            _ if *operand == Operand::Timestamp => {
                return Err(Fault::new(token.place(), "a timestamp is no text")
                    .hint("compare it by `<` and `>=`, or compare `day` or `hour`".to_owned()));
            }
            Kind::Quoted(text) => text.clone(),
            Kind::Word if takes_bare_words(operand) => token.text.to_owned(),
            Kind::Word => return Err(unquoted(&token, "a quoted text")),
            _ => return Err(mismatch(&token, "a quoted text", &[])),
        };
        Ok((text, token))
    }
}

/// Kinds of events, outcomes and statuses are names, and read better without quotes.
fn takes_bare_words(operand: &Operand) -> bool {
    matches!(operand, Operand::Event | Operand::Outcome | Operand::Status)
}

fn value(token: &Token<'_>, operand: &Operand) -> Parsed<Literal> {
    match &token.kind {
        Kind::Quoted(text) => Ok(Literal::Text(text.clone())),
        Kind::Number => parse_number(token.text)
            .map(Literal::Number)
            .ok_or_else(|| unquoted(token, "a number, a percentage or a duration such as `1h30m`")),
        Kind::Word if takes_bare_words(operand) => Ok(Literal::Text(token.text.to_owned())),
        Kind::Word => match token.text {
            "true" => Ok(Literal::Bool(true)),
            "false" => Ok(Literal::Bool(false)),
            word => Level::from_text(word).map(Literal::Level).ok_or_else(|| {
                unquoted(token, "a quoted text, a number, a level, `true` or `false`")
            }),
        },
        _ => Err(mismatch(token, "a quoted text, a number, a level, `true` or `false`", &[])),
    }
}

/// A kind of event. There are no others: one that is misspelt would silently never come.
fn event(token: &Token<'_>) -> Parsed<Literal> {
    let name = match &token.kind {
        Kind::Quoted(text) => text,
        Kind::Word => token.text,
        _ => return Err(mismatch(token, "a kind of event such as `session-end`", &[])),
    };
    if events().any(|known| known == name) {
        return Ok(Literal::Text(name.to_owned()));
    }
    let near = nearest(name, events());
    let known: Vec<&str> = events().collect();
    Err(Fault::new(token.place(), format!("there is no event `{name}`")).hint(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("events are {}", known.join(", ")),
    }))
}

/// A level; or, where only equality is asked for, the quoted name of one that is none of the six.
fn level(token: &Token<'_>, or_any_name: bool) -> Parsed<Literal> {
    let name = match &token.kind {
        Kind::Quoted(text) => text,
        Kind::Word => token.text,
        _ => return Err(mismatch(token, LEVEL_NAMES, &[])),
    };
    if let Some(level) = Level::from_text(name) {
        return Ok(Literal::Level(level));
    }
    if or_any_name && matches!(token.kind, Kind::Quoted(_)) {
        return Ok(Literal::Text(name.to_owned()));
    }
    let near = nearest(&name.to_uppercase(), Level::ALL.map(Level::name));
    Err(mismatch(token, LEVEL_NAMES, &[]).hint(match near {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if or_any_name => Some(format!("for a level of another name: \"{name}\"")),
        None => None,
    }))
}

/// An instant. A time without an offset stays a text until it is bound: only then is its zone
/// known.
fn time(token: &Token<'_>) -> Parsed<Literal> {
    let expected = || mismatch(token, "a time such as \"2026-11-22T06:00:00Z\"", &[]);
    match &token.kind {
        Kind::Quoted(text) => {
            let [utc, other] =
                [Zone::Utc, Zone::Fixed(3600)].map(|zone| Timestamp::from_text(text, &zone));
            match utc {
                None => {
                    let midnight = format!("{text}T00:00");
                    let is_day = Timestamp::from_text(&midnight, &Zone::Utc).is_some();
                    Err(expected().hint(is_day.then(|| {
                        format!(
                            "its midnight is \"{midnight}\"; the whole day is: day == \"{text}\""
                        )
                    })))
                }
                Some(time) if utc == other => Ok(Literal::Time(time)),
                Some(_) => Ok(Literal::Text(text.clone())),
            }
        }
        Kind::Number => Timestamp::from_number(token.text)
            .map(Literal::Time)
            .ok_or_else(|| expected().hint(format!("times are quoted: \"{}\"", token.text))),
        _ => Err(expected()),
    }
}

fn unquoted(token: &Token<'_>, what: &str) -> Fault {
    mismatch(token, what, &[]).hint(format!("texts are quoted: \"{}\"", token.text))
}

/// Why a pattern is none, and where: the reason and the place are told apart only by the parser
/// beneath [`Regex`].
fn bad_pattern(pattern: &str, token: &Token<'_>) -> Fault {
    let (reason, place) = match regex_syntax::parse(pattern) {
        Err(regex_syntax::Error::Parse(error)) => {
            (error.kind().to_string(), error.span().start.offset)
        }
        Err(regex_syntax::Error::Translate(error)) => {
            (error.kind().to_string(), error.span().start.offset)
        }
        _ => return Fault::new(token.place(), "this pattern takes too much memory"),
    };
    let column = pattern.get(..place).map_or(0, |before| before.chars().count()) + 1;
    let start = match token.kind {
        Kind::Quoted(_) => token.start + place_in_quoted(token.text, place),
        _ => token.start + place,
    };
    Fault::new(start..start, format!("wrong in column {column} of the pattern: {reason}"))
}
