//! Alert events in every format: whatever a log or a rule says, lines keep to the schema or to
//! what the receiver takes, stay short, hide nothing and keep secrets.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use ufo_logscan::alert::{Event, Evidence, Heartbeat, Severity, Status};
use ufo_logscan::parse::OWN_LOGGER;
use ufo_logscan::record::Timestamp;
use ufo_logscan::render::alert::{AlertFormat, Delivery, LOGGER, MAX_LINE, write, write_heartbeat};

/// Stands in every secret that the tests make up.
const SECRET: &str = "hunter2";
const MICROS: i64 = 1_000_000;
/// 2026-11-22T06:05:00Z.
const TICK: i64 = 1_795_327_500 * MICROS;

type Labels = BTreeMap<String, String>;

fn schema() -> jsonschema::Validator {
    let schema = serde_json::from_str(include_str!("../docs/alert.schema.json"))
        .expect("the schema is JSON");
    jsonschema::meta::validate(&schema).expect("the schema is one");
    jsonschema::options().should_validate_formats(true).build(&schema).expect("it can be used")
}

fn errors(schema: &jsonschema::Validator, document: &Value) -> Vec<String> {
    schema.iter_errors(document).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn pairs(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The event of the documentation, with these labels of a group.
fn event(group: &[(&str, &str)]) -> Event {
    let mut labels = pairs(&[("alertname", "HighErrorRate"), ("severity", "warning")]);
    labels.extend(pairs(group));
    Event {
        at: at(TICK),
        status: Status::Firing,
        name: "HighErrorRate".to_owned(),
        severity: Severity::Warning,
        labels,
        annotations: pairs(&[("summary", "14.2% of records are errors")]),
        starts_at: at(TICK - 60 * MICROS),
        ends_at: None,
        value: Some(0.142),
        threshold: 0.1,
        op: ">",
        window: Some((at(TICK - 300 * MICROS), at(TICK))),
        evidence: Some(Evidence { records: 500, matched: Some(71) }),
        seq: 17,
        group: pairs(group),
        message: "HighErrorRate firing: error-rate 14.2% > 10% over 5m (71 of 500 records)"
            .to_owned(),
    }
}

fn resolved(mut event: Event) -> Event {
    event.status = Status::Resolved;
    event.ends_at = Some(event.at);
    event
}

const HEARTBEAT: Heartbeat = Heartbeat {
    at: Timestamp::from_micros(TICK),
    seq: 3,
    uptime_seconds: 600,
    lines: 1_000,
    records: 998,
    malformed: 2,
    late: 0,
    firing: 1,
};

fn delivery() -> Delivery<'static> {
    let expires = Some(at(TICK + 300 * MICROS));
    Delivery { expires, routing_key: Some("0123456789abcdef0123456789abcdef") }
}

/// What `write` appended, which has to be one line.
fn line(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = b"before\n".to_vec();
    write(&mut out);
    let text = String::from_utf8(out).expect("UTF-8");
    let line = text.strip_prefix("before\n").expect("appended").strip_suffix('\n').expect("ended");
    assert!(!line.contains('\n') && line.len() < MAX_LINE, "{line}");
    line.to_owned()
}

fn written(format: AlertFormat, event: &Event) -> String {
    line(|out| write(format, event, &delivery(), out))
}

fn parsed(format: AlertFormat, event: &Event) -> Value {
    serde_json::from_str(&written(format, event)).expect("valid JSON")
}

/// Characters that steer, reorder or hide, told by other means than the program does it.
fn is_raw_hidden(c: char) -> bool {
    c.is_control()
        || ('\u{e0000}'..='\u{e0fff}').contains(&c)
        || "\u{ad}\u{61c}\u{200b}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2066}\u{2069}\u{feff}"
            .contains(c)
}

#[test]
fn an_event_looks_as_documented() {
    assert_eq!(
        written(AlertFormat::Ndjson, &event(&[])),
        concat!(
            r#"{"schema":"ufo-logscan.alert/1","timestamp":"2026-11-22T06:05:00.000Z","#,
            r#""level":"WARNING","logger":"ufo_logscan.alert","message":"HighErrorRate firing: "#,
            r#"error-rate 14.2% > 10% over 5m (71 of 500 records)","status":"firing","#,
            r#""fingerprint":"d6cf3508d7aadb4f","dedup_key":"HighErrorRate","#,
            r#""labels":{"alertname":"HighErrorRate","severity":"warning"},"#,
            r#""annotations":{"summary":"14.2% of records are errors"},"#,
            r#""startsAt":"2026-11-22T06:04:00.000Z","value":0.142,"threshold":0.1,"op":">","#,
            r#""window":{"start":"2026-11-22T06:00:00.000Z","end":"2026-11-22T06:05:00.000Z"},"#,
            r#""evidence":{"records":500,"matched":71},"seq":17}"#,
        )
    );
}

#[test]
fn every_kind_of_event_keeps_to_the_schema() {
    let schema = schema();
    let mut bare = event(&[("client", "")]);
    (bare.value, bare.window, bare.evidence) = (Some(f64::NAN), None, None);
    bare.threshold = f64::INFINITY;
    bare.annotations.clear();
    for event in [event(&[("client", "device_1")]), resolved(event(&[])), bare] {
        let document = parsed(AlertFormat::Ndjson, &event);
        assert_eq!(errors(&schema, &document), Vec::<String>::new(), "{document}");
        assert_eq!(document["endsAt"].is_string(), event.status == Status::Resolved);
    }
    let ended = parsed(AlertFormat::Ndjson, &resolved(event(&[])));
    assert_eq!((&ended["level"], &ended["endsAt"]), (&json!("INFO"), &ended["timestamp"]));
    let alive = line(|out| write_heartbeat(AlertFormat::Ndjson, &HEARTBEAT, &delivery(), out));
    let alive: Value = serde_json::from_str(&alive).expect("valid JSON");
    assert_eq!(errors(&schema, &alive), Vec::<String>::new(), "{alive}");
    assert_eq!(
        (&alive["status"], &alive["heartbeat"]["lines"]),
        (&json!("heartbeat"), &json!(1000))
    );
}

#[test]
fn the_schema_notices_what_is_wrong() {
    let schema = schema();
    let good = parsed(AlertFormat::Ndjson, &event(&[]));
    let with = |name: &str, value: Value| {
        let mut document = good.clone();
        document[name] = value;
        document
    };
    let without = |name: &str| {
        let mut document = good.clone();
        document.as_object_mut().unwrap().remove(name).expect(name);
        document
    };
    for document in [
        with("schema", json!("ufo-logscan.alert/2")),
        with("timestamp", json!("2026-11-22T06:05:00Z")),
        with("timestamp", json!("2026-13-22T06:05:00.000Z")),
        with("level", json!("ERROR")),
        with("status", json!("resolved")),
        with("status", json!("heartbeat")),
        with("status", json!("pending")),
        with("endsAt", good["startsAt"].clone()),
        with("fingerprint", json!("D6CF3508D7AADB4F")),
        with("dedup_key", json!("x".repeat(256))),
        with("labels", json!({"alertname": "x"})),
        with("labels", json!({"alertname": "x", "severity": "warning", "y": ""})),
        with("labels", json!({"alertname": "x", "severity": "page"})),
        with("annotations", json!({"summary": 1})),
        with("value", Value::Null),
        with("op", json!("=")),
        with("window", json!({"start": good["startsAt"]})),
        with("evidence", json!({"records": 1.5})),
        with("seq", json!(0)),
        with("host", json!("x")),
        with("heartbeat", json!({})),
        without("threshold"),
        without("labels"),
        without("startsAt"),
    ] {
        assert_ne!(errors(&schema, &document), Vec::<String>::new(), "{document}");
    }
    assert_eq!(errors(&schema, &without("value")), Vec::<String>::new());
}

#[test]
fn our_own_events_are_recognised_when_they_are_read() {
    assert_eq!(LOGGER, OWN_LOGGER);
}

#[test]
fn alertmanager_gets_an_array_of_one_alert() {
    let firing = parsed(AlertFormat::Alertmanager, &event(&[("client", "device_1")]));
    let labels = json!({"alertname": "HighErrorRate", "client": "device_1", "severity": "warning"});
    let starts_at = "2026-11-22T06:04:00.000Z";
    let meant = json!([{
        "labels": labels, "annotations": {"summary": "14.2% of records are errors"},
        "startsAt": starts_at, "endsAt": "2026-11-22T06:10:00.000Z",
    }]);
    assert_eq!(firing, meant);
    let over = parsed(AlertFormat::Alertmanager, &resolved(event(&[("client", "device_1")])));
    assert_eq!(over[0]["labels"], labels);
    assert_eq!(over[0]["endsAt"], "2026-11-22T06:05:00.000Z");
    let mut silent = event(&[]);
    silent.annotations.clear();
    let body = line(|out| write(AlertFormat::Alertmanager, &silent, &Delivery::default(), out));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body[0]["endsAt"], Value::Null);
    assert_eq!(body[0]["annotations"]["summary"], silent.message);
}

#[test]
fn alertmanager_can_tell_alerts_apart_whose_labels_are_cut_or_masked() {
    let labels = |value: &str, annotation: &str| {
        let mut event = event(&[("client", value)]);
        event.annotations.insert("long".to_owned(), annotation.to_owned());
        let firing = parsed(AlertFormat::Alertmanager, &event)[0]["labels"].clone();
        let over = parsed(AlertFormat::Alertmanager, &resolved(event))[0]["labels"].clone();
        assert_eq!(firing, over);
        firing
    };
    let long = "x".repeat(300);
    assert_ne!(labels(&format!("{long}1"), ""), labels(&format!("{long}2"), ""));
    assert_ne!(labels("token=a", ""), labels("token=b", ""));
    assert_eq!(labels(&long, ""), labels(&long, &"y".repeat(5_000)));
    assert_eq!(labels("short", "").as_object().unwrap().len(), 3);
    assert_eq!(labels("", "").as_object().unwrap().len(), 2);
}

#[test]
fn pagerduty_gets_one_incident_for_an_alert() {
    let mut worse = event(&[("client", "device_1"), ("service", "ufo")]);
    let body = parsed(AlertFormat::Pagerduty, &worse);
    assert_eq!(body["event_action"], "trigger");
    assert_eq!(body["routing_key"], "0123456789abcdef0123456789abcdef");
    assert_eq!(body["dedup_key"], "HighErrorRate/client=device_1/service=ufo");
    let payload = &body["payload"];
    let where_it_is = ["source", "component", "group", "class"].map(|name| &payload[name]);
    assert_eq!(where_it_is, ["ufo", "device_1", "ufo", "HighErrorRate"]);
    assert_eq!(payload["summary"], worse.message);
    assert_eq!(payload["custom_details"]["value"], 0.142);
    worse.severity = Severity::Critical;
    worse.labels.insert("severity".to_owned(), "critical".to_owned());
    let end = parsed(AlertFormat::Pagerduty, &resolved(worse));
    assert_eq!((&end["event_action"], &end["dedup_key"]), (&json!("resolve"), &body["dedup_key"]));
    assert_eq!(end["payload"]["severity"], "critical");
    let nowhere = line(|out| write(AlertFormat::Pagerduty, &event(&[]), &Delivery::default(), out));
    let nowhere: Value = serde_json::from_str(&nowhere).unwrap();
    assert_eq!(nowhere["payload"]["source"], "ufo-logscan");
    assert_eq!(nowhere.get("routing_key"), None);
}

#[test]
fn slack_gets_a_text() {
    let text = parsed(AlertFormat::Slack, &resolved(event(&[("client", "<!channel>")])));
    assert_eq!(
        text,
        json!({"text": "✅ *warning* HighErrorRate firing: error-rate 14.2% &gt; 10% over 5m (71 of \
                        500 records)\n• summary: 14.2% of records are errors\n• client: \
                        &lt;!channel&gt;\nsince 2026-11-22T06:04:00.000Z, until \
                        2026-11-22T06:05:00.000Z"})
    );
}

#[test]
fn a_heartbeat_is_told_to_all_but_pagerduty() {
    let body = |format| {
        let mut out = Vec::new();
        write_heartbeat(format, &HEARTBEAT, &delivery(), &mut out);
        String::from_utf8(out).unwrap()
    };
    assert_eq!(body(AlertFormat::Pagerduty), "");
    let message = "Heartbeat: up 600 s, 1000 lines, 998 records, 2 malformed, 0 late, 1 firing";
    let alert: Value = serde_json::from_str(&body(AlertFormat::Alertmanager)).unwrap();
    let meant = json!([{
        "labels": {"alertname": "Heartbeat", "severity": "info"},
        "annotations": {"summary": message},
        "startsAt": "2026-11-22T06:05:00.000Z", "endsAt": "2026-11-22T06:10:00.000Z",
    }]);
    assert_eq!(alert, meant);
    assert_eq!(body(AlertFormat::Slack), format!("{{\"text\":\"💓 {message}\"}}\n"));
}

/// Texts that try to break out, to hide or to be too long.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => any::<String>(),
        9 => prop::sample::select(vec![
            "\0\x1b[31m\x7f\u{9b}2J",
            "\r\n",
            "\u{202e}gpj.exe\u{2066}",
            "\u{2028}\u{2029}",
            "\"",
            "\\",
            "\\\"}",
            "{{value}}",
            "<!channel>",
            "<!here|x>",
            "@here",
            "<@U012AB3CD>",
            "<https://evil.example|ok>",
            "https://evil.example/",
            "```",
            "*_~`",
            ">",
            "&lt;",
            "👨‍🏽️",
            "\u{e0041}\u{e0042}",
            "设备",
            "_a_",
            ":",
            "//",
            "/",
            "%2F",
            "=",
            "\u{ad}\u{feff}",
        ])
        .prop_map(str::to_owned),
        3 => prop::sample::select(vec![
            "token=hunter2",
            "Authorization: Bearer hunter2",
            "password: 'hunter2'"
        ])
        .prop_map(|secret| format!(" {secret} ")),
        1 => ("[a\0\"é\u{202e}设&@_👽]", 1_usize..10_000).prop_map(|(c, times)| c.repeat(times)),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

/// Pairs, some of them under names that say that the value is a secret.
fn hostile_pairs(size: usize) -> impl Strategy<Value = Labels> {
    let name = prop_oneof![
        4 => "[a-z_]{1,12}",
        1 => hostile(),
        1 => prop::sample::select(vec!["a.b", "9", "summary", "runbook_url", "service"])
            .prop_map(str::to_owned),
    ];
    let pair = prop_oneof![
        8 => (name, hostile()),
        1 => hostile().prop_map(|text| ("api_key".to_owned(), format!("{SECRET} {SECRET}{text}"))),
    ];
    prop::collection::vec(pair, 0..size).prop_map(|pairs| pairs.into_iter().collect())
}

fn any_event() -> impl Strategy<Value = Event> {
    let texts = (hostile(), hostile(), hostile_pairs(40), hostile_pairs(4), hostile_pairs(20));
    let numbers = (any::<Option<f64>>(), -1e300..1e300, any::<i64>(), any::<i64>(), 1_u64..);
    let kinds = (prop::sample::select(Severity::ALL.to_vec()), any::<bool>(), any::<bool>());
    let op = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">=", "deviates"]);
    (texts, numbers, kinds, op).prop_map(|(texts, numbers, kinds, op)| {
        let (name, message, mut labels, group, annotations) = texts;
        let (value, threshold, when, began, seq) = numbers;
        let (severity, is_over, is_rich) = kinds;
        let name = format!("R{name}");
        labels.extend(group.clone());
        labels.insert("alertname".to_owned(), name.clone());
        labels.insert("severity".to_owned(), severity.name().to_owned());
        Event {
            at: at(when),
            status: if is_over { Status::Resolved } else { Status::Firing },
            ends_at: is_over.then_some(at(when)),
            window: is_rich.then_some((at(began), at(when))),
            evidence: is_rich.then_some(Evidence { records: seq, matched: Some(u64::MAX) }),
            starts_at: at(began),
            name,
            severity,
            labels,
            group,
            annotations,
            message,
            value,
            threshold,
            op,
            seq,
        }
    })
}

/// Alertmanager's algorithm a second time, from its description: all bytes, then one pass.
fn fingerprint_of(labels: &Labels) -> String {
    let mut bytes = Vec::new();
    for (name, value) in labels.iter().filter(|(_, value)| !value.is_empty()) {
        for text in [name, value] {
            bytes.extend_from_slice(text.as_bytes());
            bytes.push(0xff);
        }
    }
    let mut hash = 14_695_981_039_346_656_037_u128;
    for byte in bytes {
        hash = (hash ^ u128::from(byte)) * 1_099_511_628_211 % (1 << 64);
    }
    format!("{hash:016x}")
}

fn is_portable(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn strings(object: &Value) -> Vec<(&str, &str)> {
    let members = object.as_object().expect("an object").iter();
    members.map(|(name, text)| (name.as_str(), text.as_str().expect("a text"))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn lines_keep_to_the_schema_whatever_is_in_them(events in prop::collection::vec(any_event(), 4)) {
        let schema = schema();
        for event in events {
            let line = written(AlertFormat::Ndjson, &event);
            prop_assert!(!line.contains(is_raw_hidden), "{}", line);
            prop_assert!(!line.contains(SECRET), "{}", line);
            let document: Value = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(errors(&schema, &document), Vec::<String>::new(), "{}", line);
            prop_assert_eq!(&document["fingerprint"], &json!(fingerprint_of(&event.labels)));
            prop_assert!(document["dedup_key"].as_str().unwrap().len() <= 255);
            for (_, value) in strings(&document["labels"]) {
                prop_assert!(value.len() <= 256);
            }
            for name in ["date", "log", "time", "host", "file", "stream"] {
                prop_assert!(document.get(name).is_none());
            }
        }
    }

    #[test]
    fn alertmanager_takes_it_whatever_is_in_it(event in any_event()) {
        let line = written(AlertFormat::Alertmanager, &event);
        prop_assert!(!line.contains(is_raw_hidden) && !line.contains(SECRET), "{}", line);
        let body: Value = serde_json::from_str(&line).unwrap();
        let alert = &body[0];
        let labels = strings(&alert["labels"]);
        prop_assert!(labels.iter().all(|(name, value)| is_portable(name) && !value.is_empty()));
        prop_assert!(labels.iter().any(|(name, _)| *name == "alertname"));
        prop_assert!(strings(&alert["annotations"]).iter().all(|(name, _)| is_portable(name)));
        prop_assert!(alert["endsAt"].as_str() >= alert["startsAt"].as_str());
    }

    #[test]
    fn pagerduty_takes_it_whatever_is_in_it(event in any_event()) {
        let line = written(AlertFormat::Pagerduty, &event);
        prop_assert!(!line.contains(is_raw_hidden) && !line.contains(SECRET), "{}", line);
        let body: Value = serde_json::from_str(&line).unwrap();
        let key = body["dedup_key"].as_str().unwrap();
        prop_assert!((1..=255).contains(&key.len()));
        let payload = &body["payload"];
        prop_assert!(payload["summary"].as_str().unwrap().len() <= 1_024);
        prop_assert!(!payload["source"].as_str().unwrap().is_empty());
        prop_assert_eq!(&payload["severity"], event.severity.name());
        prop_assert!(payload["custom_details"]["labels"].is_object());
    }

    #[test]
    fn slack_shows_texts_as_they_stand(event in any_event()) {
        let line = written(AlertFormat::Slack, &event);
        prop_assert!(!line.contains(is_raw_hidden) && !line.contains(SECRET), "{}", line);
        let body: Value = serde_json::from_str(&line).unwrap();
        let text = body["text"].as_str().unwrap();
        prop_assert!(text.chars().count() <= 3_000);
        prop_assert!(text.chars().all(|c| c == '\n' || !is_raw_hidden(c)));
        let head = format!("*{}*", event.severity);
        prop_assert_eq!(text.matches('*').count(), 2);
        prop_assert!(text.contains(&head));
        prop_assert!(!text.contains(['@', '`', '~']), "{}", text);
        // Nothing is between angle brackets but the address of a runbook, and `&` only begins
        // entities.
        for (at, _) in text.match_indices('<') {
            prop_assert!(text[at..].starts_with("<https://"), "{}", text);
        }
        for (at, _) in text.match_indices('&') {
            let rest = &text[at..];
            prop_assert!(["&amp;", "&lt;", "&gt;"].iter().any(|entity| rest.starts_with(entity)));
        }
        prop_assert!(!text.replace("<https://", "").contains("://"), "{}", text);
        for line in text.lines() {
            prop_assert!(!line.starts_with("&gt;"), "a quotation: {}", text);
        }
    }
}
