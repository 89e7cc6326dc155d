//! Which messages have a chance, by their first character, in whatever spelling.
//!
//! Most messages of a log have none, and this tells so in a few instructions without a branch.

/// The first characters of some literals.
#[derive(Debug)]
pub(super) struct First {
    /// By the first raw byte; and behind those by a hash of an escape's digits.
    admitted: [bool; 512],
    /// Whether an empty message has a chance.
    empty: bool,
}

impl First {
    /// Admits every message.
    pub(super) fn any() -> First {
        First { admitted: [true; 512], empty: true }
    }

    /// Admits the messages that begin with one of some literals; none of them means any message.
    pub(super) fn new<'a>(literals: impl Iterator<Item = Option<&'a [Box<[u8]>]>>) -> First {
        let mut first = First { admitted: [false; 512], empty: false };
        let Some(literals) = literals.collect::<Option<Vec<_>>>() else { return First::any() };
        for literal in literals.into_iter().flatten() {
            let Some(&byte) = literal.first() else { return First::any() };
            first.admitted[usize::from(byte)] = true;
            match literal.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next()) {
                // These have short escapes too, or stand for broken ones.
                None | Some('"' | '\\' | '/' | '\0'..' ' | char::REPLACEMENT_CHARACTER) => {
                    first.admitted[256..].fill(true);
                }
                Some(c) => {
                    let digits = format!("\\u{:04x}", c.encode_utf16(&mut [0; 2])[0]);
                    first.admitted[place(digits.as_bytes())] = true;
                }
            }
        }
        first
    }

    /// Whether a message has a chance that stands at the beginning of `raw` and is so long.
    #[inline]
    pub(super) fn admits(&self, raw: &[u8], len: usize) -> bool {
        if len == 0 { self.empty } else { self.admitted[place(raw)] }
    }
}

/// Where a message is looked up; what follows it does not matter, because an escape is long
/// enough.
#[inline]
fn place(raw: &[u8]) -> usize {
    let digits =
        raw.get(2..6).and_then(|digits| digits.try_into().ok()).map_or(0, u32::from_le_bytes);
    // Letters in either case, and digits, of which this bit is set anyway.
    let hash = (digits | 0x2020_2020).wrapping_mul(0x9e37_79b1) >> 24;
    if raw[0] == b'\\' { 256 + hash as usize } else { usize::from(raw[0]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::tests::texts::spell;
    use proptest::prelude::*;

    fn first(literals: &[&str]) -> First {
        let literals: Vec<Box<[u8]>> = literals.iter().map(|one| one.as_bytes().into()).collect();
        First::new([Some(&*literals)].into_iter())
    }

    #[test]
    fn few_characters_are_admitted() {
        let first = first(&["[WS] ", "✅ "]);
        for (raw, admitted) in [
            ("[WS] x", true),
            ("✅", true),
            (r"\u2705", true),
            ("Heartbeat", false),
            (r"\ud83d\udce4 Sending", false),
            ("", false),
        ] {
            assert_eq!(first.admits(raw.as_bytes(), raw.len()), admitted, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn no_spelling_is_refused(c: char, behind in "\\PC{0,3}") {
            let first = first(&[&c.to_string(), "x"]);
            for how in 0..4 {
                let raw = format!("{}{behind}", spell(c, how));
                prop_assert!(first.admits(raw.as_bytes(), raw.len()), "{}", raw);
            }
        }
    }
}
