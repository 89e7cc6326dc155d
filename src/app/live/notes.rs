//! What is to be told while a screen has the terminal: it is shown there, and printed afterwards.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, IsTerminal};

use crate::app::output;
use crate::error::Error;
use crate::source::Notice;

/// How many wait to be printed; earlier ones are only counted.
const KEPT: usize = 200;

/// Notes and errors, in order.
pub(super) struct Notes {
    waiting: RefCell<VecDeque<Notice>>,
    forgotten: Cell<u64>,
    /// Whether the screen is where they would be printed.
    held: Cell<bool>,
    last: RefCell<Vec<String>>,
}

impl Notes {
    pub(super) fn new() -> Notes {
        Notes {
            waiting: RefCell::default(),
            forgotten: Cell::new(0),
            held: Cell::new(false),
            last: RefCell::default(),
        }
    }

    /// From now on a screen has the terminal.
    pub(super) fn hold(&self) {
        self.held.set(io::stderr().is_terminal());
    }

    /// The screen is gone: prints what has waited.
    pub(super) fn release(&self) {
        self.held.set(false);
        let forgotten = self.forgotten.take();
        if forgotten > 0 {
            output::note(&format!("{forgotten} earlier notes are left out"));
        }
        self.waiting.take().into_iter().for_each(print);
    }

    /// Tells something now, or as soon as that is possible.
    pub(super) fn tell(&self, notice: Notice) {
        *self.last.borrow_mut() = vec![text(&notice)];
        if !self.held.get() {
            return print(notice);
        }
        let mut waiting = self.waiting.borrow_mut();
        if waiting.len() == KEPT {
            waiting.pop_front();
            self.forgotten.set(self.forgotten.get() + 1);
        }
        waiting.push_back(notice);
    }

    /// Tells of what went wrong.
    pub(super) fn errors(&self, errors: Vec<Error>) {
        errors.into_iter().map(Notice::Problem).for_each(|problem| self.tell(problem));
    }

    /// What was told last, for the screen.
    pub(super) fn last(&self) -> Vec<String> {
        self.last.borrow().clone()
    }
}

fn text(notice: &Notice) -> String {
    match notice {
        Notice::Note(text) => text.clone(),
        Notice::Loss(text) => format!("possible loss: {text}"),
        Notice::Problem(error) => format!("error: {}", error.message()),
    }
}

fn print(notice: Notice) {
    crate::app::follow::tell(notice);
}
