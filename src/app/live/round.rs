//! One live run: reads step by step, and in between shows what there is.

use crate::aggregate::{KINDS, Plan, View};
use crate::alert::{Engine, Pace, Settings};
use crate::cli::{Format, ReportArgs};
use crate::error::Result;
use crate::event::Matcher;
use crate::expr::{duration_text, parse_aggregation, parse_condition};
use crate::parse::{self, Parser};
use crate::record::Needs;
use crate::scan::{
    Blocking, Clock, Fold, Folds, Following, Live, Scanner, SideBySide, Tracking, live_matcher,
};
use crate::source::{Follower, Notice, Plan as Sources};
use crate::summary::Report;

use super::Shown;
use super::board::{Alerts, Board, Chosen};
use super::notes::Notes;
use super::screen::{Screen, Seen};
use crate::app::checkpoint::{Before, Checkpoint};
use crate::app::clock::Watch;
use crate::app::options::Reading;
use crate::app::print;
use crate::app::report::{self, Job, Kept};
use crate::app::signals::Stop;
use crate::app::{DONE, FAILED, follow, options, output, rules};

/// How time goes for the built-in rules: as `watch` has it unless told otherwise.
const PACE: Pace = Pace { tick: 5_000_000, lateness: 5_000_000 };

/// Runs the report; the exit code if nothing stopped it.
pub(super) fn run(args: &ReportArgs, reading: Reading, shown: Shown) -> Result<u8> {
    let parsing = reading.parsing(&args.input);
    let keep_order = args.input.keep_order;
    let pace = follow::pace(&args.follow)?;
    let mut checkpoint = report::open(args)?;
    let before = checkpoint.as_mut().and_then(Checkpoint::take_before);
    let (sources, follower) = if args.follow.follow {
        let positions = before.as_ref().map(|before| &*before.positions.files);
        let follower =
            follow::follower(&args.follow, &args.paths, keep_order, &parsing, positions)?;
        (Sources::default(), Some(follower))
    } else {
        (options::sources(&args.paths, keep_order, &parsing)?, None)
    };
    let names = names(&sources, follower.as_ref());
    let input = if follower.is_some() { names.join(", ") } else { "standard input".to_owned() };
    let mut job = Job::planned(args, reading, parsing, names.into(), before.as_ref())?;
    let screen = matches!(shown, Shown::Screen { .. });
    // Whoever sees no alerts needs no rules.
    let rules = if screen { rules::read(&[], true)? } else { Vec::new() };
    let settings = Settings { pace: PACE, join: job.profile.join(), resend: None, live: true };
    let mut engine = Engine::new(rules, job.setup.clone(), settings, &mut job.parsing.needs)?;

    let stop = if screen { Stop::listen_unarmed() } else { Stop::listen() };
    let (clock, notes) = (Watch::start(), Notes::new());
    sources.notes.iter().for_each(|note| notes.tell(Notice::Note(note.clone())));
    let tell = |notice| notes.tell(notice);
    let Before { positions, states, .. } = before.unwrap_or_default();
    let scanner = scanner(&job, &engine, &[], job.parsing.needs.clone());
    let coming = if let Some(follower) = follower {
        engine.started_at(clock.wall());
        let files = Following::new(follower, pace, scanner(), &clock, &tell);
        Coming::Files(Box::new(files.holding(positions.held)))
    } else {
        let series = &sources.series;
        Coming::Stream(Live::start(series, blocking(&job), &scanner, &mut engine, &clock))
    };
    let beside = match shown {
        Shown::Every(every) => Beside::Every { every, next: every },
        Shown::Screen { patient } => {
            let color = output::color(args.color);
            Beside::Screen(Box::new(Screen::new(color, input, job.setup.zone, &stop, patient)))
        }
    };
    let (alerts, problems) = (Alerts::default(), sources.problems.clone());
    notes.errors(problems.clone());
    let mut board = Board::new(Folds::resume(|| job.fold(), job.folds_of(states)?));
    for error in &problems {
        board.problem(error);
    }
    let failed = !problems.is_empty();
    let kept = Kept::start(checkpoint, &job.setup, &clock, &tell);
    let (job, clock, notes) = (&job, &clock, &notes);
    Round { args, job, engine, coming, clock, notes, board, alerts, failed, kept }
        .run(beside, &stop)
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

fn blocking(job: &Job) -> Blocking {
    Blocking { max_line: job.parsing.max_line, ..Blocking::default() }
}

/// Makes scanners that read what the report, the rules and other plans ask for; `needs` has what
/// all of them have asked.
fn scanner(
    job: &Job,
    engine: &Engine,
    others: &[Plan],
    mut needs: Needs,
) -> impl Fn() -> Scanner + use<> {
    let plans: Vec<Plan> = job.plans.iter().chain(others).cloned().collect();
    let profile = job.profile.clone();
    let events = live_matcher(&profile, &plans, engine, &mut needs).is_some();
    let parsing = parse::Options { needs: needs.clone(), ..job.parsing.clone() };
    let seed = job.setup.seed;
    move || {
        let matcher = events.then(|| Matcher::new(&profile, &mut needs.clone()));
        Scanner::new(Parser::new(parsing.clone()), matcher, &needs, seed)
    }
}

/// What comes while it is read.
enum Coming<'a> {
    Files(Box<Following<'a>>),
    Stream(Live),
}

/// What is shown meanwhile.
enum Beside {
    Screen(Box<Screen>),
    /// The report, every so many microseconds, and when next.
    Every {
        every: i64,
        next: i64,
    },
}

struct Round<'a> {
    args: &'a ReportArgs,
    job: &'a Job,
    engine: Engine,
    coming: Coming<'a>,
    clock: &'a Watch,
    notes: &'a Notes,
    board: Board<'a>,
    alerts: Alerts,
    /// Whether something could not be read.
    failed: bool,
    kept: Kept<'a>,
}

impl Round<'_> {
    fn run(mut self, mut beside: Beside, stop: &Stop) -> Result<u8> {
        let shown = self.read(&mut beside, stop);
        self.finish_reading();
        if let Beside::Screen(screen) = beside {
            screen.close();
        }
        stop.arm();
        self.notes.release();
        let Round { args, job, board, failed, clock, kept, .. } = self;
        let failed = !kept.close() || failed;
        if !shown? {
            return Ok(DONE);
        }
        if let Some(every) = &args.live.every {
            heading(args, clock, &format!("the last, every {every}"))?;
        }
        let done = job.finish(args, board.folds.merged(), true, clock)?;
        Ok(if failed { FAILED } else { done })
    }

    /// Reads until it is over or somebody asks to stop; whether there is still somebody to whom
    /// the report matters.
    fn read(&mut self, beside: &mut Beside, stop: &Stop) -> Result<bool> {
        let (mut last, mut lines) = (0, 0);
        loop {
            if stop.is_asked() {
                return Ok(true);
            }
            let more = self.step();
            let now = self.clock.elapsed();
            let moved = lines != self.board.lines.all;
            if moved {
                (last, lines) = (now, self.board.lines.all);
            }
            match beside {
                Beside::Screen(screen) => {
                    let behind = match &self.coming {
                        Coming::Files(files) => files.is_behind(),
                        Coming::Stream(_) => moved,
                    };
                    let Round { board, alerts, notes, .. } = self;
                    screen.look(&Seen { now, behind, idle: now - last, board, alerts, notes });
                    self.narrow(screen);
                    if screen.has_quit() {
                        return Ok(true);
                    }
                }
                Beside::Every { every, next } if now >= *next => {
                    *next = now - (now - *next) % *every + *every;
                    let view = View { top: print::top(self.args), ..View::default() };
                    if !self.write_report(&self.board.folds.snapshot(&view))? {
                        return Ok(false);
                    }
                }
                Beside::Every { .. } => {}
            }
            if !more {
                return Ok(true);
            }
        }
    }

    /// Takes what comes within a short time; whether there may be more.
    fn step(&mut self) -> bool {
        let Round { engine, board, alerts, coming, clock, notes, failed, kept, .. } = self;
        let mut emit = |event| alerts.take(event);
        match coming {
            Coming::Files(files) => {
                kept.keep_if_due(files, &board.folds);
                files.step_beside(board, engine, &mut emit);
                true
            }
            Coming::Stream(stream) => {
                let mut problems = Vec::new();
                let blocking = blocking(self.job);
                let more =
                    stream.step_beside(board, blocking, engine, *clock, &mut problems, &mut emit);
                *failed |= !problems.is_empty();
                notes.errors(problems);
                more
            }
        }
    }

    /// Takes what has come by the end.
    fn finish_reading(&mut self) {
        let Round { engine, board, coming, clock, notes, failed, kept, .. } = self;
        match coming {
            Coming::Files(files) => {
                if kept.is_wanted() {
                    files.catch_up_beside(board, engine, &mut |_| ());
                    kept.keep(files, &board.folds);
                }
                files.finish_beside(board, engine, &mut |_| ());
                *failed |= files.is_failing();
            }
            Coming::Stream(stream) => {
                let mut problems = Vec::new();
                stream.finish_beside(board, engine, *clock, &mut problems, &mut |_| ());
                *failed |= !problems.is_empty();
                notes.errors(problems);
            }
        }
    }

    /// Where reports go while the run goes on; whether somebody still takes them.
    fn write_report(&self, report: &Report) -> Result<bool> {
        let after = self.clock.elapsed() / 1_000_000 * 1_000_000;
        heading(self.args, self.clock, &format!("after {}", duration_text(after)))?;
        print::print(self.args, report, &self.job.about(true, self.clock))
    }

    /// Chooses the records of the screen's figures, if others are wanted than before.
    fn narrow(&mut self, screen: &mut Screen) {
        let Some(wanted) = screen.take_condition() else { return };
        let mut needs = self.job.parsing.needs.clone();
        let plans = match &wanted {
            None => Vec::new(),
            Some(condition) => match plans(condition, self.job, &mut needs) {
                Ok(plans) => plans,
                Err(error) => return screen.refuse(&error),
            },
        };
        let make = scanner(self.job, &self.engine, &plans, needs);
        match &mut self.coming {
            Coming::Files(files) => files.rescan(make()),
            Coming::Stream(stream) => stream.rescan(&make),
        }
        let tracking =
            Tracking { join: self.job.profile.join(), max_keys: self.job.setup.max_keys };
        self.board.narrowed = wanted.map(|condition| Chosen {
            condition,
            since: self.clock.wall(),
            records: 0,
            folds: Folds::new(move || Fold::whole(&plans, tracking)),
        });
    }
}

/// Every section of the records that fulfil a condition; lines have no fields to choose them by.
fn plans(condition: &str, job: &Job, needs: &mut Needs) -> Result<Vec<Plan>> {
    parse_condition(condition)?;
    let sections = KINDS.iter().filter(|kind| kind.name != "input");
    let plan = |name: &str| {
        let aggregation = parse_aggregation(&format!("{name} where {condition}"))?;
        Plan::new(aggregation, &job.setup, needs)
    };
    sections.map(|kind| kind.name).map(plan).collect::<Result<Vec<Plan>>>()
}

/// Says when a report was made, where one stands behind the other in text.
fn heading(args: &ReportArgs, clock: &Watch, what: &str) -> Result<()> {
    if args.format == Format::Text && print::file(args).is_none() {
        let line = format!("\n=== {}, {what} ===\n", clock.wall());
        output::write(|out| out.write_all(line.as_bytes()))?;
    }
    Ok(())
}
