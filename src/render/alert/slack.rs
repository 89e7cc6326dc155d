//! The body of a request to a Slack webhook.
//!
//! Texts come from rules and logs. They may not ping anybody, link to anything or format: what
//! Slack would interpret is replaced by what looks like it.

use std::fmt::Write as _;

use serde::Serialize;

use super::instant;
use super::json::line;
use super::texts::Texts;
use crate::alert::{ALERTNAME, Event, Heartbeat, SEVERITY, Severity, Status};
use crate::escape::visible;

/// How many characters Slack shows of a text; the line has no more bytes than that.
const MAX_TEXT: usize = 3_000;
/// The one annotation that is meant to be a link.
const RUNBOOK: &str = "runbook_url";

#[derive(Serialize)]
struct Message<'a> {
    text: &'a str,
}

/// Appends an event: its message, its annotations, its labels, each on a line of its own. No line
/// begins with such a text: Slack would take some for quotations.
pub(super) fn write(event: &Event, out: &mut Vec<u8>) {
    Texts::of(event).write_within(MAX_TEXT, out, |texts, out| {
        let (sign, since) = (sign(event), instant(event.starts_at));
        let mut text = format!("{sign} *{}* {}", event.severity, neutral(&texts.message));
        for (name, value) in &texts.annotations {
            push(&mut text, format_args!("\n• {}: {}", neutral(name), annotation(name, value)));
        }
        for (name, value) in texts.labels.iter().filter(|(name, _)| !is_told(name)) {
            push(&mut text, format_args!("\n• {}: {}", neutral(name), neutral(value)));
        }
        push(&mut text, format_args!("\nsince {since}"));
        if let Some(end) = event.ended() {
            push(&mut text, format_args!(", until {}", instant(end)));
        }
        line(&Message { text: &text }, out);
    });
}

/// Appends a sign of life.
pub(super) fn write_heartbeat(heartbeat: &Heartbeat, out: &mut Vec<u8>) {
    line(&Message { text: &format!("💓 {}", heartbeat.message()) }, out);
}

/// Whether the first line says what the label says.
fn is_told(label: &str) -> bool {
    label == ALERTNAME || label == SEVERITY
}

fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(what);
}

fn sign(event: &Event) -> char {
    match (event.status, event.severity) {
        (Status::Resolved, _) => '✅',
        (Status::Firing, Severity::Critical) => '🔴',
        (Status::Firing, Severity::Error) => '🟠',
        (Status::Firing, Severity::Warning) => '🟡',
        (Status::Firing, Severity::Info) => '🔵',
    }
}

fn annotation(name: &str, value: &str) -> String {
    match link(value) {
        Some(link) if name == RUNBOOK => link,
        _ => neutral(value),
    }
}

/// A whole text that is an address, as a link to it.
fn link(text: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#!$+,;=%&".contains(c);
    let is_address = text.starts_with("https://") || text.starts_with("http://");
    (is_address && text.chars().all(allowed)).then(|| format!("<{}>", text.replace('&', "&amp;")))
}

/// A text that Slack shows as it stands: entities for its three special characters, and for
/// what mentions, links and formats a character that looks the same.
fn neutral(text: &str) -> String {
    let text = visible(text);
    let mut shown = String::with_capacity(text.len() + 16);
    let mut before = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        match c {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '@' => shown.push('＠'),
            '`' => shown.push('ˋ'),
            '*' => shown.push('∗'),
            '~' => shown.push('∼'),
            // Within a word it formats nothing, and names are full of it.
            '_' if !(joins(before) && joins(rest.clone().next())) => shown.push('＿'),
            ':' if rest.as_str().starts_with("//") => shown.push('∶'),
            c => shown.push(c),
        }
        before = Some(c);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_interpreted() {
        for (text, meant) in [
            ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;＠U1&gt;"),
            ("@here", "＠here"),
            ("see https://evil.example/x", "see https∶//evil.example/x"),
            ("*b* _i_ ~s~ `c`", "∗b∗ ＿i＿ ∼s∼ ˋcˋ"),
            ("device_1_a: 5", "device_1_a: 5"),
            ("a\nb\u{202e}", r"a\nb\u{202e}"),
        ] {
            assert_eq!(neutral(text), meant);
        }
    }

    #[test]
    fn only_the_runbook_is_a_link() {
        let address = "https://wiki.example/a?b=1&c=2";
        assert_eq!(annotation(RUNBOOK, address), "<https://wiki.example/a?b=1&amp;c=2>");
        assert_eq!(annotation("summary", address), "https∶//wiki.example/a?b=1&amp;c=2");
        for text in [
            "https://a|<!channel>",
            "https://a> <!here",
            "javascript:x",
            "https://a b",
            "https://wiki@b",
        ] {
            assert_eq!(annotation(RUNBOOK, text), neutral(text), "{text}");
        }
    }
}
