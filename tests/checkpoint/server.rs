//! What writes logs while readers are killed: several files, rotated in several ways, always the
//! same for one seed, at whatever pace it comes.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A small generator of numbers; the same seed gives the same ones.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// The next number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// One series of logs.
pub(crate) struct Log {
    path: PathBuf,
    file: File,
    /// The number of the next record.
    next: u64,
    rotated: u64,
    /// Whether it is copied and truncated, and not renamed.
    copies: bool,
    /// All that was ever written.
    pub(crate) text: String,
}

/// Micros of event time between two records.
const STEP: u64 = 200_000;

impl Log {
    pub(crate) fn new(path: &Path, copies: bool) -> Log {
        let file = open(path);
        Log { path: path.to_owned(), file, next: 0, rotated: 0, copies, text: String::new() }
    }

    /// Writes some records, sometimes rotates, and waits a little.
    pub(crate) fn step(&mut self, random: &mut Random) {
        let records: String = (0..=random.below(40)).map(|_| self.record()).collect();
        self.text.push_str(&records);
        // Sometimes in two pieces, so that a line is torn for a moment.
        let middle = records.len() / 2;
        let (first, second) = records.as_bytes().split_at(middle);
        self.file.write_all(first).unwrap();
        if random.below(8) == 0 {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.file.write_all(second).unwrap();
        // Who rotates here writes nothing meanwhile: late lines would be read where they come, and
        // figures that hang on the order of lines would be as if they had been written so.
        if self.copies && random.below(100) == 0 {
            self.copy_and_truncate();
        } else if !self.copies && random.below(25) == 0 {
            self.rename();
        }
        std::thread::sleep(Duration::from_millis(random.below(12)));
    }

    fn rename(&mut self) {
        self.rotated += 1;
        fs::rename(&self.path, self.older()).unwrap();
        self.file = open(&self.path);
    }

    fn copy_and_truncate(&mut self) {
        self.rotated += 1;
        fs::copy(&self.path, self.older()).unwrap();
        self.file.set_len(0).unwrap();
    }

    fn older(&self) -> PathBuf {
        PathBuf::from(format!("{}.{}", self.path.display(), 10_000 - self.rotated))
    }

    fn record(&mut self) -> String {
        let n = self.next;
        self.next += 1;
        let micros = n * STEP;
        let (second, micros) = (micros / 1_000_000, micros % 1_000_000);
        let (day, second) = (1 + second / 86_400, second % 86_400);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let time = format!("2026-11-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}");
        let level = if n / 700 % 3 == 1 && n.is_multiple_of(4) { "ERROR" } else { "INFO" };
        let (logger, message) = match n % 25 {
            3 => {
                ("UFOWebSocketHandler", format!("[WS] 📱 Device client device_{} connected", n % 9))
            }
            5 => (SESSIONS, format!("[SessionManager] 🚀 Started background task s{n}")),
            20 if !n.is_multiple_of(3) => (
                SESSIONS,
                format!("[SessionManager] ✅ Session s{} completed with status COMPLETED", n - 15),
            ),
            _ => ("ufo", format!("step {n} of client_{}", n % 7)),
        };
        format!(
            "{{\"timestamp\":\"{time}\",\"level\":\"{level}\",\"logger\":\"{logger}\",\"message\":\"{message}\",\"client_id\":\"client_{}\",\"n\":{n}}}\n",
            n % 7
        )
    }
}

const SESSIONS: &str = "ufo.server.services.session_manager";

fn open(path: &Path) -> File {
    OpenOptions::new().append(true).create(true).open(path).unwrap()
}
