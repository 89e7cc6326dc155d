//! Names as the tracker keeps them: a short one needs no allocation. It knows no meaning.

use std::hash::{BuildHasher, Hasher};
use std::num::NonZeroU8;

use foldhash::SharedSeed;
use foldhash::quality::SeedableRandomState;

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

/// The hash of a name, seeded at random for the process, because names come from logs. Nothing
/// that can be seen depends on it.
pub(super) fn hash(text: &str) -> u32 {
    let state = SeedableRandomState::with_seed(0, SharedSeed::global_random());
    let mut hasher = state.build_hasher();
    hasher.write(text.as_bytes());
    hasher.finish() as u32
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
}

impl Name {
    fn as_bytes(&self) -> &[u8] {
        match self {
            Name::Short(short) => short.as_bytes(),
            Name::Long(text) => text.as_bytes(),
        }
    }

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
        let own = self.as_bytes();
        own.len() == text.len() && bytes::same(own, text.as_bytes())
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
    fn a_session_stands_inside() {
        assert!(matches!(Name::from("3152f3ba-e61c-49ba-9b1d-e0dab5b8998e"), Name::Short(_)));
        assert_eq!(size_of::<Name>(), 40);
        assert_eq!(Name::default().as_str(), "");
    }
}
