//! The inside of a JSON string to text, whole or character by character.

/// The text of the inside of a valid JSON string, as [`super::Batch::text`] gives it.
#[must_use]
pub fn unescaped(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    unescape(raw, &mut out);
    out
}

/// Appends the text of the inside of a valid JSON string. A lone surrogate becomes U+FFFD; so
/// does, for want of anything better, an escape that JSON does not know (parsers refuse those).
pub(super) fn unescape(raw: &str, out: &mut String) {
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let (c, taken) = escape(&rest.as_bytes()[at + 1..]);
        out.push(c);
        rest = &rest[at + 1 + taken..];
    }
    out.push_str(rest);
}

/// The character of an escape, and how many of the bytes behind its backslash, which is not part
/// of `raw`, are the escape. The same rules as everywhere: see [`super::Batch::text`].
#[must_use]
pub fn escape(raw: &[u8]) -> (char, usize) {
    let simple = match raw.first() {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(&c @ (b'"' | b'\\' | b'/')) => c as char,
        Some(b'u') => return unicode(raw),
        _ => return (char::REPLACEMENT_CHARACTER, 0),
    };
    (simple, 1)
}

fn unicode(raw: &[u8]) -> (char, usize) {
    let Some(first) = hex4(raw, 1) else { return (char::REPLACEMENT_CHARACTER, 1) };
    if (0xd800..0xdc00).contains(&first)
        && raw.get(5..7) == Some(b"\\u")
        && let Some(second @ 0xdc00..0xe000) = hex4(raw, 7)
    {
        let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 11);
    }
    (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 5)
}

/// The number that the four hexadecimal digits at a place are, at most `0xffff`; `None` if they are
/// not that.
#[inline]
#[must_use]
pub fn hex4(raw: &[u8], at: usize) -> Option<u32> {
    let &[a, b, c, d] = raw.get(at..at + 4)? else { return None };
    let digit = |byte: u8| DIGITS[usize::from(byte)];
    // What is no digit has bits that no number has.
    let number = digit(a) << 12 | digit(b) << 8 | digit(c) << 4 | digit(d);
    (number <= 0xffff).then_some(number)
}

/// The value of every byte as a hexadecimal digit.
const DIGITS: [u32; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value] as usize] = value as u32;
        digits[b"0123456789ABCDEF"[value] as usize] = value as u32;
        value += 1;
    }
    digits
};
const NO_DIGIT: u32 = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(raw: &str) -> String {
        let mut out = String::new();
        unescape(raw, &mut out);
        out
    }

    #[test]
    fn pairs_and_lone_halves() {
        assert_eq!(text(r"a\ud83d\udcf1b"), "a📱b");
        assert_eq!(text(r"\ud83d"), "\u{fffd}");
        assert_eq!(text(r"\ud83dx\udcf1"), "\u{fffd}x\u{fffd}");
        assert_eq!(text(r"\ud83d\ud83d\udcf1"), "\u{fffd}📱");
        assert_eq!(text(r"\u0054ask\n\/\\"), "Task\n/\\");
        assert_eq!(text(r"\u00eF\u00e\u00g0\u:000"), "ï\u{fffd}00e\u{fffd}00g0\u{fffd}:000");
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json(s in "\\PC{0,20}[\\x00-\\x20\"\\\\]{0,6}\\PC{0,9}", ascii: bool) {
            let mut quoted = serde_json::to_string(&s).unwrap();
            if ascii {
                quoted = quoted.chars().flat_map(|c| match c {
                    c if c.is_ascii() => vec![c],
                    c => {
                        let mut units = [0; 2];
                        c.encode_utf16(&mut units).iter()
                            .flat_map(|u| format!("\\u{u:04X}").chars().collect::<Vec<_>>())
                            .collect()
                    }
                }).collect();
            }
            prop_assert_eq!(text(&quoted[1..quoted.len() - 1]), s);
        }
    }
}
