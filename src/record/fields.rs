//! Which keys hold the standard fields, and which further fields a run asks for.

/// A field that every batch has a column for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Standard {
    /// When the record was written.
    Timestamp,
    /// Its severity.
    Level,
    /// The name of its logger.
    Logger,
    /// Its text.
    Message,
    /// The module that wrote it.
    Module,
    /// The function that wrote it.
    Function,
    /// The traceback, if any.
    Exception,
    /// The client it belongs to.
    Client,
    /// The session it belongs to.
    Session,
}

impl Standard {
    /// How many standard fields there are.
    pub const COUNT: usize = 9;

    /// Every standard field with its name for `--field` and its usual keys, best first.
    pub const ALL: [(Standard, &'static str, &'static [&'static str]); Standard::COUNT] = [
        (Standard::Timestamp, "timestamp", &["timestamp", "time", "ts", "@timestamp", "asctime"]),
        (Standard::Level, "level", &["level", "levelname", "severity", "lvl"]),
        (Standard::Logger, "logger", &["logger", "name"]),
        (Standard::Message, "message", &["message", "msg", "event"]),
        (Standard::Module, "module", &["module"]),
        (Standard::Function, "function", &["function", "funcName", "func"]),
        (Standard::Exception, "exception", &["exception", "exc_info", "exc_text"]),
        (Standard::Client, "client", &["client_id"]),
        (Standard::Session, "session", &["session_id"]),
    ];
}

/// The keys of the standard fields: the usual ones, or those that `--field level=severity` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldNames {
    keys: Vec<(String, Standard, u8)>,
}

impl Default for FieldNames {
    fn default() -> FieldNames {
        let mut keys = Vec::new();
        for (field, _, names) in Standard::ALL {
            for (rank, name) in names.iter().enumerate() {
                keys.push(((*name).to_owned(), field, rank as u8));
            }
        }
        FieldNames { keys }
    }
}

impl FieldNames {
    /// Reads `field` from `key` and from nowhere else. A key that served another field no longer
    /// does.
    pub fn rename(&mut self, field: Standard, key: &str) {
        self.keys.retain(|(name, other, _)| *other != field && name != key);
        self.keys.push((key.to_owned(), field, 0));
    }

    /// The field that a key holds, and its rank: of several keys for one field in a record, the
    /// one of the lowest rank holds it.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<(Standard, u8)> {
        self.keys.iter().find(|(name, ..)| name == key).map(|(_, field, rank)| (*field, *rank))
    }

    /// All keys with their fields and ranks.
    pub fn keys(&self) -> impl Iterator<Item = (&str, Standard, u8)> {
        self.keys.iter().map(|(name, field, rank)| (name.as_str(), *field, *rank))
    }
}

/// The way to a value: keys from the top level inwards, never empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldPath(Vec<String>);

impl FieldPath {
    /// A field of the top level, whatever dots its name has.
    #[must_use]
    pub fn top(name: &str) -> FieldPath {
        FieldPath(vec![name.to_owned()])
    }

    /// `a.b.c`: the field `c` of the object `b` of the object `a`.
    #[must_use]
    pub fn dotted(path: &str) -> FieldPath {
        FieldPath(path.split('.').map(str::to_owned).collect())
    }

    /// The keys, outermost first.
    #[must_use]
    pub fn keys(&self) -> &[String] {
        &self.0
    }
}

/// The place of a requested field among the batch's further columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FieldSlot(pub u16);

/// What a run needs beyond the standard fields. Asked for once, before reading; fields that
/// nobody asked for are validated and not kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    paths: Vec<FieldPath>,
    skipped: [bool; Standard::COUNT],
    raw: bool,
}

impl Needs {
    /// The slot of a field, the same one however often it is asked for.
    pub fn field(&mut self, path: &FieldPath) -> FieldSlot {
        if let Some(slot) = self.paths.iter().position(|known| known == path) {
            return FieldSlot(slot as u16);
        }
        self.paths.push(path.clone());
        FieldSlot((self.paths.len() - 1) as u16)
    }

    /// Says that somebody passes lines on as they came.
    pub fn keep_raw(&mut self) {
        self.raw = true;
    }

    /// Whether somebody does.
    #[must_use]
    pub fn keeps_raw(&self) -> bool {
        self.raw
    }

    /// Says that nobody reads the names of a standard field: its column may be left empty.
    pub fn skip(&mut self, field: Standard) {
        self.skipped[field as usize] = true;
    }

    /// Whether somebody may read a standard field; everybody may, unless told otherwise.
    #[must_use]
    pub fn reads(&self, field: Standard) -> bool {
        !self.skipped[field as usize]
    }

    /// The requested fields, by slot.
    #[must_use]
    pub fn paths(&self) -> &[FieldPath] {
        &self.paths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_field_has_one_key() {
        let mut names = FieldNames::default();
        assert_eq!(names.field("ts"), Some((Standard::Timestamp, 2)));
        names.rename(Standard::Level, "event");
        assert_eq!(names.field("event"), Some((Standard::Level, 0)));
        assert_eq!(names.field("severity"), None);
        assert_eq!(names.field("msg"), Some((Standard::Message, 1)));
    }

    #[test]
    fn a_field_has_one_slot() {
        let mut needs = Needs::default();
        let a = needs.field(&FieldPath::dotted("a.b"));
        let b = needs.field(&FieldPath::top("a.b"));
        assert_ne!(a, b);
        assert_eq!(needs.field(&FieldPath::dotted("a.b")), a);
        assert_eq!(needs.paths().len(), 2);
    }

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (index, (field, ..)) in Standard::ALL.iter().enumerate() {
            assert_eq!(*field as usize, index);
        }
    }
}
