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

/// The same of two sources; each line says of which it is.
fn listen_to_two(
    rules: &[ufo_logscan::alert::Rule],
    arriving: &[(i64, u32, Line)],
    steps: &[i64],
) -> Vec<Event> {
    let mut run = Run::new(rules, Settings { live: true, ..SETTINGS });
    let mut steps = steps.iter().cycle();
    let Some(&(mut now, ..)) = arriving.first() else { return Vec::new() };
    run.engine.started_at(Timestamp::from_micros(now));
    for (_, source, _) in arriving {
        run.engine.begin(*source);
    }
    let mut last = [now; 2];
    for (at, source, line) in arriving {
        while now < *at {
            now = (now + steps.next().unwrap()).min(*at);
            run.idle_of(&[(0, now - last[0]), (1, now - last[1])]);
        }
        last[*source as usize] = now;
        run.take_at(*source, bytes(std::slice::from_ref(line)), Some(Timestamp::from_micros(now)));
    }
    run.events
}

/// A source that has nothing new, or a clock that is behind, does not keep the others' alerts back.
#[test]
fn an_old_source_that_is_idle_holds_nobody_back() {
    let text = "[[rule]]\nname = \"Quiet\"\nwhen = \"silence > 60s\"\nseverity = \"warning\"\n\
        [[rule]]\nname = \"Many\"\nwhen = \"count where level >= ERROR >= 3\"\nover = \"1m\"\nseverity = \"error\"\n";
    let rules = rules::rules(text);
    let line = |second: i64| Line {
        at: Some(second * 1000),
        text: format!(
            "{{\"timestamp\":\"{}\",\"level\":\"ERROR\",\"message\":\"x\"}}",
            Timestamp::from_micros((START + second) * 1_000_000)
        ),
    };
    let wall = |second: i64| (START + second) * 1_000_000;
    // The clock of the second source is ten minutes behind.
    let mut arriving = vec![(wall(1000), 1, line(400)), (wall(1001), 1, line(401))];
    arriving.extend((0..4).map(|n| (wall(1002 + n * 4), 0, line(1002 + n * 4))));
    arriving.push((wall(1040), 1, line(440)));
    arriving.push((wall(1200), 1, line(600)));
    let events = listen_to_two(&rules, &arriving, &[1_000_000]);
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.at.micros() / 1_000_000 - START, &*event.name, event.ends_at.is_some()))
        .collect();
    assert_eq!(
        told,
        [(1010, "Many", false), (1070, "Many", true), (1075, "Quiet", false)],
        "{told:?}"
    );
}

proptest! {
    /// So it is with two sources, of which one may be idle for longer than the lateness.
    #[test]
    fn live_and_batch_are_equal_for_two_sources(
        lines in [orderly(30), orderly(30)],
        delays in [prop::collection::vec(0..LATENESS, 30), prop::collection::vec(0..LATENESS, 30)],
        steps in prop::collection::vec(1_000..LATENESS, 1..9),
        text in rules::random(),
    ) {
        // Which of two sources' health checks of one tick came first, only their arrival says.
        // So it says where a run of failures ends, and where the time of being up begins.
        let hangs_on_arrival = ["health.consecutive_failures", "health.uptime_seconds"];
        prop_assume!(!hangs_on_arrival.iter().any(|figure| text.contains(figure)));
        let rules = rules::rules(&text);
        let each = [0, 1].map(|source| arriving(&lines[source], &delays[source]));
        let mut batch = Run::new(&rules, SETTINGS);
        (0..2).filter(|at| !each[*at as usize].is_empty()).for_each(|at| batch.engine.begin(at));
        let mut all: Vec<(i64, u32, Line)> = Vec::new();
        for (source, arriving) in (0..).zip(&each) {
            let lines: Vec<Line> = arriving.iter().map(|(_, line)| line.clone()).collect();
            batch.blocks(source, &lines, 9);
            batch.end(source);
            all.extend(arriving.iter().map(|(at, line)| (*at, source, line.clone())));
        }
        all.sort_by_key(|(at, ..)| *at);
        let greatest = |arriving: &[(i64, Line)]| arriving.iter().filter_map(|(_, line)| micros(line)).max();
        let watermark = each.iter().filter_map(|one| greatest(one)).min().unwrap_or(0) - LATENESS;
        let until = |mut events: Vec<Event>| {
            events.retain(|event| event.at.micros() <= watermark);
            told(&events)
        };
        let live = until(listen_to_two(&rules, &all, &steps));
        prop_assert_eq!(live, until(batch.finish()), "\n{}{:?}", text, all);
    }

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
