//! Envelopes: what hosts put around a record, and records that take several lines.
//!
//! [`mod@line`] sees what a line is by its first bytes. [`mod@join`] says which lines belong together.
//! [`object`] knows the wrappers that are objects themselves, [`text`] the format that Python's
//! logging has by default. [`read`] unwraps, with what a parser has.
//!
//! What this costs is paid by lines that no layout has read. A layout never has one of the keys
//! in [`Envelopes::marks`], so that a line which may be a wrapper comes here, whatever was learned.
//!
//! This module must not know what messages mean, nor where lines come from.

mod hold;
mod join;
mod line;
mod object;
mod read;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use self::hold::Ready;
pub use self::hold::Unfinished;
pub(super) use self::join::{Joins, Role};
pub(super) use self::read::{Place, Verdict};
pub(super) use self::text::Keys as TextKeys;

/// Which envelopes are looked for. Lines without one are read in any case, except by
/// [`Envelopes::Text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Envelopes {
    /// Whatever a line has.
    #[default]
    Auto,
    /// None: a line is an object.
    Json,
    /// Fluent Bit's `{"date":…,"log":"…"}`, and `{"exec":"…"}` of its `in_exec`.
    FluentBit,
    /// Docker's `{"log":"…\n","stream":…,"time":…}`, chunks joined.
    Docker,
    /// Vector's `{"message":"…","source_type":…}`.
    Vector,
    /// `TIME stdout F …` of the container runtimes of Kubernetes, parts joined.
    Cri,
    /// `journalctl -o json`.
    Journald,
    /// The format that Python's logging has by default: every line that does not begin a record
    /// belongs to the one before.
    Text,
}

impl Envelopes {
    /// Whether these are looked for.
    pub(super) fn has(self, one: Envelopes) -> bool {
        self == Envelopes::Auto || self == one
    }

    /// The keys of the top level by which a line may be a wrapper.
    pub(super) fn marks(self) -> &'static [&'static str] {
        use Envelopes::{Auto, Cri, Docker, FluentBit, Journald, Json, Text, Vector};
        match self {
            Auto => &["log", "exec", "MESSAGE", "source_type"],
            FluentBit => &["log", "exec"],
            Docker => &["log"],
            Vector => &["source_type"],
            Journald => &["MESSAGE"],
            Json | Cri | Text => &[],
        }
    }

    /// Whether lines are joined.
    pub(super) fn join(self) -> bool {
        use Envelopes::{Auto, Cri, Docker, Text};
        matches!(self, Auto | Cri | Docker | Text)
    }
}
