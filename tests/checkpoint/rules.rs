//! S18, A5 and rules that are read again: `watch` over a restart.

use std::fs;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{program, start};
use crate::site::{Site, kill, signal, stop};

/// How long anything may take; machines are busy.
const PATIENCE: Duration = Duration::from_mins(1);

fn watch(site: &Site, rules: &str) -> Command {
    fs::write(site.path("rules.toml"), rules).unwrap();
    let mut command = program();
    command.args(["watch", "-F", "--no-defaults", "--tick", "100ms", "--lateness", "100ms"]);
    site.quickly(&mut command);
    command.arg("--rules").arg(site.path("rules.toml")).arg("-o").arg(site.path("events"));
    command.arg(site.path("app.log"));
    command
}

fn events(site: &Site) -> Vec<Value> {
    let text = fs::read_to_string(site.path("events")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// Waits until so many events have been told.
fn until_told(site: &Site, count: usize) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let told = events(site);
        if told.len() >= count {
            return told;
        }
        assert!(begun.elapsed() < PATIENCE, "{count} events: {told:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A record that is written now.
fn now(level: &str) -> String {
    let date = Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%S.%6N"]).output().unwrap();
    let time = String::from_utf8(date.stdout).unwrap();
    format!("{{\"timestamp\":\"{}\",\"level\":\"{level}\",\"message\":\"m\"}}\n", time.trim())
}

fn keeps(site: &Site, command: &mut Command) -> Child {
    let _ = fs::remove_file(site.path("state.previous"));
    let child = start(command);
    let begun = Instant::now();
    // The second one is of what has been read.
    while !site.path("state.previous").exists() {
        assert!(begun.elapsed() < PATIENCE, "nothing is kept");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(300));
    child
}

const SILENCE: &str = "[[rule]]\nname = \"Silent\"\nwhen = \"silence > 4s\"\n";

/// The silence goes on while nobody runs, and an alert about it that fires is not told again.
#[test]
fn s18_the_silence_timer_survives_a_restart() {
    let site = Site::new();
    site.append("app.log", &now("INFO"));
    let begun = Instant::now();
    kill(keeps(&site, &mut watch(&site, SILENCE)));
    assert!(events(&site).is_empty() && begun.elapsed() < Duration::from_secs(4), "too slow");
    std::thread::sleep(Duration::from_secs(3));
    let restarted = Instant::now();
    let child = start(&mut watch(&site, SILENCE));
    let told = until_told(&site, 1);
    // Counted from the restart it would take four seconds.
    assert!(restarted.elapsed() < Duration::from_millis(3500), "{:?}", restarted.elapsed());
    std::thread::sleep(Duration::from_millis(400));
    kill(child);
    let child = start(&mut watch(&site, SILENCE));
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(until_told(&site, 1).len(), 1, "A5: it fires already");
    site.append("app.log", &now("INFO"));
    let ends = until_told(&site, 2);
    assert_eq!(ends[1]["status"], "resolved");
    assert_eq!(ends[1]["startsAt"], told[0]["startsAt"]);
    stop(child);
}

/// S19: what was written while nobody ran is no silence, however late it is read.
#[test]
fn s19_a_backlog_raises_no_silence_of_the_past() {
    let site = Site::new();
    site.append("app.log", &now("INFO"));
    kill(keeps(&site, &mut watch(&site, SILENCE)));
    for _ in 0..6 {
        std::thread::sleep(Duration::from_secs(1));
        site.append("app.log", &now("INFO"));
    }
    let child = start(&mut watch(&site, SILENCE));
    std::thread::sleep(Duration::from_secs(1));
    stop(child);
    assert!(events(&site).is_empty(), "{:?}", events(&site));
}

const ERRORS: &str = "[[rule]]\nname = \"Errors\"\nwhen = \"count where level == ERROR > 0\"\n";

/// A5 over a clean end, and a rule that has changed.
#[test]
fn rules_that_change_start_anew_and_the_others_go_on() {
    let site = Site::new();
    site.append("app.log", &(now("ERROR") + &now("INFO")));
    let more = format!("{ERRORS}[[rule]]\nname = \"Any\"\nwhen = \"count > 0\"\n");
    let child = keeps(&site, &mut watch(&site, &more));
    until_told(&site, 2);
    // A reload is kept like anything else.
    fs::write(site.path("rules.toml"), more.replace("count > 0", "count > 1")).unwrap();
    signal(&child, "HUP");
    until_told(&site, 3);
    std::thread::sleep(Duration::from_millis(600));
    kill(child);
    let child = start(&mut watch(&site, &more.replace("count > 0", "count > 1")));
    std::thread::sleep(Duration::from_millis(700));
    let done = stop(child);
    assert!(!done.stderr.contains("starts anew"), "{}", done.stderr);
    let child = start(&mut watch(&site, &more.replace("ERROR > 0", "ERROR >= 1")));
    let told = until_told(&site, 4);
    std::thread::sleep(Duration::from_millis(500));
    let done = stop(child);
    assert!(
        done.stderr.contains("the rule `Errors` has changed: it starts anew"),
        "{}",
        done.stderr
    );
    assert!(told[3]["labels"]["alertname"] == "Errors" || told[3]["labels"]["alertname"] == "Any");
}
