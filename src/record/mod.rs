//! What one block of log lines is once it has been read: a [`Batch`] of columns.
//!
//! This module only holds data. It knows no JSON but the escapes of strings and no wording, reads nothing, and imports
//! nothing else of this crate: everything above is written in its terms.

mod accounting;
mod batch;
mod credible;
mod earlier;
mod event;
mod fields;
mod intern;
mod key;
mod level;
mod problem;
mod raw;
mod text;
mod time;
mod unescape;
mod zone;

pub use accounting::{Accounting, MAX_SAMPLES, Reason, Sample};
pub use batch::{Batch, Record};
pub use credible::{Belief, Credible};
pub use earlier::Earlier;
pub use event::{Capture, EventKind, RawEvent};
pub use fields::{FieldNames, FieldPath, FieldSlot, Needs, Standard};
pub use intern::{Interner, NameId, Seed};
pub use key::{bounded, is_bounded};
pub use level::Level;
pub use problem::{MAX_PROBLEMS, Problem, Problems};
pub use raw::RawLines;
pub use text::Text;
pub use time::{Civil, Timestamp};
pub use unescape::{escape, hex4, unescaped};
pub use zone::Zone;
