//! A `watch` that runs: records go in, events come out and are checked, and nothing is waited for
//! for ever.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{program, status};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
/// How long anything may take that takes no time; machines are busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Fires at the tick of a health check that fails, and ends at that of the next one that does not.
/// What is between them does not matter.
pub(crate) const DOWN: &str = r#"
[[rule]]
name = "Down"
when = "health.consecutive_failures > 0"
severity = "error"
"#;

/// Fires after a second and a tick.
pub(crate) const SILENCE: &str = r#"
[[rule]]
name = "Silence"
when = "silence > 1s"
severity = "warning"
"#;

/// A file of rules.
pub(crate) fn rules(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

/// A time in tenths of a second since 2020-11-22T06:00, as records write it.
pub(crate) fn time(tenths: u64) -> String {
    let (seconds, tenth) = (tenths / 10, tenths % 10);
    let (hour, minute) = (6 + seconds / 3600, seconds / 60 % 60);
    format!("2020-11-22T{hour:02}:{minute:02}:{:02}.{tenth}00", seconds % 60)
}

/// The same as events write it.
pub(crate) fn tick(tenths: u64) -> String {
    time(tenths) + "Z"
}

/// A record at a time in tenths of a second.
pub(crate) fn record(tenths: u64) -> String {
    format!("{{\"timestamp\":\"{}\",\"level\":\"INFO\",\"message\":\"x\"}}\n", time(tenths))
}

/// Health checks that each change whether [`DOWN`] fires: the even ones fail. The numbers are times
/// in units of ten seconds, so that time never comes to the next one by itself.
pub(crate) fn checks(range: std::ops::Range<u64>) -> String {
    let check = |number: u64| {
        let (time, ok) = (time(number * 100), number % 2 == 1);
        format!(
            "{{\"timestamp\":\"{time}\",\"logger\":\"ufo_logscan.probe\",\"message\":\"x\",\"ok\":{ok}}}\n"
        )
    };
    range.map(check).collect()
}

/// `watch` with no rules but those of a file, with short ticks, and without waiting for what is
/// late.
pub(crate) fn watch(rules: &Path, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    watch_every("100ms", rules, args)
}

/// The same with other ticks.
pub(crate) fn watch_every(
    tick: &str,
    rules: &Path,
    args: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Command {
    let mut command = program();
    command.args(["watch", "--no-defaults", "--lateness", "0", "--tick", tick]);
    command.arg("--rules").arg(rules).args(args);
    command
}

/// An event of a line, which keeps to the schema.
#[track_caller]
pub(crate) fn event(line: &str) -> Value {
    static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
        let schema = serde_json::from_str(include_str!("../../docs/alert.schema.json")).unwrap();
        jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
    });
    assert!(line.len() < 4000, "{line}");
    let event = serde_json::from_str(line).expect(line);
    let wrong: Vec<String> = SCHEMA.iter_errors(&event).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{line}: {wrong:?}");
    event
}

/// The events of a text of lines.
#[track_caller]
pub(crate) fn events(text: &str) -> Vec<Value> {
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    text.lines().map(event).collect()
}

/// Name, status and time of an event, for comparisons.
pub(crate) fn brief(event: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (name, status) = (text(&event["labels"]["alertname"]), text(&event["status"]));
    format!("{name} {status} {}", &text(&event["timestamp"])[11..23])
}

pub(crate) fn briefs(text: &str) -> Vec<String> {
    events(text).iter().map(brief).collect()
}

/// An event and when it was read.
pub(crate) struct Told {
    pub(crate) event: Value,
    pub(crate) at: Instant,
}

/// How a process ended.
pub(crate) struct End {
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

/// A program that runs; it is killed when the test goes on without it.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) stdin: Option<ChildStdin>,
    reads: Option<Receiver<(Vec<u8>, Instant)>>,
    read: VecDeque<Told>,
    stderr: Arc<Mutex<String>>,
    collector: Option<std::thread::JoinHandle<()>>,
}

impl Running {
    /// Starts a command and reads its events.
    pub(crate) fn start(command: &mut Command) -> Running {
        let mut running = Running::deaf(command.stdout(Stdio::piped()));
        let stdout = running.child.stdout.take().unwrap();
        running.listen(stdout);
        running
    }

    /// Starts a command whose standard output is read by nobody, or by somebody else.
    pub(crate) fn deaf(command: &mut Command) -> Running {
        Running::fed(command, Stdio::piped())
    }

    /// Starts `tail -f` of a file and a command behind it.
    pub(crate) fn following(file: &Path, command: &mut Command) -> (Tail, Running) {
        let mut tail = Command::new("tail");
        tail.args(["-n", "+1", "-f"]).arg(file);
        let mut tail = tail.stdout(Stdio::piped()).spawn().unwrap();
        let log = tail.stdout.take().unwrap();
        (Tail(tail), Running::fed(command, log.into()))
    }

    fn fed(command: &mut Command, stdin: Stdio) -> Running {
        let mut child = command.stdin(stdin).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = Arc::new(Mutex::new(String::new()));
        let (text, mut pipe) = (Arc::clone(&stderr), child.stderr.take().unwrap());
        let collector = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = pipe.read(&mut buffer) {
                text.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..length]));
            }
        });
        let stdin = child.stdin.take();
        let (reads, read, collector) = (None, VecDeque::new(), Some(collector));
        let running = Running { child, stdin, reads, read, stderr, collector };
        running.wait_until_listening();
        running
    }

    /// Begins to read events.
    pub(crate) fn listen(&mut self, mut pipe: impl Read + Send + 'static) {
        let (sender, reads) = channel();
        self.reads = Some(reads);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(length @ 1..) = pipe.read(&mut buffer) {
                if sender.send((buffer[..length].to_vec(), Instant::now())).is_err() {
                    return;
                }
            }
        });
    }

    /// Waits until handlers of signals are in place.
    fn wait_until_listening(&self) {
        const SIGTERM: u64 = 1 << 14;
        wait_until("handlers of signals", || {
            let Some(caught) = status(self.child.id(), "SigCgt") else { return true };
            assert!(!self.stderr().contains("error: "), "{}", self.stderr());
            u64::from_str_radix(&caught, 16).is_ok_and(|caught| caught & SIGTERM != 0)
        });
    }

    pub(crate) fn write(&mut self, text: &str) {
        self.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// The next event.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Told {
        match self.next_within(PATIENCE) {
            Some(told) => told,
            None => panic!("no event; standard error: {}", self.stderr()),
        }
    }

    /// The next event, unless there is none within a time or no more at all.
    #[track_caller]
    pub(crate) fn next_within(&mut self, patience: Duration) -> Option<Told> {
        if self.read.is_empty() {
            match self.reads.as_ref().unwrap().recv_timeout(patience) {
                Ok((bytes, at)) => {
                    // Whatever is read at once is whole lines, however many.
                    let text = String::from_utf8(bytes).unwrap();
                    self.read.extend(events(&text).into_iter().map(|event| Told { event, at }));
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            }
        }
        self.read.pop_front()
    }

    /// Waits for the next event, which has to be this one.
    #[track_caller]
    pub(crate) fn expect(&mut self, expected: &str) -> Told {
        let told = self.next();
        assert_eq!(brief(&told.event), expected, "standard error: {}", self.stderr());
        told
    }

    pub(crate) fn stderr(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    /// Waits until something has been said so many times.
    #[track_caller]
    pub(crate) fn wait_for(&self, said: &str, times: usize) {
        wait_until(said, || self.stderr().matches(said).count() >= times);
    }

    /// How many bytes it has written so far, on Linux; elsewhere it is given some time.
    pub(crate) fn written(&self) -> Option<u64> {
        let Ok(io) = std::fs::read_to_string(format!("/proc/{}/io", self.child.id())) else {
            std::thread::sleep(SECOND * 3);
            return None;
        };
        io.lines().find_map(|line| line.strip_prefix("wchar: "))?.parse().ok()
    }

    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Waits for the end, with standard input closed.
    #[track_caller]
    pub(crate) fn end(&mut self) -> End {
        self.stdin = None;
        self.end_open()
    }

    /// Waits for the end, with standard input as it is.
    #[track_caller]
    pub(crate) fn end_open(&mut self) -> End {
        let start = Instant::now();
        let mut ended: Option<ExitStatus> = None;
        wait_until("its end", || {
            ended = self.child.try_wait().unwrap();
            ended.is_some()
        });
        let took = start.elapsed();
        self.collector.take().unwrap().join().unwrap();
        End { code: ended.unwrap().code(), stderr: self.stderr(), took }
    }

    /// All further events up to the end.
    #[track_caller]
    pub(crate) fn rest(&mut self) -> Vec<Value> {
        std::iter::from_fn(|| self.next_within(PATIENCE)).map(|told| told.event).collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `tail -f`, which would go on for ever.
pub(crate) struct Tail(Child);

impl Drop for Tail {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for something that has no other way to tell.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut is: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is() {
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Makes a named pipe.
pub(crate) fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// A file that takes longer than anybody waits: lines, then a hole that costs no disk.
pub(crate) fn endless(lines: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(lines.as_bytes()).unwrap();
    file.as_file().set_len(1 << 40).unwrap();
    file
}

/// How many bytes of a file there are.
pub(crate) fn length(path: &Path) -> u64 {
    File::open(path).and_then(|file| file.metadata()).map_or(0, |metadata| metadata.len())
}

/// Tells a measured time in the log of the tests.
pub(crate) fn measured(what: &str, times: &mut [Duration]) {
    times.sort();
    let mut text = String::new();
    let (median, most) = (times[times.len() / 2], times[times.len() - 1]);
    let _ = writeln!(text, "measured: {what}: median {median:?}, most {most:?}");
    let _ = std::io::stderr().write_all(text.as_bytes());
}
