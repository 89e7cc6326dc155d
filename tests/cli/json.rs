//! The JSON report: it keeps to its schema, and the same input gives the same bytes.

use serde_json::Value;

use crate::common::{Accounting, Done, log_fixtures, root, run};

/// Some aggregations of every shape, besides the sections.
const SHAPES: [&str; 8] = [
    "error-rate by module",
    "level every 1h",
    "session-failure by client, outcome every 1h",
    "count by hour where level >= WARNING",
    "latency by client",
    "connections every 1d",
    "distinct(client) by level",
    "errors by logger",
];

fn runs() -> Vec<Vec<String>> {
    let mut paths = log_fixtures();
    assert!(paths.len() > 10, "{paths:?}");
    paths.extend(["fixtures/logs", "fixtures/events", "/dev/null"].map(str::to_owned));
    let shapes = SHAPES.iter().flat_map(|shape| ["--agg".to_owned(), (*shape).to_owned()]);
    let shapes: Vec<String> = shapes.collect();
    let with = |args: &[String], path: &String| [args, std::slice::from_ref(path)].concat();
    let everything = paths.iter().map(|path| with(&[], path));
    let shaped = paths.iter().map(|path| with(&shapes, path));
    everything.chain(shaped).collect()
}

fn json(args: &[String]) -> Done {
    let done = run(["--format", "json"].into_iter().chain(args.iter().map(String::as_str)));
    assert_eq!(done.code, Some(0), "{args:?}: {}", done.stderr);
    done
}

#[test]
fn every_report_keeps_to_the_schema() {
    let schema = std::fs::read_to_string(root().join("docs/report.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for args in runs() {
        let report: Value = serde_json::from_str(&json(&args).stdout).unwrap();
        let faults: Vec<String> = validator.iter_errors(&report).map(|e| e.to_string()).collect();
        assert_eq!(faults, Vec::<String>::new(), "{args:?}");
    }
}

/// What a reader may rely on without a schema.
#[test]
fn the_default_report_has_every_section_in_order() {
    let done = json(&["fixtures/logs".to_owned()]);
    let mut rest = done.stdout.as_str();
    assert!(rest.starts_with("{\"schema\":\"ufo-logscan.report/1\",\"sections\":{"));
    for kind in ufo_logscan::aggregate::KINDS {
        let key = format!("\n  \"{}\":{{", kind.name);
        let at = rest.find(&key).unwrap_or_else(|| panic!("no {key} behind what came before"));
        rest = &rest[at + key.len()..];
    }
    assert!(done.stdout.ends_with("}\n"));
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    let sections = report["sections"].as_object().unwrap();
    assert_eq!(sections.len(), ufo_logscan::aggregate::KINDS.len());
    assert_eq!(Accounting::of(&report).lines, 486);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for args in runs() {
        assert_eq!(json(&args).stdout, json(&args).stdout, "{args:?}");
    }
}

/// Tables of JSON are whole unless somebody asks for less, and say what they leave out.
#[test]
fn rankings_are_whole_or_say_so() {
    let clients = |args: &[&str]| {
        let args = ["--agg", "client", "fixtures/logs"].iter().chain(args);
        let done = json(&args.map(|arg| (*arg).to_owned()).collect::<Vec<_>>());
        let report: Value = serde_json::from_str(&done.stdout).unwrap();
        report["sections"]["client"].clone()
    };
    let whole = clients(&[]);
    let rows = whole["clients"].as_array().unwrap().len() as u64;
    assert_eq!((whole["distinct"].as_u64(), whole.get("clients_omitted")), (Some(rows), None));
    let three = clients(&["--top", "3"]);
    assert_eq!(three["clients"].as_array().unwrap()[..], whole["clients"].as_array().unwrap()[..3]);
    assert_eq!(three["clients_omitted"].as_u64(), Some(rows - 3));
}
