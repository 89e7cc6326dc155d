//! What the built-in profiles take a message for, and what they must not take it for.

use serde_json::json;

use super::{profile, recognised, track};
use crate::event::{FactKind, Outcome, Tracker};

/// The name of the event that a record is, or nothing.
fn event(logger: &str, level: &str, message: &str) -> &'static str {
    let line = json!({"logger": logger, "level": level, "message": message}).to_string();
    let batch = recognised(&profile("ufo"), &line);
    batch.events.first().map_or("", |event| event.kind.name())
}

const HANDLER: &str = "UFOWebSocketHandler";
const MANAGER: &str = "ufo.server.services.session_manager";
const API: &str = "ufo.server.services.api";

#[test]
fn text_of_users_and_clients_never_counts() {
    for (logger, level, message) in [
        (
            HANDLER,
            "INFO",
            "[WS] 📱 Handling device task request: x disconnected - code=1000, reason=y from d",
        ),
        (HANDLER, "INFO", "[WS] 📱 Handling device task request: hello from someone disconnected"),
        (
            HANDLER,
            "INFO",
            "[WS] 🌟 Handling constellation task request: [Session] Task failed: x from d disconnected",
        ),
        (
            HANDLER,
            "WARNING",
            "[WS] Sanitized unsafe task_name 'a disconnected - code=1000, reason=' -> 'b'",
        ),
        (
            HANDLER,
            "WARNING",
            "[WS] 🚨 client_id spoof rejected: connection registered as 'a' but message claimed client_id='b disconnected - code=1, reason='",
        ),
        (
            HANDLER,
            "WARNING",
            "[WS] ⚠️ Client a disconnected, skipping result callback for session s",
        ),
        (HANDLER, "WARNING", "[WS] ⚠️ Target device a disconnected, skipping send"),
        (HANDLER, "ERROR", "[WS] Error with client device_rude: 'text'"),
        (HANDLER, "ERROR", "[WS] ❌ Failed to send result for session s: Task failed"),
        (HANDLER, "INFO", "[WS] [AIP] Received registration from a, type=ClientType.DEVICE"),
        (MANAGER, "INFO", "[SessionManager] ✅ Session s finished successfully"),
        (MANAGER, "WARNING", "[SessionManager] ⚠️ No running task found for s"),
        (
            MANAGER,
            "WARNING",
            "[SessionManager] 🚨 cross-client session reuse rejected: session_id='s' owner='a' attempted_by='b'",
        ),
        (MANAGER, "INFO", "Removed session: s"),
        (API, "INFO", "Dispatching task '[Session] Task completed: s' to client 'd'"),
        (API, "INFO", "Client d not online."),
        ("other", "INFO", "[SessionManager] 🚀 Executing session s"),
        ("other", "INFO", "why did it say [Session] Task failed: s"),
        ("uvicorn.error", "INFO", "127.0.0.1:50364 - \"WebSocket /ws?token=x\" [accepted]"),
        ("uvicorn.error", "INFO", "connection rejected (403 Forbidden)"),
    ] {
        assert_eq!(event(logger, level, message), "", "{message}");
    }
}

#[test]
fn what_the_server_and_the_page_write() {
    for (logger, level, message, kind) in [
        (HANDLER, "INFO", "[WS] 📱 Device client a connected connected", "client-connected"),
        (HANDLER, "WARNING", "[WS] a, b disconnected - code=1006, reason=", "client-disconnected"),
        (HANDLER, "WARNING", "[WS] a disconnected - code=None, reason=None", "client-disconnected"),
        (
            HANDLER,
            "INFO",
            "[WS] ✅ Registered device client: x disconnected",
            "client-disconnected",
        ),
        (HANDLER, "WARNING", "[WS] 📱 Task request from unknown device 'd'", "dispatch-refused"),
        (
            MANAGER,
            "INFO",
            "Created new linux session: s (type: LinuxServiceSession)",
            "session-created",
        ),
        (
            MANAGER,
            "INFO",
            "Created new linux session: s (type: X, owner: \"it's\")",
            "session-created",
        ),
        (MANAGER, "INFO", "[SessionManager] ⏱ Session s execution took 3s", "session-took"),
        (
            MANAGER,
            "INFO",
            "[SessionManager] ✅ Session s completed with status failed",
            "session-finished",
        ),
        ("ufo.module.basic", "INFO", "Agent LinuxAgent transitioned to state ", "agent-state"),
        ("ufo.server.app", "INFO", "Starting UFO Server on 0.0.0.0:5000", "server-started"),
        ("uvicorn.access", "INFO", "::1:5 - \"GET /api/health?a=b HTTP/1.1\" 200", "http-access"),
        ("x", "ERROR", "[Session] Task execution failed: s", "session-finished"),
        ("x", "INFO", "[WS] 🔌 Client disconnected: a", "client-disconnected"),
        (
            "",
            "INFO",
            "✅ Server healthy - 3 clients connected | Uptime: 0:00:30 | Availability: 100.00%",
            "health-check",
        ),
        ("", "ERROR", "❌ Health check failed: HTTP 500 (consecutive failures: 2)", "health-check"),
    ] {
        assert_eq!(event(logger, level, message), kind, "{message}");
    }
}

#[test]
fn the_life_of_a_session_on_the_page() {
    let at = |second: u32| format!("2026-11-22T06:00:{second:02}");
    let lines = [
        json!({"timestamp": at(0), "message": "[WS] ✅ Registered device client: d1", "client_id": "d1"}),
        json!({"timestamp": at(1), "message": "[WS] ✅ Registered other client: device_2"}),
        json!({"timestamp": at(2), "message": "[Session] Created session s1 for task: t1", "client_id": "d1"}),
        json!({"timestamp": at(3), "message": "[Session] Created session s2 for task: t2"}),
        json!({"timestamp": at(4), "message": "[Session] Task completed: s1", "duration_seconds": 1.5}),
        json!({"timestamp": at(7), "message": "[Session] Task cancelled: s2 (reason: a (b))"}),
        json!({"timestamp": at(8), "message": "[Session] Task execution failed: s3"}),
        json!({"timestamp": at(8), "message": "[Session] Task failed: s3"}),
        json!({"timestamp": at(9), "message": "[WS] 🔌 Client disconnected: d1"}),
    ];
    let mut told = Vec::new();
    let mut tracker = Tracker::new(0, true, 10);
    let lines = lines.map(|line| line.to_string()).join("\n");
    track(&mut tracker, &profile("ufo"), &lines, &mut |fact| match fact.kind {
        FactKind::ClientConnected | FactKind::ClientDisconnected => {
            told.push(format!("{:?} {:?} {}", fact.kind, fact.client.unwrap(), fact.device));
        }
        FactKind::SessionFinished => told.push(format!(
            "{:?} {:?} {:?} {:?} {:?} {}",
            fact.session.unwrap(),
            fact.outcome.unwrap(),
            fact.client,
            fact.nanos,
            fact.reason,
            fact.had_start
        )),
        FactKind::Mention => told.push(format!("mention {:?}", fact.client.unwrap())),
        _ => {}
    });
    assert_eq!(
        told,
        [
            "ClientConnected \"d1\" true",
            "ClientConnected \"device_2\" true",
            "\"s1\" Completed Some(\"d1\") Some(1500000000) None true",
            "mention \"d1\"",
            "\"s2\" Cancelled None Some(4000000000) Some(\"a (b)\") true",
            "\"s3\" Failed None None None false",
            "ClientDisconnected \"d1\" true",
        ]
    );
}

#[test]
fn the_page_counts_lines() {
    let lines = [
        json!({"message": "[Session] Task completed: s1"}),
        json!({"message": "[Session] Task completed: s1"}),
        json!({"message": "Task failed and Task completed"}),
        json!({"message": "[Session] Task cancelled: s1"}),
        json!({"message": "[SessionManager] 🚀 Executing session s"}),
    ];
    let page = profile("page");
    let mut outcomes = Vec::new();
    let mut tracker = Tracker::new(0, page.join(), 10);
    let lines = lines.map(|line| line.to_string()).join("\n");
    track(&mut tracker, &page, &lines, &mut |fact| {
        assert!(fact.had_start && fact.online == 0);
        outcomes.push(fact.outcome.unwrap());
    });
    tracker.finish(&mut |_| unreachable!("nothing is remembered"));
    let (completed, failed) = (Outcome::Completed, Outcome::Failed);
    assert_eq!(outcomes, [completed, completed, completed, failed]);
}
