//! The first look of the README, typed as somebody does who has just found the program.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::root;
use crate::terminal::Terminal;

/// A copy of the fixtures' logs.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("logs")).unwrap();
    for file in fs::read_dir(root().join("fixtures/logs")).unwrap() {
        let file = file.unwrap();
        if file.path().is_file() {
            fs::copy(file.path(), folder.path().join("logs").join(file.file_name())).unwrap();
        }
    }
    folder
}

/// The line of the README that is for something.
#[track_caller]
fn line_for(what: &str) -> String {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, section) = readme.split_once("\n## A first look\n").expect("there is such a section");
    let (_, block) = section.split_once("```sh\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let line = block.lines().find(|line| line.contains(&format!("# {what}")));
    line.expect(what).to_owned()
}

fn type_in(folder: &Path, line: &str) -> Terminal {
    Terminal::run(&format!("cd {}; {line}", folder.display()), (100, 40))
}

/// What a line has shown, and that it has ended well.
#[track_caller]
fn shown(folder: &TempDir, what: &str) -> String {
    let line = line_for(what);
    let shown = type_in(folder.path(), &format!("{{ {line}\n}} 2>notes; echo CODE $?")).finish();
    shown.replace("\r\n", "\n").strip_suffix("CODE 0\n").expect(&shown).to_owned()
}

#[test]
fn a_report() {
    let shown = shown(&folder(), "a report");
    assert!(shown.contains("Log Analysis Report") && shown.contains("Error Rate"), "{shown}");
}

#[test]
fn a_live_screen() {
    let folder = folder();
    let mut terminal = type_in(folder.path(), &line_for("a live screen"));
    terminal.wait_for("── Errors ");
    assert!(terminal.is_alternate());
    terminal.press("q");
    let shown = terminal.finish();
    assert!(shown.contains("Log Analysis Report"), "{shown}");
}

#[test]
fn alerts() {
    let shown = shown(&folder(), "alerts");
    let events = shown.lines().filter(|line| line.starts_with('{'));
    let events: Vec<Value> = events.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.iter().any(|event| event["status"] == "firing"), "{shown}");
}

#[test]
fn records() {
    let shown = shown(&folder(), "the records");
    let errors = shown.matches("\"ERROR\"").count();
    assert!(errors > 10 && errors == shown.lines().count(), "{shown}");
}

#[test]
fn metrics() {
    let folder = folder();
    assert_eq!(shown(&folder, "metrics"), "");
    let metrics = fs::read_to_string(folder.path().join("ufo.prom")).unwrap();
    assert!(metrics.contains("\nufo_logscan_error_ratio 0."), "{metrics}");
}

#[test]
fn a_page() {
    let folder = folder();
    assert_eq!(shown(&folder, "a page"), "");
    let page = fs::read_to_string(folder.path().join("ufo.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("<svg"), "{page:.200}");
}
