//! Which lines belong together: parts of a line, and lines of a record.
//!
//! There are lanes: bare lines, and the two outputs of a container in the form of CRI and in
//! Docker's. In each lane one record may be open: because its line goes on in another part, or because
//! it is text, to which every line belongs that begins no record. A line of another form
//! closes whatever is open. A line that begins a record, and is not wrapped, therefore needs nothing
//! of what comes before it: this is where an input may be cut.

use serde::{Deserialize, Serialize};

use super::Envelopes;
use super::line::{Head, Part, Stream, begins, head, header, is_beginning};
use crate::record::unescaped;

/// The lanes: bare lines, CRI, Docker.
const LANES: usize = 5;
const BARE: usize = 0;
/// So many lines of the other output may stand in a record of text: the outputs of a container
/// are two pipes, and their lines may be mixed up a little.
const NEAR: u8 = 16;
/// All lines of a record lie within so many times the longest line.
const SPAN: usize = 4;
/// No member.
const NONE: u32 = u32::MAX;

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::parse) enum Role {
    /// It is read for itself, or with those that [`Joins::parts`] tells.
    Head,
    /// It is too long together with those that belong to it.
    Oversize,
    /// It belongs to the record of a line before; of this row, if that is in the same block.
    Tail(Option<u32>),
}

/// A line that has been looked at.
#[derive(Debug, Clone, Copy)]
struct Member {
    row: u32,
    role: Role,
    /// The member behind it in its record.
    next: u32,
    /// Whether it begins a line of what the program wrote.
    fresh: bool,
}

/// A record that is open.
#[derive(Debug, Clone, Copy)]
struct Open {
    past: Past,
    /// None if it was too long: what belongs to it is dropped.
    kept: Option<Kept>,
}

/// What has to be known of a record that is open, and whose lines are not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Past {
    /// Whether it is text.
    text: bool,
    /// Whether its last line goes on in another part.
    in_line: bool,
    /// How many lines of the other output have come since.
    away: u8,
}

#[derive(Debug, Clone, Copy)]
struct Kept {
    /// Its first and last member.
    head: u32,
    last: u32,
    /// How long its content is.
    len: usize,
    /// Where its first line begins; if others were open there, that of the first of these: records
    /// whose lines are mixed must not be parted.
    start: usize,
    /// What was dropped there.
    before: Dropping,
}

/// The records of which nothing more is kept, by lane: what belongs to them is counted and dropped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::parse) struct Dropping([Option<Past>; LANES]);

impl Dropping {
    /// Whether there are any.
    pub(super) fn is_empty(&self) -> bool {
        *self == Dropping::default()
    }
}

/// Looks at lines in order and says which belong together.
#[derive(Debug)]
pub(in crate::parse) struct Joins {
    looked_for: Envelopes,
    max_line: usize,
    members: Vec<Member>,
    lanes: [Option<Open>; LANES],
    /// The form of the line before.
    family: usize,
}

impl Joins {
    /// Nothing is open.
    pub(in crate::parse) fn new(looked_for: Envelopes, max_line: usize) -> Joins {
        Joins { looked_for, max_line, members: Vec::new(), lanes: [None; LANES], family: BARE }
    }

    /// Begins with lines of which some may belong to records that are dropped.
    pub(in crate::parse) fn begin(&mut self, dropping: &Dropping) {
        self.members.clear();
        self.lanes = dropping.0.map(|past| past.map(|past| Open { past, kept: None }));
        let lane = self.lanes.iter().position(Option::is_some).unwrap_or(BARE);
        self.family = family(lane);
    }

    /// Closes whatever is open.
    pub(in crate::parse) fn close(&mut self) {
        self.lanes = [None; LANES];
    }

    /// Looks at the next line, which begins at a place; without what is stripped from it.
    pub(in crate::parse) fn line(&mut self, row: u32, line: &[u8], start: usize) {
        let index = self.members.len() as u32;
        self.members.push(Member { row, role: Role::Head, next: NONE, fresh: true });
        if line.len() > self.max_line {
            return self.close();
        }
        let head = head(line, self.looked_for);
        let piece = match &head {
            Head::Part(piece) => Some(piece),
            _ => None,
        };
        let own = piece.map_or(BARE, lane_of);
        let content = piece.map_or(line, |piece| &line[piece.content.clone()]);
        let complete = piece.is_none_or(|piece| !piece.partial);
        if self.family != family(own) {
            self.close();
            self.family = family(own);
        }
        self.pass(own);
        if let Some(open) = &self.lanes[own] {
            let Past { text, in_line, .. } = open.past;
            if in_line || text && !begins_in_lane(&head, content) {
                return self.append(
                    own,
                    index,
                    content.len() + usize::from(!in_line),
                    start,
                    complete,
                );
            }
        }
        self.lanes[own] = None;
        let text = match &head {
            Head::Text => true,
            Head::Part(_) => header(content).is_some(),
            _ => false,
        };
        if text || !complete {
            let past = Past { text, in_line: !complete, away: 0 };
            self.open(own, past, index, content.len(), start);
        }
    }

    /// Opens a record in a lane that begins with the newest member. Text of other lanes ends here:
    /// two of them that waited for each other's lines might never come to an end.
    fn open(&mut self, lane: usize, past: Past, index: u32, len: usize, start: usize) {
        for other in &mut self.lanes {
            if other.is_some_and(|open| open.past.text && !open.past.in_line) {
                *other = None;
            }
        }
        let (start, before) = self.open_from().unwrap_or((start, self.dropping()));
        let kept = Kept { head: index, last: index, len, start, before };
        self.lanes[lane] = Some(Open { past, kept: Some(kept) });
    }

    /// Notes that a line of one lane comes: text of others is not waited for very long.
    fn pass(&mut self, lane: usize) {
        for (_, other) in self.lanes.iter_mut().enumerate().filter(|(other, _)| *other != lane) {
            if let Some(open) = other
                && open.past.text
                && !open.past.in_line
            {
                open.past.away += 1;
                if open.past.away > NEAR {
                    *other = None;
                }
            }
        }
    }

    /// Appends the newest member to the record that is open in a lane.
    fn append(&mut self, lane: usize, index: u32, more: usize, start: usize, complete: bool) {
        let Some(open) = &mut self.lanes[lane] else { return };
        let fresh = !open.past.in_line;
        open.past = Past { in_line: !complete, away: 0, ..open.past };
        let mut of = None;
        if let Some(kept) = &mut open.kept {
            of = Some(self.members[kept.head as usize].row);
            kept.len += more;
            if kept.len > self.max_line || start - kept.start > self.max_line.saturating_mul(SPAN) {
                self.members[kept.head as usize].role = Role::Oversize;
                open.kept = None;
            } else {
                self.members[kept.last as usize].next = index;
                kept.last = index;
            }
        }
        let text = open.past.text;
        let member = &mut self.members[index as usize];
        (member.role, member.fresh) = (Role::Tail(of), fresh);
        if complete && !text {
            self.lanes[lane] = None;
        }
    }

    /// Where the first record begins that is open, and what was dropped there; none if nothing is
    /// open that was not dropped.
    pub(super) fn open_from(&self) -> Option<(usize, Dropping)> {
        let kept = self.lanes.iter().flatten().filter_map(|open| open.kept);
        kept.min_by_key(|kept| kept.start).map(|kept| (kept.start, kept.before))
    }

    /// What is dropped behind the last line.
    pub(super) fn dropping(&self) -> Dropping {
        Dropping(
            self.lanes.map(|open| open.filter(|open| open.kept.is_none()).map(|open| open.past)),
        )
    }

    /// What is dropped behind the last line if the lines of text that is open are not kept.
    pub(super) fn dropping_text(&self) -> Dropping {
        Dropping(self.lanes.map(|open| open.map(|open| open.past)))
    }

    /// Whether everything that is open is text.
    pub(super) fn only_text(&self) -> bool {
        self.lanes.iter().flatten().all(|open| open.past.text && !open.past.in_line)
    }

    /// What becomes of the line that was looked at as this one, from 0.
    pub(in crate::parse) fn role(&self, at: usize) -> Role {
        self.members.get(at).map_or(Role::Head, |member| member.role)
    }

    /// Whether others belong to a line.
    pub(super) fn has_parts(&self, at: usize) -> bool {
        self.members.get(at).is_some_and(|member| member.next != NONE)
    }

    /// The lines that belong together with this one, itself included: their rows, and whether each
    /// begins a line of what the program wrote.
    pub(super) fn parts(&self, at: usize) -> impl Iterator<Item = (u32, bool)> {
        let mut next = at;
        std::iter::from_fn(move || {
            let member = self.members.get(next)?;
            next = member.next as usize;
            Some((member.row, member.fresh))
        })
    }
}

/// Whether a line begins a record, in its lane.
fn begins_in_lane(head: &Head, content: &[u8]) -> bool {
    match head {
        Head::Part(Part { docker: false, .. }) => is_beginning(content),
        Head::Part(_) => {
            // Most lines of a traceback need not be decoded for that.
            let may_be = matches!(content.first(), Some(b'{' | b'\\' | b'0'..=b'9'));
            may_be && is_beginning(unescaped(&String::from_utf8_lossy(content)).as_bytes())
        }
        head => begins(head),
    }
}

fn lane_of(part: &Part) -> usize {
    1 + 2 * usize::from(part.docker) + usize::from(part.stream == Stream::Err)
}

/// The lanes of one form have one number.
fn family(lane: usize) -> usize {
    lane.div_ceil(2)
}
