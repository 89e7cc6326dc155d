//! S17: a live run tells what a replay of the same lines tells, whenever they came, as long as
//! they came within the lateness.

use proptest::prelude::*;
use ufo_logscan::alert::{Event, Settings};
use ufo_logscan::record::Timestamp;

use crate::drive::{Run, SETTINGS, told, watch};
use crate::rules;
use crate::written::{Line, START, bytes, orderly};

const LATENESS: i64 = 5_000_000;

fn micros(line: &Line) -> Option<i64> {
    line.at.map(|at| START * 1_000_000 + at * 1000)
}

/// Lines with the times at which they come, in the order in which they do.
fn arriving(lines: &[Line], delays: &[i64]) -> Vec<(i64, Line)> {
    let mut last = None;
    let mut arriving: Vec<(i64, Line)> = Vec::new();
    for (line, delay) in lines.iter().zip(delays) {
        // What has no time comes with what came before.
        last = micros(line).map(|at| at + delay).or(last);
        arriving.extend(last.map(|at| (at, line.clone())));
    }
    arriving.sort_by_key(|(at, _)| *at);
    // A line that is no record has the last good time: if that is longer ago than the lateness, it
    // comes too late.
    let mut good = None;
    arriving.retain(|(at, line)| {
        let record =
            line.at.is_some() && serde_json::from_str::<serde_json::Value>(&line.text).is_ok();
        good = micros(line).filter(|_| record).max(good);
        record || good.is_some_and(|good| at - good < LATENESS)
    });
    arriving
}

/// A live run in which time goes on in steps of these lengths.
fn listen(
    rules: &[ufo_logscan::alert::Rule],
    arriving: &[(i64, Line)],
    steps: &[i64],
) -> Vec<Event> {
    let mut run = Run::new(rules, Settings { live: true, ..SETTINGS });
    let mut steps = steps.iter().cycle();
    let Some(&(mut now, _)) = arriving.first() else { return Vec::new() };
    run.engine.started_at(Timestamp::from_micros(now));
    run.engine.begin(0);
    let mut last = now;
    for (at, line) in arriving {
        while now < *at {
            now = (now + steps.next().unwrap()).min(*at);
            run.idle(now - last);
        }
        last = now;
        run.take_at(0, bytes(std::slice::from_ref(line)), Some(Timestamp::from_micros(now)));
    }
    run.events
}

proptest! {
    #[test]
    fn live_and_batch_are_equal(
        lines in orderly(40),
        delays in prop::collection::vec(0..LATENESS, 40),
        steps in prop::collection::vec(1_000..LATENESS, 1..9),
        text in rules::random(),
    ) {
        let rules = rules::rules(&text);
        let arriving = arriving(&lines, &delays);
        let lines: Vec<Line> = arriving.iter().map(|(_, line)| line.clone()).collect();
        let watermark = lines.iter().filter_map(micros).max().unwrap_or(0) - LATENESS;
        let until = |mut events: Vec<Event>| {
            events.retain(|event| event.at.micros() <= watermark);
            told(&events)
        };
        let live = until(listen(&rules, &arriving, &steps));
        prop_assert_eq!(live, until(watch(&rules, SETTINGS, &lines, 9)), "\n{}", text);
    }
}
