//! Whatever rules can be read, over whatever bytes: no panic, and all is bounded.

use proptest::prelude::*;
use ufo_logscan::aggregate::Setup;
use ufo_logscan::alert::{Engine, Pace, Settings, combine, read};
use ufo_logscan::record::Needs;

use crate::drive::{Run, SETTINGS};
use crate::rules;
use crate::written::{bytes, random};

/// Pieces of rule files, put together in any way.
fn soup() -> impl Strategy<Value = String> {
    let pieces = vec![
        "[[rule]]\n",
        "name = 'A'\n",
        "name = 'B'\n",
        "when = 'count > 1'\n",
        "when = 'silence > 1e300'\n",
        "when = 'input.malformed_ratio deviates 1e300% from 1e-300'\n",
        "when = 'count by level, level > 0'\n",
        "when = 'count by field(\"a.b\"), hour, day > 0.5'\n",
        "when = 'session-failure.oldest_open_seconds > 366d'\n",
        "when = 'max(timestamp) by file > 0'\n",
        "when = 'latency.session.p95 by client where not has(x) != 3'\n",
        "over = '1ms'\n",
        "over = '366d'\n",
        "for = '366d'\n",
        "for = '1ms'\n",
        "keep_firing_for = '366d'\n",
        "repeat_interval = '1h'\n",
        "min_records = 9223372036854775807\n",
        "limit = 1\n",
        "limit = 10000\n",
        "labels = { x = '\\u0000\"}' }\n",
        "annotations = { summary = '{{value}} {{labels.level}}' }\n",
        "enabled = false\n",
        "severity = 'critical'\n",
        "\"\u{202e}\" = 1\n",
        "[rule.labels]\n",
        "\n",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..12).prop_map(|pieces| pieces.concat())
}

/// Bytes that look more or less like a log.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let times = prop_oneof![
        Just("\"9999-12-31T23:59:60Z\"".to_owned()),
        Just("-62135596800".to_owned()),
        Just("253402300799".to_owned()),
        Just("1e18".to_owned()),
        any::<i64>().prop_map(|at| at.to_string()),
        (0_i64..5_000_000_000).prop_map(|at| at.to_string()),
    ];
    let line = prop_oneof![
        4 => (times, "[a-z\\[\\]:\\\\\"{}]{0,20}").prop_map(|(time, text)| format!("{{\"timestamp\":{time},\"level\":\"ERROR\",\"message\":\"{text}\",\"a\":{{\"b\":1}}}}\n").into_bytes()),
        2 => prop::collection::vec(any::<u8>(), 0..40),
        2 => random(3).prop_map(|lines| bytes(&lines)),
    ];
    prop::collection::vec(line, 0..20).prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn any_rules_over_any_bytes_end(
        text in prop_oneof![soup(), rules::random()],
        bytes in noise(),
        cut in 0_usize..400,
        tick in prop::sample::select(vec![5_000_000_i64, 60_000_000, 86_400_000_000]),
        lateness in prop::sample::select(vec![0_i64, 5_000_000, 86_400_000_000]),
        (live, idle) in (any::<bool>(), prop::sample::select(vec![0, 1_000, 90_000_000, i64::MAX])),
    ) {
        let Ok(rules) = read(&text, "soup.toml").and_then(|users| combine(Vec::new(), users)) else { return Ok(()) };
        let settings = Settings { pace: Pace { tick, lateness }, live, ..SETTINGS };
        let setup = Setup { max_keys: 3, ..Setup::default() };
        if Engine::new(rules.clone(), setup.clone(), settings, &mut Needs::default()).is_err() {
            return Ok(());
        }
        let mut run = Run::with(&rules, settings, setup);
        let cut = cut.min(bytes.len());
        run.engine.begin(0);
        run.take(0, bytes[..cut].to_vec());
        if live && idle < 1_000_000_000 {
            run.engine.started_at(ufo_logscan::record::Timestamp::from_micros(0));
            run.idle(idle);
        }
        run.take(0, bytes[cut..].to_vec());
        prop_assert!(run.engine.held() < 1000);
        for event in run.finish() {
            prop_assert!(event.message.len() < 10_000);
        }
    }
}
