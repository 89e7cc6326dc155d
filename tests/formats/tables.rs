//! CSV: what a spreadsheet and a script find in it.

use crate::common::{feed, run};

/// The rows of a CSV file, its header first; all are of equal length.
pub(crate) fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    rows.collect()
}

fn csv(args: &[&str]) -> Vec<Vec<String>> {
    let done = run(["--format", "csv", "fixtures/logs"].iter().chain(args));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(!done.stdout.contains('\r'));
    rows(&done.stdout)
}

#[test]
fn one_table_is_that_table() {
    let rows = csv(&["--agg", "client"]);
    assert_eq!(rows[0][..3], ["client", "records", "errors"]);
    assert_eq!(rows[1][..2], ["cancel_test@linux_agent_2", "38"]);
    assert_eq!(rows.len(), 23);
    assert_eq!(csv(&["--agg", "level"])[1], ["INFO", "372"]);
}

#[test]
fn groups_and_windows_with_figures_are_a_table() {
    let rows = csv(&["--agg", "error-rate by module"]);
    assert_eq!(rows[0], ["module", "records", "errors", "ratio"]);
    assert!(rows[1][3].parse::<f64>().is_ok());
    let rows = csv(&["--agg", "error-rate every 1h"]);
    assert_eq!(rows[0][..2], ["start", "end"]);
    assert_eq!(rows[1][0], "2026-11-22T06:00:00.000Z");
}

#[test]
fn a_whole_report_is_a_line_for_each_figure() {
    let rows = csv(&[]);
    assert_eq!(rows[0], ["section", "table", "row", "column", "value"]);
    let find = |key: [&str; 4]| rows.iter().find(|row| row[..4] == key).map(|row| row[4].as_str());
    assert_eq!(find(["level", "levels", "ERROR", "records"]), Some("43"));
    assert_eq!(find(["session-failure", "", "", "completed"]), Some("20"));
    let grouped = csv(&["--agg", "level by module"]);
    assert!(grouped.iter().any(|row| row[2] == "module=handler, ERROR" && row[4] == "14"));
}

#[test]
fn j4_no_text_is_a_formula_and_numbers_are_numbers() {
    let texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "a=1", "5", "＝1"];
    let log: String = texts
        .iter()
        .map(|text| format!("{}\n", serde_json::json!({"module": text, "level": "INFO"})))
        .collect();
    let found = rows(&feed(&["--format", "csv", "--agg", "module"], log).stdout);
    let first: Vec<&str> = found[1..].iter().map(|row| row[0].as_str()).collect();
    let meant =
        ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\\t=1", "'\\r=1", "' =1", "a=1", "5", "'＝1"];
    assert_eq!(first, meant);
    assert!(found[1..].iter().all(|row| row[1] == "1"));
    let whole = rows(&feed(&["--format", "csv"], "{\"timestamp\":-5}\n").stdout);
    assert!(whole.iter().any(|row| row[1] == "hours"), "{whole:?}");
}
