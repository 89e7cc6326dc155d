//! One line as a JSON object, from its first byte to its last: the general path, for any keys
//! in any order.
//!
//! Validates all of it, whether somebody reads it or not, with a stack of its own, and notes
//! where the values are that the [`Plan`] names. Knows no columns: it finds places in the line,
//! [`super::columns`] makes values of them.

use std::ops::Range;

use super::keys::Keys;
use super::plan::{EntryId, Plan, TOP};
use super::simd::Processor;
use super::token::{Fault, Kind, Tokens};
use crate::record::{Batch, Reason, Standard, Text};

/// How deep arrays and objects may be nested, the record included.
const MAX_DEPTH: usize = 128;

/// What was found in a line: where values stand, strings without their quotes, all else as raw
/// JSON. A key that is missing is as one that is `null`.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The values of the keys of standard fields, by alias.
    pub(super) standard: Vec<Text>,
    /// The requested fields, by slot, as raw JSON.
    pub(super) fields: Vec<Text>,
    /// A lone surrogate, a `NaN` or its like was mended.
    pub(super) repaired: bool,
    /// Some object has a key twice.
    pub(super) duplicate: bool,
    /// It has a key by which it may be a wrapper.
    pub(super) marked: bool,
}

impl Found {
    /// The value of a standard field: of its keys that are there and not `null`, the best.
    pub(super) fn best(&self, plan: &Plan, field: Standard) -> Text {
        let values = &self.standard[plan.aliases(field)];
        values.iter().copied().find(|text| text.is_some()).unwrap_or(Text::NONE)
    }
}

/// An array or object that is open.
#[derive(Debug, Clone, Copy)]
struct Frame {
    /// What it is read for, if it is.
    entry: Option<EntryId>,
    object: bool,
    start: usize,
    /// Its mark among the [`Keys`].
    keys: usize,
}

/// What must come next.
enum Step {
    Key,
    Value,
    /// A comma or the end of what is open.
    After,
}

/// The memory of the walk, kept from line to line.
#[derive(Debug)]
pub(super) struct Walker {
    /// What was found in the last line; whole only if it was valid.
    pub(super) found: Found,
    stack: Vec<Frame>,
    keys: Keys,
    scratch: String,
    processor: Processor,
}

impl Walker {
    /// A walker for a plan and so many requested fields.
    pub(super) fn new(processor: Processor, plan: &Plan, fields: usize) -> Walker {
        let found = Found {
            standard: vec![Text::NONE; plan.alias_count()],
            fields: vec![Text::NONE; fields],
            ..Found::default()
        };
        let (keys, scratch) = (Keys::default(), String::new());
        Walker { found, stack: Vec::with_capacity(MAX_DEPTH), keys, scratch, processor }
    }

    /// Walks over the line that stands at a place of the batch's bytes.
    pub(super) fn walk(
        &mut self,
        plan: &Plan,
        batch: &Batch,
        line: Range<usize>,
        strict: bool,
    ) -> Result<(), Fault> {
        self.found.standard.fill(Text::NONE);
        self.found.fields.fill(Text::NONE);
        self.found.marked = false;
        self.keys.start_line();
        self.stack.clear();
        let base = line.start;
        let tokens = Tokens::new(self.processor, &batch.bytes.as_bytes()[line], strict);
        let mut walk = Walk { own: self, plan, batch, base, tokens, entry: Some(TOP) };
        walk.record()?;
        self.found.repaired = walk.tokens.repaired();
        self.found.duplicate = self.keys.duplicate();
        Ok(())
    }
}

/// One walk over one line.
struct Walk<'a> {
    own: &'a mut Walker,
    plan: &'a Plan,
    batch: &'a Batch,
    /// Where the line stands in the batch.
    base: usize,
    tokens: Tokens<'a>,
    /// What the value that comes next is read for, if it is.
    entry: Option<EntryId>,
}

impl Walk<'_> {
    fn record(&mut self) -> Result<(), Fault> {
        if self.tokens.peek() != Some(b'{') {
            return Err(self.no_object());
        }
        let mut step = self.open(true)?;
        while !self.own.stack.is_empty() {
            step = match step {
                Step::Key => self.key()?,
                Step::Value => self.value()?,
                Step::After => self.after()?,
            };
        }
        match self.tokens.peek() {
            None => Ok(()),
            Some(_) => Err(self.tokens.fault(Reason::Trailing)),
        }
    }

    /// A line that is one value of another kind is no object; anything else is no JSON.
    fn no_object(&mut self) -> Fault {
        let other = match self.tokens.peek() {
            // Whatever follows, the record is not going to be an object.
            Some(b'[' | b'"') => self.tokens.fault(Reason::NotObject),
            _ => self.tokens.fault(Reason::Syntax),
        };
        let is_value = self.tokens.scalar().is_ok() && self.tokens.peek().is_none();
        if is_value { Fault { reason: Reason::NotObject, ..other } } else { other }
    }

    fn key(&mut self) -> Result<Step, Fault> {
        if self.tokens.peek() != Some(b'"') {
            return Err(self.tokens.fault(Reason::Syntax));
        }
        let start = self.tokens.at();
        let escaped = self.tokens.string()?;
        self.name(self.inside(start, escaped));
        if self.tokens.peek() != Some(b':') {
            return Err(self.tokens.fault(Reason::Syntax));
        }
        self.tokens.advance();
        Ok(Step::Value)
    }

    /// Takes note of a key: whether its object has it twice, and what its value is read for.
    fn name(&mut self, key: Text) {
        let Some(&Frame { entry, keys, .. }) = self.own.stack.last() else { return };
        let Walker { scratch, keys: seen, found, .. } = &mut *self.own;
        let name = self.batch.text(key, scratch).as_bytes();
        seen.add(self.batch, keys, key, name);
        self.entry = entry.and_then(|parent| self.plan.find(parent, name));
        if let Some(entry) = self.entry {
            found.marked |= self.plan.entry(entry).mark;
            // The last of equal keys wins: nothing from inside an earlier one may stay.
            for &slot in &self.plan.entry(entry).inside {
                found.fields[usize::from(slot)] = Text::NONE;
            }
        }
    }

    fn value(&mut self) -> Result<Step, Fault> {
        match self.tokens.peek() {
            Some(b'{') => self.open(true),
            Some(b'[') => self.open(false),
            _ => {
                let start = self.tokens.at();
                let kind = self.tokens.scalar()?;
                self.store(self.entry, kind, start);
                Ok(Step::After)
            }
        }
    }

    fn open(&mut self, object: bool) -> Result<Step, Fault> {
        if self.own.stack.len() == MAX_DEPTH {
            return Err(self.tokens.fault(Reason::Depth));
        }
        let keys = self.own.keys.open();
        let start = self.tokens.at();
        self.own.stack.push(Frame { entry: self.entry, object, start, keys });
        // A key sets it again; what stands in an array is read for nothing, at any depth.
        self.entry = None;
        self.tokens.advance();
        match self.tokens.peek() {
            Some(b'}') if object => Ok(self.close()),
            Some(b']') if !object => Ok(self.close()),
            _ if object => Ok(Step::Key),
            _ => Ok(Step::Value),
        }
    }

    fn after(&mut self) -> Result<Step, Fault> {
        let object = self.own.stack.last().is_some_and(|frame| frame.object);
        match self.tokens.peek() {
            Some(b',') => {
                self.tokens.advance();
                Ok(if object { Step::Key } else { Step::Value })
            }
            Some(b'}') if object => Ok(self.close()),
            Some(b']') if !object => Ok(self.close()),
            _ => Err(self.tokens.fault(Reason::Syntax)),
        }
    }

    fn close(&mut self) -> Step {
        self.tokens.advance();
        if let Some(frame) = self.own.stack.pop() {
            if frame.object {
                self.own.keys.close(self.batch, frame.keys);
            }
            self.store(frame.entry, Kind::Other, frame.start);
        }
        Step::After
    }

    /// Keeps the value that ends here, if it is read for something.
    fn store(&mut self, entry: Option<EntryId>, kind: Kind, start: usize) {
        let Some(entry) = entry else { return };
        let entry = self.plan.entry(entry);
        let raw = || Text::plain(self.base + start, self.tokens.at() - start);
        if let Some(alias) = entry.alias {
            let text = match kind {
                Kind::Null => Text::NONE,
                Kind::String { escaped } => self.inside(start, escaped),
                Kind::Number | Kind::Other => raw(),
            };
            self.own.found.standard[usize::from(alias)] = text;
        }
        if let Some(slot) = entry.slot {
            let text = if kind == Kind::Null { Text::NONE } else { raw() };
            self.own.found.fields[usize::from(slot)] = text;
        }
    }

    /// The inside of the string that began at an offset and ends here.
    fn inside(&self, start: usize, escaped: bool) -> Text {
        let (start, len) = (self.base + start + 1, self.tokens.at() - start - 2);
        if escaped { Text::escaped(start, len) } else { Text::plain(start, len) }
    }
}
