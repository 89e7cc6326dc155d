//! What has been written: files, directories, history by a pipe, and exit codes.

use std::fs;

use crate::common::{Done, feed, finish, run};
use crate::process::{DOWN, SILENCE, briefs, checks, record, rules, watch};

/// The changes of health checks with some numbers, as events tell of them.
fn told(range: std::ops::Range<u64>) -> Vec<String> {
    let one = |number: u64| {
        let status = if number.is_multiple_of(2) { "firing" } else { "resolved" };
        format!("Down {status} {}", &crate::process::tick(number * 100)[11..23])
    };
    range.map(one).collect()
}

#[test]
fn history_by_a_pipe_is_history() {
    let rules = rules(SILENCE);
    let path = rules.path().to_str().unwrap();
    let args = ["watch", "--no-defaults", "--tick", "100ms", "--rules", path];
    let log = record(0) + &record(36_000);
    let piped = feed(&[&args[..], &["--replay"]].concat(), &log);
    assert_eq!(
        briefs(&piped.stdout),
        ["Silence firing 06:00:01.100", "Silence resolved 07:00:00.000"]
    );
    let file = crate::process::rules(&log);
    let read = run(args.iter().copied().chain([file.path().to_str().unwrap()]));
    assert_eq!(piped.stdout, read.stdout);
    assert_eq!((piped.code, &*piped.stderr), (Some(0), ""));
}

#[test]
fn a_directory_is_its_series_in_order() {
    let (rules, folder) = (rules(DOWN), tempfile::tempdir().unwrap());
    for (name, range) in [(".2", 1..6), (".1", 6..9), ("", 9..12)] {
        let path = folder.path().join(format!("ufo_server.log{name}"));
        fs::write(path, checks(range)).unwrap();
    }
    fs::write(folder.path().join("ufo_server_errors.log"), checks(1..12)).unwrap();
    let done: Done = finish(&mut watch(rules.path(), [folder.path()]));
    assert_eq!(briefs(&done.stdout), told(2..12));
    assert_eq!(done.code, Some(0));
    assert!(done.stderr.contains("ufo_server_errors.log"), "{}", done.stderr);
}

#[test]
fn two_files_are_two_sources_side_by_side() {
    let (rules, folder) = (rules(DOWN), tempfile::tempdir().unwrap());
    let (good, bad) = (folder.path().join("a.log"), folder.path().join("b.log"));
    let every_other = |first: u64| -> String {
        (first..60).step_by(2).map(|number| checks(number..number + 1)).collect()
    };
    fs::write(&good, every_other(1)).unwrap();
    fs::write(&bad, every_other(2)).unwrap();
    let done = finish(&mut watch(rules.path(), [&good, &bad]));
    assert_eq!(briefs(&done.stdout), told(2..60));
    let turned = finish(&mut watch(rules.path(), [&bad, &good]));
    assert_eq!(briefs(&turned.stdout), told(2..60));

    let missing = folder.path().join("c.log");
    let done = finish(&mut watch(rules.path(), [&good, &missing, &bad]));
    assert_eq!(briefs(&done.stdout), told(2..60));
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("c.log"), "{}", done.stderr);
}

#[test]
fn what_still_fires_is_counted_and_what_fired_decides() {
    let both = format!("{DOWN}\n{}", DOWN.replace("Down", "Again").replace("error", "info"));
    let rules = rules(&both);
    let exit = |numbers: std::ops::Range<u64>, args: &[&str]| {
        let log = crate::process::rules(&checks(numbers));
        let path = log.path().to_str().unwrap();
        let batch = finish(&mut watch(rules.path(), args.iter().chain(&[path])));
        let rules = rules.path().to_str().unwrap();
        let live = [&["watch", "--no-defaults", "--rules", rules], args].concat();
        let live = feed(&live, fs::read_to_string(log.path()).unwrap());
        assert_eq!((batch.code, &batch.stderr), (live.code, &live.stderr));
        (batch.code, batch.stderr)
    };
    let note = |text: &str| format!("ufo-logscan: {text} still firing\n");
    assert_eq!(exit(1..2, &[]), (Some(0), String::new()));
    assert_eq!(exit(1..3, &[]), (Some(0), note("2 alerts")));
    assert_eq!(exit(1..3, &["--fail-on", "critical"]), (Some(0), note("2 alerts")));
    assert_eq!(exit(1..3, &["--fail-on", "error"]), (Some(1), note("2 alerts")));
    // Also what was over long ago.
    assert_eq!(exit(1..4, &["--fail-on", "warning"]), (Some(1), String::new()));
    assert_eq!(exit(1..2, &["--fail-on", "info"]), (Some(0), String::new()));
}

#[test]
fn strict_refuses_what_is_malformed() {
    let rules = rules(DOWN);
    let path = rules.path().to_str().unwrap();
    let args = ["watch", "--no-defaults", "--rules", path];
    assert_eq!(feed(&args, "nonsense\n").code, Some(0));
    let strict = [&args[..], &["--strict"]].concat();
    assert_eq!(feed(&strict, "nonsense\n").code, Some(1));
    assert_eq!(feed(&strict, record(0)).code, Some(0));
}
