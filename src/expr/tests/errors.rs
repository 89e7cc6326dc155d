//! What is refused, and how it is said.

use super::*;

fn refused<T>(read: crate::error::Result<T>) -> String {
    read.err().unwrap().to_string()
}

#[test]
fn an_error_points_at_the_column() {
    assert_eq!(
        refused(parse_aggregation("error-rate bye module")),
        "cannot read `error-rate bye module`\n    \
             error-rate bye module\n    \
             \u{20}          ^^^ expected `by`, `every`, `where` or the end, found `bye`\n  \
           did you mean `by`?"
    );
}

#[test]
fn columns_are_those_of_a_terminal() {
    let error = refused(parse_condition("message == \"✅\t会\" und x"));
    let caret = error.lines().nth(2).unwrap();
    assert_eq!(caret.find('^'), Some(4 + "message == ".len() + 2 + 5 + 1), "{error}");
    assert!(!error.contains('\t'));
}

#[test]
fn long_expressions_are_shown_in_part() {
    let long = format!("level == ERROR or {} == 1 x", "a".repeat(500));
    let error = refused(parse_condition(&long));
    assert!(error.lines().all(|line| line.chars().count() < 200), "{error}");
    let word = refused(parse_condition(&format!("level {}", "x".repeat(10_000))));
    assert!(word.chars().count() < 1000);
    assert!(refused(parse_condition(&" ".repeat(1 << 20))).contains("longer than 262144 bytes"));
}

#[test]
fn nothing_quoted_reaches_the_terminal_raw() {
    let error = refused(parse_condition("\"\u{1b}[2J\""));
    assert!(!error.contains('\u{1b}'));
}

#[test]
fn aggregations_are_refused_with_reasons() {
    for (text, reason) in [
        ("", "expected a metric such as `error-rate` or `count`, found the end"),
        ("by module", "expected a metric"),
        (
            "\"level\"",
            "expected a metric such as `error-rate` or `count`, found the text \"level\"",
        ),
        ("sum", "expected `(`, found the end"),
        ("sum by module", "expected `(`, found `by`"),
        ("sum(latency_ms", "expected `)`, found the end"),
        ("quantil(0.5, x)", "did you mean `quantile`?"),
        ("count(module)", "`distinct(module)` counts different values"),
        ("quantile(95, x)", "expected a share from 0 to 1, such as `0.95` or `95%`, found `95`"),
        ("quantile(500ms, x)", "expected a share"),
        ("quantile(0.5 x)", "expected `,`, found `x`"),
        ("latency.", "expected the name of a figure, found the end"),
        ("count by", "expected a key"),
        ("count by modul", "did you mean `module`? for a field of the records: field(\"modul\")"),
        ("count by task_name", "for a field of the records: field(\"task_name\")"),
        ("count by message", "`message` is no key; keys are `level`, `logger`"),
        ("count by module, module", "`module` is a key already"),
        ("count by client, client_id", "`client` is a key already"),
        ("count by level, field(\"level\")", "`level` is a key already"),
        ("count by level, logger, module, client, day", "more than 4 keys"),
        ("count by field()", "expected the name of a field, found `)`"),
        ("count by field(\"\")", "expected the name of a field, found the text \"\""),
        ("count every", "expected a duration such as `5m`, `1h30m` or `1d`, found the end"),
        ("count every 5", "expected a duration"),
        (
            "count every 7m",
            "expected a divisor of a day, or whole days, found `7m`\n  near it: `6m` or `8m`",
        ),
        ("count every 25h", "near it: `1d` or `2d`"),
        ("count every 0s", "near it: `1ms`"),
        ("count every 1h by module", "the order is: metric, `by` keys"),
        ("count where level == ERROR by module", "expected `and`, `or` or the end, found `by`"),
        ("count BY module", "did you mean `by`?"),
        ("count > 5", "expected `by`, `every`, `where` or the end, found `>`"),
    ] {
        let error = refused(parse_aggregation(text));
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn conditions_are_refused_with_reasons() {
    for (text, reason) in [
        ("", "expected a name such as `level` or `field(\"a.b\")`, found the end"),
        ("level", "expected an operator"),
        ("level = ERROR", "`==` compares"),
        ("level == ERROR && module == \"x\"", "the word is `and`"),
        ("!has(x)", "the word is `not`"),
        ("level == ERROR AND x == 1", "did you mean `and`?"),
        ("a.b == 1", "a field within a field: field(\"a.b\")"),
        ("module == handler", "texts are quoted: \"handler\""),
        ("message contains 42", "expected a quoted text, found `42`"),
        ("message contains ERROR", "texts are quoted: \"ERROR\""),
        ("message startwith \"x\"", "did you mean `startswith`?"),
        ("message == “x”", "quotes are \" or '"),
        ("message == \"x", "this \" is never closed"),
        ("message == 'x\\'", "this ' is never closed"),
        ("level >= NOTICE", "expected a level (TRACE,"),
        ("level >= \"NOTICE\"", "expected a level"),
        ("level == NOTICE", "for a level of another name: \"NOTICE\""),
        ("level >= EROR", "did you mean `ERROR`?"),
        ("level >= 30", "expected a level"),
        ("ok < true", "expected something that has an order"),
        ("x == 12abc", "expected a number, a percentage or a duration"),
        ("x == 1e999", "expected a number"),
        ("day == 2026-11-22", "texts are quoted: \"2026-11-22\""),
        ("timestamp > \"yesterday\"", "expected a time such as"),
        (
            "timestamp > \"2026-11-22\"",
            "its midnight is \"2026-11-22T00:00\"; the whole day is: day ==",
        ),
        ("timestamp > 2026-11-22T06:00:00Z", "times are quoted: \"2026-11-22T06:00:00Z\""),
        ("timestamp > 5m", "expected a time"),
        ("timestamp contains \"2026\"", "a timestamp is no text"),
        ("timestamp =~ \"2026\"", "a timestamp is no text"),
        ("level in []", "expected a level"),
        ("x in [1 2]", "expected `,` or `]`, found `2`"),
        ("x in (1, 2)", "expected `[`, found `(`"),
        ("(a == 1", "expected `and`, `or` or `)`, found the end"),
        ("a == 1)", "expected `and`, `or` or the end, found `)`"),
        ("has x", "expected an operator"),
        ("has(\"x\")", "expected a name"),
        ("message =~ \"a(b\"", "wrong in column 2 of the pattern: unclosed group"),
        ("message =~ \"\\\\w{100}{100}{100}\"", "this pattern takes too much memory"),
    ] {
        let error = refused(parse_condition(text));
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn the_caret_finds_its_way_into_patterns() {
    for (text, column) in [
        ("message =~ \"a(b\"", 13),
        ("message =~ \"a\\\\d(b\"", 16),
        ("message =~ '\\n\\t(b'", 16),
        ("message =~ '📱('", 14),
        ("event =~ \"[\"", 10),
    ] {
        let error = refused(parse_condition(text));
        let caret = error.lines().nth(2).unwrap();
        assert_eq!(caret.find('^'), Some(4 + column), "{error}");
    }
}

#[test]
fn depth_is_bounded() {
    let parens = |n: usize| format!("{}a == 1{}", "(".repeat(n), ")".repeat(n));
    let nots = |n: usize| format!("{}a == 1", "not ".repeat(n));
    assert!(parse_condition(&parens(64)).is_ok() && parse_condition(&nots(64)).is_ok());
    for text in [parens(65), nots(65), parens(100_000), nots(50_000)] {
        assert!(refused(parse_condition(&text)).contains("nested deeper than 64 levels"));
    }
    let chain = |word: &str| vec!["a == 1"; 20_000].join(word);
    for text in [chain(" and "), chain(" or ")] {
        let condition = parse_condition(&text).unwrap();
        assert!(!condition.test(&batch_of(&Needs::default(), |_| None).record(0)));
        assert_eq!(condition.to_string(), text);
    }
}
