//! Rules over a stream: rows and facts go in, time moves on, alert events come out.
//!
//! Nothing is evaluated tick by tick: a rule is looked at when something it reads has changed, or
//! when time alone may change where it stands. That this gives the same as looking at every tick is
//! tested (`alert::tests`).

mod saved;
mod tick;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::aggregate::{Measure, Setup};
use crate::error::Result;
use crate::event::{Event as Line, Tracker};
use crate::record::{Accounting, Batch, Needs, Standard, Timestamp};

use super::clock::{Begun, Clocks, Pace, Place, Share};
use super::event::Event;
use super::rule::Rule;
use super::ruleset::RuleSet;
use super::runs::Runs;
use super::series::{Key, Series};
use super::watch::Watch;

pub use saved::Snapshot;

/// How far time may go on at once, in microseconds, before ticks in which nothing was seen are
/// passed over: no window and no `for` is longer. Repetitions over thousands of years are not.
const FAR: i64 = 366 * 86_400_000_000;

/// How long after its end a session, and after it has gone a client, is remembered, in
/// microseconds of its source's time. Lines about one end come within minutes, and what waits for
/// an answer waits for less than two hours.
pub const REMEMBERED: i64 = 12 * 3_600_000_000;

/// In microseconds of event time, how often what is only there to be quick is forgotten, so that
/// names that never come back do not pile up.
const RENEWED: i64 = 3_600_000_000;

/// How events are tracked and how time goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The ticks and the allowed lateness.
    pub pace: Pace,
    /// Whether events are joined into facts, see [`Tracker::new`].
    pub join: bool,
    /// Firing alerts are told again at least this often, in microseconds, whatever their rules
    /// say: for receivers that forget them.
    pub resend: Option<i64>,
    /// Whether what is read happens now: silence in what had been written before is no news.
    pub live: bool,
}

/// Where alert events go.
pub type Emit<'e> = dyn FnMut(Event) + 'e;

/// How many lines and records have been seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Lines.
    pub lines: u64,
    /// Records.
    pub records: u64,
    /// Malformed lines.
    pub malformed: u64,
}

/// The rules of a run and all that they have seen.
pub struct Engine {
    setup: Setup,
    settings: Settings,
    rules: RuleSet,
    /// When time alone may change where a rule stands, by tick.
    agenda: BTreeMap<i64, BTreeSet<(usize, Key)>>,
    trackers: BTreeMap<u32, Tracker>,
    clocks: Clocks,
    /// The last tick that was evaluated, or before the first the one before that.
    reached: Option<i64>,
    /// Whether any was.
    evaluated: bool,
    /// Whether there has been a record with a time.
    begun: bool,
    /// The wall's time when the run began, and now, in live runs.
    start: Option<Timestamp>,
    now: Option<Timestamp>,
    /// The last hour of event time in which something was evaluated.
    hour: i64,
    renewals: u64,
    seen: Seen,
    seq: u64,
}

impl Engine {
    /// An engine for some rules, sorted by name. The fields that they ask for are added to `needs`.
    ///
    /// # Errors
    ///
    /// If a rule asks for a section, figure or combination that there is not.
    pub fn new(
        rules: Vec<Rule>,
        setup: Setup,
        settings: Settings,
        needs: &mut Needs,
    ) -> Result<Engine> {
        let mut set = RuleSet::default();
        set.replace(rules, &setup, settings, needs)?;
        Ok(Engine {
            rules: set,
            agenda: BTreeMap::new(),
            trackers: BTreeMap::new(),
            clocks: Clocks::new(settings.pace),
            reached: None,
            evaluated: false,
            begun: false,
            start: None,
            now: None,
            hour: 0,
            renewals: 0,
            seen: Seen::default(),
            seq: 0,
            setup,
            settings,
        })
    }

    /// Goes on with other rules: what is unchanged keeps its states and windows; alerts of rules
    /// that are gone end without a word. Columns that only new rules read are added to `needs`.
    ///
    /// # Errors
    ///
    /// As for [`Engine::new`]; then everything stays as it was.
    pub fn reload(&mut self, rules: Vec<Rule>, needs: &mut Needs) -> Result<()> {
        self.rules.replace(rules, &self.setup, self.settings, needs)?;
        self.agenda.clear();
        self.look_at((0..self.rules.watches.len()).collect());
        Ok(())
    }

    /// Some rules are looked at, for all their groups, at the next tick.
    fn look_at(&mut self, watches: Vec<usize>) {
        if let Some(reached) = self.reached {
            let of = |at| self.rules.groups_of(at).into_iter().map(move |key| (at, key));
            let groups = watches.into_iter().flat_map(of);
            self.agenda.entry(reached + 1).or_default().extend(groups);
        }
    }

    /// What whoever wrote the rules may not have meant, one sentence each.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.rules.warnings
    }

    /// Whether any rule depends on what messages mean.
    #[must_use]
    pub fn needs_events(&self) -> bool {
        self.rules.measures().any(Measure::needs_events)
    }

    /// Whether any rule may read the column of names of a standard field.
    #[must_use]
    pub fn reads(&self, field: Standard) -> bool {
        self.rules.measures().any(|measure| measure.reads(field))
    }

    /// Says that a source takes part, before its first batch.
    pub fn begin(&mut self, source: u32) {
        self.clocks.begin(source);
    }

    /// Says that a source is over: the others wait for it no longer.
    pub fn end(&mut self, source: u32, emit: &mut Emit<'_>) {
        self.clocks.end(source);
        if let Some(watermark) = self.clocks.watermark() {
            self.advance(self.settings.pace.ticks_until(watermark), false, emit);
        }
    }

    /// The greatest credible time of a source, in microseconds since 1970.
    #[must_use]
    pub fn time_of(&self, source: u32) -> Option<i64> {
        self.clocks.greatest_of(source)
    }

    /// Says when the run began by the wall, in live runs: silence counts from there until there
    /// is a record. One that goes on where another was began with that.
    pub fn started_at(&mut self, wall: Timestamp) {
        self.start = self.start.or(Some(wall));
        self.now = Some(wall);
    }

    /// Folds in the next batch of a source, and evaluates the ticks that it takes time to. `now`
    /// is the wall's time in live runs.
    pub fn observe(&mut self, batch: &Batch, now: Option<Timestamp>, emit: &mut Emit<'_>) {
        self.now = now.or(self.now);
        self.seen.lines += batch.accounting.lines;
        self.seen.records += batch.accounting.records;
        self.seen.malformed += batch.accounting.malformed();
        self.dropped(batch);
        let mut runs = Runs::new(batch);
        let (mut record, mut event) = (0, 0);
        while let Some((rows, (place, begun))) = runs.next(&mut self.clocks) {
            if let Some(begun) = begun {
                self.begin_time(begun);
            }
            if let Some(over) = self.clocks.over(batch.source, place.over) {
                self.advance(over, false, emit);
            }
            self.take(batch, rows, place, &mut record, &mut event);
        }
    }

    /// Counts the lines before the batch that were too long to become rows, or may have been lost.
    fn dropped(&mut self, batch: &Batch) {
        let lines = batch.accounting.lines - batch.rows() as u64;
        let possible_losses = batch.accounting.possible_losses;
        if lines + possible_losses > 0 {
            let place = self.clocks.of(batch.source).line();
            let dropped =
                Accounting { lines, oversize: lines, possible_losses, ..Accounting::default() };
            let series = self.rules.series.iter_mut();
            series.for_each(|series| series.account(&dropped, place));
        }
    }

    /// Takes a run of rows; `record` and `event` are the first of them.
    fn take(
        &mut self,
        batch: &Batch,
        rows: std::ops::Range<u32>,
        place: Place,
        record: &mut usize,
        event: &mut usize,
    ) {
        let records = &batch.records[*record..];
        let records = &records[..records.partition_point(|row| *row < rows.end)];
        let events = &batch.events[*event..];
        let events = &events[..events.partition_point(|event| event.row < rows.end)];
        *record += records.len();
        *event += events.len();
        let Engine { rules, trackers, settings, setup, .. } = self;
        let RuleSet { series, divisions, learners, .. } = rules;
        for shared in divisions.iter_mut() {
            shared.divided = false;
        }
        for series in series.iter_mut() {
            if series.takes_lines() {
                series.account(&batch.accounting_of(rows.clone()), place);
            }
            if series.takes_records(place) && !records.is_empty() {
                let shared = &mut divisions[series.division];
                if !std::mem::replace(&mut shared.divided, true) {
                    shared.division.divide(batch, records);
                }
                series.observe(batch, &shared.division, place);
            }
        }
        if events.is_empty() {
            return;
        }
        let tracker = trackers
            .entry(batch.source)
            .or_insert_with(|| new_tracker(batch.source, *settings, setup));
        if place.share == Share::Whole && place.tick > i64::MIN {
            tracker.go_on(settings.pace.time(place.tick).micros());
        }
        let lines = events.iter().map(|raw| Line::of(batch, raw));
        tracker.observe(lines, &mut |fact| {
            for (division, learners) in &learners[fact.kind as usize] {
                let division = &mut divisions[*division].division;
                let Some(number) = division.number_of(fact) else { continue };
                for &at in learners {
                    series[at].learn(fact, division, number, place);
                }
            }
        });
    }

    /// Begins with the tick of the first record of a source.
    fn begin_time(&mut self, begun: Begun) {
        let first = self.settings.pace.tick_of(begun.at);
        if let Some(refuted) = begun.refuted {
            let from = self.settings.pace.tick_of(refuted);
            self.rules.series.iter_mut().for_each(|series| series.doubt(from, first));
        }
        if !std::mem::replace(&mut self.begun, true) {
            // Until now there was the wall's time, if any, and what the log says is another one.
            self.evaluated = false;
            (self.start, self.reached) = (None, None);
        }
        if begun.set_back || !self.evaluated {
            let earlier = |known: Option<i64>, new: i64| known.map_or(new, |known| known.min(new));
            let start = earlier(self.start.map(Timestamp::micros), begun.at);
            self.start = Some(Timestamp::from_micros(start));
            self.reached = Some(earlier(self.reached, first - 1));
            let all = self.rules.ungrouped();
            self.agenda.entry(first).or_default().extend(all);
        }
        self.clocks.pass(self.reached.filter(|_| self.evaluated));
    }

    /// Says in a live run that nothing has come from a source for so many microseconds;
    /// [`Engine::evaluate_idle`] follows.
    pub fn idle(&mut self, source: u32, micros: i64) {
        let Some(start) = self.start else { return };
        self.clocks.idle(source, micros, start.micros());
    }

    /// Evaluates the ticks that time alone has come to.
    pub fn evaluate_idle(&mut self, emit: &mut Emit<'_>) {
        if let Some(start) = self.start.filter(|_| self.reached.is_none()) {
            let first = self.settings.pace.tick_of(start.micros());
            self.reached = Some(first - 1);
            self.agenda.entry(first).or_default().extend(self.rules.ungrouped());
        }
        if let Some(watermark) = self.clocks.watermark() {
            self.advance(self.settings.pace.ticks_until(watermark), true, emit);
        }
    }

    /// In how many microseconds without anything new the next tick will be reached, so that
    /// something may have to be told; `None` if time alone changes nothing.
    #[must_use]
    pub fn next_tick_in(&self) -> Option<i64> {
        let next = self.next()?.max(self.reached? + 1);
        let watermark = self.clocks.watermark()?;
        Some((self.settings.pace.time(next).micros() - watermark).max(0))
    }

    /// The input is over: time goes on to the last record, and no further.
    pub fn finish(&mut self, emit: &mut Emit<'_>) {
        if let Some(greatest) = self.clocks.greatest() {
            self.advance(self.settings.pace.ticks_until(greatest), false, emit);
        }
    }

    /// How many alerts fire now.
    #[must_use]
    pub fn firing(&self) -> usize {
        self.rules.watches.iter().map(|watch| watch.firing).sum()
    }

    /// How many lines and records have been seen.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.seen
    }

    /// How many records came when their tick had been evaluated.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.clocks.late()
    }

    /// How much is remembered: states of ticks and groups, standings, appointments, clients and
    /// sessions. What states hold themselves, such as the names in a table, is not counted.
    #[must_use]
    pub fn held(&self) -> usize {
        let series: usize = self.rules.series.iter().map(Series::held).sum();
        let standings: usize = self.rules.watches.iter().map(Watch::held).sum();
        let agenda: usize = self.agenda.values().map(BTreeSet::len).sum();
        let tracked: usize = self.trackers.values().map(Tracker::held).sum();
        series + standings + agenda + tracked
    }

    /// How often what is only there to be quick has been forgotten, which is each hour of event
    /// time: whoever reads the lines may do the same with the names in them.
    #[must_use]
    pub fn renewals(&self) -> u64 {
        self.renewals
    }

    /// The next number of an event.
    pub fn next_seq(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }

    /// The next tick at which anything may change.
    fn next(&self) -> Option<i64> {
        self.changes().into_iter().chain(self.agenda.keys().next().copied()).min()
    }

    /// The next tick in which something was seen, or leaves a window.
    fn changes(&self) -> Option<i64> {
        self.rules.series.iter().filter_map(Series::next).min()
    }

    /// Evaluates the ticks up to this one.
    fn advance(&mut self, last: i64, idle: bool, emit: &mut Emit<'_>) {
        let far = self.settings.pace.ticks_in(FAR);
        // What a source that nobody waits for any more has kept back had been written before.
        let written = self.clocks.greatest().map(|at| self.settings.pace.ticks_until(at));
        let mut seen = self.reached.unwrap_or(last);
        while let (Some(reached), Some(next)) = (self.reached, self.next()) {
            let mut tick = next.max(reached + 1);
            if tick > last {
                break;
            }
            if tick > seen.saturating_add(far) {
                tick = self.changes().map_or(last, |change| change.clamp(tick, last));
                seen = tick;
            }
            self.evaluated = true;
            self.tick(tick, idle && Some(tick) > written, emit);
            self.reached = Some(tick);
        }
        self.reached = self.reached.map(|reached| reached.max(last));
        self.clocks.pass(self.reached.filter(|_| self.evaluated));
    }

    fn emit(&mut self, mut event: Event, emit: &mut Emit<'_>) {
        event.seq = self.next_seq();
        emit(event);
    }
}

/// What joins the events of a source. Without an end of memory it would know every session of
/// months.
fn new_tracker(source: u32, settings: Settings, setup: &Setup) -> Tracker {
    Tracker::new(source, settings.join, setup.max_keys).forgetting(REMEMBERED)
}
