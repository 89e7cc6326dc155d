//! The lines of a block as they came, byte for byte: for whoever passes them on.

use std::ops::Range;

/// Where the lines of a block stand before anything was stripped or mended, and the block itself
/// where the batch has only what became of it. Empty unless [`super::Needs::keep_raw`] asked.
#[derive(Debug, Default)]
pub struct RawLines {
    /// For each row the byte behind its line, line end included.
    ends: Vec<u32>,
    /// The block as it came, if some of it was no UTF-8.
    block: Option<Vec<u8>>,
}

impl RawLines {
    /// Forgets the lines, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.ends.clear();
        self.block = None;
    }

    /// Notes the lines of a block of so many bytes, whose line feeds stand at `newlines`.
    /// `block` is the block where the batch does not begin with it.
    pub fn set(&mut self, newlines: &[u32], bytes: usize, block: Option<Vec<u8>>) {
        self.clear();
        self.ends.extend(newlines.iter().map(|at| at + 1));
        if self.ends.last().map_or(0, |end| *end as usize) < bytes {
            self.ends.push(bytes as u32);
        }
        self.block = block;
    }

    /// The bytes of some neighbouring lines, line ends included. `text` is that of the batch.
    pub(super) fn get<'a>(&'a self, rows: Range<usize>, text: &'a str) -> &'a [u8] {
        let bytes = self.block.as_deref().unwrap_or(text.as_bytes());
        let end = |row: usize| self.ends.get(row).map_or(0, |end| *end as usize);
        let start = rows.start.checked_sub(1).map_or(0, end);
        let end = rows.end.checked_sub(1).map_or(0, end);
        bytes.get(start..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_their_ends() {
        let text = "a\r\n\nbc";
        let mut raw = RawLines::default();
        raw.set(&[2, 3], text.len(), None);
        assert_eq!(raw.get(0..1, text), b"a\r\n");
        assert_eq!(raw.get(1..2, text), b"\n");
        assert_eq!(raw.get(2..3, text), b"bc");
        assert_eq!(raw.get(0..3, text), text.as_bytes());
        assert_eq!((raw.get(1..1, text), raw.get(3..4, text)), (&b""[..], &b""[..]));
        raw.set(&[0], 3, Some(b"\n\xff\n".to_vec()));
        assert_eq!(raw.get(1..2, "\n??"), b"\xff\n");
        raw.set(&[], 0, None);
        assert_eq!(raw.get(0..1, ""), b"");
    }
}
