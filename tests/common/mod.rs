//! What the integration tests share: running the program as its users do.

#![allow(dead_code, reason = "every test binary takes what it needs")]

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};

use serde_json::Value;

/// The root of the repository, where every command of the documentation works.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program in the root of the repository, with nothing on standard input, and with nothing
/// in the environment that would change what it prints.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ufo-logscan"));
    neutral(&mut command);
    command
}

/// A line of shell in the root of the repository; `ufo-logscan` is the program under test.
pub(crate) fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    neutral(&mut command).args(["-c", line]).env("PATH", search_path());
    command
}

fn neutral(command: &mut Command) -> &mut Command {
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "COLUMNS", "LINES"] {
        command.env_remove(name);
    }
    command.current_dir(root()).stdin(Stdio::null())
}

/// The search path with the folder of the program under test in front.
#[expect(clippy::disallowed_methods, reason = "a test runs in its own environment")]
fn search_path() -> std::ffi::OsString {
    let folder = Path::new(env!("CARGO_BIN_EXE_ufo-logscan")).parent().unwrap().to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&others))).unwrap()
}

/// What a run has left.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// `None` if a signal has ended it.
    pub(crate) code: Option<i32>,
}

impl From<Output> for Done {
    fn from(output: Output) -> Done {
        Done {
            stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
            code: output.status.code(),
        }
    }
}

impl Done {
    /// The JSON report; the run has succeeded and had nothing to complain about.
    #[track_caller]
    pub(crate) fn report(&self) -> Value {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{}", self.stdout);
        serde_json::from_str(&self.stdout).expect(&self.stdout)
    }
}

pub(crate) fn finish(command: &mut Command) -> Done {
    command.output().unwrap().into()
}

/// Runs the program to its end.
pub(crate) fn run(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Done {
    finish(program().args(args))
}

/// Runs the program with `input` on standard input.
pub(crate) fn feed(args: &[&str], input: impl AsRef<[u8]> + Sync) -> Done {
    stream(args, |stdin| stdin.write_all(input.as_ref())).0
}

/// Runs the program while `write` writes to its standard input; also tells the peak of its
/// resident memory in bytes, where the system tells that.
pub(crate) fn stream(
    args: &[&str],
    write: impl FnOnce(&mut ChildStdin) -> io::Result<()> + Send,
) -> (Done, Option<u64>) {
    let mut command = program();
    let mut child = start(command.args(args));
    let mut stdin = child.stdin.take().unwrap();
    let id = child.id();
    std::thread::scope(|scope| {
        let writer = scope.spawn(move || {
            // A program that ends before it has read everything is what some tests look for.
            let _ = write(&mut stdin);
            peak_memory(id)
        });
        let done = child.wait_with_output().unwrap().into();
        (done, writer.join().unwrap())
    })
}

/// Starts a command with pipes on all its streams.
pub(crate) fn start(command: &mut Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What Linux tells of a process under a name of `/proc/ID/status`.
pub(crate) fn status(id: u32, name: &str) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim_start_matches(':').trim().to_owned())
}

fn peak_memory(id: u32) -> Option<u64> {
    let kibibytes = status(id, "VmHWM")?;
    kibibytes.strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|peak| peak << 10)
}

/// The section `input` of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accounting {
    pub(crate) lines: u64,
    pub(crate) records: u64,
    pub(crate) malformed: u64,
    pub(crate) oversize: u64,
    pub(crate) blank: u64,
    pub(crate) repaired: u64,
}

impl Accounting {
    /// Reads it and checks the contract with the input.
    #[track_caller]
    pub(crate) fn of(report: &Value) -> Accounting {
        let input = &report["sections"]["input"];
        let count = |name: &str| input[name].as_u64().expect(name);
        let accounting = Accounting {
            lines: count("lines"),
            records: count("records"),
            malformed: count("malformed"),
            oversize: count("oversize"),
            blank: count("blank"),
            repaired: count("repaired"),
        };
        let Accounting { lines, records, malformed, oversize, blank, repaired } = accounting;
        let joined = count("joined");
        assert_eq!(lines, records + malformed + oversize + blank + joined, "{accounting:?}");
        assert!(repaired <= records, "{accounting:?}");
        accounting
    }
}

/// Tells that a test cannot run here. Test harnesses swallow what passing tests print, so this
/// goes to standard error itself.
pub(crate) fn skip(why: &str) {
    let _ = writeln!(io::stderr(), "skipped: {why}");
}

/// Every file below a folder of the repository, sorted.
pub(crate) fn files_below(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

/// The fixtures that are logs, as paths below the root of the repository.
pub(crate) fn log_fixtures() -> Vec<String> {
    let is_log = |name: &str| name.contains(".log");
    let files = files_below("fixtures").into_iter();
    let names = files.map(|path| path.strip_prefix(root()).unwrap().display().to_string());
    names.filter(|name| is_log(name)).collect()
}
