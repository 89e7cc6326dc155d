//! Places of rows, against every time that a source has shown.

use proptest::prelude::*;

use super::*;

const PACE: Pace = Pace { tick: 5_000_000, lateness: 5_000_000 };

proptest! {
    /// Records without jumps: late is whose tick is over by the greatest time less the lateness;
    /// what has no time of its own stands with the last that was in time.
    #[test]
    fn places_are_those_of_all_times_so_far(
        rows in prop::collection::vec((-20_i64..40, 0_u8..10), 1..60), start in 1_000_i64..2_000,
    ) {
        let mut clocks = Clocks::new(PACE);
        let (mut now, mut times, mut good) = (start * 1000, Vec::<i64>::new(), Vec::<i64>::new());
        let mut late = 0;
        for (step, kind) in rows {
            let over = |times: &[i64]| times.iter().max().map(|most| (most - 5_000).div_euclid(5_000));
            now += step * 500;
            let (at, before) = (now.max(start * 1000 - 600_000), over(&times));
            let tick = -(-at).div_euclid(5_000);
            let place = match kind {
                0 => clocks.of(7).line(),
                1 => clocks.of(7).record(None),
                _ => clocks.of(7).record(Some(Timestamp::from_micros(at * 1000))),
            };
            let beside = good.last().map(|at| -(-at).div_euclid(5_000)).max(before.map(|over| over + 1));
            if kind < 2 {
                let share = if kind == 0 && beside.is_some() { Share::Whole } else { Share::Total };
                prop_assert_eq!((place.tick, place.share), (beside.unwrap_or(i64::MIN), share));
                continue;
            }
            times.push(at);
            if before.is_some_and(|over| tick <= over) {
                late += 1;
                prop_assert_eq!(place.share, Share::Total);
                prop_assert!(place.tick > before.unwrap());
            } else {
                good.push(at);
                prop_assert_eq!((place.tick, place.share), (tick, Share::Whole));
            }
            prop_assert_eq!(place.over, over(&times));
            prop_assert!(Some(place.tick) > place.over, "what is over changes no more");
            prop_assert_eq!(clocks.late(), late);
        }
    }
}

proptest! {
    /// A record of a stretch has the place that the stretch says, and changes nothing else.
    #[test]
    fn whoever_passes_a_stretch_has_asked_for_each(
        rows in prop::collection::vec(
            prop_oneof![
                12 => (-4_000_i64..6_000).prop_map(Some),
                1 => (-30_000_i64..30_000).prop_map(Some),
                1 => (3_590_000_i64..3_800_000).prop_map(Some),
                1 => Just(None),
            ],
            1..80,
        ),
        others in prop::collection::vec(any::<u8>(), 80),
        pace in prop_oneof![
            Just(PACE),
            Just(Pace { tick: 7_200_000_000, lateness: 1 }),
            Just(Pace { tick: 1_000_000, lateness: 0 }),
            Just(Pace { tick: 1_000_000, lateness: 20_000_000 }),
        ],
    ) {
        let (mut one, mut other) = (Clocks::new(pace), Clocks::new(pace));
        let (mut now, mut place, mut passed) = (1_800_000_000_000_i64, None, 0);
        for (step, kind) in rows.into_iter().zip(others) {
            // Meanwhile time goes on in other sources, or alone.
            for clocks in [&mut one, &mut other] {
                match kind {
                    0..10 => drop(clocks.of(2).record(Some(Timestamp::from_micros(now * 1000)))),
                    10..15 => clocks.idle(7, 1_000_000 * i64::from(kind), now * 1000),
                    15..25 => clocks.pass(Some(pace.ticks_until((now - 10_000 * i64::from(kind)) * 1000))),
                    _ => {}
                }
            }
            now += step.unwrap_or(0);
            let time = step.map(|_| Timestamp::from_micros(now * 1000));
            let asked = one.of(7).record(time);
            let mut clock = other.of(7);
            let stretch = place.and_then(|place| clock.stretch(place));
            let at = time.map(Timestamp::micros);
            match (at, stretch) {
                (Some(at), Some(stretch)) if stretch.contains(&at) => {
                    clock.go_on(at, at);
                    passed += 1;
                    prop_assert_eq!(Some(asked), place);
                }
                _ => prop_assert_eq!(clock.record(time), asked),
            }
            place = Some(asked);
            let told = |clocks: &Clocks| serde_json::to_string(&clocks.save()).unwrap();
            prop_assert_eq!(told(&one), told(&other), "{} passed", passed);
        }
    }
}

#[test]
fn what_is_far_ahead_has_no_time_until_it_is_confirmed() {
    let mut clocks = Clocks::new(PACE);
    let mut place =
        |second: i64| clocks.of(0).record(Some(Timestamp::from_micros(second * 1_000_000)));
    assert_eq!((place(100).tick, place(101).tick), (20, 21));
    for _ in 0..10 {
        assert_eq!((place(90_000).share, place(90_000).tick), (Share::Doubted, 21));
        place(101);
    }
    let shares: Vec<Share> = (0..11).map(|_| place(90_000).share).collect();
    assert_eq!(shares[..10], [Share::Doubted; 10]);
    assert_eq!((shares[10], place(101).share), (Share::Whole, Share::Total));
}

#[test]
fn the_slowest_source_that_goes_on_is_what_counts() {
    let mut clocks = Clocks::new(PACE);
    let at = |second: i64| Some(Timestamp::from_micros(second * 1_000_000));
    clocks.begin(0);
    clocks.begin(1);
    clocks.of(0).record(at(100));
    assert_eq!(clocks.watermark(), None, "the other has shown no time");
    clocks.of(1).record(at(60));
    assert_eq!((clocks.watermark(), clocks.over(0, Some(3))), (Some(55_000_000), Some(3)));
    clocks.idle(1, 5_000_000, 0);
    assert_eq!(clocks.watermark(), Some(60_000_000));
    clocks.end(1);
    assert_eq!((clocks.watermark(), clocks.greatest()), (Some(95_000_000), Some(100_000_000)));
    clocks.end(0);
    assert_eq!(clocks.watermark(), None);
}

/// Who brings nothing holds nobody back, and what comes of it too late changes nothing.
#[test]
fn an_idle_source_is_not_waited_for() {
    let mut clocks = Clocks::new(PACE);
    let at = |second: i64| Some(Timestamp::from_micros(second * 1_000_000));
    clocks.of(0).record(at(10_000));
    clocks.of(1).record(at(7_000));
    assert_eq!(clocks.watermark(), Some(6_995_000_000));
    clocks.idle(1, 5_000_001, 0);
    assert_eq!(clocks.watermark(), Some(9_995_000_000));
    clocks.pass(Some(1_999));
    // All are idle: time does not stand still.
    clocks.idle(0, 7_000_000, 0);
    clocks.idle(1, 9_000_000, 0);
    assert_eq!(clocks.watermark(), Some(10_002_000_000));
    // An old time comes late. For a moment it is waited for, but nothing goes back.
    assert_eq!(clocks.of(1).record(at(7_001)).share, Share::Total);
    assert_eq!((clocks.late(), clocks.watermark()), (1, Some(7_004_000_000)));
    clocks.idle(1, 6_000_000, 0);
    assert_eq!(clocks.watermark(), Some(10_002_000_000));
    let place = clocks.of(1).record(at(10_001));
    assert_eq!((place.share, place.tick), (Share::Whole, 2_001));
    // A source that begins late is no reason to begin anew.
    let mut clock = clocks.of(2);
    assert_eq!(clock.record(at(50)).share, Share::Total);
    assert!(!clock.begun.unwrap().set_back);
}
