//! Windows against all their ticks, merged one by one.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::aggregate::{Measure, Setup};
use crate::event::{Fact, FactKind, Outcome};
use crate::expr::parse_aggregation;
use crate::record::{Needs, Timestamp};

/// States that tell in which order they were merged, and that nothing can be taken out of.
const RUNS: &str = "health.longest_failure_run";
/// Plain counts.
const COUNTS: &str = "session-failure.ratio";

fn measure(text: &str) -> Measure {
    let aggregation = parse_aggregation(text).unwrap();
    Measure::new(aggregation, &Setup::default(), &mut Needs::default()).unwrap()
}

/// The state of a tick with one health check and one session.
fn pane(measure: &Measure, tick: i64, ok: bool) -> Pane {
    let time = Timestamp::from_micros(tick * 5_000_000);
    let mut state = measure.state();
    state.learn(&Fact { ok, ..Fact::new(FactKind::HealthCheck, 0, Some(time)) });
    let outcome = Some(if ok { Outcome::Completed } else { Outcome::Failed });
    state.learn(&Fact { outcome, ..Fact::new(FactKind::SessionFinished, 0, Some(time)) });
    state
}

/// What happens to a window: ticks to go on, whether something is seen there, and how far it
/// slides.
type Step = (i64, bool, Option<bool>, i64);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let on = prop_oneof![2 => Just(0_i64), 8 => Just(1), 4 => 2_i64..9, 2 => 9_i64..80];
    let step = (on, any::<bool>(), prop::option::weighted(0.9, any::<bool>()), 0_i64..4);
    prop::collection::vec(step, 1..80)
}

proptest! {
    #[test]
    fn a_window_is_all_its_ticks_merged(
        length in prop_oneof![1_i64..20, 60_i64..70, Just(720)], start in -40_i64..40, steps in steps(),
        text in prop::sample::select(vec![RUNS, COUNTS]),
    ) {
        let measure = measure(text);
        let mut window = Window::new(length);
        let mut seen: BTreeMap<i64, Vec<bool>> = BTreeMap::new();
        let (mut tick, mut end) = (start, i64::MIN);
        for (on, slides, ok, behind) in steps {
            tick += on;
            if let Some(ok) = ok && tick > end {
                window.push(tick, pane(&measure, tick, ok));
                seen.entry(tick).or_default().push(ok);
            }
            if slides {
                end = end.max(tick + behind);
                window.slide(end);
                seen.retain(|tick, _| *tick > end - length);
                let all = window.merged(end).map(|state| state.save());
                prop_assert_eq!(window.state().map(|state| state.save()), all);
            }
            // Ticks that were seen ahead of the end are not in the window yet.
            for end in [tick.max(end), tick.max(end) + 1, tick.max(end) + length, tick.max(end) - 1] {
                let mut naive: Option<Pane> = None;
                for (tick, oks) in seen.range(end - length + 1..=end) {
                    for ok in oks {
                        let pane = pane(&measure, *tick, *ok);
                        match &mut naive {
                            Some(all) => all.merge(pane),
                            none => *none = Some(pane),
                        }
                    }
                }
                let state = window.merged(end).map(|state| state.save());
                prop_assert_eq!(state, naive.map(|state| state.save()), "at {}", end);
            }
            prop_assert_eq!(window.is_empty(), seen.is_empty());
            prop_assert_eq!(window.expires(), seen.keys().next().map(|first| first + length));
            prop_assert!(window.held() <= 2 * seen.len(), "{} for {}", window.held(), seen.len());
            for (level, nodes) in (0..).zip(&window.levels) {
                let first = seen.keys().next().copied().unwrap_or(i64::MAX);
                let held = nodes.iter().filter(|node| (node.at + 1) << level <= first).count();
                prop_assert_eq!(held, 0, "before the window");
            }
        }
    }

    /// However long it is, few states are put together.
    #[test]
    fn a_look_takes_few_states(length in 2_i64..2000, more in 0_i64..2000) {
        let measure = measure(RUNS);
        let mut window = Window::new(length);
        for tick in 0..length + more {
            window.push(tick, pane(&measure, tick, true));
            window.slide(tick);
        }
        let end = length + more - 1;
        let (mut parts, mut tick) = (0, end - length + 1);
        while let Some((level, index)) = window.next_part(tick, end) {
            tick = (window.levels[level][index].at + 1) << level;
            parts += 1;
        }
        prop_assert!(parts <= 2 * (i64::BITS - length.leading_zeros()), "{} of {}", parts, length);
    }
}
