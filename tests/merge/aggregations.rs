//! What is aggregated: every section that there is, alone and in every combinator, every generic
//! metric, and combinations that are worth a look of their own.

use ufo_logscan::aggregate::{KINDS, Plan, Setup};
use ufo_logscan::expr::parse_aggregation;
use ufo_logscan::record::Needs;

/// What may stand behind `by`, fields last.
const KEYS: [&str; 15] = [
    "level",
    "logger",
    "module",
    "function",
    "client",
    "session",
    "task",
    "event",
    "outcome",
    "status",
    "file",
    "hour",
    "day",
    "field(task_name)",
    "field(\"ctx.region\")",
];

/// Around each metric; `{}` is the metric.
const COMBINATORS: [&str; 12] = [
    "{}",
    "{} by client",
    "{} by session, outcome",
    "{} by level, hour, file",
    "{} every 1m",
    "{} every 1h",
    "{} every 1d",
    "{} where level >= WARNING or has(event)",
    "{} where client != \"device_a\"",
    "{} by client every 1m",
    "{} every 1m where event in [session-finished, client-connected, health-check, http-access]",
    "{} by module, client every 5m where not has(exception) and message !~ \"Agent\"",
];

const GENERIC: [&str; 8] = [
    "count",
    "sum(n)",
    "avg(duration_seconds)",
    "min(n)",
    "max(timestamp)",
    "quantile(0.9, n)",
    "distinct(session)",
    "distinct(field(\"ctx.region\"))",
];

const FURTHER: [&str; 16] = [
    // All facts, and few of the records.
    "throughput every 1m where not has(message) or level == ERROR",
    "client every 1m where not has(message) or level == WARNING",
    "connections.devices_online every 1m",
    "connections.clients_online by client every 1h",
    "session-failure.open every 1m",
    "latency.session.p95 by client every 1h where outcome == completed",
    "health.consecutive_failures every 1m",
    "count by field(\"ctx.region\"), level every 1d where has(message)",
    "level where message =~ \"Session|Task\"",
    "errors by client where timestamp >= \"2026-11-22T05:58:10Z\"",
    "http by status every 1m",
    "client where client startswith \"device\"",
    "client where session == \"sess-1\" or session == \"s1\"",
    "module where line contains \"late\"",
    "count where n > 1 or file == \"page.log\"",
    "distinct(client) every 1m where logger in [\"ws\", \"UFOWebSocketHandler\"]",
];

/// Plans, and what they need.
pub(crate) struct Plans {
    pub(crate) plans: Vec<Plan>,
    pub(crate) needs: Needs,
}

impl Plans {
    fn add(&mut self, text: &str, setup: &Setup) -> Result<(), String> {
        let aggregation = parse_aggregation(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
        let plan = Plan::new(aggregation, setup, &mut self.needs).map_err(|e| e.to_string())?;
        self.plans.push(plan);
        Ok(())
    }
}

fn metrics() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name).chain(GENERIC)
}

/// Every section and generic metric in every combinator, by every key, and some more. A section
/// may take no combinators at all; only `input` does so.
pub(crate) fn all(setup: &Setup) -> Plans {
    let mut plans = combined(setup, &COMBINATORS);
    for key in KEYS {
        for metric in ["count", "client", "session-failure"] {
            plans.add(&format!("{metric} by {key}"), setup).unwrap();
        }
    }
    plans
}

/// The same in a few combinators.
pub(crate) fn some(setup: &Setup) -> Plans {
    combined(setup, &[0, 1, 4, 9].map(|at| COMBINATORS[at]))
}

fn combined(setup: &Setup, around: &[&str]) -> Plans {
    let mut plans = Plans { plans: Vec::new(), needs: Needs::default() };
    for metric in metrics() {
        let before = plans.plans.len();
        let refused: Vec<String> = around
            .iter()
            .filter_map(|combinator| plans.add(&combinator.replace("{}", metric), setup).err())
            .collect();
        if metric == "input" {
            assert_eq!((plans.plans.len() - before, refused.len()), (1, around.len() - 1));
        } else {
            assert_eq!(refused, Vec::<String>::new(), "{metric}");
        }
    }
    for text in FURTHER {
        plans.add(text, setup).unwrap();
    }
    plans
}
