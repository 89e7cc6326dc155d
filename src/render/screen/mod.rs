//! A live report as a screen: a frame is a pure function of what was read and of what the person
//! before it has chosen.
//!
//! It knows no terminal, no clock and no aggregator: keys come as [`Key`]s, figures as a
//! [`Scene`], and what is drawn goes into a buffer. Sections are found by their names, and those
//! that it does not know are on the page that is the report as text. Every text passes
//! `words::shown`, which escapes and cuts it.

mod figures;
mod help;
mod keys;
mod layout;
mod lists;
mod pages;
mod tables;
mod words;

use std::sync::Arc;

use ratatui::Frame;

use crate::alert::Event;
use crate::record::{Timestamp, Zone};
use crate::summary::Report;

pub use keys::{Act, Key, Ui, Wants};
pub use lists::Lists;

/// What has been read so far, at one moment.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    /// Its number: another one says something else.
    pub number: u64,
    /// What is read, for people; not escaped.
    pub input: String,
    /// What is done with it now.
    pub state: State,
    /// The figures: of everything, or of what [`Narrowed`] says.
    pub report: Arc<Report>,
    /// Of which records the figures are, if not of all.
    pub narrowed: Option<Narrowed>,
    /// What is wrong with a condition that was asked for.
    pub fault: Option<String>,
    /// What became of the lines.
    pub totals: Totals,
    /// Lines and bytes a second, over the last seconds.
    pub rate: [f64; 2],
    /// For how many seconds the program has been running.
    pub running: u64,
    /// The latest record.
    pub latest: Option<Timestamp>,
    /// Records and errors over time, oldest first.
    pub beats: Vec<[u64; 2]>,
    /// How many seconds each of them is long.
    pub seconds: usize,
    /// Alerts that fire, the worst first.
    pub firing: Vec<Event>,
    /// Alerts that are over, the latest first.
    pub resolved: Vec<Event>,
    /// What the user should know, the latest last.
    pub notes: Vec<String>,
    /// In which zone times are shown.
    pub zone: Zone,
}

/// What a live run does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    /// There is more to read than was read.
    #[default]
    Reading,
    /// All was read, and more is waited for.
    Waiting,
}

/// What became of all lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Lines.
    pub lines: u64,
    /// Those of them that are records.
    pub records: u64,
    /// Those of them that were refused, or were too long.
    pub refused: u64,
    /// Bytes.
    pub bytes: u64,
}

/// A choice of records, from some moment on.
#[derive(Debug, Clone, PartialEq)]
pub struct Narrowed {
    /// The condition that they fulfil.
    pub condition: String,
    /// Since when, by the wall.
    pub since: Timestamp,
    /// How many records of any kind have come since.
    pub records: u64,
}

/// Draws the screen. `lists` are those of the same scene and choices, see [`Lists::update`].
pub fn draw(frame: &mut Frame<'_>, scene: &Scene, lists: &Lists, ui: &mut Ui) {
    pages::draw(frame, scene, lists, ui);
}
