//! What the name of a file says about its series, and about its place in it.
//!
//! Names are bytes: on Unix they need not be text.

use std::cmp::Reverse;

use memchr::memmem;

/// The place of a file in its series; a lesser one is older.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rotation {
    /// Rotated at a date (`.2026-11-21`, `-20261121`): its digits, which sort as time does.
    Dated(Vec<u8>),
    /// Rotated by count: `.1` is the newest old one.
    Numbered(Reverse<u32>),
    /// The file that is written now, with no suffix.
    Current,
}

/// The name of a log file, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogName<'a> {
    /// The name that all files of the series have in common: `ufo_server.log`.
    pub(super) stem: &'a [u8],
    pub(super) rotation: Rotation,
}

impl LogName<'_> {
    /// Takes `name` apart, or `None` if it is not one that log files have.
    pub(super) fn parse(name: &[u8]) -> Option<LogName<'_>> {
        let plain = without_compression(name);
        if let Some(at) = memmem::rfind(plain, b".log").filter(|at| *at > 0) {
            let (stem, suffix) = plain.split_at(at + b".log".len());
            return rotation(suffix).map(|rotation| LogName { stem, rotation });
        }
        [&b".json"[..], b".ndjson", b".jsonl"]
            .iter()
            .any(|ending| plain.len() > ending.len() && plain.ends_with(ending))
            .then_some(LogName { stem: plain, rotation: Rotation::Current })
    }

    /// The same for a file that was named by the user and is a log, whatever its name.
    pub(super) fn parse_any(name: &[u8]) -> LogName<'_> {
        LogName::parse(name).unwrap_or(LogName { stem: name, rotation: Rotation::Current })
    }
}

/// The stem of the main log whose records the series `stem` repeats: `ufo_server.log` for
/// `ufo_server_daily.log` and `ufo_server_errors.log`; `None` for a log of its own.
pub(super) fn main_of(stem: &[u8]) -> Option<Vec<u8>> {
    [&b"_daily"[..], b"_errors"].iter().find_map(|mark| {
        let at = memmem::find(stem, mark)?;
        Some([&stem[..at], &stem[at + mark.len()..]].concat())
    })
}

fn without_compression(name: &[u8]) -> &[u8] {
    [&b".gz"[..], b".zst", b".xz", b".bz2", b".lz4"]
        .iter()
        .find_map(|ending| name.strip_suffix(*ending))
        .unwrap_or(name)
}

/// The place of a file in the series of a file called `stem`, whatever that is; `None` for one that
/// is not named as rotated files are.
pub(super) fn rotation_of(name: &[u8], stem: &[u8]) -> Option<Rotation> {
    rotation(without_compression(name).strip_prefix(stem)?)
}

fn rotation(suffix: &[u8]) -> Option<Rotation> {
    let Some((&separator, rest)) = suffix.split_first() else { return Some(Rotation::Current) };
    let digits: Vec<u8> = rest.iter().copied().filter(u8::is_ascii_digit).collect();
    let only_digits = !digits.is_empty() && digits.len() == rest.len();
    // No rotation counts to ten million: so many digits are a date or an epoch.
    if separator == b'.' && only_digits && digits.len() < 8 {
        let number = digits.iter().fold(0, |n, digit| n * 10 + u32::from(digit - b'0'));
        return Some(Rotation::Numbered(Reverse(number)));
    }
    let dated = matches!(separator, b'.' | b'-')
        && digits.len() >= 8
        && rest.iter().all(|byte| byte.is_ascii_digit() || b"-_.:T".contains(byte))
        && rest
            .first()
            .zip(rest.last())
            .is_some_and(|(a, z)| a.is_ascii_digit() && z.is_ascii_digit());
    dated.then_some(Rotation::Dated(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(name: &str) -> Option<(&str, Rotation)> {
        let LogName { stem, rotation } = LogName::parse(name.as_bytes())?;
        Some((std::str::from_utf8(stem).unwrap(), rotation))
    }

    #[test]
    fn a_name_has_a_stem_and_a_place() {
        let number = |n| Rotation::Numbered(Reverse(n));
        let date = |digits: &str| Rotation::Dated(digits.into());
        for (name, stem, rotation) in [
            ("ufo_server.log", "ufo_server.log", Rotation::Current),
            ("ufo_server.log.gz", "ufo_server.log", Rotation::Current),
            ("ufo_server.log.10", "ufo_server.log", number(10)),
            ("ufo_server.log.2.zst", "ufo_server.log", number(2)),
            ("d.log.2026-11-21", "d.log", date("20261121")),
            ("d.log.2026-11-21_13-05.xz", "d.log", date("202611211305")),
            ("d.log-20261121", "d.log", date("20261121")),
            ("d.log.1763791200", "d.log", date("1763791200")),
            ("a.json", "a.json", Rotation::Current),
            ("a.ndjson.bz2", "a.ndjson", Rotation::Current),
            ("a.log.jsonl", "a.log.jsonl", Rotation::Current),
        ] {
            let meant = (name != "a.log.jsonl").then_some((stem, rotation));
            assert_eq!(parsed(name), meant, "{name}");
        }
    }

    #[test]
    fn any_file_can_have_rotated_ones() {
        let number = |n| Some(Rotation::Numbered(Reverse(n)));
        assert_eq!(rotation_of(b"out.txt.2.gz", b"out.txt"), number(2));
        assert_eq!(rotation_of(b"out.txt", b"out.txt"), Some(Rotation::Current));
        assert_eq!(rotation_of(b"out.txt.bak", b"out.txt"), None);
        assert_eq!(rotation_of(b"other.txt.1", b"out.txt"), None);
    }

    #[test]
    fn other_names_are_no_logs() {
        for name in [
            "",
            ".log",
            "log",
            "notes.txt",
            "a.log.bak",
            "a.log.1~",
            "a.logger",
            "a.log.",
            ".json",
            "a.log.1.2",
            "a.log-3",
            "a.log.2026-11-21-",
            "a.gz",
        ] {
            assert_eq!(parsed(name), None, "{name}");
        }
        assert_eq!(LogName::parse_any(b"notes.txt").stem, b"notes.txt");
    }

    #[test]
    fn older_sorts_first() {
        let names = ["a.log.2026-11-20", "a.log.2026-11-21", "a.log.10", "a.log.9", "a.log"];
        let places: Vec<_> = names.iter().map(|name| parsed(name).unwrap().1).collect();
        assert!(places.is_sorted(), "{places:?}");
    }

    #[test]
    fn daily_and_error_logs_repeat_a_main_log() {
        assert_eq!(main_of(b"ufo_server_daily.log").unwrap(), b"ufo_server.log");
        assert_eq!(main_of(b"ufo_server_errors.log").unwrap(), b"ufo_server.log");
        assert_eq!(main_of(b"ufo_server.log"), None);
    }
}
