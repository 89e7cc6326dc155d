//! What a test file may say, what is refused and how, and how a test is played and compared.

use super::*;
use crate::alert::{combine, defaults, read as read_rules};

fn file(text: &str) -> TestFile {
    let (file, faults) = read(text, "t.toml");
    assert!(faults.is_empty(), "{faults:?}");
    file
}

fn refused(text: &str) -> Vec<String> {
    read(text, "t.toml").1.iter().map(ToString::to_string).collect()
}

/// What a test with this body says against some rules, or that it is wrong.
fn failures(rules: &str, test: &str) -> Result<Vec<String>> {
    let rules = combine(Vec::new(), read_rules(rules, "r.toml")?)?;
    let file = file(&format!("[[test]]\nname = 'T'\n{test}"));
    let profile = Profile::named("ufo").unwrap();
    Ok(file.tests[0].run(&rules, &profile)?.iter().map(ToString::to_string).collect())
}

#[track_caller]
fn passes(rules: &str, test: &str) {
    assert_eq!(failures(rules, test).unwrap(), Vec::<String>::new());
}

const MANY: &str = "[[rule]]\nname = 'Many'\nwhen = 'count by logger >= 3'\nover = '1m'\n\
                    annotations = { summary = '{{value}} of {{labels.logger}}', other = 'x' }\n";

/// Three records of `a` at 7s, 8s and 9s.
const THREE: &str =
    "records = [{ at = '7s', every = '1s', times = 3, record = { logger = 'a' } }]\n";

#[test]
fn what_fires_when_it_should_passes() {
    passes(
        MANY,
        &format!(
            "{THREE}silence_until = '5m'
             [[test.alerts]]
             eval_time = '9s'
             [[test.alerts]]
             eval_time = '10s'
             alertname = 'Many'
             exp_alerts = [{{ labels = {{ severity = 'warning', logger = 'a' }} }}]
             [[test.alerts]]
             eval_time = '1m9s'
             exp_alerts = [{{ labels = {{ alertname = 'Many', severity = 'warning', logger = 'a' }},
                              annotations = {{ summary = '3 of a' }} }}]
             [[test.alerts]]
             eval_time = '1m10s'
             [[test.events]]
             exp_events = [
               {{ at = '10s', status = 'firing',
                  labels = {{ alertname = 'Many', severity = 'warning', logger = 'a' }} }},
               {{ at = '1m10s', status = 'resolved',
                  labels = {{ alertname = 'Many', severity = 'warning', logger = 'a' }} }}]
             [[test.events]]
             alertname = 'Many'
             exp_events = [{{ at = '10s', status = 'firing', annotations = {{ other = 'x' }} }},
                           {{ at = '1m10s', status = 'resolved' }}]"
        ),
    );
}

#[test]
fn what_differs_is_told_line_by_line() {
    let told = failures(
        MANY,
        &format!(
            "{THREE}[[test.alerts]]
             eval_time = '30s'
             exp_alerts = [{{ labels = {{ alertname = 'Many', severity = 'error', logger = 'a' }} }}]
             [[test.alerts]]
             eval_time = '30s'
             alertname = 'Many'
             exp_alerts = [{{ labels = {{ severity = 'warning', logger = 'a' }},
                              annotations = {{ summary = '4', none = '' }} }}]
             [[test.alerts]]
             eval_time = '30s'
             alertname = 'Many'
             [[test.alerts]]
             eval_time = '5s'
             alertname = 'Many'
             exp_alerts = [{{ labels = {{ severity = 'warning' }} }}]"
        ),
    );
    let place = |line: u8, time: &str, of: &str| format!("t.toml: line {line}: {of} at {time}");
    assert_eq!(
        told.unwrap(),
        [
            format!(
                "{} (- expected, + got)\n  \
                 - {{alertname=\"Many\", logger=\"a\", severity=\"error\"}}\n  \
                 + {{alertname=\"Many\", logger=\"a\", severity=\"warning\"}}",
                place(5, "30s", "all rules")
            ),
            format!(
                "{} (- expected, + got)\n  \
                 - {{logger=\"a\", severity=\"warning\"}} none=\"\" summary=\"4\"\n  \
                 + {{logger=\"a\", severity=\"warning\"}} summary=\"3 of a\"",
                place(8, "30s", "Many")
            ),
            format!(
                "{} (- expected, + got)\n  + {{logger=\"a\", severity=\"warning\"}}",
                place(13, "30s", "Many")
            ),
            format!(
                "{} (- expected, + got)\n  - {{severity=\"warning\"}}",
                place(16, "5s", "Many")
            ),
        ]
    );
}

#[test]
fn of_a_sequence_what_is_the_same_around_the_difference_is_shown() {
    let rule = "[[rule]]\nname = 'A'\nwhen = 'count >= 2'\nover = '10s'\n";
    let told = failures(
        rule,
        "records = [{ at = '5s', times = 2, record = {} }, { at = '30s', times = 2, record = {} }]
         silence_until = '1m'
         [[test.events]]
         alertname = 'A'
         exp_events = [{ at = '5s', status = 'firing' }, { at = '20s', status = 'resolved' },
                       { at = '30s', status = 'firing' }, { at = '40s', status = 'resolved' }]",
    );
    assert_eq!(
        told.unwrap(),
        ["t.toml: line 6: events of A (- expected, + got)\n    \
          5s firing {severity=\"warning\"}\n  \
          - 20s resolved\n  \
          + 15s resolved {severity=\"warning\"}\n    \
          30s firing {severity=\"warning\"}\n    \
          40s resolved {severity=\"warning\"}"]
    );
    let many = failures(rule, "[[test.events]]\nexp_events = []").unwrap();
    assert!(many.is_empty());
}

#[test]
fn long_differences_are_cut() {
    let rule = "[[rule]]\nname = 'A'\nwhen = 'count by logger > 0'\n";
    let told = failures(
        rule,
        "records = [{ at = '1s', times = 30, record = { logger = 'l{{n}}' } }]
         [[test.alerts]]
         eval_time = '5s'",
    );
    let told = told.unwrap().remove(0);
    assert_eq!(told.lines().count(), 22);
    assert!(told.ends_with("\n  … and 10 more"), "{told}");
}

#[test]
fn records_come_in_the_order_of_their_times_and_may_bring_their_own() {
    let rules = "[[rule]]\nname = 'Last'\nwhen = 'max(n) where has(n) == 2'\nover = '5s'\n\
                 [[rule]]\nname = 'Own'\nwhen = 'count where message == \"4-\" > 0'\nover = '5s'\n";
    passes(
        rules,
        "records = [
           { at = '29s', record = { n = 2, x = [1, 2.5, true, { y = 1979-05-27 }] } },
           { at = '3s', times = 5, record = { n = 1, message = '{{n}}-', timestamp = '2026-11-22T06:00:04Z' } },
         ]
         [[test.events]]
         alertname = 'Last'
         exp_events = [{ at = '30s', status = 'firing' }]
         [[test.events]]
         alertname = 'Own'
         exp_events = [{ at = '5s', status = 'firing' }, { at = '10s', status = 'resolved' }]",
    );
}

#[test]
fn lines_without_a_time_do_not_make_time_stand_still() {
    let rules = "[[rule]]\nname = 'Quiet'\nwhen = 'silence > 10m'\n\
                 [[rule]]\nname = 'Garbage'\nwhen = 'input.malformed_ratio > 50%'\nover = '5m'\n";
    // The second kind is dated far ahead: nobody believes it until others confirm it.
    for lines in ["line = 'garbage'", "record = { timestamp = '2099-01-0{{n}}T00:00:00Z' }"] {
        passes(
            rules,
            &format!(
                "records = [{{ at = '1m', record = {{}} }},
                            {{ at = '2m', every = '2m', times = 9, {lines} }}]
                 [[test.events]]
                 alertname = 'Quiet'
                 exp_events = [{{ at = '11m5s', status = 'firing' }}]"
            ),
        );
    }
    passes(
        rules,
        "records = [{ at = '1m', record = {} },
                    { at = '2m', every = '30s', times = 60, line = 'garbage' }]
         [[test.alerts]]
         eval_time = '2m25s'
         alertname = 'Garbage'
         [[test.alerts]]
         eval_time = '2m30s'
         alertname = 'Garbage'
         exp_alerts = [{ labels = { severity = 'warning' } }]",
    );
}

#[test]
fn the_built_in_rules_know_their_names() {
    let file =
        file("[[test]]\nname = 'T'\n[[test.alerts]]\neval_time = '1m'\nalertname = 'NoDevice'");
    let profile = Profile::named("ufo").unwrap();
    let error = file.tests[0].run(&defaults().unwrap(), &profile).unwrap_err();
    assert_eq!(
        error.to_string(),
        "t.toml: line 4: unknown rule `NoDevice`\n  did you mean `NoDevices`?"
    );
}

#[test]
fn which_rules_are_tested_is_said_at_the_top() {
    let test = "[[test]]\nname = 'T'\n[[test.events]]\n";
    let head = |text: &str| {
        let file = file(&format!("{text}\n{test}"));
        (file.rules, file.defaults)
    };
    assert_eq!(head(""), (None, true));
    let named = Some(vec!["a.toml".to_owned()]);
    assert_eq!(head("rules = ['a.toml']"), (named.clone(), false));
    assert_eq!(head("rules = ['a.toml']\ndefaults = true"), (named, true));
    assert_eq!(
        refused(&format!("defaults = false\n{test}")),
        ["t.toml: line 1: there are no rules to test\n  name their files in `rules`"]
    );
    assert_eq!(refused(""), ["t.toml: no test\n  each test begins with [[test]]"]);
}

#[test]
fn one_fault_of_every_test_is_told() {
    let told = refused(
        "[[test]]\nnmae = 'T'\n[[test]]\nname = 'U'\n[[test]]\nname = 'V'\n[[test.events]]\n\
         [[test]]\nname = 'W'\n[[test.alerts]]\neval_time = 5\n",
    );
    assert_eq!(
        told,
        [
            "t.toml: line 2: unknown key `nmae`\n  did you mean `name`?",
            "t.toml: line 4: the test `U` expects nothing\n  \
             say in [[test.alerts]] or [[test.events]] what is to come of the records",
            "t.toml: line 11: `eval_time` must be a duration such as \"30s\", \"5m\" or \"1h30m\"",
        ]
    );
}

#[test]
fn faults_name_their_lines() {
    for (body, meant) in [
        ("start = 'noon'", "line 3: `start` must be a time such as \"2026-11-22T06:00:00Z\""),
        ("records = [{ record = {} }]", "line 3: a record has no `at`"),
        ("records = [{ at = '1s' }]", "line 3: there is neither a `record` nor a `line`"),
        (
            "records = [{ at = '1s', record = {}, line = 'x' }]",
            "line 3: there is a `record` and a `line`: give one",
        ),
        ("records = [{ at = '1s', record = 5 }]", "line 3: `record` must be a table of what JSON"),
        ("records = [{ at = '1s', record = { x = nan } }]", "line 3: `record` must be a table of"),
        ("records = [{ at = '1s', line = \"a\\nb\" }]", "line 3: `line` must be one line"),
        (
            "records = [{ at = '1s', every = '1s', line = '' }]",
            "line 3: `every` says how often, but not for how long\n  say in `times`",
        ),
        (
            "records = [{ at = '1s', times = 0, line = '' }]",
            "line 3: `times` must be a whole number from 1 to 1000000",
        ),
        (
            "records = [{ at = '1s', every = '366d', times = 1000000, line = '' }]",
            "line 3: the last of these lines comes after ten years",
        ),
        ("records = 5", "line 3: `records` must be an array of tables"),
        (
            "records = [{ at = '2m', line = '' }]\nsilence_until = '1m'",
            "line 4: `silence_until` lies before the last record",
        ),
        (
            "records = [{ at = '0s', times = 1000000, line = '' }, { at = '0s', line = '' }]",
            "line 2: the test `T` has more than 1000000 lines",
        ),
        ("alerts = [{ alertname = 'A' }]", "line 3: the expectation has no `eval_time`"),
        (
            "alerts = [{ eval_time = '1m', exp_alerts = [{ lables = {} }] }]",
            "line 3: unknown key `lables`\n  did you mean `labels`?",
        ),
        (
            "alerts = [{ eval_time = '1m', exp_alerts = [{}] }]",
            "line 3: it is not said which alert: there is no `alertname`\n  name it beside",
        ),
        (
            "alerts = [{ eval_time = '1m', alertname = 'A',\n\
             exp_alerts = [{ labels = { alertname = 'B' } }] }]",
            "line 4: `alertname` is another one than that of the expectation",
        ),
        (
            "events = [{ alertname = 'A', exp_events = [{ at = '1m', status = 'fires' }] }]",
            "line 3: unknown status `fires`\n  did you mean `firing`?",
        ),
        (
            "events = [{ alertname = 'A', exp_events = [{ at = '1m' }] }]",
            "line 3: an event has no `status`",
        ),
    ] {
        let told = refused(&format!("[[test]]\nname = 'T'\n{body}\n"));
        let meant = format!("t.toml: {meant}");
        assert!(told.len() == 1 && told[0].starts_with(&meant), "{body}: {told:?}");
    }
}
