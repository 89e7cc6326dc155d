//! `watch` over envelopes: the events of the bare records, replayed and live.

use std::io::{BufRead, BufReader, Write};
use std::time::Duration;

use serde_json::Value;

use crate::common::{program, run, start};

const RULE: &str = r#"
[[rule]]
name = "ManyErrors"
when = "error-rate > 50%"
over = "1h"
min_records = 10
"#;

/// What the events of a replay say.
fn events(rules: &str, path: &str) -> Vec<Value> {
    let done = run(["watch", "--replay", "--rules", rules, path]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_replay_gives_the_events_of_the_bare_records() {
    let dir = tempfile::tempdir().unwrap();
    let bare = std::fs::read_to_string("fixtures/envelopes/bare.log").unwrap();
    for name in
        ["cri.log", "docker.log", "fluent-bit.log", "vector.log", "text.log", "cri-text.log"]
    {
        let wrapped = std::fs::read_to_string(format!("fixtures/envelopes/{name}")).unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text.replace("INFO", "ERROR")).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let rules = dir.path().join("rules.toml");
        std::fs::write(&rules, RULE).unwrap();
        let events = |path: &str| events(rules.to_str().unwrap(), path);
        let told = events(&write("bare.log", &bare));
        assert!(told.iter().any(|event| event["labels"]["alertname"] == "ManyErrors"), "{told:?}");
        assert_eq!(events(&write(name, &wrapped)), told, "{name}");
    }
}

/// A record of text that nothing follows is taken after a second, and its late lines do no harm.
#[test]
fn a_live_record_of_text_is_not_waited_for_very_long() {
    let mut command = program();
    command.args(["watch", "--tick", "100ms", "--lateness", "200ms"]);
    let mut child = start(&mut command);
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let text =
        "2026-11-22 06:00:00,000 - a - ERROR - m\nTraceback (most recent call last):\nE: x\n";
    stdin.write_all(text.repeat(30).as_bytes()).unwrap();
    stdin.write_all(b"2026-11-22 06:00:10,000 - a - ERROR - m\n").unwrap();
    stdin.flush().unwrap();
    let event: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(event["labels"]["alertname"], "HighErrorRate", "{event}");
    std::thread::sleep(Duration::from_millis(1300));
    stdin.write_all(b"  a late line\n2026-11-22 06:00:20,000 - a - INFO - m\n").unwrap();
    drop(stdin);
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(!rest.iter().any(|line| line.contains("MalformedInput")), "{rest:?}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
