//! Which entries of a profile a message may match, by how it begins.
//!
//! The message may still have its escapes: they are decoded while the beginning is read, so that
//! every spelling leads to the same entries, and no further than an entry is interested. It knows
//! no wording.

use crate::record::escape;

/// A tree of the literals that messages begin with.
#[derive(Debug)]
pub(super) struct Trie {
    /// The first one is the root.
    nodes: Vec<Node>,
}

/// Where a message has got to that begins like some entries.
#[derive(Debug)]
struct Node {
    /// What follows the byte that leads here.
    label: Box<[u8]>,
    /// The entries that a message may match if it has got here, in their order.
    found: Box<[u16]>,
    /// Which byte leads to which node.
    next: Box<[(u8, u32)]>,
}

/// A literal, without what has led to a node, and the entry it belongs to.
type Way<'a> = (&'a [u8], u16);

impl Trie {
    /// A tree for entries, each with the literals of which it demands one; none of them if it
    /// may match any message.
    pub(super) fn new<'a>(entries: impl Iterator<Item = (u16, Option<&'a [Box<[u8]>]>)>) -> Trie {
        let mut ways = Vec::new();
        for (entry, prefixes) in entries {
            match prefixes {
                None => ways.push((&[][..], entry)),
                Some(prefixes) => ways.extend(prefixes.iter().map(|prefix| (&**prefix, entry))),
            }
        }
        let mut trie = Trie { nodes: Vec::new() };
        trie.add(&[], &[], ways);
        trie
    }

    /// Adds the node that some ways lead to, and all behind it.
    fn add(&mut self, label: &[u8], found: &[u16], ways: Vec<Way<'_>>) -> u32 {
        let ends = ways.iter().filter(|(rest, _)| rest.is_empty()).map(|(_, entry)| *entry);
        let mut found: Vec<u16> = found.iter().copied().chain(ends).collect();
        found.sort_unstable();
        found.dedup();
        let id = self.nodes.len();
        self.nodes.push(Node { label: label.into(), found: [].into(), next: [].into() });
        let mut next = Vec::new();
        let mut ways = ways;
        while let Some(byte) = ways.iter().find_map(|(rest, _)| rest.first().copied()) {
            let (here, others) =
                ways.into_iter().partition::<Vec<_>, _>(|(rest, _)| rest.first() == Some(&byte));
            ways = others;
            let here: Vec<_> = here.into_iter().map(|(rest, entry)| (&rest[1..], entry)).collect();
            let label = common(&here);
            let behind = here.iter().map(|&(rest, entry)| (&rest[label.len()..], entry)).collect();
            next.push((byte, self.add(label, &found, behind)));
        }
        self.nodes[id].next = next.into();
        self.nodes[id].found = found.into();
        id as u32
    }

    /// The entries that a message may match, in their order; those left out it cannot match.
    pub(super) fn find(&self, raw: &[u8], escaped: bool) -> &[u16] {
        let mut node = &self.nodes[0];
        let mut text = Spelled::new(raw, escaped);
        while !node.next.is_empty()
            && let Some(byte) = text.next()
            && let Some((_, next)) = node.next.iter().find(|(first, _)| *first == byte)
        {
            let next = &self.nodes[*next as usize];
            if !text.begins_with(&next.label) {
                break;
            }
            node = next;
        }
        &node.found
    }

    /// Whether a message can match any entry, by its first raw byte.
    pub(super) fn admits(&self, byte: u8) -> bool {
        let root = &self.nodes[0];
        // A backslash may begin any character.
        let begins = byte == b'\\' || root.next.iter().any(|(first, _)| *first == byte);
        !root.found.is_empty() || begins && !root.next.is_empty()
    }

    /// Whether the empty message can match any entry.
    pub(super) fn admits_empty(&self) -> bool {
        !self.nodes[0].found.is_empty()
    }
}

/// What all ways begin with.
fn common<'a>(ways: &[Way<'a>]) -> &'a [u8] {
    let mut rests = ways.iter().map(|(rest, _)| *rest);
    let first = rests.next().unwrap_or_default();
    rests.fold(first, |common, rest| {
        let same = common.iter().zip(rest).take_while(|(one, other)| one == other).count();
        &common[..same]
    })
}

/// The bytes of a text that is spelled with escapes, or as it is.
struct Spelled<'a> {
    raw: &'a [u8],
    escaped: bool,
    /// The bytes of a character whose escape has been read, and how many are left.
    character: [u8; 4],
    left: std::ops::Range<u8>,
}

impl<'a> Spelled<'a> {
    fn new(raw: &'a [u8], escaped: bool) -> Spelled<'a> {
        Spelled { raw, escaped, character: [0; 4], left: 0..0 }
    }

    fn begins_with(&mut self, literal: &[u8]) -> bool {
        literal.iter().all(|byte| self.next() == Some(*byte))
    }
}

impl Iterator for Spelled<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if let Some(at) = self.left.next() {
            return Some(self.character[usize::from(at)]);
        }
        let (&byte, rest) = self.raw.split_first()?;
        self.raw = rest;
        if byte != b'\\' || !self.escaped {
            return Some(byte);
        }
        let (c, taken) = escape(rest);
        self.raw = &rest[taken..];
        self.left = 1..c.encode_utf8(&mut self.character).len() as u8;
        Some(self.character[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn trie(entries: &[Option<Vec<String>>]) -> Trie {
        let entries: Vec<Option<Vec<Box<[u8]>>>> = entries
            .iter()
            .map(|all| Some(all.as_ref()?.iter().map(|one| one.as_bytes().into()).collect()))
            .collect();
        Trie::new((0..).zip(entries.iter().map(Option::as_deref)))
    }

    proptest! {
        #[test]
        fn finds_the_entries_whose_literals_begin_the_message(
            entries in prop::collection::vec(
                prop::option::weighted(0.9, prop::collection::vec("[ab\\\\]{0,4}[✅❌📱é]?a?", 0..4)),
                0..8,
            ),
            message in "[ab\\\\✅❌📱é]{0,6}",
            escapes in prop::collection::vec(any::<bool>(), 6),
            escaped: bool,
        ) {
            let trie = trie(&entries);
            let spelled: String = if escaped {
                message.chars().zip(escapes).map(|(c, escaped)| match c {
                    c if escaped => c.encode_utf16(&mut [0; 2]).iter()
                        .map(|unit| format!("\\u{unit:04x}")).collect(),
                    '\\' => "\\\\".to_owned(),
                    c => c.to_string(),
                }).collect()
            } else {
                message.clone()
            };
            let begins = |all: &Option<Vec<String>>| {
                all.as_ref().is_none_or(|all| all.iter().any(|one| message.starts_with(one)))
            };
            let expected: Vec<u16> =
                (0..).zip(&entries).filter(|(_, all)| begins(all)).map(|(at, _)| at).collect();
            prop_assert_eq!(trie.find(spelled.as_bytes(), escaped), &expected);
            if !expected.is_empty() {
                prop_assert!(spelled.bytes().next().map_or(trie.admits_empty(), |b| trie.admits(b)));
            }
        }
    }
}
