//! Names as the tracker keeps them: a short one needs no allocation. It knows no meaning.

use std::hash::BuildHasher;
use std::num::NonZeroU8;
use std::sync::LazyLock;

use foldhash::quality::RandomState;

use crate::event::bytes;

/// A name and its hash, which is computed once and serves every table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'a> {
    pub(super) text: &'a str,
    pub(super) hash: u32,
}

impl<'a> Key<'a> {
    pub(super) fn of(text: &'a str) -> Key<'a> {
        Key { text, hash: hash(text) }
    }
}

/// Makes lengths differ in many bits.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

static SEEDS: LazyLock<[u64; 2]> = LazyLock::new(|| {
    let random = RandomState::default();
    [random.hash_one(0), random.hash_one(1)]
});

/// The hash of a name, seeded at random for the process, because names come from logs. Nothing
/// that can be seen depends on it.
///
/// It is as `foldhash` does it, but names are short, and this stands where it is needed.
#[inline]
pub(super) fn hash(text: &str) -> u32 {
    let (bytes, [seed, start]) = (text.as_bytes(), *SEEDS);
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    let half = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
    let mut hash = start.wrapping_add((bytes.len() as u64).wrapping_mul(SPREAD));
    // The last bytes may overlap those before them.
    let (head, tail) = if let Some(last) = bytes.last_chunk::<16>() {
        let (pairs, _) = bytes[..bytes.len() - 1].as_chunks::<16>();
        for pair in pairs {
            let (head, tail) = halves(pair);
            hash = fold(head ^ seed, tail ^ hash);
        }
        halves(last)
    } else if let Some((head, tail)) = ends::<8>(bytes) {
        (word(head), word(tail))
    } else if let Some((head, tail)) = ends::<4>(bytes) {
        (half(head), half(tail))
    } else {
        (0, bytes.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)))
    };
    hash = fold(head ^ seed, tail ^ hash);
    (hash >> 32) as u32 ^ hash as u32
}

/// The first and the last so many bytes, which may overlap.
#[inline]
fn ends<const BYTES: usize>(bytes: &[u8]) -> Option<(&[u8; BYTES], &[u8; BYTES])> {
    Some((bytes.first_chunk()?, bytes.last_chunk()?))
}

#[inline]
fn halves(pair: &[u8; 16]) -> (u64, u64) {
    let pair = u128::from_le_bytes(*pair);
    (pair as u64, (pair >> 64) as u64)
}

/// Both halves of a product as one: each bit depends on all of them.
#[inline]
fn fold(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    (product >> 64) as u64 ^ product as u64
}

/// A name that is kept.
#[derive(Debug, Clone)]
pub(super) enum Name {
    Short(Short),
    Long(Box<str>),
}

/// A name that stands inside.
#[derive(Debug, Clone)]
#[repr(align(8))]
pub(super) struct Short {
    bytes: [u8; Short::LONGEST],
    /// One more than its length, so that a [`Name`] needs no more room than this.
    more: NonZeroU8,
}

impl Short {
    /// How many bytes it may have. A UUID has 36.
    const LONGEST: usize = 39;

    fn of(text: &str) -> Option<Short> {
        let mut bytes = [0; Short::LONGEST];
        // Most names are as long as this, and fixed lengths need no call.
        if let Some((head, _)) = text.as_bytes().split_first_chunk::<32>()
            && let Some(tail) = text.as_bytes().last_chunk::<8>()
        {
            *bytes.get_mut(text.len() - 8..text.len())?.first_chunk_mut()? = *tail;
            *bytes.first_chunk_mut()? = *head;
        } else {
            bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        }
        Some(Short { bytes, more: NonZeroU8::MIN.saturating_add(text.len() as u8) })
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.more.get() - 1)]
    }

    #[inline]
    fn is(&self, text: &[u8]) -> bool {
        let own = self.as_bytes();
        own.len() == text.len()
            && match (text.first_chunk::<32>(), text.last_chunk::<8>()) {
                (Some(head), Some(tail)) => {
                    own.first_chunk() == Some(head) && own.last_chunk() == Some(tail)
                }
                _ => bytes::same(own, text),
            }
    }
}

impl Name {
    pub(super) fn as_str(&self) -> &str {
        match self {
            // It was copied from a `str`; to check that again is cheaper than a place elsewhere.
            Name::Short(short) => std::str::from_utf8(short.as_bytes()).unwrap_or_default(),
            Name::Long(text) => text,
        }
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Name {
        Short::of(text).map_or_else(|| Name::Long(text.into()), Name::Short)
    }
}

impl Default for Name {
    fn default() -> Name {
        Name::Short(Short { bytes: [0; Short::LONGEST], more: NonZeroU8::MIN })
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, text: &str) -> bool {
        match self {
            Name::Short(short) => short.is(text.as_bytes()),
            Name::Long(long) => **long == *text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_is_its_text(text in "[aé…📱\0]{0,20}|[a-z\0]{30,45}", other in "[a\0]{0,3}") {
            let name = Name::from(&*text);
            prop_assert_eq!(name.as_str(), &*text);
            prop_assert!(name == *text);
            prop_assert!(name != *(text.clone() + "\0"));
            prop_assert_eq!(name == *other, text == other);
            prop_assert_eq!(Key::of(&text).hash, Key::of(&text.clone()).hash);
        }
    }

    #[test]
    fn every_byte_counts_and_the_length() {
        let mut seen = std::collections::HashSet::new();
        for len in 0..80 {
            let text = "a".repeat(len);
            let name = Name::from(&*text);
            assert!(seen.insert(hash(&text)), "{len}");
            for at in 0..len {
                let other = format!("{}b{}", &text[..at], &text[at + 1..]);
                assert!(seen.insert(hash(&other)), "{at} of {len}");
                assert!(name != *other, "{at} of {len}");
            }
        }
    }

    #[test]
    fn a_session_stands_inside() {
        assert!(matches!(Name::from("3152f3ba-e61c-49ba-9b1d-e0dab5b8998e"), Name::Short(_)));
        assert_eq!(size_of::<Name>(), 40);
        assert_eq!(Name::default().as_str(), "");
    }
}
