//! On a terminal, text from a log cannot steer it; off a terminal it stays as it was.

use std::fs;

use crate::common::{finish, shell, skip};

const HOSTILE: &str =
    "{\"message\":\"\u{9b}2J \u{202e}evil token=abc\",\"n\":1}\n{\"n\":2,\"b\u{200b}\":3}\n";

fn on_a_terminal(command: &str) -> Option<String> {
    let line = format!("script -qec \"{command}\" /dev/null </dev/null");
    let done = finish(&mut shell(&line));
    if done.code == Some(127) {
        skip("no `script` here that gives a terminal");
        return None;
    }
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    Some(done.stdout.replace("\r\n", "\n"))
}

#[test]
fn a_terminal_gets_no_control_characters() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.log");
    fs::write(&path, HOSTILE).unwrap();
    let command = format!("ufo-logscan filter 'has(n)' {}", path.display());
    assert_eq!(finish(&mut shell(&command)).stdout, HOSTILE);
    let Some(shown) = on_a_terminal(&command) else { return };
    let meant =
        "{\"message\":\"\\u{9b}2J \\u{202e}evil token=***\",\"n\":1}\n{\"n\":2,\"b\\u{200b}\":3}\n";
    assert_eq!(shown, meant);
    let raw = on_a_terminal(&format!("{command} --raw")).unwrap();
    assert_eq!(raw, HOSTILE);
    let json = on_a_terminal(&format!("{command} --json")).unwrap();
    assert!(json.contains("\\u009b2J \\u202eevil token=***"), "{json}");
}
