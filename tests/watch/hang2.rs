//! S10, S15: a server that has deadlocked, played live with a clock of our own: the log comes by a
//! named pipe at the times of its records, and then nothing comes any more.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use ufo_logscan::aggregate::Setup;
use ufo_logscan::alert::{self, Engine, Pace, Settings, Status};
use ufo_logscan::event::{Matcher, Profile};
use ufo_logscan::parse::{self, Parser};
use ufo_logscan::record::{Needs, Seed, Timestamp, Zone};
use ufo_logscan::scan::{Blocking, Clock, Live, Scanner, rules_matcher};
use ufo_logscan::source::{PlanOptions, plan};

use crate::common::root;
use crate::process::{fifo, wait_until};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// A clock that stands still until it is told.
struct Injected {
    /// Microseconds since 1970, as they truly pass.
    now: Arc<AtomicI64>,
    /// How wrong clocks on the wall are.
    wrong: Cell<i64>,
}

impl Clock for Injected {
    fn wall(&self) -> Timestamp {
        Timestamp::from_micros(self.elapsed() + self.wrong.get())
    }

    fn elapsed(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }
}

/// A live run of the built-in rules.
struct Played {
    engine: Engine,
    live: Live,
    clock: Injected,
    pipe: File,
    /// What was told, and when.
    told: Vec<(String, i64)>,
    _folder: tempfile::TempDir,
}

impl Played {
    fn start(at: i64) -> Played {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fifo(&path);
        let options = PlanOptions { keep_order: false, first_time: &|_| None };
        let sources = plan(std::slice::from_ref(&path), &options).unwrap();
        let profile = Profile::named("ufo").unwrap();
        let setup = Setup { seed: Seed(1), ..Setup::default() };
        let settings =
            Settings { pace: Pace::default(), join: profile.join(), resend: None, live: true };
        let mut needs = Needs::default();
        let rules = alert::combine(alert::built_in().unwrap(), Vec::new()).unwrap();
        let mut engine = Engine::new(rules, setup, settings, &mut needs).unwrap();
        assert!(rules_matcher(&profile, &engine, &mut needs).is_some());
        let scanner = || {
            let mut needs = needs.clone();
            let matcher = Matcher::new(&profile, &mut needs);
            let parser = Parser::new(parse::Options { needs: needs.clone(), ..Default::default() });
            Scanner::new(parser, Some(matcher), &needs, Seed(1))
        };
        let clock = Injected { now: Arc::new(AtomicI64::new(at)), wrong: Cell::new(0) };
        let blocking = Blocking::default();
        let live = Live::start(&sources.series, blocking, &scanner, &mut engine, &clock);
        let pipe = OpenOptions::new().write(true).open(&path).unwrap();
        Played { engine, live, clock, pipe, told: Vec::new(), _folder: folder }
    }

    fn step(&mut self) {
        let Played { engine, live, clock, told, .. } = self;
        let mut emit = |event: alert::Event| {
            let status = if event.status == Status::Firing { "firing" } else { "resolved" };
            let at = event.at.to_string();
            told.push((format!("{} {status} {}", event.name, &at[11..19]), clock.elapsed()));
        };
        let mut problems = Vec::new();
        assert!(live.step(Blocking::default(), engine, clock, &mut problems, &mut emit));
        assert!(problems.is_empty(), "{problems:?}");
    }

    /// Lets a line come at a time.
    fn line(&mut self, at: i64, line: &str) {
        self.clock.now.fetch_max(at, Ordering::Relaxed);
        writeln!(self.pipe, "{line}").unwrap();
        let read = self.engine.seen().lines;
        wait_until("the line", || {
            self.step();
            self.engine.seen().lines > read
        });
    }

    /// Lets time pass in which nothing comes.
    fn pass(&mut self, micros: i64, tick: i64) {
        let end = self.clock.elapsed() + micros;
        while self.clock.elapsed() < end {
            self.clock.now.fetch_add(tick, Ordering::Relaxed);
            self.step();
        }
    }

    fn told_of(&self, name: &str) -> Vec<&(String, i64)> {
        self.told.iter().filter(|(event, _)| event.starts_with(name)).collect()
    }
}

fn time(line: &str) -> i64 {
    let record: serde_json::Value = serde_json::from_str(line).unwrap();
    let text = record["timestamp"].as_str().unwrap();
    Timestamp::from_text(text, &Zone::default()).unwrap().micros()
}

/// The log of the server that hung, played at its own times; and when the last record came.
fn hung() -> (Played, i64) {
    let log = std::fs::read_to_string(root().join("fixtures/truth/hang2.log")).unwrap();
    let mut lines: Vec<(i64, &str)> = log.lines().map(|line| (time(line), line)).collect();
    lines.sort_by_key(|(at, _)| *at);
    let mut played = Played::start(lines[0].0 - SECOND);
    for (at, line) in &lines {
        played.line(*at, line);
    }
    (played, lines[lines.len() - 1].0)
}

#[test]
fn s15_silence_and_missing_devices_are_told_in_time_though_nothing_comes() {
    let (mut played, last) = hung();
    played.pass(9 * MINUTE, 30 * SECOND);
    assert!(played.told_of("LogSilence").is_empty(), "{:?}", played.told);
    played.pass(2 * MINUTE, 5 * SECOND);
    let told: Vec<&str> = played.told.iter().map(|(event, _)| event.as_str()).collect();
    // The last record is of 06:23:07.003. The server started at 06:23:01, and its only device came
    // and went between two ticks: at none of them was any online.
    assert_eq!(told, ["NoDevices firing 06:28:05", "LogSilence firing 06:33:10"]);
    // It is told when the lateness that is allowed is over, too, at the next step of this test.
    let (_, at) = played.told_of("LogSilence")[0];
    let waited = at - last - 10 * MINUTE;
    assert!((0..=15 * SECOND).contains(&waited), "{waited} µs");
}

/// Silence is measured by a clock that nobody sets: what the wall shows does not matter.
#[test]
fn s10_clocks_on_the_wall_may_jump_an_hour() {
    for wrong in [-HOUR, HOUR] {
        let (mut played, _) = hung();
        played.pass(MINUTE, 5 * SECOND);
        played.clock.wrong.set(wrong);
        played.pass(8 * MINUTE, 30 * SECOND);
        assert!(played.told_of("LogSilence").is_empty(), "{:?}", played.told);
        played.pass(2 * MINUTE, 5 * SECOND);
        let told = played.told_of("LogSilence");
        assert_eq!(told.len(), 1, "{:?}", played.told);
        assert_eq!(told[0].0, "LogSilence firing 06:33:10");
    }
}
