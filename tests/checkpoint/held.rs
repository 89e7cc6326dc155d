//! Records of several lines that are torn by a restart: lines that were read and belong to a record
//! that is not whole yet are neither lost nor counted for themselves.

use std::fs;

use serde_json::Value;

use crate::common::{finish, program};
use crate::site::{Site, kill, stop};

/// The sections of a report in JSON.
#[track_caller]
fn sections(stdout: &str) -> Value {
    let report: Value = serde_json::from_str(stdout).expect(stdout);
    report["sections"].clone()
}

/// The numbers of lines behind which a record goes on.
fn inside(log: &str, goes_on: impl Fn(&str, &str) -> bool) -> Vec<usize> {
    let lines: Vec<&str> = log.lines().collect();
    let pairs = lines.windows(2).enumerate();
    let inside: Vec<usize> =
        pairs.filter(|(_, pair)| goes_on(pair[0], pair[1])).map(|(at, _)| at + 1).collect();
    let step = inside.len().div_ceil(8).max(1);
    inside.into_iter().step_by(step).collect()
}

/// A followed report that is ended inside of records, by a crash and in good order by turns, is that
/// of a run that was never interrupted.
fn goes_on_inside(fixture: &str, goes_on: impl Fn(&str, &str) -> bool) {
    let log = fs::read_to_string(format!("fixtures/envelopes/{fixture}")).unwrap();
    let cuts = inside(&log, goes_on);
    assert!(!cuts.is_empty(), "{fixture} has no records of several lines");
    let site = Site::new();
    let report = || {
        let mut report = program();
        report.args(["-F", "--format", "json", "--rotate-wait", "1h"]);
        site.quickly(&mut report);
        report.arg(site.path("app.log"));
        report
    };
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    let mut begin = 0;
    for (round, cut) in cuts.into_iter().enumerate() {
        // The next line is torn, too, at times.
        let torn = if round % 3 == 2 { &lines[cut][..1] } else { "" };
        site.append("app.log", &(lines[begin..cut].concat() + torn));
        let child = site.until_line(&mut report(), cut as u64);
        if round % 2 == 0 {
            kill(child);
        } else {
            assert_eq!(stop(child).code, Some(0), "{fixture}, {cut}");
        }
        site.append("app.log", &lines[cut][torn.len()..]);
        begin = cut + 1;
    }
    site.append("app.log", &lines[begin..].concat());
    let child = site.until_line(&mut report(), lines.len() as u64);
    let done = stop(child);
    let whole = finish(program().args(["--format", "json"]).arg(site.path("app.log")));
    assert_eq!(sections(&done.stdout), sections(&whole.stdout), "{fixture}");
}

#[test]
fn a_traceback_is_one_record_over_restarts() {
    goes_on_inside("text.log", |_, next| !next.starts_with("2026-"));
    let text =
        |line: &str| line.splitn(4, ' ').nth(3).is_some_and(|text| text.starts_with("2026-"));
    goes_on_inside("cri-text.log", move |_, next| !text(next));
}

#[test]
fn parts_of_a_line_are_one_record_over_restarts() {
    goes_on_inside("cri.log", |line, _| line.split(' ').nth(2) == Some("P"));
}

/// The rules' own record is whole, too.
#[test]
fn rules_get_a_record_whose_parts_came_before_and_after_a_crash() {
    let site = Site::new();
    let rule = "[[rule]]\nname = \"R\"\nwhen = \"count where level == ERROR > 0\"\nover = \"5m\"\n";
    fs::write(site.path("rules.toml"), rule).unwrap();
    let record = "{\"timestamp\":\"2026-11-22T06:00:00\",\"level\":\"ERROR\",\"message\":\"m\"}";
    let (first, second) = record.split_at(30);
    let watch = || {
        let mut watch = program();
        watch.args(["watch", "-F", "--no-defaults", "--tick", "1s", "--lateness", "0"]);
        watch.arg("--rules").arg(site.path("rules.toml"));
        watch.arg("-o").arg(site.path("out"));
        site.quickly(&mut watch);
        watch.arg(site.path("app.log"));
        watch
    };
    site.append("app.log", &format!("2026-11-22T06:00:00.1Z stdout P {first}\n"));
    kill(site.until_line(&mut watch(), 1));
    site.append("app.log", &format!("2026-11-22T06:00:00.1Z stdout F {second}\n"));
    let later = record.replace("06:00:00", "06:00:09").replace("ERROR", "INFO");
    site.append("app.log", &format!("2026-11-22T06:00:09.1Z stdout F {later}\n"));
    let done = stop(site.until_line(&mut watch(), 3));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let told = fs::read_to_string(site.path("out")).unwrap();
    let events: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 1, "{told}");
    assert!(told.contains("\"R\""), "{told}");
}
