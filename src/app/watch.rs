//! `watch`: evaluate rules over what is read, tell alert events as they happen.

use crate::aggregate::Setup;
use crate::alert::{Engine, Event, Heartbeat, Pace, Settings, Severity};
use crate::cli::{AlertFormatArg, SeverityArg, WatchArgs};
use crate::error::{Error, Result};
use crate::event::{Matcher, Profile};
use crate::expr::parse_duration;
use crate::parse::{self, Parser, Unfinished};
use crate::record::{Needs, Seed};
use crate::render::alert::{AlertFormat, Delivery, write, write_heartbeat};
use crate::scan::{
    Blocking, Clock, Ended, Following, Live, Outcome, Pace as Polling, Replay, Scanner,
    rules_matcher,
};
use crate::source::{Follower, Input, Plan as Sources};

use super::checkpoint::Checkpoint;
use super::clock::Watch;
use super::events::Events;
use super::follow;
use super::omprog::Confirmed;
use super::options::{self, Reading};
use super::output;
use super::rules;
use super::signals::{Hangup, Stop};
use super::{DONE, FAILED, REFUSED};

mod checkpoint;

use checkpoint::Kept;

const DAY: i64 = 86_400_000_000;

/// How often firing alerts are told again to a receiver that forgets them after five minutes.
const RESEND: i64 = 240 * 1_000_000;

/// Runs the command; the exit code if nothing stopped it.
pub(super) fn run(args: &WatchArgs) -> Result<u8> {
    let reading = Reading::new(&args.input)?;
    let parsing = reading.parsing(&args.input);
    let Reading { profile, max_line, .. } = reading;
    let (paths, keep_order) = (&args.paths, args.input.keep_order);
    let pace = follow::pace(&args.follow)?;
    let mut kept = checkpoint::open(args)?;
    let before = kept.as_mut().and_then(Checkpoint::take_before);
    let (sources, follower) = if args.follow.follow {
        let positions = before.as_ref().map(|before| &*before.positions.files);
        let follower = follow::follower(&args.follow, paths, keep_order, &parsing, positions)?;
        (Sources::default(), Some(follower))
    } else {
        (options::sources(paths, keep_order, &parsing)?, None)
    };
    for note in &sources.notes {
        output::note(note);
    }
    let live = !args.replay && (follower.is_some() || sources.inputs().any(Input::is_live));
    let heartbeat = heartbeat(args, live)?;
    let settings = settings(args, profile.join(), live)?;
    let setup = Setup {
        seed: options::seed(),
        max_keys: args.max_keys,
        message_levels: profile.message_levels().to_vec(),
        sources: names(&sources, follower.as_ref()).into(),
        ..Setup::default()
    };
    let (mut asked, seed) = (Needs::default(), setup.seed);
    let rules = rules::read(&args.rules, !args.no_defaults)?;
    let mut engine = Engine::new(rules, setup, settings, &mut asked)?;
    if let Some(before) = &before {
        checkpoint::resume(&mut engine, before)?;
    }
    let held = before.map(|before| before.positions.held).unwrap_or_default();
    for warning in engine.warnings() {
        output::note(warning);
    }
    let stop = Stop::listen();
    let told = Told {
        events: Events::open(args.output.as_deref(), &stop)?,
        format: format(args.alert_format),
        routing_key: routing_key(),
        worst: None,
    };
    if sources.series.is_empty() && follower.is_none() {
        return Ok(problems(&sources, &[]));
    }
    let eyes = Eyes { profile, parsing, seed };
    let blocking = Blocking { max_line, ..Blocking::default() };
    let kept = Kept::start(kept);
    let mut round =
        Round { args, eyes, engine, asked, told, stop, blocking, unreadable: false, kept };
    let outcome = match follower {
        _ if !live => round.replay(&sources),
        follower => {
            let files = follower.map(|follower| Files { follower, pace, held });
            round.live(&sources, files, heartbeat)
        }
    };
    finish(round, &outcome, &sources, live)
}

/// The names of the sources.
fn names(sources: &Sources, follower: Option<&Follower>) -> Vec<String> {
    match follower {
        Some(follower) => {
            (0..follower.sources()).filter_map(|n| follower.name(n)).map(str::to_owned).collect()
        }
        None => sources.series.iter().map(|series| series.name.clone()).collect(),
    }
}

/// How records are read for rules.
struct Eyes {
    profile: Profile,
    parsing: parse::Options,
    seed: Seed,
}

impl Eyes {
    /// Makes scanners that read what some rules ask for.
    fn scanners(&self, engine: &Engine, asked: &Needs) -> impl Fn() -> Scanner + use<'_> {
        let mut needs = asked.clone();
        let events = rules_matcher(&self.profile, engine, &mut needs).is_some();
        let parsing = parse::Options { needs: needs.clone(), ..self.parsing.clone() };
        move || {
            let matcher = events.then(|| Matcher::new(&self.profile, &mut needs.clone()));
            Scanner::new(Parser::new(parsing.clone()), matcher, &needs, self.seed)
        }
    }
}

/// One run of the command.
struct Round<'a> {
    args: &'a WatchArgs,
    eyes: Eyes,
    engine: Engine,
    /// The fields that rules have asked for.
    asked: Needs,
    told: Told,
    stop: Stop,
    blocking: Blocking,
    /// Whether something could not be read or kept in the end, which has been told.
    unreadable: bool,
    kept: Kept,
}

impl Round<'_> {
    /// Reads what has been written.
    fn replay(&mut self, sources: &Sources) -> Outcome {
        let Round { eyes, engine, asked, told, stop, blocking, .. } = self;
        let (scanner, seen) = (&eyes.scanners(engine, asked), &|_| ());
        let replay = Replay { scanner, blocking: *blocking, stop: &stop.asked, seen };
        replay.run(&sources.series, engine, &mut |event| told.tell(&event))
    }

    /// Reads what is being written, until it ends or somebody asks to stop.
    fn live(&mut self, sources: &Sources, files: Option<Files>, heartbeat: Option<i64>) -> Outcome {
        let Round { args, eyes, engine, asked, told, stop, blocking, unreadable, kept } = self;
        let hangup = Hangup::listen();
        let clock = Watch::start();
        let make = eyes.scanners(engine, asked);
        let mut reading = if let Some(Files { follower, pace, held }) = files {
            engine.started_at(clock.wall());
            let files = Following::new(follower, pace, make(), &clock, &follow::tell);
            Coming::Files(Box::new(files.holding(held)))
        } else {
            let series = &sources.series;
            Coming::Streams(Live::start(series, *blocking, &make, engine, &clock))
        };
        let mut outcome = Outcome { ended: Ended::AtEnd, problems: Vec::new() };
        let mut beats = heartbeat.map(Beats::every);
        let mut confirmed = args.omprog.then(|| Confirmed::new(clock.elapsed()));
        if let (Some(_), Coming::Streams(streams)) = (&confirmed, &mut reading) {
            streams.count_lines();
        }
        loop {
            if let Some(beats) = &mut beats
                && beats.is_due(clock.elapsed())
            {
                told.heartbeat(engine, &clock);
            }
            if hangup.take() {
                told.events.reopen();
                reload(args, engine, asked);
                kept.changed();
                let make = eyes.scanners(engine, asked);
                match &mut reading {
                    Coming::Files(files) => files.rescan(make()),
                    Coming::Streams(streams) => streams.rescan(&make),
                }
            }
            if stop.is_asked() {
                outcome.ended = Ended::Interrupted;
                break;
            }
            if let Coming::Files(files) = &reading {
                kept.keep_if_due(files, engine, &mut told.events, &clock);
            }
            let problems = &mut outcome.problems;
            let mut emit = |event| told.tell(&event);
            match &mut reading {
                Coming::Files(files) => files.step(engine, &mut emit),
                Coming::Streams(streams) => {
                    let more = streams.step(*blocking, engine, &clock, problems, &mut emit);
                    let (lines, now) = (streams.lines(), clock.elapsed());
                    let heard = confirmed.as_mut().map_or(Ok(true), |confirmed| {
                        confirmed.lines(lines, told.events.are_written(), now)
                    });
                    let listens = *heard.as_ref().unwrap_or(&false);
                    problems.extend(heard.err());
                    if !(more && listens) {
                        break;
                    }
                }
            }
        }
        if let Coming::Files(files) = &mut reading {
            if kept.is_wanted() {
                files.catch_up_beside(&mut (), engine, &mut |event| told.tell(&event));
                kept.keep(files, engine, &mut told.events, &clock);
            }
            files.finish(engine, &mut |event| told.tell(&event));
            *unreadable = files.is_failing();
        }
        outcome
    }
}

/// What is followed, how often to look, and the lines that an earlier run has held back.
struct Files {
    follower: Follower,
    pace: Polling,
    held: Vec<(u32, Unfinished)>,
}

/// What comes while it is read.
enum Coming<'a> {
    Files(Box<Following<'a>>),
    Streams(Live),
}

/// Sees the events through, says how it went, and finds the exit code.
fn finish(round: Round<'_>, outcome: &Outcome, sources: &Sources, live: bool) -> Result<u8> {
    let Round { args, engine, told, stop, unreadable, kept, .. } = round;
    let Told { events, worst, .. } = told;
    events.close()?;
    let unreadable = unreadable || !kept.close();
    match engine.firing() {
        0 => {}
        1 => output::note("1 alert still firing"),
        n => output::note(&format!("{n} alerts still firing")),
    }
    let signal = stop.code().filter(|_| !live && outcome.ended == Ended::Interrupted);
    let failed = problems(sources, &outcome.problems).max(if unreadable { FAILED } else { DONE });
    let fails = args.fail_on.is_some_and(|least| worst >= Some(severity(least)));
    let refused = args.input.strict && engine.seen().malformed > 0;
    Ok(match signal {
        Some(code) => code,
        None if failed != DONE => failed,
        None if fails || refused => REFUSED,
        None => DONE,
    })
}

/// Tells what could not be read.
fn problems(sources: &Sources, others: &[Error]) -> u8 {
    let problems = sources.problems.iter().chain(others);
    if problems.map(output::error).count() > 0 { FAILED } else { DONE }
}

/// Reads the rules again; if they are wrong, those that are in force stay.
fn reload(args: &WatchArgs, engine: &mut Engine, asked: &mut Needs) {
    let replaced = rules::read(&args.rules, !args.no_defaults).and_then(|rules| {
        // What is unchanged goes on to read the columns that it has.
        let mut needs = asked.clone();
        engine.reload(rules, &mut needs)?;
        *asked = needs;
        Ok(())
    });
    match replaced {
        Ok(()) => {
            output::note("rules read again");
            for warning in engine.warnings() {
                output::note(warning);
            }
        }
        Err(error) => {
            output::error(&error);
            output::note("the rules in force stay as they are");
        }
    }
}

fn settings(args: &WatchArgs, join: bool, live: bool) -> Result<Settings> {
    let duration = |option: &str, text: &str| {
        let zero = (text == "0").then_some(0);
        parse_duration(text).or(zero).ok_or_else(|| {
            Error::usage(format!("{option} {text} is no duration"))
                .hint("write it as 250ms, 5s, 10m, 2h or 1h30m")
        })
    };
    let pace = Pace {
        tick: duration("--tick", &args.tick)?,
        lateness: duration("--lateness", &args.lateness)?,
    };
    if !(1_000..=DAY).contains(&pace.tick) || !(0..=DAY).contains(&pace.lateness) {
        return Err(Error::usage("--tick is from 1ms to 1d, --lateness from 0 to 1d"));
    }
    let resend = (args.alert_format == AlertFormatArg::Alertmanager).then_some(RESEND);
    Ok(Settings { pace, join, resend, live })
}

/// How often a sign of life is written, in microseconds.
fn heartbeat(args: &WatchArgs, live: bool) -> Result<Option<i64>> {
    let Some(text) = &args.heartbeat else { return Ok(None) };
    if !live {
        return Err(Error::usage("--heartbeat is for live runs")
            .hint("nothing is alive in files; leave it out, or pipe records in without --replay"));
    }
    match parse_duration(text) {
        Some(micros) if micros >= 1_000_000 => Ok(Some(micros)),
        _ => Err(Error::usage(format!("--heartbeat {text} is no duration of a second or more"))
            .hint("write it as 30s, 5m or 1h")),
    }
}

fn severity(arg: SeverityArg) -> Severity {
    match arg {
        SeverityArg::Info => Severity::Info,
        SeverityArg::Warning => Severity::Warning,
        SeverityArg::Error => Severity::Error,
        SeverityArg::Critical => Severity::Critical,
    }
}

fn format(arg: AlertFormatArg) -> AlertFormat {
    match arg {
        AlertFormatArg::Ndjson => AlertFormat::Ndjson,
        AlertFormatArg::Alertmanager => AlertFormat::Alertmanager,
        AlertFormatArg::Pagerduty => AlertFormat::Pagerduty,
        AlertFormatArg::Slack => AlertFormat::Slack,
    }
}

/// Where events go, and the worst so far.
struct Told {
    events: Events,
    format: AlertFormat,
    routing_key: Option<String>,
    worst: Option<Severity>,
}

impl Told {
    fn delivery(&self) -> Delivery<'_> {
        Delivery { expires: None, routing_key: self.routing_key.as_deref() }
    }

    fn tell(&mut self, event: &Event) {
        if event.ends_at.is_none() {
            self.worst = self.worst.max(Some(event.severity));
        }
        let mut line = Vec::new();
        write(self.format, event, &self.delivery(), &mut line);
        self.events.send(line);
    }

    fn heartbeat(&mut self, engine: &mut Engine, clock: &Watch) {
        let seen = engine.seen();
        let beat = Heartbeat {
            at: clock.wall(),
            seq: engine.next_seq(),
            uptime_seconds: u64::try_from(clock.elapsed() / 1_000_000).unwrap_or_default(),
            lines: seen.lines,
            records: seen.records,
            malformed: seen.malformed,
            late: engine.late(),
            firing: engine.firing() as u64,
        };
        let mut line = Vec::new();
        write_heartbeat(self.format, &beat, &self.delivery(), &mut line);
        self.events.send(line);
    }
}

/// When signs of life are due: at once, and then as often as said.
struct Beats {
    every: i64,
    next: i64,
}

impl Beats {
    fn every(every: i64) -> Beats {
        Beats { every, next: 0 }
    }

    fn is_due(&mut self, elapsed: i64) -> bool {
        let due = elapsed >= self.next;
        if due {
            self.next = elapsed - elapsed.rem_euclid(self.every) + self.every;
        }
        due
    }
}

#[expect(clippy::disallowed_methods, reason = "a secret does not belong on a command line")]
fn routing_key() -> Option<String> {
    std::env::var("PAGERDUTY_ROUTING_KEY").ok()
}
