//! Templates of messages: what differs from one message to the next is masked, so that the same
//! trouble is counted once.
//!
//! Whatever is masked has a digit in it, begins with a quotation mark, or is a UUID and has dashes.
//! So everything up to the next of these bytes is copied, eight bytes at once, and only there is
//! it asked what stands around. The straightforward form, piece by piece, is in the tests, which hold both
//! against each other.

/// Messages are looked at up to this many bytes of their first line.
pub(super) const LOOKED_AT: usize = 300;
/// A template is cut behind this many characters.
const LONGEST: usize = 160;
/// So many hexadecimal digits in a row, one of them decimal, are an identifier.
const IDENTIFIER: usize = 8;

/// The template of a message: its first line that is not blank, with quoted text as `'…'`,
/// identifiers (UUIDs, long hexadecimal runs) as `<id>` and numbers as `<n>`.
///
/// Numbers are masked inside of names too (`task_17`), with their points, commas and colons
/// (`10.0.0.1:80`, `3.5s`, `12:30:01`). An apostrophe within a word opens no quotation, so
/// `don't` stays as it is; a quotation that was cut off ends with the line.
///
/// ```
/// use ufo_logscan::aggregate::template;
/// let message = "Session 0579e802-6cd5-4816-85cf-b2cfcf4c3f58 took 3.1s for 'device_1'";
/// assert_eq!(template(message), "Session <id> took <n>s for '…'");
/// ```
#[must_use]
pub fn template(message: &str) -> String {
    String::from_utf8_lossy(Template::new().of(message)).into_owned()
}

/// Room for the longest template: no byte of the line makes more than two and a half (`''` makes
/// `'…'`), and eight are written at once.
const ROOM: usize = 3 * LOOKED_AT + WORD;
const WORD: usize = 8;

/// Writes templates, one after the other in the same place.
pub(super) struct Template {
    bytes: [u8; ROOM],
    len: usize,
}

/// What stands for a masked piece: eight bytes, of which so many count.
type Mask = ([u8; WORD], usize);

const ID: Mask = (*b"<id>\0\0\0\0", 4);
const NUMBER: Mask = (*b"<n>\0\0\0\0\0", 3);
const SINGLE: Mask = (*b"'\xe2\x80\xa6'\0\0\0", 5);
const DOUBLE: Mask = (*b"\"\xe2\x80\xa6\"\0\0\0", 5);

impl Template {
    pub(super) fn new() -> Template {
        Template { bytes: [0; ROOM], len: 0 }
    }

    /// The template of a message, see [`template`]. It is UTF-8: all that is copied begins and ends
    /// at ASCII characters or at the end of the line, and so never within a character.
    pub(super) fn of(&mut self, message: &str) -> &[u8] {
        self.len = 0;
        self.write(first_line(message).1.as_bytes());
        // No text has more characters than bytes.
        if self.len > LONGEST
            && let Ok(text) = std::str::from_utf8(&self.bytes[..self.len])
            && let Some((cut, _)) = text.char_indices().nth(LONGEST)
        {
            self.len = cut;
            self.push((*b"\xe2\x80\xa6\0\0\0\0\0", "…".len()));
        }
        &self.bytes[..self.len]
    }

    fn push(&mut self, (word, len): Mask) {
        if let Some(room) = self.bytes.get_mut(self.len..self.len + WORD) {
            room.copy_from_slice(&word);
            self.len += len;
        }
    }

    fn write(&mut self, line: &[u8]) {
        let mut at = 0;
        // No identifier reaches back behind the last mask.
        let mut behind = 0;
        loop {
            at = self.plain(line, at);
            let Some(&byte) = line.get(at) else { return };
            let piece = match byte {
                b'-' => dash(line, behind, at),
                b'\'' | b'"' => quotation(line, at),
                _ => Some(digit(line, behind, at)),
            };
            let Some((begin, mask, end)) = piece else {
                self.push(([byte; WORD], 1));
                at += 1;
                continue;
            };
            // The beginning of an identifier was copied as a part of a word.
            self.len -= at - begin;
            self.push(mask);
            (at, behind) = (end, end);
        }
    }

    /// Copies what stands from `at` up to the next digit, quotation mark or dash, and says where
    /// that is.
    fn plain(&mut self, line: &[u8], mut at: usize) -> usize {
        while at < line.len() {
            let word = word_at(line, at);
            let plain = place(special(word)).min(line.len() - at);
            self.push((word.to_le_bytes(), plain));
            at += plain;
            if plain < WORD {
                break;
            }
        }
        at
    }
}

/// Whether a beginning of a text has the template of the text, though its last character may be
/// another one: if what is looked at lies in front of that.
pub(super) fn is_enough(beginning: &str) -> bool {
    let (begin, line) = first_line(beginning);
    !line.is_empty() && begin + LOOKED_AT + LAST <= beginning.len()
}

/// The longest character, in bytes.
const LAST: usize = 4;

/// Where the first line that is not blank begins, and as much of it as is looked at.
fn first_line(message: &str) -> (usize, &str) {
    let end_of = |text: &str| memchr::memchr2(b'\n', b'\r', text.as_bytes());
    let mut begin = 0;
    loop {
        let rest = &message[begin..];
        let near = &rest[..rest.floor_char_boundary(LOOKED_AT)];
        let end = end_of(near);
        if !is_blank(&near[..end.unwrap_or(near.len())]) {
            return (begin, &near[..end.unwrap_or(near.len())]);
        }
        let Some(end) = end.or_else(|| end_of(rest)) else {
            return (begin, if is_blank(rest) { "" } else { near });
        };
        if !is_blank(&rest[..end]) {
            return (begin, near);
        }
        begin += end + 1;
    }
}

fn is_blank(text: &str) -> bool {
    let visible = text.as_bytes().first().is_some_and(u8::is_ascii_graphic);
    !visible && text.trim_start().is_empty()
}

/// Eight bytes of a line from `at` on, the first one lowest; zeros where the line has ended.
fn word_at(line: &[u8], at: usize) -> u64 {
    match line.get(at..).and_then(<[u8]>::first_chunk) {
        Some(word) => u64::from_le_bytes(*word),
        None => last_word(line, at),
    }
}

#[inline(never)]
fn last_word(line: &[u8], at: usize) -> u64 {
    let rest = line.get(at..).unwrap_or_default();
    let missing = (WORD - rest.len()) as u32;
    match line.last_chunk() {
        Some(last) => u64::from_le_bytes(*last).unbounded_shr(8 * missing),
        None => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

// What a byte is, is asked for all eight bytes of a word at once, and answered in their highest
// bits. The lower seven bits of a byte overflow by 127 unless they are 0, and by 118 unless they are
// below 10; what makes marks 0, and digits less than 10, is an exclusive or. A byte that has its
// highest bit itself is none of them.

const fn all(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; WORD])
}

fn low(word: u64) -> u64 {
    word & all(0x7f)
}

/// Which of some bytes below 128 are not below a limit.
fn at_least(low: u64, limit: u8) -> u64 {
    low + all(0x80 - limit)
}

fn is(word: u64, byte: u8) -> u64 {
    !(at_least(low(word) ^ all(byte), 1) | word) & all(0x80)
}

fn no_digit(word: u64) -> u64 {
    (at_least(low(word) ^ all(b'0'), 10) | word) & all(0x80)
}

/// Which bytes are no hexadecimal digits: those that are no decimal ones, and not the first six of
/// the letters, which are 1 to 6 but for their case.
fn no_hexadecimal(word: u64) -> u64 {
    let letters = (low(word) | all(0x20)) ^ all(b'a' - 1);
    no_digit(word) & (!at_least(letters, 1) | at_least(letters, 7) | word)
}

/// Which bytes are digits, quotation marks or dashes.
fn special(word: u64) -> u64 {
    let low = low(word);
    let plain = at_least(low ^ all(b'0'), 10)
        & at_least(low ^ all(b'\''), 1)
        & at_least(low ^ all(b'"'), 1)
        & at_least(low ^ all(b'-'), 1);
    !(plain | word) & all(0x80)
}

/// How many bytes stand in front of the first one with an answer.
fn place(answers: u64) -> usize {
    answers.trailing_zeros() as usize / WORD
}

/// How many bytes of a line stand from `at` on, up to the first one with an answer.
#[inline]
fn find(line: &[u8], at: usize, asked: impl Fn(u64) -> u64) -> usize {
    let mut end = at;
    while end < line.len() {
        let found = place(asked(word_at(line, end)));
        end += found;
        if found < WORD {
            break;
        }
    }
    end.min(line.len()) - at
}

/// A masked piece: where it begins, what stands for it, and where it ends.
type Piece = (usize, Mask, usize);

/// The UUID whose first part ends here and has no decimal digit.
fn dash(line: &[u8], behind: usize, at: usize) -> Option<Piece> {
    let begin = identifier_begin(line, behind, at);
    let uuid = line[begin..].first_chunk().is_some_and(is_uuid);
    uuid.then_some((begin, ID, begin + UUID))
}

/// The quotation that a quotation mark opens, if it does.
fn quotation(line: &[u8], at: usize) -> Option<Piece> {
    let quote = line[at];
    let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
    let within_word = at > 0 && letter(line.get(at - 1)) && letter(line.get(at + 1));
    if quote == b'\'' && within_word {
        return None;
    }
    let mut end = at + 1;
    while end < line.len() {
        end += find(line, end, |word| is(word, quote) | is(word, b'\\'));
        if line.get(end) != Some(&b'\\') {
            end += 1;
            break;
        }
        end += 2;
    }
    Some((at, if quote == b'"' { DOUBLE } else { SINGLE }, end.min(line.len())))
}

/// The number or identifier that has its first digit at `at`.
fn digit(line: &[u8], behind: usize, at: usize) -> Piece {
    let begin = identifier_begin(line, behind, at);
    if let Some(length) = identifier(line, begin) {
        return (begin, ID, begin + length);
    }
    if begin < at
        && let Some(length) = identifier(line, at)
    {
        return (at, ID, at + length);
    }
    (at, NUMBER, at + number(line, at))
}

/// Where an identifier would begin that goes on at `at` with a byte that is no letter: with the
/// first hexadecimal digit among the letters in front, if from there on all are such digits.
fn identifier_begin(line: &[u8], behind: usize, at: usize) -> usize {
    let before = &line[behind..at];
    if !before.last().is_some_and(u8::is_ascii_hexdigit) {
        return at;
    }
    let letters = before.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = &before[before.len() - letters..];
    let hexadecimal = word.iter().skip_while(|byte| !byte.is_ascii_hexdigit());
    let length = hexadecimal.clone().count();
    if hexadecimal.clone().all(u8::is_ascii_hexdigit) { at - length } else { at }
}

/// The length of the identifier that begins here, where there is a digit in the first run of
/// hexadecimal digits.
fn identifier(line: &[u8], at: usize) -> Option<usize> {
    let length = find(line, at, no_hexadecimal);
    if length >= IDENTIFIER {
        let uuid = line[at..].first_chunk().is_some_and(is_uuid);
        return Some(if uuid { UUID } else { length });
    }
    if !line[at..].starts_with(b"0x") {
        return None;
    }
    let length = find(line, at + "0x".len(), no_hexadecimal);
    (length > 0).then_some("0x".len() + length)
}

/// The length of a number with its points, commas and colons between digits.
fn number(line: &[u8], at: usize) -> usize {
    let mut end = at + find(line, at, no_digit);
    while let [b'.' | b':' | b',', digit, ..] = &line[end..]
        && digit.is_ascii_digit()
    {
        end += 1 + find(line, end + 1, no_digit);
    }
    end - at
}

/// The length of a UUID.
const UUID: usize = 36;

fn is_uuid(bytes: &[u8; UUID]) -> bool {
    // Where words begin that have all bytes, and which of their bytes are dashes.
    const WORDS: [(usize, u64); 5] =
        [(8, 0x80_00_00_00_00_80), (0, 0), (16, 0x80_00_00_00_00_80_00_00), (24, 0), (28, 0)];
    WORDS.iter().all(|(at, dashes)| {
        let word = word_at(bytes, *at);
        is(word, b'-') & dashes | no_hexadecimal(word) & !dashes == *dashes
    })
}

#[cfg(test)]
pub(super) mod oracle;
#[cfg(test)]
mod tests {
    use super::oracle;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_varies_is_masked() {
        for (message, expected) in [
            (
                "[WS] device_flaky_009 disconnected - code=4000, reason=bye",
                "[WS] device_flaky_<n> disconnected - code=<n>, reason=bye",
            ),
            ("No running task found for x@task_d7776123", "No running task found for x@task_<id>"),
            ("Client device_offline_9 not online.", "Client device_offline_<n> not online."),
            ("rejected: client_id 'a \\' 1' is", "rejected: client_id '…' is"),
            ("don't retry 'x' and \"y\" at 0xdead", "don't retry '…' and \"…\" at <id>"),
            ("cut 'in the middle of a quot", "cut '…'"),
            ("10.0.0.1:50356 at 12:30:01, 1,5 s.", "<n> at <n>, <n> s."),
            ("\n \nTraceback:\n  File", "Traceback:"),
            ("", ""),
            ("decade facade effaced acceded", "decade facade effaced acceded"),
            ("b2b a1 é9é", "b<n>b a<n> é<n>é"),
            ("0579e802-6cd5-4816-85cf-b2cfcf4c3f58 0579e802-6cd5", "<id> <id>-<n>cd<n>"),
        ] {
            assert_eq!(template(message), expected, "{message}");
        }
        assert_eq!(template(&"é".repeat(1000)).chars().count(), LOOKED_AT / 2);
        assert_eq!(template(&"z".repeat(1000)).chars().count(), LONGEST + 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn eight_bytes_at_once_are_what_pieces_are(
            text in r#"([a-g]{1,9}|[x-z0-9]{1,3}|[a-f]{8}-([a-f]{4}-){3}[a-f0-9]{12}|[0-9a-fA-F]{6,13}|[ '"\\\\_.:,\n\r\té📱-]|0x|[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}){0,40}"#,
        ) {
            prop_assert_eq!(template(&text), oracle::template(&text));
        }

        #[test]
        fn whatever_a_message_is(text in "[\\PC\\x00-\\x20]{0,400}", blank in "[ \t\u{2003}\n\r]{0,400}") {
            let text = blank + &text;
            prop_assert_eq!(template(&text), oracle::template(&text));
        }

        #[test]
        fn what_is_plain_in_a_word(bytes in any::<[u8; WORD]>(), at in 0..WORD, byte in 0x20_u8..0x80) {
            let mut bytes = bytes;
            bytes[at] = byte;
            let first = |is: fn(&u8) -> bool| bytes.iter().position(is).unwrap_or(WORD);
            let mark = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'\'' | b'"' | b'-');
            prop_assert_eq!(find(&bytes, 0, special), first(mark));
            prop_assert_eq!(find(&bytes, 0, no_digit), first(|byte| !byte.is_ascii_digit()));
            prop_assert_eq!(find(&bytes, 0, no_hexadecimal), first(|byte| !byte.is_ascii_hexdigit()));
            prop_assert_eq!(find(&bytes, 0, |word| is(word, b'-')), first(|byte| *byte == b'-'));
            for end in at..=WORD {
                let mut rest = [0; WORD];
                rest[..end - at].copy_from_slice(&bytes[at..end]);
                prop_assert_eq!(word_at(&bytes[..end], at), u64::from_le_bytes(rest));
            }
        }

        #[test]
        fn any_text_has_one_and_numbers_do_not_tell(text in "[a-z '\"\\\\é📱.,:x-]{0,30}", n in 0_u32..9_999_999, m in 0_u32..9_999_999) {
            let of = |n: u32| template(&format!("{text} {n} {text}"));
            prop_assert_eq!(of(n), of(m));
        }
    }
}
