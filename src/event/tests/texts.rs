//! Texts that match a pattern, such as nearly do, and their spellings.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// A pattern as a profile means it.
pub(in crate::event) fn parse(source: &str) -> Hir {
    ParserBuilder::new().dot_matches_new_line(true).build().parse(source).unwrap()
}

/// Makes texts by a list of numbers.
struct Maker<'a> {
    choices: std::slice::Iter<'a, u16>,
    /// What anything may be: above all the literals of the pattern.
    pieces: Vec<String>,
}

impl<'a> Maker<'a> {
    fn new(hir: &Hir, choices: &'a [u16]) -> Maker<'a> {
        let mut pieces: Vec<String> =
            ["a", " ", "é", "📱", "\n", "'", "0", "A"].map(str::to_owned).into();
        literals(hir, &mut pieces);
        Maker { choices: choices.iter(), pieces }
    }

    /// A number below `below`.
    fn choose(&mut self, below: usize) -> usize {
        usize::from(self.choices.next().copied().unwrap_or(0)) % below
    }

    fn piece(&mut self) -> String {
        let at = self.choose(self.pieces.len());
        self.pieces[at].clone()
    }

    /// Adds a text that matches.
    fn matching(&mut self, hir: &Hir, out: &mut String) {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => out.push_str(std::str::from_utf8(&literal.0).unwrap()),
            HirKind::Class(class) => out.push(self.character(class)),
            HirKind::Capture(group) => self.matching(&group.sub, out),
            HirKind::Concat(parts) => {
                for part in parts {
                    self.matching(part, out);
                }
            }
            HirKind::Alternation(choices) => {
                let at = self.choose(choices.len());
                self.matching(&choices[at], out);
            }
            HirKind::Repetition(repetition) => {
                let (min, max) = (repetition.min, repetition.max.unwrap_or(u32::MAX));
                let count = min + self.choose(4) as u32;
                for _ in 0..count.min(max) {
                    if *repetition.sub == parse(".") && max == u32::MAX {
                        out.push_str(&self.piece());
                    } else {
                        self.matching(&repetition.sub, out);
                    }
                }
            }
        }
    }

    fn character(&mut self, class: &Class) -> char {
        let Class::Unicode(class) = class else { return 'a' };
        let range = class.ranges()[self.choose(class.ranges().len())];
        let near = range.start() as u32 + self.choose(30) as u32;
        char::from_u32(near.min(range.end() as u32)).unwrap_or(range.start())
    }

    /// Changes a text a little.
    fn spoil(&mut self, text: &mut String) {
        let from = text.floor_char_boundary(self.choose(text.len() + 1));
        let to = text.ceil_char_boundary((from + self.choose(9)).min(text.len()));
        match self.choose(5) {
            0 => text.replace_range(from..to, ""),
            1 => text.insert_str(from, &self.piece()),
            2 => text.push_str(&text.clone()[from..]),
            3 => text.insert_str(to, &text.clone()[from..to]),
            _ => {
                let piece = self.piece();
                text.replace_range(from..to, &piece);
            }
        }
    }
}

fn literals(hir: &Hir, out: &mut Vec<String>) {
    match hir.kind() {
        HirKind::Literal(literal) => out.push(String::from_utf8(literal.0.to_vec()).unwrap()),
        HirKind::Repetition(repetition) => literals(&repetition.sub, out),
        HirKind::Capture(group) => literals(&group.sub, out),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            for part in parts {
                literals(part, out);
            }
        }
        HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => {}
    }
}

/// A text near those that match.
pub(in crate::event) fn text(hir: &Hir, choices: &[u16], spoilt: usize) -> String {
    let mut maker = Maker::new(hir, choices);
    let mut text = String::new();
    maker.matching(hir, &mut text);
    for _ in 0..spoilt {
        maker.spoil(&mut text);
    }
    text
}

/// One character of a JSON string in one of its spellings: 0 shortest, 1 as it is, 2 and 3 as
/// numbers.
pub(in crate::event) fn spell(c: char, how: u8) -> String {
    let units = |upper: bool| -> String {
        let code =
            |unit: &u16| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
        c.encode_utf16(&mut [0; 2]).iter().map(code).collect()
    };
    match (c, how) {
        ('"' | '\\' | '/', 0) => format!("\\{c}"),
        ('\n', 0) => "\\n".to_owned(),
        (c, 0 | 1) if c >= ' ' && !matches!(c, '"' | '\\') => c.to_string(),
        (_, how) => units(how == 3),
    }
}
