//! S4: SIGINT, SIGTERM and SIGHUP.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::process::{
    DOWN, Running, SECOND, SILENCE, briefs, checks, endless, events, length, record, rules,
    wait_until, watch,
};

#[test]
fn s4_a_live_run_ends_within_a_second_and_is_content() {
    for signal in ["TERM", "INT"] {
        let rules = rules(DOWN);
        let mut watch = Running::start(&mut watch(rules.path(), ["-"]));
        watch.write(&checks(1..3));
        watch.expect("Down firing 06:00:20.000");
        watch.signal(signal);
        let end = watch.end_open();
        assert!(end.took < SECOND, "{:?}", end.took);
        assert_eq!((end.code, &*end.stderr), (Some(0), "ufo-logscan: 1 alert still firing\n"));
        assert!(watch.rest().is_empty());
    }
}

#[test]
fn s4_an_interrupted_batch_tells_its_caller() {
    let rules = rules(DOWN);
    let file = endless(&checks(1..5000));
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let mut watch = Running::start(&mut watch(rules.path(), [file.path()]));
        watch.expect("Down firing 06:00:20.000");
        let mut told = 1;
        while watch.next_within(SECOND / 2).is_some() {
            told += 1;
        }
        // Now it reads a line that is as long as a disk.
        watch.signal(signal);
        let end = watch.end();
        assert!(end.took < SECOND, "{:?}", end.took);
        assert_eq!((end.code, &*end.stderr), (Some(code), ""));
        assert_eq!(told + watch.rest().len(), 4998);
    }
}

/// The rule that stays neither fires again nor forgets since when it does; the others are new.
#[test]
fn a_hangup_reads_the_rules_and_keeps_the_states_of_the_same_ones() {
    let rules = rules(&format!("{DOWN}{SILENCE}"));
    let mut watch = Running::start(&mut watch(rules.path(), ["-"]));
    watch.write(&checks(1..3));
    let fired = watch.expect("Down firing 06:00:20.000").event;

    let faster = SILENCE.replace("1s", "500ms");
    fs::write(rules.path(), format!("{DOWN}{faster}")).unwrap();
    watch.signal("HUP");
    watch.wait_for("rules read again", 1);
    watch.expect("Silence firing 06:00:20.600");

    fs::write(rules.path(), "[[rule]]\nname = 'Down'\nwhen = 'nonsense >'\n").unwrap();
    watch.signal("HUP");
    watch.wait_for("the rules in force stay as they are", 1);
    let said = watch.stderr();
    assert!(said.contains("error: ") && said.contains(rules.path().to_str().unwrap()), "{said}");

    watch.write(&checks(7..8));
    let resolved = watch.expect("Down resolved 06:01:10.000").event;
    assert_eq!(resolved["fingerprint"], fired["fingerprint"]);
    assert_eq!(resolved["startsAt"], fired["startsAt"]);
    watch.expect("Silence resolved 06:01:10.000");
    assert_eq!(watch.end().code, Some(0));
}

/// What a rule reads stays what it read when another one asks for other fields.
#[test]
fn a_hangup_does_not_confuse_fields() {
    let by = |name: &str, field: &str| {
        format!(
            "[[rule]]\nname = '{name}'\nwhen = 'count by field({field}) > 0'\nover = '100ms'\nseverity = 'info'\n"
        )
    };
    let rules = rules(&by("Second", "b"));
    let mut watch = Running::start(&mut watch(rules.path(), ["-"]));
    let line = |tenths: u64, a: &str, b: &str| {
        let record = record(tenths);
        format!("{},\"a\":\"{a}\",\"b\":\"{b}\"}}\n", record.trim_end().trim_end_matches('}'))
    };
    watch.write(&line(1, "a1", "b1"));
    let told = watch.expect("Second firing 06:00:00.100").event;
    assert_eq!(told["labels"]["b"], "b1", "{told}");
    fs::write(rules.path(), by("First", "a") + &by("Second", "b")).unwrap();
    watch.signal("HUP");
    watch.wait_for("rules read again", 1);
    watch.write(&line(20, "a2", "b2"));
    let mut told = Vec::new();
    while told.len() < 3 {
        told.push(watch.next().event);
    }
    let of = |told: &[Value]| -> Vec<String> {
        let of = |event: &Value| {
            let labels = &event["labels"];
            let status = event["status"].as_str().unwrap();
            format!("{} {status} {}{}", labels["alertname"], labels["a"], labels["b"])
        };
        told.iter().map(of).collect()
    };
    let mut found = of(&told);
    found.sort();
    assert_eq!(
        found,
        [
            r#""First" firing "a2"null"#,
            r#""Second" firing null"b2""#,
            r#""Second" resolved null"b1""#
        ]
    );
}

#[test]
fn a_hangup_opens_the_output_anew() {
    let rules = rules(DOWN);
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("logs");
    fs::create_dir(&below).unwrap();
    let (out, rotated) = (below.join("alerts"), below.join("alerts.1"));
    fs::write(&out, "").unwrap();
    let args = ["-".as_ref(), "-o".as_ref(), out.as_os_str()];
    let mut watch = Running::deaf(&mut watch(rules.path(), args));
    let read = |path: &Path| events(&fs::read_to_string(path).unwrap()).len();
    watch.write(&checks(1..3));
    wait_until("the first event", || length(&out) > 0);
    fs::rename(&out, &rotated).unwrap();
    watch.write(&checks(3..4));
    wait_until("the second event", || read(&rotated) == 2);
    watch.signal("HUP");
    watch.wait_for("rules read again", 1);
    watch.write(&checks(4..5));
    wait_until("the third event", || length(&out) > 0);
    assert_eq!((read(&rotated), read(&out)), (2, 1));

    // Where it cannot be opened, the old one is better than none.
    let moved = folder.path().join("moved");
    fs::rename(&below, &moved).unwrap();
    watch.signal("HUP");
    watch.wait_for("alert events go on to the file that was open", 1);
    watch.write(&checks(5..6));
    wait_until("the fourth event", || read(&moved.join("alerts")) == 2);
    let end = watch.end();
    assert_eq!(end.code, Some(0), "{}", end.stderr);
    let told = fs::read_to_string(moved.join("alerts")).unwrap();
    assert_eq!(briefs(&told), ["Down firing 06:00:40.000", "Down resolved 06:00:50.000"]);
}
