//! Properties: no text is too strange, printing and reading agree, and conditions are worth what
//! an evaluator over plain JSON says that they are worth.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::*;

/// Words that expressions are made of, and some that they are not.
fn soup() -> impl Strategy<Value = String> {
    let words = select(vec![
        "level",
        "client_id",
        "timestamp",
        "event",
        "x",
        "a.b",
        "field",
        "has",
        "count",
        "sum",
        "quantile",
        "error-rate",
        "by",
        "every",
        "where",
        "and",
        "or",
        "not",
        "in",
        "contains",
        "startswith",
        "deviates",
        "from",
        "(",
        ")",
        "[",
        "]",
        ",",
        ".",
        "==",
        "!=",
        "<",
        ">=",
        "=~",
        "!~",
        "=",
        "\"a\"",
        "'(['",
        "\"",
        "'\\",
        "\"2026-11-22T06:00\"",
        "12",
        "-1e3",
        "10%",
        "count > 5",
        "deviates 7% from",
        "5m",
        "1h",
        "7m",
        "ERROR",
        "true",
        "failed",
        "📱",
        "\u{0}",
        "(a == 1)",
        "has(x)",
        "a == 1",
    ]);
    vec((words, select(vec!["", " ", "\n"])), 0..16)
        .prop_map(|parts| parts.into_iter().flat_map(|(word, gap)| [word, gap]).collect())
}

/// A condition of the oracle over the fields `a` to `d`.
#[derive(Debug, Clone)]
enum Model {
    And(Box<Model>, Box<Model>),
    Or(Box<Model>, Box<Model>),
    Not(Box<Model>),
    Has(char),
    Compare(char, &'static str, Value),
    In(char, Vec<Value>),
}

impl Model {
    /// As an expression, with no more parentheses than precedence asks for.
    fn text(&self) -> String {
        match self {
            Model::And(left, right) => format!("{} and {}", left.tight(), right.tight()),
            Model::Or(left, right) => format!("{} or {}", left.text(), right.text()),
            Model::Not(inner) => format!("not ({})", inner.text()),
            Model::Has(field) => format!("has({field})"),
            Model::Compare(field, operator, value) => format!("{field} {operator} {value}"),
            Model::In(field, values) => {
                let values: Vec<String> = values.iter().map(Value::to_string).collect();
                format!("{field} in [{}]", values.join(" , "))
            }
        }
    }

    fn tight(&self) -> String {
        match self {
            Model::Or(..) => format!("({})", self.text()),
            _ => self.text(),
        }
    }

    fn holds(&self, record: &Value) -> bool {
        let of = |field: &char| Some(&record[field.to_string()]).filter(|v| !v.is_null());
        match self {
            Model::And(left, right) => left.holds(record) & right.holds(record),
            Model::Or(left, right) => left.holds(record) | right.holds(record),
            Model::Not(inner) => !inner.holds(record),
            Model::Has(field) => of(field).is_some(),
            Model::Compare(field, "!=", value) => {
                !of(field).is_some_and(|v| relate(v, "==", value))
            }
            Model::Compare(field, operator, value) => {
                of(field).is_some_and(|v| relate(v, operator, value))
            }
            Model::In(field, values) => {
                of(field).is_some_and(|v| values.iter().any(|other| relate(v, "==", other)))
            }
        }
    }
}

/// What the language says about a value of a record and a literal, kind by kind.
fn relate(value: &Value, operator: &str, literal: &Value) -> bool {
    let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let number = |v: &Value| v.as_f64().or_else(|| serde_json::from_str(v.as_str()?).ok());
    let (less, equal) = match literal {
        Value::String(text) => match operator {
            "==" => return shown == *text,
            "contains" => return shown.contains(text.as_str()),
            "startswith" => return shown.starts_with(text.as_str()),
            _ if value.is_string() => (shown.as_bytes() < text.as_bytes(), shown == *text),
            _ => return false,
        },
        Value::Number(_) => match (number(value), number(literal)) {
            (Some(left), Some(right)) => (left < right, left.total_cmp(&right).is_eq()),
            _ => return false,
        },
        _ => (false, value == literal),
    };
    let comparable = less || equal || !literal.is_boolean();
    match operator {
        "==" => equal,
        "<" => less,
        "<=" => less || equal,
        ">" => comparable && !(less || equal),
        _ => comparable && !less,
    }
}

const TEXTS: [&str; 8] = ["", "a", "ab", "b\"\\", "ERROR", "12", "1.5", "📱\n"];

fn text() -> impl Strategy<Value = Value> {
    select(TEXTS.to_vec()).prop_map(Value::from)
}

fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![(-3..20_i64).prop_map(Value::from), Just(Value::from(1.5))];
    prop_oneof![text(), number, any::<bool>().prop_map(Value::from)]
}

fn model() -> impl Strategy<Value = Model> {
    let field = || select(vec!['a', 'b', 'c', 'd']);
    let no_bool = value().prop_filter("has an order", |value| !value.is_boolean());
    let leaf = prop_oneof![
        field().prop_map(Model::Has),
        (field(), select(vec!["==", "!="]), value()).prop_map(|(f, o, v)| Model::Compare(f, o, v)),
        (field(), select(vec!["<", "<=", ">", ">="]), no_bool)
            .prop_map(|(f, o, v)| Model::Compare(f, o, v)),
        (field(), select(vec!["contains", "startswith"]), text())
            .prop_map(|(f, o, v)| Model::Compare(f, o, v)),
        (field(), vec(value(), 1..4)).prop_map(|(f, values)| Model::In(f, values)),
    ];
    leaf.prop_recursive(5, 24, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            pair.clone().prop_map(|(l, r)| Model::And(Box::new(l), Box::new(r))),
            pair.prop_map(|(l, r)| Model::Or(Box::new(l), Box::new(r))),
            inner.prop_map(|inner| Model::Not(Box::new(inner))),
        ]
    })
}

fn record() -> impl Strategy<Value = Value> {
    vec(option::of(value()), 4).prop_map(|values| {
        let fields = ["a", "b", "c", "d"].map(str::to_owned).into_iter().zip(values);
        fields.filter_map(|(name, value)| Some((name, value?))).collect()
    })
}

fn read_and_print(text: &str) -> Result<(), TestCaseError> {
    if let Ok(condition) = parse_condition(text) {
        let again = parse_condition(&condition.to_string()).unwrap();
        prop_assert_eq!(format!("{condition:?}"), format!("{again:?}"));
    }
    if let Ok(read) = parse_aggregation(text) {
        let mut again = parse_aggregation(&read.to_string()).unwrap();
        prop_assert_eq!(&parse_aggregation(&read.text).unwrap().text, &read.text);
        again.text.clone_from(&read.text);
        prop_assert_eq!(format!("{read:?}"), format!("{again:?}"));
    }
    if let Ok(read) = parse_when(text) {
        let mut again = parse_when(&read.to_string()).unwrap();
        prop_assert_eq!(&parse_when(&read.text).unwrap(), &read);
        again.text.clone_from(&read.text);
        for (again, read) in again.terms.iter_mut().zip(&read.terms) {
            again.aggregation.text.clone_from(&read.aggregation.text);
        }
        prop_assert_eq!(format!("{read:?}"), format!("{again:?}"));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}|[\\x00-\\x7f]{0,40}") {
        read_and_print(&text)?;
    }

    #[test]
    fn any_soup_is_read_or_refused(text in soup()) {
        read_and_print(&text)?;
        read_and_print(&format!("count where {text}"))?;
        read_and_print(&format!("has(x) and {text}"))?;
        read_and_print(&format!("count > 5 and {text}"))?;
        read_and_print(&format!("{text} > 5"))?;
    }

    #[test]
    fn what_is_printed_reads_the_same(model in model()) {
        read_and_print(&model.text())?;
        read_and_print(&format!("count by field(a.b) every 5m where {}", model.text()))?;
    }

    #[test]
    fn a_printed_rule_reads_the_same(
        model in model(), number in any::<i32>(), tenths in 0..100_000_u32,
    ) {
        let share = f64::from(tenths) / 10.0;
        for text in [
            format!("count where {} > {number} and error-rate != {share}%", model.text()),
            format!("count by client where {} deviates {share}% from {number}", model.text()),
        ] {
            prop_assert!(parse_when(&text).is_ok(), "{}", text);
            read_and_print(&text)?;
        }
    }

    #[test]
    fn any_text_can_be_quoted(text in any::<String>()) {
        let condition = Condition::Compare(
            Operand::Message, Operator::Contains, Literal::Text(text.clone()));
        let read = parse_condition(&condition.to_string()).unwrap();
        prop_assert_eq!(format!("{read:?}"), format!("{condition:?}"));
    }

    #[test]
    fn conditions_are_worth_what_the_oracle_says(model in model(), record in record()) {
        let mut needs = Needs::default();
        let mut condition = parse_condition(&model.text()).unwrap();
        condition.bind(&mut needs, &Zone::Utc);
        let batch = batch_of(&needs, |keys| record.get(&keys[0]).map(Value::to_string));
        prop_assert_eq!(condition.test(&batch.record(0)), model.holds(&record));
    }
}
