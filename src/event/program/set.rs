//! Sets of characters, and how far a text consists of them.

use regex_syntax::hir::{Class, Hir, HirKind};

/// A set of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set {
    /// Which ASCII characters it has; what is no such character it has not.
    ascii: Box<[bool; 256]>,
    beyond: Beyond,
    /// Whether it has every character.
    all: bool,
}

/// The characters of a set that are not ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Beyond {
    None,
    All,
    /// Ascending ranges, both ends inclusive.
    Ranges(Box<[(char, char)]>),
}

const FIRST_BEYOND: char = '\u{80}';

impl Set {
    /// The set of an expression that is exactly one character.
    pub(super) fn of(hir: &Hir) -> Option<Set> {
        let ranges: Vec<(char, char)> = match hir.kind() {
            HirKind::Class(Class::Unicode(class)) => {
                class.iter().map(|range| (range.start(), range.end())).collect()
            }
            HirKind::Class(Class::Bytes(class)) if class.is_ascii() => {
                class.iter().map(|range| (range.start() as char, range.end() as char)).collect()
            }
            HirKind::Literal(literal) => {
                let mut chars = std::str::from_utf8(&literal.0).ok()?.chars();
                let one = chars.next()?;
                if chars.next().is_some() {
                    return None;
                }
                vec![(one, one)]
            }
            _ => return None,
        };
        Some(Set::new(&ranges))
    }

    fn new(ranges: &[(char, char)]) -> Set {
        let has = |c: char| ranges.iter().any(|(low, high)| (*low..=*high).contains(&c));
        let mut ascii = Box::new([false; 256]);
        for c in 0..128_u8 {
            ascii[usize::from(c)] = has(char::from(c));
        }
        let beyond: Box<[_]> = ranges
            .iter()
            .filter(|(_, high)| *high >= FIRST_BEYOND)
            .map(|&(low, high)| (low.max(FIRST_BEYOND), high))
            .collect();
        let beyond = match *beyond {
            [] => Beyond::None,
            [(FIRST_BEYOND, char::MAX)] => Beyond::All,
            _ => Beyond::Ranges(beyond),
        };
        Set { all: ascii[..128] == [true; 128] && beyond == Beyond::All, ascii, beyond }
    }

    /// Whether it has every character.
    pub(super) fn has_all(&self) -> bool {
        self.all
    }

    /// Whether it has a character.
    pub(super) fn has(&self, c: char) -> bool {
        self.takes(c.encode_utf8(&mut [0; 4]), 0).is_some()
    }

    /// Between which two places a run of `count` characters of this set ends that begins at
    /// `at`; none if there are too few. Both are places between two characters, and the run can
    /// end at every such place between them. `u32::MAX` is any number.
    pub(super) fn reach(
        &self,
        text: &str,
        at: usize,
        (least, most): (u32, u32),
    ) -> Option<(usize, usize)> {
        let mut from = at;
        for _ in 0..least {
            from += self.takes(text, from)?;
        }
        let to = match most {
            u32::MAX if self.all => text.len(),
            u32::MAX => self.end(text, from),
            most => {
                let more = (least..most).try_fold(from, |at, _| {
                    self.takes(text, at).map_or(Err(at), |len| Ok(at + len))
                });
                more.unwrap_or_else(|end| end)
            }
        };
        Some((from, to))
    }

    /// Where the longest of those runs ends.
    #[inline]
    pub(super) fn longest(&self, text: &str, at: usize, count: (u32, u32)) -> Option<usize> {
        match count {
            (least @ 0..=1, u32::MAX) => {
                let end = self.end(text, at);
                (end - at >= least as usize).then_some(end)
            }
            count => self.reach(text, at, count).map(|(_, end)| end),
        }
    }

    /// Where the characters of this set end that stand from a place on.
    #[inline]
    fn end(&self, text: &str, mut at: usize) -> usize {
        loop {
            let rest = &text.as_bytes()[at..];
            let ascii = rest.iter().position(|byte| !self.ascii[usize::from(*byte)]);
            at += ascii.unwrap_or(rest.len());
            match self.takes(text, at) {
                Some(len) => at += len,
                None => return at,
            }
        }
    }

    /// How many bytes the character at a place has, if it is one of this set.
    #[inline]
    fn takes(&self, text: &str, at: usize) -> Option<usize> {
        let &byte = text.as_bytes().get(at)?;
        if byte < 128 {
            return self.ascii[usize::from(byte)].then_some(1);
        }
        self.takes_beyond(text, at)
    }

    #[inline(never)]
    fn takes_beyond(&self, text: &str, at: usize) -> Option<usize> {
        let c = text[at..].chars().next()?;
        let has = match &self.beyond {
            Beyond::None => false,
            Beyond::All => true,
            Beyond::Ranges(ranges) => {
                let behind = ranges.partition_point(|(_, high)| *high < c);
                ranges.get(behind).is_some_and(|(low, _)| *low <= c)
            }
        };
        has.then(|| c.len_utf8())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(class: &str) -> Set {
        Set::of(&regex_syntax::parse(class).unwrap()).unwrap()
    }

    #[test]
    fn only_one_character_is_a_set() {
        for (pattern, is_set) in [
            ("ab", false),
            ("a?", false),
            ("", false),
            ("[ab]", true),
            ("📱", true),
            ("(?s:.)", true),
        ] {
            assert_eq!(Set::of(&regex_syntax::parse(pattern).unwrap()).is_some(), is_set);
        }
        assert!(set("(?s:.)").all && !set(".").all);
    }

    #[test]
    fn a_run_ends_between_two_places() {
        let any = set("(?s:.)");
        assert_eq!(any.reach("éa", 0, (1, u32::MAX)), Some((2, 3)));
        assert_eq!(any.reach("éa", 0, (0, 1)), Some((0, 2)));
        assert_eq!(any.reach("éa", 2, (2, u32::MAX)), None);
        assert_eq!(set("[a-c]").reach("xabcd", 1, (2, u32::MAX)), Some((3, 4)));
        assert_eq!(set("[0-9]").reach("2026", 0, (3, 3)), Some((3, 3)));
        assert_eq!(set("[0-9]").reach("2026", 4, (0, 2)), Some((4, 4)));
    }

    proptest! {
        #[test]
        fn a_set_has_the_characters_of_its_class(
            class in prop::sample::select(vec![r"\w", r"\S", r"\D", ".", "[^a\u{e9}]", "[\u{7f}-\u{81}é]"]),
            c: char,
        ) {
            let whole = regex::Regex::new(&format!(r"\A{class}\z")).unwrap();
            for c in [c, 'a', 'é', '\u{7f}', '\u{80}', '\u{82}', '\n', '٣'] {
                let reach = set(class).reach(&c.to_string(), 0, (1, 1));
                prop_assert_eq!(reach.is_some(), whole.is_match(&c.to_string()), "{:?}", c);
            }
        }
    }
}
