//! A literal that is looked for from either end of a piece of text.

use memchr::{memchr, memrchr};
use regex_syntax::hir::literal::rank;

use crate::event::bytes;

/// A literal, with the one of its bytes that ordinary text has least of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needle {
    bytes: Box<[u8]>,
    rare: usize,
}

impl Needle {
    /// A needle for a literal, which must not be empty.
    pub(super) fn new(bytes: &[u8]) -> Needle {
        debug_assert!(!bytes.is_empty());
        let rare = (0..bytes.len()).min_by_key(|&at| rank(bytes[at])).unwrap_or(0);
        Needle { bytes: bytes.into(), rare }
    }

    /// The character that it begins with.
    pub(super) fn first_char(&self) -> Option<char> {
        self.bytes.utf8_chunks().next()?.valid().chars().next()
    }

    /// Whether the literal stands at a place.
    pub(super) fn stands(&self, text: &[u8], at: usize) -> bool {
        text.get(at..).is_some_and(|text| bytes::begins(text, &self.bytes))
    }

    /// The first place in `from..=to` where the literal stands. It may reach beyond `to`.
    pub(super) fn first(&self, text: &[u8], mut from: usize, to: usize) -> Option<usize> {
        let to = to.min(text.len().checked_sub(self.bytes.len())?);
        while from <= to {
            let window = &text[from + self.rare..=to + self.rare];
            let at = from + memchr(self.bytes[self.rare], window)?;
            if bytes::begins(&text[at..], &self.bytes) {
                return Some(at);
            }
            from = at + 1;
        }
        None
    }

    /// The last place in `from..=to` where the literal stands. It may reach beyond `to`.
    pub(super) fn last(&self, text: &[u8], from: usize, to: usize) -> Option<usize> {
        let mut end = to.min(text.len().checked_sub(self.bytes.len())?) + 1;
        while from < end {
            let window = &text[from + self.rare..end + self.rare];
            let at = from + memrchr(self.bytes[self.rare], window)?;
            if bytes::begins(&text[at..], &self.bytes) {
                return Some(at);
            }
            end = at;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_a_look_at_every_place_finds(
            text in "[abc ]{0,24}",
            needle in "[abc ]{1,3}",
            from in 0..24_usize,
            to in 0..26_usize,
        ) {
            let (text, found) = (text.as_bytes(), Needle::new(needle.as_bytes()));
            let stands = |at: &usize| text.get(*at..).is_some_and(|t| t.starts_with(needle.as_bytes()));
            prop_assert_eq!(found.first(text, from, to), (from..=to).find(stands));
            prop_assert_eq!(found.last(text, from, to), (from..=to).rfind(stands));
        }
    }
}
