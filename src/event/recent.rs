//! What messages were found to begin like lately, so that most need not be taken apart: messages
//! are made of few formats, and those that tell of something begin with many bytes of theirs.
//!
//! It knows no wording.

use crate::record::Text;

/// A small table in which each beginning has one place. It needs no seed: whoever aims at one place
/// only slows himself down.
#[derive(Debug)]
pub(super) struct Recent(Box<[Beginning; PLACES]>);

/// A power of two.
const PLACES: usize = 128;

/// So many words of a message are looked at.
const WORDS: usize = 5;
const WORD: usize = 8;

/// What is decided by fewer bytes is found as quickly without remembering it.
const LEAST: usize = 2;

/// The place of a beginning depends on so many bytes. What is decided by fewer is remembered only
/// where it displaces nothing better: behind these bytes there may be names and numbers.
const PLACED_BY: usize = 24;

/// The first bytes of a message, as many as decide where it gets to in the trie of its group.
#[derive(Debug, Clone, Copy)]
struct Beginning {
    words: [u64; WORDS],
    /// The bits that count.
    masks: [u64; WORDS],
    /// How many bytes count; `u32::MAX` for an empty place.
    len: u32,
    node: u32,
    kind: Kind,
}

/// What messages must have in common with a beginning besides its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind {
    group: u16,
    escaped: bool,
}

impl Recent {
    pub(super) fn new() -> Recent {
        let (words, masks) = ([0; WORDS], [0; WORDS]);
        let kind = Kind { group: 0, escaped: false };
        let empty = Beginning { words, masks, len: u32::MAX, node: 0, kind };
        Recent(Box::new([empty; PLACES]))
    }

    /// Where a message of a group gets to, if that is remembered.
    #[inline]
    pub(super) fn get(&self, bytes: &[u8], message: Text, group: u16) -> Option<u32> {
        let words = words(bytes, message)?;
        let known = &self.0[place(&words, group)];
        let differs = words.iter().zip(known.words).zip(known.masks);
        let differs = differs.fold(0, |any, ((word, known), mask)| any | (word ^ known) & mask);
        // What counts must belong to the message. No message is as long as an empty place demands.
        let same = differs == 0
            && known.len as usize <= message.len()
            && known.kind == Kind { group, escaped: message.is_escaped() };
        same.then_some(known.node)
    }

    /// Remembers where a message of a group gets to; this was decided by so many bytes.
    pub(super) fn put(&mut self, bytes: &[u8], message: Text, group: u16, node: u32, len: usize) {
        let lasts = (LEAST..=WORDS * WORD).contains(&len);
        let Some(words) = words(bytes, message).filter(|_| lasts) else { return };
        let known = &mut self.0[place(&words, group)];
        if len >= PLACED_BY || (known.len as usize) < PLACED_BY || known.len == u32::MAX {
            let kind = Kind { group, escaped: message.is_escaped() };
            *known = Beginning { words, masks: masks(len), len: len as u32, node, kind };
        }
    }
}

/// The first bytes of a message, and of what follows it, if there are as many.
#[inline]
fn words(bytes: &[u8], message: Text) -> Option<[u64; WORDS]> {
    let start = message.place().0 as usize;
    let head = bytes.get(start..start + WORDS * WORD)?;
    let head: &[u8; WORDS * WORD] = head.first_chunk()?;
    let (words, _) = head.as_chunks();
    Some(std::array::from_fn(|at| u64::from_le_bytes(words[at])))
}

fn masks(len: usize) -> [u64; WORDS] {
    std::array::from_fn(|at| match len.saturating_sub(at * WORD) {
        0 => 0,
        bytes @ 1..WORD => u64::MAX >> (8 * (WORD - bytes)),
        _ => u64::MAX,
    })
}

#[inline]
fn place(words: &[u64; WORDS], group: u16) -> usize {
    const _: () = assert!(PLACED_BY == 3 * WORD);
    let mixed = words[0] ^ words[1].rotate_left(23) ^ words[2].rotate_left(43) ^ u64::from(group);
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Messages that begin alike, and are decided by different numbers of bytes.
        #[test]
        fn what_is_remembered_is_what_is_found(
            messages in prop::collection::vec(("[ab]{0,2}c{20,30}[ab]{0,20}", 0..2_u16, any::<bool>()), 1..40),
        ) {
            // The first `b`, and what group and spelling it has, decides.
            let decide = |message: &str, group: u16, escaped: bool| {
                let at = message.find('b');
                let node = at.map_or(0, |at| 4 * at as u32 + 2 * u32::from(group) + u32::from(escaped));
                (node, at.map(|at| at + 1).filter(|len| *len < message.len()))
            };
            let mut recent = Recent::new();
            for (message, group, escaped) in messages {
                let bytes = format!("{message}{}", "b".repeat(40));
                let text = if escaped { Text::escaped } else { Text::plain }(0, message.len());
                let expected = decide(&message, group, escaped);
                let found = recent.get(bytes.as_bytes(), text, group);
                prop_assert!(found.is_none_or(|found| found == expected.0));
                if let (None, (node, Some(len))) = (found, expected) {
                    recent.put(bytes.as_bytes(), text, group, node, len);
                    let found = recent.get(bytes.as_bytes(), text, group);
                    let kept = (PLACED_BY..=WORDS * WORD).contains(&len);
                    prop_assert!(!kept || found == Some(node));
                }
            }
        }
    }

    #[test]
    fn so_many_bytes_count() {
        assert_eq!(masks(0), [0; WORDS]);
        assert_eq!(masks(9), [u64::MAX, 0xff, 0, 0, 0]);
        assert_eq!(masks(40), [u64::MAX; WORDS]);
    }
}
