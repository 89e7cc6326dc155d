//! The rules that no compiler checks: who may import whom, how long a file may be, that every
//! module says what it is for, that the changelog knows the version.

#![allow(clippy::unwrap_used, reason = "a test that cannot read the tree has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Which of our modules each module may import, as `docs/architecture.md` draws it.
const IMPORTS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("escape", &[]),
    ("record", &[]),
    ("summary", &["record"]),
    ("parse", &["error", "record"]),
    ("event", &["error", "record"]),
    ("expr", &["error", "record"]),
    ("source", &["error", "record"]),
    ("aggregate", &["error", "event", "expr", "record", "summary"]),
    ("config", &["error", "expr"]),
    ("alert", &["aggregate", "config", "error", "event", "expr", "record", "summary"]),
    ("render", &["alert", "escape", "record", "summary"]),
    (
        "scan",
        &["aggregate", "alert", "error", "event", "expr", "parse", "record", "source", "summary"],
    ),
    (
        "ruletest",
        &["aggregate", "alert", "config", "error", "event", "expr", "parse", "record", "scan"],
    ),
    ("checkpoint", &["error"]),
    ("cli", &[]),
];

const MAX_LINES: usize = 500;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().unwrap() != "target" {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    files.sort();
    files
}

/// The module of the top level that a file belongs to.
fn module(path: &Path) -> String {
    let path = path.strip_prefix(root().join("src")).unwrap();
    let first = path.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The names behind `crate::` in code, also in braces; comments may speak of anything.
fn imported(text: &str) -> Vec<String> {
    let code: Vec<&str> =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut names = Vec::new();
    for (at, found) in code.match_indices("crate::") {
        let rest = &code[at + found.len()..];
        let Some(braces) = rest.strip_prefix('{') else {
            names.push(word(rest));
            continue;
        };
        let mut depth = 0;
        for (at, c) in braces.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                _ => {}
            }
            let begins = at == 0 || braces[..at].ends_with([',', ' ', '\n']);
            if depth == 0 && begins && c.is_alphabetic() {
                names.push(word(&braces[at..]));
            }
        }
    }
    names
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Whether code leaves its top-level module by `super`: files of a module lie at most two deep,
/// so that three in a row do.
fn climbs_out(text: &str) -> bool {
    text.contains("super::super::super::")
}

#[test]
fn modules_import_only_what_they_may() {
    let allowed: BTreeMap<_, _> = IMPORTS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, text) in rust_files("src") {
        let module = module(&path);
        if matches!(module.as_str(), "main" | "lib" | "app") {
            continue;
        }
        let Some(may) = allowed.get(module.as_str()) else {
            wrong.push(format!("{module} stands in no row of IMPORTS"));
            continue;
        };
        if climbs_out(&text) {
            wrong.push(format!("{}: leaves its module by super", path.display()));
        }
        for name in imported(&text) {
            if name != module && !name.is_empty() && !may.contains(&name.as_str()) {
                wrong.push(format!("{}: imports {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_import_rule_sees_a_wrong_import() {
    assert_eq!(imported("use crate::render::text;\n// crate::app\n"), ["render"]);
    let braces = "use crate::{app, render::{text, json}, scan};";
    assert_eq!(imported(braces), ["app", "render", "scan"]);
    assert!(
        climbs_out("use super::super::super::render;") && !climbs_out("use super::super::lines;")
    );
}

#[test]
fn rooms_are_small() {
    let files = ["src", "tests", "benches", "fuzz"].into_iter().flat_map(rust_files);
    let big: Vec<String> = files
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(path, lines)| format!("{}: {lines} lines", path.display()))
        .collect();
    assert!(big.is_empty(), "over {MAX_LINES} lines:\n{}", big.join("\n"));
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent: Vec<String> = rust_files("src")
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "no module doc:\n{}", silent.join("\n"));
}

#[test]
fn only_app_speaks_to_the_world() {
    let forbidden = [
        "println!",
        "eprintln!",
        "std::env",
        "env::var",
        "process::exit",
        "SystemTime",
        "Instant::",
    ];
    let mut wrong = Vec::new();
    for (path, text) in rust_files("src") {
        if matches!(module(&path).as_str(), "app" | "main") {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap();
            if forbidden.iter().any(|word| code.contains(word)) {
                wrong.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_has_one_room() {
    let wrong: Vec<String> = rust_files("src")
        .into_iter()
        .filter(|(path, _)| !path.to_string_lossy().contains("parse/simd"))
        .filter(|(_, text)| {
            text.lines()
                .any(|line| line.trim_start().starts_with("unsafe ") || line.contains(" unsafe {"))
        })
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "unsafe outside parse/simd:\n{}", wrong.join("\n"));
}

#[test]
fn the_changelog_knows_the_version() {
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert!(changelog.contains(&format!("## {version}")), "CHANGELOG.md has no `## {version}`");
}

#[test]
fn every_aggregator_is_documented() {
    let page = fs::read_to_string(root().join("docs/aggregations.md")).unwrap();
    for kind in ufo_logscan::aggregate::KINDS {
        assert!(page.contains(&format!("`{}`", kind.name)), "docs/aggregations.md: {}", kind.name);
    }
}
