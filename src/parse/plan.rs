//! Which keys of a record somebody reads, and what for.
//!
//! Made once from the names of the standard fields and the requested paths; asked once for each
//! key of a line.

use crate::record::{FieldNames, Needs, Standard};

/// A key that somebody reads, by number.
pub(super) type EntryId = u16;

/// The record itself: its entries are the keys of the top level.
pub(super) const TOP: EntryId = 0;

/// A key that somebody reads.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// Its number among the keys of standard fields.
    pub(super) alias: Option<u8>,
    /// Whether a record that has it may be a wrapper.
    pub(super) mark: bool,
    /// The requested field that it holds.
    pub(super) slot: Option<u16>,
    /// The requested fields that stand inside it, at any depth.
    pub(super) inside: Vec<u16>,
    /// The keys inside it, by length: most keys are told apart by it alone.
    children: Vec<Vec<(Box<[u8]>, EntryId)>>,
}

/// All keys that somebody reads: a tree with the record as its root.
#[derive(Debug)]
pub(super) struct Plan {
    entries: Vec<Entry>,
    /// The first alias of each standard field, and the number of all.
    aliases: [usize; Standard::COUNT + 1],
    /// The standard fields that somebody reads.
    read: [bool; Standard::COUNT],
}

impl Plan {
    /// A plan for these names and requested fields.
    pub(super) fn new(names: &FieldNames, needs: &Needs) -> Plan {
        // Records of this program's own are known by their logger.
        let read = |field| needs.reads(field) || field == Standard::Logger;
        let read = Standard::ALL.map(|(field, ..)| read(field));
        let mut plan = Plan { entries: vec![Entry::default()], aliases: [0; _], read };
        let mut keys: Vec<_> = names.keys().collect();
        keys.sort_by_key(|(_, field, rank)| (*field as usize, *rank));
        for (alias, (key, field, _)) in keys.iter().enumerate() {
            let entry = plan.child(TOP, key.as_bytes());
            plan.entries[usize::from(entry)].alias = Some(alias as u8);
            plan.aliases[*field as usize + 1..].fill(alias + 1);
        }
        for (slot, path) in needs.paths().iter().enumerate() {
            plan.request(path.keys(), slot as u16);
        }
        plan
    }

    /// Marks keys of the top level.
    pub(super) fn mark(&mut self, keys: &[&str]) {
        for key in keys {
            let entry = self.child(TOP, key.as_bytes());
            self.entries[usize::from(entry)].mark = true;
        }
    }

    fn request(&mut self, path: &[String], slot: u16) {
        let mut entry = TOP;
        for key in path {
            if entry != TOP {
                self.entries[usize::from(entry)].inside.push(slot);
            }
            entry = self.child(entry, key.as_bytes());
        }
        self.entries[usize::from(entry)].slot = Some(slot);
    }

    fn child(&mut self, parent: EntryId, key: &[u8]) -> EntryId {
        if let Some(known) = self.find(parent, key) {
            return known;
        }
        let id = self.entries.len() as EntryId;
        self.entries.push(Entry::default());
        let children = &mut self.entries[usize::from(parent)].children;
        children.resize_with(children.len().max(key.len() + 1), Vec::new);
        children[key.len()].push((key.into(), id));
        id
    }

    /// The entry of a decoded key in the object that is the value of `parent`.
    pub(super) fn find(&self, parent: EntryId, key: &[u8]) -> Option<EntryId> {
        let same_length = self.entry(parent).children.get(key.len())?;
        same_length.iter().find(|(name, _)| **name == *key).map(|(_, id)| *id)
    }

    /// An entry by its number.
    pub(super) fn entry(&self, id: EntryId) -> &Entry {
        &self.entries[usize::from(id)]
    }

    /// The keys of a standard field, best first, by alias number.
    pub(super) fn aliases(&self, field: Standard) -> std::ops::Range<usize> {
        self.aliases[field as usize]..self.aliases[field as usize + 1]
    }

    /// The standard field that the key of an alias number holds.
    pub(super) fn field(&self, alias: u8) -> Standard {
        let holds = |field: &Standard| self.aliases(*field).contains(&usize::from(alias));
        let fields = Standard::ALL.map(|(field, ..)| field);
        fields.into_iter().find(holds).unwrap_or(Standard::Message)
    }

    /// Whether somebody reads a standard field.
    pub(super) fn reads(&self, field: Standard) -> bool {
        self.read[field as usize]
    }

    /// How many keys there are for all standard fields.
    pub(super) fn alias_count(&self) -> usize {
        self.aliases[Standard::COUNT]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::FieldPath;

    #[test]
    fn keys_lead_to_what_they_are_read_for() {
        let mut names = FieldNames::default();
        names.rename(Standard::Logger, "origin");
        let mut needs = Needs::default();
        for path in ["a.b.c", "a.b", "level", "a.d"] {
            needs.field(&FieldPath::dotted(path));
        }
        let plan = Plan::new(&names, &needs);
        let top = |key: &str| plan.find(TOP, key.as_bytes());
        let level = plan.entry(top("level").unwrap());
        assert_eq!((level.alias.map(usize::from), level.slot), (Some(5), Some(2)));
        assert_eq!(plan.aliases(Standard::Level), 5..9);
        assert_eq!(plan.aliases(Standard::Logger), 9..10);
        assert_eq!(plan.aliases(Standard::Session).end, plan.alias_count());
        assert_eq!((top("logger"), top("name"), top("b")), (None, None, None));

        let a = top("a").unwrap();
        assert_eq!((plan.entry(a).slot, &plan.entry(a).inside), (None, &vec![0, 1, 3]));
        let b = plan.find(a, b"b").unwrap();
        assert_eq!((plan.entry(b).slot, &plan.entry(b).inside), (Some(1), &vec![0]));
    }
}
