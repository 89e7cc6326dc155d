//! Rules over a stream: rows and facts go in, time moves on, alert events come out.
//!
//! Nothing is evaluated tick by tick: a rule is looked at when something it reads has changed, or
//! when time alone may change where it stands. That this gives the same as looking at every tick is
//! tested (`alert::tests`).

mod saved;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::aggregate::{Measure, Setup};
use crate::error::Result;
use crate::event::{Event as Line, Tracker};
use crate::record::{Accounting, Batch, Needs, Standard, Timestamp};

use super::clock::{Begun, Clocks, Pace, Place};
use super::event::Event;
use super::message;
use super::phase::Tell;
use super::rule::Rule;
use super::ruleset::RuleSet;
use super::runs::Runs;
use super::series::{Key, Series};

pub use saved::Snapshot;

/// How far time may go on at once, in microseconds, before ticks in which nothing was seen are
/// passed over: no window and no `for` is longer. Repetitions over thousands of years are not.
const FAR: i64 = 366 * 86_400_000_000;

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
        let RuleSet { series, learners, .. } = rules;
        for series in series.iter_mut() {
            if series.takes_lines() {
                series.account(&batch.accounting_of(rows.clone()), place);
            }
            series.observe(batch, records, place);
        }
        if events.is_empty() {
            return;
        }
        let tracker = trackers
            .entry(batch.source)
            .or_insert_with(|| Tracker::new(batch.source, settings.join, setup.max_keys));
        let lines = events.iter().map(|raw| Line::of(batch, raw));
        tracker.observe(lines, &mut |fact| {
            for &at in &learners[fact.kind as usize] {
                series[at].learn(fact, place);
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

    /// How much is remembered: states of ticks and groups, standings, appointments. What they
    /// hold themselves, such as the names in a table, is not counted, nor what trackers know.
    #[must_use]
    pub fn held(&self) -> usize {
        let series: usize = self.rules.series.iter().map(Series::held).sum();
        let standings: usize = self.rules.watches.iter().map(|watch| watch.states.len()).sum();
        let agenda: usize = self.agenda.values().map(BTreeSet::len).sum();
        series + standings + agenda
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
            self.tick(tick, idle, emit);
            self.reached = Some(tick);
        }
        self.reached = self.reached.map(|reached| reached.max(last));
    }

    fn tick(&mut self, tick: i64, idle: bool, emit: &mut Emit<'_>) {
        let mut woken = self.wake(tick);
        while let Some((watch, key)) = woken.pop_first() {
            if self.evaluate(watch, &key, tick, idle, emit) {
                // Others may fire in its place: those whose turn has been, at the next tick.
                for waiting in self.rules.watches[watch].refused() {
                    let waiting = (watch, Key::clone(waiting));
                    if *waiting.1 > *key {
                        woken.insert(waiting);
                    } else {
                        self.agenda.entry(tick + 1).or_default().insert(waiting);
                    }
                }
            }
        }
        for at in 0..self.rules.watches.len() {
            self.tell_limit(at, tick, emit);
        }
    }

    /// Goes on to a tick; the rules and groups that may stand elsewhere than before.
    fn wake(&mut self, tick: i64) -> BTreeSet<(usize, Key)> {
        let mut woken = Vec::new();
        while let Some(entry) = self.agenda.first_entry()
            && *entry.key() <= tick
        {
            // What has been gone for longer is no group any more.
            let stands = |(watch, key): &(usize, Key)| self.rules.stands_for(*watch, key);
            woken.extend(entry.remove().into_iter().filter(stands));
        }
        let RuleSet { series, readers, watches, .. } = &mut self.rules;
        for (at, readers) in readers.iter().enumerate() {
            let changed = series[at].close(tick);
            if changed.is_empty() {
                continue;
            }
            for &reader in readers {
                if series[at].is_grouped() || !watches[reader].is_grouped() {
                    woken.extend(changed.iter().map(|key| (reader, key.clone())));
                } else {
                    let groups = RuleSet::groups(&watches[reader], series);
                    woken.extend(groups.into_iter().map(|key| (reader, key)));
                }
            }
        }
        woken.into_iter().collect()
    }

    /// Looks at a rule for a group; whether an alert has ended.
    fn evaluate(
        &mut self,
        at: usize,
        key: &Key,
        tick: i64,
        idle: bool,
        emit: &mut Emit<'_>,
    ) -> bool {
        let pace = self.settings.pace;
        let now = pace.time(tick);
        let times = [now, self.start.unwrap_or(now)];
        let past = self.settings.live && !idle && self.is_past(now);
        let RuleSet { watches, series, .. } = &mut self.rules;
        let watch = &mut watches[at];
        let look = watch.look(key, series, times, past);
        let (tell, wake) = watch.step(key, tick, &look, pace);
        if let Some(wake) = wake {
            self.agenda.entry(wake).or_default().insert((at, Key::clone(key)));
        }
        if let Some(tell) = tell {
            let event = message::event(watch, key, &look, tell, tick, pace);
            self.emit(event, emit);
        }
        matches!(tell, Some(Tell::Resolves { .. }))
    }

    /// Whether a tick of a live run lies so far back that what is read had been written before.
    fn is_past(&self, tick: Timestamp) -> bool {
        let Pace { tick: length, lateness } = self.settings.pace;
        self.now.is_some_and(|now| now.micros() - tick.micros() > 3 * lateness + length)
    }

    /// Tells if more series of a rule would fire than may, or there are more than can be watched,
    /// and when that is over.
    fn tell_limit(&mut self, at: usize, tick: i64, emit: &mut Emit<'_>) {
        let RuleSet { watches, series, .. } = &mut self.rules;
        let watch = &mut watches[at];
        let crowded = watch.terms.iter().any(|term| series[term.series].is_crowded());
        let tell = match (watch.refused > 0 || crowded, watch.limited) {
            (true, None) => {
                watch.limited = Some(tick);
                Tell::Fires
            }
            (false, Some(started)) => {
                watch.limited = None;
                Tell::Resolves { started }
            }
            _ => return,
        };
        let event = message::limit(watch, tell, tick, self.settings.pace);
        self.emit(event, emit);
    }

    fn emit(&mut self, mut event: Event, emit: &mut Emit<'_>) {
        event.seq = self.next_seq();
        emit(event);
    }
}
