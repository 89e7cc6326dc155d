//! A slow reader of records, written for being obviously right: RFC 8259 production by
//! production, recursive, over characters.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

/// What is to be said of a line that is a record.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) repaired: bool,
    pub(super) duplicate: bool,
}

/// The verdict on a line without BOM and NULs; `None` if it is malformed.
pub(super) fn read(line: &[u8], strict: bool) -> Option<Verdict> {
    let text = String::from_utf8_lossy(line);
    let mut reader = Reader { rest: &text, verdict: Verdict::default() };
    reader.verdict.repaired = std::str::from_utf8(line).is_err();
    reader.space();
    reader.object(1)?;
    reader.space();
    let verdict = reader.verdict;
    (reader.rest.is_empty() && !(strict && verdict.repaired)).then_some(verdict)
}

static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?").unwrap());
static STRING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*""#).unwrap()
});

struct Reader<'a> {
    rest: &'a str,
    verdict: Verdict,
}

impl<'a> Reader<'a> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn take(&mut self, token: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(token)?;
        Some(())
    }

    fn pattern(&mut self, pattern: &Regex) -> Option<&'a str> {
        let (token, rest) = self.rest.split_at(pattern.find(self.rest)?.end());
        self.rest = rest;
        Some(token)
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.rest.chars().next()? {
            '{' => self.object(depth),
            '[' => self.array(depth),
            '"' => self.string().map(|_| ()),
            _ => {
                for word in ["true", "false", "null"] {
                    if self.take(word).is_some() {
                        return Some(());
                    }
                }
                for word in ["NaN", "Infinity", "-Infinity"] {
                    if self.take(word).is_some() {
                        self.verdict.repaired = true;
                        return Some(());
                    }
                }
                self.pattern(&NUMBER).map(|_| ())
            }
        }
    }

    fn list(&mut self, end: &str, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.space();
        if self.take(end).is_some() {
            return Some(());
        }
        loop {
            self.space();
            item(self)?;
            self.space();
            if self.take(",").is_none() {
                return self.take(end);
            }
        }
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        self.take("[").filter(|()| depth <= 128)?;
        self.list("]", |reader| reader.value(depth + 1))
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        self.take("{").filter(|()| depth <= 128)?;
        let mut keys = HashSet::new();
        self.list("}", |reader| {
            let key = reader.string()?;
            reader.verdict.duplicate |= !keys.insert(key);
            reader.space();
            reader.take(":")?;
            reader.space();
            reader.value(depth + 1)
        })
    }

    /// The text of a string, by way of UTF-16.
    fn string(&mut self) -> Option<String> {
        let raw = self.pattern(&STRING)?;
        let mut units = Vec::new();
        let mut inside = raw[1..raw.len() - 1].chars();
        while let Some(c) = inside.next() {
            let c = match c {
                '\\' => match inside.next()? {
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => {
                        let digits: String = inside.by_ref().take(4).collect();
                        units.push(u16::from_str_radix(&digits, 16).ok()?);
                        continue;
                    }
                    c => c,
                },
                c => c,
            };
            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
        }
        self.verdict.repaired |= String::from_utf16(&units).is_err();
        Some(String::from_utf16_lossy(&units))
    }
}
