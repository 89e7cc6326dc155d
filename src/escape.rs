//! The one place where text from a log is made fit to be shown: secrets masked, everything that
//! could steer a terminal or deceive a reader escaped, and lines cut by display width.
//!
//! Every format and every message on standard error goes through here. The module knows nothing
//! of reports.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What stands in the place of a secret.
const MASK: &str = "***";

/// The name of a secret with all that may stand between it and its value: quotes, a separator,
/// an opening quote (the group `quote`), the scheme of an `Authorization`.
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"(?ix-u)
        (?: token | api[_-]?key | access[_-]?key | private[_-]?key | secret(?:[_-]?key)?
          | passw(?:or)?d | pwd | authorization )
        (?: \\?["'] )? [\ \t]* (?: ={1,2} | : | %3d ) [\ \t]*
        (?: b?(?<quote> \\?["'] ) )?
        (?: (?: bearer | basic | digest | token ) [\ \t]+ )?
      | \b bearer [\ \t]+"#;
    Regex::new(pattern).expect("the pattern is fixed and compiles")
});

/// Replaces the values of secrets by `***`: `token=…` and every name ending so, API keys,
/// passwords, `Authorization: Bearer …`.
///
/// A quoted value ends at its closing quote, any other at white space or one of
/// ``& " ' ` ) ] } ; ,``. Masking twice changes nothing more.
///
/// ```
/// use ufo_logscan::escape::mask;
/// assert_eq!(mask("GET /ws?token=abc&client=7"), "GET /ws?token=***&client=7");
/// assert_eq!(mask("Authorization: Bearer abc"), "Authorization: Bearer ***");
/// ```
#[must_use]
pub fn mask(text: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    let mut done = 0;
    while let Some(found) = SECRET.captures_at(text, done) {
        let value = found.get_match().end();
        let end = value + secret_length(&found, &text[value..]);
        masked.push_str(&text[done..value]);
        if end > value {
            masked.push_str(MASK);
        }
        done = end;
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[done..]);
    Cow::Owned(masked)
}

/// How many bytes of `rest`, which follows what was found, are the secret.
fn secret_length(found: &Captures<'_>, rest: &str) -> usize {
    let quoted = match found.name("quote").map(|quote| quote.as_str()) {
        Some(quote) if quote.len() == 1 => closing_quote(rest, quote.as_bytes()[0]),
        Some(quote) => rest.find(quote),
        None => None,
    };
    let ends = |c: char| c.is_whitespace() || "&\"'`)]};,".contains(c);
    quoted.or_else(|| rest.find(ends)).unwrap_or(rest.len())
}

/// Where the first `quote` stands that no backslash precedes.
fn closing_quote(text: &str, quote: u8) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == quote && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

/// Whether a character is not shown as itself: it could steer a terminal, break a line, reorder
/// what stands around it, or hide.
fn is_hidden(c: char) -> bool {
    matches!(c,
        // C0, DEL and C1; U+009B alone begins a control sequence on some terminals.
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        // Soft hyphen, Arabic letter mark, Mongolian vowel separator.
        | '\u{ad}' | '\u{61c}' | '\u{180e}'
        // Zero-width characters, bidirectional marks and overrides, line separators.
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        // Byte order mark, interlinear annotation, shorthand and musical format controls.
        | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        // Tags: a whole text can be written in them without being seen.
        | '\u{e0000}'..='\u{e0fff}')
}

/// Makes text from a log fit for a terminal, a pipe or a file: masked, then [`visible`].
///
/// ```
/// use ufo_logscan::escape::terminal;
/// assert_eq!(terminal("red \x1b[31m\r\nnext"), r"red \x1b[31m\r\nnext");
/// ```
#[must_use]
pub fn terminal(text: &str) -> Cow<'_, str> {
    match mask(text) {
        Cow::Borrowed(text) => visible(text),
        Cow::Owned(masked) => Cow::Owned(visible(&masked).into_owned()),
    }
}

/// Escapes without masking, for names that the user wrote: `\n`, `\r`, `\t`, `\x1b`, `\u{202e}`.
///
/// A backslash of the text itself stays single, so that Windows paths stay readable.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        // Writing to a string cannot fail.
        let _ = match c {
            '\n' | '\r' | '\t' => write!(shown, "{}", c.escape_default()),
            c if !is_hidden(c) => write!(shown, "{c}"),
            c if c.is_ascii() => write!(shown, "\\x{:02x}", u32::from(c)),
            c => write!(shown, "\\u{{{:x}}}", u32::from(c)),
        };
    }
    Cow::Owned(shown)
}

/// Appends text from a log as a JSON string with its quotes: masked, then [`json_quoted`].
pub fn json_string(text: &str, out: &mut String) {
    json_quoted(&mask(text), out);
}

/// Appends a JSON string with its quotes, without masking. What [`visible`] escapes is written
/// as `\uXXXX`, so that the JSON can be shown anywhere and still says the same.
pub fn json_quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Appends text to HTML, [`visible`], without masking: fit for the content of an element and for a
/// value of an attribute in double quotes.
pub fn html(text: &str, out: &mut String) {
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

/// How many columns of a terminal a text takes that has been escaped.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text cut to at most so many columns, with `…` in the last one where it was cut.
///
/// ```
/// use ufo_logscan::escape::fit;
/// assert_eq!(fit("设备已连接", 7), "设备已…");
/// ```
#[must_use]
pub fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    match columns.checked_sub(1) {
        Some(left) => Cow::Owned(format!("{}…", cut(text, left))),
        None => Cow::Borrowed(""),
    }
}

/// The longest beginning of a text that surely takes no more than so many columns.
///
/// Joined characters are counted one by one, as simple terminals show them; a variation
/// selector counts one, because it can make the character before it wide.
#[must_use]
pub fn cut(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, c)| {
        let widens = matches!(c, '\u{fe01}' | '\u{fe0f}');
        used += c.width().unwrap_or(0) + usize::from(widens);
        used > columns
    });
    end.map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn secrets_are_masked_in_every_spelling() {
        for (text, meant) in [
            ("ws://h/ws?token=abc.def&x=1", "ws://h/ws?token=***&x=1"),
            ("access_token=abc, next", "access_token=***, next"),
            ("refresh-token: abc", "refresh-token: ***"),
            ("API_KEY=abc;", "API_KEY=***;"),
            ("apikey = abc)", "apikey = ***)"),
            ("{'api-key': 'abc'}", "{'api-key': '***'}"),
            (r#"{"password":"two words","n":1}"#, r#"{"password":"***","n":1}"#),
            (r#"{"password":"a\"b c","n":1}"#, r#"{"password":"***","n":1}"#),
            (r#"{\"passwd\": \"a b\", \"n\": 1}"#, r#"{\"passwd\": \"***\", \"n\": 1}"#),
            ("pwd=x]", "pwd=***]"),
            ("client_secret=x}", "client_secret=***}"),
            ("SECRET_KEY=x y", "SECRET_KEY=*** y"),
            ("aws_secret_access_key: x", "aws_secret_access_key: ***"),
            ("Authorization: Bearer a.b-c", "Authorization: Bearer ***"),
            ("authorization: basic dXNlcg==", "authorization: basic ***"),
            (r#""Authorization": "Bearer x y""#, r#""Authorization": "Bearer ***""#),
            ("authorization=abc", "authorization=***"),
            ("b'authorization': b'Bearer x'", "b'authorization': b'Bearer ***'"),
            ("sent BEARER abc to", "sent BEARER *** to"),
            ("X-API-Key: abc", "X-API-Key: ***"),
            ("token%3Dabc", "token%3D***"),
            ("token == \"abc\"", "token == \"***\""),
            ("token=a&token=b", "token=***&token=***"),
            ("token=\"unclosed rest", "token=\"*** rest"),
            ("token=密码 x", "token=*** x"),
            ("token=", "token="),
            ("token=&x=1", "token=&x=1"),
            ("token='' x", "token='' x"),
        ] {
            assert_eq!(mask(text), meant, "{text}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in
            ["max_tokens=512", "token bucket full", "forbearer x", "secretary: Ann", "C:\\new", ""]
        {
            assert!(matches!(mask(text), Cow::Borrowed(t) if t == text), "{text}");
        }
    }

    #[test]
    fn controls_become_visible() {
        assert_eq!(terminal("a\u{9b}b\u{202e}c\0\x7f"), r"a\u{9b}b\u{202e}c\x00\x7f");
        assert_eq!(terminal("token=a\x1b[2J b"), "token=*** b");
        assert_eq!(terminal("⚠️ 设备 é"), "⚠️ 设备 é");
    }

    #[test]
    fn json_keeps_the_meaning() {
        let mut out = String::new();
        json_string("\u{e0041}\u{2028}\"\\\n\x1b", &mut out);
        assert_eq!(out, r#""\udb40\udc41\u2028\"\\\n\u001b""#);
    }

    #[test]
    fn cutting_counts_columns() {
        assert_eq!(fit("abc", 3), "abc");
        assert_eq!(fit("abcd", 3), "ab…");
        assert_eq!(fit("设备", 3), "设…");
        assert_eq!(fit("设备", 2), "…");
        assert_eq!(fit("设备", 0), "");
        assert_eq!(fit("e\u{301}e\u{301}e", 2), "e\u{301}…");
    }

    proptest! {
        #[test]
        fn a_cut_text_fits(text in "(\\PC|[👨🏽️⚠❤لاक्ष设]){0,30}", columns in 0_usize..20) {
            let shown = fit(&text, columns);
            prop_assert!(width(&shown) <= columns, "{shown:?}");
            prop_assert!(text.starts_with(shown.trim_end_matches('…')));
        }

        #[test]
        fn escaping_leaves_nothing_hidden(text in any::<String>()) {
            let shown = terminal(&text);
            prop_assert!(!shown.chars().any(is_hidden));
            prop_assert_eq!(visible(&shown), shown.as_ref());
        }

        #[test]
        fn json_gives_back_what_was_masked(text in any::<String>()) {
            let mut out = String::new();
            json_string(&text, &mut out);
            prop_assert!(!out.chars().any(is_hidden));
            prop_assert_eq!(serde_json::from_str::<String>(&out).unwrap(), mask(&text));
        }

        #[test]
        fn masking_is_idempotent(
            parts in proptest::collection::vec(
                prop::sample::select(vec![
                    "token", "Bearer", "secret", "authorization", "=", ":", " ", "\"", "'", "\\",
                    "&", "abc", ",", "\n", "b'", "%3D",
                ]),
                0..12,
            )
        ) {
            let once = mask(&parts.concat()).into_owned();
            prop_assert_eq!(mask(&once), once.as_str());
        }
    }
}
