//! Which entries of a profile a message may match, by how it begins.
//!
//! The message may still have its escapes: they are decoded while the beginning is read, so that
//! every spelling leads to the same entries, and no further than an entry is interested.
//!
//! The answer is a first one. It may name an entry too many, which then does not match; so not all
//! bytes need be compared. It knows no wording.

use crate::record::escape;

/// A tree of the literals that messages begin with.
#[derive(Debug)]
pub(super) struct Trie {
    /// The first one is the root.
    nodes: Vec<Node>,
    /// The numbers of the bytes that lead from any node to any other; 0 for all other bytes.
    numbers: Box<[u16; 256]>,
}

/// Where a message has got to that begins like some entries.
#[derive(Debug)]
struct Node {
    /// What follows the byte that leads here.
    label: Label,
    /// The entries that a message may match if it has got here, in their order.
    found: Box<[u16]>,
    /// By the number of a byte, the node that it leads to, or the root; empty if none does.
    next: Box<[u32]>,
}

const ROOT: u32 = 0;

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
        let mut builder = Builder { nodes: Vec::new(), leading: Vec::new() };
        builder.add(&[], &[], ways);
        builder.build()
    }

    /// The entries that a message may match, in their order; those left out it cannot match. Takes
    /// the number that [`Trie::look_up`] gave for it.
    pub(super) fn found(&self, node: u32) -> &[u16] {
        &self.nodes[node as usize].found
    }

    /// Where a message gets to, and how many of its bytes say so: any other message that begins
    /// with these gets there too. None if the message has no more bytes than that.
    ///
    /// Behind a node there are its entries and more. So it does no harm to go too far.
    pub(super) fn look_up(&self, raw: &[u8], escaped: bool) -> (u32, Option<usize>) {
        let mut at = ROOT;
        let mut text = Spelled::new(raw, escaped);
        loop {
            let node = &self.nodes[at as usize];
            if node.next.is_empty() {
                break;
            }
            let Some(byte) = text.next() else { break };
            let next = node.next[usize::from(self.numbers[usize::from(byte)])];
            if next == ROOT || !text.passes(&self.nodes[next as usize].label) {
                break;
            }
            at = next;
        }
        (at, text.decided_by(raw))
    }
}

/// A tree that is being made.
struct Builder {
    nodes: Vec<Node>,
    /// Which byte leads from which node to which.
    leading: Vec<(u32, u8, u32)>,
}

impl Builder {
    /// Adds the node that some ways lead to, and all behind it. `found` are the entries that got
    /// to the node before.
    fn add<'a>(&mut self, label: &[u8], found: &[u16], mut ways: Vec<Way<'a>>) -> u32 {
        let ends = ways.iter().filter(|(rest, _)| rest.is_empty()).map(|(_, entry)| *entry);
        let mut found: Vec<u16> = found.iter().copied().chain(ends).collect();
        found.sort_unstable();
        found.dedup();
        let id = self.nodes.len() as u32;
        let label = Label::new(label);
        self.nodes.push(Node { label, found: found.as_slice().into(), next: [].into() });
        while let Some(byte) = ways.iter().find_map(|(rest, _)| rest.first().copied()) {
            let (here, others) =
                ways.into_iter().partition::<Vec<_>, _>(|(rest, _)| rest.first() == Some(&byte));
            ways = others;
            let here: Vec<_> = here.into_iter().map(|(rest, entry)| (&rest[1..], entry)).collect();
            let label = common(&here);
            let label = &label[..label.len().min(Label::MAX)];
            // Where only one way is left there is nothing more to tell apart.
            let only = here.len() == 1;
            let behind = |rest: &'a [u8]| if only { &[][..] } else { &rest[label.len()..] };
            let ways = here.iter().map(|&(rest, entry)| (behind(rest), entry)).collect();
            let next = self.add(label, &found, ways);
            self.leading.push((id, byte, next));
        }
        id
    }

    fn build(self) -> Trie {
        let Builder { mut nodes, leading } = self;
        let mut numbers = Box::new([0; 256]);
        let mut count = 1;
        for &(_, byte, _) in &leading {
            if numbers[usize::from(byte)] == 0 {
                numbers[usize::from(byte)] = count;
                count += 1;
            }
        }
        for (from, byte, to) in leading {
            let next = &mut nodes[from as usize].next;
            if next.is_empty() {
                *next = vec![ROOT; usize::from(count)].into();
            }
            next[usize::from(numbers[usize::from(byte)])] = to;
        }
        Trie { nodes, numbers }
    }
}

/// A few bytes, compared all at once.
#[derive(Debug)]
struct Label {
    bytes: u64,
    /// The bits that count.
    mask: u64,
    len: usize,
    has_backslash: bool,
}

impl Label {
    const MAX: usize = 8;

    fn new(bytes: &[u8]) -> Label {
        let mut padded = [0; Label::MAX];
        padded[..bytes.len()].copy_from_slice(bytes);
        let mut mask = [0; Label::MAX];
        mask[..bytes.len()].fill(u8::MAX);
        Label {
            bytes: u64::from_le_bytes(padded),
            mask: u64::from_le_bytes(mask),
            len: bytes.len(),
            has_backslash: bytes.contains(&b'\\'),
        }
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
    /// The bytes of a character whose escape has been read that are left, the next one lowest,
    /// and how many.
    character: u32,
    left: u8,
    /// Whether an escape has been read that may mean something else before other bytes.
    unsure: bool,
}

impl<'a> Spelled<'a> {
    fn new(raw: &'a [u8], escaped: bool) -> Spelled<'a> {
        Spelled { raw, escaped, character: 0, left: 0, unsure: false }
    }

    /// How many bytes of the whole text have been read, if there are more and they do not matter.
    fn decided_by(&self, whole: &[u8]) -> Option<usize> {
        (!self.raw.is_empty() && !self.unsure).then(|| whole.len() - self.raw.len())
    }

    /// Whether a label comes next, which is then behind us.
    #[inline]
    fn passes(&mut self, label: &Label) -> bool {
        // Mostly it stands there as it is. A backslash would be part of an escape.
        if self.left == 0
            && let Some((head, _)) = self.raw.split_first_chunk()
            && u64::from_le_bytes(*head) & label.mask == label.bytes
            && !(self.escaped && label.has_backslash)
        {
            self.raw = &self.raw[label.len..];
            return true;
        }
        self.spells(label)
    }

    fn spells(&mut self, label: &Label) -> bool {
        label.bytes.to_le_bytes()[..label.len].iter().all(|byte| self.next() == Some(*byte))
    }

    #[inline]
    fn next(&mut self) -> Option<u8> {
        if self.left == 0 {
            let (&byte, rest) = self.raw.split_first()?;
            self.raw = rest;
            if byte != b'\\' || !self.escaped {
                return Some(byte);
            }
            self.unescape();
        }
        let byte = self.character as u8;
        self.character >>= 8;
        self.left -= 1;
        Some(byte)
    }

    /// Reads the escape behind a backslash.
    fn unescape(&mut self) {
        let (c, taken) = escape(self.raw);
        self.unsure |= c == char::REPLACEMENT_CHARACTER;
        self.raw = &self.raw[taken..];
        let mut bytes = [0; 4];
        self.left = c.encode_utf8(&mut bytes).len() as u8;
        self.character = u32::from_le_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::tests::texts::spell;
    use proptest::prelude::*;

    fn trie(entries: &[Option<Vec<String>>]) -> Trie {
        let entries: Vec<Option<Vec<Box<[u8]>>>> = entries
            .iter()
            .map(|all| Some(all.as_ref()?.iter().map(|one| one.as_bytes().into()).collect()))
            .collect();
        Trie::new((0..).zip(entries.iter().map(Option::as_deref)))
    }

    #[test]
    fn most_messages_may_match_nothing() {
        let entries = ["[WS] 📱 Device", "[WS] 📱 Task", "[WS] ", "Shutting down"];
        let entries: Vec<_> = entries.iter().map(|one| Some(vec![(*one).to_owned()])).collect();
        let trie = trie(&entries);
        for (raw, found) in [
            (r"[WS] \ud83d\udcf1 Task request", &[1, 2][..]),
            (r"\u005bWS] \uD83D\uDCF1 Task request", &[1, 2]),
            (r"[WS] \ud83d\udce4 Sending", &[2]),
            (r"[WS]", &[]),
            (r"\ud83d\udce4 Sending", &[]),
            ("Shutting", &[]),
            ("Started", &[]),
            ("", &[]),
        ] {
            let (node, _) = trie.look_up(raw.as_bytes(), true);
            assert_eq!(trie.found(node), found, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn misses_no_entry_whose_literals_begin_the_message(
            entries in prop::collection::vec(
                prop::option::weighted(
                    0.9,
                    prop::collection::vec("a{0,9}[ab\\\\]{0,4}[✅❌📱é]?a?b?", 0..4),
                ),
                0..8,
            ),
            message in "a{0,9}[ab\\\\✅❌📱é]{0,6}",
            how in prop::collection::vec(0..4_u8, 15),
            escaped: bool,
            other in "[ab✅\\\\u0d]{0,9}",
        ) {
            let trie = trie(&entries);
            let spelled: String = if escaped {
                message.chars().zip(how).map(|(c, how)| spell(c, how)).collect()
            } else {
                message.clone()
            };
            let begins = |one: &String| message.starts_with(one);
            let (node, decided_by) = trie.look_up(spelled.as_bytes(), escaped);
            let found = trie.found(node);
            prop_assert!(found.is_sorted_by(|one, next| one < next));
            for (number, literals) in (0..).zip(&entries) {
                let may = literals.as_ref().is_none_or(|all| all.iter().any(begins));
                prop_assert!(!may || found.contains(&number), "{}", number);
            }
            if let Some(len) = decided_by {
                let other = [&spelled.as_bytes()[..len], other.as_bytes()].concat();
                prop_assert_eq!(trie.look_up(&other, escaped).0, node);
            }
        }
    }
}
