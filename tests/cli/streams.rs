//! Standard streams: what comes in by them, and what happens when nobody takes what goes out.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{Done, feed, finish, program, root, run, shell, skip, start, stream};

const PAGE: &str = "fixtures/page.log";
const COUNT: [&str; 4] = ["--format", "json", "--agg", "level,session-failure,connections"];

#[test]
fn standard_input_is_a_file_like_others() {
    let text = std::fs::read(root().join(PAGE)).unwrap();
    let from_file = run(COUNT.iter().chain(&[PAGE]));
    let piped = feed(&COUNT, &text);
    let dashed = feed(&[&COUNT[..], &["-"]].concat(), &text);
    assert_eq!(piped.stdout, from_file.stdout);
    assert_eq!(dashed.stdout, from_file.stdout);
    assert_eq!((piped.code, piped.stderr.as_str()), (Some(0), ""));
    let through_cat = finish(&mut shell(&format!("cat {PAGE} | ufo-logscan {}", COUNT.join(" "))));
    assert_eq!(through_cat.stdout, from_file.stdout);
}

#[test]
fn a_pipe_with_a_name_is_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    match Command::new("mkfifo").arg(&pipe).status() {
        Ok(made) if made.success() => {}
        _ => return skip("no mkfifo here"),
    }
    let line =
        format!("cat {PAGE} > '{0}' & ufo-logscan {1} '{0}'", pipe.display(), COUNT.join(" "));
    let done = finish(&mut shell(&line));
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    assert_eq!(done.stdout, run(COUNT.iter().chain(&[PAGE])).stdout);
}

/// Whoever writes slowly, and in pieces that are no lines, loses nothing by it.
#[test]
fn a_slow_writer_is_waited_for() {
    let text = std::fs::read(root().join(PAGE)).unwrap();
    let from_file = run(COUNT.iter().chain(&[PAGE]));
    for threads in ["1", "3"] {
        let args = [&COUNT[..], &["--threads", threads]].concat();
        let (done, _) = stream(&args, |stdin| {
            text.chunks(text.len() / 40 + 1).try_for_each(|piece| {
                std::thread::sleep(Duration::from_millis(3));
                stdin.write_all(piece)
            })
        });
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
        assert_eq!(done.stdout, from_file.stdout, "{threads} threads");
    }
}

/// A pipe that holds more lets its writer and its reader wait less often for each other.
#[cfg(target_os = "linux")]
#[test]
fn a_pipe_is_enlarged_to_what_the_system_allows() {
    let limit = std::fs::read_to_string("/proc/sys/fs/pipe-max-size").unwrap();
    let limit: usize = limit.trim().parse().unwrap();
    let mut child = start(program().args(COUNT));
    let stdin = child.stdin.take().unwrap();
    let size = || rustix::pipe::fcntl_getpipe_size(&stdin).unwrap();
    let begun = Instant::now();
    while size() < limit && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let size = size();
    drop(stdin);
    assert!(child.wait().unwrap().success());
    if size < limit {
        let mine = std::io::pipe().unwrap().1;
        if rustix::pipe::fcntl_setpipe_size(&mine, limit).is_err() {
            return skip("this user may not enlarge pipes");
        }
    }
    assert!(size >= limit, "{size} of {limit}");
}

/// S1: who only wants the first line gets it, and nobody complains.
#[test]
fn s1_a_reader_who_has_seen_enough_is_no_fault() {
    for format in ["text", "json"] {
        for path in ["fixtures/logs", "fixtures/events"] {
            let done = broken_pipe(&["--format", format, path]);
            assert_eq!(done.code, Some(0), "{format} {path}: {}", done.stderr);
            assert!(!done.stderr.contains("error:"), "{format} {path}: {}", done.stderr);
        }
    }
    let done = finish(&mut shell("ufo-logscan --format json fixtures/events | head -n 1"));
    assert_eq!(done.stdout.lines().count(), 1);
    assert!(!done.stderr.contains("error:") && !done.stderr.contains("panic"), "{}", done.stderr);
}

/// Runs the program with a pipe on standard output whose reader is already gone.
fn broken_pipe(args: &[&str]) -> Done {
    let mut gone = Command::new("true").stdin(Stdio::piped()).spawn().unwrap();
    let pipe = gone.stdin.take().unwrap();
    assert!(gone.wait().unwrap().success());
    finish(program().args(args).stdout(pipe))
}

#[test]
fn a_closed_standard_error_stops_nothing() {
    for (line, code) in [
        ("ufo-logscan fixtures/logs 2>&-", 0),
        ("ufo-logscan nowhere.log 2>&-", 2),
        ("ufo-logscan --agg banana fixtures/page.log 2>&-", 2),
        ("ufo-logscan --fromat 2>&-", 2),
        ("ufo-logscan fixtures/logs fixtures/nowhere.log 2>&- >/dev/full", 2),
        ("ufo-logscan fixtures/health.log <&-", 0),
    ] {
        if line.contains("/dev/full") && !Path::new("/dev/full").exists() {
            skip(line);
            continue;
        }
        let done = finish(&mut shell(line));
        assert_eq!((done.code, done.stderr.as_str()), (Some(code), ""), "{line}");
    }
    let done = finish(&mut shell("ufo-logscan fixtures/logs 2>&- | head -n 2"));
    assert_eq!(done.stdout.lines().count(), 2);
    // Both at once: the reader of standard output and standard error are the same, and gone.
    let done = finish(&mut shell("{ ufo-logscan fixtures/logs 2>&1; echo $? >&3; } 3>&2 | true"));
    assert_eq!(done.stderr.trim(), "0");
}

/// S2: what cannot be written is told, whether it is found out at the last byte or before.
#[test]
fn s2_a_full_disk_is_an_error() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        return skip("there is no /dev/full here");
    };
    let small = ["--agg", "level", "fixtures/health.log"];
    let large = ["--format", "json", "--agg", "count by field(\"message\")", "fixtures/events"];
    assert!(run(small).stdout.len() < 1000);
    assert!(run(large).stdout.len() > 1 << 16, "more than any buffer holds");
    for args in [&small[..], &large[..]] {
        let done = finish(program().args(args).stdout(full.try_clone().unwrap()));
        assert_eq!(done.code, Some(2), "{args:?}");
        let told = "ufo-logscan: error: cannot write to standard output: No space left on device\n";
        assert!(done.stderr.ends_with(told), "{args:?}: {}", done.stderr);
    }
}

#[test]
fn help_is_written_to_a_full_disk_without_a_panic() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        return skip("there is no /dev/full here");
    };
    for arg in ["--help", "--version"] {
        let done = finish(program().arg(arg).stdout(full.try_clone().unwrap()));
        assert!(matches!(done.code, Some(2)), "{arg}: {done:?}");
        assert!(!done.stderr.contains("panic"), "{arg}: {}", done.stderr);
    }
}

/// S3: a caller who closes standard output cannot be told from one who sends it to `/dev/null`,
/// because the runtime opens that in its place before any code of ours runs. The limit is
/// documented; what matters is that nothing else is written to instead.
#[test]
fn s3_a_closed_standard_output_harms_no_file() {
    let done = finish(&mut shell("ufo-logscan fixtures/health.log >&-"));
    assert_eq!((done.code, done.stdout.as_str(), done.stderr.as_str()), (Some(0), "", ""));
}

/// S9: somebody who types the bare name sees what could be typed.
#[test]
fn s9_a_terminal_on_standard_input_gets_help() {
    let typescript = |command: &str| {
        let mut script = shell(&format!("script -qec '{command}' /dev/null </dev/null"));
        script.env("TERM", "dumb").output()
    };
    let usable = typescript("test -t 0 && exit 7");
    if usable.ok().and_then(|output| output.status.code()) != Some(7) {
        return skip("no `script` of util-linux here");
    }
    let done = Done::from(typescript("ufo-logscan 2>&1").unwrap());
    assert_eq!(done.code, Some(2), "{}", done.stdout);
    assert!(done.stdout.starts_with("Examples:"), "{}", done.stdout);
    assert!(done.stdout.contains("Usage: ufo-logscan"), "{}", done.stdout);
    let done = Done::from(typescript("ufo-logscan --agg level fixtures/health.log").unwrap());
    assert_eq!(done.code, Some(0), "{}", done.stdout);
    assert!(done.stdout.contains("Events by Level"), "{}", done.stdout);
}

/// Whether a line was malformed is asked of the input, not of a section that may not be there.
#[test]
fn strict_tells_clean_from_dirty_whatever_is_computed() {
    let clean = "{\"level\":\"INFO\"}\n";
    for (input, code) in [(clean.to_owned(), 0), (format!("{clean}{{\n"), 1)] {
        for aggregation in ["level", "input", "count by level", "input.lines"] {
            let done = feed(&["--strict", "--agg", aggregation], input.clone());
            assert_eq!(done.code, Some(code), "{aggregation}: {done:?}");
        }
    }
}
