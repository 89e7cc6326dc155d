//! The template of a message piece by piece, as it can be read: what the fast form must give too.

use super::{IDENTIFIER, LONGEST, LOOKED_AT};

pub(in super::super) fn template(message: &str) -> String {
    let line = message.split(['\n', '\r']).find(|line| !line.trim().is_empty()).unwrap_or("");
    let line = &line[..line.floor_char_boundary(LOOKED_AT)];
    let mut out = String::with_capacity(line.len());
    let mut at = 0;
    while let Some(&byte) = line.as_bytes().get(at) {
        let (mask, length) = match byte {
            b'\'' | b'"' => quotation(line.as_bytes(), at),
            b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' => run(&line.as_bytes()[at..]),
            _ => (None, plain(&line.as_bytes()[at..])),
        };
        match mask {
            Some(mask) => out.push_str(mask),
            None => out.push_str(&line[at..at + length]),
        }
        at += length;
    }
    match out.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", &out[..cut]),
        None => out,
    }
}

/// What stands for a piece of the line, if it is masked, and how long the piece is. Pieces begin
/// and end at ASCII characters or at the end of the line, and so never within a character.
type Piece = (Option<&'static str>, usize);

/// How many bytes follow that begin neither a quotation nor a run of hexadecimal digits.
fn plain(rest: &[u8]) -> usize {
    let begins = |byte: &u8| matches!(byte, b'\'' | b'"') || byte.is_ascii_hexdigit();
    rest.iter().position(begins).unwrap_or(rest.len())
}

fn quotation(line: &[u8], at: usize) -> Piece {
    let quote = line[at];
    let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
    let within_word = at > 0 && letter(line.get(at - 1)) && letter(line.get(at + 1));
    if quote == b'\'' && within_word {
        return (None, 1);
    }
    let mut end = at + 1;
    while end < line.len() && line[end] != quote {
        end += if line[end] == b'\\' { 2 } else { 1 };
    }
    let mask = if quote == b'"' { "\"…\"" } else { "'…'" };
    (Some(mask), (end + 1).min(line.len()) - at)
}

/// A run of hexadecimal digits: an identifier, a number, or a part of a word.
fn run(rest: &[u8]) -> Piece {
    let length = digits(rest, u8::is_ascii_hexdigit);
    if let Some(length) = uuid(rest, length) {
        return (Some("<id>"), length);
    }
    if length >= IDENTIFIER && rest[..length].iter().any(u8::is_ascii_digit) {
        return (Some("<id>"), length);
    }
    if rest.starts_with(b"0x") && rest.get(2).is_some_and(u8::is_ascii_hexdigit) {
        return (Some("<id>"), 2 + digits(&rest[2..], u8::is_ascii_hexdigit));
    }
    if rest[0].is_ascii_digit() { (Some("<n>"), number(rest)) } else { (None, letters(rest)) }
}

/// The letters that a run begins with; its digits are a piece of their own.
fn letters(rest: &[u8]) -> usize {
    digits(rest, u8::is_ascii_alphabetic)
}

fn digits(rest: &[u8], is: impl Fn(&u8) -> bool) -> usize {
    rest.iter().take_while(|byte| is(byte)).count()
}

/// The length of a number with its points, commas and colons between digits.
fn number(rest: &[u8]) -> usize {
    let mut length = digits(rest, u8::is_ascii_digit);
    while let [b'.' | b':' | b',', digit, ..] = &rest[length..]
        && digit.is_ascii_digit()
    {
        length += 1 + digits(&rest[length + 1..], u8::is_ascii_digit);
    }
    length
}

/// The length of a UUID whose first part has so many digits.
fn uuid(rest: &[u8], first: usize) -> Option<usize> {
    if first != 8 {
        return None;
    }
    let mut at = first;
    for part in [4, 4, 4, 12] {
        let digits = rest.get(at + 1..=at + part)?;
        if rest[at] != b'-' || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        at += 1 + part;
    }
    Some(at)
}
