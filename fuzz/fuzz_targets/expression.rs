//! The grammar of `--agg`: any text is read or refused, and what is printed reads the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ufo_logscan::aggregate::{Plan, Setup};
use ufo_logscan::expr::{parse_aggregation, parse_condition, parse_duration};
use ufo_logscan::parse::{Options, Parser};
use ufo_logscan::record::{Batch, Needs, Seed, Zone};

const LINES: &[u8] = include_bytes!("../../fixtures/page.log");

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let _ = parse_duration(&text);
    aggregation(&text);
    aggregation(&format!("count where {text}"));
    condition(&text);
});

fn aggregation(text: &str) {
    let Ok(read) = parse_aggregation(text) else { return };
    let mut again = parse_aggregation(&read.to_string()).expect("what is printed can be read");
    let folded = parse_aggregation(&read.text).expect("what was read can be read again");
    assert_eq!(folded.text, read.text);
    again.text.clone_from(&read.text);
    assert_eq!(format!("{read:?}"), format!("{again:?}"));
    // It is a plan or is refused as one.
    let _ = Plan::new(read, &Setup::default(), &mut Needs::default());
}

/// A condition reads as it prints, also once it is bound, and has a truth for every record.
fn condition(text: &str) {
    let Ok(mut read) = parse_condition(text) else { return };
    let printed = read.to_string();
    let mut again = parse_condition(&printed).expect("what is printed can be read");
    assert_eq!(format!("{read:?}"), format!("{again:?}"));
    let (mut needs, mut others) = (Needs::default(), Needs::default());
    read.bind(&mut needs, &Zone::Utc);
    again.bind(&mut others, &Zone::Utc);
    let truths = |needs: Needs, condition: &ufo_logscan::expr::Condition| -> Vec<bool> {
        let mut batch = Batch::new(Seed(1), needs.paths().len());
        let mut parser = Parser::new(Options { needs, ..Options::default() });
        parser.parse(&LINES[..4096], &mut batch);
        batch.records().map(|record| condition.test(&record)).collect()
    };
    assert_eq!(truths(needs, &read), truths(others, &again), "{printed}");
}
