//! rsyslog's `omprog`: the protocol word by word, and rsyslog itself.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};

use super::{Host, adapted, at_once, ended, rules, terminate};
use crate::common::{program, skip};
use crate::process::{DOWN, brief, checks, event, fifo, wait_until};

/// What rsyslog hears next.
fn heard(stdout: &mut ChildStdout, bytes: usize) -> String {
    let mut words = vec![0; bytes];
    stdout.read_exact(&mut words).unwrap();
    String::from_utf8(words).unwrap()
}

fn omprog(rules: &Path, output: &Path) -> Host {
    let mut command = program();
    command.args(["watch", "--omprog", "-o"]).arg(output);
    command.args(at_once(rules).split(' '));
    Host(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
}

#[test]
fn each_line_is_confirmed_whatever_is_in_it() {
    let (rules, output) = (rules(DOWN), tempfile::NamedTempFile::new().unwrap());
    let mut host = omprog(rules.path(), output.path());
    let (mut stdin, mut stdout) = (host.0.stdin.take().unwrap(), host.0.stdout.take().unwrap());
    assert_eq!(heard(&mut stdout, 3), "OK\n", "it is ready");
    let long = "x".repeat(3 << 20) + "\n";
    let own = "{\"logger\":\"ufo_logscan.alert\"}\n";
    for line in ["{}\n", "\n", "nonsense\n", " {\"a\":1}\r\n", &long, own, &checks(1..2)] {
        stdin.write_all(line.as_bytes()).unwrap();
        assert_eq!(heard(&mut stdout, 3), "OK\n", "{line:.20}");
    }
    for number in 2..6 {
        stdin.write_all(checks(number..number + 1).as_bytes()).unwrap();
        assert_eq!(heard(&mut stdout, 3), "OK\n");
        // What was confirmed is written.
        let events = fs::read_to_string(output.path()).unwrap();
        let last = events.lines().last().map(|line| brief(&event(line)));
        let status = if number % 2 == 0 { "firing" } else { "resolved" };
        assert_eq!(last.unwrap(), format!("Down {status} 06:00:{number}0.000"));
    }
    stdin.write_all(checks(6..16).as_bytes()).unwrap();
    assert_eq!(heard(&mut stdout, 30), "OK\n".repeat(10));
    drop(stdin);
    assert_eq!(ended(&mut host.0), Some(0));
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

#[test]
fn a_stuck_output_keeps_lines_from_being_confirmed_but_it_lives() {
    let (rules, folder) = (rules(DOWN), tempfile::tempdir().unwrap());
    let output = folder.path().join("alerts");
    fifo(&output);
    let _reader = fs::OpenOptions::new().read(true).write(true).open(&output).unwrap();
    let mut host = omprog(rules.path(), &output);
    let (mut stdin, mut stdout) = (host.0.stdin.take().unwrap(), host.0.stdout.take().unwrap());
    // More events than the pipe takes.
    let many = 400;
    stdin.write_all(checks(1..many).as_bytes()).unwrap();
    let mut words = String::new();
    while !words.ends_with("..") {
        words += &heard(&mut stdout, 1);
    }
    let confirmed = words.matches("OK\n").count() as u64;
    assert!(confirmed < many, "{confirmed}");
}

#[test]
fn it_needs_another_place_for_events() {
    let done = crate::common::run(["watch", "--omprog"]);
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("--output"), "{}", done.stderr);
}

/// Records in, alerts out; also after the program was killed in the middle.
#[test]
fn rsyslog_itself_feeds_it() {
    if Command::new("rsyslogd").arg("-v").stdout(Stdio::null()).status().is_err() {
        return skip("rsyslog is not installed; the protocol alone is tested");
    }
    let (rules, folder) = (rules(DOWN), tempfile::tempdir().unwrap());
    let path = |name: &str| folder.path().join(name).display().to_string();
    let command =
        format!("{} watch --omprog {}", env!("CARGO_BIN_EXE_ufo-logscan"), at_once(rules.path()));
    let configuration = adapted(
        "# rsyslog.conf",
        &[
            ("/var/spool/rsyslog", &path("")),
            ("/app/logs/ufo_server.log", &path("ufo_server.log")),
            ("/var/log/ufo-alerts.ndjson", &path("alerts.ndjson")),
            ("/usr/local/bin/ufo-logscan watch --omprog", &command),
        ],
    );
    fs::write(path("rsyslog.conf"), configuration).unwrap();
    fs::write(path("ufo_server.log"), "").unwrap();
    let (file, pid) = (path("rsyslog.conf"), path("pid"));
    let mut rsyslog = Command::new("rsyslogd");
    rsyslog.args(["-n", "-f", &file, "-i", &pid]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut rsyslog = Host(rsyslog.spawn().unwrap());

    let told = || fs::read_to_string(path("alerts.ndjson")).unwrap_or_default();
    let firing = || -> BTreeSet<String> {
        let text = told();
        let whole = text.lines().filter(|line| line.ends_with('}')).map(event);
        whole.filter(|event| event["status"] == "firing").map(|event| brief(&event)).collect()
    };
    let append = |records: &str| {
        let mut log = fs::OpenOptions::new().append(true).open(path("ufo_server.log")).unwrap();
        log.write_all(records.as_bytes()).unwrap();
    };
    append(&checks(1..101));
    wait_until("the first alerts", || firing().len() == 50);
    let ours = format!("pkill -KILL -P {}", rsyslog.0.id());
    assert!(Command::new("sh").args(["-c", &ours]).status().unwrap().success());
    append(&checks(101..201));
    wait_until("the alerts behind it", || firing().len() == 100);
    terminate(&rsyslog.0);
    assert_eq!(ended(&mut rsyslog.0), Some(0));
    let left = Command::new("pgrep").args(["-f", &path("alerts.ndjson")]).output().unwrap();
    assert!(left.stdout.is_empty(), "the program has ended with rsyslog");
}
