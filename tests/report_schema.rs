//! Every JSON report keeps to `docs/report.schema.json`, and the schema notices what does not.

use serde_json::json;
use ufo_logscan::aggregate::{KINDS, Plan, Setup};
use ufo_logscan::event::Profile;
use ufo_logscan::expr::parse_aggregation;
use ufo_logscan::record::{Needs, Timestamp, Zone};
use ufo_logscan::summary::{Body, Group, Look, Report, Scalar, Section, Sheet, Table, Value};
use ufo_logscan::{render, scan};

fn schema() -> jsonschema::Validator {
    let schema = serde_json::from_str(include_str!("../docs/report.schema.json"))
        .expect("the schema is JSON");
    jsonschema::meta::validate(&schema).expect("the schema is one");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::validator_for(&schema).expect("the schema can be used")
}

fn written(sections: Vec<Section>) -> serde_json::Value {
    let mut out = Vec::new();
    render::json::write(&Report { sections, empty: false }, &Zone::Utc, &mut out)
        .expect("memory takes all");
    serde_json::from_slice(&out).expect("valid JSON")
}

/// What is wrong with a document.
fn errors(document: &serde_json::Value) -> Vec<String> {
    schema().iter_errors(document).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

fn section(name: &str, body: Body) -> Section {
    Section {
        name: name.to_owned(),
        title: name.to_owned(),
        silent: false,
        body,
        sheet: Sheet::default(),
    }
}

fn count() -> Value {
    Value::Int(3)
}

fn time() -> Value {
    Value::time(Timestamp::from_text("2026-11-22T06:11:54.593Z", &Zone::Utc))
}

fn all(value: &Value, names: &[&'static str]) -> Vec<Scalar> {
    names.iter().map(|name| Scalar { name, value: value.clone() }).collect()
}

/// A table of one row, some of it left out.
fn table(name: &'static str, columns: &'static [&'static str], row: Vec<Value>) -> Table {
    let mut table = Table::new(name, name, Look::Grid, columns);
    assert_eq!(columns.len(), row.len());
    table.rows = vec![row].into();
    (table.omitted, table.capped) = (3, true);
    table
}

fn figures(scalars: Vec<Scalar>, tables: Vec<Table>) -> Body {
    Body::Figures { scalars, tables }
}

const SERIES: [[&str; 8]; 2] = [
    [
        "session.count",
        "session.min",
        "session.max",
        "session.mean",
        "session.median",
        "session.p95",
        "session.p99",
        "session.sum",
    ],
    [
        "health.count",
        "health.min",
        "health.max",
        "health.mean",
        "health.median",
        "health.p95",
        "health.p99",
        "health.sum",
    ],
];

fn latency() -> Body {
    let [session, health] = SERIES;
    let mut scalars = all(&count(), &session[..1]);
    scalars.extend(all(&Value::Seconds(1.5), &session[1..]));
    scalars.extend(all(&Value::Bool(true), &["session.approximate"]));
    scalars.extend(all(&Value::Int(0), &health[..1]));
    scalars.extend(all(&Value::Null, &health[1..7]));
    scalars.extend(all(&Value::Millis(0.0), &health[7..]));
    Body::scalars(scalars)
}

fn session_failure() -> Body {
    let mut scalars = all(
        &count(),
        &[
            "started",
            "completed",
            "failed",
            "cancelled",
            "unfinished",
            "ends_without_start",
            "agent_failed",
            "orphaned",
        ],
    );
    scalars.extend(all(&Value::Ratio(0.5), &["ratio", "agent_ratio"]));
    scalars.extend(all(&count(), &["open"]));
    scalars.extend(all(&Value::Null, &["oldest_open_seconds"]));
    Body::scalars(scalars)
}

fn connections() -> Body {
    let mut scalars = all(&count(), &["connects", "disconnects", "reconnections", "refused"]);
    scalars.extend(all(&Value::Null, &["clients_online", "devices_online", "peak_online"]));
    scalars.extend(all(&Value::Ratio(1.0), &["stability"]));
    scalars.extend(all(&Value::Float(0.0), &["disconnects_per_hour"]));
    let codes = table("codes", &["code", "disconnects"], vec![Value::Int(1006), count()]);
    let flaky = table("flaky", &["client", "reconnections"], vec![Value::text("d"), count()]);
    figures(scalars, vec![codes, flaky])
}

fn input() -> Body {
    let mut scalars = all(
        &count(),
        &[
            "lines",
            "records",
            "malformed",
            "oversize",
            "blank",
            "joined",
            "repaired",
            "duplicate_keys",
            "undated",
            "late",
            "own_alerts",
            "possible_losses",
            "problems",
            "bytes",
        ],
    );
    scalars.extend(all(&time(), &["first", "last"]));
    scalars.extend(all(&Value::Seconds(7.0), &["silence_seconds"]));
    scalars.extend(all(&Value::Ratio(0.01), &["malformed_ratio"]));
    let text = || Value::text("a");
    let sample = vec![text(), count(), count(), text(), text()];
    let tables = vec![
        table("reasons", &["reason", "lines"], vec![text(), count()]),
        table("samples", &["file", "line", "column", "reason", "text"], sample),
        table("faults", &["file", "what"], vec![text(), text()]),
        table("files", &["path", "lines"], vec![text(), count()]),
    ];
    figures(scalars, tables)
}

/// Every section that is built in.
fn built_in() -> Vec<Section> {
    let text = || Value::text("a");
    let distinct = || all(&count(), &["distinct"]);
    let named = &["name", "records", "errors"];
    let module =
        |name| figures(distinct(), vec![table(name, named, vec![text(), count(), count()])]);
    let client = vec![text(), count(), count(), count(), count(), count(), count()];
    let client = table(
        "clients",
        &["client", "records", "errors", "sessions", "failed", "connects", "reconnections"],
        client,
    );
    let levels = table("levels", &["level", "records"], vec![text(), count()]);
    let hours = table("hours", &["hour", "records", "errors"], vec![count(), count(), count()]);
    let buckets = table(
        "buckets",
        &["start", "records", "errors", "finished", "failed"],
        vec![time(), count(), count(), count(), count()],
    );
    let messages = table(
        "messages",
        &["message", "level", "records", "first", "last"],
        vec![text(), text(), count(), time(), Value::Null],
    );
    let mut rate = all(&count(), &["records", "errors"]);
    rate.extend(all(&Value::Ratio(0.142), &["ratio"]));
    let mut throughput = all(
        &Value::Float(0.25),
        &["records_per_second", "tasks_per_minute", "peak_tasks_per_minute"],
    );
    throughput.extend(all(&time(), &["peak_start"]));
    let mut health =
        all(&count(), &["checks", "failures", "consecutive_failures", "longest_failure_run"]);
    health.extend(all(&Value::Ratio(1.0), &["availability"]));
    health.extend(all(&Value::Seconds(1e6), &["uptime_seconds"]));
    let statuses = table("statuses", &["status", "requests"], vec![Value::Int(200), count()]);
    vec![
        section("level", figures(all(&count(), &["records"]), vec![levels])),
        section("module", module("modules")),
        section("logger", module("loggers")),
        section("client", figures(distinct(), vec![client])),
        section("hourly", figures(Vec::new(), vec![hours])),
        section("timeline", figures(Vec::new(), vec![buckets])),
        section("errors", figures(distinct(), vec![messages])),
        section("error-rate", Body::scalars(rate)),
        section("session-failure", session_failure()),
        section("connections", connections()),
        section("throughput", Body::scalars(throughput)),
        section("latency", latency()),
        section("health", Body::scalars(health)),
        section("http", figures(all(&count(), &["requests", "server_errors"]), vec![statuses])),
        section("input", input()),
    ]
}

#[test]
fn built_in_sections_keep_to_the_schema() {
    let report = written(built_in());
    assert_eq!(report["sections"].as_object().unwrap().len(), 15);
    assert_eq!(errors(&report), Vec::<String>::new());
}

#[test]
fn the_schema_names_every_built_in_section() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    let named: Vec<_> =
        schema["properties"]["sections"]["properties"].as_object().unwrap().keys().collect();
    let mut built_in: Vec<_> = built_in().into_iter().map(|section| section.name).collect();
    built_in.sort();
    let mut named: Vec<_> = named.into_iter().cloned().collect();
    named.sort();
    assert_eq!(named, built_in);
}

#[test]
fn what_is_computed_keeps_to_the_schema() {
    let log = concat!(include_str!("../fixtures/events/tiny.log"), "\nno record\n");
    let (setup, mut needs) = (Setup::default(), Needs::default());
    let mut texts: Vec<String> = KINDS.iter().map(|kind| kind.name.to_owned()).collect();
    for kind in KINDS.iter().filter(|kind| kind.name != "input") {
        texts.push(format!("{} by client every 1h where has(client)", kind.name));
    }
    let mut plan = |text: &String| Plan::new(parse_aggregation(text)?, &setup, &mut needs);
    let plans: Vec<Plan> = texts.iter().map(|text| plan(text).expect(text)).collect();
    let profile = Profile::named("ufo").expect("it is built in");
    let report =
        scan::report(log.as_bytes(), &profile, &setup, &plans, needs).expect("no reader fails");
    let input = report.sections.iter().find(|section| section.name == "input").unwrap();
    assert_eq!(input.body.scalar("malformed"), Some(&Value::Int(1)));
    assert_eq!(errors(&written(report.sections)), Vec::<String>::new());
}

#[test]
fn groups_and_windows_keep_to_the_schema() {
    let key = |name: &str, value| (name.to_owned(), value);
    let group = |body| Group { key: vec![key("module", Value::Null), key("hour", count())], body };
    let window = |body| Group { key: vec![key("start", time()), key("end", time())], body };
    let groups = |body| Body::Groups { groups: vec![group(body)], omitted: 2, capped: true };
    let mut sections = Vec::new();
    for built_in in built_in() {
        let body = built_in.body;
        sections.extend([
            section("x by module, hour", groups(body.clone())),
            section("x every 1h", Body::Windows(vec![window(body.clone())])),
            section("x every 1h by module", Body::Windows(vec![window(groups(body))])),
        ]);
    }
    assert_eq!(errors(&written(sections)), Vec::<String>::new());
}

#[test]
fn the_schema_notices_what_is_wrong() {
    let good = written(built_in());
    let broken = |pointer: &str, value: serde_json::Value| {
        let mut document = good.clone();
        *document.pointer_mut(pointer).expect(pointer) = value;
        document
    };
    for document in [
        broken("/schema", json!("ufo-logscan.report/2")),
        broken("/sections/level/records", json!("3")),
        broken("/sections/level/levels/0/records", json!(-1)),
        broken("/sections/level/levels/0", json!({"level": "INFO"})),
        broken("/sections/level/levels_omitted", json!(0)),
        broken("/sections/error-rate/ratio", json!(1.5)),
        broken("/sections/error-rate", json!({"records": 1, "errors": 1})),
        broken("/sections/hourly/hours/0/hour", json!(24)),
        broken("/sections/latency/session/p95", json!("1 s")),
        broken("/sections/input/first", json!(1_763_791_200)),
        broken("/sections/input", json!({"groups": []})),
        json!({"schema": "ufo-logscan.report/1"}),
        json!({"schema": "ufo-logscan.report/1", "sections": {"x": {"groups": [{"n": 1}]}}}),
        json!({"schema": "ufo-logscan.report/1", "sections": {"x": {"windows": [{"start": null}]}}}),
        json!({"schema": "ufo-logscan.report/1", "sections": {"x": {"capped": false}}}),
    ] {
        assert_ne!(errors(&document), Vec::<String>::new(), "{document}");
    }
}
