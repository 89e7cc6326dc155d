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
}

impl Minute {
    /// Reads `2026-11-22T06:11:54` with an optional fraction, if it lies in the minute that was
    /// read last and ends as that did. Offsets of zones do not change within a minute.
    #[inline]
    pub(super) fn read(&self, text: &[u8]) -> Option<Timestamp> {
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
            [b'.', digits @ ..] if digits.len() == 6 && self.suffix.is_empty() => {
                six_digits(digits)?
            }
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

/// The number of exactly six digits, all at once: neighbours are joined to numbers of two digits,
/// and these to the whole.
fn six_digits(digits: &[u8]) -> Option<i64> {
    let digits: &[u8; 6] = digits.try_into().ok()?;
    let mut eight = *b"00000000";
    eight[2..].copy_from_slice(digits);
    let word = u64::from_le_bytes(eight);
    // A digit is 0x30 to 0x39: with 6 added it stays below 0x40, and nothing else does.
    let high = 0xf0f0_f0f0_f0f0_f0f0;
    let zeros = 0x3030_3030_3030_3030;
    if (word & high) != zeros || (word.wrapping_add(0x0606_0606_0606_0606) & high) != zeros {
        return None;
    }
    let pairs = word.wrapping_sub(zeros);
    let pairs = (pairs.wrapping_mul(10).wrapping_add(pairs >> 8)) & 0x00ff_00ff_00ff_00ff;
    let quads = (pairs.wrapping_mul(100).wrapping_add(pairs >> 16)) & 0x0000_ffff_0000_ffff;
    let all = quads.wrapping_mul(10_000).wrapping_add(quads >> 32) & 0xffff_ffff;
    Some(all.cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Zone;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn six_digits_are_a_number(text in "[0-9]{6}|[0-9:/.a-f]{6}|[0-9]{5,7}") {
            let wanted: Option<i64> = (text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()))
                .then(|| text.parse().unwrap());
            prop_assert_eq!(six_digits(text.as_bytes()), wanted);
        }

        #[test]
        fn a_minute_gives_what_reading_in_full_gives(
            texts in prop::collection::vec(
                "2026-11-2[12]T06:1[12]:[0-7][0-9]([.,][0-9]{0,11}|)(Z|\\+01:00|\\+02|)", 1..40,
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
