//! Timestamps of one minute after the other.

use crate::record::Timestamp;

/// The last minute that was read from a text, and what stood behind its seconds.
#[derive(Debug, Default)]
pub(super) struct Minute {
    /// The text up to and with its last colon.
    text: [u8; 17],
    /// What stood behind the seconds and their fraction: nothing, `Z`, an offset.
    suffix: Box<[u8]>,
    start: Option<Timestamp>,
    /// The text but its last colon as two words, and the start, if nothing stood behind the
    /// seconds and their fraction.
    plain: Option<([u64; 2], i64)>,
}

impl Minute {
    /// Reads `2026-11-22T06:11:54` with an optional fraction, if it lies in the minute that was
    /// read last and ends as that did. Offsets of zones do not change within a minute.
    pub(super) fn read(&self, text: &[u8]) -> Option<Timestamp> {
        let plain = text.try_into().ok().and_then(|text| self.read_plain(text));
        plain.or_else(|| self.read_any(text))
    }

    /// The same for the form that most formatters write: six digits behind the point and nothing
    /// behind these.
    #[inline]
    pub(super) fn read_plain(&self, text: &[u8; PLAIN]) -> Option<Timestamp> {
        let word = |at: usize| text[at..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
        let ([first, second], start) = self.plain?;
        // `:54.1234` and `.123456`: without the colon and the point there are eight digits.
        let (seconds, fraction) = (word(16), word(18));
        let digits = (seconds >> 8 & 0xffff | fraction & !0xffff) ^ ZEROS;
        let signs = (seconds ^ SIGNS) & 0xff00_00ff;
        let other = (word(0) ^ first) | (word(8) ^ second) | signs | beyond(digits);
        (other == 0).then(|| Timestamp::from_micros(start + eight_digits(digits)))
    }

    fn read_any(&self, text: &[u8]) -> Option<Timestamp> {
        let (minute, rest) = text.split_first_chunk::<17>()?;
        if !same(minute, &self.text) {
            return None;
        }
        let start = self.start?.micros();
        let (second, rest) = rest.split_first_chunk::<2>()?;
        let [tens, ones] = second.map(|byte| i64::from(byte.wrapping_sub(b'0')));
        if tens > 5 || ones > 9 {
            return None;
        }
        let micros = match rest {
            [] if self.suffix.is_empty() => 0,
            _ => {
                let (micros, rest) = fraction(rest)?;
                (*rest == *self.suffix).then_some(micros)?
            }
        };
        Some(Timestamp::from_micros(start + (tens * 10 + ones) * MICROS + micros))
    }

    /// Remembers the minute of a text that has been read in full.
    pub(super) fn remember(&mut self, text: &[u8], read: Timestamp) {
        let Some((minute, rest)) = text.split_first_chunk::<17>() else { return };
        if minute.starts_with(b"9999") {
            // The last instants: what lies behind them cannot be written, whatever its minute.
            return;
        }
        let Some(([tens @ b'0'..=b'5', ones @ b'0'..=b'9'], rest)) = rest.split_first_chunk()
        else {
            return;
        };
        let Some((micros, suffix)) = fraction(rest).filter(|_| minute[16] == b':') else { return };
        let seconds = i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
        self.start = Some(Timestamp::from_micros(read.micros() - seconds * MICROS - micros));
        self.text = *minute;
        if *self.suffix != *suffix {
            self.suffix = suffix.into();
        }
        let (words, _) = self.text.as_chunks();
        let words = [0, 1].map(|at| u64::from_le_bytes(words[at]));
        self.plain = self.start.filter(|_| suffix.is_empty()).map(|start| (words, start.micros()));
    }
}

const MICROS: i64 = 1_000_000;

/// A fraction of a second in microseconds, finer digits cut off, and what follows; 0 where there
/// is none. Fractions of more than nine digits are left to the general way.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.' | b',', digits @ ..] = text else { return Some((0, text)) };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at_checked(count).filter(|_| (1..=9).contains(&count))?;
    let digit = |place: usize| digits.get(place).map_or(0, |digit| i64::from(digit - b'0'));
    Some(((0..6).fold(0, |micros, place| micros * 10 + digit(place)), rest))
}

/// Whether two minutes are written alike, in words that overlap: the usual comparison of so many
/// bytes is a call.
fn same(a: &[u8; 17], b: &[u8; 17]) -> bool {
    let word = |text: &[u8; 17], at: usize| {
        u64::from_le_bytes(text[at..at + 8].try_into().unwrap_or_default())
    };
    let differs = |at| word(a, at) ^ word(b, at);
    differs(0) | differs(8) | differs(9) == 0
}

/// What is no digit of the seconds in a word of eight bytes, from which those of `0` have been taken:
/// the first of them are tens.
#[inline]
fn beyond(digits: u64) -> u64 {
    // What is below 10 (6 for the tens) stays below 0x80 with this, which nothing else does. What
    // overflows does so behind a byte that is too large by itself.
    const LIMITS: u64 = u64::from_le_bytes([0x7a, 0x76, 0x76, 0x76, 0x76, 0x76, 0x76, 0x76]);
    (digits.wrapping_add(LIMITS) | digits) & 0x8080_8080_8080_8080
}

/// The length of the plain form.
pub(super) const PLAIN: usize = 26;

/// The colon and the point around the seconds.
const SIGNS: u64 = u64::from_le_bytes(*b":\0\0.\0\0\0\0");

const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);

/// The number of eight digits, each in a byte, all at once: neighbours are joined to numbers of two
/// digits, these to such of four, and these to the whole.
#[inline]
fn eight_digits(digits: u64) -> i64 {
    let pairs = (digits.wrapping_mul(10).wrapping_add(digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let quads = (pairs.wrapping_mul(100).wrapping_add(pairs >> 16)) & 0x0000_ffff_0000_ffff;
    (quads.wrapping_mul(10_000).wrapping_add(quads >> 32) & 0xffff_ffff).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Zone;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn eight_digits_are_a_number(text in "[0-9]{8}|[0-9]{0,7}[:/.a-f\\x00\\x7fé][0-9:é]{7}") {
            let word = u64::from_le_bytes(*text.as_bytes().first_chunk().unwrap()) ^ ZEROS;
            let head = &text.as_bytes()[..8];
            let fits = head.iter().all(u8::is_ascii_digit) && head[0] < b'6';
            prop_assert_eq!(beyond(word) == 0, fits);
            if fits {
                prop_assert_eq!(eight_digits(word), text[..8].parse::<i64>().unwrap());
            }
        }

        #[test]
        fn a_minute_gives_what_reading_in_full_gives(
            texts in prop::collection::vec(
                "2026-11-2[12]T06:1[12]:[0-7][0-9]([.,][0-9]{0,11}|[.,][0-9]{6}|[.][0-9/:a]{6}|)(Z|\\+01:00|\\+02|)", 1..40,
            ),
        ) {
            let mut minute = Minute::default();
            for text in &texts {
                let wanted = Timestamp::from_text(text, &Zone::Utc);
                match (minute.read(text.as_bytes()), wanted) {
                    (None, Some(wanted)) => minute.remember(text.as_bytes(), wanted),
                    (read, wanted) => prop_assert_eq!(read, wanted),
                }
            }
        }
    }
}
