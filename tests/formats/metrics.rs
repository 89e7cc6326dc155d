//! Metrics: names, types and labels, and what promtool says of them.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::common::{feed, finish, log_fixtures, program, run, skip};
use crate::exposition::{Family, read};

/// The families of a report, read by our own reader.
pub(crate) fn families(page: &str, open_metrics: bool) -> Vec<Family> {
    read(page, open_metrics).unwrap_or_else(|fault| panic!("{fault}\n{page}"))
}

/// What promtool has to say; nothing if it is not installed.
pub(crate) fn promtool(page: &str) -> Option<String> {
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().ok()?;
    child.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
    Some(if done.status.success() { said.into_owned() } else { format!("failed: {said}") })
}

fn value(families: &[Family], name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let wanted =
        labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let samples = families.iter().flat_map(|family| &family.samples);
    samples.filter(|s| s.name == name && s.labels == wanted).map(|s| s.value).next()
}

fn kind<'a>(families: &'a [Family], name: &str) -> &'a str {
    families.iter().find(|family| family.name == name).map_or("none", |family| &family.kind)
}

const MORE: [&[&str]; 4] = [
    &[],
    &["--metric-keys", "3"],
    &["--agg", "error-rate by module", "--agg", "level every 1h", "--agg", "latency by client"],
    &[
        "--agg",
        "sum(line)",
        "--agg",
        "quantile(0.9, line) by level",
        "--agg",
        "count",
        "--agg",
        "count",
    ],
];

#[test]
fn promtool_has_nothing_to_say() {
    if promtool("").is_none() {
        return skip("promtool (Debian: prometheus) is not installed");
    }
    for fixture in log_fixtures() {
        for more in MORE {
            let args = ["--format", "prometheus", &fixture];
            let done = run(args.iter().chain(more));
            assert_eq!(done.code, Some(0), "{}", done.stderr);
            assert_eq!(promtool(&done.stdout).as_deref(), Some(""), "{fixture} {more:?}");
        }
        let live = feed(
            &["--format", "prometheus"],
            std::fs::read(crate::common::root().join(&fixture)).unwrap(),
        );
        assert_eq!(promtool(&live.stdout).as_deref(), Some(""), "{fixture} live");
    }
}

#[test]
fn promtool_would_say_something() {
    let Some(said) = promtool("a_total 1\n# TYPE b_total gauge\nb_total 1\n") else {
        return skip("promtool (Debian: prometheus) is not installed");
    };
    assert!(said.contains("b_total"), "{said}");
}

#[test]
fn both_formats_keep_to_their_grammar_and_say_the_same() {
    for more in MORE {
        let page = |format| run(["--format", format, "fixtures/logs"].iter().chain(more)).stdout;
        let (classic, open) = (page("prometheus"), page("openmetrics"));
        let (classic, open) = (families(&classic, false), families(&open, true));
        assert_eq!(classic.len(), open.len());
        for (a, b) in classic.iter().zip(&open) {
            assert_eq!(a.samples.len(), b.samples.len(), "{}", a.name);
            assert!(a.name.starts_with("ufo_logscan_"));
            for (a, b) in a.samples.iter().zip(&b.samples) {
                assert_eq!((&a.name, &a.labels), (&b.name, &b.labels));
            }
        }
    }
}

#[test]
fn files_give_gauges_and_streams_give_counters() {
    let batch = families(&run(["--format", "prometheus", "fixtures/logs"]).stdout, false);
    assert_eq!(value(&batch, "ufo_logscan_records", &[("level", "ERROR")]), Some(43.0));
    assert_eq!(kind(&batch, "ufo_logscan_records"), "gauge");
    assert_eq!(value(&batch, "ufo_logscan_sessions_completed", &[]), Some(20.0));
    let rate = value(&batch, "ufo_logscan_error_ratio", &[]).unwrap();
    assert!((rate - 43.0 / 486.0).abs() < 1e-12);
    for name in ["error", "session_failure", "connection_stability"] {
        assert_eq!(kind(&batch, &format!("ufo_logscan_{name}_ratio")), "gauge", "{name}");
    }
    for name in ["last_record_timestamp", "last_success_timestamp", "run_duration"] {
        assert_eq!(kind(&batch, &format!("ufo_logscan_{name}_seconds")), "gauge", "{name}");
    }

    let log = std::fs::read(crate::common::root().join("fixtures/logs/ufo_server.log")).unwrap();
    let broken = [&log[..], b"{broken\n[]\n"].concat();
    let live = families(&feed(&["--format", "prometheus"], &broken).stdout, false);
    for name in ["records", "late_records", "parse_errors", "sessions_started", "connects"] {
        assert_eq!(kind(&live, &format!("ufo_logscan_{name}_total")), "counter", "{name}");
    }
    let reasons =
        live.iter().find(|family| family.name == "ufo_logscan_parse_errors_total").unwrap();
    assert_eq!(reasons.samples.iter().map(|sample| sample.value).sum::<f64>(), 2.0);
    let open = families(&feed(&["--format", "openmetrics"], &broken).stdout, true);
    assert_eq!(kind(&open, "ufo_logscan_records"), "counter");
    let unit = |name: &str| open.iter().find(|family| family.name == name).unwrap().unit.as_deref();
    assert_eq!(unit("ufo_logscan_error_ratio"), Some("ratio"));
    assert_eq!(unit("ufo_logscan_session_duration_seconds"), Some("seconds"));
    assert_eq!(unit("ufo_logscan_input_bytes"), Some("bytes"));
}

#[test]
fn percentiles_are_summaries() {
    let families = families(&run(["--format", "prometheus", "fixtures/logs"]).stdout, false);
    let name = "ufo_logscan_session_duration_seconds";
    assert_eq!(kind(&families, name), "summary");
    let quantiles: Vec<f64> = ["0.5", "0.95", "0.99"]
        .iter()
        .map(|quantile| value(&families, name, &[("quantile", quantile)]).unwrap())
        .collect();
    assert!(quantiles.is_sorted());
    assert!(value(&families, &format!("{name}_sum"), &[]).unwrap() > 0.0);
    assert!(value(&families, &format!("{name}_count"), &[]).unwrap() > 0.0);
}

#[test]
fn what_logs_may_name_has_metrics_only_when_asked_for_and_never_without_a_cap() {
    let log: String = (0..500)
        .map(|n| format!("{{\"level\":\"ERROR\",\"message\":\"m\",\"module\":\"m{n}\",\"client_id\":\"c{n}\"}}\n"))
        .collect();
    let page = |more: &[&str]| {
        let args: Vec<&str> = ["--format", "prometheus"].iter().chain(more).copied().collect();
        families(&feed(&args, &log).stdout, false)
    };
    let plain = page(&[]);
    let of = |families: &[Family], name: &str| {
        families.iter().filter(|f| f.name == name).flat_map(|f| &f.samples).count()
    };
    assert_eq!(of(&plain, "ufo_logscan_client_records_total"), 0);
    assert_eq!(of(&plain, "ufo_logscan_module_records_total"), 101);
    let other = [("module", "(other)")];
    assert_eq!(value(&plain, "ufo_logscan_module_records_total", &other), Some(400.0));
    let asked = page(&["--metric-keys", "7"]);
    assert_eq!(of(&asked, "ufo_logscan_client_records_total"), 8);
    assert_eq!(
        value(&asked, "ufo_logscan_client_records_total", &[("client", "(other)")]),
        Some(493.0)
    );
    let groups = page(&["--agg", "error-rate by client"]);
    assert_eq!(of(&groups, "ufo_logscan_error_ratio"), 100);
    let aggregation = [("aggregation", "error-rate by client")];
    assert_eq!(value(&groups, "ufo_logscan_groups_left_out", &aggregation), Some(400.0));
}

#[test]
fn the_order_is_stable() {
    let page = || {
        let mut command = program();
        let done = finish(command.args(["--format", "prometheus", "fixtures/logs"]));
        let stable = |line: &&str| !line.contains("run_duration") && !line.contains("last_success");
        done.stdout.lines().filter(stable).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(page(), page());
}

/// No section of the default report is left out because somebody forgot to name its figures.
#[test]
fn every_section_with_figures_has_metrics() {
    for kind in ufo_logscan::aggregate::KINDS {
        let page = run([
            "--format",
            "prometheus",
            "--agg",
            kind.name,
            "--metric-keys",
            "5",
            "fixtures/logs",
        ]);
        let families = families(&page.stdout, false);
        // Three are about the program itself.
        assert!(families.len() > 3 || kind.name == "timeline", "{}", kind.name);
    }
}

/// What nobody has described has metrics, a chart and a table all the same.
#[test]
fn a_new_aggregator_comes_out_by_itself() {
    use ufo_logscan::render::{csv, html, prometheus};
    use ufo_logscan::summary::{Body, Look, Report, Scalar, Section, Sheet, Table, Value};

    let mut table = Table::new("kinds", "Kinds", Look::Grid, &["kind", "records"]);
    table.rows = vec![vec![Value::text("a"), Value::Int(3)]].into();
    let scalars = vec![
        Scalar { name: "records", value: Value::Int(7) },
        Scalar { name: "share", value: Value::Ratio(0.5) },
        Scalar { name: "age_seconds", value: Value::Seconds(2.0) },
        Scalar { name: "took_ms", value: Value::Millis(250.0) },
        Scalar { name: "total", value: Value::Int(1) },
        Scalar { name: "unknown", value: Value::Null },
        Scalar { name: "none", value: Value::Float(f64::NAN) },
        Scalar { name: "text", value: Value::text("x") },
    ];
    let section = Section {
        name: "exceptions".to_owned(),
        title: "Exceptions".to_owned(),
        silent: false,
        body: Body::Figures { scalars, tables: vec![table] },
        sheet: Sheet { base: "exceptions", about: "tracebacks\\", ..Sheet::default() },
    };
    let report = Report { sections: vec![section], empty: false };
    let mut out = Vec::new();
    let style = prometheus::Style { keys: Some(5), ..prometheus::Style::default() };
    prometheus::write(&report, &style, &mut out).unwrap();
    let page = String::from_utf8(out).unwrap();
    let families = families(&page, false);
    for (name, number) in [
        ("records", 7.0),
        ("share_ratio", 0.5),
        ("age_seconds", 2.0),
        ("took_seconds", 0.25),
        ("total_value", 1.0),
    ] {
        let found = value(&families, &format!("ufo_logscan_exceptions_{name}"), &[]);
        assert_eq!(found, Some(number), "{name}\n{page}");
    }
    let row = value(&families, "ufo_logscan_exceptions_kinds_records", &[("kind", "a")]);
    assert_eq!((row, families.len()), (Some(3.0), 7), "{page}");
    if let Some(said) = promtool(&page) {
        assert_eq!(said, "");
    }
    let mut out = Vec::new();
    html::write(&report, &html::Style::default(), &mut out).unwrap();
    let page = crate::page::check(&String::from_utf8(out).unwrap());
    assert!(page.iter().any(|element| element.tag == "caption" && element.text == "Kinds"));
    let mut out = Vec::new();
    csv::write(&report, &ufo_logscan::record::Zone::Utc, &mut out).unwrap();
    let rows = crate::tables::rows(&String::from_utf8(out).unwrap());
    assert!(rows.iter().any(|row| row[..] == ["exceptions", "kinds", "a", "records", "3"]));
}
