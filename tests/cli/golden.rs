//! What people see, byte for byte. Each file in `tests/golden/` is a transcript: the command on
//! its first line, then standard output, standard error and the exit code.
//!
//! A new case is a file that holds nothing but its `$ …` line. After a change that is meant,
//!
//! ```text
//! UPDATE_GOLDEN=1 cargo test --test cli golden
//! ```
//!
//! writes all transcripts anew; what `git diff` then shows is what people will see change.

use std::fs;
use std::path::Path;

use crate::common::{files_below, finish, shell};

/// How many transcripts there are, so that none gets lost unseen.
const TRANSCRIPTS: usize = 64;

fn transcript(command: &str) -> String {
    let done = finish(&mut shell(command));
    let mut text = format!("$ {command}\n{}", done.stdout);
    if !done.stderr.is_empty() {
        text = format!("{text}[standard error]\n{}", done.stderr);
    }
    format!("{text}[exit {}]\n", done.code.unwrap())
}

/// What changed, if anything did.
fn check(path: &Path, update: bool) -> Option<String> {
    let kept = fs::read_to_string(path).unwrap();
    let command = kept.lines().next().and_then(|line| line.strip_prefix("$ ")).unwrap();
    let now = transcript(command);
    if now == kept {
        return None;
    }
    if update {
        fs::write(path, now).unwrap();
        return None;
    }
    let place = kept.lines().zip(now.lines()).take_while(|(kept, now)| kept == now).count();
    let line = |text: &str| text.lines().nth(place).unwrap_or("(the end)").to_owned();
    Some(format!(
        "{}:{}:\n  kept: {}\n  now:  {}\n",
        path.display(),
        place + 1,
        line(&kept),
        line(&now)
    ))
}

#[test]
fn people_see_what_they_saw() {
    let files = files_below("tests/golden");
    assert_eq!(files.len(), TRANSCRIPTS, "has a transcript been added or lost?");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let changed: String = files.iter().filter_map(|path| check(path, update)).collect();
    assert!(changed.is_empty(), "UPDATE_GOLDEN=1 writes them anew if this is meant:\n{changed}");
}

#[test]
fn a_change_would_be_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.txt");
    fs::write(&path, "$ printf 'a\\nb\\n'\na\nc\n[exit 0]\n").unwrap();
    let change = check(&path, false).unwrap();
    assert!(change.contains("x.txt:3:\n  kept: c\n  now:  b\n"), "{change}");
    assert_eq!(check(&path, true), None);
    assert_eq!(check(&path, false), None);
}
