//! What is drawn, as text: each file in `tests/screens/` is a screen of the size in its name. After
//! a change that is meant,
//!
//! ```text
//! UPDATE_GOLDEN=1 cargo test --test screen drawn
//! ```
//!
//! writes all of them anew.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::sync::LazyLock;

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Color;
use ufo_logscan::aggregate::{Plan, Setup};
use ufo_logscan::alert::{Event, Severity, Status};
use ufo_logscan::event::Profile;
use ufo_logscan::record::{Needs, Timestamp, Zone};
use ufo_logscan::render::screen::{Key, Lists, Narrowed, Scene, State, Totals, Ui, draw};
use ufo_logscan::scan;
use ufo_logscan::summary::{Body, Report, Value};

use crate::common::root;
use crate::corpus::{DECEIVERS, SECRET, texts};

fn at(text: &str) -> Timestamp {
    Timestamp::from_text(text, &Zone::Utc).unwrap()
}

fn report(log: impl std::io::Read) -> Report {
    let setup = Setup::default();
    let profile = Profile::named("ufo").unwrap();
    scan::report(log, &profile, &setup, &Plan::all(&setup), Needs::default()).unwrap()
}

fn alert(name: &str, severity: Severity, status: Status, message: &str) -> Event {
    let mut labels = BTreeMap::new();
    labels.insert("alertname".to_owned(), name.to_owned());
    Event {
        at: at("2026-11-22T06:30:00"),
        status,
        name: name.to_owned(),
        severity,
        labels,
        annotations: BTreeMap::new(),
        starts_at: at("2026-11-22T06:20:05"),
        ends_at: (status == Status::Resolved).then(|| at("2026-11-22T06:30:00")),
        value: None,
        threshold: 1.0,
        op: ">",
        window: None,
        evidence: None,
        seq: 1,
        group: BTreeMap::new(),
        message: message.to_owned(),
    }
}

/// A morning of a server.
fn scene() -> Scene {
    let log = File::open(root().join("fixtures/logs/ufo_server.log")).unwrap();
    let beats = (0..240).map(|n| [n * 7 % 30, if n % 9 == 0 { n % 5 } else { 0 }]).collect();
    Scene {
        number: 1,
        input: "logs/ufo_server.log".to_owned(),
        state: State::Waiting,
        report: report(log).into(),
        totals: Totals { lines: 1_234_567, records: 1_234_500, refused: 67, bytes: 1 << 30 },
        rate: [12_345.6, 3.4e6],
        running: 3_725,
        latest: Some(at("2026-11-22T10:04:41")),
        beats,
        seconds: 5,
        firing: vec![
            alert(
                "NoDevices",
                Severity::Critical,
                Status::Firing,
                "NoDevices firing: connections.devices_online 0 == 0 for 5m",
            ),
            alert(
                "HighErrorRate",
                Severity::Warning,
                Status::Firing,
                "HighErrorRate firing: error-rate 14.2% > 10% over 5m (71 of 500 records)",
            ),
        ],
        resolved: vec![alert(
            "SessionStuck",
            Severity::Warning,
            Status::Resolved,
            "SessionStuck resolved: session-failure.oldest_open_seconds",
        )],
        ..Scene::default()
    }
}

fn drawn(scene: &Scene, ui: &mut Ui, (width, height): (u16, u16)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let mut lists = Lists::default();
    lists.update(scene, ui);
    terminal.draw(|frame| draw(frame, scene, &lists, ui)).unwrap();
    terminal.backend().buffer().clone()
}

/// The lines of a screen; behind a wide character stands nothing.
fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in 0..buffer.area.height {
        let mut line = String::new();
        let mut column = 0;
        while column < buffer.area.width {
            let symbol = buffer[(column, row)].symbol();
            line.push_str(symbol);
            column += u16::try_from(ufo_logscan::escape::width(symbol)).unwrap().max(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn pressed(keys: &str) -> Ui {
    let mut ui = Ui::new(true);
    for c in keys.chars() {
        ui.press(if c == '\n' { Key::Enter } else { Key::Char(c) });
    }
    ui
}

#[test]
fn screens_look_as_they_did() {
    let narrowed = Narrowed {
        condition: "level >= ERROR".to_owned(),
        since: at("2026-11-22T06:20:05"),
        records: 99,
    };
    let chosen = Scene { narrowed: Some(narrowed), state: State::Reading, ..scene() };
    let fault = Scene { fault: Some("expected the end, found `x`".to_owned()), ..scene() };
    let sparse =
        Scene { report: report("".as_bytes()).into(), zone: Zone::Utc, ..Scene::default() };
    let bare = Scene { report: Report::default().into(), ..Scene::default() };
    let screens = [
        ("overview", &scene(), "", (80, 24)),
        ("overview", &scene(), "", (120, 40)),
        ("overview", &scene(), "", (200, 60)),
        ("overview", &scene(), "", (72, 16)),
        ("overview", &scene(), "", (40, 10)),
        ("overview", &scene(), "", (12, 4)),
        ("overview", &scene(), "", (1, 1)),
        ("empty", &sparse, "", (80, 24)),
        ("nothing-asked", &bare, "", (80, 24)),
        ("chosen", &chosen, "/device\nssmp", (120, 40)),
        ("typing", &fault, "wlevel >= x", (80, 24)),
        ("report", &scene(), "r", (80, 24)),
        ("help", &scene(), "?", (100, 40)),
    ];
    let mut changed = Vec::new();
    for (name, scene, keys, (width, height)) in screens {
        let path = root().join(format!("tests/screens/{name}-{width}x{height}.txt"));
        let now = text(&drawn(scene, &mut pressed(keys), (width, height)));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &now).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        if kept != now {
            changed.push(format!("{}:\nkept\n{kept}\nnow\n{now}", path.display()));
        }
    }
    assert!(
        changed.is_empty(),
        "UPDATE_GOLDEN=1 writes them anew if this is meant:\n{}",
        changed.join("\n")
    );
}

#[test]
fn nothing_is_said_by_colour_alone() {
    let scene = scene();
    let with = drawn(&scene, &mut Ui::new(true), (120, 40));
    let without = drawn(&scene, &mut Ui::new(false), (120, 40));
    assert_eq!(text(&with), text(&without));
    let coloured = |buffer: &Buffer| {
        buffer
            .content
            .iter()
            .filter(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset)
            .count()
    };
    assert!(coloured(&with) > 100);
    assert_eq!(coloured(&without), 0);
}

/// A scene that says a text wherever it says anything that is not ours.
fn saying(text: &str, scene: &Scene) -> Scene {
    let mut scene = scene.clone();
    let mut report = (*scene.report).clone();
    for section in &mut report.sections {
        let Body::Figures { tables, .. } = &mut section.body else { continue };
        for table in tables {
            let rows = table.rows.iter().map(|mut row| {
                for value in &mut row {
                    if matches!(value, Value::Text(_)) {
                        *value = Value::text(text);
                    }
                }
                row
            });
            table.rows = rows.collect();
        }
    }
    scene.report = report.into();
    text.clone_into(&mut scene.input);
    scene.notes = vec![text.to_owned()];
    scene.firing = vec![alert(text, Severity::Error, Status::Firing, text)];
    scene.resolved = vec![alert(text, Severity::Error, Status::Resolved, text)];
    scene
}

/// Whether all that is drawn is text, within the screen.
fn check(buffer: &Buffer, what: &str) {
    let text = text(buffer);
    let bad = |c: &char| *c != '\n' && (c.is_control() || DECEIVERS.contains(*c));
    assert!(!text.chars().any(|c| bad(&c)), "{what:?}:\n{text}");
    assert!(!text.contains(SECRET), "a secret in\n{text}");
}

#[test]
fn hostile_texts_are_drawn_as_texts_and_displace_nothing() {
    let calm = scene();
    for text in texts() {
        let hostile = saying(&text, &calm);
        for size in [(200, 60), (80, 24), (40, 10), (13, 5), (1, 1)] {
            for keys in ["", "r", "?"] {
                check(&drawn(&hostile, &mut pressed(keys), size), &text);
            }
        }
        // What is ours stands where it stood.
        let before = drawn(&calm, &mut Ui::new(true), (120, 40));
        let other = drawn(&hostile, &mut Ui::new(true), (120, 40));
        let line = |buffer: &Buffer| self::text(buffer).lines().nth(3).unwrap().to_owned();
        assert_eq!(line(&before), line(&other), "{text:?}");
        let mut ui = pressed("/");
        for c in text.chars() {
            ui.press(Key::Char(c));
        }
        check(&drawn(&calm, &mut ui, (80, 24)), &text);
        ui.press(Key::Enter);
        check(&drawn(&calm, &mut ui, (80, 24)), &text);
    }
}

static CALM: LazyLock<Scene> = LazyLock::new(scene);

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_size_and_any_keys_are_drawn(
        (width, height) in (1_u16..260, 1_u16..80),
        keys in "[a-pr-z/?+\\-\n ]{0,12}",
        said in "\\PC{0,30}",
    ) {
        check(&drawn(&saying(&said, &CALM), &mut pressed(&keys), (width, height)), &said);
    }
}
