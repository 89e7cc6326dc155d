//! A terminal for tests: a line of shell on a pseudo terminal, and what a person would see there.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::common::root;

/// How long anything may take; what takes longer has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// What has come out, as it is seen and as it came.
struct Output {
    screen: vt100::Parser,
    bytes: Vec<u8>,
}

pub(crate) struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    output: Arc<Mutex<Output>>,
    reader: Option<JoinHandle<()>>,
}

fn size((columns, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn not_zero(n: u16) -> NonZero<u16> {
    NonZero::new(n).unwrap()
}

impl Terminal {
    /// Runs a line of shell in the root of the repository; `ufo-logscan` is the program under test.
    pub(crate) fn run(line: &str, (columns, rows): (u16, u16)) -> Terminal {
        Terminal::run_with(line, (columns, rows), &[])
    }

    /// The same in another environment.
    pub(crate) fn run_with(line: &str, room: (u16, u16), env: &[(&str, &str)]) -> Terminal {
        let pair = native_pty_system().openpty(size(room)).unwrap();
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", line]);
        command.cwd(root());
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES"] {
            command.env_remove(name);
        }
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_ufo-logscan"));
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", program.parent().unwrap().display()));
        command.env("TERM", "xterm-256color");
        for (name, value) in env {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut from = pair.master.try_clone_reader().unwrap();
        let screen = vt100::Parser::new(not_zero(room.1), not_zero(room.0), 0);
        let output = Arc::new(Mutex::new(Output { screen, bytes: Vec::new() }));
        let into = Arc::clone(&output);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(some @ 1..) = from.read(&mut buffer) {
                let mut output = into.lock().unwrap();
                output.screen.process(&buffer[..some]);
                output.bytes.extend(&buffer[..some]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Terminal { master: pair.master, keys, child, output, reader: Some(reader) }
    }

    /// What is seen now.
    pub(crate) fn seen(&self) -> String {
        self.output.lock().unwrap().screen.screen().contents()
    }

    /// Whether a screen has the terminal.
    pub(crate) fn is_alternate(&self) -> bool {
        self.output.lock().unwrap().screen.screen().alternate_screen()
    }

    /// Everything that has come, as it came.
    pub(crate) fn bytes(&self) -> String {
        String::from_utf8_lossy(&self.output.lock().unwrap().bytes).into_owned()
    }

    /// Waits until something is seen.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, holds: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        while !holds(&self.seen()) {
            assert!(begun.elapsed() < PATIENCE, "no {what} in\n{}", self.seen());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until a text is seen.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait(text, |seen| seen.contains(text));
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    pub(crate) fn resize(&mut self, (columns, rows): (u16, u16)) {
        self.output.lock().unwrap().screen.screen_mut().set_size(not_zero(rows), not_zero(columns));
        self.master.resize(size((columns, rows))).unwrap();
    }

    /// Waits for the end; everything that has come.
    #[track_caller]
    pub(crate) fn finish(mut self) -> String {
        let begun = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < PATIENCE, "no end\n{}", self.seen());
            std::thread::sleep(Duration::from_millis(20));
        }
        self.reader.take().unwrap().join().unwrap();
        assert!(!self.is_alternate(), "the screen still has the terminal\n{}", self.seen());
        self.bytes()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}
