//! Labels: names that the formats allow, values that cannot leave their quotes.

use crate::escape::terminal;
use crate::summary::Value;

/// The most bytes of a value.
const MAX_VALUE: usize = 256;

/// Names with values, in order, each name once. Values are escaped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(in super::super) struct Labels(Vec<(String, String)>);

impl Labels {
    /// Adds a label; a name that is taken gets a number behind it.
    pub(super) fn add(&mut self, name: &str, value: &Value) {
        let name = fit_name(name);
        let mut unique = name.clone();
        let mut number = 1;
        while self.0.iter().any(|(taken, _)| *taken == unique) {
            number += 1;
            unique = format!("{name}_{number}");
        }
        self.0.push((unique, fit_value(&text(value))));
    }

    /// As they are written: `{a="b",c="d"}`, or nothing.
    pub(in super::super) fn written(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let pairs: Vec<_> =
            self.0.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        format!("{{{}}}", pairs.join(","))
    }
}

/// Letters, digits and `_`, no digit first; what begins with `__` belongs to Prometheus.
pub(super) fn fit_name(name: &str) -> String {
    let fit = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    // Fields of records may be called anything, and have names as long as they like.
    let name: String = name.chars().take(64).map(fit).collect();
    let name = name.trim_start_matches('_');
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return format!("key_{name}");
    }
    name.to_owned()
}

/// Masked, made visible, cut, and escaped as both formats want it.
fn fit_value(text: &str) -> String {
    let shown = terminal(text);
    let mut end = shown.len().min(MAX_VALUE);
    while !shown.is_char_boundary(end) {
        end -= 1;
    }
    let cut = if end < shown.len() { "…" } else { "" };
    format!("{}{cut}", escaped(&shown[..end]))
}

/// A backslash before backslashes and quotes, and no line end.
pub(in super::super) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Rest(name) => (*name).to_owned(),
        Value::Int(n) => n.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Time(time) if time.is_some() => time.display(&crate::record::Zone::Utc),
        Value::Float(n) | Value::Ratio(n) | Value::Seconds(n) | Value::Millis(n) => n.to_string(),
        Value::Null | Value::Time(_) => "(none)".to_owned(),
    }
}
