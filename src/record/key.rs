//! Texts from logs as keys of bounded size.

use std::borrow::Cow;

/// The most bytes that a key has.
const MAX_KEY: usize = 256;

/// A text as a key of at most 256 bytes: the text itself, or its beginning and a digest of the
/// whole, so that different texts stay different. What it gives it leaves as it is.
///
/// Tables cut their keys so, and the tracker the names of clients, sessions and tasks: one text
/// is the same key wherever it comes from.
#[must_use]
pub fn bounded(text: &str) -> Cow<'_, str> {
    if is_bounded(text) {
        return Cow::Borrowed(text);
    }
    let digest = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    let cut = text.floor_char_boundary(MAX_KEY - "…".len() - 16);
    Cow::Owned(format!("{}…{digest:016x}", &text[..cut]))
}

/// Whether [`bounded`] gives a text as it is.
#[inline]
#[must_use]
pub fn is_bounded(text: &str) -> bool {
    text.len() <= MAX_KEY
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_are_short_and_stay_what_they_are(text in "[aé…📱]{0,300}") {
            let key = bounded(&text);
            prop_assert!(key.len() <= MAX_KEY);
            prop_assert_eq!(key == text, text.len() <= MAX_KEY);
            prop_assert_eq!(key == text, is_bounded(&text));
            prop_assert_eq!(bounded(&key), &*key);
        }
    }

    #[test]
    fn long_texts_stay_apart() {
        let text = "é".repeat(5000);
        let keys = ["a", "b", ""].map(|end| bounded(&(text.clone() + end)).into_owned());
        assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2], "{keys:?}");
        let text = "x".repeat(MAX_KEY + 1);
        let key = bounded(&text);
        assert_eq!((key.len(), &key[..240]), (MAX_KEY, &*format!("{}…", "x".repeat(237))));
        assert_eq!(bounded(&text[1..]), &text[1..]);
    }
}
