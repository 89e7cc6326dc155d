//! A block with what has been found in it, as lanes look at it.
//!
//! A block is made with enough behind it that nobody has to ask at every step whether what he
//! looks at is there. This module knows neither layouts nor columns.

#[cfg(doc)]
use super::index::REACH;
use super::index::{Index, Marks};
use super::vector::CHUNK;
use crate::record::Text;

/// So many bytes behind a block are looked at: a needle and a chunk behind it, and what a key and
/// the text before one add. They are line feeds.
pub(in crate::parse) const PADDING: usize = 8 * CHUNK;

/// A block of lines that are about to be read.
#[derive(Debug, Clone, Copy)]
pub(in crate::parse) struct Block<'a> {
    bytes: &'a [u8],
    len: u32,
    lines: &'a [Text],
    marks: Marks<'a>,
}

/// A place in a block, or its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place(u32);

impl Place {
    #[inline(always)]
    pub(super) fn number(self) -> u32 {
        self.0
    }
}

impl<'a> Block<'a> {
    /// The first `len` bytes, behind which there are [`PADDING`] line feeds and then anything;
    /// where its lines stand; what an index says of it.
    ///
    /// # Panics
    ///
    /// If the padding is not there, or the index is of a shorter block.
    pub(in crate::parse) fn new(
        bytes: &'a [u8],
        len: usize,
        lines: &'a [Text],
        index: &'a Index,
    ) -> Block<'a> {
        let marks = index.marks();
        // What `look` and `string` rest on.
        assert!(
            bytes.len() >= len + PADDING && marks.reach(len + CHUNK),
            "a block without padding"
        );
        Block { bytes, len: len as u32, lines, marks }
    }

    /// The block and what stands behind it.
    pub(in crate::parse) fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The length of the block alone.
    #[inline(always)]
    pub(super) fn len(self) -> u32 {
        self.len
    }

    /// Where its lines stand.
    #[inline(always)]
    pub(in crate::parse) fn lines(self) -> &'a [Text] {
        self.lines
    }

    /// So many bytes before a place, or the end of the block if that comes first.
    #[inline(always)]
    pub(super) fn before(self, at: u32, back: u32) -> Place {
        Place(at.wrapping_sub(back).min(self.len))
    }

    /// A place, or the end of the block if that comes first.
    #[inline(always)]
    pub(super) fn place(self, at: u32) -> Place {
        self.before(at, 0)
    }

    /// The chunk at a place of this block.
    #[inline(always)]
    #[expect(unsafe_code, reason = "one comparison less for each step of each line")]
    pub(super) fn look(self, at: Place) -> &'a [u8; CHUNK] {
        debug_assert!(at.0 <= self.len);
        // A place of another block would not do.
        let at = at.0.min(self.len) as usize;
        // SAFETY: `new` has seen that there are at least `PADDING` bytes, several chunks, from the
        // end of the block on, and the place is not behind that.
        unsafe { &*self.bytes.as_ptr().add(at).cast() }
    }

    /// The string whose inside begins so many bytes behind a place, at most [`CHUNK`]: where that
    /// is, its length, which is [`REACH`] if it may be longer, and whether it has escapes. See
    /// [`Marks::length`].
    #[inline(always)]
    #[expect(unsafe_code, reason = "two comparisons less for each step of each line")]
    pub(super) fn string_near<const ESCAPES: bool>(
        self,
        at: Place,
        bytes: u32,
    ) -> (u32, u32, bool) {
        let start = at.0.min(self.len) + bytes.min(CHUNK as u32);
        // SAFETY: `new` has seen that the marks reach so far behind the block.
        let (len, escaped) = unsafe { self.marks.length::<ESCAPES>(start) };
        (start, len, escaped)
    }

    /// The end of the string whose inside begins at a place of the block or a little behind it.
    #[inline(never)]
    pub(super) fn end(self, start: u32) -> (u32, bool) {
        self.marks.end(start)
    }
}
