//! States are monoids: a source cut between any two lines, each part scanned alone, saved, loaded
//! and merged, gives the report of the whole, byte for byte.
//!
//! That holds for every aggregator (all that are registered, without a line here), for every
//! combinator, and for sessions and connections across the cut.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "merge/aggregations.rs"]
mod aggregations;
#[path = "merge/drive.rs"]
mod drive;
#[path = "merge/log.rs"]
mod log;
#[path = "merge/snapshots.rs"]
mod snapshots;

use proptest::prelude::*;
use ufo_logscan::aggregate::{ErrorsBy, Setup};
use ufo_logscan::record::{Timestamp, Zone};

use drive::{Outcome, Run, all, save};
use log::{Log, everything, random};

/// The ways to set up a run that change what states hold.
fn setups() -> Vec<(&'static str, &'static str, Setup)> {
    let at = |text| Timestamp::from_text(text, &Zone::Utc);
    let zone = |text: &str| text.parse().unwrap();
    let usual = Setup::default;
    vec![
        ("usual", "ufo", usual()),
        ("page", "page", Setup { errors_by: ErrorsBy::Prefix, ..usual() }),
        ("one key", "ufo", Setup { max_keys: 1, zone: zone("Europe/Berlin"), ..usual() }),
        ("three keys", "ufo", Setup { max_keys: 3, errors_by: ErrorsBy::Prefix, ..usual() }),
        (
            "a stretch, at +05:45",
            "ufo",
            Setup {
                since: at("2026-11-22T05:58:14Z"),
                until: at("2026-11-23T05:59:30Z"),
                zone: zone("+05:45"),
                ..usual()
            },
        ),
        (
            "a stretch from the start, few keys",
            "ufo",
            Setup { until: at("2026-11-22T05:58:21Z"), max_keys: 2, ..usual() },
        ),
    ]
}

fn assert_same(whole: &Outcome, merged: &Outcome, what: impl FnOnce() -> String) {
    if let Some(difference) = merged.differs(whole) {
        panic!("{}: {difference}", what());
    }
}

/// The whole, put together from its parts.
fn merged(run: &Run, parts: &[&str]) -> Outcome {
    let mut fold = run.whole();
    for part in parts {
        fold.merge(run.load(part));
    }
    run.report(fold)
}

#[test]
fn the_log_has_everything() {
    let mut run = Run::new(&Setup::default(), "ufo", aggregations::all);
    let outcome = run.report_of(&everything(), 7);
    assert_eq!(outcome.silent(), Vec::<String>::new());
    let sections = &outcome.value()["sections"];
    for (section, figures) in [
        (
            "input",
            "malformed oversize blank repaired duplicate_keys undated late own_alerts silence_seconds",
        ),
        (
            "session-failure",
            "started completed failed cancelled unfinished ends_without_start agent_failed orphaned open oldest_open_seconds",
        ),
        ("connections", "connects disconnects reconnections refused clients_online devices_online"),
        ("health", "checks failures consecutive_failures longest_failure_run"),
        ("http", "requests server_errors"),
        ("throughput", "tasks_per_minute peak_tasks_per_minute"),
    ] {
        for figure in figures.split(' ') {
            let value = sections[section][figure].as_f64();
            assert!(value.is_some_and(|value| value > 0.0), "{section}.{figure}: {value:?}");
        }
    }
    let flaky = sections["connections"]["flaky"].as_array().unwrap();
    assert_eq!(flaky.len(), 1, "{flaky:?}");
}

#[test]
fn every_report_keeps_to_the_schema() {
    let schema = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for (name, profile, setup) in setups() {
        let report = Run::new(&setup, profile, aggregations::all).report_of(&everything(), 7);
        let faults: Vec<String> = schema
            .iter_errors(&report.value())
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        assert_eq!(faults, Vec::<String>::new(), "{name}");
    }
}

/// The tests are built with crates that switch the feature on, the program is not.
#[test]
fn numbers_survive_the_serial_form() {
    let manifest = include_str!("../Cargo.toml");
    let dependency = manifest.lines().find(|line| line.starts_with("serde_json = ")).unwrap();
    assert!(dependency.contains("\"float_roundtrip\""), "{dependency}");
}

#[test]
fn blocks_of_any_size_give_the_same_bytes() {
    let log = everything();
    for (name, profile, setup) in setups() {
        let mut run = Run::new(&setup, profile, aggregations::all);
        let whole = run.report_of(&log, usize::MAX);
        for a_block in [1, 2, 7] {
            let other = run.report_of(&log, a_block);
            assert_same(&whole, &other, || format!("{name}, {a_block} lines a block"));
        }
    }
}

/// Scans up to a cut, loads the state of what is behind it, and compares.
fn cut_everywhere(name: &str, run: &mut Run) {
    let log = everything();
    let whole = run.report_of(&log, usize::MAX);
    let end = all(&log).end;
    for cut in 0..=end {
        let later = run.saved(&log, &(cut..end), 9);
        let mut fold = run.whole();
        run.scan(&mut fold, &log, &(0..cut), 5);
        fold.merge(run.load(&later));
        assert_same(&whole, &run.report(fold), || format!("{name}, cut before line {cut}"));
    }
}

#[test]
fn a_cut_anywhere_changes_nothing_for_any_aggregation() {
    cut_everywhere("usual", &mut Run::new(&Setup::default(), "ufo", aggregations::all));
}

#[test]
fn a_cut_anywhere_changes_nothing_in_any_setup() {
    for (name, profile, setup) in setups().into_iter().skip(1) {
        cut_everywhere(name, &mut Run::new(&setup, profile, aggregations::some));
    }
}

/// Scans up to a cut, and goes on with what the serial form of that holds, also where caps work.
fn interrupted(name: &str, run: &mut Run, step: usize) {
    let log = everything();
    let whole = run.report_of(&log, usize::MAX);
    let end = all(&log).end;
    for cut in (0..=end).step_by(step) {
        let mut fold = run.whole();
        run.scan(&mut fold, &log, &(0..cut), 5);
        let kept = save(&fold);
        let mut fold = run.resume(&kept);
        assert_eq!(save(&fold), kept, "{name}, interrupted before line {cut}");
        run.scan(&mut fold, &log, &(cut..end), 9);
        assert_same(&whole, &run.report(fold), || format!("{name}, interrupted before {cut}"));
    }
}

#[test]
fn a_run_that_was_interrupted_anywhere_goes_on_as_if_never() {
    for (name, profile, setup) in setups() {
        interrupted(name, &mut Run::new(&setup, profile, aggregations::some), 11);
    }
    interrupted("all", &mut Run::new(&Setup::default(), "ufo", aggregations::all), 5);
}

/// Three parts, the first two merged first and the last two merged first.
fn assert_associative(run: &mut Run, log: &Log, whole: &Outcome, cuts: [usize; 2]) {
    let ends = [0, cuts[0], cuts[1], all(log).end];
    let parts: Vec<String> =
        ends.windows(2).map(|ends| run.saved(log, &(ends[0]..ends[1]), 4)).collect();
    let pair = |run: &Run, a: &str, b: &str| {
        let mut fold = run.load(a);
        fold.merge(run.load(b));
        save(&fold)
    };
    let left = merged(run, &[&pair(run, &parts[0], &parts[1]), &parts[2]]);
    assert_same(whole, &left, || format!("(a b) c, cut before {cuts:?}"));
    let right = merged(run, &[&parts[0], &pair(run, &parts[1], &parts[2])]);
    assert_same(whole, &right, || format!("a (b c), cut before {cuts:?}"));
}

#[test]
fn three_parts_may_be_merged_in_either_order() {
    let log = everything();
    let capped = setups().remove(3).2;
    let mut runs = [Setup::default(), capped].map(|setup| {
        let mut run = Run::new(&setup, "ufo", aggregations::some);
        let whole = run.report_of(&log, usize::MAX);
        (run, whole)
    });
    let end = all(&log).end;
    for first in 0..=end {
        let (run, whole) = &mut runs[first % 2];
        // A middle of one line, of nothing, or of many.
        let length = [1, 1, 0, 2, 17][first % 5];
        assert_associative(run, &log, whole, [first, (first + length).min(end)]);
    }
}

#[test]
fn a_saved_state_goes_on() {
    let log = everything();
    let mut run = Run::new(&Setup::default(), "ufo", aggregations::some);
    let whole = run.report_of(&log, usize::MAX);
    let mut saved = save(&run.part());
    for line in all(&log) {
        let mut fold = run.load(&saved);
        run.scan(&mut fold, &log, &(line..line + 1), 1);
        saved = save(&fold);
    }
    assert_same(&whole, &merged(&run, &[&saved]), || "saved behind each line".to_owned());
}

#[test]
fn a_part_without_what_came_before_is_an_input_of_its_own() {
    let log = everything();
    let mut run = Run::new(&Setup::default(), "ufo", aggregations::some);
    // Behind the malformed line of the first file: samples tell the numbers of lines.
    for cut in [13, 22, 45] {
        let piece = cut..all(&log).end;
        let mut part = run.part();
        run.scan(&mut part, &log, &piece, 3);
        let loaded = run.load(&save(&part));
        let mut rest = everything();
        rest[0].lines.drain(..cut);
        let whole = run.report_of(&rest, 3);
        assert_same(&whole, &run.report(part), || format!("what is behind line {cut}"));
        assert_same(&whole, &run.report(loaded), || format!("what is behind line {cut}, saved"));
    }
}

fn random_cuts() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0_usize..80, 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_logs_may_be_cut_at_random(
        log in random(),
        cuts in random_cuts(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 5),
        setup in 0_usize..6,
        a_block in 1_usize..9,
    ) {
        let (name, profile, setup) = setups().remove(setup);
        let mut run = Run::new(&setup, profile, aggregations::some);
        let whole = run.report_of(&log, usize::MAX);
        let end = all(&log).end;
        let mut ends: Vec<usize> = cuts.into_iter().map(|cut| cut.min(end)).chain([0, end]).collect();
        ends.sort_unstable();
        let mut parts: Vec<String> =
            ends.windows(2).map(|ends| run.saved(&log, &(ends[0]..ends[1]), a_block)).collect();
        // Neighbours are merged, any two of them next.
        for at in order {
            if parts.len() > 1 {
                let at = at.index(parts.len() - 1);
                let mut fold = run.load(&parts[at]);
                fold.merge(run.load(&parts.remove(at + 1)));
                parts[at] = save(&fold);
            }
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let difference = merged(&run, &parts).differs(&whole);
        prop_assert!(difference.is_none(), "{name}: {}", difference.unwrap());
    }
}
