//! Templates of messages: what differs from one message to the next is masked, so that the same
//! trouble is counted once.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Messages are looked at up to this many bytes of their first line.
const LOOKED_AT: usize = 300;
/// A template is cut behind this many characters.
const LONGEST: usize = 160;

/// In the order of the alternatives: quoted text, a UUID, a run of hexadecimal digits (an
/// identifier if there is a decimal digit in it), a number with its fraction (also as a part of a
/// name: `task_17`, `10.0.0.1`, `3.5s`), and quoted text that was cut off.
static VARYING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let quoted = r#"'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*""#;
    let uuid = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";
    let hexadecimal = r"0x[0-9a-fA-F]+|[0-9a-fA-F]{8,}";
    let number = r"[0-9]+(?:[.:,][0-9]+)*";
    let open = r#"'[^']*$|"[^"]*$"#;
    Regex::new(&format!("({quoted})|({uuid})|({hexadecimal})|({number})|({open})")).ok()
});

/// The template of a message: its first line with quoted text as `'…'`, identifiers as `<id>`
/// and numbers as `<n>`.
///
/// An apostrophe within a word opens no quotation, so `don't` stays as it is.
///
/// ```
/// use ufo_logscan::aggregate::template;
/// let message = "Session 0579e802-6cd5-4816-85cf-b2cfcf4c3f58 took 3.1s for 'device_1'";
/// assert_eq!(template(message), "Session <id> took <n>s for '…'");
/// ```
#[must_use]
pub fn template(message: &str) -> String {
    let line = message.split(['\n', '\r']).find(|line| !line.trim().is_empty()).unwrap_or("");
    let line = &line[..line.floor_char_boundary(LOOKED_AT)];
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    // Apostrophes of words are stepped over, everything between them is masked.
    while let Some(at) = word_apostrophe(rest) {
        out.push_str(&mask(&rest[..at]));
        out.push('\'');
        rest = &rest[at + 1..];
    }
    out.push_str(&mask(rest));
    match out.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", &out[..cut]),
        None => out,
    }
}

/// The first apostrophe with a letter on both sides that stands outside quotations.
fn word_apostrophe(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut open = None;
    for at in memchr::memchr2_iter(b'\'', b'"', bytes) {
        let letter = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphabetic);
        let quote = bytes[at];
        match open {
            Some(opened) if opened == quote => open = None,
            Some(_) => {}
            None if quote == b'\''
                && at > 0
                && letter(bytes.get(at - 1))
                && letter(bytes.get(at + 1)) =>
            {
                return Some(at);
            }
            None => open = Some(quote),
        }
    }
    None
}

fn mask(text: &str) -> std::borrow::Cow<'_, str> {
    let Some(varying) = VARYING.as_ref() else { return text.into() };
    varying.replace_all(text, |found: &Captures<'_>| {
        let text = &found[0];
        match (1..=5).find(|group| found.get(*group).is_some()) {
            Some(1 | 5) if text.starts_with('\'') => "'…'".to_owned(),
            Some(1 | 5) => "\"…\"".to_owned(),
            Some(3) if !text.contains(|c: char| c.is_ascii_digit()) => text.to_owned(),
            Some(2 | 3) => "<id>".to_owned(),
            _ => "<n>".to_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_is_masked() {
        for (message, expected) in [
            (
                "[WS] device_flaky_009 disconnected - code=4000, reason=bye",
                "[WS] device_flaky_<n> disconnected - code=<n>, reason=bye",
            ),
            ("No running task found for x@task_d7776123", "No running task found for x@task_<id>"),
            ("Client device_offline_9 not online.", "Client device_offline_<n> not online."),
            (
                "duplicate client_id rejected: client_id 'a 1' is",
                "duplicate client_id rejected: client_id '…' is",
            ),
            ("don't retry 'x' and \"y\" at 0xdeadbeef", "don't retry '…' and \"…\" at <id>"),
            ("cut 'in the middle of a quot", "cut '…'"),
            ("10.0.0.1:50356 at 12:30:01", "<n> at <n>"),
            ("\n\nTraceback:\n  File", "Traceback:"),
            ("", ""),
            ("decade facade", "decade facade"),
        ] {
            assert_eq!(template(message), expected, "{message}");
        }
        assert_eq!(template(&"é".repeat(1000)).chars().count(), LOOKED_AT / 2);
    }
}
