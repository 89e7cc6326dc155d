//! The built-in rules: a rule file like any other, which the program carries with it.

use crate::error::Result;

use super::{Rule, Written, combine, read};

/// The rule file of the built-in rules, with what they are for.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// The built-in rules as they are written, for [`combine`].
///
/// # Errors
///
/// None that a test would let pass.
pub fn built_in() -> Result<Vec<Written>> {
    read(DEFAULTS, "built-in rules")
}

/// The built-in rules by name, when no user changes them.
///
/// # Errors
///
/// None that a test would let pass.
pub fn defaults() -> Result<Vec<Rule>> {
    combine(built_in()?, [])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::Severity;

    const MINUTE: i64 = 60_000_000;

    /// Name, condition, `over` and `for` in minutes, fewest records, severity.
    type Said<'a> = (&'a str, &'a str, Option<i64>, i64, u64, Severity);

    const MEANT: [Said<'static>; 13] = {
        use Severity::{Critical, Warning};
        [
            ("AgentsFailing", "session-failure.agent_ratio > 10%", Some(15), 0, 5, Warning),
            ("FlakyClient", "connections.reconnections by client >= 3", Some(60), 0, 0, Warning),
            ("HealthCheckFailing", "health.consecutive_failures >= 3", None, 0, 0, Critical),
            ("HighErrorRate", "error-rate > 10%", Some(5), 0, 20, Warning),
            ("HighSessionFailureRate", "session-failure.ratio > 20%", Some(15), 0, 5, Warning),
            ("InputLoss", "input.possible_losses > 0", Some(5), 0, 0, Warning),
            ("LogSilence", "silence > 10m", None, 0, 0, Warning),
            (
                "LowDevices",
                "connections.devices_online < 3 and connections.devices_online > 0",
                None,
                0,
                0,
                Warning,
            ),
            ("MalformedInput", "input.malformed_ratio > 5%", Some(5), 0, 20, Warning),
            ("NoDevices", "connections.devices_online == 0", None, 5, 0, Critical),
            ("SessionOrphaned", "session-failure.orphaned > 0", Some(5), 0, 0, Warning),
            ("SessionStuck", "session-failure.oldest_open_seconds > 2h", None, 0, 0, Warning),
            ("SlowResponse", "latency.health.p95 > 2s", Some(5), 0, 0, Warning),
        ]
    };

    #[test]
    fn the_built_in_rules_are_those_that_are_promised() {
        let rules = defaults().unwrap();
        let found: Vec<Said<'_>> = rules
            .iter()
            .map(|rule| {
                let over = rule.over.map(|over| over / MINUTE);
                let (hold, when) = (rule.hold / MINUTE, rule.when.text.as_str());
                (rule.name.as_str(), when, over, hold, rule.min_records, rule.severity)
            })
            .collect();
        assert_eq!(found, MEANT);
    }

    #[test]
    fn every_built_in_rule_says_what_is_so_and_what_to_do() {
        for rule in defaults().unwrap() {
            let told: Vec<&String> = rule.annotations.keys().collect();
            assert_eq!(told, ["description", "summary"], "{}", rule.name);
            assert!(rule.labels.is_empty() && rule.limit == 100 && rule.keep_firing_for == 0);
        }
    }

    #[test]
    fn the_examples_are_rules_too() {
        let (_, examples) = DEFAULTS.split_once("# --- Baselines").unwrap();
        let (_, examples) = examples.split_once("#\n# [[rule]]").unwrap();
        let lines = examples.lines().map(|line| line.trim_start_matches(['#', ' ']));
        let text = format!("[[rule]]\n{}", lines.collect::<Vec<_>>().join("\n"));
        let rules = combine(built_in().unwrap(), read(&text, "examples").unwrap()).unwrap();
        assert_eq!(rules.len(), MEANT.len() + 4);
    }
}
