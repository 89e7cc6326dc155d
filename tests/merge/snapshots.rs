//! A look at figures between two steps shows what a run that ended there would, and changes
//! nothing: for every aggregator, every combinator, and sessions and connections across the look.

use proptest::prelude::*;
use ufo_logscan::aggregate::Setup;

use crate::aggregations;
use crate::drive::{Run, all};
use crate::log::{everything, random};
use crate::{assert_same, setups};

#[test]
fn a_look_behind_any_line_is_a_run_that_ended_there() {
    let log = everything();
    let mut run = Run::new(&Setup::default(), "ufo", aggregations::some);
    let whole = run.report_of(&log, usize::MAX);
    let mut fold = run.whole();
    for line in all(&log) {
        run.scan(&mut fold, &log, &(line..line + 1), 1);
        let seen = run.snapshot(&fold);
        let mut ended = run.whole();
        run.scan(&mut ended, &log, &(0..line + 1), 7);
        assert_same(&run.report(ended), &seen, || format!("seen behind line {line}"));
    }
    assert_same(&whole, &run.report(fold), || "looked at behind each line".to_owned());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_logs_may_be_looked_at_anywhere(
        log in random(),
        cuts in prop::collection::vec(0_usize..80, 0..5),
        setup in 0_usize..6,
        a_block in 1_usize..9,
    ) {
        let (name, profile, setup) = setups().remove(setup);
        let mut run = Run::new(&setup, profile, aggregations::all);
        let whole = run.report_of(&log, usize::MAX);
        let end = all(&log).end;
        let mut ends: Vec<usize> = cuts.into_iter().map(|cut| cut.min(end)).chain([0, end]).collect();
        ends.sort_unstable();
        let mut fold = run.whole();
        for piece in ends.windows(2) {
            run.scan(&mut fold, &log, &(piece[0]..piece[1]), a_block);
            let seen = run.snapshot(&fold);
            let mut ended = run.whole();
            run.scan(&mut ended, &log, &(0..piece[1]), a_block);
            let difference = seen.differs(&run.report(ended));
            prop_assert!(difference.is_none(), "{name}: {}", difference.unwrap());
        }
        let difference = run.report(fold).differs(&whole);
        prop_assert!(difference.is_none(), "{name}: {}", difference.unwrap());
    }
}
