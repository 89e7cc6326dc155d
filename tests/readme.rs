//! What the documentation shows is what happens: `console` blocks are run in the root of the
//! repository and their output is compared, commands in `sh` blocks are run over the fixtures.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod common;

use common::{finish, root, shell};

/// What may stand in a pipe with the program: everybody has these, and they are exact.
const COMPANIONS: [&str; 4] = ["ufo-logscan", "cat", "head", "tail"];

/// A fenced block of code.
struct Fence {
    language: String,
    /// The number of its first line within the page, from 1.
    line: usize,
    text: String,
}

fn page(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

fn pages() -> Vec<String> {
    let pages = common::files_below("docs").into_iter();
    let pages = pages.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let names = pages.map(|path| path.strip_prefix(root()).unwrap().display().to_string());
    std::iter::once("README.md".to_owned()).chain(names).collect()
}

fn fences(page: &str) -> Vec<Fence> {
    let mut fences = Vec::new();
    let mut open: Option<Fence> = None;
    for (number, line) in (1..).zip(page.lines()) {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => {
                let (language, text) = (language.to_owned(), String::new());
                open = Some(Fence { language, line: number + 1, text });
            }
            (Some(_), Some(_)) => fences.extend(open.take()),
            (None, Some(fence)) => fence.text = format!("{}{line}\n", fence.text),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    fences
}

/// The commands of a console block, each with the output that is shown.
fn commands(text: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command.to_owned(), String::new())),
            (None, Some((_, output))) => *output = format!("{output}{line}\n"),
            (None, None) => panic!("output without a command: {line}"),
        }
    }
    commands
}

/// Whether a command is the program, alone or in a pipe with its companions.
fn is_ours(command: &str) -> bool {
    let mut programs = command.split('|').map(|part| part.split_whitespace().next().unwrap_or(""));
    command.contains("ufo-logscan") && programs.all(|program| COMPANIONS.contains(&program))
}

/// Where the output is another than the page shows.
fn difference(shown: &str, found: &str) -> Option<String> {
    if shown.is_empty() || shown == found {
        return None;
    }
    let same = shown.lines().zip(found.lines()).take_while(|(shown, found)| shown == found).count();
    let line = |text: &str| text.lines().nth(same).unwrap_or("(the end)").to_owned();
    Some(format!("line {}\n  shown: {}\n  found: {}", same + 1, line(shown), line(found)))
}

#[test]
fn what_the_pages_show_is_what_happens() {
    let mut wrong = String::new();
    let mut ran = 0;
    for name in pages() {
        for fence in fences(&page(&name)).iter().filter(|fence| fence.language == "console") {
            for (command, shown) in commands(&fence.text) {
                let place = format!("{name}:{}: $ {command}", fence.line);
                assert!(is_ours(&command), "{place}\n  cannot be run by a test");
                let done = finish(&mut shell(&command));
                assert!(!done.stderr.contains("error:"), "{place}\n{}", done.stderr);
                if let Some(difference) = difference(&shown, &done.stdout) {
                    wrong += &format!("{place}\n  {difference}\n");
                }
                ran += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(ran > 0, "no page shows a command");
}

/// Commands without output name the reader's own files: `logs/`, and a profile that stands in
/// the page.
#[test]
fn what_the_pages_say_can_be_typed() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(root().join("fixtures/logs"), folder.path().join("logs")).unwrap();
    let mut ran = 0;
    for name in pages() {
        let fences = fences(&page(&name));
        if let Some(profile) = fences.iter().find(|fence| fence.language == "toml") {
            std::fs::write(folder.path().join("my.toml"), &profile.text).unwrap();
        }
        for fence in fences.iter().filter(|fence| fence.language == "sh") {
            for line in fence.text.lines().filter(|line| line.starts_with("ufo-logscan ")) {
                // A pipe ends in a program that may not be here: what comes before it counts.
                let command = line.split(" | ").next().unwrap();
                let done = finish(shell(command).current_dir(folder.path()));
                assert_eq!(done.code, Some(0), "{name}: {line}\n{}", done.stderr);
                ran += 1;
            }
        }
    }
    assert!(ran > 5, "{ran} commands");
}

#[test]
fn the_readme_has_one_command_to_run_and_one_to_test() {
    let readme = page("README.md");
    for start in ["cargo run --release", "cargo test"] {
        let lines: Vec<&str> = readme.lines().filter(|line| line.starts_with(start)).collect();
        assert_eq!(lines.len(), 1, "{start}: {lines:?}");
    }
}

#[test]
fn a_page_that_is_wrong_would_be_seen() {
    let page =
        "text\n```console\n$ ufo-logscan a | head -n 1\nx\n\ny\n$ cat b\n```\n```sh\nls\n```\n";
    let fences = fences(page);
    assert_eq!((fences.len(), fences[0].line, fences[1].text.as_str()), (2, 3, "ls\n"));
    let commands = commands(&fences[0].text);
    assert_eq!(commands[0], ("ufo-logscan a | head -n 1".to_owned(), "x\n\ny\n".to_owned()));
    assert_eq!(commands[1], ("cat b".to_owned(), String::new()));
    assert!(is_ours(&commands[0].0) && !is_ours("cat b") && !is_ours("ufo-logscan a | jq ."));
    assert_eq!(difference("", "a\n"), None);
    let seen = difference("a\nb\n", "a\n").unwrap();
    assert_eq!(seen, "line 2\n  shown: b\n  found: (the end)");
    assert!(difference("a\n", "a\nb\n").is_some());
}
