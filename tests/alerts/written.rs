//! Logs of lines that say when they are and what happens in them.

use std::fmt;

use proptest::prelude::*;
use ufo_logscan::record::Timestamp;

/// When the logs begin: 2026-11-22T06:00:00Z, in seconds since 1970.
pub(crate) const START: i64 = 1_795_327_200;

/// One line: when it is, in milliseconds behind [`START`], if it says so, and what it says.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) at: Option<i64>,
    pub(crate) text: String,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The lines as a file has them.
pub(crate) fn bytes(lines: &[Line]) -> Vec<u8> {
    lines.iter().flat_map(|line| line.text.bytes().chain([b'\n'])).collect()
}

/// A record; further members begin with a comma.
pub(crate) fn record(
    at: Option<i64>,
    level: &str,
    logger: &str,
    message: &str,
    more: &str,
) -> Line {
    let stamp = |at: i64| Timestamp::from_micros(START * 1_000_000 + at * 1000);
    let time = at.map(|at| format!("\"timestamp\":\"{}\",", stamp(at))).unwrap_or_default();
    let module = logger.rsplit('.').next().unwrap();
    let text = format!(
        "{{{time}\"level\":\"{level}\",\"logger\":\"{logger}\",\"message\":\"{message}\",\
         \"module\":\"{module}\"{more}}}"
    );
    Line { at, text }
}

/// A line that is no record.
pub(crate) fn malformed() -> Line {
    Line { at: None, text: "{\"level\":\"INFO\",\"message".to_owned() }
}

const WS: &str = "UFOWebSocketHandler";
const SM: &str = "ufo.server.services.session_manager";

/// What lines are about: `{c}` is a client, `{s}` a session.
const SAID: [(&str, &str, &str, &str); 16] = [
    ("INFO", "ufo.a", "step {n} done", ",\"n\":{n}"),
    ("INFO", "ufo.b", "step {n} done", ",\"n\":{n}"),
    ("ERROR", "ufo.a", "step {n} failed", ",\"n\":{n}"),
    ("CRITICAL", "ufo.b", "disk full", ""),
    ("WARNING", "ufo.c", "disk nearly full", ",\"client_id\":\"{c}\""),
    ("INFO", WS, "[WS] 📱 Device client {c} connected", ""),
    ("INFO", WS, "[WS] 📱 Device client {c} connected", ""),
    ("WARNING", WS, "[WS] {c} disconnected - code=1006, reason=", ""),
    ("INFO", SM, "[SessionManager] 🚀 Started background task {s}", ",\"client_id\":\"{c}\""),
    ("INFO", SM, "[SessionManager] 🚀 Started background task {s}", ",\"client_id\":\"{c}\""),
    ("INFO", SM, "[SessionManager] ✅ Session {s} completed with status COMPLETED", ""),
    ("INFO", SM, "[SessionManager] ✅ Session {s} completed with status FAILED", ""),
    ("INFO", "ufo_logscan.probe", "health check http://h", ",\"ok\":true,\"latency_ms\":{n}0"),
    ("ERROR", "ufo_logscan.probe", "health check http://h", ",\"ok\":false"),
    ("ERROR", "ufo_logscan.alert", "HighErrorRate firing", ""),
    ("INFO", "root", "Logging configured successfully", ""),
];

/// A line about something, at a time if it says any.
fn said(what: usize, at: Option<i64>, n: i64) -> Line {
    let Some((level, logger, message, more)) = SAID.get(what) else { return malformed() };
    let fill = |text: &str| {
        let text = text.replace("{c}", &format!("device_{}", n % 3));
        text.replace("{s}", &format!("s{}", n % 4)).replace("{n}", &n.to_string())
    };
    record(at, level, logger, &fill(message), &fill(more))
}

/// How a random log goes on: milliseconds to the next line, what it says, a number for names,
/// and how it deviates.
type Drawn = (i64, usize, i64, u8);

/// Random logs: everything happens, a few seconds or hours apart, out of order by less and by
/// more than is allowed, undated, dated far ahead.
pub(crate) fn random(most: usize) -> impl Strategy<Value = Vec<Line>> {
    let step = prop_oneof![
        12 => 0_i64..6_000, 4 => (0_i64..8).prop_map(|s| s * 5_000), 2 => 5_000_i64..90_000,
        1 => 300_000_i64..4_000_000,
    ];
    let line = (step, 0..SAID.len() + 1, 0_i64..30, 0_u8..40);
    prop::collection::vec(line, 1..most).prop_map(|drawn| {
        let mut now = 0;
        drawn.into_iter().map(|drawn| next(&mut now, drawn)).collect()
    })
}

fn next(now: &mut i64, (step, what, n, how): Drawn) -> Line {
    let at = match how {
        0 => None,
        // Not so far that a rule which tells again every few seconds fills the memory.
        1 => Some(*now + 400_000_000 + n * 100),
        2 | 3 => Some(*now - 4_000),
        4 => Some(*now - 30_000),
        _ => {
            *now += step;
            Some(*now)
        }
    };
    said(what, at, n)
}

/// Random logs in which nothing comes late and all is dated, but for lines that are no
/// records; nor are there alerts of the program's own. No time is doubted, as an hour's jump would
/// be until another record confirms it, even if lines arrive some seconds out of order.
pub(crate) fn orderly(most: usize) -> impl Strategy<Value = Vec<Line>> {
    random(most).prop_map(|mut lines| {
        let mut latest = 0;
        lines.retain(|line| {
            let fits = line.at.is_none_or(|at| (latest..latest + 3_580_000).contains(&at))
                && !line.text.contains("ufo_logscan.alert");
            latest = line.at.filter(|_| fits).unwrap_or(latest);
            fits && (line.at.is_some() || line.text == malformed().text)
        });
        lines
    })
}
