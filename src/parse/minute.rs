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

/// The number of exactly six digits.
fn six_digits(digits: &[u8]) -> Option<i64> {
    let digits: &[u8; 6] = digits.try_into().ok()?;
    let [a, b, c, d, e, f] = digits.map(|digit| i64::from(digit.wrapping_sub(b'0')));
    let valid = a < 10 && b < 10 && c < 10 && d < 10 && e < 10 && f < 10;
    valid.then_some(((a * 10 + b) * 100 + c * 10 + d) * 100 + e * 10 + f)
}
