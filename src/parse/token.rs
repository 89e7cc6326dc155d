//! The tokens of JSON in one line: strings, numbers, literals, white space.
//!
//! Everything that RFC 8259 says below arrays and objects stands here. This module knows one
//! line and a place in it, and neither fields nor columns.

use super::simd::{Processor, Simd};
use crate::record::Reason;

/// Why a line is no record, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    /// The offset of the fault in its line, in bytes; the length of the line where it ends too
    /// early.
    pub(super) at: usize,
    /// What is wrong there.
    pub(super) reason: Reason,
}

/// What kind of value was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `null`.
    Null,
    /// A string, with or without backslashes.
    String { escaped: bool },
    /// A number; also `NaN` and its like, which have no value.
    Number,
    /// `true`, `false`, an array or an object.
    Other,
}

/// A reader of tokens.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    line: &'a [u8],
    at: usize,
    strict: bool,
    repaired: bool,
    processor: Processor,
}

impl<'a> Tokens<'a> {
    /// A reader from the start of a line. With `strict`, what could be mended is a fault.
    pub(super) fn new(processor: Processor, line: &'a [u8], strict: bool) -> Tokens<'a> {
        Tokens { line, at: 0, strict, repaired: false, processor }
    }

    /// A reader that goes on at a place within a line and mends what can be mended.
    pub(super) fn within(line: &'a [u8], at: usize) -> Tokens<'a> {
        Tokens {
            line,
            at,
            strict: false,
            repaired: false,
            processor: Processor::new(Simd::Portable),
        }
    }

    /// The offset of the next byte.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Whether something was taken that JSON does not know: a lone surrogate, a `NaN`.
    pub(super) fn repaired(&self) -> bool {
        self.repaired
    }

    /// Steps over one byte that has been peeked at.
    pub(super) fn advance(&mut self) {
        self.at += 1;
    }

    /// Steps over white space and shows the byte behind it.
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.line.get(self.at) {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                next => return next.copied(),
            }
        }
    }

    /// A fault at the next byte. Where there is none, the line has been cut.
    pub(super) fn fault(&self, reason: Reason) -> Fault {
        self.fault_at(self.at, reason)
    }

    fn fault_at(&self, at: usize, reason: Reason) -> Fault {
        if at < self.line.len() {
            Fault { at, reason }
        } else {
            Fault { at: self.line.len(), reason: Reason::Truncated }
        }
    }

    /// Reads a value that is neither array nor object.
    pub(super) fn scalar(&mut self) -> Result<Kind, Fault> {
        match self.line.get(self.at) {
            Some(b'"') => self.string().map(|escaped| Kind::String { escaped }),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true", Kind::Other),
            Some(b'f') => self.word(b"false", Kind::Other),
            Some(b'n') => self.word(b"null", Kind::Null),
            Some(b'N') => self.nonfinite(b"NaN"),
            Some(b'I') => self.nonfinite(b"Infinity"),
            Some(b'+' | b'.') => Err(self.fault(Reason::Number)),
            _ => Err(self.fault(Reason::Syntax)),
        }
    }

    fn word(&mut self, word: &[u8], kind: Kind) -> Result<Kind, Fault> {
        let rest = &self.line[self.at..];
        if rest.starts_with(word) {
            self.at += word.len();
            Ok(kind)
        } else if word.starts_with(rest) {
            Err(self.fault_at(self.line.len(), Reason::Truncated))
        } else {
            Err(self.fault(Reason::Syntax))
        }
    }

    /// Python writes numbers that JSON does not have.
    fn nonfinite(&mut self, word: &[u8]) -> Result<Kind, Fault> {
        let start = self.at;
        let kind = self.word(word, Kind::Number)?;
        if self.strict {
            return Err(Fault { at: start, reason: Reason::Nonfinite });
        }
        self.repaired = true;
        Ok(kind)
    }

    fn number(&mut self) -> Result<Kind, Fault> {
        if self.take(b'-') && self.line.get(self.at) == Some(&b'I') {
            self.at -= 1;
            return self.nonfinite(b"-Infinity");
        }
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        match self.line.get(self.at) {
            // `01`, `1.2.3`, `0x1f`, `1_000`: the number is what is wrong, not what follows it.
            Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'+' | b'-' | b'_') => {
                Err(self.fault(Reason::Number))
            }
            _ => Ok(Kind::Number),
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.line.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    /// At least one digit.
    fn digits(&mut self) -> Result<(), Fault> {
        let count = self.line[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { Err(self.fault(Reason::Number)) } else { Ok(()) }
    }

    /// Reads a string from its opening quote to behind its closing one; tells whether there are
    /// backslashes in it.
    pub(super) fn string(&mut self) -> Result<bool, Fault> {
        self.at += 1;
        let mut escaped = false;
        loop {
            self.at = self.processor.special(self.line, self.at);
            match self.line.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return Err(self.fault(Reason::ControlCharacter)),
            }
        }
    }

    /// Reads the escape whose backslash is the next byte.
    pub(super) fn escape(&mut self) -> Result<(), Fault> {
        match self.line.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 2;
                Ok(())
            }
            Some(b'u') => self.unicode(),
            Some(_) => Err(self.fault(Reason::Escape)),
            None => Err(self.fault_at(self.line.len(), Reason::Truncated)),
        }
    }

    /// `\uXXXX`, together with the second half of its pair if it is a first half.
    fn unicode(&mut self) -> Result<(), Fault> {
        let unit = self.unit(self.at).ok_or_else(|| {
            let digits = self.line[self.at + 2..].iter().take_while(|b| b.is_ascii_hexdigit());
            match self.at + 2 + digits.count() {
                end if end == self.line.len() => self.fault_at(end, Reason::Truncated),
                _ => self.fault(Reason::Escape),
            }
        })?;
        let paired = || matches!(self.unit(self.at + 6), Some(0xdc00..=0xdfff));
        match unit {
            0xd800..=0xdbff if paired() => self.at += 12,
            0xd800..=0xdfff if self.strict => return Err(self.fault(Reason::Encoding)),
            0xd800..=0xdfff => {
                self.repaired = true;
                self.at += 6;
            }
            _ => self.at += 6,
        }
        Ok(())
    }

    /// The UTF-16 unit of a whole `\uXXXX` at an offset.
    fn unit(&self, at: usize) -> Option<u32> {
        let digits = self.line.get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |unit, &byte| Some(unit * 16 + char::from(byte).to_digit(16)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn a_fault_has_a_reason_and_a_place() {
        use Reason::{ControlCharacter, Encoding, Escape, Nonfinite, Number, Syntax, Truncated};
        for (text, strict, at, reason) in [
            ("01", false, 1, Number),
            ("-x", false, 1, Number),
            ("1.", false, 2, Truncated),
            ("1.}", false, 2, Number),
            ("1e+}", false, 3, Number),
            ("+1", false, 0, Number),
            ("-Infinit}", false, 0, Syntax),
            ("tru", false, 3, Truncated),
            ("True", false, 0, Syntax),
            ("NaN", true, 0, Nonfinite),
            ("-Infinity", true, 0, Nonfinite),
            ("\"a\tb\"", false, 2, ControlCharacter),
            ("\"abc", false, 4, Truncated),
            ("\"ab\\", false, 4, Truncated),
            ("\"ab\\x\"", false, 3, Escape),
            ("\"ab\\u12", false, 7, Truncated),
            ("\"ab\\u12\"", false, 3, Escape),
            ("\"ab\\u+123\"", false, 3, Escape),
            ("\"ab\\ud800\"", true, 3, Encoding),
            ("\"ab\\ud83d\\ud83d\\udcf1\"", true, 3, Encoding),
        ] {
            let fault = Tokens::new(Processor::new(Simd::detect()), text.as_bytes(), strict)
                .scalar()
                .unwrap_err();
            assert_eq!(fault, Fault { at, reason }, "{text}");
        }
    }
}
