//! A month of records: what is remembered is level after the first day.

use ufo_logscan::alert::defaults;

use crate::drive::{Run, SETTINGS};
use crate::rules::rules;
use crate::written::{Line, record};

const WS: &str = "UFOWebSocketHandler";
const SM: &str = "ufo.server.services.session_manager";
const DAY: i64 = 86_400;

/// What happens at one moment of a day, the same every day, but for the names.
fn at(second: i64) -> Vec<Line> {
    let (number, time) = (second / 40, Some(second * 1000));
    let said = |level: &str, logger: &str, message: &str| record(time, level, logger, message, "");
    // Clients and sessions live for a while and never come back.
    let (client, before) = (number / 40, number / 40 - 3);
    match number % 20 {
        0 | 9 => {
            vec![said("INFO", WS, &format!("[WS] 📱 Device client device_{client} connected"))]
        }
        5 => vec![said(
            "WARNING",
            WS,
            &format!("[WS] device_{before} disconnected - code=1006, reason="),
        )],
        7 => vec![said(
            "INFO",
            SM,
            &format!("[SessionManager] 🚀 Started background task s{number}"),
        )],
        16 => vec![said(
            "INFO",
            SM,
            &format!(
                "[SessionManager] ✅ Session s{} completed with status COMPLETED",
                number - 209
            ),
        )],
        11 => vec![said("ERROR", "a", "went wrong")],
        12 => vec![record(None, "INFO", "a", "undated", "")],
        13 => vec![Line { at: None, text: "{broken".to_owned() }],
        _ => vec![said("INFO", "a", "step done")],
    }
}

#[test]
fn a_month_takes_no_more_than_a_day() {
    let mut all = defaults().unwrap();
    all.extend(rules(
        "[[rule]]\nname = 'Busy'\nwhen = 'count by level, module > 3'\nover = '10m'\nrepeat_interval = '1m'\n\
         [[rule]]\nname = 'Clients'\nwhen = 'connections.connects by client >= 1 and silence < 5s'\nover = '1h'\nfor = '5m'\n\
         [[rule]]\nname = 'Day'\nwhen = 'error-rate > 1%'\nover = '1d'\nkeep_firing_for = '1h'\n",
    ));
    all.sort_by(|one, other| one.name.cmp(&other.name));
    let mut run = Run::new(&all, SETTINGS);
    let mut held = Vec::new();
    for day in 0..30 {
        let mut most = 0;
        for hour in 0..24 {
            let from = day * DAY + hour * 3600;
            let lines: Vec<Line> =
                (from..from + 3600).filter(|second| second % 40 == 0).flat_map(at).collect();
            run.blocks(0, &lines, 1000);
            most = most.max(run.engine.held());
        }
        held.push(most);
        run.events.clear();
    }
    let (second, last) = (held[1] as f64, held[29] as f64);
    assert!((last / second - 1.0).abs() < 0.01, "{held:?}");
    assert!(held[1] > 100, "{held:?}");
}
