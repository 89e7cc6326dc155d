//! How far event time has come in each source and in all of them, and which tick a row belongs to.
//!
//! A tick `k` is evaluated at `k` times the length of a tick since 1970, over what lies at or
//! before that and behind the tick before it. Rules: a source's watermark is its greatest credible
//! time less the allowed lateness; the overall one is the least of those that still read and from
//! which something has come within the lateness: nobody waits for the others, and what they bring
//! behind the overall one is late.

pub(super) mod saved;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::record::{Belief, Credible, Timestamp};

/// How event time is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The length of a tick in microseconds, at least 1.
    pub tick: i64,
    /// How much later than a later one a record may come, in microseconds, not negative.
    pub lateness: i64,
}

impl Default for Pace {
    /// Ticks of 5 s, and as much lateness.
    fn default() -> Pace {
        Pace { tick: 5_000_000, lateness: 5_000_000 }
    }
}

impl Pace {
    /// The first tick that is not before a time.
    pub(super) fn tick_of(self, at: i64) -> i64 {
        -(-at).div_euclid(self.tick)
    }

    /// The last tick that is not behind a time.
    pub(super) fn ticks_until(self, at: i64) -> i64 {
        at.div_euclid(self.tick)
    }

    /// When a tick is.
    pub(super) fn time(self, tick: i64) -> Timestamp {
        Timestamp::from_micros(tick.saturating_mul(self.tick))
    }

    /// How many ticks a duration takes, rounded up.
    pub(super) fn ticks_in(self, micros: i64) -> i64 {
        self.tick_of(micros)
    }
}

/// Where a row takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Its tick. Of a row that cannot say when it was, that of the last good time of its source.
    pub(super) tick: i64,
    /// In what it takes part.
    pub(super) share: Share,
    /// The last tick of its source that is over once the row is seen.
    pub(super) over: Option<i64>,
}

/// In what a row takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// In windows and totals.
    Whole,
    /// In totals: it is late, or has no time.
    Total,
    /// In totals that do not hang on its time, which is not believed.
    Doubted,
}

/// What a source has shown.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Source {
    credible: Credible,
    /// How far the watermark was moved while nothing came.
    advanced: Option<i64>,
    /// For how long nothing has come by now, in microseconds.
    idle: i64,
    /// And before that since the last record with a time: other lines do not make time stand still.
    timeless: i64,
    /// The least and the last good time.
    first: Option<i64>,
    last: Option<i64>,
    ended: bool,
}

impl Source {
    fn watermark(&self, pace: Pace) -> Option<i64> {
        // Without any lateness a record would end its own tick, and others of its time were late.
        let lateness = pace.lateness.max(1);
        let seen = self.credible.greatest().map(|greatest| greatest - lateness);
        seen.max(self.advanced)
    }

    /// For how long nothing with a time has come.
    fn quiet(&self) -> i64 {
        self.timeless.saturating_add(self.idle)
    }

    /// Whether nothing with a time has come for so long that nobody waits for it.
    fn is_idle(&self, pace: Pace) -> bool {
        self.quiet() > pace.lateness.max(pace.tick)
    }

    /// The last tick that its watermark has reached.
    fn over(&self, pace: Pace) -> Option<i64> {
        Some(pace.ticks_until(self.watermark(pace)?))
    }
}

/// The clocks of all sources.
#[derive(Debug, Clone)]
pub(super) struct Clocks {
    pace: Pace,
    sources: BTreeMap<u32, Source>,
    /// The last tick that was evaluated.
    passed: Option<i64>,
    /// Records that came when their tick had been evaluated.
    late: u64,
}

impl Clocks {
    pub(super) fn new(pace: Pace) -> Clocks {
        Clocks { pace, sources: BTreeMap::new(), passed: None, late: 0 }
    }

    pub(super) fn late(&self) -> u64 {
        self.late
    }

    /// Says which tick was evaluated last, if any was.
    pub(super) fn pass(&mut self, tick: Option<i64>) {
        self.passed = tick;
    }

    /// Says that a source takes part: nothing is evaluated until it has shown a time, or ended.
    pub(super) fn begin(&mut self, source: u32) {
        self.sources.entry(source).or_default();
    }

    /// Says that nothing more comes of a source.
    pub(super) fn end(&mut self, source: u32) {
        self.sources.entry(source).or_default().ended = true;
    }

    /// The clock of one source, for the rows of a batch in order.
    pub(super) fn of(&mut self, source: u32) -> Clock<'_> {
        let Clocks { pace, sources, passed, late } = self;
        // A source alone has evaluated by its own time, and may take that back.
        let dated = |other: (&u32, &Source)| *other.0 != source && other.1.first.is_some();
        let passed = passed.filter(|_| sources.iter().any(dated));
        let source = sources.entry(source).or_default();
        source.timeless = source.timeless.saturating_add(std::mem::take(&mut source.idle));
        Clock { pace: *pace, source, passed, late, begun: None }
    }

    /// How far time has come: the least watermark of the sources that go on and are not idle. `None`
    /// as long as one of them has shown no time, or if none goes on. If all are idle, time goes on
    /// in the one that was so last, of those whose time has not passed already.
    pub(super) fn watermark(&self) -> Option<i64> {
        self.least(|_, source| source.watermark(self.pace))
    }

    /// The last tick that is over in all these sources, if it is this one in one of them.
    pub(super) fn over(&self, of: u32, over: Option<i64>) -> Option<i64> {
        self.least(|number, source| if number == of { over } else { source.over(self.pace) })
    }

    fn least(&self, of: impl Fn(u32, &Source) -> Option<i64>) -> Option<i64> {
        let mut least: Option<i64> = None;
        let sources = || self.sources.iter().filter(|(_, source)| !source.ended);
        for (number, source) in sources().filter(|(_, source)| !source.is_idle(self.pace)) {
            let one = of(*number, source)?;
            least = Some(least.map_or(one, |least| least.min(one)));
        }
        least.or_else(|| {
            let ahead = |source: &Source| source.over(self.pace) >= self.passed;
            let ahead = sources().filter(|(_, source)| ahead(source));
            let newest = ahead
                .filter_map(|(number, source)| Some((source.quiet(), of(*number, source)?)))
                .min();
            newest
                .map(|(_, time)| time)
                .or_else(|| sources().filter_map(|(number, source)| of(*number, source)).max())
        })
    }

    /// The greatest credible time of all sources.
    pub(super) fn greatest(&self) -> Option<i64> {
        self.sources.values().filter_map(|source| source.credible.greatest()).max()
    }

    /// The greatest credible time of a source.
    pub(super) fn greatest_of(&self, source: u32) -> Option<i64> {
        self.sources.get(&source)?.credible.greatest()
    }

    /// Moves the watermark of a source: nothing has come for so long. `since` is the time that
    /// stands for the last record where there was none.
    pub(super) fn idle(&mut self, source: u32, micros: i64, since: i64) {
        let lateness = self.pace.lateness;
        if let Some(source) = self.sources.get_mut(&source).filter(|source| !source.ended) {
            let from = source.credible.greatest().map_or(since, |greatest| greatest - lateness);
            source.idle = micros;
            let timeless = source.timeless.saturating_add(micros);
            source.advanced = source.advanced.max(Some(from.saturating_add(timeless)));
        }
    }
}

/// The clock of one source while its rows come.
pub(super) struct Clock<'a> {
    pace: Pace,
    source: &'a mut Source,
    /// The last tick that was evaluated, if other sources have shown their time.
    passed: Option<i64>,
    late: &'a mut u64,
    /// Where time has begun, if it has with one of these rows.
    pub(super) begun: Option<Begun>,
}

/// Where the time of a source begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Begun {
    /// The time of its first record, by time.
    pub(super) at: i64,
    /// Whether time was thought to be later.
    pub(super) set_back: bool,
    /// The time of the record before, which was dated far ahead.
    pub(super) refuted: Option<i64>,
}

impl Clock<'_> {
    /// The place of the next record.
    pub(super) fn record(&mut self, time: Option<Timestamp>) -> Place {
        let Some(at) = time.map(Timestamp::micros) else { return self.beside(Share::Total) };
        let before = self.source.credible.greatest();
        if before.is_none() || self.source.credible.refutes_first(at, Belief::MICROS) {
            let late = self.passed.is_some_and(|passed| self.pace.tick_of(at) <= passed);
            self.begin(at, before, late);
            if late {
                *self.late += 1;
                return self.beside(Share::Total);
            }
        } else {
            let late = self.past().is_some_and(|past| self.pace.tick_of(at) <= past);
            let believed = self.source.credible.take(at, Belief::MICROS);
            *self.late += u64::from(late);
            if late || believed {
                self.source.timeless = 0;
            }
            if late {
                return self.beside(Share::Total);
            } else if !believed {
                return self.beside(Share::Doubted);
            }
            self.source.last = Some(at);
            if self.source.first.is_some_and(|first| at < first) {
                // Nothing is over yet of what would have been before it, had it come in order.
                self.source.first = Some(at);
                self.begun = Some(Begun { at, set_back: false, refuted: None });
            }
        }
        // A record that confirms a jump may itself lie behind what is over by then.
        let over = self.over();
        let tick = self.pace.tick_of(at).max(over.map_or(i64::MIN, |over| over + 1));
        Place { tick, share: Share::Whole, over }
    }

    /// The times from which to which any record would have this place too, if its source has
    /// come to it: such a record only takes time further, see [`Clock::go_on`].
    pub(super) fn stretch(&self, place: Place) -> Option<RangeInclusive<i64>> {
        let Pace { tick, lateness } = self.pace;
        let greatest = self.source.credible.greatest()?;
        let here =
            Place { tick: self.pace.tick_of(greatest), share: Share::Whole, over: self.over() };
        let over = here.over.filter(|_| place == here && self.past() < Some(place.tick))?;
        // The last time of the tick, the last that ends no other one, the last that is no jump.
        let ends = [
            place.tick.saturating_mul(tick),
            (over + 1).saturating_mul(tick).saturating_add(lateness.max(1) - 1),
            greatest.saturating_add(Belief::MICROS.jump),
        ];
        Some(greatest..=ends.into_iter().fold(i64::MAX, i64::min))
    }

    /// Takes records of one stretch at once, by their greatest time and that of the last.
    pub(super) fn go_on(&mut self, greatest: i64, last: i64) {
        self.source.credible.take(greatest, Belief::MICROS);
        self.source.timeless = 0;
        self.source.last = Some(last);
    }

    /// Time begins. Until now it was that of the wall, or of a record dated far ahead.
    /// If it is late, that of others has gone on, and does not go back.
    fn begin(&mut self, at: i64, refuted: Option<i64>, late: bool) {
        let set_back = self.source.watermark(self.pace).is_some_and(|thought| at < thought);
        if set_back || refuted.is_none() {
            // That was the wall's time, which allows for no lateness.
            self.source.advanced = None;
        }
        self.begun = Some(Begun { at, set_back: set_back && !late, refuted });
        self.source.timeless = 0;
        self.source.credible.take(at, Belief::MICROS);
        self.source.first = Some(at);
        self.source.last = Some(at);
    }

    /// The place of a line that is no record.
    pub(super) fn line(&self) -> Place {
        self.beside(Share::Whole)
    }

    /// The place of what cannot say when it was: that of the last good time, if that is not over.
    fn beside(&self, share: Share) -> Place {
        let over = self.over();
        let last = self.source.last.map(|at| self.pace.tick_of(at));
        match last.max(self.past().map(|past| past + 1)) {
            Some(tick) => Place { tick, share, over },
            // No window can hold what comes before all time.
            None => Place { tick: i64::MIN, share: Share::Total, over },
        }
    }

    fn over(&self) -> Option<i64> {
        self.source.over(self.pace)
    }

    /// The last tick in which nothing can be counted any more.
    fn past(&self) -> Option<i64> {
        self.over().max(self.passed)
    }
}

#[cfg(test)]
mod tests;
