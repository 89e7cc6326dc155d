//! Expressions as tokens: words, numbers, quoted texts and symbols. Meaning is not known here.

use std::iter;
use std::ops::Range;

use super::fault::{Fault, Parsed};

/// What kind of token it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A name or keyword; hyphens and dots may stand inside.
    Word,
    /// Whatever begins like a number, its unit included.
    Number,
    /// A quoted text, decoded.
    Quoted(String),
    /// An operator or a bracket.
    Symbol,
    /// The end of the expression; the last token, and the only one without text.
    End,
}

/// A token with its text as written and where that starts.
#[derive(Debug, Clone)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) start: usize,
}

impl Token<'_> {
    /// Its place in the expression, in bytes.
    pub(super) fn place(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}

/// Longer ones first: a symbol is the longest that fits.
const SYMBOLS: [&str; 14] =
    ["==", "!=", "<=", ">=", "=~", "!~", "<", ">", "(", ")", "[", "]", ",", "."];

/// All tokens of an expression, the last one its end.
pub(super) fn tokens(text: &str) -> Parsed<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut start = 0;
    loop {
        start = text.len() - text[start..].trim_start().len();
        let rest = &text[start..];
        let (kind, len) = match rest.chars().next() {
            None => (Kind::End, 0),
            Some('"' | '\'') => quoted(rest, start)?,
            Some(c) if is_word_char(c) && !c.is_numeric() => (Kind::Word, word_len(rest)),
            Some(_) if begins_number(rest) => (Kind::Number, number_len(rest)),
            Some(c) => (Kind::Symbol, symbol_len(rest).ok_or_else(|| unknown(c, start))?),
        };
        let end = kind == Kind::End;
        tokens.push(Token { kind, text: &rest[..len], start });
        if end {
            return Ok(tokens);
        }
        start += len;
    }
}

/// Whether a name can be written as it stands, without quotes.
pub(super) fn is_plain_word(name: &str) -> bool {
    name.chars().next().is_some_and(|c| is_word_char(c) && !c.is_numeric())
        && word_len(name) == name.len()
        && !name.contains('.')
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '@')
}

/// Hyphens and dots belong to a word where it goes on behind them.
fn word_len(rest: &str) -> usize {
    let goes_on = |at: usize| rest[at..].chars().next().is_some_and(is_word_char);
    rest.char_indices()
        .find(|&(at, c)| !(is_word_char(c) || matches!(c, '-' | '.') && goes_on(at + 1)))
        .map_or(rest.len(), |(at, _)| at)
}

fn begins_number(rest: &str) -> bool {
    rest.strip_prefix('-').unwrap_or(rest).starts_with(|c: char| c.is_ascii_digit())
}

/// Takes whatever may stand in an unquoted time too: that is one thing that is no number.
fn number_len(rest: &str) -> usize {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '.' | '%' | '_' | '-' | '+' | ':');
    rest.find(|c| !inside(c)).unwrap_or(rest.len())
}

fn symbol_len(rest: &str) -> Option<usize> {
    SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)).map(|symbol| symbol.len())
}

fn unknown(c: char, start: usize) -> Fault {
    let hint = match c {
        '=' => Some("`==` compares"),
        '!' => Some("the word is `not`"),
        '&' => Some("the word is `and`"),
        '|' => Some("the word is `or`"),
        '“' | '”' | '‘' | '’' | '`' => Some("quotes are \" or '"),
        _ => None,
    };
    let message = format!("`{}` has no meaning here", c.escape_debug());
    Fault::new(start..start + c.len_utf8(), message).hint(hint.map(str::to_owned))
}

fn quoted(rest: &str, start: usize) -> Parsed<(Kind, usize)> {
    let mark = rest.as_bytes()[0] as char;
    let mut escaped = false;
    let end = rest.char_indices().skip(1).find(|&(_, c)| {
        let closes = c == mark && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    });
    match end {
        Some((end, _)) => {
            let text = characters(&rest[1..end]).map(|(_, c)| c).collect();
            Ok((Kind::Quoted(text), end + 1))
        }
        None => Err(Fault::new(start..start + 1, format!("this {mark} is never closed"))),
    }
}

/// The characters that the inside of a quoted text means, each with where it is written. `\"`,
/// `\'`, `\\`, `\n`, `\t` are escapes; any other backslash is itself, for patterns such as `\d`.
fn characters(inside: &str) -> impl Iterator<Item = (usize, char)> {
    let mut chars = inside.char_indices().peekable();
    iter::from_fn(move || {
        let (at, c) = chars.next()?;
        let meant = match (c, chars.peek()) {
            ('\\', Some((_, 'n'))) => '\n',
            ('\\', Some((_, 't'))) => '\t',
            ('\\', Some(&(_, c @ ('"' | '\'' | '\\')))) => c,
            _ => return Some((at, c)),
        };
        chars.next();
        Some((at, meant))
    })
}

/// Where in a quoted token the byte `offset` of its decoded text is written.
pub(super) fn place_in_quoted(token: &str, offset: usize) -> usize {
    let inside = token.get(1..token.len() - 1).unwrap_or("");
    let mut decoded = 0;
    for (at, c) in characters(inside) {
        if decoded >= offset {
            return at + 1;
        }
        decoded += c.len_utf8();
    }
    inside.len() + 1
}

/// The quoted form of a text; reads back as the same text.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
