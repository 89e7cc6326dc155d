//! What has to be so for a rule to fire: what is read, what holds, what is refused and how.

use super::*;

fn when(text: &str) -> When {
    parse_when(text).unwrap()
}

fn refused(text: &str) -> String {
    parse_when(text).unwrap_err().to_string()
}

fn compare(operator: Operator, number: f64) -> Test {
    Test::Compare { operator, negated: false, number }
}

#[test]
fn comparisons_are_read() {
    for (text, test) in [
        ("error-rate > 10%", compare(Operator::Greater, 0.1)),
        ("error-rate>=0.5", compare(Operator::GreaterEqual, 0.5)),
        ("silence > 1h30m", compare(Operator::Greater, 5400.0)),
        ("latency.health.p95 <= 250ms", compare(Operator::LessEqual, 0.25)),
        ("sum(x) < -12", compare(Operator::Less, -12.0)),
        ("sum(x) >-5%", compare(Operator::Greater, -0.05)),
        ("count == 7", compare(Operator::Equal, 7.0)),
        (
            "count != 7d",
            Test::Compare { operator: Operator::Equal, negated: true, number: 604_800.0 },
        ),
        ("throughput deviates 50% from 2", Test::Deviates { share: 0.5, from: 2.0 }),
        ("avg(x) deviates 0.5% from -3", Test::Deviates { share: 0.005, from: -3.0 }),
    ] {
        let read = when(text);
        assert_eq!(read.terms.iter().map(|term| term.test).collect::<Vec<_>>(), [test], "{text}");
    }
}

#[test]
fn terms_are_joined_and_the_text_is_folded() {
    let read = when(" error-rate  by client\n>10%   and connections.devices_online <3 ");
    assert_eq!(read.text, "error-rate by client >10% and connections.devices_online <3");
    let terms: Vec<_> = read.terms.iter().map(|term| term.aggregation.text.as_str()).collect();
    assert_eq!(terms, ["error-rate by client", "connections.devices_online"]);
    assert_eq!(read.to_string(), "error-rate by client > 0.1 and connections.devices_online < 3");
    assert_eq!(when("a deviates 7% from 2h").to_string(), "a deviates 7% from 7200");
    assert_eq!(when("a != 1").to_string(), "a != 1");
}

#[test]
fn a_condition_takes_what_it_can() {
    let conditions = |text: &str| -> Vec<Option<String>> {
        let terms = when(text).terms;
        terms.into_iter().map(|term| Some(term.aggregation.filter?.to_string())).collect()
    };
    let some = |text: &str| Some(text.to_owned());
    for (text, meant) in [
        ("count where level == ERROR > 5", vec![some("level == ERROR")]),
        ("count where x > 3 > 5", vec![some("x > 3")]),
        ("count where x > 3 and y < 2 >= 5", vec![some("x > 3 and y < 2")]),
        ("count where (x > 3) > 5 and count > 5", vec![some("x > 3"), None]),
        ("count where has(x) > 5 and count where y == 1 > 6", vec![some("has(x)"), some("y == 1")]),
        ("count where has(x) deviates 5% from 5", vec![some("has(x)")]),
    ] {
        assert_eq!(conditions(text), meant, "{text}");
    }
}

#[test]
fn tests_hold_at_and_beside_their_number() {
    let test = |text: &str| when(&format!("count {text}")).terms[0].test;
    for (text, [below, at, above]) in [
        ("< 5", [true, false, false]),
        ("<= 5", [true, true, false]),
        ("== 5", [false, true, false]),
        ("!= 5", [true, false, true]),
        (">= 5", [false, true, true]),
        ("> 5", [false, false, true]),
        ("deviates 0% from 5", [true, false, true]),
        ("deviates 20% from 5", [false, false, false]),
        ("deviates 19% from -5", [true, true, true]),
    ] {
        assert_eq!(
            [4.0, 5.0, 6.0].map(|value| test(text).holds(value)),
            [below, at, above],
            "{text}"
        );
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!test(text).holds(value), "{text} {value}");
        }
    }
    assert!(test("deviates 50% from -4").holds(-6.5) && test("deviates 50% from -4").holds(-1.5));
    assert!(!test("deviates 50% from -4").holds(-6.0));
}

#[test]
fn conditions_are_equal_that_were_written_alike() {
    assert_eq!(when("count  > 5"), when(" count > 5"));
    assert_ne!(when("count > 5"), when("count > 6"));
}

#[test]
fn an_error_points_at_the_column() {
    assert_eq!(
        refused("error-rate every 5m > 10%"),
        "cannot read `error-rate every 5m > 10%`\n    \
             error-rate every 5m > 10%\n    \
             \u{20}          ^^^^^ a rule has no `every`\n  \
           its window slides, and is as long as the rule's `over`: over = \"5m\""
    );
}

#[test]
fn what_is_refused_is_refused_with_reasons() {
    let many = vec!["count > 5"; 17].join(" and ");
    for (text, reason) in [
        ("", "expected a metric such as `error-rate` or `count`, found the end"),
        (
            "count",
            "expected a comparison (`==` `!=` `<` `<=` `>` `>=` or `deviates`), found the end",
        ),
        ("count deviate 5% from 3", "did you mean `deviates`?"),
        ("count = 5", "`==` compares"),
        ("count =~ 'x'", "a figure is a number; texts are looked into behind `where`"),
        ("count in [1]", "a figure is a number"),
        ("count where has(x) by module > 5", "goes on as far as it can"),
        ("count where level == ERROR and error-rate > 5", "goes on as far as it can"),
        ("count where x > 5", "the figure is compared behind it: count where (level == ERROR) > 5"),
        ("count where x == 1 and count > 5", "found the end\n  the condition behind `where`"),
        (
            "count by module by client > 5",
            "the order is: metric, `by` keys, `where` condition, com",
        ),
        ("count >", "expected a number, a percentage or a duration such as `1h30m`, found the end"),
        ("count > ERROR", "expected a number"),
        ("count > '10%'", "numbers have no quotes: 10%"),
        ("count > 1e999", "expected a number"),
        ("count > 5 > 6", "expected `and` or the end, found `>`"),
        ("count > 5 AND count < 7", "did you mean `and`?"),
        ("count > 5 by module", "the order is: metric, `by` keys"),
        ("count > 5 where has(x)", "the order is: metric, `by` keys"),
        ("count > 5 or count < 2", "what may be so in either of two ways is two rules"),
        ("count > 5 over 5m", "a key of the rule: over = \"5m\""),
        ("count > 5 every 5m", "a key of the rule: over = \"5m\""),
        ("count > 5 for 5m", "how long it has to last says a key of the rule: for = \"5m\""),
        ("count > 5 and", "expected a metric"),
        ("count deviates 0.5 from 3", "expected a percentage such as `50%`, found `0.5`"),
        ("count deviates -5% from 3", "expected a percentage"),
        ("count deviates 5% of 3", "expected `from`, found `of`"),
        ("count deviates 5% from", "expected a number"),
        ("count deviates 5% from 3 and count > 5", "expected the end, found `and`\n  a deviation"),
        ("count > 5 and count deviates 5% from 3", "a deviation stands alone in its rule"),
        (&many, "more than 16 comparisons"),
    ] {
        let error = refused(text);
        assert!(error.contains(reason), "{text}: {error}");
    }
}
