//! Real processes on a real terminal.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::common::{finish, root, shell};
use crate::terminal::Terminal;

const ENTER: &str = "\x1b[?1049h";
const LEAVE: &str = "\x1b[?1049l";

/// A folder with a log that may grow.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(root().join("fixtures/logs/ufo_server.log"), folder.path().join("a.log")).unwrap();
    folder
}

fn append(folder: &TempDir, line: &str) {
    let mut log = OpenOptions::new().append(true).open(folder.path().join("a.log")).unwrap();
    writeln!(log, "{line}").unwrap();
}

/// Runs a command between two looks at the modes of the terminal; `{}` is the folder, and `pid` in
/// it the process of the command.
fn between_looks(command: &str, folder: &TempDir, size: (u16, u16)) -> Terminal {
    let path = folder.path().display();
    let command = command.replace("{}", &path.to_string());
    let line = format!(
        "stty -a >{path}/before; {command}; echo \"CODE $?\"; stty -a >{path}/after; echo END"
    );
    Terminal::run(&line, size)
}

/// What came behind the screen; the modes of the terminal are what they were.
#[track_caller]
fn after(terminal: Terminal, folder: &TempDir) -> String {
    let bytes = terminal.finish();
    let modes = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    // The size may have been changed meanwhile, by the test.
    let no_size = |modes: String| modes.replace(|c: char| c.is_ascii_digit(), "");
    assert_eq!(no_size(modes("before")), no_size(modes("after")), "{bytes}");
    let (_, behind) = bytes.rsplit_once(LEAVE).expect("there was a screen");
    assert!(behind.contains("\x1b[?25h"), "the cursor stays hidden: {behind}");
    behind.replace("\r\n", "\n").replace("\x1b[?25h", "")
}

/// The report of files, as it is printed on a terminal of 80 columns without colour.
fn printed(path: &Path) -> String {
    finish(&mut shell(&format!("ufo-logscan --color never {}", path.display()))).stdout
}

fn kill(folder: &TempDir, signals: &str) {
    let line =
        format!("for s in {signals}; do kill -$s $(cat {}/pid); done", folder.path().display());
    assert!(Command::new("sh").args(["-c", &line]).status().unwrap().success());
}

const FOLLOW: &str =
    "sh -c 'echo $$ >{}/pid; exec ufo-logscan -F --color never --poll-interval 20ms {}/a.log'";

#[test]
fn a_screen_shows_what_is_written_and_gives_way_to_the_report() {
    let folder = folder();
    let mut terminal = between_looks(FOLLOW, &folder, (80, 24));
    terminal.wait_for("── Errors ");
    terminal.wait_for("217 lines");
    assert!(terminal.is_alternate());
    let record = r#"{"timestamp":"2026-11-22T10:05:00","level":"CRITICAL","message":"on fire"}"#;
    append(&folder, record);
    terminal.wait_for("CRITICAL 1");
    terminal.press("?");
    terminal.wait_for("quit: the final report is printed");
    terminal.press("?/FIRE\r");
    terminal.wait_for("1 of ");
    terminal.wait_for("on fire");
    terminal.press("p");
    terminal.wait_for("PAUSED");
    append(&folder, record);
    std::thread::sleep(Duration::from_millis(700));
    assert!(terminal.seen().contains("CRITICAL 1"), "{}", terminal.seen());
    terminal.press("p");
    terminal.wait_for("CRITICAL 2");
    terminal.press("wlevel == CRITICAL\r");
    terminal.wait_for("where level == CRITICAL");
    append(&folder, record);
    terminal.wait_for("Errors 100.0%");
    terminal.press("w no\r");
    terminal.wait_for("wrong condition");
    terminal.press("\t");
    terminal.wait_for("Log Analysis Report");
    terminal.press("\x1b");
    terminal.wait_for("── Errors ");
    terminal.press("q");
    let left = after(terminal, &folder);
    let expected = printed(&folder.path().join("a.log"));
    assert_eq!(left, format!("{expected}CODE 0\nEND\n"));
}

#[test]
fn a_screen_takes_any_size() {
    let folder = folder();
    let mut terminal = between_looks(FOLLOW, &folder, (120, 40));
    terminal.wait_for("── Connections ─");
    terminal.resize((40, 10));
    terminal.wait_for("online: ");
    terminal.resize((1, 1));
    std::thread::sleep(Duration::from_millis(300));
    terminal.resize((200, 60));
    terminal.wait_for("── Loggers");
    terminal.resize((80, 24));
    terminal.wait("room for two tables", |seen| {
        !seen.contains("Loggers") && seen.contains("── Clients")
    });
    terminal.press("q");
    let left = after(terminal, &folder);
    assert!(left.contains("CODE 0"), "{left}");
}

#[test]
fn the_log_comes_by_a_pipe_and_keys_from_the_terminal() {
    let folder = folder();
    let command = "tail -n +1 -f {}/a.log | ufo-logscan --color never";
    let mut terminal = between_looks(command, &folder, (80, 24));
    terminal.wait_for("standard input");
    terminal.wait_for("217 lines");
    append(&folder, "no record");
    terminal.wait_for("1 refused");
    terminal.press("q");
    // `tail` ends when it finds nobody who reads.
    std::thread::sleep(Duration::from_millis(300));
    append(&folder, "nobody reads this");
    append(&folder, "nor this");
    let left = after(terminal, &folder);
    assert!(left.contains("  Lines:            218\n"), "{left}");
}

#[test]
fn signals_leave_the_terminal_as_it_was() {
    for (signals, code) in
        [("TERM", 0), ("INT", 0), ("TERM TERM TERM", 0), ("QUIT", 131), ("HUP", 129)]
    {
        let folder = folder();
        let terminal = between_looks(FOLLOW, &folder, (80, 24));
        terminal.wait_for("217 lines");
        kill(&folder, signals);
        let left = after(terminal, &folder);
        let reported = left.contains("Log Analysis Report");
        let codes = [format!("CODE {code}\n"), "CODE 143\n".to_owned()];
        // Whoever asks again and again may have it end before the report is written.
        let either = if signals.contains(' ') { 2 } else { 1 };
        assert!(codes[..either].iter().any(|code| left.contains(code)), "{signals}: {left}");
        assert!(reported || code != 0 || either == 2, "{signals}: {left}");
    }
}

#[test]
fn a_stopped_process_gives_the_terminal_back_and_takes_it_again() {
    let folder = folder();
    let mut terminal = between_looks(FOLLOW, &folder, (80, 24));
    terminal.wait_for("217 lines");
    let begun = std::time::Instant::now();
    kill(&folder, "TSTP");
    while terminal.is_alternate() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{}", terminal.seen());
        std::thread::sleep(Duration::from_millis(20));
    }
    kill(&folder, "CONT");
    terminal.wait_for("217 lines");
    assert!(terminal.is_alternate());
    terminal.press("q");
    assert!(after(terminal, &folder).contains("CODE 0"));
}

#[test]
fn there_is_no_screen_where_nobody_wants_or_could_show_one() {
    let folder = folder();
    let log = folder.path().join("a.log").display().to_string();
    let slowly = format!("(cat {log}; sleep 1.6)");
    for (line, env) in [
        (format!("{slowly} | ufo-logscan"), ("TERM", "dumb")),
        (format!("{slowly} | ufo-logscan"), ("TERM", "")),
        (format!("{slowly} | ufo-logscan --no-screen"), ("TERM", "xterm")),
        (format!("{slowly} | ufo-logscan --every 1s"), ("TERM", "xterm")),
        (format!("{slowly} | ufo-logscan | cat"), ("TERM", "xterm")),
        // What is over in no time does not flicker.
        (format!("cat {log} | ufo-logscan"), ("TERM", "xterm")),
        (format!("ufo-logscan <{log}"), ("TERM", "xterm")),
        (format!("ufo-logscan {log}"), ("TERM", "xterm")),
    ] {
        let terminal = Terminal::run_with(&line, (80, 24), &[env]);
        let bytes = terminal.finish();
        assert!(!bytes.contains(ENTER), "{line} {env:?}\n{bytes}");
        assert!(bytes.contains("Log Analysis Report"), "{line}\n{bytes}");
    }
}

#[test]
fn without_colour_there_is_none() {
    let folder = folder();
    let line = format!("ufo-logscan -F {}/a.log", folder.path().display());
    for (env, coloured) in [(("NO_COLOR", "1"), false), (("X", "1"), true)] {
        let mut terminal = Terminal::run_with(&line, (80, 24), &[env]);
        terminal.wait_for("217 lines");
        terminal.press("q");
        let bytes = terminal.finish();
        let (screen, _) = bytes.rsplit_once(LEAVE).unwrap();
        let any = ["\x1b[38;5;", "\x1b[3"].iter().any(|sets| {
            let digit = |rest: &str| rest.starts_with(|c: char| ('1'..='6').contains(&c));
            screen.split(sets).skip(1).any(digit)
        });
        assert_eq!(any, coloured, "{env:?}");
    }
}

/// As fast as can be: nothing is lost, and the last report is that of the same log in a file.
#[test]
fn what_comes_fast_is_counted_to_the_last_line() {
    let folder = folder();
    let once = fs::read(folder.path().join("a.log")).unwrap();
    let all = folder.path().join("all.log");
    let mut file = File::create(&all).unwrap();
    for _ in 0..400 {
        file.write_all(&once).unwrap();
    }
    drop(file);
    // A pause, so that the screen comes however fast this machine is.
    let command = "(sleep 1.3; cat {}/all.log) | ufo-logscan --color never";
    let terminal = between_looks(command, &folder, (80, 24));
    let left = after(terminal, &folder);
    let expected = finish(&mut shell(&format!("cat {} | ufo-logscan", all.display()))).stdout;
    assert_eq!(left, format!("{expected}CODE 0\nEND\n"));
}
