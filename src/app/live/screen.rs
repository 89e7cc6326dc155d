//! The screen: a thread that draws scenes and reads keys, and what the reading thread says to it
//! and hears of it.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{self, Event as Input, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::crossterm::queue;
use ratatui::crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};

use super::board::{Alerts, Board, Rates};
use super::notes::Notes;
use super::tty::{Leaving, Tty};
use crate::aggregate::View;
use crate::app::output;
use crate::app::signals::{Orders, Stop};
use crate::error::Error;
use crate::record::Zone;
use crate::render::screen::{Act, Key, Lists, Narrowed, Scene, State, Totals, Ui, Wants, draw};

/// Whether this build has one.
pub(super) const EXISTS: bool = true;

/// How long a run that may be over at once is waited for, in microseconds.
const PATIENT: i64 = 1_000_000;
/// How often there is a new scene, in microseconds, and how many times as long as it took to make
/// one nothing is made.
const OFTEN: i64 = 200_000;
const REST: i64 = 20;
/// How many columns a graph has at most.
const COLUMNS: usize = 240;
/// How long a frame stays at least, and how often is looked for keys, scenes and signals.
const FRAME: Duration = Duration::from_millis(100);
const LOOK: Duration = Duration::from_millis(30);

/// What was read by now, for the screen to look at between two steps.
pub(super) struct Seen<'a> {
    /// Microseconds since the start.
    pub(super) now: i64,
    /// Whether there is more to read.
    pub(super) behind: bool,
    /// For how many microseconds nothing has come.
    pub(super) idle: i64,
    pub(super) board: &'a Board<'a>,
    pub(super) alerts: &'a Alerts,
    pub(super) notes: &'a Notes,
}

/// The screen, as the reading thread sees it.
pub(super) struct Screen {
    color: bool,
    stop: Stop,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    /// Whether it is too early, or nothing can be drawn.
    waits: bool,
    failed: bool,
    /// The last scene, and when the next one is due.
    scene: Scene,
    next: i64,
    /// Lines that had been read when the report of the scene was made.
    lines: Option<(u64, u64)>,
    rates: Rates,
    condition: Option<String>,
}

/// What both threads know.
#[derive(Default)]
struct Shared {
    scene: Mutex<Option<Arc<Scene>>>,
    wants: Mutex<Wants>,
    paused: AtomicBool,
    quit: AtomicBool,
    over: AtomicBool,
}

impl Screen {
    /// A screen that comes with the first scene, or, for the patient, once the run lasts.
    pub(super) fn new(
        color: bool,
        input: String,
        zone: Zone,
        stop: &Stop,
        patient: bool,
    ) -> Screen {
        Screen {
            color,
            stop: stop.clone(),
            shared: Arc::default(),
            thread: None,
            waits: patient,
            failed: false,
            scene: Scene { input, zone, ..Scene::default() },
            next: 0,
            lines: None,
            rates: Rates::default(),
            condition: None,
        }
    }

    /// Shows what was read, if it is time for that.
    pub(super) fn look(&mut self, seen: &Seen<'_>) {
        if self.failed || self.waits && seen.now < PATIENT || seen.now < self.next {
            return;
        }
        self.waits = false;
        if self.shared.paused.load(Ordering::Relaxed) {
            self.next = seen.now + OFTEN;
            return;
        }
        let began = now();
        self.compose(seen);
        *lock(&self.shared.scene) = Some(Arc::new(self.scene.clone()));
        let cost = i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX / REST);
        self.next = seen.now + OFTEN.max(cost.saturating_mul(REST));
        if self.thread.is_none() {
            self.start(seen.notes);
        }
    }

    fn compose(&mut self, Seen { now, behind, idle, board, alerts, notes }: &Seen<'_>) {
        let Screen { scene, rates, .. } = self;
        let asked = lock(&self.shared.wants).seconds.max(1);
        let chosen = board.narrowed.as_ref();
        let read = (board.lines.all, chosen.map_or(0, |chosen| chosen.records + 1));
        if self.lines != Some(read) {
            self.lines = Some(read);
            let folds = chosen.map_or(&board.folds, |chosen| &chosen.folds);
            scene.report = Arc::new(folds.snapshot(&View::default()));
        }
        scene.number += 1;
        scene.state = if *behind { State::Reading } else { State::Waiting };
        scene.narrowed = chosen.map(|chosen| Narrowed {
            condition: chosen.condition.clone(),
            since: chosen.since,
            records: chosen.records,
        });
        scene.totals = Totals {
            lines: board.lines.all,
            records: board.lines.records,
            refused: board.lines.refused,
            bytes: board.lines.bytes,
        };
        scene.rate = rates.at(*now, board.lines);
        scene.running = u64::try_from(now / 1_000_000).unwrap_or_default();
        scene.latest = board.pulse.latest();
        scene.seconds = asked;
        scene.beats = board.beats(COLUMNS, asked, *idle);
        scene.firing = alerts.firing();
        scene.resolved = alerts.resolved();
        scene.notes = notes.last();
    }

    /// Takes the terminal. If that cannot be done, reading goes on without a screen.
    fn start(&mut self, notes: &Notes) {
        let tty = Tty::new();
        notes.hold();
        let orders = Orders::listen();
        let terminal =
            tty.enter().and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
        let terminal = match terminal {
            Ok(terminal) => terminal,
            Err(cause) => {
                tty.leave();
                notes.release();
                output::note(&format!("no screen: {cause}"));
                self.failed = true;
                return;
            }
        };
        let ui = Ui::new(self.color);
        *lock(&self.shared.wants) = ui.wants();
        let shared = Arc::clone(&self.shared);
        let stop = self.stop.clone();
        let painter = Painter {
            terminal,
            tty,
            orders,
            shared,
            stop,
            ui,
            lists: Lists::default(),
            keys: true,
        };
        self.thread = Some(std::thread::spawn(move || painter.run()));
    }

    /// The condition that figures are to be chosen by, if it is another one than before.
    #[expect(clippy::option_option, reason = "it may be that there is to be none any more")]
    pub(super) fn take_condition(&mut self) -> Option<Option<String>> {
        let wanted = lock(&self.shared.wants).condition.clone();
        if wanted == self.condition {
            return None;
        }
        self.condition.clone_from(&wanted);
        self.scene.fault = None;
        self.next = 0;
        Some(wanted)
    }

    /// Says that a condition is none. What was chosen before stays chosen.
    pub(super) fn refuse(&mut self, error: &Error) {
        let text: Vec<&str> = error.message().lines().map(str::trim).collect();
        // The last line says what is wrong; those before it show the text, which has been typed.
        self.scene.fault = text.last().map(|last| last.trim_start_matches(['^', ' ']).to_owned());
    }

    /// Whether somebody does not want to look any more.
    pub(super) fn has_quit(&self) -> bool {
        self.shared.quit.load(Ordering::Relaxed)
    }

    /// Gives the terminal back.
    pub(super) fn close(self) {
        self.shared.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread {
            // If it has panicked, that was told.
            let _ = thread.join();
        }
    }
}

/// The thread that draws.
struct Painter {
    terminal: Terminal<CrosstermBackend<io::Stdout>>,
    tty: Tty,
    orders: Orders,
    shared: Arc<Shared>,
    stop: Stop,
    ui: Ui,
    lists: Lists,
    /// Whether keys can be read.
    keys: bool,
}

impl Painter {
    fn run(mut self) {
        let leaving = Leaving(self.tty.clone());
        let mut scene: Option<Arc<Scene>> = None;
        let mut drawn: Option<Instant> = None;
        let mut changed = true;
        while !self.is_over() {
            changed |= self.obey();
            if !self.ui.is_paused() {
                let new = lock(&self.shared.scene).take();
                changed |= new.is_some();
                scene = new.or(scene);
            }
            let due = drawn.is_none_or(|drawn| drawn.elapsed() >= FRAME);
            if let Some(scene) = &scene
                && changed
                && due
            {
                if !self.draw(scene).unwrap_or(false) {
                    break;
                }
                drawn = Some(now());
                changed = false;
            }
            changed |= self.listen(LOOK);
        }
        drop(leaving);
        self.orders.leave();
        self.stop.arm();
    }

    fn is_over(&self) -> bool {
        self.stop.is_asked()
            || self.shared.over.load(Ordering::Relaxed)
            || self.shared.quit.load(Ordering::Relaxed)
    }

    fn draw(&mut self, scene: &Scene) -> io::Result<bool> {
        let Painter { terminal, tty, ui, lists, .. } = self;
        lists.update(scene, ui);
        tty.draw(|| {
            queue!(io::stdout(), BeginSynchronizedUpdate)?;
            terminal.draw(|frame| draw(frame, scene, lists, ui))?;
            ratatui::crossterm::execute!(io::stdout(), EndSynchronizedUpdate)
        })
    }

    /// Does what signals ask for; whether all has to be drawn again.
    fn obey(&mut self) -> bool {
        if let Some(deadly) = self.orders.to_end() {
            self.tty.leave();
            self.orders.end(deadly);
        }
        let suspended = self.orders.to_suspend();
        if suspended {
            self.tty.leave();
            Orders::suspend();
        }
        if self.orders.was_continued() || suspended {
            // Others have had the terminal meanwhile.
            self.tty.leave();
            // A new one knows nothing of what is drawn. To clear the old one would ask the terminal
            // where its cursor is, and wait for the answer.
            let terminal = Terminal::new(CrosstermBackend::new(io::stdout()));
            if let Ok(terminal) = self.tty.enter().and(terminal) {
                self.terminal = terminal;
            }
            return true;
        }
        false
    }

    /// Takes the keys that come within a time; whether there were any.
    fn listen(&mut self, patience: Duration) -> bool {
        if !self.keys {
            std::thread::sleep(patience);
            return false;
        }
        let mut some = false;
        let mut patience = patience;
        loop {
            match event::poll(patience).and_then(|ready| ready.then(event::read).transpose()) {
                Ok(Some(input)) => {
                    some = true;
                    self.take(&input);
                }
                Ok(None) => break,
                // Without a terminal of our own nobody can type; signals still work.
                Err(_) => self.keys = false,
            }
            if !self.keys {
                break;
            }
            patience = Duration::ZERO;
        }
        some
    }

    fn take(&mut self, input: &Input) {
        let Input::Key(key) = input else { return };
        if key.kind == KeyEventKind::Release {
            return;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let act = match key.code {
            KeyCode::Char('c') if control => Act::Quit,
            KeyCode::Char(_) if control => return,
            code => key_of(code).map_or(Act::Show, |key| self.ui.press(key)),
        };
        if act == Act::Quit {
            self.shared.quit.store(true, Ordering::Relaxed);
        }
        self.shared.paused.store(self.ui.is_paused(), Ordering::Relaxed);
        *lock(&self.shared.wants) = self.ui.wants();
    }
}

fn key_of(code: KeyCode) -> Option<Key> {
    Some(match code {
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Tab => Key::Tab,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        _ => return None,
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::disallowed_methods, reason = "frames are so long apart, and cost so much")]
fn now() -> Instant {
    Instant::now()
}
