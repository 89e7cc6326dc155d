//! What is done at a tick: who is looked at, in which order, and what is told of it. Which ticks
//! there are is not known here.

use std::collections::BTreeSet;

use crate::record::Timestamp;

use super::super::clock::Pace;
use super::super::message;
use super::super::phase::Tell;
use super::super::ruleset::RuleSet;
use super::super::series::{Key, Series};
use super::super::watch::Moment;
use super::{Emit, Engine, RENEWED};

impl Engine {
    fn renew(&mut self, tick: i64) {
        let hour = self.settings.pace.time(tick).micros().div_euclid(RENEWED);
        if std::mem::replace(&mut self.hour, hour) != hour {
            self.rules.divisions.iter_mut().for_each(|shared| shared.division.forget());
            self.renewals += 1;
        }
    }

    /// Evaluates a tick, behind all that were evaluated before.
    pub(super) fn tick(&mut self, tick: i64, idle: bool, emit: &mut Emit<'_>) {
        self.renew(tick);
        let moment = self.moment(tick, idle);
        let mut woken = self.wake(moment);
        while let Some((watch, key)) = woken.pop_first() {
            if self.evaluate(watch, &key, moment, emit) {
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
        self.rules.series.iter_mut().for_each(Series::sweep);
        for at in 0..self.rules.watches.len() {
            self.tell_limit(at, tick, emit);
        }
    }

    /// How rules look at a tick.
    fn moment(&self, tick: i64, idle: bool) -> Moment {
        let now = self.settings.pace.time(tick);
        let past = self.settings.live && !idle && self.is_past(now);
        Moment { tick, now, start: self.start.unwrap_or(now), past }
    }

    /// Goes on to a tick; the rules and groups that may stand elsewhere than before.
    fn wake(&mut self, moment: Moment) -> BTreeSet<(usize, Key)> {
        let mut woken = BTreeSet::new();
        while let Some(entry) = self.agenda.first_entry()
            && *entry.key() <= moment.tick
        {
            // What has been gone for longer is no group any more.
            let stands = |(watch, key): &(usize, Key)| self.rules.stands_for(*watch, key);
            woken.extend(entry.remove().into_iter().filter(stands));
        }
        self.rules.series.iter_mut().for_each(|series| series.close(moment.tick));
        let RuleSet { series, readers, watches, .. } = &self.rules;
        for (at, readers) in readers.iter().enumerate() {
            let changed = series[at].changed();
            for &reader in readers.iter().filter(|_| !changed.is_empty()) {
                let watch = &watches[reader];
                if series[at].is_grouped() || !watch.is_grouped() {
                    let moved = |slot: &&u32| watch.may_move(at, **slot, series, moment);
                    let keys =
                        changed.iter().filter(moved).filter_map(|slot| series[at].key(*slot));
                    woken.extend(keys.map(|key| (reader, Key::clone(key))));
                } else {
                    let groups = RuleSet::groups(watch, series);
                    woken.extend(groups.into_iter().map(|key| (reader, key)));
                }
            }
        }
        woken
    }

    /// Looks at a rule for a group; whether an alert has ended.
    fn evaluate(&mut self, at: usize, key: &Key, moment: Moment, emit: &mut Emit<'_>) -> bool {
        let (pace, tick) = (self.settings.pace, moment.tick);
        let RuleSet { watches, series, .. } = &mut self.rules;
        let watch = &mut watches[at];
        let look = watch.look(key, series, moment);
        let (tell, wake) = watch.step(key, tick, &look, pace);
        if let Some(wake) = wake {
            self.agenda.entry(wake).or_default().insert((at, Key::clone(key)));
        }
        if let Some(tell) = tell {
            let spoken = watch.spoken(key, &look, tell);
            let event = message::event(watch, key, &look, &spoken, tell, tick, pace);
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
}
