//! A5: an engine that is kept anywhere, and goes on as another, tells what one tells that was never
//! interrupted.

use proptest::prelude::*;
use ufo_logscan::aggregate::Setup;
use ufo_logscan::alert::{Event, Rule, Settings};
use ufo_logscan::record::{Seed, Timestamp};

use crate::drive::{Run, SETTINGS, told};
use crate::rules;
use crate::written::{self, Line, START, bytes};

/// The same run in another process.
fn interrupted(run: Run, rules: &[Rule], settings: Settings, setup: &Setup) -> Run {
    let kept = serde_json::to_string(&run.engine.snapshot()).unwrap();
    // Nothing hangs on the seed.
    let mut next = Run::with(rules, settings, Setup { seed: Seed(7), ..setup.clone() });
    assert!(next.engine.resume(&kept, 0).unwrap().is_empty());
    let again = serde_json::to_string(&next.engine.snapshot()).unwrap();
    assert_eq!(again, kept);
    assert_eq!(next.engine.firing(), run.engine.firing());
    next.events = run.events;
    next
}

/// The events with their numbers.
fn numbered(events: &[Event]) -> (String, Vec<u64>) {
    (told(events), events.iter().map(|event| event.seq).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Two sources side by side, kept at some places.
    #[test]
    fn it_goes_on_as_if_never_interrupted(
        lines in written::random(50),
        text in rules::random(),
        second in prop::collection::vec(any::<bool>(), 50),
        cuts in prop::collection::vec(0_usize..12, 0..4),
        a_block in 1_usize..9,
    ) {
        let rules = rules::rules(&text);
        let setup = Setup::default();
        let whole = |cuts: &[usize]| {
            let mut run = Run::with(&rules, SETTINGS, setup.clone());
            run.engine.begin(0);
            run.engine.begin(1);
            for (at, lines) in lines.chunks(a_block).enumerate() {
                if cuts.contains(&at) {
                    run = interrupted(run, &rules, SETTINGS, &setup);
                }
                run.take(u32::from(second[at]), bytes(lines));
            }
            for source in 0..2 {
                run.end(source);
            }
            let (late, held) = (run.engine.late(), run.engine.seen());
            (numbered(&run.finish()), late, held)
        };
        prop_assert_eq!(whole(&cuts), whole(&[]), "\n{}", text);
    }

    /// A live run, in which time goes on while nothing comes, also while nobody runs.
    #[test]
    fn silence_goes_on_while_nobody_looks(
        lines in written::orderly(20),
        text in rules::random(),
        waits in prop::collection::vec(0_i64..900, 20),
        cuts in prop::collection::vec(0_usize..20, 0..4),
    ) {
        let rules = rules::rules(&text);
        let settings = Settings { live: true, ..SETTINGS };
        let whole = |cuts: &[usize]| {
            let mut run = Run::new(&rules, settings);
            let mut now = START * 1_000_000;
            run.engine.started_at(Timestamp::from_micros(now));
            run.engine.begin(0);
            for (at, (line, wait)) in lines.iter().zip(&waits).enumerate() {
                let wait = wait * 1_000_000;
                now += wait;
                if cuts.contains(&at) {
                    // A third of the wait is before the end, and a third while nobody runs.
                    run.idle(wait / 3);
                    let kept = serde_json::to_string(&run.engine.snapshot()).unwrap();
                    let mut next = Run::new(&rules, settings);
                    next.engine.resume(&kept, wait / 3).unwrap();
                    prop_assert_eq!(next.engine.idle_for(0), wait / 3 + wait / 3);
                    next.events = run.events;
                    run = next;
                    run.engine.started_at(Timestamp::from_micros(now));
                }
                run.idle(wait);
                run.take_at(0, bytes(std::slice::from_ref::<Line>(line)), Some(Timestamp::from_micros(now)));
            }
            run.idle(3_600_000_000);
            Ok(numbered(&run.events))
        };
        prop_assert_eq!(whole(&cuts)?, whole(&[])?, "\n{}", text);
    }
}

#[test]
fn rules_are_compared_one_by_one() {
    let text = "[[rule]]\nname = \"A\"\nwhen = \"error-rate > 10%\"\nover = \"5m\"\nmin_records = 1\n\
                [[rule]]\nname = \"B\"\nwhen = \"count where level == ERROR > 0\"\nover = \"5m\"\n\
                [[rule]]\nname = \"C\"\nwhen = \"count > 1000\"\nover = \"5m\"\n";
    let error = |second: u32| {
        format!(
            "{{\"timestamp\":\"2026-11-22T06:00:{second:02}\",\"level\":\"ERROR\",\"message\":\"m\"}}\n"
        )
    };
    let mut run = Run::new(&rules::rules(text), SETTINGS);
    run.take(0, (error(0) + &error(20)).into_bytes());
    assert_eq!((run.events.len(), run.engine.firing()), (2, 2));
    let kept = serde_json::to_string(&run.engine.snapshot()).unwrap();
    let changed = text.replace("level == ERROR > 0", "level == ERROR > 1");
    let changed = changed.split("[[rule]]\nname = \"C\"").next().unwrap();
    let mut next = Run::new(&rules::rules(changed), SETTINGS);
    let told = next.engine.resume(&kept, 0).unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("`B` has changed") && told[1].contains("no rule `C`"), "{told:?}");
    assert_eq!(next.engine.firing(), 1);
    next.take(0, error(40).into_bytes());
    let names: Vec<&str> = next.events.iter().map(|event| &*event.name).collect();
    assert_eq!(names, ["B"]);
    assert!(next.engine.resume("{}", 0).is_err());
}
