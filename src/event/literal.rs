//! Literals that a pattern requires at either end, and the question whether a JSON string, still
//! with its escapes, has the last one. What is refused by literals is never decoded.

use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Hir, HirKind};

use super::bytes;

/// A few literals of which every text that matches `hir` as a whole begins with one; none if it
/// may begin with anything.
pub(super) fn prefixes(hir: &Hir) -> Option<Box<[Box<[u8]>]>> {
    let prefixes = Extractor::new().extract(hir);
    let prefixes = prefixes.literals()?.iter().map(|literal| literal.as_bytes().into());
    Some(prefixes.collect())
}

/// What every text that matches `hir` as a whole ends with.
pub(super) fn suffix(hir: &Hir) -> Box<[u8]> {
    let mut suffix = Vec::new();
    trailing(hir, &mut suffix);
    suffix.reverse();
    suffix.into()
}

/// Appends, from the last byte to the first, what `hir` ends with; returns whether that is all.
fn trailing(hir: &Hir, out: &mut Vec<u8>) -> bool {
    match hir.kind() {
        HirKind::Empty => true,
        HirKind::Literal(literal) => {
            out.extend(literal.0.iter().rev());
            true
        }
        HirKind::Capture(group) => trailing(&group.sub, out),
        HirKind::Concat(parts) => parts.iter().rev().all(|part| trailing(part, out)),
        _ => false,
    }
}

/// The groups that take part in every match.
pub(super) fn certain_groups(hir: &Hir, out: &mut Vec<usize>) {
    match hir.kind() {
        HirKind::Capture(group) => {
            out.push(group.index as usize);
            certain_groups(&group.sub, out);
        }
        HirKind::Concat(parts) => parts.iter().for_each(|part| certain_groups(part, out)),
        _ => {}
    }
}

/// A text as formatters write it in a JSON string: what is not ASCII as `\u`, in lower case. None if
/// it has characters that are written in several ways.
pub(super) fn written(text: &[u8]) -> Option<Box<[u8]>> {
    let mut out = Vec::new();
    for c in std::str::from_utf8(text).ok()?.chars() {
        match c {
            '"' | '\\' => out.extend([b'\\', c as u8]),
            ' '..='~' => out.push(c as u8),
            '\0'..='\u{7f}' => return None,
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.extend(format!("\\u{unit:04x}").bytes());
                }
            }
        }
    }
    Some(out.into())
}

/// An answer about a text of which only the escaped form was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    /// An escape is in the way: the text must be decoded.
    Unsure,
}

impl From<bool> for Answer {
    fn from(yes: bool) -> Answer {
        if yes { Answer::Yes } else { Answer::No }
    }
}

/// Whether the text of an escaped string ends with `suffix`.
pub(super) fn ends(raw: &[u8], suffix: &[u8]) -> Answer {
    if suffix.is_empty() {
        return Answer::Yes;
    }
    // An escape is a backslash and at most five further bytes. Without a backslash in this
    // window the last bytes stand for themselves.
    let window = &raw[raw.len().saturating_sub(suffix.len() + 5)..];
    if bytes::has(window, b'\\') {
        return Answer::Unsure;
    }
    bytes::ends(raw, suffix).into()
}

/// Whether escapes that Python does not need for printable ASCII might spell such characters.
pub(super) fn may_hide_ascii(raw: &[u8]) -> bool {
    memchr::memmem::find(raw, b"\\u00").is_some() || memchr::memmem::find(raw, b"\\/").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use regex_syntax::ParserBuilder;

    fn literals(pattern: &str) -> (Option<String>, String) {
        let hir = ParserBuilder::new().dot_matches_new_line(true).build().parse(pattern).unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let prefixes =
            prefixes(&hir).map(|all| all.iter().map(|one| text(one)).collect::<Vec<_>>());
        (prefixes.map(|all| all.join("|")), text(&suffix(&hir)))
    }

    #[test]
    fn literals_at_both_ends() {
        let pair = |a: &str, b: &str| (Some(a.to_owned()), b.to_owned());
        assert_eq!(literals(r"\[WS\] 📱 (?<x>.+) gone"), pair("[WS] 📱 ", " gone"));
        assert_eq!(literals("all of it"), pair("all of it", "all of it"));
        assert_eq!(literals("a(?<x>b)c.*"), pair("abc", ""));
        assert_eq!(literals("(?i)ab"), pair("AB|Ab|aB|ab", ""));
        assert_eq!(literals("(?:ab|ac)d"), pair("abd|acd", "d"));
        assert_eq!(literals("x(?:yz)?"), pair("xyz|x", ""));
        assert_eq!(literals(".*x"), (None, "x".to_owned()));
    }

    #[test]
    fn groups_behind_a_choice_are_not_certain() {
        let hir = regex_syntax::parse("(a)(?:b(c))?((d)|e)f").unwrap();
        let mut groups = Vec::new();
        certain_groups(&hir, &mut groups);
        assert_eq!(groups, [1, 3]);
    }

    #[test]
    fn an_escape_in_the_way_is_unsure() {
        assert_eq!(ends(br"is done", b"done"), Answer::Yes);
        assert_eq!(ends(br"is gone", b"done"), Answer::No);
        assert_eq!(ends(br"is \u0064one", b"done"), Answer::Unsure);
    }

    /// A text and one of its spellings in JSON: some characters as `\u`, some as they are.
    fn spelled() -> impl Strategy<Value = (String, String)> {
        let character = prop_oneof![
            prop::sample::select(vec!['a', 'b', '\\', '"', '/', 'é', '📱', '\n']),
            any::<char>()
        ];
        prop::collection::vec((character, any::<bool>()), 0..24).prop_map(|characters| {
            let (mut text, mut raw) = (String::new(), String::new());
            for (c, escaped) in characters {
                text.push(c);
                if escaped || c < ' ' || c == '"' || c == '\\' {
                    let units = c.encode_utf16(&mut [0; 2]).to_vec();
                    raw.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
                } else {
                    raw.push(c);
                }
            }
            (text, raw)
        })
    }

    proptest! {
        #[test]
        fn answers_are_right((text, raw) in spelled(), cut in 0..24_usize, other in "[ab📱]{0,3}") {
            let cut = text.floor_char_boundary(cut);
            for part in [&text[cut..], &other] {
                match ends(raw.as_bytes(), part.as_bytes()) {
                    Answer::Yes => prop_assert!(text.ends_with(part)),
                    Answer::No => prop_assert!(!text.ends_with(part)),
                    Answer::Unsure => {}
                }
            }
        }
    }
}
