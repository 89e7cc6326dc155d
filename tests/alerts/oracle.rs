//! Rules by their definition: everything is kept, every rule is looked at for every group at
//! every tick, over everything that its window has. Only what a state says is asked of those who
//! know.

use std::collections::{BTreeMap, BTreeSet};

use ufo_logscan::aggregate::{Measure, Reading, Setup};
use ufo_logscan::alert::{Event, Evidence, Pace, Rule, Settings, Status};
use ufo_logscan::event::{Event as Raw, Fact, Tracker};
use ufo_logscan::record::{Batch, Belief, Credible, Needs, Timestamp};

/// What one line brings.
struct Item {
    row: u32,
    tick: i64,
    /// In windows; else in totals only.
    whole: bool,
    /// Its time is nobody's.
    doubted: bool,
    record: bool,
    facts: Vec<Fact<'static>>,
}

pub(crate) struct Oracle<'a> {
    batch: &'a Batch,
    pace: Pace,
    items: Vec<Item>,
    first: i64,
    last: i64,
    start: Timestamp,
    pub(crate) late: u64,
}

struct Term {
    measure: Measure,
    test: ufo_logscan::expr::Test,
    length: Option<i64>,
}

#[derive(Default, Clone)]
struct Standing {
    since: Option<i64>,
    firing: Option<(i64, i64)>,
    failing: Option<i64>,
    refused: bool,
}

fn forever(text: Option<&str>) -> Option<&'static str> {
    text.map(|text| &*text.to_owned().leak())
}

fn kept(fact: &Fact<'_>) -> Fact<'static> {
    Fact {
        client: forever(fact.client),
        session: forever(fact.session),
        task: forever(fact.task),
        status: forever(fact.status),
        code: forever(fact.code),
        reason: forever(fact.reason),
        method: forever(fact.method),
        path: forever(fact.path),
        ..*fact
    }
}

fn up(at: i64, tick: i64) -> i64 {
    at.div_euclid(tick) + i64::from(at.rem_euclid(tick) > 0)
}

impl<'a> Oracle<'a> {
    /// Reads one source; none if it never says what time it is.
    pub(crate) fn new(batch: &'a Batch, settings: Settings) -> Option<Oracle<'a>> {
        let Pace { tick, lateness } = settings.pace;
        let mut items: Vec<Item> = Vec::new();
        let mut tracker = Tracker::new(0, settings.join, 1_000_000);
        let (mut credible, mut last, mut start) = (Credible::default(), None, None);
        let mut late = 0;
        for row in 0..batch.rows() as u32 {
            let record = batch.records.contains(&row);
            let time = batch.timestamp[row as usize].get().filter(|_| record);
            let mut item =
                Item { row, tick: 0, whole: true, doubted: false, record, facts: Vec::new() };
            let over =
                credible.greatest().map(|greatest| (greatest - lateness.max(1)).div_euclid(tick));
            match time.map(Timestamp::micros) {
                Some(at) if credible.refutes_first(at, Belief::MICROS) => {
                    for earlier in &mut items {
                        (earlier.tick, earlier.whole, earlier.doubted) =
                            (up(at, tick), false, true);
                    }
                    credible.take(at, Belief::MICROS);
                    (last, start) = (Some(at), Some(at));
                }
                Some(at) if over.is_some_and(|over| up(at, tick) <= over) => {
                    late += 1;
                    credible.take(at, Belief::MICROS);
                    item.whole = false;
                }
                Some(at) => {
                    let believed = credible.take(at, Belief::MICROS);
                    (item.whole, item.doubted) = (believed, !believed);
                    last = if believed { Some(at) } else { last };
                    start = if believed { start.min(last).or(last) } else { start };
                }
                None => item.whole = !record && last.is_some(),
            }
            let here = time.filter(|_| item.whole).map(Timestamp::micros).or(last);
            item.tick = here.map_or(i64::MIN, |at| up(at, tick));
            let over =
                credible.greatest().map(|greatest| (greatest - lateness.max(1)).div_euclid(tick));
            item.tick = item.tick.max(over.map_or(i64::MIN, |over| over + 1));
            let events = batch.events.iter().filter(|event| event.row == row);
            let events = events.map(|event| Raw::of(batch, event));
            tracker.observe(events, &mut |fact| item.facts.push(kept(fact)));
            items.push(item);
        }
        let greatest = credible.greatest()?;
        let start = start?;
        Some(Oracle {
            batch,
            pace: settings.pace,
            items,
            first: up(start, tick),
            last: greatest.div_euclid(tick),
            start: Timestamp::from_micros(start),
            late,
        })
    }

    /// What a term reads for a group at a tick; and whether it has seen the group.
    fn read(&self, term: &Term, key: &str, at: i64) -> Reading {
        let mut state = term.measure.state();
        for item in self.of(term, at) {
            if item.record
                && term.measure.partition(self.batch, &[item.row]).iter().any(|(k, _)| k == key)
            {
                state.observe(self.batch, &[item.row]);
            }
            for fact in
                item.facts.iter().filter(|fact| term.measure.key_of(fact).as_deref() == Some(key))
            {
                state.learn(fact);
            }
            if term.measure.takes_lines() {
                state.account(&self.batch.accounting_of(item.row..item.row + 1));
            }
        }
        term.measure.reading(state.as_ref(), self.time(at), self.start)
    }

    /// What a term is about at a tick, in the order of ticks.
    fn of(&self, term: &Term, at: i64) -> Vec<&Item> {
        let mut items: Vec<&Item> = self
            .items
            .iter()
            .filter(|item| match term.length {
                Some(length) => item.whole && item.tick > at - length && item.tick <= at,
                None => item.tick <= at && !(item.doubted && term.measure.is_silence()),
            })
            .collect();
        items.sort_by_key(|item| item.tick);
        items
    }

    fn keys(&self, term: &Term, at: i64, keys: &mut BTreeSet<String>) {
        for item in self.of(term, at) {
            if item.record {
                let groups = term.measure.partition(self.batch, &[item.row]);
                keys.extend(groups.into_iter().map(|(key, _)| key));
            }
            keys.extend(item.facts.iter().filter_map(|fact| term.measure.key_of(fact)));
        }
    }

    fn time(&self, tick: i64) -> Timestamp {
        Timestamp::from_micros(tick * self.pace.tick)
    }

    /// The events of some rules.
    pub(crate) fn events(&self, rules: &[Rule]) -> Vec<Event> {
        let mut events = Vec::new();
        let all: Vec<Vec<Term>> = rules.iter().map(|rule| self.terms(rule)).collect();
        let mut standings = vec![BTreeMap::new(); rules.len()];
        let mut limited = vec![None; rules.len()];
        for at in self.first..=self.last {
            for ((rule, terms), standings) in rules.iter().zip(&all).zip(&mut standings) {
                for key in self.groups(terms, standings, at) {
                    self.step(rule, terms, &key, at, standings, &mut events);
                }
            }
            for ((rule, standings), limited) in rules.iter().zip(&standings).zip(&mut limited) {
                self.limit(rule, standings, limited, at, &mut events);
            }
        }
        events
    }

    fn terms(&self, rule: &Rule) -> Vec<Term> {
        let length = rule.over.map(|over| up(over, self.pace.tick));
        let term = |term: &ufo_logscan::expr::Term| {
            let setup = Setup::default();
            let measure = Measure::new(term.aggregation.clone(), &setup, &mut Needs::default());
            let measure = measure.unwrap();
            let length = length.filter(|_| !measure.is_of_all());
            Term { measure, test: term.test, length }
        };
        rule.when.terms.iter().map(term).collect()
    }

    /// A group is looked at while its windows have something of it, once more when they no longer
    /// do, and as long as it stands somewhere.
    fn groups(
        &self,
        terms: &[Term],
        standings: &BTreeMap<String, Standing>,
        at: i64,
    ) -> BTreeSet<String> {
        let mut keys: BTreeSet<String> = standings.keys().cloned().collect();
        let mut grouped = false;
        for term in terms.iter().filter(|term| term.measure.is_grouped()) {
            grouped = true;
            self.keys(term, at, &mut keys);
            self.keys(term, at - 1, &mut keys);
        }
        if !grouped {
            keys.insert(String::new());
        }
        keys
    }

    /// Whether the condition holds, if that is known, and what the terms have read.
    fn verdict(&self, rule: &Rule, terms: &[Term], key: &str, at: i64) -> (Option<bool>, Reading) {
        let mut first = None;
        let mut ones = Vec::new();
        for term in terms {
            let key = if term.measure.is_grouped() { key } else { "" };
            let reading = self.read(term, key, at);
            first.get_or_insert(reading);
            let few = reading.records.is_some_and(|records| records < rule.min_records);
            ones.push(reading.value.filter(|_| !few).map(|value| term.test.holds(value)));
        }
        let verdict = if ones.contains(&Some(false)) {
            Some(false)
        } else if ones.contains(&None) {
            None
        } else {
            Some(true)
        };
        (verdict, first.unwrap())
    }

    fn step(
        &self,
        rule: &Rule,
        terms: &[Term],
        key: &str,
        at: i64,
        standings: &mut BTreeMap<String, Standing>,
        events: &mut Vec<Event>,
    ) {
        let (verdict, reading) = self.verdict(rule, terms, key, at);
        let firing = standings.values().filter(|standing| standing.firing.is_some()).count();
        let mut standing = standings.remove(key).unwrap_or_default();
        let lasted = |since: i64, ticks: i64| at - since >= up(ticks, self.pace.tick);
        let was_refused = std::mem::take(&mut standing.refused);
        let mut tell = |status, started, standing: &mut Standing| {
            if let Some((_, told)) = &mut standing.firing {
                *told = at;
            }
            events.push(self.event(rule, terms, key, at, status, started, &reading));
        };
        if let Some((started, told)) = standing.firing {
            match verdict {
                Some(true) => standing.failing = None,
                Some(false) => standing.failing = standing.failing.or(Some(at)),
                None => {}
            }
            let over = verdict == Some(false)
                && standing.failing.is_some_and(|since| lasted(since, rule.keep_firing_for));
            if over {
                tell(Status::Resolved, started, &mut standing);
                return;
            }
            if rule.repeat_interval > 0 && lasted(told, rule.repeat_interval) {
                tell(Status::Firing, started, &mut standing);
            }
            standings.insert(key.to_owned(), standing);
            return;
        }
        match verdict {
            Some(true) => standing.since = standing.since.or(Some(at)),
            Some(false) => return,
            None if standing.since.is_none() => return,
            None => {}
        }
        let due = standing.since.is_some_and(|since| lasted(since, rule.hold));
        if due && firing >= rule.limit {
            standing.refused = verdict == Some(true) || was_refused;
        } else if due && verdict == Some(true) {
            standing.firing = Some((at, at));
            tell(Status::Firing, at, &mut standing);
        }
        standings.insert(key.to_owned(), standing);
    }

    fn limit(
        &self,
        rule: &Rule,
        standings: &BTreeMap<String, Standing>,
        limited: &mut Option<i64>,
        at: i64,
        events: &mut Vec<Event>,
    ) {
        let refused = standings.values().filter(|standing| standing.refused).count();
        let firing = standings.values().filter(|standing| standing.firing.is_some()).count();
        let (status, started) = match (refused > 0, *limited) {
            (true, None) => (Status::Firing, at),
            (false, Some(started)) => (Status::Resolved, started),
            _ => return,
        };
        *limited = (status == Status::Firing).then_some(at);
        let labels = [
            ("alertname", "LimitReached"),
            ("rule", &rule.name),
            ("severity", rule.severity.name()),
        ];
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let mut event = self.plain(rule, at, status, started, labels);
        event.value = Some((refused + firing) as f64);
        events.push(event);
    }

    #[expect(clippy::too_many_arguments, reason = "all that an event tells")]
    fn event(
        &self,
        rule: &Rule,
        terms: &[Term],
        key: &str,
        at: i64,
        status: Status,
        started: i64,
        reading: &Reading,
    ) -> Event {
        let mut labels = rule.labels.clone();
        labels.insert("alertname".to_owned(), rule.name.clone());
        labels.insert("severity".to_owned(), rule.severity.to_string());
        if let Some(term) = terms.iter().find(|term| term.measure.is_grouped()) {
            labels.extend(term.measure.group_labels(key));
        }
        let mut event = self.plain(rule, at, status, started, labels);
        event.value = reading.value;
        let matched = reading.matched;
        event.evidence = reading.records.map(|records| Evidence { records, matched });
        event
    }

    fn plain(
        &self,
        rule: &Rule,
        at: i64,
        status: Status,
        started: i64,
        labels: BTreeMap<String, String>,
    ) -> Event {
        Event {
            at: self.time(at),
            status,
            name: rule.name.clone(),
            severity: rule.severity,
            labels,
            annotations: BTreeMap::new(),
            starts_at: self.time(started),
            ends_at: (status == Status::Resolved).then(|| self.time(at)),
            value: None,
            threshold: 0.0,
            op: ">",
            window: None,
            evidence: None,
            seq: 0,
            group: BTreeMap::new(),
            message: String::new(),
        }
    }
}
