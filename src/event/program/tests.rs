//! A program says what the regular expression says, about anything.

use proptest::prelude::*;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::{Exhausted, Marks, Program};
use crate::event::entry::Test;
use crate::event::pattern::Pattern;
use crate::event::tests::profile;
use crate::record::Capture;

fn pattern(source: &str) -> Pattern {
    let capture = |name: &str| {
        let known = Capture::ALL.iter().find(|(_, known)| *known == name);
        known.map(|(capture, _)| *capture).ok_or_else(|| name.to_owned())
    };
    Pattern::new(source, capture, |fault| fault).unwrap()
}

fn parse(source: &str) -> Hir {
    ParserBuilder::new().dot_matches_new_line(true).build().parse(source).unwrap()
}

/// The patterns of the profile that has them.
fn built_in() -> Vec<String> {
    let profile = profile("ufo");
    let patterns = profile.entries().iter().filter_map(|entry| match &entry.test {
        Test::Pattern(pattern) => Some(pattern.source().to_owned()),
        Test::Words(_) => None,
    });
    patterns.collect()
}

/// Both answers with the marks, that of the program if it has one.
fn answers(pattern: &Pattern, message: &str) -> (Option<(bool, Marks)>, (bool, Marks)) {
    let (mut quick, mut slow) = (Marks::default(), Marks::default());
    let program = pattern.answer_of_program(message, &mut quick);
    let regex = pattern.answer_of_regex(message, &mut slow);
    // What marks are without a match has no meaning.
    let quick = if program == Some(true) { quick } else { Marks::default() };
    (program.map(|answer| (answer, quick)), (regex, slow))
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
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.matching(part, out)),
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
            parts.iter().for_each(|part| literals(part, out));
        }
        HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => {}
    }
}

/// A text near those that match.
fn text(hir: &Hir, choices: &[u16], spoilt: usize) -> String {
    let mut maker = Maker::new(hir, choices);
    let mut text = String::new();
    maker.matching(hir, &mut text);
    for _ in 0..spoilt {
        maker.spoil(&mut text);
    }
    text
}

/// A pattern of the forms that profiles use, with a few groups that have the names of captures.
fn generated() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec![
        "a",
        "ab",
        " b",
        "é",
        "📱 ",
        "\n",
        ".",
        ".+",
        ".*",
        ".+?",
        ".*?",
        r"\S+",
        r"\w*",
        "[a-c]",
        "[^ab]*?",
        "[é📱a]+",
        "[0-9]{2,3}",
        "a?",
        "b??",
        ".{0,2}",
        "📱*",
        "(?i:ab)",
        "['\"]",
    ]);
    let expression = atom.prop_map(str::to_owned).prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            4 => prop::collection::vec(inner.clone(), 1..5).prop_map(|parts| parts.concat()),
            2 => inner.clone().prop_map(|inner| format!("(?<>{inner})")),
            1 => inner.clone().prop_map(|inner| format!("(?:{inner})?")),
            1 => inner.clone().prop_map(|inner| format!("(?:{inner})??")),
            1 => inner.clone().prop_map(|inner| format!("({inner})")),
            1 => prop::collection::vec(inner, 2..4)
                .prop_map(|choices| format!("(?:{})", choices.join("|"))),
        ]
    });
    expression.prop_map(|expression| {
        let mut names = Capture::ALL.iter();
        let mut named = String::new();
        for (at, part) in expression.split("(?<>").enumerate() {
            if at > 0 {
                named.push_str(
                    &names.next().map_or("(?:".to_owned(), |(_, name)| format!("(?<{name}>")),
                );
            }
            named.push_str(part);
        }
        named
    })
}

#[test]
fn every_built_in_pattern_is_a_program() {
    let other: Vec<String> = built_in()
        .into_iter()
        .filter(|source| Program::compile(&parse(source), &[]).is_none())
        .collect();
    assert_eq!(other, [""; 0]);
}

#[test]
fn what_is_no_program_is_matched_all_the_same() {
    for (source, message, matches) in [
        (r"\bab\b.*", "ab cd", true),
        ("(?:ab)+", "ababab", true),
        ("(?<client>a){2}", "aa", true),
        ("(?:ab){3}", "abab", false),
        (".{100}", &"é".repeat(100), true),
    ] {
        let pattern = pattern(source);
        let mut marks = Marks::default();
        assert_eq!(pattern.answer_of_program(message, &mut marks), None, "{source}");
        assert_eq!(pattern.matches(message, &mut marks), matches, "{source}");
    }
}

#[test]
fn work_is_bounded_and_the_answer_right() {
    let hostile = "a ".repeat(16_000);
    for (source, matches) in [
        (".*a.*a.*a.*a.*a.*b", false),
        (".*a.+a.+?a.*", true),
        ("(?:a |a a )?(?:.*a)?(?:.+ )?(?:.*a)?.*c", false),
        (r"(?<client>.+) connected(?: - .*, .*, .*GB)?", false),
    ] {
        let pattern = pattern(source);
        assert_eq!(pattern.matches(&hostile, &mut Marks::default()), matches, "{source}");
    }
    // Each of forty options doubles the ways.
    let source = format!("{}b", "(?:ab|a)?(?:a|ab)?".repeat(20));
    let program = Program::compile(&parse(&source), &[]).unwrap();
    assert_eq!(program.run(&"a".repeat(30), &mut Marks::default()), Err(Exhausted));
}

proptest! {
    #[test]
    fn built_in_patterns_and_programs_agree(
        at: prop::sample::Index,
        choices in prop::collection::vec(any::<u16>(), 40),
        spoilt in 0..4_usize,
    ) {
        static PATTERNS: std::sync::LazyLock<Vec<Pattern>> =
            std::sync::LazyLock::new(|| built_in().iter().map(|source| pattern(source)).collect());
        let pattern = at.get(&PATTERNS);
        let text = text(&parse(pattern.source()), &choices, spoilt);
        let (program, regex) = answers(pattern, &text);
        prop_assert!(spoilt > 0 || regex.0, "{:?}", text);
        prop_assert_eq!(program, Some(regex), "{:?}", text);
    }

    #[test]
    fn patterns_and_programs_agree(
        source in generated(),
        choices in prop::collection::vec(any::<u16>(), 40),
        spoilt in 0..3_usize,
    ) {
        let pattern = pattern(&source);
        let text = text(&parse(&source), &choices, spoilt);
        let (program, regex) = answers(&pattern, &text);
        if let Some(program) = program {
            prop_assert_eq!(program, regex, "{:?} {:?}", source, text);
        }
    }
}
