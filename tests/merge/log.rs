//! A small log in which everything happens, and random logs made of its lines.

use std::fmt;

use proptest::prelude::*;
use ufo_logscan::record::Timestamp;

use Line::{Raw, Said, Undated};

/// No line of the logs is longer, but those that are meant to be.
pub(crate) const MAX_LINE: usize = 600;

/// One file: its name, and its lines with their line ends.
pub(crate) struct File {
    pub(crate) name: &'static str,
    pub(crate) lines: Vec<Vec<u8>>,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:", self.name)?;
        let mut lines = (1..).zip(&self.lines);
        lines.try_for_each(|(n, line)| writeln!(f, "{n}: {}", String::from_utf8_lossy(line)))
    }
}

/// Sources one behind the other, each of one file.
pub(crate) type Log = Vec<File>;

/// A line before it is written.
#[derive(Debug, Clone, Copy)]
enum Line {
    /// Seconds since the log began, level, logger, message, further members.
    Said(i64, &'static str, &'static str, &'static str, &'static str),
    /// The same without a time.
    Undated(&'static str, &'static str, &'static str, &'static str),
    /// Bytes as they are.
    Raw(&'static [u8]),
}

const WS: &str = "UFOWebSocketHandler";
const SM: &str = "ufo.server.services.session_manager";
const API: &str = "ufo.server.services.api";
const AGENT: &str = "ufo.module.basic";
const UVICORN: &str = "uvicorn.error";
const ACCESS: &str = "uvicorn.access";
const PROBE: &str = "ufo_logscan.probe";

const UP: &str = r#""status":200,"ok":true,"latency_ms":12.3,"clients":["device_a"]"#;
const DOWN: &str = r#""ok":false,"error":"refused","latency_ms":5000"#;

/// The real server's wording.
const SERVER: &[Line] = &[
    Raw(b"\xef\xbb\xbf{\"timestamp\":\"2026-11-22T05:58:00\",\"level\":\"INFO\",\"logger\":\"root\",\"message\":\"Logging configured successfully\"}\n"),
    Said(1, "INFO", UVICORN, "Started server process [1234]", ""),
    Said(2, "INFO", PROBE, "health check http://h/api/health", UP),
    Said(3, "INFO", UVICORN, "Waiting for application startup.", ""),
    Said(5, "INFO", WS, "[WS] 📱 Device client device_a connected - Platform: Linux, CPU: 4, Memory: 8GB", ""),
    Said(6, "INFO", WS, "[WS] 🌟 Constellation client const_c connected", ""),
    Said(7, "INFO", WS, "[WS] 🎯 Prepared task: session_id=sess-1, task_name=tidy, client_type=ClientType.CONSTELLATION, target_device=device_a", ""),
    Said(8, "INFO", SM, "Created new linux session: sess-1 (type: LinuxSession, owner: 'const_c')", ""),
    Raw(b"\n"),
    Said(9, "INFO", SM, "[SessionManager] 🚀 Started background task sess-1", ""),
    Said(9, "ERROR", PROBE, "health check http://h/api/health", DOWN),
    Raw(b"{\"timestamp\":\"2026-11-22T05:58:10\",\"level\":\"INF\n"),
    Said(11, "INFO", AGENT, "Agent linux transitioned to state FINISH", ""),
    Said(12, "INFO", AGENT, "Agent linux transitioned to state FAIL", ""),
    Undated("WARNING", "ufo.utils", "Disk 81% full on 'sda1'", r#""n":0.1,"module":null"#),
    Said(14, "INFO", SM, "[SessionManager] ⏱️ Session sess-1 execution took 3.52s", ""),
    Said(14, "INFO", SM, "[SessionManager] ✅ Session sess-1 completed with status TaskStatus.COMPLETED", ""),
    Said(14, "INFO", SM, "[SessionManager] ✅ Session sess-1 completed with status FAILED", ""),
    Raw(&[b'x'; MAX_LINE + 1]),
    Raw(b"\n"),
    Said(15, "INFO", ACCESS, "127.0.0.1:50356 - \\\"GET /api/health HTTP/1.1\\\" 200 OK", ""),
    Said(16, "INFO", WS, "[WS] 📱 Device client device_b connected", ""),
    Raw(b"{\"timestamp\":\"2026-11-22T05:58:17Z\",\"level\":\"DEBUG\",\"level\":\"warn\",\"message\":\"twice\"}\n"),
    Raw(b"{\"timestamp\":\"2026-11-22T05:58:17Z\",\"level\":\"ERROR\",\"message\":\"bad \xff\xfe byte\",\"n\":NaN}\r\n"),
    Said(18, "INFO", WS, "[WS] 🎯 Prepared task: session_id=sess-2, task_name=sort, client_type=ClientType.DEVICE, target_device=None", ""),
    Said(18, "INFO", SM, "Created new linux session: sess-2 (type: LinuxSession, owner: 'device_b')", ""),
    Said(19, "INFO", SM, "[SessionManager] 🚀 Started background task sess-2", ""),
    Said(4, "NOTICE", "ufo.utils", "late \\ud800 and lone", r#""n":-1763791200250001.75,"ctx":{"region":"eu"}"#),
    Said(31_536_000, "CRITICAL", "ufo.utils", "far ahead 17", r#""n":12345678901234567"#),
    Said(20, "ERROR", PROBE, "health check http://h/api/health", DOWN),
    Said(20, "ERROR", PROBE, "health check http://h/api/health", r#""ok":false"#),
    Said(21, "INFO", WS, "[WS] 📱 Device device_b disconnected, cancelling 1 active session(s)", ""),
    Said(21, "INFO", SM, "[SessionManager] 🛑 Cancelling session sess-2 (reason: device_disconnected)", ""),
    Said(21, "WARNING", WS, "[WS] device_b disconnected - code=1006, reason=", ""),
    Said(21, "WARNING", SM, "[SessionManager] 🛑 Session sess-2 was cancelled (reason: device_disconnected)", ""),
    Said(22, "INFO", WS, "[WS] device_b disconnected", ""),
    Said(22, "INFO", SM, "[SessionManager] ✅ Session sess-2 completed with status FAILED", ""),
    Said(23, "ERROR", WS, "[WS] Error with client None: client_id 'device_a' is already registered; refusing", ""),
    Said(24, "ERROR", API, "Client device_b not online.", r#""ctx":{"region":"us"}"#),
    Said(25, "ERROR", "ufo_logscan.alert", "HighErrorRate firing", ""),
    Said(26, "INFO", SM, "[SessionManager] 🚀 Started background task sess-3", r#""client_id":"device_a""#),
    Said(86, "INFO", ACCESS, "127.0.0.1:50356 - \\\"POST /api/dispatch HTTP/1.1\\\" 503", ""),
    Said(90, "INFO", "root", "Logging configured successfully", ""),
    Said(91, "INFO", UVICORN, "Application startup complete.", ""),
    Said(92, "INFO", WS, "[WS] 📱 Device client device_a connected", ""),
    Said(93, "INFO", SM, "[SessionManager] 🚀 Started background task sess-4", r#""client_id":"device_a""#),
    Said(94, "INFO", WS, "[WS] 🌟 Constellation const_c disconnected, cancelling 0 active session(s)", ""),
    Said(95, "ERROR", SM, "Agent crashed in sess-4: step 12", r#""session_id":"sess-4","exception":"Traceback","n":2"#),
    Said(96, "INFO", UVICORN, "Shutting down", ""),
];

/// The page's wording, a day later.
const PAGE: &[Line] = &[
    Raw(b"not a record\n"),
    Said(86_400, "INFO", "ws", "[WS] ✅ Registered device client: device_b", ""),
    Said(86_401, "INFO", "ws", "[WS] ✅ Registered constellation client: const_c", ""),
    Said(
        86_402,
        "INFO",
        "s",
        "[Session] Created session sess-1 for task: sort files",
        r#""task_name":"sort files""#,
    ),
    Said(
        86_403,
        "WARNING",
        "monitor",
        "❌ Health check failed: timeout (consecutive failures: 1)",
        "",
    ),
    Said(86_404, "INFO", "ws", "[WS] 🔌 Client disconnected: device_b", ""),
    Said(
        86_405,
        "INFO",
        "ws",
        "[WS] ✅ Registered device client: device_b",
        r#""client_id":"device_b""#,
    ),
    Said(
        86_462,
        "INFO",
        "s",
        "[Session] Task completed: sess-1",
        r#""duration_seconds":61.25,"n":0.3"#,
    ),
    Raw(b"  \t\n"),
    Said(
        86_463,
        "INFO",
        "s",
        "[Session] Created session sess-2 for task: sort",
        r#""client_id":"device_b""#,
    ),
    Said(86_470, "ERROR", "s", "[Session] Task execution failed: sess-2", ""),
    Said(
        86_471,
        "INFO",
        "s",
        "[Session] Created session sess-5 for task: tidy",
        r#""client_id":"device_b""#,
    ),
    Said(86_472, "WARNING", "s", "[Session] Task cancelled: sess-5 (reason: user)", ""),
    Said(86_480, "INFO", "ws", "[WS] 🔌 Client disconnected: device_b", ""),
    Said(86_481, "INFO", "ws", "[WS] ✅ Registered device client: device_b", ""),
    Said(86_482, "INFO", "ws", "[WS] 🔌 Client disconnected: device_b", ""),
    Said(86_483, "INFO", "ws", "[WS] ✅ Registered device client: device_b", ""),
    Said(
        86_484,
        "INFO",
        "monitor",
        "✅ Server healthy - 3 clients connected | Uptime: 0:00:30 | Availability: 99.00%",
        "",
    ),
    Said(
        86_300,
        "INFO",
        "s",
        "[Session] Task failed: sess-6",
        r#""session_id":"sess-6","ctx":{"region":"eu"}"#,
    ),
    Said(
        86_485,
        "INFO",
        "s",
        "[Session] Created session sess-7 for task: last",
        r#""client_id":"const_c""#,
    ),
    Said(86_486, "ERROR", PROBE, "health check http://h/api/health", DOWN),
];

/// An older log, whose first line cannot say when it was written.
const OLDER: &[Line] = &[
    Undated("INFO", "root", "Logging configured successfully", ""),
    Said(40, "ERROR", "ufo.utils", "Disk 90% full on 'sda1'", ""),
    Said(41, "INFO", "s", "[Session] Task completed: sess-9", r#""client_id":"device_b""#),
    Said(50, "INFO", "s", "[Session] Task failed: sess-8", ""),
    Said(42, "WARNING", "ufo.utils", "Disk 91% full on 'sda1'", ""),
];

const CLIENTS: [&str; 3] = ["device_a", "device_b", "const_c"];
const SESSIONS: [&str; 7] = ["sess-1", "sess-2", "sess-3", "sess-4", "sess-5", "sess-6", "sess-7"];

impl Line {
    /// The line with its line end, so many seconds later.
    fn write(self, later: i64) -> Vec<u8> {
        let (time, level, logger, message, more) = match self {
            Raw(bytes) => return bytes.to_vec(),
            Undated(level, logger, message, more) => (String::new(), level, logger, message, more),
            Said(second, level, logger, message, more) => {
                let time =
                    Timestamp::from_micros(1_795_327_080_000_000 + (second + later) * 1_000_000);
                (format!(r#""timestamp":"{time}","#), level, logger, message, more)
            }
        };
        let module = logger.rsplit('.').next().unwrap();
        let comma = if more.is_empty() { "" } else { "," };
        format!(
            "{{{time}\"level\":\"{level}\",\"logger\":\"{logger}\",\"message\":\"{message}\",\
             \"module\":\"{module}\",\"function\":\"f{}\"{comma}{more}}}\n",
            message.len() % 3
        )
        .into_bytes()
    }
}

fn file(name: &'static str, lines: &[Vec<u8>]) -> File {
    // Bytes without a line end belong to the next line, so that cuts are between lines.
    let bytes = lines.concat();
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    File { name, lines }
}

/// The log in which everything happens.
pub(crate) fn everything() -> Log {
    let written =
        |lines: &[Line]| -> Vec<Vec<u8>> { lines.iter().map(|line| line.write(0)).collect() };
    vec![
        file("ufo_server.log", &written(SERVER)),
        file("page.log", &written(PAGE)),
        file("older.log", &written(OLDER)),
    ]
}

/// The line with its clients and sessions replaced by a few.
fn renamed(line: Vec<u8>, client: usize, session: usize) -> Vec<u8> {
    let mut text = String::from_utf8(line).unwrap();
    for name in CLIENTS {
        text = text.replace(name, &format!("device_{client}"));
    }
    for name in SESSIONS {
        text = text.replace(name, &format!("s{session}"));
    }
    text.into_bytes()
}

fn random_lines() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let steps = prop_oneof![8 => 0_i64..4, 2 => 4_i64..90, 1 => -40_i64..0, 1 => Just(5000_i64)];
    let line = (0..SERVER.len() + PAGE.len(), 0_usize..3, 0_usize..3, steps);
    prop::collection::vec(line, 0..25).prop_map(|drawn| {
        let mut now = 0;
        let lines = drawn.into_iter().map(|(at, client, session, step)| {
            now += step;
            let line = SERVER.iter().chain(PAGE).nth(at).copied().unwrap();
            match line {
                Said(second, ..) if second < 1_000_000 => {
                    renamed(line.write(now - second), client, session)
                }
                _ => line.write(0),
            }
        });
        lines.collect()
    })
}

/// Two or three sources of lines that everything happens in, in any order, about few clients and
/// sessions. The last lines of the files may lack their line ends.
pub(crate) fn random() -> impl Strategy<Value = Log> {
    const NAMES: [&str; 3] = ["a.log", "b.log", "c.log"];
    let files = prop::collection::vec(random_lines(), 1..=3);
    (files, any::<bool>()).prop_map(|(files, open)| {
        let mut log: Log =
            NAMES.iter().zip(files).map(|(name, lines)| file(name, &lines)).collect();
        for last in log.iter_mut().filter_map(|file| file.lines.last_mut()).filter(|_| open) {
            last.pop_if(|byte| *byte == b'\n');
        }
        log
    })
}
