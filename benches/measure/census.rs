//! Counts a made-up log, by means that have nothing to do with how it was made.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;

use super::GIB;

/// What is looked for in every tenth of a log, with words of the layouts' messages for it.
const THROUGHOUT: [(&str, &[&str]); 4] = [
    ("starts", &["Created session", "Started background task"]),
    ("ends", &["Task completed", "completed with status"]),
    ("connects", &["Registered device client", "connected - Platform"]),
    ("disconnects", &["Client disconnected", "disconnected - code"]),
];

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    level: Cow<'a, str>,
    #[serde(borrow)]
    message: Cow<'a, str>,
    #[serde(borrow)]
    exception: Option<Cow<'a, str>>,
}

/// The counts of one log.
#[derive(Debug, Default)]
pub(crate) struct Census {
    bytes: u64,
    pub(crate) lines: u64,
    escaped: u64,
    pub(crate) malformed: u64,
    /// Hashes of the first 50 characters of messages.
    beginnings: HashSet<u64>,
    exceptions: u64,
    /// The fewest and most characters of an exception.
    shortest: usize,
    longest: usize,
    /// Errors without an exception, and exceptions without an error.
    unlike: u64,
    /// Sightings of [`THROUGHOUT`] in every tenth.
    tenths: [[u64; THROUGHOUT.len()]; 10],
}

impl Census {
    /// Counts a log.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub(crate) fn of(path: &Path) -> io::Result<Census> {
        let file = File::open(path)?;
        let size = file.metadata()?.len().max(1);
        let mut census = Census { shortest: usize::MAX, ..Census::default() };
        let mut lines = BufReader::with_capacity(1 << 20, file);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line)? > 0 {
            let tenth = (census.bytes * 10 / size).min(9) as usize;
            census.line(&line, tenth);
            line.clear();
        }
        Ok(census)
    }

    fn line(&mut self, line: &[u8], tenth: usize) {
        self.lines += 1;
        self.bytes += line.len() as u64;
        self.escaped += u64::from(line.contains(&b'\\'));
        let Ok(record) = serde_json::from_slice::<Record<'_>>(line) else {
            self.malformed += 1;
            return;
        };
        let message = &*record.message;
        let end = message.char_indices().nth(50).map_or(message.len(), |(at, _)| at);
        let mut hasher = DefaultHasher::new();
        message[..end].hash(&mut hasher);
        self.beginnings.insert(hasher.finish());
        for (seen, (_, words)) in self.tenths[tenth].iter_mut().zip(THROUGHOUT) {
            *seen += u64::from(words.iter().any(|word| message.contains(word)));
        }
        self.unlike += u64::from(record.exception.is_some() != (record.level == "ERROR"));
        if let Some(exception) = record.exception {
            let length = exception.chars().count();
            self.exceptions += 1;
            self.shortest = self.shortest.min(length);
            self.longest = self.longest.max(length);
        }
    }

    fn share(&self, lines: u64) -> f64 {
        lines as f64 / self.lines.max(1) as f64
    }

    fn beginnings_per_gib(&self) -> f64 {
        self.beginnings.len() as f64 / self.bytes as f64 * GIB
    }

    /// What is not as a made-up log should be.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut expect = |holds: bool, fault: &str| {
            if !holds {
                faults.push(fault.to_owned());
            }
        };
        let (escaped, malformed) = (self.share(self.escaped), self.share(self.malformed));
        expect((0.45..0.55).contains(&escaped), "not half of the lines have a backslash");
        expect((0.008..0.012).contains(&malformed), "not one line in a hundred is malformed");
        expect(
            self.beginnings_per_gib() >= 200_000.0,
            "fewer than 200,000 beginnings of messages per GiB",
        );
        expect(self.exceptions > 0, "no exceptions");
        expect(self.shortest >= 300 && self.longest <= 2000, "exceptions too short or too long");
        expect(self.unlike == 0, "errors and exceptions do not go together");
        for (at, (name, _)) in THROUGHOUT.iter().enumerate() {
            let everywhere = self.tenths.iter().all(|tenth| tenth[at] > 0);
            expect(everywhere, &format!("not in every tenth: {name}"));
        }
        faults
    }

    /// A row of [`check`]'s table.
    fn row(&self) -> String {
        format!(
            "{} | {:.1} % | {:.2} % | {} | {:.0} | {} to {}",
            self.lines,
            self.share(self.escaped) * 100.0,
            self.share(self.malformed) * 100.0,
            self.beginnings.len(),
            self.beginnings_per_gib(),
            self.shortest,
            self.longest,
        )
    }
}

/// Prints what the logs are like; an error if one is not as it should be.
pub(crate) fn check<'a>(logs: impl IntoIterator<Item = (&'a str, &'a Path)>) -> io::Result<()> {
    println!(
        "| log | lines | with a backslash | malformed | beginnings | per GiB | exceptions, characters |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut faults = Vec::new();
    for (name, path) in logs {
        let census = Census::of(path)?;
        println!("| {name} | {} |", census.row());
        faults.extend(census.faults().iter().map(|fault| format!("{name}: {fault}")));
    }
    if faults.is_empty() { Ok(()) } else { Err(io::Error::other(faults.join("\n"))) }
}
