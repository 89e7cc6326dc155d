//! A text of a record as a place in its block: nothing is copied until somebody reads it.

/// A text in a [`super::Batch`]: an offset and a length into its bytes.
///
/// A text may still be the inside of a JSON string with its backslashes ([`Text::is_escaped`]);
/// [`super::Batch::text`] decodes it when it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    start: u32,
    len: u32,
}

const ESCAPED: u32 = 1 << 31;

impl Default for Text {
    /// [`Text::NONE`].
    fn default() -> Text {
        Text::NONE
    }
}

impl Text {
    /// No text: the record has no such field, or it is `null`.
    pub const NONE: Text = Text { start: u32::MAX, len: 0 };

    /// Text that stands at `start` as it is.
    #[must_use]
    pub fn plain(start: usize, len: usize) -> Text {
        debug_assert!(start < u32::MAX as usize && len < ESCAPED as usize);
        Text { start: start as u32, len: len as u32 }
    }

    /// The inside of a valid JSON string with at least one backslash.
    #[must_use]
    pub fn escaped(start: usize, len: usize) -> Text {
        debug_assert!(start < u32::MAX as usize && len < ESCAPED as usize);
        Text { start: start as u32, len: len as u32 | ESCAPED }
    }

    /// The inside of a valid JSON string, with or without backslashes.
    #[inline]
    #[must_use]
    pub fn quoted(start: usize, len: usize, escaped: bool) -> Text {
        debug_assert!(start < u32::MAX as usize && len < ESCAPED as usize);
        Text { start: start as u32, len: len as u32 | u32::from(escaped) << 31 }
    }

    /// Whether there is a text.
    #[inline]
    #[must_use]
    pub fn is_some(self) -> bool {
        self.start != u32::MAX
    }

    /// Whether the bytes are the inside of a JSON string with escapes.
    #[inline]
    #[must_use]
    pub fn is_escaped(self) -> bool {
        self.len & ESCAPED != 0
    }

    /// Where it begins and its length, both in bytes. The first is beyond all bytes if there is no
    /// text.
    #[inline]
    #[must_use]
    pub(crate) fn place(self) -> (u32, u32) {
        (self.start, self.len & !ESCAPED)
    }

    /// How many bytes it has; of no text there are none.
    #[inline]
    #[must_use]
    pub(crate) fn len(self) -> usize {
        (self.len & !ESCAPED) as usize
    }

    /// Where the bytes stand in the batch.
    #[inline]
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        if !self.is_some() {
            return 0..0;
        }
        let start = self.start as usize;
        start..start + (self.len & !ESCAPED) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_place() {
        assert_eq!(Text::plain(3, 4).range(), 3..7);
        assert_eq!(Text::escaped(3, 4).range(), 3..7);
        assert!(Text::escaped(3, 4).is_escaped() && !Text::plain(3, 4).is_escaped());
        assert!(!Text::NONE.is_some());
        assert_eq!(Text::NONE.range(), 0..0);
    }
}
