//! Names as the tracker keeps them: a short one needs no allocation. It knows no meaning.

use std::hash::BuildHasher;

use foldhash::SharedSeed;
use foldhash::quality::SeedableRandomState;
use serde::{Serialize, Serializer};

/// A name and its hash, which is computed once and serves every table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'a> {
    pub(super) text: &'a str,
    pub(super) hash: u32,
}

impl<'a> Key<'a> {
    /// The hash is seeded at random for the process, because names come from logs. Nothing that
    /// can be seen depends on it.
    pub(super) fn of(text: &'a str) -> Key<'a> {
        let hasher = SeedableRandomState::with_seed(0, SharedSeed::global_random());
        Key { text, hash: hasher.hash_one(text) as u32 }
    }
}

/// A name that is kept.
#[derive(Debug, Clone)]
pub(super) enum Name {
    /// Its length and its bytes, with zeros behind them.
    Short(u8, [u8; Name::SHORT]),
    Long(Box<str>),
}

impl Name {
    /// The longest name that stands inside. A UUID has 36 bytes.
    const SHORT: usize = 38;

    pub(super) fn as_str(&self) -> &str {
        match self {
            // What was copied from a `str` is one; to see that again is cheaper than memory.
            Name::Short(len, bytes) => {
                std::str::from_utf8(&bytes[..usize::from(*len)]).unwrap_or_default()
            }
            Name::Long(text) => text,
        }
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Name {
        let mut bytes = [0; Name::SHORT];
        match bytes.get_mut(..text.len()) {
            Some(inside) => {
                inside.copy_from_slice(text.as_bytes());
                Name::Short(text.len() as u8, bytes)
            }
            None => Name::Long(text.into()),
        }
    }
}

impl Default for Name {
    fn default() -> Name {
        Name::Short(0, [0; Name::SHORT])
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, text: &str) -> bool {
        match self {
            Name::Short(len, bytes) => bytes[..usize::from(*len)] == *text.as_bytes(),
            Name::Long(long) => **long == *text,
        }
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
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
    fn a_session_fits_inside() {
        assert!(matches!(Name::from("3152f3ba-e61c-49ba-9b1d-e0dab5b8998e"), Name::Short(36, _)));
        assert_eq!(size_of::<Name>(), 40);
    }
}
