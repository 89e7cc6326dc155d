//! Texts of the screen: numbers that can be read at a glance, and logged text made harmless.

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Span;

use crate::escape::{fit, terminal};
use crate::record::{Timestamp, Zone};
use crate::render::text::value;

/// What a piece of text is, which decides its colour. Nothing is said by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Title,
    Good,
    Warning,
    Error,
    Critical,
    Note,
    /// What is typed, and what is to be typed.
    Key,
}

impl Ink {
    /// The ink of a level or of a severity by its name.
    pub(super) fn of_level(level: &str) -> Ink {
        match level {
            "WARNING" => Ink::Warning,
            "ERROR" => Ink::Error,
            "CRITICAL" => Ink::Critical,
            _ => Ink::Plain,
        }
    }

    /// Red where there is something, plain where there is nothing.
    pub(super) fn bad(count: i64) -> Ink {
        if count > 0 { Ink::Error } else { Ink::Plain }
    }

    pub(super) fn style(self, color: bool) -> Style {
        let plain = Style::new();
        let inked = |ink: Color| if color { plain.fg(ink) } else { plain };
        match self {
            Ink::Plain => plain,
            Ink::Title | Ink::Key => inked(Color::Cyan).add_modifier(Modifier::BOLD),
            Ink::Good => inked(Color::Green),
            Ink::Warning => inked(Color::Yellow),
            Ink::Error => inked(Color::Red),
            Ink::Critical => inked(Color::Red).add_modifier(Modifier::BOLD),
            Ink::Note => plain.add_modifier(Modifier::DIM),
        }
    }
}

/// A piece of text of our own.
pub(super) fn ink(ink: Ink, text: impl Into<String>, color: bool) -> Span<'static> {
    Span::styled(text.into(), ink.style(color))
}

/// Text from a log, a file name or a typist, masked, escaped, and cut to so many columns.
///
/// What asks for the wide form of a character is left out: terminals disagree about how wide that
/// is, and all that stands behind it would be displaced.
pub(super) fn shown(text: &str, columns: usize) -> String {
    // Marks that take no room could be many: only a beginning is looked at.
    let most = columns.saturating_mul(4).max(64);
    let short: String = text.chars().take(most).collect();
    let mut shown: String =
        terminal(&short).chars().filter(|c| !matches!(c, '\u{fe00}'..='\u{fe0f}')).collect();
    if short.len() < text.len() {
        shown.push('…');
    }
    fit(&shown, columns).into_owned()
}

/// A count with its thousands set apart.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count that may not be known.
pub(super) fn maybe(n: Option<i64>) -> String {
    match n {
        None => "-".to_owned(),
        Some(n) if n < 0 => n.to_string(),
        Some(n) => count(n.unsigned_abs()),
    }
}

/// A number in at most four characters and a unit: `0`, `0.3`, `12`, `3.4k`, `120M`.
pub(super) fn brief(n: f64) -> String {
    let mut n = n.max(0.0);
    let mut unit = "";
    for next in ["k", "M", "G", "T"] {
        if n < 999.5 {
            break;
        }
        n /= 1000.0;
        unit = next;
    }
    let number = if n < 0.05 { "0".to_owned() } else { format!("{n:.1}") };
    let number = if n >= 9.95 { format!("{n:.0}") } else { number };
    format!("{number}{unit}")
}

/// A share in percent.
pub(super) fn percent(share: f64) -> String {
    value::percent(share)
}

/// A length of time in whole seconds.
pub(super) fn duration(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds}s"),
        120..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h {:02}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d {:02}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// A time of day to the second.
pub(super) fn clock(time: Timestamp, zone: Zone) -> String {
    let civil = time.civil(&zone);
    format!("{:02}:{:02}:{:02}", civil.hour, civil.minute, civil.second)
}

/// A date and time with its zone.
pub(super) fn moment(time: Timestamp, zone: Zone) -> String {
    let suffix = zone.suffix(time.micros().div_euclid(1_000_000));
    format!("{}{suffix}", value::moment(time, zone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escape::width;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_short() {
        let texts = [0.0, 0.3, 9.96, 12.4, 999.4, 999.6, 3400.0, 1.2e8, 5e20].map(brief);
        assert_eq!(texts, ["0", "0.3", "10", "12", "999", "1.0k", "3.4k", "120M", "500000000T"]);
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!((maybe(None), maybe(Some(-1))), ("-".to_owned(), "-1".to_owned()));
        let texts = [0, 119, 120, 3599, 3600, 90_000].map(duration);
        assert_eq!(texts, ["0s", "119s", "2m 00s", "59m 59s", "1h 00m", "1d 01h"]);
    }

    #[test]
    fn marks_without_end_are_cut() {
        let text = format!("a{}", "\u{301}".repeat(100_000));
        assert!(shown(&text, 10).chars().count() < 80);
    }

    proptest! {
        #[test]
        fn no_text_takes_more_than_its_room(text in "\\PC{0,40}|[\\x00-\\x1f⚠\u{fe0f}🛸设]{0,40}", room in 0_usize..30) {
            let shown = shown(&text, room);
            prop_assert!(width(&shown) <= room, "{shown:?}");
            prop_assert!(!shown.chars().any(char::is_control));
        }
    }
}
