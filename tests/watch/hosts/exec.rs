//! Sources that run a program: Fluent Bit's `in_exec` and Vector's `exec`, by stand-ins, and cron.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::{Host, adapted, at_once, ended, rules, terminate, terminate_group};
use crate::common::{finish, root, shell};
use crate::process::{DOWN, SECOND, brief, checks, event};

/// How much Fluent Bit reads of a line at most, unless it is told otherwise, with the end of the
/// string.
const FGETS: u64 = 4096;

fn append(path: &Path, text: &str) {
    let mut file = fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// The value of a key in a configuration of Fluent Bit.
fn value<'c>(configuration: &'c str, key: &str) -> &'c str {
    let line = configuration.lines().find_map(|line| line.trim().strip_prefix(key));
    line.unwrap().trim()
}

#[test]
fn fluent_bit_reads_lines_of_bounded_length_and_ends_the_group() {
    let (rules, folder) = (rules(DOWN), tempfile::tempdir().unwrap());
    let log = folder.path().join("ufo_server.log");
    append(&log, &checks(1..2));
    let watch = format!("ufo-logscan watch {}", at_once(rules.path()));
    let configuration = adapted(
        "# fluent-bit.conf",
        &[("ufo-logscan watch", &watch), ("/app/logs/ufo_server.log", &log.display().to_string())],
    );
    let mut command = shell(value(&configuration, "Command"));
    let mut host = Host(command.stdout(Stdio::piped()).process_group(0).spawn().unwrap());
    let mut stdout = BufReader::new(host.0.stdout.take().unwrap());
    for number in 2..60 {
        append(&log, &checks(number..number + 1));
        let mut line = String::new();
        stdout.by_ref().take(FGETS - 1).read_line(&mut line).unwrap();
        let status = if number % 2 == 0 { "firing" } else { "resolved" };
        assert!(brief(&event(&line)).starts_with(&format!("Down {status}")), "{line}");
    }
    let start = Instant::now();
    terminate_group(&host.0);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "nobody has standard output open any more");
    assert!(start.elapsed() < SECOND * 2, "{:?}", start.elapsed());
    ended(&mut host.0);
}

/// What Vector runs: the words of a `command` in its configuration.
fn command_of(configuration: &str, source: &str) -> Vec<String> {
    let configuration: toml::Table = configuration.parse().unwrap();
    let command = configuration["sources"][source]["command"].as_array().unwrap();
    command.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

fn vector(words: &[String]) -> Command {
    assert_eq!(words[0], "ufo-logscan");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ufo-logscan"));
    command.args(&words[1..]).current_dir(root());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn vector_gets_events_and_nothing_on_standard_error() {
    let (rules, folder) = (rules(DOWN), tempfile::tempdir().unwrap());
    let log = folder.path().join("ufo_server.log");
    append(&log, &checks(1..2));
    let configuration =
        adapted("# vector.toml", &[("/app/logs/ufo_server.log", &log.display().to_string())]);
    let mut words = command_of(&configuration, "ufo_alerts");
    words.extend(at_once(rules.path()).split(' ').map(str::to_owned));
    let mut host = Host(vector(&words).spawn().unwrap());
    let mut stdout = BufReader::new(host.0.stdout.take().unwrap());
    for number in 2..60 {
        append(&log, &checks(number..number + 1));
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        event(&line);
    }
    terminate(&host.0);
    assert_eq!(ended(&mut host.0), Some(0));
    let mut errors = String::new();
    host.0.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    // An alert still firing is told at the end; sixty checks end with one that is well.
    assert_eq!(errors, "");
}

#[test]
fn vector_takes_a_report_as_one_event() {
    let configuration =
        adapted("# vector.toml", &[("/app/logs/", "fixtures/logs"), ("5m", "2026-11-22")]);
    let output = vector(&command_of(&configuration, "ufo_report")).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["sections"]["level"].is_object());
}

#[test]
fn cron_mails_when_it_fired() {
    let configuration =
        adapted("# crontab", &[("/app/logs/", "fixtures/logs"), ("critical", "warning")]);
    let job = configuration.lines().nth(1).unwrap().split("*  ").nth(1).unwrap().trim();
    let done = finish(&mut shell(job));
    let fired = done.stdout.contains("\"severity\":\"warning\"");
    assert_eq!(done.stdout.ends_with("the UFO server needs somebody\n"), fired, "{}", done.stdout);
    assert!(fired, "a test that cannot fail shows nothing: {}", done.stdout);
    let quiet = tempfile::tempdir().unwrap();
    File::create(quiet.path().join("ufo_server.log")).unwrap();
    let job = job.replace("fixtures/logs", &quiet.path().display().to_string());
    assert_eq!(finish(&mut shell(&job)).stdout, "");
}
