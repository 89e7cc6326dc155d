//! A program says what the regular expression says, about anything.

use proptest::prelude::*;

use super::{Exhausted, Marks, Program};
use crate::event::entry::Test;
use crate::event::pattern::Pattern;
use crate::event::tests::profile;
use crate::event::tests::texts::{parse, spell, text};
use crate::record::Capture;

fn pattern(source: &str) -> Pattern {
    let capture = |name: &str| {
        let known = Capture::ALL.iter().find(|(_, known)| *known == name);
        known.map(|(capture, _)| *capture).ok_or_else(|| name.to_owned())
    };
    Pattern::new(source, capture, |fault| fault).unwrap()
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
        let mut source = String::new();
        for (at, part) in expression.split("(?<>").enumerate() {
            if at > 0 {
                source.push_str(
                    &names.next().map_or("(?:".to_owned(), |(_, name)| format!("(?<{name}>")),
                );
            }
            source.push_str(part);
        }
        source
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
        (".*a[^c]+c", false),
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

#[test]
fn one_character_before_the_last_ones_does_not_stand_for_them() {
    for (message, matches) in [("bba", true), ("ba", true), ("bb", false), ("a", false)] {
        let mut marks = Marks::default();
        let answer = pattern(".{0,2}(?<client>.)a").answer_of_program(message, &mut marks);
        assert_eq!(answer, Some(matches), "{message}");
    }
}

#[test]
fn a_run_between_two_groups_is_none() {
    let (program, regex) = answers(&pattern("(?<client>a).(?<session>a)"), "aba");
    assert_eq!(program, Some(regex));
}

#[test]
fn quotes_between_groups_need_not_be_decoded() {
    let access = r#".* - "[A-Z]+ (?<path>.*) HTTP/[0-9.]+" [0-9]{3}(?: .*)?"#;
    let choice = r#"(?:a"|a""b)(?<path>.+?)c"#;
    for (source, raw, found) in [
        (access, r#"1:2 - \"GET /api HTTP/1.1\" 200"#, Some(Some("/api"))),
        (access, r#"\"\" - \"GET /api HTTP/1.1\" 200 \"OK\""#, Some(Some("/api"))),
        (access, r#"1:2 - \"GET /api HTTP/1.1\" "#, Some(None)),
        (access, r#"1:2 - \"GET /\"a HTTP/1.1\" 200"#, None),
        (access, r#"1:2 - \"GET \/api HTTP/1.1\" 200"#, None),
        (access, r#"1:2\\ - \"GET /api HTTP/1.1\" 200"#, None),
        (choice, r#"a\"\"bc"#, None),
        (choice, r#"a\"bc"#, Some(Some("b"))),
        (r#".+"(?<path>.*)"#, r#"\"\"a"#, Some(Some("a"))),
        (r#".+"(?<path>.*)"#, r#"\"a"#, Some(None)),
        (r#"[^a]{2}"(?<path>.*)"#, r#"\"\"\"b"#, None),
        (r#".+[b"]"(?<path>.*)"#, r#"\"\"\"b"#, None),
    ] {
        let (pattern, mut marks) = (pattern(source), Marks::default());
        let answer = pattern.matches_raw(raw, &mut marks);
        let path = answer.map(|(matches, begin)| {
            let place = marks.get(0).filter(|_| matches);
            place.map(|(start, end)| &raw[begin + start..begin + end])
        });
        assert_eq!(path, found, "{source} {raw}");
    }
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
    fn what_need_not_be_decoded_matches_alike(
        at: prop::sample::Index,
        choices in prop::collection::vec(any::<u16>(), 40),
        spoilt in 0..4_usize,
        how in prop::sample::select(vec![0_u8, 2, 2, 2, 3]),
        slash in 0..2_u8,
    ) {
        let sources = built_in();
        let source: &String = at.get(&sources);
        let pattern = pattern(source);
        let text = text(&parse(pattern.source()), &choices, spoilt);
        let ascii = |c: char| match c {
            '/' => spell(c, slash),
            c => spell(c, if c.is_ascii() { 0 } else { how }),
        };
        let raw: String = text.chars().map(ascii).collect();
        let mut marks = Marks::default();
        if let Some((matches, begin)) = pattern.matches_raw(&raw, &mut marks) {
            let (_, (expected, expected_marks)) = answers(&pattern, &text);
            prop_assert_eq!(matches, expected, "{:?}", raw);
            for group in 0..if matches { pattern.captures().count() } else { 0 } {
                let capture = marks.get(group).map(|(start, end)| &raw[begin + start..begin + end]);
                let expected = expected_marks.get(group).map(|(start, end)| &text[start..end]);
                prop_assert_eq!(capture, expected);
            }
        }
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
        prop_assert!(spoilt > 0 || regex.0, "{:?} {:?}", source, text);
        if let Some(program) = program {
            prop_assert_eq!(program, regex, "{:?} {:?}", source, text);
        }
    }

    #[test]
    fn quotes_need_not_be_decoded(
        source in generated(),
        choices in prop::collection::vec(any::<u16>(), 40),
        spoilt in 0..3_usize,
    ) {
        let source = source.replace('b', "\"");
        let pattern = pattern(&source);
        let text = text(&parse(&source), &choices, spoilt);
        let raw = text.replace('"', "\\\"");
        let mut marks = Marks::default();
        if let Some((matches, begin)) = pattern.matches_raw(&raw, &mut marks) {
            let (_, (expected, expected_marks)) = answers(&pattern, &text);
            prop_assert_eq!(matches, expected, "{:?} {:?}", source, raw);
            for group in 0..if matches { pattern.captures().count() } else { 0 } {
                let capture = marks.get(group).map(|(start, end)| &raw[begin + start..begin + end]);
                let expected = expected_marks.get(group).map(|(start, end)| &text[start..end]);
                prop_assert_eq!(capture, expected, "{:?} {:?}", source, raw);
            }
        }
    }
}
