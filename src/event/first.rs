//! Which messages have a chance, by their first character, in whatever spelling.
//!
//! Most messages of a log have none, and this tells so in a few instructions without a branch.

use std::hint::select_unpredictable;

use crate::record::Text;

/// The first characters of some literals.
#[derive(Debug)]
pub(super) struct First {
    /// By the first raw byte; and behind those by a hash of an escape's digits.
    admitted: [bool; 512],
}

/// An escape and a little more.
const HEAD: usize = 8;

impl First {
    /// Admits every message.
    pub(super) fn any() -> First {
        First { admitted: [true; 512] }
    }

    /// Admits the messages that begin with one of some literals; none of them means any message.
    pub(super) fn new<'a>(literals: impl Iterator<Item = Option<&'a [Box<[u8]>]>>) -> First {
        let mut first = First { admitted: [false; 512] };
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
                    let mut head = [0; HEAD];
                    let digits = format!("\\u{:04x}", c.encode_utf16(&mut [0; 2])[0]);
                    head[..digits.len()].copy_from_slice(digits.as_bytes());
                    first.admitted[place(head)] = true;
                }
            }
        }
        first
    }

    /// Whether a message has a chance, which must be one. An empty one may get it from what
    /// follows it.
    #[inline]
    pub(super) fn admits(&self, bytes: &[u8], message: Text) -> bool {
        let start = message.place().0 as usize;
        match bytes.get(start..start + HEAD).and_then(|head| head.first_chunk()) {
            Some(head) => self.admitted[place(*head)],
            None => self.admits_last(bytes.get(start..)),
        }
    }

    /// The same for a message at the end of everything, if there is one.
    #[cold]
    fn admits_last(&self, rest: Option<&[u8]>) -> bool {
        rest.is_some_and(|rest| {
            let mut head = [0; HEAD];
            head[..rest.len()].copy_from_slice(rest);
            self.admitted[place(head)]
        })
    }
}

/// Where a message is looked up by its first bytes; what follows it does not matter, because an
/// escape is long enough.
#[inline]
fn place(head: [u8; HEAD]) -> usize {
    let head = u64::from_le_bytes(head);
    let byte = head as u8;
    // Letters in either case, and digits, of which this bit is set anyway.
    let digits = (head >> 16) as u32 | 0x2020_2020;
    let hash = digits.wrapping_mul(0x9e37_79b1) >> 24;
    select_unpredictable(byte == b'\\', 256 + hash as usize, usize::from(byte))
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

    /// Whether a message is admitted, alone and with something behind it.
    fn admits(first: &First, raw: &str) -> bool {
        let message = Text::escaped(0, raw.len());
        let alone = first.admits(raw.as_bytes(), message);
        let padded = format!("{raw}\", \"module\": \"a\"");
        assert_eq!(first.admits(padded.as_bytes(), message), alone);
        alone
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
            assert_eq!(admits(&first, raw), admitted, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn no_spelling_is_refused(c: char, behind in "\\PC{0,3}") {
            let first = first(&[&c.to_string(), "x"]);
            for how in 0..4 {
                let raw = format!("{}{behind}", spell(c, how));
                prop_assert!(admits(&first, &raw), "{}", raw);
            }
        }
    }
}
