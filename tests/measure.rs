//! What rules watch is what reports tell: the states of a measure, folded pane by pane and put
//! together, give the figures that the sections of the same log have, group by group.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "merge/log.rs"]
mod log;

use std::collections::BTreeMap;

use proptest::prelude::*;
use ufo_logscan::aggregate::{Aggregator, KINDS, Measure, Plan, Setup, View};
use ufo_logscan::event::{Event, Fact, Matcher, Profile, Tracker};
use ufo_logscan::expr::parse_aggregation;
use ufo_logscan::parse::{Options, Parser};
use ufo_logscan::record::{Batch, Needs, Timestamp};
use ufo_logscan::summary::{Body, Value};

use log::{Log, MAX_LINE, everything, random};

/// The states of a measure, by the keys of their groups.
type Groups = BTreeMap<String, Box<dyn Aggregator>>;

const GROUPED: [&str; 10] = [
    "error-rate by module",
    "count by field(\"ctx.region\"), level",
    "client by client where has(client)",
    "session-failure.started by client",
    "session-failure.oldest_open_seconds by client",
    "connections by client where client != \"device_a\"",
    "latency.health.p95 by status",
    "silence by logger where level >= WARNING",
    "throughput.records_per_second by hour",
    "distinct(module) by level where message =~ \"a\"",
];

const SINGLE: [&str; 12] = [
    "silence",
    "silence where level == ERROR",
    "session-failure.oldest_open_seconds",
    "session-failure where outcome == failed or outcome == completed",
    "input.malformed_ratio",
    "count where has(client)",
    "sum(n)",
    "avg(n)",
    "min(n)",
    "max(n) where n > 1",
    "quantile(0.9, n)",
    "distinct(session)",
];

/// A log as batches and facts, so many lines at once.
struct Feed {
    parser: Parser,
    matcher: Matcher,
    batch: Batch,
    max_keys: usize,
}

impl Feed {
    fn new(needs: &mut Needs, setup: &Setup) -> Feed {
        let matcher = Matcher::new(&Profile::named("ufo").unwrap(), needs);
        let options = Options { needs: needs.clone(), max_line: MAX_LINE, ..Options::default() };
        let batch = Batch::new(setup.seed, needs.paths().len());
        Feed { parser: Parser::new(options), matcher, batch, max_keys: setup.max_keys }
    }

    /// Tells the batches of a log, and behind each the facts that it brought.
    fn run(
        &mut self,
        log: &Log,
        lines_of: impl Fn(usize) -> usize,
        mut tell: impl FnMut(Told<'_>),
    ) {
        let mut number = 0;
        for (source, file) in (0..).zip(log) {
            let mut tracker = Tracker::new(source, true, self.max_keys);
            self.batch.source = source;
            self.batch.first_line = 1;
            let mut rest = file.lines.as_slice();
            while !rest.is_empty() {
                let (now, later) = rest.split_at(lines_of(number).clamp(1, rest.len()));
                (rest, number) = (later, number + 1);
                self.parser.parse(&now.concat(), &mut self.batch);
                self.matcher.recognise(&mut self.batch);
                tell(Told::Batch(&self.batch));
                let events = self.batch.events.iter().map(|raw| Event::of(&self.batch, raw));
                tracker.observe(events, &mut |fact| tell(Told::Fact(fact)));
                tell(Told::End);
                self.batch.first_line += now.len() as u64;
            }
        }
    }
}

enum Told<'a> {
    Batch(&'a Batch),
    Fact(&'a Fact<'a>),
    End,
}

/// Folds as a rule does.
fn take(measure: &Measure, groups: &mut Groups, told: &Told<'_>) {
    match told {
        Told::Batch(batch) if measure.takes_lines() => {
            let lines = batch.accounting_of(0..batch.rows() as u32);
            groups.entry(String::new()).or_insert_with(|| measure.state()).account(&lines);
        }
        Told::Batch(batch) => {
            for (key, rows) in measure.partition(batch, &batch.records) {
                groups.entry(key).or_insert_with(|| measure.state()).observe(batch, &rows);
            }
        }
        Told::Fact(fact) => {
            if let Some(key) = measure.key_of(fact) {
                groups.entry(key).or_insert_with(|| measure.state()).learn(fact);
            }
        }
        Told::End => {}
    }
}

fn measure(text: &str, setup: &Setup, needs: &mut Needs) -> Measure {
    Measure::new(parse_aggregation(text).unwrap(), setup, needs)
        .unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

/// The log begins on the 22nd and ends a day later; one record is dated a year ahead.
fn at(second: i64) -> Timestamp {
    Timestamp::from_micros((1_795_327_080 + second) * 1_000_000)
}

fn saved(groups: &Groups) -> BTreeMap<&str, String> {
    groups.iter().map(|(key, state)| (key.as_str(), state.save().to_string())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn panes_put_together_are_the_whole(
        log in prop_oneof![Just(()).prop_map(|()| everything()), random()],
        sizes in prop::collection::vec(1_usize..9, 1..6),
    ) {
        let (setup, mut needs) = (Setup::default(), Needs::default());
        let texts = KINDS.iter().filter(|kind| !kind.main.is_empty()).map(|kind| kind.name);
        let texts = texts.chain(GROUPED).chain(SINGLE);
        let measures: Vec<Measure> = texts.map(|text| measure(text, &setup, &mut needs)).collect();
        let new = || measures.iter().map(|_| Groups::new()).collect::<Vec<Groups>>();
        let (mut whole, mut pane, mut joined) = (new(), new(), new());
        Feed::new(&mut needs, &setup).run(&log, |n| sizes[n % sizes.len()], |told| {
            for ((measure, whole), pane) in measures.iter().zip(&mut whole).zip(&mut pane) {
                take(measure, whole, &told);
                take(measure, pane, &told);
            }
            let Told::End = told else { return };
            for ((measure, joined), pane) in measures.iter().zip(&mut joined).zip(&mut pane) {
                for (key, state) in std::mem::take(pane) {
                    let before = state.save();
                    let mine = joined.entry(key).or_insert_with(|| measure.state());
                    mine.merge(state.copy());
                    // A copy is a state of its own: what becomes of it changes nothing.
                    let mut copy = state.copy();
                    copy.merge(mine.copy());
                    assert_eq!(state.save(), before, "{}", measure.text());
                }
            }
        });
        for ((measure, whole), joined) in measures.iter().zip(&whole).zip(&joined) {
            prop_assert_eq!(saved(whole), saved(joined), "{}", measure.text());
            for (key, state) in whole {
                let (now, start) = (at(200_000), at(0));
                let there = measure.reading(joined[key].as_ref(), now, start);
                prop_assert_eq!(measure.reading(state.as_ref(), now, start), there);
            }
        }
    }
}

#[test]
fn a_copy_goes_on_as_the_original_does() {
    let setup = Setup { since: Some(at(9)), until: Some(at(86_480)), ..Setup::default() };
    let (log, mut needs) = (everything(), Needs::default());
    let mut plans = Vec::new();
    for kind in KINDS {
        for around in ["", " by client", " every 1m", " by client every 1h where has(client)"] {
            let text = format!("{}{around}", kind.name);
            // Nothing can be put around `input`.
            plans.extend(Plan::new(parse_aggregation(&text).unwrap(), &setup, &mut needs).ok());
        }
    }
    assert_eq!(plans.len(), 4 * KINDS.len() - 3);
    let mut parts: [Vec<_>; 2] =
        [plans.iter().map(Plan::whole).collect(), plans.iter().map(Plan::part).collect()];
    let mut seen = 0;
    Feed::new(&mut needs, &setup).run(
        &log,
        |_| 5,
        |told| {
            for (plan, state) in plans.iter().zip(&mut parts[usize::from(seen >= 7)]) {
                match told {
                    Told::Batch(batch) => state.observe(batch, &batch.records),
                    Told::Fact(fact) if plan.kind().learns.contains(&fact.kind) => {
                        state.learn(fact);
                    }
                    _ => {}
                }
            }
            seen += u32::from(matches!(told, Told::End));
        },
    );
    let [first, later] = parts;
    for ((plan, mut first), later) in plans.iter().zip(first).zip(later) {
        let mut copy = first.copy();
        assert_eq!(copy.save(), first.save(), "{}", plan.name());
        copy.merge(later.copy());
        first.merge(later);
        let report = |mut state: Box<dyn Aggregator>| {
            state.settle();
            plan.section(state.as_ref(), &View::default())
        };
        assert_eq!(report(copy), report(first), "{}", plan.name());
    }
}

/// What a report and a rule say of a log: the sections of plans, and the states of measures.
fn both(plans: &[&str], measures: &[String]) -> (Vec<Body>, Vec<(Measure, Groups)>) {
    let (setup, mut needs) = (Setup::default(), Needs::default());
    let mut plan = |text: &&str| Plan::new(parse_aggregation(text).unwrap(), &setup, &mut needs);
    let plans: Vec<Plan> = plans.iter().map(|text| plan(text).unwrap()).collect();
    let measures = measures.iter().map(|text| measure(text, &setup, &mut needs));
    let mut measures: Vec<(Measure, Groups)> = measures.map(|m| (m, Groups::new())).collect();
    let mut states: Vec<Box<dyn Aggregator>> = plans.iter().map(Plan::whole).collect();
    Feed::new(&mut needs, &setup).run(
        &everything(),
        |_| 7,
        |told| {
            for (plan, state) in plans.iter().zip(&mut states) {
                match told {
                    Told::Batch(batch) => state.observe(batch, &batch.records),
                    Told::Fact(fact) if plan.kind().learns.contains(&fact.kind) => {
                        state.learn(fact);
                    }
                    _ => {}
                }
            }
            for (measure, groups) in &mut measures {
                take(measure, groups, &told);
            }
        },
    );
    let view = View { window: true, ..View::default() };
    let told = plans.iter().zip(&states).map(|(plan, state)| plan.section(state.as_ref(), &view));
    (told.map(|section| section.body).collect(), measures)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Float(x) | Value::Ratio(x) | Value::Seconds(x) => Some(*x),
        // Rules count all time in seconds.
        Value::Millis(x) => Some(*x / 1000.0),
        _ => None,
    }
}

#[test]
fn every_figure_is_that_of_the_report() {
    let sections: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    let (bodies, _) = both(&sections, &[]);
    let (mut expected, mut texts) = (Vec::new(), Vec::new());
    for (section, body) in sections.iter().zip(&bodies) {
        let Body::Figures { scalars, .. } = body else { panic!("{section}") };
        for scalar in scalars.iter().filter(|scalar| is_for_rules(section, scalar.name)) {
            texts.push(format!("{section}.{}", scalar.name));
            expected.push(number(&scalar.value));
        }
    }
    assert!(texts.len() > 55, "{texts:?}");
    let (_, measures) = both(&[], &texts);
    for ((measure, groups), expected) in measures.iter().zip(expected) {
        let reading = measure.reading(groups[""].as_ref(), at(0), at(0));
        assert_eq!(reading.value, expected, "{}", measure.text());
        assert!(reading.matched.is_none_or(|n| Some(n) <= reading.records), "{}", measure.text());
        assert!(!reading.grows, "{}", measure.text());
    }
}

/// Figures of the end of an input, those that no row tells, and what is no number.
fn is_for_rules(section: &str, figure: &str) -> bool {
    let input = ["lines", "records", "malformed", "oversize", "blank", "undated", "own_alerts"];
    match section {
        "input" => input.contains(&figure) || figure == "malformed_ratio",
        "session-failure" => figure != "oldest_open_seconds",
        _ => figure != "peak_start",
    }
}

#[test]
fn every_group_is_that_of_the_report() {
    let texts = [
        "error-rate by module",
        "count by field(\"ctx.region\"), level",
        "session-failure.started by client where client != \"device_a\"",
        "client by client where has(client)",
        "connections by client",
        "latency.health.max by status",
    ];
    let (bodies, measures) = both(&texts, &texts.map(str::to_owned));
    for (body, (measure, groups)) in bodies.iter().zip(&measures) {
        let Body::Groups { groups: expected, .. } = body else { panic!("{}", measure.text()) };
        let mut told = BTreeMap::new();
        for (key, state) in groups.iter().filter(|(_, state)| !state.silent()) {
            let labels: Vec<String> =
                measure.group_labels(key).into_iter().map(|(_, value)| value).collect();
            told.insert(labels, measure.reading(state.as_ref(), at(0), at(0)).value);
        }
        let label = |value: &Value| match value {
            Value::Text(text) => text.to_string(),
            Value::Rest(text) => (*text).to_owned(),
            other => panic!("{other:?}"),
        };
        let row = |group: &ufo_logscan::summary::Group| {
            let labels: Vec<String> = group.key.iter().map(|(_, value)| label(value)).collect();
            let figure = group.body.scalar(measure.figure()).unwrap();
            (labels, number(figure))
        };
        assert_eq!(told, expected.iter().map(row).collect(), "{}", measure.text());
        assert!(told.len() > 1, "{}", measure.text());
    }
}

#[test]
fn nobody_opens_a_group_for_what_takes_no_part() {
    let text = "silence by logger where level == CRITICAL".to_owned();
    let (_, measures) = both(&[], &[text]);
    let [(measure, groups)] = measures.as_slice() else { panic!() };
    let labels: Vec<_> = groups.keys().map(|key| measure.group_labels(key)).collect();
    assert_eq!(labels, [[("logger".to_owned(), "ufo.utils".to_owned())]]);
}
