//! That the engine tells what the definition tells, however the input is cut.

use proptest::prelude::*;
use ufo_logscan::alert::{Pace, Settings};

use crate::drive::{Run, SETTINGS, told, watch};
use crate::oracle::Oracle;
use crate::{rules, written};

fn settings() -> impl Strategy<Value = Settings> {
    let usual = Pace::default();
    let paces = vec![
        usual,
        usual,
        usual,
        Pace { tick: 1_000_000, lateness: 0 },
        Pace { tick: 7_000_000, lateness: 12_000_000 },
        Pace { tick: 20_000_000, ..usual },
    ];
    prop::sample::select(paces).prop_map(|pace| Settings { pace, ..SETTINGS })
}

proptest! {
    /// Against everything kept, looked at at every tick.
    #[test]
    fn events_are_those_of_the_definition(
        lines in written::random(30),
        text in rules::random(),
        settings in settings(),
        a_block in 1_usize..40,
    ) {
        let rules = rules::rules(&text);
        let mut engine = Run::new(&rules, settings);
        engine.blocks(0, &lines, a_block);
        let late = engine.engine.late();
        let mut run = Run::new(&rules, settings);
        let oracle = Oracle::new(run.read(&lines), settings);
        let expected = oracle.as_ref().map_or_else(Vec::new, |oracle| oracle.events(&rules));
        prop_assert_eq!(told(&engine.finish()), told(&expected), "\n{}", text);
        prop_assert_eq!(late, oracle.map_or(0, |oracle| oracle.late));
    }

    /// Also where groups are too many, and where time is set back.
    #[test]
    fn the_size_of_blocks_does_not_matter(
        lines in written::random(60),
        text in rules::random(),
        settings in settings(),
        sizes in (1_usize..70, 1_usize..5),
        max_keys in prop::sample::select(vec![1_usize, 2, 1000]),
    ) {
        let rules = rules::rules(&text);
        let events = |a_block| {
            let setup = ufo_logscan::aggregate::Setup { max_keys, ..Default::default() };
            let mut run = Run::with(&rules, settings, setup);
            run.blocks(0, &lines, a_block);
            told(&run.finish())
        };
        prop_assert_eq!(events(sizes.0), events(sizes.1), "\n{}", text);
    }

    /// Records of two sources, merged by time, are those of one, as long as no order matters but
    /// that of time.
    #[test]
    fn two_sources_are_one(
        lines in written::orderly(60),
        which in prop::collection::vec(any::<bool>(), 60),
        text in rules::of_records(),
    ) {
        let within = |line: &written::Line| line.at.is_some_and(|at| at < 3_600_000);
        let lines: Vec<_> = lines.into_iter().filter(within).collect();
        let rules = rules::rules(&text);
        let mut run = Run::new(&rules, SETTINGS);
        run.engine.begin(0);
        run.engine.begin(1);
        for (line, second) in lines.iter().zip(which) {
            run.take(u32::from(second), written::bytes(std::slice::from_ref(line)));
        }
        for source in 0..2 {
            run.end(source);
        }
        prop_assert_eq!(told(&run.finish()), told(&watch(&rules, SETTINGS, &lines, 7)), "\n{}", text);
    }

    /// S12: records that are out of order by less than is allowed are as if sorted.
    #[test]
    fn out_of_order_is_as_if_sorted(
        lines in written::orderly(40),
        early in prop::collection::vec(0_i64..5_000, 40),
        text in rules::of_records(),
    ) {
        let mut lines: Vec<_> = lines.into_iter().filter(|line| line.at.is_some()).collect();
        let rules = rules::rules(&text);
        let sorted = told(&watch(&rules, SETTINGS, &lines, 7));
        let mut order: Vec<(i64, usize)> = (0..).zip(&lines).map(|(at, line)| (line.at.unwrap(), at)).zip(early).map(|((time, at), early)| (time - early, at)).collect();
        order.sort_unstable();
        lines = order.into_iter().map(|(_, at)| lines[at].clone()).collect();
        prop_assert_eq!(told(&watch(&rules, SETTINGS, &lines, 7)), sorted, "\n{}", text);
    }
}
