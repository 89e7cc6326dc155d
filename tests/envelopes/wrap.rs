//! Random records, wrapped as hosts wrap them.

use proptest::prelude::*;

/// How a record is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    Bare,
    FluentBit,
    Docker,
    Vector,
    Cri,
    Journald,
    Journal,
    Pod,
    /// A collector read what another host had written.
    Twice,
}

const HOSTS: [Host; 9] = [
    Host::Bare,
    Host::FluentBit,
    Host::Docker,
    Host::Vector,
    Host::Cri,
    Host::Journald,
    Host::Journal,
    Host::Pod,
    Host::Twice,
];

pub(crate) fn hosts() -> impl Strategy<Value = Host> {
    prop::sample::select(HOSTS.to_vec())
}

/// A record as the server's JSON formatter writes it; or in text, if it can be told by that.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) second: u32,
    pub(crate) level: &'static str,
    pub(crate) message: String,
    pub(crate) exception: bool,
}

const TRACE: &str =
    "Traceback (most recent call last):\n  File \"a.py\", line 1\n\n{'a': 1}\nE: é <x>";

impl Record {
    pub(crate) fn json(&self, ascii: bool) -> String {
        let Record { second, level, message, exception } = self;
        let mut message = serde_json::to_string(message).unwrap();
        if ascii {
            let escape = |c: char| match c {
                c if c.is_ascii() => c.to_string(),
                c => c
                    .encode_utf16(&mut [0; 2])
                    .iter()
                    .map(|u| format!("\\u{u:04x}"))
                    .collect::<Vec<_>>()
                    .concat(),
            };
            message = message.chars().map(escape).collect();
        }
        let trace = match exception {
            true => format!(", \"exception\": {}", serde_json::to_string(TRACE).unwrap()),
            false => String::new(),
        };
        format!(
            "{{\"timestamp\": \"2026-11-22T06:{:02}:{:02}.125\", \"level\": \"{level}\", \"logger\": \"UFOWebSocketHandler\", \"message\": {message}{trace}}}",
            second / 60,
            second % 60,
        )
    }

    pub(crate) fn text(&self) -> String {
        let Record { second, level, message, exception } = self;
        let trace = if *exception { format!("\n{TRACE}") } else { String::new() };
        format!(
            "2026-11-22 06:{:02}:{:02},125 - UFOWebSocketHandler - {level} - {message}{trace}",
            second / 60,
            second % 60,
        )
    }
}

pub(crate) fn records() -> impl Strategy<Value = Vec<Record>> {
    let piece = prop_oneof![
        4 => "[a-z ]{1,12}".prop_map(String::from),
        1 => Just("📱 é".to_owned()),
        1 => Just("\\ \" {\"log\":\"x\"} - ".to_owned()),
        1 => Just("\nnext line".to_owned()),
        1 => Just("x".repeat(60)),
    ];
    let message =
        prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat().trim().to_owned());
    let message = prop_oneof![
        3 => message,
        1 => Just("[WS] 📱 Device client d1 connected".to_owned()),
        1 => Just("[WS] d1 disconnected".to_owned()),
    ];
    let level = prop::sample::select(vec!["INFO", "ERROR", "WARNING"]);
    let record = (level, message, any::<bool>(), 0_u32..5).prop_map(
        |(level, message, exception, second)| Record { second, level, message, exception },
    );
    prop::collection::vec(record, 1..25).prop_map(|mut records| {
        let mut second = 0;
        for record in &mut records {
            second += record.second;
            record.second = second;
        }
        records
    })
}

/// A text as its host writes it, in lines; parts of at most so many bytes.
pub(crate) fn wrap(host: Host, text: &str, most: usize) -> Vec<String> {
    let quoted = serde_json::to_string(text).unwrap();
    let stream = if text.len().is_multiple_of(3) { "stderr" } else { "stdout" };
    let whole = |line: String| vec![line + "\n"];
    match host {
        Host::Bare => whole(text.to_owned()),
        Host::FluentBit => whole(format!("{{\"date\":1795327919.25,\"log\":{quoted}}}")),
        Host::Vector => whole(format!(
            "{{\"file\":\"f\",\"host\":\"h\",\"message\":{quoted},\"source_type\":\"file\",\"timestamp\":\"2026-11-22T06:00:00Z\"}}"
        )),
        Host::Journald => whole(format!(
            "{{\"__REALTIME_TIMESTAMP\":\"1795327919250000\",\"PRIORITY\":\"6\",\"MESSAGE\":{quoted}}}"
        )),
        Host::Journal => {
            let bytes: Vec<String> = text.bytes().map(|byte| byte.to_string()).collect();
            whole(format!(
                "{{\"MESSAGE\" : [ {} ], \"__REALTIME_TIMESTAMP\" : \"1795327919250000\"}}",
                bytes.join(", ")
            ))
        }
        Host::Pod => whole(format!("[pod/ufo-0/server] {text}")),
        Host::Twice => whole(format!(
            "{{\"date\":1.5,\"log\":{}}}",
            serde_json::to_string(&format!(
                "2026-11-22T06:00:00Z stdout F {{\"log\":{quoted},\"date\":1}}\n"
            ))
            .unwrap()
        )),
        Host::Docker => {
            let text = format!("{text}\n");
            let all = parts(&text, most);
            all.iter().map(|part| {
                let part = serde_json::to_string(part).unwrap().replace('<', "\\u003c");
                format!("{{\"log\":{part},\"stream\":\"{stream}\",\"time\":\"2026-11-22T06:00:00.5Z\"}}\n")
            }).collect()
        }
        Host::Cri => {
            let all = parts(text, most);
            all.iter()
                .enumerate()
                .map(|(number, part)| {
                    let tag = if number + 1 == all.len() { "F" } else { "P:x" };
                    format!("2026-11-22T06:00:00.123456789Z {stream} {tag} {part}\n")
                })
                .collect()
        }
    }
}

/// A text in parts of about so many bytes.
fn parts(text: &str, most: usize) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while rest.len() > most {
        let at = (most..=rest.len()).find(|at| rest.is_char_boundary(*at)).unwrap();
        let (part, behind) = rest.split_at(at);
        parts.push(part);
        rest = behind;
    }
    if !rest.is_empty() || parts.is_empty() {
        parts.push(rest);
    }
    parts
}
