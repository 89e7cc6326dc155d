//! What a line is, by its first bytes: the forms that producers write, byte for byte.

use std::ops::Range;

use memchr::memchr2;
use memchr::memmem;

use super::Envelopes;
use crate::record::{Timestamp, Zone};

/// Which of the two outputs of a program a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Out,
    Err,
}

impl Stream {
    fn named(name: &[u8]) -> Option<Stream> {
        match name {
            b"stdout" => Some(Stream::Out),
            b"stderr" => Some(Stream::Err),
            _ => None,
        }
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Stream::Out => "stdout",
            Stream::Err => "stderr",
        }
    }
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Head {
    /// It begins like an object with a key, or like an empty one.
    Object,
    /// It begins like a record of Python's default format.
    Text,
    /// A part of what a container has written.
    Part(Part),
    /// `[pod/NAME/CONTAINER] …`: the place of what stands behind that.
    Prefixed(usize),
    /// Anything else.
    Other,
}

/// A line of a container's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Docker's form; else that of CRI.
    pub(super) docker: bool,
    pub(super) stream: Stream,
    /// Whether the program's own line goes on in a later part.
    pub(super) partial: bool,
    /// Where what the program wrote stands, as it stands there: Docker's is the inside of a JSON
    /// string.
    pub(super) content: Range<usize>,
    /// Where the time stands; empty where that is found in another way.
    pub(super) time: Range<usize>,
}

/// What a line is. NUL bytes and a byte order mark are not part of it.
pub(super) fn head(line: &[u8], looked_for: Envelopes) -> Head {
    let first = line.first().copied().unwrap_or_default();
    if first == b'{' {
        if looked_for.has(Envelopes::Docker)
            && let Some(part) = docker(line)
        {
            return Head::Part(part);
        }
        let object = looked_for != Envelopes::Text && is_object(line);
        return if object { Head::Object } else { Head::Other };
    }
    if first.is_ascii_digit() {
        if looked_for.has(Envelopes::Cri)
            && let Some(part) = cri(line)
        {
            return Head::Part(part);
        }
        return if looked_for.has(Envelopes::Text) && header(line).is_some() {
            Head::Text
        } else {
            Head::Other
        };
    }
    if first == b'['
        && looked_for == Envelopes::Auto
        && let Some(at) = prefix(line)
    {
        return Head::Prefixed(at);
    }
    Head::Other
}

/// Whether a line is a record for itself, or the first line of one: nothing before it matters for
/// it, and nothing that was open goes on behind it.
pub(super) fn begins(head: &Head) -> bool {
    matches!(head, Head::Object | Head::Text | Head::Prefixed(_))
}

/// Whether what a program wrote begins a record.
pub(super) fn is_beginning(content: &[u8]) -> bool {
    is_object(content) || header(content).is_some()
}

/// An opening brace and behind it a key or the closing one: in a traceback or in what was printed
/// over several lines, a brace mostly stands alone.
pub(super) fn is_object(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"{") else { return false };
    matches!(rest.trim_ascii_start().first(), Some(b'"' | b'}'))
}

/// `{"log":"…","stream":"stdout",…}` as Docker's `json-file` driver writes it, in this order.
fn docker(line: &[u8]) -> Option<Part> {
    const OPENING: &[u8] = b"{\"log\":\"";
    const STREAM: &[u8] = b"\",\"stream\":\"";
    line.strip_prefix(OPENING)?;
    let start = OPENING.len();
    let (end, ends_line) = string_end(line, start)?;
    let rest = line[end..].strip_prefix(STREAM)?;
    let stream = Stream::named(rest.get(..6)?)?;
    let behind = rest.get(6..8)?;
    if !(behind == b"\"," || behind == b"\"}") || !line.ends_with(b"}") {
        return None;
    }
    Some(Part { docker: true, stream, partial: !ends_line, content: start..end, time: 0..0 })
}

/// Where the closing quote of a string is, and whether the string ends with an escaped line feed.
fn string_end(line: &[u8], start: usize) -> Option<(usize, bool)> {
    let (mut at, mut newline) = (start, usize::MAX);
    loop {
        at += memchr2(b'"', b'\\', line.get(at..)?)?;
        if line[at] == b'"' {
            return Some((at, newline == at));
        }
        at += 2;
        if line.get(at - 1) == Some(&b'n') {
            newline = at;
        }
    }
}

/// `2026-11-22T06:05:00.123456789Z stdout F …`; further tags stand behind the first, with colons.
pub(super) fn cri(line: &[u8]) -> Option<Part> {
    // `+05:45` is the longest end of a time of nanoseconds.
    let blank = line.iter().take(36).position(|byte| *byte == b' ')?;
    let time = std::str::from_utf8(&line[..blank]).ok()?;
    if !time.contains('T') {
        return None;
    }
    let stream = Stream::named(line.get(blank + 1..blank + 7)?)?;
    let tags = line[blank + 7..].strip_prefix(b" ")?;
    let length = tags.iter().position(|byte| *byte == b' ').unwrap_or(tags.len());
    let partial = match tags[..length].split(|byte| *byte == b':').next()? {
        b"P" => true,
        b"F" => false,
        _ => return None,
    };
    Timestamp::from_text(time, &Zone::Utc)?;
    let content = (blank + 8 + length + 1).min(line.len())..line.len();
    Some(Part { docker: false, stream, partial, content, time: 0..blank })
}

/// `[pod/NAME/CONTAINER] ` as `kubectl logs --prefix` writes it.
fn prefix(line: &[u8]) -> Option<usize> {
    line.strip_prefix(b"[pod/")?;
    let end = memmem::find(&line[..line.len().min(1024)], b"] ")? + 2;
    is_beginning(&line[end..]).then_some(end)
}

/// The first line of a record in Python's default format, its parts as places in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) time: Range<usize>,
    pub(super) logger: Range<usize>,
    pub(super) level: Range<usize>,
    pub(super) message: usize,
}

/// Reads `2026-11-22 06:11:54,593 - LOGGER - LEVEL - …`.
pub(super) fn header(line: &[u8]) -> Option<Header> {
    const TIME: &[u8] = b"0000-00-00 00:00:00,000";
    const BETWEEN: &[u8] = b" - ";
    // No level has a longer name, and no logger that is one.
    const NAME: usize = 256;
    const LEVEL: usize = 20;
    let time = line.get(..TIME.len())?;
    let fits = |(byte, form): (&u8, &u8)| match form {
        b'0' => byte.is_ascii_digit(),
        form => byte == form,
    };
    if !time.iter().zip(TIME).all(fits) {
        return None;
    }
    let start = TIME.len() + BETWEEN.len();
    let rest = line[TIME.len()..].strip_prefix(BETWEEN)?;
    let logger = memmem::find(&rest[..rest.len().min(NAME)], BETWEEN)?;
    let level_start = logger + BETWEEN.len();
    let behind = &rest[level_start..];
    let level = memmem::find(&behind[..behind.len().min(LEVEL + 3)], BETWEEN)?;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_');
    if logger == 0 || level == 0 || !behind[..level].iter().all(is_name) {
        return None;
    }
    Some(Header {
        time: 0..TIME.len(),
        logger: start..start + logger,
        level: start + level_start..start + level_start + level,
        message: start + level_start + level + BETWEEN.len(),
    })
}
