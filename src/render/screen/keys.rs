//! What the person before the screen has chosen, and what keys change in it.

/// A key, as far as the screen knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// The return key.
    Enter,
    /// The escape key.
    Escape,
    /// The one that takes the last character back.
    Backspace,
    /// The one that goes on to the next page.
    Tab,
    /// Up a line.
    Up,
    /// Down a line.
    Down,
    /// Up a screen.
    PageUp,
    /// Down a screen.
    PageDown,
    /// To the beginning.
    Home,
    /// To the end.
    End,
}

/// What a key has to do with others than the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Nothing: only what is shown has changed.
    Show,
    /// The program is to end.
    Quit,
}

/// What is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Page {
    #[default]
    Overview,
    Report,
    Help,
}

/// What is being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prompt {
    Filter,
    Condition,
}

/// What the screen asks of whoever reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wants {
    /// Figures of those records alone for which this holds, from now on.
    pub condition: Option<String>,
    /// How many seconds a column of a graph is long.
    pub seconds: usize,
}

/// The longest text that can be typed, in characters.
const LONGEST: usize = 500;
/// How long a column of a graph may be, in seconds.
const LENGTHS: [usize; 4] = [1, 5, 15, 60];
/// The columns that clients are sorted by, and messages.
pub(super) const CLIENTS_BY: [&str; 6] =
    ["records", "errors", "sessions", "failed", "connects", "reconnections"];
pub(super) const MESSAGES_BY: [&str; 3] = ["records", "last", "level"];

/// All that was chosen.
#[derive(Debug, Clone)]
pub struct Ui {
    pub(super) color: bool,
    pub(super) page: Page,
    /// Rows of tables without this text are left out.
    pub(super) filter: String,
    pub(super) prompt: Option<Prompt>,
    /// What stands behind the prompt.
    pub(super) typed: String,
    pub(super) paused: bool,
    /// By which of the columns tables are sorted.
    pub(super) clients_by: usize,
    pub(super) messages_by: usize,
    /// The first line of the report that is shown, and the last one that may be.
    pub(super) scroll: usize,
    pub(super) last_scroll: usize,
    /// How many lines a screen of it has.
    pub(super) screenful: usize,
    condition: Option<String>,
    length: usize,
}

impl Ui {
    /// Nothing is chosen yet; whether there may be colours.
    #[must_use]
    pub fn new(color: bool) -> Ui {
        Ui {
            color,
            page: Page::default(),
            filter: String::new(),
            prompt: None,
            typed: String::new(),
            paused: false,
            clients_by: 0,
            messages_by: 0,
            scroll: 0,
            last_scroll: 0,
            screenful: 0,
            condition: None,
            length: 1,
        }
    }

    /// What is asked of whoever reads.
    #[must_use]
    pub fn wants(&self) -> Wants {
        Wants { condition: self.condition.clone(), seconds: LENGTHS[self.length] }
    }

    /// Whether the screen is to stay as it is.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> Act {
        if let Some(prompt) = self.prompt {
            self.type_key(prompt, key);
            return Act::Show;
        }
        match key {
            Key::Char('q') => return Act::Quit,
            Key::Char('p' | ' ') => self.paused = !self.paused,
            Key::Char('?' | 'h') => self.turn(Page::Help),
            Key::Char('r') => self.turn(Page::Report),
            Key::Escape => self.page = Page::Overview,
            Key::Tab => {
                self.page = if self.page == Page::Overview { Page::Report } else { Page::Overview };
            }
            Key::Char('/' | 'f') => self.ask(Prompt::Filter, self.filter.clone()),
            Key::Char('w') => {
                self.ask(Prompt::Condition, self.condition.clone().unwrap_or_default());
            }
            Key::Char('s') => self.clients_by = (self.clients_by + 1) % CLIENTS_BY.len(),
            Key::Char('m') => self.messages_by = (self.messages_by + 1) % MESSAGES_BY.len(),
            Key::Char('+' | '=') => self.length = (self.length + 1).min(LENGTHS.len() - 1),
            Key::Char('-') => self.length = self.length.saturating_sub(1),
            Key::Up | Key::Char('k') => self.scroll = self.scroll.saturating_sub(1),
            Key::Down | Key::Char('j') => self.scroll += 1,
            Key::PageUp => self.scroll = self.scroll.saturating_sub(self.screenful.max(1)),
            Key::PageDown => self.scroll += self.screenful.max(1),
            Key::Home => self.scroll = 0,
            Key::End => self.scroll = self.last_scroll,
            Key::Char(_) | Key::Enter | Key::Backspace => {}
        }
        self.scroll = self.scroll.min(self.last_scroll);
        Act::Show
    }

    /// Shows a page, or the first one if it is shown.
    fn turn(&mut self, page: Page) {
        self.page = if self.page == page { Page::Overview } else { page };
    }

    fn ask(&mut self, prompt: Prompt, typed: String) {
        self.prompt = Some(prompt);
        self.typed = typed;
        if self.page == Page::Help {
            self.page = Page::Overview;
        }
    }

    fn type_key(&mut self, prompt: Prompt, key: Key) {
        match key {
            Key::Char(c) if self.typed.chars().count() < LONGEST => self.typed.push(c),
            Key::Backspace => drop(self.typed.pop()),
            Key::Escape => self.prompt = None,
            Key::Enter => {
                self.prompt = None;
                let typed = std::mem::take(&mut self.typed);
                match prompt {
                    Prompt::Filter => self.filter = typed,
                    Prompt::Condition => {
                        self.condition = Some(typed).filter(|typed| !typed.trim().is_empty());
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn typed(keys: &str) -> Ui {
        let mut ui = Ui::new(false);
        for c in keys.chars() {
            let key = match c {
                '\n' => Key::Enter,
                '\x1b' => Key::Escape,
                '\x08' => Key::Backspace,
                '\t' => Key::Tab,
                c => Key::Char(c),
            };
            assert_eq!(ui.press(key), Act::Show);
        }
        ui
    }

    #[test]
    fn a_filter_is_typed_kept_and_taken_away() {
        assert_eq!(typed("/dev").filter, "");
        assert_eq!(typed("/devx\x08\n").filter, "dev");
        assert_eq!(typed("/dev\n/ice\x1b").filter, "dev");
        assert_eq!(typed("/d\n/\x08\n").filter, "");
    }

    #[test]
    fn what_is_typed_is_no_key() {
        let ui = typed("/quit p\n");
        assert!(!ui.paused && ui.filter == "quit p" && ui.page == Page::Overview);
        assert_eq!(Ui::new(false).press(Key::Char('q')), Act::Quit);
    }

    #[test]
    fn a_condition_is_asked_for_once_it_is_complete() {
        assert_eq!(typed("wlevel").wants().condition, None);
        assert_eq!(typed("wlevel == ERROR\n").wants().condition.unwrap(), "level == ERROR");
        assert_eq!(typed("wl\nw\x08 \n").wants().condition, None);
    }

    #[test]
    fn pages_and_orders_go_round() {
        assert_eq!(typed("?").page, Page::Help);
        assert_eq!(typed("??").page, Page::Overview);
        assert_eq!(typed("\t").page, Page::Report);
        assert_eq!(typed("\t\x1b").page, Page::Overview);
        assert_eq!((typed("ssssssm").clients_by, typed("ssssssm").messages_by), (0, 1));
        assert_eq!((typed("+++++").wants().seconds, typed("---").wants().seconds), (60, 1));
        assert!(typed("p").paused && !typed("pp").paused);
    }

    proptest! {
        #[test]
        fn no_keys_do_harm(keys in "[a-pr-z/?+\\-\n\x1b\x08\t ]{0,60}") {
            let ui = typed(&keys);
            prop_assert!(ui.scroll <= ui.last_scroll && ui.typed.chars().count() <= LONGEST);
        }
    }
}
