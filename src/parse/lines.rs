//! Lines and their encoding, before anybody asks what they say.
//!
//! A block is copied into the batch as text. A line that is not UTF-8 leaves filler of its own
//! length in the copy, so that every other place stays what it is, and is mended behind the
//! block when its turn comes.

use std::ops::Range;

use crate::record::Text;

/// What stands in the copy for a line that is not UTF-8.
const FILLER: u8 = b' ';

/// The lines of a block without their line ends: `\n`, and one `\r` before it.
pub(super) fn lines(block: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let unfinished = !block.is_empty() && !block.ends_with(b"\n");
    let mut start = 0;
    memchr::memchr_iter(b'\n', block).chain(unfinished.then_some(block.len())).map(move |end| {
        let cr = usize::from(block[start..end].ends_with(b"\r"));
        let line = start..end - cr;
        start = end + 1;
        line
    })
}

/// The same from the places of the line feeds of a block, as places in a batch; returns the length
/// of the longest.
pub(super) fn places(newlines: &[u32], block: &[u8], out: &mut Vec<Text>) -> usize {
    let unfinished = !block.is_empty() && !block.ends_with(b"\n");
    let (mut start, mut longest) = (0, 0);
    let mut line = |end: u32| {
        let end = end as usize;
        let cr = usize::from(end > start && block[end - 1] == b'\r');
        let line = Text::plain(start, end - start - cr);
        longest = longest.max(end - start - cr);
        start = end + 1;
        line
    };
    out.extend(newlines.iter().map(|&end| line(end)));
    out.extend(unfinished.then(|| line(block.len() as u32)));
    longest
}

/// How many bytes before a line are not part of its text: NUL bytes, as a truncated file has
/// them, and the byte order mark of a file.
pub(super) fn stripped(line: &[u8], first_of_file: bool) -> usize {
    let mark = if first_of_file && line.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    mark + line[mark..].iter().take_while(|byte| **byte == 0).count()
}

/// Whether a line holds nothing but the white space of JSON.
pub(super) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
}

/// The lines of a block that are not UTF-8.
#[derive(Debug, Default)]
pub(super) struct Mended {
    /// Where they end, ascending.
    ends: Vec<usize>,
    next: usize,
}

impl Mended {
    /// Copies a block as text, with filler for the lines that are none.
    pub(super) fn copy(&mut self, block: &[u8], text: &mut String) {
        self.ends.clear();
        self.next = 0;
        text.reserve(block.len());
        let mut rest = block;
        while let Err(error) = append(rest, text) {
            let start = memchr::memrchr(b'\n', &rest[..error]).map_or(0, |end| end + 1);
            let end = memchr::memchr(b'\n', &rest[error..]).map_or(rest.len(), |end| error + end);
            // What stands before the broken line is known to be valid.
            let _valid = append(&rest[..start], text);
            text.extend(std::iter::repeat_n(char::from(FILLER), end - start));
            self.ends.push(text.len());
            rest = &rest[end..];
        }
    }

    /// Forgets the lines of the block before.
    pub(super) fn none(&mut self) {
        self.ends.clear();
        self.next = 0;
    }

    /// Whether a line is one of them. Asked for the lines in order; a line that nobody asked
    /// for is passed over.
    pub(super) fn is_next(&mut self, line: &Range<usize>) -> bool {
        while self.ends.get(self.next).is_some_and(|end| *end < line.start) {
            self.next += 1;
        }
        // The line may have lost a `\r` at its end.
        self.ends.get(self.next).is_some_and(|end| *end <= line.end + 1)
    }
}

/// Appends bytes that are UTF-8; else nothing, and tells how many of them are.
fn append(bytes: &[u8], text: &mut String) -> Result<(), usize> {
    let valid = simdutf8::compat::from_utf8(bytes).map_err(|error| error.valid_up_to())?;
    text.push_str(valid);
    Ok(())
}

/// Appends a line with U+FFFD for what is not UTF-8, as [`String::from_utf8_lossy`] has it.
pub(super) fn mend(line: &[u8], text: &mut String) -> Range<usize> {
    let start = text.len();
    for chunk in line.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    start..text.len()
}

/// The offset in a line of what stands at an offset of the mended line.
pub(super) fn unmended(line: &[u8], mended: usize) -> usize {
    let (mut raw, mut seen) = (0, 0);
    for chunk in line.utf8_chunks() {
        let valid = chunk.valid().len();
        if mended < seen + valid {
            return raw + (mended - seen);
        }
        raw += valid;
        seen += valid;
        if mended < seen + char::REPLACEMENT_CHARACTER.len_utf8() {
            return raw;
        }
        raw += chunk.invalid().len();
        seen += char::REPLACEMENT_CHARACTER.len_utf8();
    }
    raw
}

/// The first 120 characters of a line, lossily decoded.
pub(super) fn beginning(line: &[u8]) -> String {
    const CHARS: usize = 120;
    // Most lines begin with characters of one byte each.
    if let Ok(text) = std::str::from_utf8(&line[..line.len().min(CHARS)])
        && text.is_ascii()
    {
        return text.to_owned();
    }
    // No character is longer than four bytes.
    let head = &line[..line.len().min(4 * CHARS)];
    String::from_utf8_lossy(head).chars().take(CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"\n".to_vec()),
            Just(b"\r\n".to_vec()),
            Just(b"\0".to_vec()),
            Just("é📱".as_bytes().to_vec()),
            proptest::collection::vec(any::<u8>(), 0..4),
            "[a-z]{0,12}".prop_map(String::into_bytes),
        ];
        proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn the_copy_holds_every_line_at_its_place_or_filler(block in hostile()) {
            let (mut mended, mut text) = (Mended::default(), String::new());
            mended.copy(&block, &mut text);
            prop_assert_eq!(text.len(), block.len());
            for line in lines(&block) {
                let raw = &block[line.clone()];
                let valid = std::str::from_utf8(raw).is_ok();
                prop_assert_eq!(mended.is_next(&line), !valid, "{:?}", raw);
                if valid {
                    prop_assert_eq!(&text.as_bytes()[line], raw);
                } else {
                    let place = mend(raw, &mut text);
                    prop_assert_eq!(&text[place], String::from_utf8_lossy(raw));
                }
            }
        }

        #[test]
        fn a_place_in_a_mended_line_is_a_place_in_the_line(line in hostile()) {
            let mut text = String::new();
            let mended = mend(&line, &mut text);
            let places: Vec<usize> = (0..=mended.end).map(|at| unmended(&line, at)).collect();
            prop_assert!(places.is_sorted());
            prop_assert_eq!(places.last(), Some(&line.len()));
            for (at, place) in places.iter().enumerate().take(mended.end) {
                let same = text.as_bytes()[at] == line[*place];
                prop_assert!(same || text.as_bytes()[at] > 0x7f);
            }
        }

        #[test]
        fn lines_are_those_of_a_plain_split(block in hostile()) {
            let split = block.split_inclusive(|byte| *byte == b'\n').map(|line| {
                let line = line.strip_suffix(b"\n").unwrap_or(line);
                line.strip_suffix(b"\r").unwrap_or(line).to_vec()
            });
            let here = lines(&block).map(|line| block[line].to_vec());
            prop_assert_eq!(here.collect::<Vec<_>>(), split.collect::<Vec<_>>());
        }

        #[test]
        fn a_sample_is_the_beginning(line in proptest::collection::vec(any::<u8>(), 0..900)) {
            let whole: String = String::from_utf8_lossy(&line).chars().take(120).collect();
            prop_assert_eq!(beginning(&line), whole);
        }
    }
}
