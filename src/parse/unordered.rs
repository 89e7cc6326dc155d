//! Lines whose keys come in any order, or in more orders than there are layouts.
//!
//! Where keys and values stand is written alike in all lines of a formatter, whatever their
//! order: what opens a line, what separates two values, what closes it, and each key with its
//! colon are known texts. So this is a layout without order. It is learned like one.

use super::layout::{Layout, Segment, Written};
use super::layouts::Trial;
use super::plan::{EntryId, Plan};
use super::simd::Needle;
use super::slab::Fates;

/// As many keys are known at most: what a line has is noted in the bits of a word.
const KEYS: usize = 64;
/// The places of the table; a power of two.
const PLACES: usize = 256;
/// So many bytes of a line are looked at from the opening quote of a key on: all of the longest.
pub(super) const LOOKED_AT: usize = 64;
/// The print of no key: a text in a line of 64 bytes is shorter than this says.
const FREE: u32 = u32::MAX;

/// One key.
#[derive(Debug, Clone)]
pub(super) struct Key {
    /// From its opening quote to the value, without the opening quote of that: the first of a line.
    pub(super) first: Needle,
    /// The same with the closing quote of the value before and the separator in front.
    pub(super) next: Needle,
    /// Where the value goes.
    pub(super) column: u16,
    print: u32,
    entry: Option<EntryId>,
}

/// A layout without order.
#[derive(Debug, Clone)]
pub(super) struct Unordered {
    pub(super) opening: Needle,
    /// How many bytes stand between a value and the next key.
    pub(super) separator: u32,
    /// How many bytes stand between the closing quote of a key and its value: where a value begins
    /// is known before it is known whose it is.
    pub(super) colon: u32,
    /// What ends a line, with the closing quote of the last value in front,
    pub(super) tail: Needle,
    /// and its length without that.
    pub(super) after: u32,
    pub(super) keys: Vec<Key>,
    pub(super) fates: Fates,
    /// The numbers of keys by print, each at the first free place from that of its print on.
    table: [(u32, u8); PLACES],
    /// What spreads prints over places: mostly so that each has the place that it is looked up from,
    /// and nobody has to guess how far to go.
    spread: u32,
    writing: Writing,
    pub(super) trial: Trial,
}

/// What lines of one formatter have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Writing {
    opening: Box<[u8]>,
    separator: Box<[u8]>,
    colon: Box<[u8]>,
    tail: Box<[u8]>,
}

impl Unordered {
    /// A layout without order from one line; none if the line is not written evenly.
    pub(super) fn new(shape: &Layout, plan: &Plan, fields: usize) -> Option<Unordered> {
        let writing = Writing::of(shape)?;
        let mut all = Unordered {
            opening: Needle::new(&writing.opening)?,
            separator: writing.separator.len() as u32,
            colon: writing.colon.len() as u32,
            tail: quoted(&[&writing.tail])?,
            after: writing.tail.len() as u32,
            keys: Vec::new(),
            fates: Fates::default(),
            table: [(FREE, 0); PLACES],
            spread: SPREADS[0],
            writing,
            trial: Trial::default(),
        };
        all.learn(shape, plan, fields).then_some(all)
    }

    /// Learns the keys of a further line; `false` if that line is written in another way.
    pub(super) fn learn(&mut self, shape: &Layout, plan: &Plan, fields: usize) -> bool {
        if Writing::of(shape).as_ref() != Some(&self.writing) {
            return false;
        }
        let known = self.keys.len();
        for segment in &shape.segments {
            // Keys that look alike at a glance cannot both be found.
            let is_new = self.keys.iter().all(|key| key.print != print(&segment.key));
            if is_new
                && self.keys.len() < KEYS
                && let Some(first) = Needle::new(with_colon(segment))
                && let Some(next) = quoted(&[&self.writing.separator, with_colon(segment)])
            {
                let (print, entry) = (print(&segment.key), segment.entry);
                self.keys.push(Key { first, next, column: 0, print, entry });
            }
        }
        if self.keys.len() == known {
            return known > 0;
        }
        let entries: Vec<_> = self.keys.iter().map(|key| key.entry).collect();
        let Some(fates) = Fates::new(plan, fields, &entries) else {
            self.keys.truncate(known);
            return false;
        };
        for (key, &column) in self.keys.iter_mut().zip(&fates.columns) {
            key.column = column;
        }
        self.fates = fates;
        let displaced = |spread: &u32| self.tabled(*spread).1;
        self.spread = SPREADS.into_iter().min_by_key(displaced).unwrap_or(SPREADS[0]);
        self.table = self.tabled(self.spread).0;
        true
    }

    /// The table of the keys, and how many of them are not at the place of their print.
    fn tabled(&self, spread: u32) -> ([(u32, u8); PLACES], usize) {
        let (mut table, mut displaced) = ([(FREE, 0); PLACES], 0);
        for (number, key) in self.keys.iter().enumerate() {
            let home = place(key.print, spread);
            let mut at = home;
            while table[at].0 != FREE {
                at = (at + 1) % PLACES;
            }
            displaced += usize::from(at != home);
            table[at] = (key.print, number as u8);
        }
        (table, displaced)
    }

    /// The number of the only key that can stand at a place with so many bytes between its quotes;
    /// its needle tells whether it does. `here` begins with the opening quote.
    #[inline]
    pub(super) fn find(&self, here: &[u8; LOOKED_AT], len: u32) -> Option<usize> {
        let at = |place: u32| here[place as usize % LOOKED_AT];
        let print = u32::from_le_bytes([at(1), at(1 + len / 2), at(len), len as u8]);
        let mut at = place(print, self.spread);
        loop {
            let (known, number) = self.table[at];
            if known == print {
                return Some(usize::from(number));
            }
            if known == FREE {
                return None;
            }
            at = (at + 1) % PLACES;
        }
    }
}

impl Writing {
    fn of(shape: &Layout) -> Option<Writing> {
        let opening: Box<[u8]> = before_key(shape.segments.first()?).into();
        let mut separators = shape.segments[1..].iter().map(before_key);
        // A line of one value does not show it.
        let separator = separators.next()?;
        let colon = colon(shape.segments.first()?);
        let even = separators.all(|other| other == separator)
            && shape.segments.iter().all(|segment| self::colon(segment) == colon);
        even.then(|| Writing {
            opening,
            separator: separator.into(),
            colon: colon.into(),
            tail: shape.tail.clone(),
        })
    }
}

/// A needle for what stands behind a value, with the closing quote of that in front.
fn quoted(texts: &[&[u8]]) -> Option<Needle> {
    Needle::new(&[&[b"\"" as &[u8]], texts].concat().concat())
}

/// What stands between the value before and the key. The text before a value ends with its key in
/// quotes, a colon, white space around that, and perhaps the value's quote.
fn before_key(segment: &Segment) -> &[u8] {
    let quote = memchr::memchr(b'"', &segment.literal).unwrap_or(0);
    &segment.literal[..quote]
}

/// The key in its quotes and what stands between it and the value.
fn with_colon(segment: &Segment) -> &[u8] {
    let text = &segment.literal[before_key(segment).len()..];
    let quote = usize::from(segment.written == Written::String);
    &text[..text.len() - quote]
}

/// What stands between the key and the value. Keys have no escapes.
fn colon(segment: &Segment) -> &[u8] {
    &with_colon(segment)[segment.key.len() + 2..]
}

/// First, middle and last byte, and length: different for most keys of one formatter.
fn print(text: &[u8]) -> u32 {
    let at = |place: usize| text.get(place).copied().unwrap_or(b'"');
    let len = text.len();
    u32::from_le_bytes([at(0), at(len / 2), at(len.wrapping_sub(1)), len as u8])
}

/// The place that a print is looked up from. Only few keys are learned, so that nobody can make
/// this slow.
#[inline]
fn place(print: u32, spread: u32) -> usize {
    (print.wrapping_mul(spread) >> 24) as usize % PLACES
}

/// Odd numbers to try.
const SPREADS: [u32; 8] = [
    0x9e37_79b1,
    0x85eb_ca6b,
    0xc2b2_ae35,
    0x27d4_eb2f,
    0x1656_67b1,
    0xcc9e_2d51,
    0x1b87_3593,
    0xe654_6b65,
];
