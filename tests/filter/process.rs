//! The program: what it lets through at once, when it stops, and what it tells.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::common::{feed, finish, program, root, run, shell, start, stream};

const PATIENCE: Duration = Duration::from_secs(20);
const LOGS: &str = "fixtures/logs";

fn error(n: u32) -> String {
    format!("{{\"level\":\"ERROR\",\"n\":{n}}}\n")
}

fn info(n: u32) -> String {
    format!("{{\"level\":\"INFO\",\"n\":{n}}}\n")
}

/// The lines of a child's standard output, as they come.
fn lines(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = channel();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || {
        stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    receiver
}

#[track_caller]
fn next(lines: &Receiver<String>) -> String {
    lines.recv_timeout(PATIENCE).expect("a line in time") + "\n"
}

#[track_caller]
fn ends(child: &mut Child) -> Option<i32> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        assert!(begun.elapsed() < PATIENCE, "it does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn signal(child: &Child, name: &str) {
    let kill = format!("kill -{name} {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

#[test]
fn what_comes_by_a_pipe_goes_out_at_once() {
    let mut child = start(program().args(["filter", "level >= ERROR"]));
    let (mut stdin, lines) = (child.stdin.take().unwrap(), lines(&mut child));
    for n in 0..5 {
        stdin.write_all((info(n) + &error(n) + "x\n").as_bytes()).unwrap();
        assert_eq!(next(&lines), error(n));
    }
    drop(stdin);
    assert_eq!(ends(&mut child), Some(0));
}

/// `--max-count` does not wait for the end of what never ends, nor for other threads.
#[test]
fn enough_is_enough() {
    for threads in ["1", "4"] {
        let mut child = start(program().args(["filter", "has(n)", "-m2", "--threads", threads]));
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all((error(1) + &info(2) + &error(3)).as_bytes()).unwrap();
        assert_eq!(ends(&mut child), Some(0), "{threads} threads");
        let mut text = String::new();
        child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, error(1) + &info(2));
    }
    let done = run(["filter", "has(message)", LOGS, "-m", "0"]);
    assert_eq!((done.stdout.as_str(), done.code), ("", Some(0)));
}

/// S1: `| head -n 1` is a quiet end, also when very much would come.
#[test]
fn s1_a_reader_who_has_seen_enough_is_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.log");
    fs::write(&path, error(1).repeat(1 << 19)).unwrap();
    for threads in [1, 4] {
        let command = format!(
            "(ufo-logscan filter 'has(n)' --threads {threads} '{}'; echo $? >&2) | head -n 1",
            path.display()
        );
        let done = finish(&mut shell(&command));
        assert_eq!((done.stdout, done.stderr.as_str()), (error(1), "0\n"));
    }
}

#[test]
fn s2_a_full_disk_is_told() {
    let done =
        finish(&mut shell("ufo-logscan filter 'has(message)' fixtures/page.log > /dev/full"));
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("error: cannot write to standard output"), "{}", done.stderr);
}

/// S4 and S5: nobody reads, memory stays bounded, and a request to stop is heard all the same.
#[cfg(target_os = "linux")]
#[test]
fn s4_a_stuck_reader_does_not_keep_us() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.log");
    fs::write(&path, error(1).repeat(1 << 21)).unwrap();
    let mut child = program()
        .args(["filter", "has(n)", "--threads", "4"])
        .arg(&path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Somebody who takes the first bytes, and then no more.
    let mut first = [0; 8];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    let peak = crate::common::status(child.id(), "VmHWM").unwrap();
    let peak: u64 = peak.trim_end_matches(" kB").trim().parse().unwrap();
    assert!(peak < 150 << 10, "{peak} KiB");
    let begun = Instant::now();
    signal(&child, "TERM");
    assert_eq!(ends(&mut child), Some(143));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(told.contains("nobody reads"), "{told}");
}

/// Followed through a rotation, each line comes once; SIGTERM is the end of it.
#[test]
fn followed_files_are_passed_on_once_and_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("app.log");
    fs::write(&log, error(0) + &info(0)).unwrap();
    let mut command = program();
    command.args(["filter", "level >= ERROR", "-F", "--poll-interval", "20ms"]);
    let mut child = start(command.args(["--rotate-wait", "200ms"]).arg(&log));
    let lines = lines(&mut child);
    assert_eq!(next(&lines), error(0));
    let append = |text: &str| {
        let mut file = fs::OpenOptions::new().append(true).create(true).open(&log).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    };
    for round in 1..4 {
        append(&(error(round) + &info(round) + "{\"level\":\"ERROR\",\"n\":"));
        assert_eq!(next(&lines), error(round));
        append(&format!("{}}}\n", 100 + round));
        assert_eq!(next(&lines), error(100 + round));
        let old = folder.path().join(format!("app.log.{}", 9 - round));
        fs::rename(&log, old).unwrap();
    }
    signal(&child, "TERM");
    assert_eq!(ends(&mut child), Some(0));
    assert!(lines.recv().is_err(), "nothing comes twice");
}

#[test]
fn following_stops_when_there_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one.log"), folder.path().join("two.log"));
    fs::write(&one, error(1) + &info(1)).unwrap();
    fs::write(&two, error(2)).unwrap();
    let args = ["filter", "level >= ERROR", "-F", "-m", "2"];
    let done = finish(program().args(args).args([&one, &two]));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert_eq!(done.stdout, error(1) + &error(2));
}

#[test]
fn archives_directories_and_standard_input_are_one() {
    let wanted = run(["filter", "level >= WARNING", "fixtures/logs/ufo_server.log.2"]).stdout;
    let text = fs::read(root().join("fixtures/logs/ufo_server.log.2")).unwrap();
    assert_eq!(feed(&["filter", "level >= WARNING"], &text).stdout, wanted);
    assert_eq!(feed(&["filter", "level >= WARNING", "-"], &text).stdout, wanted);
    assert!(run(["filter", "level >= WARNING", LOGS]).stdout.starts_with(&wanted));
    if cfg!(feature = "archives") {
        let archive = run(["filter", "has(message)", "fixtures/archives/rotated.gz", "-c"]);
        assert!(archive.stdout.trim().parse::<u64>().unwrap() > 0, "{archive:?}");
    }
}

#[test]
fn spans_and_counts() {
    let since = ["filter", "has(message)", LOGS, "--since", "2026-11-22T09:00", "--count"];
    let done = run(since);
    let counts: Vec<&str> = done.stdout.lines().collect();
    assert_eq!(counts[0], "fixtures/logs/ufo_server.log.2:0");
    assert_eq!(
        run(["filter", "level >= ERROR", "fixtures/page.log", "-c"]).stdout.lines().count(),
        1
    );
    assert_eq!(run(["filter", "has(n)", "/dev/null", "-c"]).stdout, "0\n");
    let wrong = run(["filter", "has(n)", "--since", "2h", "--until", "3h", LOGS]);
    assert_eq!(wrong.code, Some(2));
}

#[test]
fn what_is_asked_in_vain_is_told() {
    let told = |args: &[&str]| run(["filter", "-c"].iter().chain(args)).stderr;
    let page = "fixtures/page.log";
    assert!(
        told(&["levle == 'x'", page])
            .contains("no record has the field `levle`; did you mean `level`?")
    );
    assert!(told(&["has(clientid)", page]).contains("did you mean `client_id`?"));
    assert!(told(&["outcome == failed", page]).contains("no line has an `outcome`"));
    assert!(told(&["event == session-orphaned", page]).contains("no line is a `session-orphaned`"));
    assert!(told(&["has(message)", page]).contains("lines are malformed; --malformed shows them"));
    assert!(told(&["has(message)", page, "--max-line", "50"]).contains("longer than --max-line"));
    assert!(!told(&["--malformed", page]).contains("malformed"));
}

#[test]
fn a_line_without_end_stays_so_unless_another_follows() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one.log"), folder.path().join("two.log"));
    fs::write(&one, error(1).trim_end()).unwrap();
    fs::write(&two, error(2).replace('\n', "\r\n") + error(3).trim_end()).unwrap();
    let done = finish(program().args(["filter", "has(n)", "--keep-order"]).args([&one, &two]));
    assert_eq!(done.stdout, error(1) + error(2).trim_end() + "\r\n" + error(3).trim_end());
}

#[test]
fn exit_codes_are_those_of_the_design() {
    assert_eq!(run(["filter", "level == 'NONE'", LOGS]).code, Some(0), "nothing found is no fault");
    assert_eq!(run(["filter", "has(message)", "--strict", "fixtures/page.log"]).code, Some(1));
    assert_eq!(run(["filter", "has(message)", "nowhere.log"]).code, Some(2));
    assert_eq!(run(["filter", "has(", LOGS]).code, Some(2));
    assert_eq!(run(["filter"]).code, Some(2));
    for args in [["--malformed", "--invert"], ["--count", "--json"], ["--json", "--around=1"]] {
        assert_eq!(
            run(["filter", "has(n)", "x.log"].iter().chain(&args)).code,
            Some(2),
            "{args:?}"
        );
    }
}

/// What is made anew is JSON that says the same, whatever came in.
#[test]
fn json_is_valid_and_harmless() {
    let hostile = b"{\"a\":\"\x1b[2J\xe2\x80\xae\xff\",\"b\":NaN,\"a\":\"\\ud800\"}\n\
        {\"message\":\"token=abc \xc2\x9b\",\"n\":1.50}\r\n\xef\xbb\xbf\0\0{\"z\":[1 , 2]}";
    let (done, _) =
        stream(&["filter", "not has(nothing)", "--json"], |stdin| stdin.write_all(hostile));
    let meant = "{\"message\":\"token=*** \\u009b\",\"n\":1.50}\n";
    assert!(done.stdout.contains(meant), "{}", done.stdout);
    for line in done.stdout.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect(line);
        assert!(!line.contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{line:?}");
    }
}

/// A record of text comes when it has waited long enough, and what is written of it later comes, too.
#[test]
fn followed_text_comes_with_all_its_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.log");
    let append = |text: &str| {
        let mut file = fs::OpenOptions::new().append(true).create(true).open(&path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    };
    append("2026-11-22 06:00:00,000 - a - INFO - one\nmore\n");
    append("2026-11-22 06:00:01,000 - a - ERROR - two\nTraceback:\n");
    let path = path.display().to_string();
    let args = ["filter", "-F", "level >= ERROR", &path];
    let mut child = start(program().args(args));
    let lines = lines(&mut child);
    assert_eq!(next(&lines), "2026-11-22 06:00:01,000 - a - ERROR - two\n");
    assert_eq!(next(&lines), "Traceback:\n");
    append("  late\n\n");
    assert_eq!((next(&lines), next(&lines)), ("  late\n".to_owned(), "\n".to_owned()));
    append("2026-11-22 06:00:02,000 - a - INFO - three\n  of three\n");
    append("2026-11-22 06:00:03,000 - a - ERROR - four\n");
    assert_eq!(next(&lines), "2026-11-22 06:00:03,000 - a - ERROR - four\n");
    signal(&child, "TERM");
    assert_eq!(ends(&mut child), Some(0));
}
