//! Templates of messages: what differs from one message to the next is masked, so that the same
//! trouble is counted once.
//!
//! Whatever is masked has a digit in it, begins with a quotation mark, or is a UUID and has dashes.
//! So everything up to the next of these bytes is copied, many bytes at once, and only there is
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
/// `'…'`), and a word is written at once.
const ROOM: usize = 3 * LOOKED_AT + WORD;
/// So many bytes are copied and asked at once.
const WORD: usize = 16;

/// Writes templates, one after the other in the same place.
pub(super) struct Template {
    line: Line,
    bytes: [u8; ROOM],
    len: usize,
}

/// What stands for a masked piece: a word, of which so many bytes count.
type Mask = ([u8; WORD], usize);

const ID: Mask = mask("<id>");
const NUMBER: Mask = mask("<n>");
const SINGLE: Mask = mask("'…'");
const DOUBLE: Mask = mask("\"…\"");
const CUT: Mask = mask("…");

const fn mask(text: &str) -> Mask {
    let mut word = [0; WORD];
    word.split_at_mut(text.len()).0.copy_from_slice(text.as_bytes());
    (word, text.len())
}

impl Template {
    pub(super) fn new() -> Template {
        Template { line: Line::new(), bytes: [0; ROOM], len: 0 }
    }

    /// The template of a message, see [`template`]. It is UTF-8: all that is copied begins and ends
    /// at ASCII characters or at the end of the line, and so never within a character.
    pub(super) fn of(&mut self, message: &str) -> &[u8] {
        // What follows a line end is not looked at.
        let blank = !begins_visibly(message);
        self.line.set(if blank { first_line(message).1 } else { near(message) });
        self.len = 0;
        self.write();
        // No text has more characters than bytes.
        if self.len > LONGEST
            && let Ok(text) = std::str::from_utf8(&self.bytes[..self.len])
            && let Some((cut, _)) = text.char_indices().nth(LONGEST)
        {
            self.len = cut;
            self.push(CUT);
        }
        &self.bytes[..self.len]
    }

    fn push(&mut self, (word, len): Mask) {
        if let Some(room) = self.bytes.get_mut(self.len..self.len + WORD) {
            room.copy_from_slice(&word);
            self.len += len;
        }
    }

    fn write(&mut self) {
        let mut at = 0;
        // No identifier reaches back behind the last mask.
        let mut behind = 0;
        loop {
            at = self.plain(at);
            let byte = self.line.bytes[at];
            let piece = match byte {
                b'\n' | b'\r' => return,
                b'-' => self.line.dash(behind, at),
                b'\'' | b'"' => self.line.quotation(at),
                b'\\' => None,
                _ => Some(self.line.digit(behind, at)),
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

    /// Copies what stands from `at` up to the next mark, and says where that is.
    fn plain(&mut self, mut at: usize) -> usize {
        while let (Some(word), Some(classes)) = (self.line.word(at), self.line.classes(at)) {
            let plain = place(classes & all(MARK));
            self.push((*word, plain));
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
        let near = near(rest);
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

/// As much of a text as is looked at.
fn near(text: &str) -> &str {
    &text[..text.floor_char_boundary(LOOKED_AT)]
}

fn is_blank(text: &str) -> bool {
    !begins_visibly(text) && text.trim_start().is_empty()
}

/// Whether a text begins with something that is clearly no white space.
fn begins_visibly(text: &str) -> bool {
    text.as_bytes().first().is_some_and(u8::is_ascii_graphic)
}

/// Quotation marks, backslashes, dashes and line ends.
const OTHER: u8 = 1;
/// Decimal digits, which are hexadecimal ones too.
const DECIMAL: u8 = 2;
const HEXADECIMAL: u8 = 4;
/// Whatever a mask may begin with or hangs on.
const MARK: u8 = DECIMAL | OTHER;

/// What a byte is. There is nothing to be decided in it, so that processors do it with many bytes
/// at once.
fn class(byte: u8) -> u8 {
    let is = |other: u8| u8::from(byte == other);
    let digit = u8::from(byte.wrapping_sub(b'0') < 10);
    let letter = u8::from((byte | 0x20).wrapping_sub(b'a') < 6);
    let other = is(b'\'') | is(b'"') | is(b'\\') | is(b'-') | is(b'\n') | is(b'\r');
    (digit * (DECIMAL | HEXADECIMAL)) | (letter * HEXADECIMAL) | (other * OTHER)
}

/// The same byte everywhere in a word.
const fn all(byte: u8) -> u128 {
    u128::from_ne_bytes([byte; WORD])
}

/// How many bytes stand in front of the first one with an answer.
fn place(answers: u128) -> usize {
    answers.trailing_zeros() as usize / u8::BITS as usize
}

/// What is looked at of a line, with a line end behind it, and what its bytes are. Behind the line
/// end stands whatever was there before: nobody goes on beyond it.
struct Line {
    bytes: [u8; SPACE],
    classes: [u8; SPACE],
}

/// Room for a line, its end and what of a word may stand behind that.
const SPACE: usize = (LOOKED_AT + WORD).next_multiple_of(WORD);

/// A masked piece: where it begins, what stands for it, and where it ends.
type Piece = (usize, Mask, usize);

impl Line {
    fn new() -> Line {
        Line { bytes: [b'\n'; SPACE], classes: [class(b'\n'); SPACE] }
    }

    fn set(&mut self, line: &str) {
        self.bytes[..line.len()].copy_from_slice(line.as_bytes());
        self.bytes[line.len()] = b'\n';
        let (bytes, _) = self.bytes.as_chunks();
        classify(&bytes[..=line.len() / WORD], self.classes.as_chunks_mut().0);
    }

    /// The word that stands at a place.
    fn word(&self, at: usize) -> Option<&[u8; WORD]> {
        self.bytes.get(at..at + WORD)?.first_chunk()
    }

    /// What its bytes are, the first one lowest.
    fn classes(&self, at: usize) -> Option<u128> {
        let word = self.classes.get(at..at + WORD)?.first_chunk();
        word.copied().map(u128::from_le_bytes)
    }

    /// Where the first byte with an answer stands, from a place on.
    fn find(&self, mut at: usize, asked: impl Fn(u128) -> u128) -> usize {
        while let Some(classes) = self.classes(at) {
            let found = place(asked(classes));
            at += found;
            if found < WORD {
                break;
            }
        }
        at
    }

    /// How many hexadecimal digits stand at a place.
    fn hexadecimal(&self, at: usize) -> usize {
        self.find(at, |classes| !classes & all(HEXADECIMAL)) - at
    }

    /// Where decimal digits end.
    fn digits_end(&self, at: usize) -> usize {
        self.find(at, |classes| !classes & all(DECIMAL))
    }

    /// The UUID whose first part ends here and has no decimal digit.
    fn dash(&self, behind: usize, at: usize) -> Option<Piece> {
        let begin = self.identifier_begin(behind, at);
        self.is_uuid(begin).then_some((begin, ID, begin + UUID))
    }

    /// The quotation that a quotation mark opens, if it does.
    fn quotation(&self, at: usize) -> Option<Piece> {
        let quote = self.bytes[at];
        let letter = |at: usize| self.bytes[at].is_ascii_alphabetic();
        if quote == b'\'' && at > 0 && letter(at - 1) && letter(at + 1) {
            return None;
        }
        let is_end = |byte: u8| matches!(byte, b'\n' | b'\r');
        let mut end = at + 1;
        loop {
            end = self.find(end, |classes| classes & all(OTHER));
            match self.bytes[end] {
                byte if is_end(byte) => break,
                byte if byte == quote => {
                    end += 1;
                    break;
                }
                // The byte behind does not end the quotation.
                b'\\' if !is_end(self.bytes[end + 1]) => end += 2,
                _ => end += 1,
            }
        }
        Some((at, if quote == b'"' { DOUBLE } else { SINGLE }, end))
    }

    /// The number or identifier that has its first digit at `at`.
    fn digit(&self, behind: usize, at: usize) -> Piece {
        let begin = self.identifier_begin(behind, at);
        if let Some(length) = self.identifier(begin) {
            return (begin, ID, begin + length);
        }
        if begin < at
            && let Some(length) = self.identifier(at)
        {
            return (at, ID, at + length);
        }
        (at, NUMBER, self.number_end(at))
    }

    /// Where an identifier would begin that goes on at `at` with a byte that is no letter: with the
    /// first hexadecimal digit among the letters in front, if from there on all are such digits.
    fn identifier_begin(&self, behind: usize, at: usize) -> usize {
        let before = &self.bytes[behind..at];
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
    fn identifier(&self, at: usize) -> Option<usize> {
        let length = self.hexadecimal(at);
        if length >= IDENTIFIER {
            return Some(if self.is_uuid(at) { UUID } else { length });
        }
        if !self.bytes[at..].starts_with(b"0x") {
            return None;
        }
        let length = self.hexadecimal(at + "0x".len());
        (length > 0).then_some("0x".len() + length)
    }

    /// The end of a number with its points, commas and colons between digits.
    fn number_end(&self, at: usize) -> usize {
        let mut end = self.digits_end(at);
        while let [b'.' | b':' | b',', digit, ..] = &self.bytes[end..]
            && digit.is_ascii_digit()
        {
            end = self.digits_end(end + 1);
        }
        end
    }

    fn is_uuid(&self, at: usize) -> bool {
        let form = b"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
        let Some(classes) = self.classes.get(at..at + UUID) else { return false };
        let expected = |form: &u8| if *form == b'-' { OTHER } else { HEXADECIMAL };
        let wrong = |(class, form): (&u8, &u8)| !class & expected(form);
        classes.iter().zip(form).map(wrong).fold(0, |any, wrong| any | wrong) == 0
            && [8, 13, 18, 23].iter().all(|dash| self.bytes[at + dash] == b'-')
    }
}

/// The length of a UUID.
const UUID: usize = 36;

/// Says what the bytes of some words are. By itself compilers make good code of it.
#[inline(never)]
fn classify(words: &[[u8; WORD]], classes: &mut [[u8; WORD]]) {
    for (classes, word) in classes.iter_mut().zip(words) {
        for (answer, byte) in classes.iter_mut().zip(word) {
            *answer = class(*byte);
        }
    }
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
        fn bytes_are_found_by_what_they_are(text in "[ -~]{0,60}", at in 0_usize..60) {
            let mut line = Line::new();
            line.set(&"'0a".repeat(LOOKED_AT / 3)); // What stood there before does not matter.
            line.set(&text);
            let at = at.min(text.len());
            let first = |is: fn(&u8) -> bool| {
                text.bytes().skip(at).position(|byte| is(&byte)).map_or(text.len(), |found| at + found)
            };
            let mark = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'\'' | b'"' | b'-' | b'\\');
            prop_assert_eq!(line.find(at, |classes| classes & all(MARK)), first(mark));
            prop_assert_eq!(line.digits_end(at), first(|byte| !byte.is_ascii_digit()));
            prop_assert_eq!(at + line.hexadecimal(at), first(|byte| !byte.is_ascii_hexdigit()));
        }

        #[test]
        fn any_text_has_one_and_numbers_do_not_tell(text in "[a-z '\"\\\\é📱.,:x-]{0,30}", n in 0_u32..9_999_999, m in 0_u32..9_999_999) {
            let of = |n: u32| template(&format!("{text} {n} {text}"));
            prop_assert_eq!(of(n), of(m));
        }
    }
}
