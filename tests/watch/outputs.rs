//! S1, S2, S3: where events go, and readers that come and go.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::Instant;

use crate::common::{finish, shell, skip};
use crate::process::{
    DOWN, Running, SECOND, SILENCE, brief, briefs, checks, endless, event, events, fifo, rules,
    wait_until, watch,
};

#[test]
fn events_are_appended_to_a_file() {
    let (rules, out) = (rules(DOWN), tempfile::NamedTempFile::new().unwrap());
    let args = ["-".as_ref(), "-o".as_ref(), out.path().as_os_str()];
    for _ in 0..2 {
        let mut watch = Running::start(&mut watch(rules.path(), args));
        watch.write(&checks(1..4));
        assert_eq!(watch.end().code, Some(0));
        assert!(watch.rest().is_empty(), "nothing on standard output");
    }
    let once = ["Down firing 06:00:20.000", "Down resolved 06:00:30.000"];
    assert_eq!(briefs(&fs::read_to_string(out.path()).unwrap()), [once, once].concat());
}

#[test]
fn a_named_pipe_outlives_its_readers() {
    let (rules, folder) = (rules(DOWN), tempfile::tempdir().unwrap());
    let pipe = folder.path().join("alerts");
    fifo(&pipe);
    let args = ["-".as_ref(), "-o".as_ref(), pipe.as_os_str()];
    let mut watch = Running::deaf(&mut watch(rules.path(), args));
    // Nobody reads yet.
    watch.write(&checks(1..11));
    let mut read = Vec::new();
    let mut next = |reader: &mut BufReader<File>, many: usize| {
        for _ in 0..many {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            read.push(event(&line)["seq"].as_u64().unwrap());
        }
    };
    // A reader that takes no more than it needs, since what it has taken is gone with it.
    let mut reader = BufReader::with_capacity(1, File::open(&pipe).unwrap());
    next(&mut reader, 5);
    drop(reader);
    watch.write(&checks(11..13));
    watch.stdin = None;
    // The input is over, but it waits for somebody to take what is in the pipe.
    std::thread::sleep(SECOND / 2);
    assert_eq!(watch.child.try_wait().unwrap(), None);
    let mut reader = BufReader::new(File::open(&pipe).unwrap());
    next(&mut reader, 6);
    let end = watch.end();
    assert_eq!(end.code, Some(0), "{}", end.stderr);
    assert_eq!(read, (1..12).collect::<Vec<u64>>());
}

#[test]
fn what_is_left_in_a_pipe_at_the_end_is_told() {
    let (rules, folder) = (rules(DOWN), tempfile::tempdir().unwrap());
    let pipe = folder.path().join("alerts");
    fifo(&pipe);
    let args = ["-".as_ref(), "-o".as_ref(), pipe.as_os_str()];
    let mut watch = Running::deaf(&mut watch(rules.path(), args));
    watch.write(&checks(1..3));
    wait_until("the event", || watch.written().is_none_or(|bytes| bytes > 100));
    watch.stdin = None;
    watch.signal("TERM");
    let end = watch.end();
    assert!(end.took < SECOND, "{:?}", end.took);
    assert_eq!(end.code, Some(0), "{}", end.stderr);
    assert!(end.stderr.contains("nobody reads what is still in the pipe"), "{}", end.stderr);
}

/// A reader that has what it wanted is no fault, also where the input would never end.
#[test]
fn s1_a_reader_that_goes_away_is_a_quiet_end() {
    let (rules, file) = (rules(DOWN), endless(&checks(1..5000)));
    let (rules, file) = (rules.path().display(), file.path().display());
    let start = Instant::now();
    let line = format!(
        "{{ ufo-logscan watch --no-defaults --rules {rules} {file}; echo $? >&2; }} | head -n 1"
    );
    let done = finish(&mut shell(&line));
    assert!(start.elapsed() < SECOND * 10, "{:?}", start.elapsed());
    assert_eq!(events(&done.stdout).len(), 1);
    let mut said = done.stderr.lines();
    assert_eq!(said.next_back(), Some("0"), "{}", done.stderr);
    assert!(!done.stderr.contains("error"), "{}", done.stderr);
}

#[test]
fn s1_the_same_live() {
    let rules = rules(DOWN);
    let mut command = watch(rules.path(), ["-"]);
    let mut watch = Running::deaf(command.stdout(Stdio::piped()));
    drop(watch.child.stdout.take());
    watch.write(&checks(1..3));
    let end = watch.end_open();
    assert_eq!((end.code, &*end.stderr), (Some(0), "ufo-logscan: 1 alert still firing\n"));
}

/// A standard output that is closed cannot be told from one that the caller sent to `/dev/null`.
#[test]
fn s3_without_standard_output_it_runs() {
    let (rules, log) = (rules(DOWN), rules(&checks(1..4)));
    let (rules, log) = (rules.path().display(), log.path().display());
    let line = format!("ufo-logscan watch --no-defaults --rules {rules} {log} >&-");
    let done = finish(&mut shell(&line));
    assert_eq!((done.code, &*done.stderr), (Some(0), ""));
}

#[test]
fn s2_a_full_disk_is_a_failure() {
    if File::options().append(true).open("/dev/full").is_err() {
        return skip("no /dev/full here");
    }
    let (rules, log) = (rules(DOWN), endless(&checks(1..5000)));
    let (rules, log) = (rules.path().display(), log.path().display());
    for (output, name) in [("> /dev/full", "standard output"), ("-o /dev/full", "/dev/full")] {
        let line = format!("ufo-logscan watch --no-defaults --rules {rules} {log} {output}");
        let done = finish(&mut shell(&line));
        assert_eq!(done.code, Some(2), "{}", done.stderr);
        let said = done.stderr.contains(&format!("error: cannot write to {name}: "));
        assert!(said, "{}", done.stderr);
    }
    // And while more would come.
    let line = format!(
        "{{ printf '%s' \"$0\"; sleep 20; }} | ufo-logscan watch --no-defaults --rules {rules} >/dev/full"
    );
    let start = Instant::now();
    let mut command = shell(&line);
    let mut child =
        command.arg(checks(1..3) + &checks(5..6)).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut said).unwrap();
    assert!(said.contains("error: cannot write to standard output"), "{said}");
    assert!(start.elapsed() < SECOND * 15);
    let _ = child.kill();
    let _ = child.wait();
}

/// Programs that share a pipe with us can make it one that never waits.
#[test]
fn a_pipe_that_never_waits_is_waited_for() {
    let rules = rules(DOWN);
    let python = "import os, sys; os.set_blocking(1, False); os.execvp(sys.argv[1], sys.argv[1:])";
    let line = format!(
        "exec python3 -c '{python}' ufo-logscan watch --no-defaults --lateness 0 --tick 100ms --rules {}",
        rules.path().display()
    );
    let mut command = shell(&line);
    let mut watch = Running::deaf(command.stdout(Stdio::piped()));
    watch.write(&checks(1..1000));
    watch.stdin = None;
    std::thread::sleep(SECOND / 2);
    let stdout = watch.child.stdout.take().unwrap();
    watch.listen(stdout);
    let end = watch.end();
    assert_eq!(end.code, Some(0), "{}", end.stderr);
    let told = watch.rest();
    assert_eq!(told.len(), 998);
    assert!((1..).zip(&told).all(|(seq, event)| event["seq"] == seq));
}

/// Its own events in what it reads are nothing: they neither break a silence nor make more.
#[test]
fn its_own_events_are_skipped() {
    let rules = rules(&format!("{DOWN}{SILENCE}"));
    let file = tempfile::NamedTempFile::new().unwrap();
    let out = file.path().to_str().unwrap();
    let mut command = watch(rules.path(), ["-o", out, "--heartbeat", "1s"]);
    let (_tail, watch) = Running::following(file.path(), &mut command);
    let mut log = File::options().append(true).open(file.path()).unwrap();
    log.write_all(checks(1..3).as_bytes()).unwrap();
    let told = || {
        let text = fs::read_to_string(file.path()).unwrap();
        let own: String =
            text.split_inclusive('\n').filter(|line| line.contains("alert/1")).collect();
        let (beats, told): (Vec<_>, Vec<_>) =
            events(&own).into_iter().partition(|event| event["status"] == "heartbeat");
        (told.iter().map(brief).collect::<Vec<_>>(), beats)
    };
    wait_until("the silence", || told().0.len() >= 2);
    let before = told().1.len();
    wait_until("more signs of life", || told().1.len() > before + 2);
    let (told, beats) = told();
    assert_eq!(told, ["Down firing 06:00:20.000", "Silence firing 06:00:21.100"]);
    let last = &beats.last().unwrap()["heartbeat"];
    assert_eq!(last["firing"], 2, "{last}");
    assert!(last["lines"].as_u64() > Some(4), "they have been read: {last}");
    drop(watch);
}
