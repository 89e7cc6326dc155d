//! C5: killed at random moments, again and again, while several files are written and rotated. The
//! figures are those of a run that was never interrupted, and every alert event comes at least once,
//! with the same fingerprint and `startsAt`.
//!
//! `UFO_LOGSCAN_KILLS=200` makes more rounds of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::common::{program, run, start};
use crate::server::{Log, Random};
use crate::site::{Site, kill, stop, until_it_listens};

const FILES: [&str; 3] = ["a.log", "b.log", "c.log"];

/// The one that is copied and truncated; the others are renamed.
const COPIED: &str = "c.log";

/// Time goes on by the records alone: nobody waits so long for one.
const LATENESS: i64 = 1800;

const RULES: &str = r#"
[[rule]]
name = "Errors"
when = "error-rate > 10%"
over = "1m"
[[rule]]
name = "Busy"
when = "count by client > 12"
over = "30s"
for = "10s"
repeat_interval = "1m"
[[rule]]
name = "Open"
when = "session-failure.open > 40"
[[rule]]
name = "Reconnecting"
when = "connections.reconnections by client >= 3"
over = "5m"
keep_firing_for = "20s"
# A record that is late, or comes twice, is told at once.
[[rule]]
name = "Fewer"
when = "count < 75"
over = "5s"
[[rule]]
name = "More"
when = "count > 75"
over = "5s"
"#;

fn rounds() -> u64 {
    std::env::var("UFO_LOGSCAN_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(50)
}

/// A command that follows the files, and keeps its state under a name.
fn following(site: &Site, state: &str, args: &[&str]) -> Command {
    let mut command = program();
    command.args(args).args(["-F", "--poll-interval", "10ms", "--rotate-wait", "2s"]);
    command.args(["--checkpoint-every", "20ms", "--checkpoint"]).arg(site.path(state));
    command.args(FILES.map(|name| site.path(name)));
    command
}

fn alone(log: &Path) -> Vec<&str> {
    vec![log.to_str().unwrap()]
}

/// What has to agree: everything but which file, and where in it, a line was found.
fn figures(report: &str) -> Value {
    let mut report: Value = serde_json::from_str(report).expect(report);
    let input = report["sections"]["input"].as_object_mut().unwrap();
    input.remove("files");
    input.remove("samples");
    report
}

#[test]
fn c5_killed_again_and_again() {
    let site = Site::new();
    fs::write(site.path("rules.toml"), RULES).unwrap();
    let (rules, events) = (site.path("rules.toml"), site.path("events"));
    let lateness = format!("{LATENESS}s");
    let mut watch = vec!["watch", "--no-defaults", "--lateness", &*lateness, "--rules"];
    watch.extend(alone(&rules));
    let batch = watch.clone();
    watch.push("-o");
    watch.extend(alone(&events));
    let report = ["--format", "json"];

    let ended = AtomicBool::new(false);
    let mut random = Random(5);
    let begin = |name: &&str| drop(Log::new(&site.path(name), false));
    FILES.iter().for_each(begin);
    // What is rotated before anybody has looked is not followed.
    for (state, args) in [("of-report", &report[..]), ("of-rules", &watch)] {
        let child = start(&mut following(&site, state, args));
        while !site.path(state).exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        kill(child);
    }
    let texts: Vec<String> = std::thread::scope(|scope| {
        let writers: Vec<_> = FILES
            .into_iter()
            .zip(1..)
            .map(|(name, seed)| {
                let (path, ended) = (site.path(name), &ended);
                scope.spawn(move || {
                    let (mut log, mut random) = (Log::new(&path, name == COPIED), Random(seed));
                    while !ended.load(Ordering::Relaxed) {
                        log.step(&mut random);
                    }
                    log.text
                })
            })
            .collect();
        for round in 0..rounds() {
            let both =
                [following(&site, "of-report", &report), following(&site, "of-rules", &watch)];
            let both: Vec<Child> =
                both.into_iter().map(|mut command| start(&mut command)).collect();
            // Some never get far, some for long enough to keep much.
            let most = if round % 5 == 0 { 1200 } else { 250 };
            for child in both {
                std::thread::sleep(Duration::from_millis(random.below(most)));
                kill(child);
            }
        }
        ended.store(true, Ordering::Relaxed);
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });

    let mut last = start(&mut following(&site, "of-rules", &watch));
    until_it_listens(&mut last);
    std::thread::sleep(Duration::from_millis(500));
    last.stdin.take();
    let done = stop(last);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let mut last = start(&mut following(&site, "of-report", &report));
    until_it_listens(&mut last);
    std::thread::sleep(Duration::from_millis(500));
    let followed = stop(last);
    assert_eq!(
        (followed.code, followed.stderr.contains("loss")),
        (Some(0), false),
        "{}",
        followed.stderr
    );

    // The same without any interruption.
    let files = FILES.map(|name| site.path(name));
    for (path, text) in files.iter().zip(&texts) {
        fs::write(path, text).unwrap();
    }
    let whole: Vec<&str> = files.iter().map(|path| path.to_str().unwrap()).collect();
    let expected = run(["--format", "json", "--keep-order"].iter().chain(&whole));
    let (seen, expected) = (figures(&followed.stdout), figures(&expected.stdout));
    let mut different = Vec::new();
    differences("", &seen, &expected, &mut different);
    assert!(different.is_empty(), "{}", different.join("\n"));
    let expected = run(batch.iter().chain(&whole)).stdout;
    let told = fs::read_to_string(&events).unwrap();
    let (told, expected) = (identities(&told), identities(&expected));
    let certain = |event: &&Identity| event.0 <= told.last().unwrap().0;
    let expected: BTreeSet<Identity> = expected.iter().filter(certain).cloned().collect();
    assert!(expected.len() > 10, "{}", expected.len());
    let missing: Vec<_> = expected.difference(&told).collect();
    let invented: Vec<_> = told.difference(&expected).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "missing {missing:?}\ninvented {invented:?}"
    );
}

/// Where two reports differ.
fn differences(at: &str, one: &Value, other: &Value, found: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for name in names {
                let value = |object: &serde_json::Map<String, Value>| {
                    object.get(name).cloned().unwrap_or_default()
                };
                differences(&format!("{at}/{name}"), &value(one), &value(other), found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (n, (one, other)) in one.iter().zip(other).enumerate() {
                differences(&format!("{at}/{n}"), one, other, found);
            }
        }
        _ if one != other => found.push(format!("{at}: {one} and not {other}")),
        _ => {}
    }
}

/// When, which alert, since when, and whether it fires.
type Identity = (String, String, String, String);

fn identities(events: &str) -> BTreeSet<Identity> {
    let identity = |line: &str| {
        let event: Value = serde_json::from_str(line).expect(line);
        let text = |name: &str| event[name].as_str().unwrap().to_owned();
        (text("timestamp"), text("fingerprint"), text("startsAt"), text("status"))
    };
    events.lines().map(identity).collect()
}
