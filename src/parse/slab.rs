//! Where the values of a block stand before they are columns of a batch.
//!
//! A slab has a column for each standard field and for each requested one, and in each a place for
//! every line. The fast paths write into it key by key. Which of several keys holds a field, and
//! what a requested field is as raw JSON, is settled behind that by [`Fates`].

use super::plan::{EntryId, Plan};
use super::walk::Found;
use crate::record::{Standard, Text};

/// So many keys of one format may have to wait until it is known which of them is the best.
const SPARE: usize = 8;
/// The columns of standard fields are the first ones.
const STANDARD: usize = Standard::COUNT;

/// The values of a block. What a line lacks is [`Text::NONE`].
#[derive(Debug, Default)]
pub(super) struct Slab {
    /// Columns of one length, one behind the other.
    values: Vec<Text>,
    /// The length of a column.
    stride: usize,
    /// How many fields are requested.
    fields: usize,
    /// The requested fields that some line of this block may have.
    present: Vec<bool>,
}

impl Slab {
    /// A slab for so many requested fields.
    pub(super) fn new(fields: usize) -> Slab {
        Slab { fields, present: vec![false; fields], ..Slab::default() }
    }

    /// Empties it for a block of so many lines.
    pub(super) fn reset(&mut self, rows: usize) {
        if rows > self.stride {
            self.stride = rows.next_power_of_two();
            self.values.clear();
            self.values.resize((STANDARD + self.fields + 1 + SPARE) * self.stride, Text::NONE);
            self.present.fill(false);
            return;
        }
        for column in 0..STANDARD {
            self.values[column * self.stride..][..rows].fill(Text::NONE);
        }
        for slot in 0..self.fields {
            // Of most requested fields no line has any.
            if std::mem::take(&mut self.present[slot]) {
                self.values[(STANDARD + slot) * self.stride..][..self.stride].fill(Text::NONE);
            }
        }
    }

    /// The column of a standard field.
    pub(super) fn standard(&self, field: Standard) -> &[Text] {
        &self.values[field as usize * self.stride..][..self.stride]
    }

    /// The column of a requested field, unless no line has it.
    pub(super) fn field(&self, slot: usize) -> Option<&[Text]> {
        self.present[slot].then(|| &self.values[(STANDARD + slot) * self.stride..][..self.stride])
    }

    /// The column of a number.
    #[inline]
    pub(super) fn column_mut(&mut self, column: u16) -> &mut [Text] {
        let start = usize::from(column) * self.stride;
        &mut self.values[start..start + self.stride]
    }

    /// Puts a value in its place.
    #[inline]
    pub(super) fn put(&mut self, column: u16, row: usize, text: Text) {
        self.values[usize::from(column) * self.stride + row] = text;
    }

    fn get(&self, column: u16, row: usize) -> Text {
        self.values[usize::from(column) * self.stride + row]
    }

    /// Takes back whatever has been written for a line.
    pub(super) fn forget(&mut self, row: usize) {
        for column in 0..STANDARD {
            self.put(column as u16, row, Text::NONE);
        }
        for slot in 0..self.fields {
            if self.present[slot] {
                self.put((STANDARD + slot) as u16, row, Text::NONE);
            }
        }
    }

    /// Takes what the general path has found in a line.
    pub(super) fn take(&mut self, row: usize, plan: &Plan, found: &Found) {
        for (field, ..) in Standard::ALL {
            self.put(field as u16, row, found.best(plan, field));
        }
        for (slot, &text) in found.fields.iter().enumerate() {
            if text.is_some() {
                self.present[slot] = true;
                self.put((STANDARD + slot) as u16, row, text);
            }
        }
    }
}

/// What is kept of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeps {
    Nothing,
    /// Its place.
    Place,
    /// Its place, and whether it has escapes.
    Text,
}

/// The fields whose texts say nothing of their escapes: mostly a look at their bytes shows what they
/// are, and else these are searched.
const LOOKED_AT: [Standard; 5] =
    [Standard::Timestamp, Standard::Level, Standard::Module, Standard::Function, Standard::Client];

/// What becomes of the values of a format's keys.
#[derive(Debug, Clone, Default)]
pub(super) struct Fates {
    /// Where the value of each key is put.
    pub(super) columns: Vec<u16>,
    /// The column of what nobody reads.
    unread: u16,
    /// Standard fields with several keys: where these are put, best first.
    best: Vec<(u16, Vec<u16>)>,
    /// Requested fields, and where their values are put.
    raw: Vec<(u16, u16)>,
}

impl Fates {
    /// The fates of keys that are read for these entries; `None` if very many mean the same.
    pub(super) fn new(plan: &Plan, fields: usize, entries: &[Option<EntryId>]) -> Option<Fates> {
        let unread = STANDARD + fields;
        let mut fates = Fates { unread: unread as u16, ..Fates::default() };
        let mut spare = 0;
        let mut ranks: Vec<(u16, u8, u16)> = Vec::new();
        let alias = |id: &Option<EntryId>| id.and_then(|id| plan.entry(id).alias);
        for id in entries {
            let Some(entry) = id.map(|id| plan.entry(id)) else {
                fates.columns.push(unread as u16);
                continue;
            };
            let mut column = entry.slot.map_or(unread, |slot| STANDARD + usize::from(slot)) as u16;
            let alias_read = entry.alias.filter(|&own| plan.reads(plan.field(own)));
            if let Some(own) = alias_read {
                let field = plan.field(own);
                let same = entries.iter().filter_map(alias).filter(|one| plan.field(*one) == field);
                column = field as u16;
                if same.count() > 1 {
                    spare += 1;
                    column = (unread + spare) as u16;
                    ranks.push((field as u16, own, column));
                }
            }
            if let Some(slot) = entry.slot {
                fates.raw.push(((STANDARD + usize::from(slot)) as u16, column));
            }
            fates.columns.push(column);
        }
        // Numbers of aliases ascend from the best.
        ranks.sort_unstable();
        for (field, _, column) in ranks {
            match fates.best.last_mut() {
                Some((last, columns)) if *last == field => columns.push(column),
                _ => fates.best.push((field, vec![column])),
            }
        }
        (spare <= SPARE).then_some(fates)
    }

    /// Prepares a slab for lines that may lack some of the keys.
    pub(super) fn prepare(&self, slab: &mut Slab, rows: &[u32]) {
        for (field, _) in &self.raw {
            slab.present[usize::from(*field) - STANDARD] = true;
        }
        for column in self.best.iter().flat_map(|(_, columns)| columns) {
            for &row in rows {
                slab.put(*column, row as usize, Text::NONE);
            }
        }
    }

    /// What somebody reads of the value of a key, by its number.
    pub(super) fn keeps(&self, key: usize) -> Keeps {
        let column = self.columns[key];
        match Standard::ALL.get(usize::from(column)) {
            _ if column == self.unread => Keeps::Nothing,
            Some((field, ..)) if LOOKED_AT.contains(field) => Keeps::Place,
            _ => Keeps::Text,
        }
    }

    /// Whether there is anything to settle.
    pub(super) fn wait(&self) -> bool {
        !self.best.is_empty() || !self.raw.is_empty()
    }

    /// Settles the values of a line, once.
    pub(super) fn settle(&self, bytes: &[u8], slab: &mut Slab, row: usize) {
        for &(field, from) in &self.raw {
            let text = slab.get(from, row);
            slab.put(field, row, raw(bytes, text));
        }
        for (field, columns) in &self.best {
            let found = columns.iter().map(|&column| slab.get(column, row));
            let best = found.into_iter().find(|text| text.is_some());
            slab.put(*field, row, best.unwrap_or(Text::NONE));
        }
    }
}

/// A value as raw JSON: a string with its quotes.
fn raw(bytes: &[u8], text: Text) -> Text {
    if !text.is_some() || !is_string(bytes, text) {
        return text;
    }
    let place = text.range();
    Text::plain(place.start - 1, place.len() + 2)
}

/// Whether a value is a string: the inside of one stands behind its quote, everything else behind
/// a colon or a space.
pub(super) fn is_string(bytes: &[u8], text: Text) -> bool {
    text.range().start > 0 && bytes[text.range().start - 1] == b'"'
}
