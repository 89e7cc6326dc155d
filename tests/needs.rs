//! A section reads the names that it says it reads: with those alone it reports what it reports
//! with all.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use ufo_logscan::aggregate::{Plan, Setup};
use ufo_logscan::event::Profile;
use ufo_logscan::parse::{Options, Parser};
use ufo_logscan::record::{Needs, Zone};
use ufo_logscan::render::json;
use ufo_logscan::scan::{Fold, Scanner, Tracking, matcher};
use ufo_logscan::source::{Block, Blocks};

/// The report of a log, with the names that its plans ask for or with all.
fn report(log: &[u8], plans: &[Plan], all: bool) -> String {
    let setup = Setup::default();
    let profile = Profile::named("ufo").unwrap();
    let mut needs = Needs::default();
    let mut matcher = matcher(&profile, plans, &mut needs);
    if all && matcher.is_some() {
        needs = Needs::default();
        matcher = Some(ufo_logscan::event::Matcher::new(&profile, &mut needs));
    } else if all {
        needs = Needs::default();
    }
    let parser = Parser::new(Options { needs: needs.clone(), ..Options::default() });
    let mut scanner = Scanner::new(parser, matcher, &needs, setup.seed);
    let tracking = Tracking { join: profile.join(), max_keys: setup.max_keys };
    let mut fold = Fold::whole(plans, tracking);
    let (mut blocks, mut block) = (Blocks::new(log, 1 << 16, 1 << 20), Block::default());
    while blocks.next(&mut block).unwrap() {
        scanner.block(&mut block, &mut fold);
    }
    let mut out = Vec::new();
    json::write(&fold.report(&ufo_logscan::aggregate::View::default()), &Zone::Utc, &mut out)
        .unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_section_reads_the_names_that_it_says_it_reads() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut logs = Vec::new();
    collect(&fixtures, &mut logs);
    assert!(logs.len() > 3, "{logs:?}");
    for plan in Plan::all(&Setup::default()) {
        let plans = [plan];
        for log in &logs {
            let bytes = fs::read(log).unwrap();
            let name = plans[0].name();
            assert_eq!(report(&bytes, &plans, false), report(&bytes, &plans, true), "{name}");
        }
    }
}

/// The logs below a directory.
fn collect(directory: &Path, logs: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, logs);
        } else if path.to_string_lossy().contains(".log") {
            logs.push(path);
        }
    }
}
