//! Timestamps of one minute after the other.

use crate::record::{Timestamp, Zone};

/// The last minute that was read from a text, up to and with its last colon.
#[derive(Debug, Default)]
pub(super) struct Minute {
    text: [u8; 17],
    start: Option<Timestamp>,
}

impl Minute {
    /// Reads `2026-11-22T06:11:54` with an optional fraction and nothing behind it, if it lies
    /// in the minute that was read last. Offsets of zones do not change within a minute.
    #[inline]
    pub(super) fn read(&self, text: &[u8]) -> Option<Timestamp> {
        let (minute, rest) = text.split_first_chunk::<17>()?;
        if !same(minute, &self.text) {
            return None;
        }
        let (second, rest) = rest.split_first_chunk::<2>()?;
        let [tens, ones] = second.map(|byte| i64::from(byte.wrapping_sub(b'0')));
        if tens > 5 || ones > 9 {
            return None;
        }
        let micros = match rest {
            [] => 0,
            [b'.', digits @ ..] => six_digits(digits)?,
            _ => return None,
        };
        let start = self.start?.micros();
        Some(Timestamp::from_micros(start + (tens * 10 + ones) * 1_000_000 + micros))
    }

    /// Remembers the minute of a text that has been read in full.
    pub(super) fn remember(&mut self, text: &[u8], zone: Zone) {
        let Some((minute, rest)) = text.split_first_chunk::<17>() else { return };
        // An offset behind the seconds would move the minute.
        let naive = rest.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
        if naive && minute[16] == b':' {
            let start = std::str::from_utf8(&text[..16]).ok();
            self.start = start.and_then(|start| Timestamp::from_text(start, &zone));
            self.text = *minute;
        }
    }
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
    let [a, b, c, d, e, f] = *digits;
    let word = u64::from_le_bytes([b'0', b'0', a, b, c, d, e, f]);
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
    Some(all as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
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
                "2026-1[12]-22T0[67]:1[12]:[0-7][0-9](\\.[0-9]{3,7}|)(Z|\\+01:00|)", 1..20,
            ),
        ) {
            let mut minute = Minute::default();
            for text in &texts {
                let wanted = Timestamp::from_text(text, &Zone::Utc);
                match minute.read(text.as_bytes()) {
                    None => minute.remember(text.as_bytes(), Zone::Utc),
                    read => prop_assert_eq!(read, wanted),
                }
            }
        }
    }
}
