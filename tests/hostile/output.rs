//! J1, J2, J8: whatever stands in a log, what is printed is text, and holds no secret.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::common::{Done, feed, finish, program, start};
use crate::corpus::{DECEIVERS, SECRET, texts};

/// Whether a character may stand in what people see.
fn is_harmless(c: char) -> bool {
    c == '\n' || !(c.is_control() || DECEIVERS.contains(c))
}

#[track_caller]
fn check(what: &str, printed: &str) {
    if let Some(line) = printed.lines().find(|line| !line.chars().all(is_harmless)) {
        panic!("{what}: {line:?}");
    }
    if let Some(line) = printed.lines().find(|line| line.contains(SECRET)) {
        panic!("{what}: a secret: {line:?}");
    }
}

/// Records that hold each text in every place from which something is printed.
fn log() -> String {
    let mut log = String::new();
    let mut add = |record: &Value| {
        let _ = writeln!(log, "{record}");
    };
    for text in texts() {
        let place = |name: &str| {
            let mut record = json!({"timestamp": "2026-11-22T06:00:00", "level": "ERROR"});
            record[name] = text.as_str().into();
            record
        };
        for name in ["message", "logger", "module", "level", "client_id", "session_id", "x"] {
            add(&place(name));
        }
        let said = |logger: &str, level: &str, message: String| json!({"timestamp": "2026-11-22T06:00:01", "level": level, "logger": logger, "message": message});
        let handler = "UFOWebSocketHandler";
        add(&said(handler, "INFO", format!("[WS] 📱 Device client {text} connected")));
        for _ in 0..3 {
            add(&said(handler, "INFO", format!("[WS] {text} disconnected")));
            add(&said(handler, "INFO", format!("[WS] 📱 Device client {text} connected")));
        }
        add(&said(
            handler,
            "WARNING",
            format!("[WS] {text} disconnected - code=1000, reason={text}"),
        ));
        add(&said("any", "INFO", format!("[Session] Created session {text} for task: {text}")));
        add(&said("any", "WARNING", format!("[Session] Task cancelled: {text} (reason: {text})")));
        add(&json!({"logger": "ufo_logscan.probe", "ok": false, "status": text, "error": text}));
    }
    log
}

const EVERYTHING: [&str; 14] = [
    "--agg",
    "level,module,logger,client,errors,connections,session-failure,http,health,input,timeline",
    "--agg",
    "count by client",
    "--agg",
    "count by session, task",
    "--agg",
    "error-rate by field(\"x\"), level every 1h",
    "--agg",
    "connections by client",
    "--agg",
    "errors by logger, module",
    "--top",
    "1000",
];

#[test]
fn j2_text_is_harmless_on_a_terminal_and_off_it() {
    for color in ["never", "always"] {
        for width in ["", "--errors-by=prefix"] {
            let mut args = vec!["--color", color];
            args.extend(EVERYTHING);
            args.extend(Some(width).filter(|more| !more.is_empty()));
            let done = feed(&args, log());
            assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
            let plain = without_colour(&done.stdout);
            assert_eq!(plain.len() < done.stdout.len(), color == "always");
            check("text", &plain);
            assert!(
                plain.contains(r"a\x1bb") && plain.contains(r"a\u{202e}b"),
                "escapes are shown"
            );
        }
    }
}

/// Takes away what colours are made of, and nothing that could come from a log but these.
fn without_colour(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\x1b[") {
        plain.push_str(&rest[..at]);
        let code = &rest[at + 2..];
        let end = code.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap();
        assert!(code[end..].starts_with('m'), "{:?}", &code[..=end]);
        rest = &code[end + 1..];
    }
    plain + rest
}

/// J1: JSON says exactly what was logged, secrets apart, in characters that harm nobody. Keys of
/// more than 256 bytes are cut, and still differ.
#[test]
fn j1_json_is_harmless_and_exact() {
    let mut args = vec!["--format", "json"];
    args.extend(&EVERYTHING[..12]);
    let done = feed(&args, log());
    check("json", &done.stdout);
    assert_eq!(feed(&args, log()).stdout, done.stdout, "nothing depends on a seed");
    let report = done.report();
    let rows = report["sections"]["count by client"]["groups"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().filter_map(|row| row["by"]["client"].as_str()).collect();
    for text in texts().iter().filter(|text| !text.contains(SECRET)) {
        let shown = if text.len() <= 256 {
            names.contains(&text.as_str())
        } else {
            let begins = text.chars().take(10).collect::<String>();
            names.iter().any(|name| name.starts_with(&begins) && name.contains('…'))
        };
        assert!(shown, "{:?}", text.chars().take(60).collect::<String>());
    }
    assert!(names.iter().any(|name| name.contains("token=***")));
    let longest = names.iter().map(|name| name.len()).max();
    assert!(longest <= Some(256), "{longest:?}");
}

#[test]
fn j2_samples_of_broken_lines_are_harmless() {
    for (number, text) in texts().iter().enumerate() {
        let raw = text.replace('\n', " ");
        let lines = format!("{{\"message\":\"{raw}\n{raw}\n{{\"token\":\"{SECRET}\n");
        let format = ["text", "json"][number % 2];
        let done = feed(&["--format", format, "--agg", "input"], &lines);
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{raw:?}");
        check(format, &done.stdout);
    }
}

/// J8: our own standard error holds what was typed, and file names; both may come from others.
#[test]
fn j8_standard_error_is_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let texts: Vec<String> = texts();
    let typed = texts.iter().filter(|text| text.len() < 200 && !text.contains(['\0', '/']));
    let options = ["--agg", "--tz", "--since", "--field", "--profile", "--max-line", "--", "-"];
    for (number, text) in typed.enumerate() {
        // Each text is a path and one option's value, and each option has texts of every kind.
        for option in [options[number % 8], "--"] {
            let mut command = program();
            command.current_dir(folder.path());
            let done = match option {
                "-" => finish(command.args(["--agg", &format!("count where message == {text}")])),
                _ => finish(command.args([option, text])),
            };
            check(option, &done.stderr);
            check(option, &done.stdout);
            assert!(!done.stderr.contains("panicked"), "{option} {text:?}: {}", done.stderr);
        }
    }
    // A directory of such names is listed in a note.
    for (number, text) in texts.iter().enumerate() {
        let name = format!("{}{number}.log", text.replace(['/', '\0'], ""));
        let _ = std::fs::write(folder.path().join(name), "{}\n");
    }
    let child = start(
        program().current_dir(folder.path()).args(["--agg", "input", "--format", "json", "."]),
    );
    let done = Done::from(child.wait_with_output().unwrap());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    check("standard error", &done.stderr);
    check("standard output", &done.stdout);
}
