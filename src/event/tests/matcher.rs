//! Which rows a matcher marks, and what it takes out of them.

use proptest::prelude::*;
use serde_json::json;

use super::texts::spell;
use super::{batch, profile, recognised};
use crate::event::{Event, KeptEvents, Matcher, Profile};
use crate::record::{Batch, Capture, EventKind, Needs};

fn custom(events: &str) -> Profile {
    Profile::from_toml(events, "test").unwrap()
}

/// The captured texts of an event by name.
fn captures(batch: &Batch, at: usize) -> Vec<(&'static str, String)> {
    let event = Event::of(batch, &batch.events[at]);
    let texts = Capture::ALL.iter().map(|(capture, name)| (*name, event.get(*capture)));
    texts.filter_map(|(name, text)| Some((name, text?.to_owned()))).collect()
}

#[test]
fn a_message_gives_its_captures_and_names_the_row() {
    let line = json!({"logger": "UFOWebSocketHandler", "level": "INFO",
        "message": "[WS] 📱 Device client 设备 @lab, 3 connected - Platform: linux, CPU: 2, Memory: 7.75GB"});
    let batch = recognised(&profile("ufo"), &line.to_string());
    assert_eq!(batch.events[0].kind, EventKind::ClientConnected);
    let expected = [("client", "设备 @lab, 3"), ("kind", "Device"), ("platform", "linux")];
    assert_eq!(captures(&batch, 0), expected.map(|(name, text)| (name, text.to_owned())));
    assert_eq!(batch.record(0).client(), Some("设备 @lab, 3"));
}

#[test]
fn keys_serve_where_the_pattern_does_not_capture() {
    let lines = [
        json!({"level": "INFO", "message": "[Session] Task completed: s1", "session_id": "other",
            "client_id": "c\n1", "duration_seconds": 1.25, "status": "no", "task_name": "t\u{1f4f1}"}),
        json!({"level": "WARNING", "message": "[Session] Task cancelled: s2", "cancel_reason": "late"}),
        json!({"level": "INFO", "logger": "ufo_logscan.probe", "message": "health check",
            "status": 200, "ok": true, "latency_ms": 12.5, "clients": ["a"]}),
        json!({"level": "INFO", "message": "[Session] Task failed: s3",
            "duration_seconds": null, "task_name": {"a": 1}}),
    ];
    let batch = recognised(&profile("ufo"), &lines.map(|line| line.to_string()).join("\n"));
    let owned = |pairs: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        pairs.iter().map(|(name, text)| (*name, (*text).to_owned())).collect()
    };
    assert_eq!(
        captures(&batch, 0),
        owned(&[
            ("client", "c\n1"),
            ("session", "s1"),
            ("task", "t\u{1f4f1}"),
            ("status", "COMPLETED"),
            ("seconds", "1.25")
        ])
    );
    let mut scratch = String::new();
    assert_eq!(batch.text(batch.record(0).session(), &mut scratch), "other", "the key stays");
    assert_eq!(captures(&batch, 1), owned(&[("session", "s2"), ("reason", "late")]));
    assert_eq!(batch.plain(batch.record(1).session()), "s2");
    let health = [("status", "200"), ("latency_ms", "12.5"), ("ok", "true")];
    assert_eq!(captures(&batch, 2), owned(&health));
    assert_eq!(captures(&batch, 3), owned(&[("session", "s3"), ("status", "FAILED")]));
}

#[test]
fn the_first_match_wins_and_a_users_entry_goes_first() {
    let profile = custom(
        r"extends = 'ufo'
        [[event]]
        kind = 'ignore'
        pattern = '\[Session\] Task completed: test-.*'
        [[event]]
        kind = 'session-finished'
        logger = 'mine'
        level = 'ERROR'
        pattern = 'lost (?<session>\w+)'
        set = { status = 'LOST' }",
    );
    let line = |logger: &str, level: &str, message: &str| {
        json!({"logger": logger, "level": level, "message": message}).to_string()
    };
    let lines = [
        line("x", "INFO", "[Session] Task completed: test-1"),
        line("x", "INFO", "[Session] Task completed: s1"),
        line("mine", "ERROR", "lost s2"),
        line("mine", "INFO", "lost s3"),
        line("mine.child", "ERROR", "lost s4"),
    ];
    let batch = recognised(&profile, &lines.join("\n"));
    assert_eq!(batch.events.iter().map(|event| event.row).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn patterns_are_anchored_and_a_dot_is_any_character() {
    let profile = custom("[[event]]\nkind = 'session-finished'\npattern = 'a.c|d'");
    let lines = ["abc", "a\nc", "d", "xabc", "abcx", "dx", ""]
        .map(|message| json!({ "message": message }).to_string());
    let batch = recognised(&profile, &lines.join("\n"));
    assert_eq!(batch.events.iter().map(|event| event.row).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn a_pattern_never_meets_a_longer_message_however_it_is_spelled() {
    let profile = custom("[[event]]\nkind = 'session-finished'\npattern = 'a.*'");
    let long = |len: usize| format!("{{\"message\": \"{}\"}}", "a".repeat(len));
    let spelled = |len: usize| format!("{{\"message\": \"{}\"}}", "\\u0061".repeat(len));
    let limit = 64 * 1024;
    let lines = [long(limit), long(limit + 1), spelled(limit), spelled(limit + 1)];
    let batch = recognised(&profile, &lines.join("\n"));
    assert_eq!(batch.events.iter().map(|event| event.row).collect::<Vec<_>>(), [0, 2]);
}

#[test]
fn words_are_found_as_the_pages_scripts_find_them() {
    let lines = [
        r#"{"message": "[Session] Task completed: s1", "session_id": "s1"}"#,
        r#"{"message": "Why did it say Task failed yesterday?\n"}"#,
        r#"{"message": "T\u0061sk cancelled"}"#,
        r#"{"message": "\nTask\u0020completed"}"#,
        r#"{"message": "task completed, \ud83d\udcf1 Task  completed"}"#,
        r#"{"message": null, "text": "Task completed"}"#,
    ];
    let batch = recognised(&profile("page"), &lines.join("\n"));
    assert_eq!(batch.events.iter().map(|event| event.row).collect::<Vec<_>>(), [0, 1, 2, 3]);
    // What looks like the words may be part of an escape.
    let profile = custom("[[event]]\nkind = 'session-finished'\nsubstring = 'nTask'");
    let lines = [r#"{"message": "\nTask"}"#, r#"{"message": "inTask\n"}"#];
    let batch = recognised(&profile, &lines.join("\n"));
    assert_eq!(batch.events.iter().map(|event| event.row).collect::<Vec<_>>(), [1]);
}

#[test]
fn loggers_are_known_again_in_every_batch() {
    let profile = profile("ufo");
    let mut needs = Needs::default();
    let mut matcher = Matcher::new(&profile, &mut needs);
    for filler in 0..3 {
        let lines = format!(
            "{{\"logger\": \"l{filler}\", \"message\": \"Shutting down\"}}\n\
             {{\"logger\": \"uvicorn.error\", \"message\": \"Shutting down\"}}\n"
        );
        let mut batch = batch(&lines, &needs);
        matcher.recognise(&mut batch);
        assert_eq!(batch.events.iter().map(|event| event.row).collect::<Vec<_>>(), [1]);
    }
}

/// Messages of which the profile knows the first ones.
fn message() -> impl Strategy<Value = (String, Option<EventKind>)> {
    let kinds = [
        ("[WS] 📱 Device client d\"1 connected", Some(EventKind::ClientConnected)),
        ("[WS] c/\\1 disconnected", Some(EventKind::ClientDisconnected)),
        (
            "[WS] 📱 Device d disconnected, cancelling 4 active session(s)",
            Some(EventKind::ClientDisconnected),
        ),
        ("[WS] ✅ Registered device client: é", Some(EventKind::ClientConnected)),
        ("[Session] Task failed: \n", Some(EventKind::SessionFinished)),
        ("[WS] 📱 Handling device task request: x from y disconnected", None),
        ("[WS] 📤 Sending result to client x via AIP...", None),
        (" [WS] 📱 Device client d connected", None),
    ];
    prop::sample::select(kinds.to_vec()).prop_map(|(text, kind)| (text.to_owned(), kind))
}

proptest! {
    #[test]
    fn any_spelling_matches_alike(
        (text, kind) in message(),
        how in prop::collection::vec(0..4_u8, 90),
        mostly_plain: bool,
    ) {
        let spelled: String = text
            .chars()
            .zip(how)
            .map(|(c, how)| spell(c, if mostly_plain && c.is_ascii() { 0 } else { how }))
            .collect();
        let line = format!(
            "{{\"logger\": \"UFOWebSocketHandler\", \"level\": \"INFO\", \"message\": \"{spelled}\"}}"
        );
        let batch = recognised(&profile_once(), &line);
        prop_assert_eq!(batch.events.first().map(|event| event.kind), kind);
        if let Some(raw) = batch.events.first() {
            let event = Event::of(&batch, raw);
            let plain = json!({"logger": "UFOWebSocketHandler", "level": "INFO", "message": text});
            let plain = recognised(&profile_once(), &plain.to_string());
            for (capture, _) in Capture::ALL {
                prop_assert_eq!(event.get(capture), plain.record(0).capture(capture));
            }
            let mut kept = KeptEvents::default();
            kept.push(&event);
            let saved = serde_json::to_string(&kept).unwrap();
            let saved: KeptEvents = serde_json::from_str(&saved).unwrap();
            prop_assert_eq!(&saved, &kept);
            prop_assert_eq!(format!("{:?}", kept.iter().next().unwrap()), format!("{event:?}"));
        }
    }
}

/// The profile of the property above, compiled once.
fn profile_once() -> Profile {
    static PROFILE: std::sync::LazyLock<Profile> = std::sync::LazyLock::new(|| profile("ufo"));
    PROFILE.clone()
}
