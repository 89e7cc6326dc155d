//! What a rule file may say, what is refused and how, and how files are combined.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const SECOND: i64 = 1_000_000;

fn rules(text: &str) -> Vec<Written> {
    read(text, "my.toml").unwrap()
}

fn one(rest: &str) -> Rule {
    rules(&format!("[[rule]]\nname = 'R'\n{rest}")).remove(0).rule.unwrap()
}

fn refused(text: &str) -> String {
    read(text, "my.toml").unwrap_err().to_string()
}

fn combined(users: &[Written]) -> Result<Vec<String>> {
    let built_in = "[[rule]]\nname = 'B'\nwhen = 'count > 1'\nlabels = { a = 'b' }\n\
                    [[rule]]\nname = 'A'\nwhen = 'count > 2'";
    let rules = combine(rules(built_in), users.iter().cloned())?;
    Ok(rules.iter().map(|rule| format!("{} {}", rule.name, rule.when.text)).collect())
}

#[test]
fn what_is_not_said_has_a_default() {
    let rule = one("when = 'error-rate > 10%'");
    assert_eq!((rule.name.as_str(), rule.when.text.as_str()), ("R", "error-rate > 10%"));
    assert_eq!((rule.over, rule.hold, rule.keep_firing_for), (None, 0, 0));
    assert_eq!((rule.repeat_interval, rule.min_records, rule.limit), (4 * HOUR, 0, 100));
    assert_eq!(rule.severity, Severity::Warning);
    assert!(rule.labels.is_empty() && rule.annotations.is_empty());
}

#[test]
fn every_key_is_read() {
    let rule = one("enabled = true\nwhen = 'count by client, field(a.b) > 5'\nover = '1m30s'\n\
         for = '10s'\nkeep_firing_for = '2s'\nrepeat_interval = 0\nmin_records = 1_000\n\
         severity = 'critical'\nlimit = 0x10\n[rule.labels]\nteam = 'agents'\n[rule.annotations]\n\
         summary = '{{labels.client}} {{labels.a_b}} {{labels.team}} {{labels.alertname}}'\n");
    assert_eq!((rule.over, rule.hold), (Some(90 * SECOND), 10 * SECOND));
    assert_eq!((rule.keep_firing_for, rule.repeat_interval), (2 * SECOND, 0));
    assert_eq!((rule.min_records, rule.limit, rule.severity), (1000, 16, Severity::Critical));
    assert_eq!(rule.labels["team"], "agents");
    let summary = rule.annotations["summary"].render(&|name| Some(name.to_owned().into()));
    assert_eq!(summary, "labels.client labels.a_b labels.team labels.alertname");
    assert_eq!(one("when = 'count > 5'\nfor = '0s'"), one("for = 0\nwhen  =  \"count  > 5\" # x"));
}

#[test]
fn rules_differ_if_anything_about_them_does() {
    let base = "when = 'count > 5'\n";
    for other in [
        "over = '5m'",
        "for = '5m'",
        "keep_firing_for = '5m'",
        "repeat_interval = '5m'",
        "min_records = 1",
        "severity = 'info'",
        "limit = 7",
        "labels = { a = 'b' }",
        "annotations = { a = 'b' }",
    ] {
        assert_ne!(one(base), one(&format!("{base}{other}")), "{other}");
    }
    assert_ne!(one(base), one("when = 'count > 6'"));
}

#[test]
fn places_are_lines() {
    let written = rules(
        "\n# x\n[[rule]]\nname = 'A'\nenabled = false\n\n[[rule]]\nname = 'B'\nwhen = 'count > 5'",
    );
    let places: Vec<&str> = written.iter().map(|rule| rule.place.as_str()).collect();
    assert_eq!(places, ["my.toml: line 3", "my.toml: line 7"]);
    assert!(rules("").is_empty() && rules("rule = []").is_empty());
}

#[test]
fn faults_of_files_are_named_with_their_lines() {
    for (text, meant) in [
        ("[[rules]]\nname = 'R'", "my.toml: line 1: unknown key `rules`\n  did you mean `rule`?"),
        (
            "[rule]\nname = 'R'",
            "my.toml: line 1: `rule` must be an array of tables\n  each rule begins with [[rule]]",
        ),
        ("rule = [\n3]", "my.toml: line 2: a rule must be a table"),
        ("[[rule]]\nenabled = false", "my.toml: line 1: the rule has no `name`"),
        ("[[rule]]\n\nname = 3", "my.toml: line 3: `name` must be a text"),
        (
            "[[rule]]\nname = 'a-b'",
            "my.toml: line 2: `a-b` is no name\n  names are made of A-Z, a-z, 0-9 and _, and do \
             not begin with a digit",
        ),
        (
            "[[rule]]\nname = 'R'\nseverity = 'info'",
            "my.toml: line 2: the rule `R` has no `when`\n  a rule of a built-in name replaces all \
             of it; with nothing but `enabled = false` it switches it off",
        ),
    ] {
        assert_eq!(refused(text), meant);
    }
    assert!(refused("a = 1\nb = = 2").starts_with("my.toml: line 2: "));
    assert_eq!(refused(&" ".repeat((1 << 20) + 1)), "my.toml: longer than 1048576 bytes");
    assert!(rules(&" ".repeat(1 << 20)).is_empty());
    assert_eq!(refused(&"[[rule]]\n".repeat(MAX_RULES + 1)), "my.toml: more than 10000 rules");
    let deep = format!("rule = {}", "[".repeat(100_000));
    assert!(refused(&deep).starts_with("my.toml: line 1: "));
}

#[test]
fn faults_of_rules_are_named_with_what_was_meant() {
    let duration = "must be a duration such as \"30s\", \"5m\" or \"1h30m\"";
    for (rest, meant) in [
        ("whn = 'x > 1'", "unknown key `whn`\n  did you mean `when`?".to_owned()),
        (
            "hold_off_time = 1",
            format!("unknown key `hold_off_time`\n  known are: {}", KEYS.join(", ")),
        ),
        ("enabled = 'no'", "`enabled` must be true or false".to_owned()),
        ("over = 5", format!("`over` {duration}")),
        ("for = '5 minutes'", format!("`for` {duration}")),
        ("keep_firing_for = -1", format!("`keep_firing_for` {duration}")),
        ("repeat_interval = '367d'", "`repeat_interval` must be at most 366 days".to_owned()),
        (
            "over = '0s'",
            "a window of no length holds nothing\n  without `over` a rule sees the whole run"
                .to_owned(),
        ),
        ("min_records = -1", "`min_records` must be a whole number, at least 0".to_owned()),
        ("limit = 0", "`limit` must be a whole number from 1 to 10000".to_owned()),
        ("limit = 10_001", "`limit` must be a whole number from 1 to 10000".to_owned()),
        ("limit = 2.5", "`limit` must be a whole number from 1 to 10000".to_owned()),
        ("severity = 'warn'", "unknown severity `warn`\n  did you mean `warning`?".to_owned()),
        (
            "severity = 'page'",
            "unknown severity `page`\n  known are: info, warning, error, critical".to_owned(),
        ),
        ("labels = 'x'", "`labels` must be a table of texts".to_owned()),
        ("labels = { team = 3 }", "`team` must be a text".to_owned()),
        (
            "labels = { 9x = 'a' }",
            "`9x` is no name\n  names are made of A-Z, a-z, 0-9 and _, and \
             do not begin with a digit"
                .to_owned(),
        ),
        (
            "labels = { severity = 'info' }",
            "`severity` is no label to set\n  it is made of the rule's `name` and `severity`"
                .to_owned(),
        ),
        (
            "labels = { module = 'x' }",
            "the label `module` is a key of the rule\n  its value is that of the group".to_owned(),
        ),
        (
            "labels = { team = '' }",
            "the label `team` is empty\n  a label without a value is no label; leave it out"
                .to_owned(),
        ),
        (
            "labels = { team = '{{value}}' }",
            "the label `team` has a placeholder\n  labels say which alert it is and stay the \
             same; annotations have values"
                .to_owned(),
        ),
        (
            "annotations = { summary = '{{labels.modul}}' }",
            "unknown placeholder `{{labels.modul}}`\n  did you mean `{{labels.module}}`?"
                .to_owned(),
        ),
    ] {
        let text = format!("[[rule]]\nname = 'R'\nwhen = 'count by module > 5'\n{rest}");
        assert_eq!(refused(&text), format!("my.toml: line 4: {meant}"), "{rest}");
    }
    let long = refused(&format!("[[rule]]\nname = '{}'\nwhen = 'count > 5'", "x".repeat(129)));
    assert!(long.ends_with("…` is longer than 128 bytes"), "{long}");
    assert_eq!(rules(&format!("[[rule]]\nname = '{}'\nenabled = false", "x".repeat(128))).len(), 1);
    assert!(refused(&format!("[[rule]]\n{} = 1", "x".repeat(1 << 19))).len() < 500);
}

#[test]
fn faults_of_conditions_point_at_their_column() {
    assert_eq!(
        refused("[[rule]]\nname = 'R'\nwhen = 'count every 5m > 5'"),
        "my.toml: line 3: cannot read `count every 5m > 5`\n    \
             count every 5m > 5\n    \
             \u{20}     ^^^^^ a rule has no `every`\n  \
           its window slides, and is as long as the rule's `over`: over = \"5m\""
    );
    for (when, meant) in [
        (
            "count by module > 5 and error-rate by client > 5%",
            "`count by module` and `error-rate by client` have different keys\n  \
             a rule has the same keys behind every `by`",
        ),
        ("count by field(a.b), field(a_b) > 5", "`a_b` would make a second label `a_b`"),
        ("count by field(severity) > 5", "`severity` would make a second label `severity`"),
    ] {
        let text = format!("[[rule]]\nname = 'R'\nwhen = '{when}'");
        assert_eq!(refused(&text), format!("my.toml: line 3: {meant}"));
    }
    assert_eq!(one("when = 'count by module > 5 and count > 9'").when.terms.len(), 2);
}

#[test]
fn a_user_replaces_and_switches_off() {
    let off = "[[rule]]\nname = 'B'\nenabled = false";
    let own = |name: &str, rest: &str| {
        rules(&format!("[[rule]]\nname = '{name}'\nwhen = 'count > 9'\n{rest}"))
    };
    assert_eq!(combined(&[]).unwrap(), ["A count > 2", "B count > 1"]);
    assert_eq!(combined(&rules(off)).unwrap(), ["A count > 2"]);
    assert_eq!(combined(&own("B", "")).unwrap(), ["A count > 2", "B count > 9"]);
    assert_eq!(combined(&own("B", "enabled = false")).unwrap(), ["A count > 2"]);
    assert_eq!(combined(&own("AB", "")).unwrap(), ["A count > 2", "AB count > 9", "B count > 1"]);
    assert_eq!(combined(&own("AB", "enabled = false")).unwrap().len(), 2);
    let replaced = combine(rules(&format!("{off}\nwhen = 'count > 1'\nfor = '5m'")), own("B", ""));
    assert_eq!(replaced.unwrap()[0].hold, 0, "nothing is left of what was replaced");
}

#[test]
fn files_that_do_not_fit_together_are_refused() {
    let rule = "[[rule]]\nname = 'C'\nwhen = 'count > 9'\n";
    let [one, other] = ["one.toml", "other.toml"].map(|name| read(rule, name).unwrap());
    let error = combined(&[one, other].concat()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "other.toml: line 1: a rule `C` stands in one.toml: line 1 already"
    );
    let off = |name: &str| {
        let users = rules(&format!("[[rule]]\nname = '{name}'\nenabled = false"));
        combined(&users).unwrap_err().to_string()
    };
    assert_eq!(off("BB"), "my.toml: line 1: no built-in rule is called `BB`\n  did you mean `B`?");
    assert_eq!(
        off("Silence"),
        "my.toml: line 1: no built-in rule is called `Silence`\n  \
         a rule of your own needs a `when`, also while it is switched off"
    );
    let many = (0..MAX_RULES).map(|n| format!("[[rule]]\nname = 'R{n}'\nwhen = 'count > 9'\n"));
    let error = combined(&rules(&many.collect::<String>())).unwrap_err();
    assert_eq!(error.to_string(), "more than 10000 rules in all files");
}

/// Lines that rule files are made of, and some that they are not.
fn soup() -> impl Strategy<Value = String> {
    let lines = select(vec![
        "[[rule]]",
        "[rule.labels]",
        "[rule.annotations]",
        "[[rule.labels]]",
        "rule = [{}]",
        "name = 'R'",
        "name = \"\"",
        "enabled = false",
        "enabled = 0",
        "when = 'error-rate by client > 10%'",
        "when = 'count where'",
        "over = '5m'",
        "over = 0",
        "for = '99999999999999999999d'",
        "keep_firing_for = 1979-05-27T07:32:00Z",
        "repeat_interval = 1e3",
        "min_records = 99999999999999999999",
        "limit = 0b101",
        "severity = 'critical'",
        "labels = { team = 'x' }",
        "labels.team = '📱'",
        "team = '{{'",
        "summary = '{{value}} {{labels.client}}'",
        "summary = '''{{",
        "annotations = { a = [] }",
        "= 'x'",
        "\u{0}",
        "'",
        "# x",
    ]);
    vec((lines, select(vec!["\n", "\r\n", " "])), 0..12)
        .prop_map(|parts| parts.into_iter().flat_map(|(line, gap)| [line, gap]).collect())
}

fn read_or_refused(text: &str) {
    match read(text, "my.toml") {
        Ok(written) => {
            let _ = combine(Vec::new(), written);
        }
        Err(error) => {
            assert!(error.message().starts_with("my.toml: line "), "{error}");
            assert!(error.to_string().len() < 2000, "{error}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_soup_is_read_or_refused(text in soup()) {
        read_or_refused(&text);
        read_or_refused(&format!("[[rule]]\nname = 'R'\nwhen = 'count by client > 5'\n{text}"));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}|[\\x00-\\x7f]{0,60}") {
        read_or_refused(&text);
        read_or_refused(&format!("[[rule]]\nname = 'R'\nwhen = '{text}'"));
        read_or_refused(&format!("[[rule]]\nname = 'R'\nwhen = 'x > 1'\nlabels.a = \"{text}\""));
    }
}

#[test]
fn patterns_are_few_enough_to_fit_into_memory() {
    let rule = |name: usize, patterns: usize| {
        let condition = vec!["message =~ \"x\""; patterns].join(" or ");
        format!("[[rule]]\nname = 'R{name}'\nwhen = 'count where {condition} > 1'\nover = '5m'\n")
    };
    let all = |patterns: [usize; 2]| rule(1, patterns[0]) + &rule(2, patterns[1]);
    assert_eq!(read(&all([200, 50]), "a.toml").unwrap().len(), 2);
    let error = read(&all([200, 51]), "a.toml").unwrap_err().to_string();
    assert!(error.contains("more than 250 patterns (`=~`, `!~`) in a.toml"), "{error}");
    let files = read(&rule(1, 200), "a.toml").unwrap();
    let files = files.into_iter().chain(read(&rule(2, 51), "b.toml").unwrap());
    let error = combine(Vec::new(), files).unwrap_err().to_string();
    assert!(error.contains("250 patterns (`=~`, `!~`) in all files"), "{error}");
}
