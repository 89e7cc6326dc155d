//! A pattern as a short program that runs over a message by itself.
//!
//! It gives what the anchored regular expression of the same pattern gives, captures included. It
//! is the backtracking matcher of the textbooks, and tries what such an expression prefers in the
//! order in which it prefers it, so that the first way through is the match.
//!
//! It is quick because a run of characters (`.+`) does not try every place where it could end:
//! what follows it is mostly a literal, and only the places of that literal are tried. It is safe
//! because its steps lead forwards only, and because its work is counted: a message that makes it
//! look again and again at the same characters gets no answer, and the caller has to ask the
//! regular expression. It knows no wording.

mod compile;
mod needle;
mod set;

use super::bytes;
use crate::record::Capture;
use needle::Needle;
use set::Set;

/// Where the groups of a match begin and end in the message: two marks for each group, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks([u32; 2 * Capture::COUNT]);

const UNSET: u32 = u32::MAX;

impl Default for Marks {
    fn default() -> Marks {
        Marks([UNSET; _])
    }
}

impl Marks {
    /// The place of a group, if it took part in the match.
    pub(super) fn get(&self, group: usize) -> Option<(usize, usize)> {
        let (start, end) = (self.0[2 * group], self.0[2 * group + 1]);
        (start != UNSET && end != UNSET).then_some((start as usize, end as usize))
    }

    /// Says where a group is.
    pub(super) fn set(&mut self, group: usize, start: usize, end: usize) {
        self.0[2 * group] = start as u32;
        self.0[2 * group + 1] = end as u32;
    }

    /// Forgets all groups.
    pub(super) fn clear(&mut self) {
        *self = Marks::default();
    }
}

/// A compiled pattern for whole messages.
#[derive(Debug, Clone)]
pub(super) struct Program {
    steps: Box<[Step]>,
    /// Whether there may be a match without one of the groups.
    optional: bool,
}

/// One step; unless it says otherwise the next one follows.
#[derive(Debug, Clone)]
enum Step {
    /// These bytes.
    Literal(Box<[u8]>),
    /// Characters of a set. It says itself which step follows.
    Run(Run),
    /// Here a group begins or ends.
    Mark(u8),
    /// Goes on at the first step, and if there is no way through, at the second.
    Split(u16, u16),
    /// Goes on at a later step.
    Jump(u16),
    /// The message ends. Always the last step, and only that.
    End,
}

/// A run of characters, as long as possible or as short as possible.
#[derive(Debug, Clone)]
struct Run {
    set: Set,
    /// How many characters; the second is `u32::MAX` for any number.
    count: (u32, u32),
    greedy: bool,
    /// How many bytes must follow at least.
    least: usize,
    next: Next,
    /// Whether the literal that follows begins with no character of the set: then the run can end
    /// only where its characters do.
    stops: bool,
    /// The first of the two marks that it sets, if it is a whole group.
    group: Option<u8>,
    /// The step that comes behind it, and how many bytes there `next` has seen already.
    then: u16,
    seen: usize,
    /// Whether what `next` has seen is all there is.
    concludes: bool,
}

/// Where a run can end, judged by what follows. The steps behind it decide; this saves trying.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Next {
    /// Anywhere.
    Anything,
    /// Before a literal.
    Literal(Needle),
    /// Before a literal, or where the message ends.
    LiteralOrEnd(Needle),
    /// Before exactly these last bytes.
    Tail(Box<[u8]>),
}

impl Next {
    /// The character that comes next, unless the message ends.
    fn begins(&self) -> Option<char> {
        match self {
            Next::Literal(needle) | Next::LiteralOrEnd(needle) => needle.first_char(),
            Next::Anything | Next::Tail(_) => None,
        }
    }
}

/// Too much work: there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Exhausted;

impl Program {
    /// Whether the whole message matches; fills `marks`, which must be clear. What they are if it
    /// does not match has no meaning.
    pub(super) fn run(&self, message: &str, marks: &mut Marks) -> Result<bool, Exhausted> {
        self.attempt(message, marks).go(0, 0)
    }

    /// The literal that it begins with.
    pub(super) fn opening(&self) -> Option<&[u8]> {
        match self.steps.first() {
            Some(Step::Literal(literal)) => Some(literal),
            _ => None,
        }
    }

    /// The same for what is left of a message behind that literal; places are counted from there.
    pub(super) fn run_behind_opening(
        &self,
        rest: &str,
        marks: &mut Marks,
    ) -> Result<bool, Exhausted> {
        self.attempt(rest, marks).go(1, 0)
    }

    fn attempt<'a>(&'a self, message: &'a str, marks: &'a mut Marks) -> Attempt<'a> {
        // Every run may look at the whole message once, and literals may mislead it a few times.
        let fuel = 16 * (message.len() + 16);
        Attempt { steps: &self.steps, optional: self.optional, message, marks, fuel }
    }
}

/// One program at work on one message.
struct Attempt<'a> {
    steps: &'a [Step],
    optional: bool,
    message: &'a str,
    marks: &'a mut Marks,
    /// How much work may still be done, about in bytes looked at.
    fuel: usize,
}

impl Attempt<'_> {
    /// Whether there is a way from a step at a place to the end. Calls itself for later steps
    /// only, so that it cannot go deeper than the program is long.
    fn go(&mut self, mut step: usize, mut at: usize) -> Result<bool, Exhausted> {
        let steps = self.steps;
        self.spend(1)?;
        loop {
            step += 1;
            match &steps[step - 1] {
                Step::Literal(literal) => {
                    if !bytes::begins(&self.message.as_bytes()[at..], literal) {
                        return Ok(false);
                    }
                    at += literal.len();
                }
                Step::Run(run) => {
                    if let Some(mark) = run.group {
                        self.marks.0[usize::from(mark)] = at as u32;
                    }
                    let Some(mut places) = run.places(self.message, at) else { return Ok(false) };
                    // All places together are found in one pass over the run.
                    self.spend(places.to - at)?;
                    loop {
                        let Some(place) = run.take(self.message, &mut places) else {
                            return Ok(false);
                        };
                        if let Some(mark) = run.group {
                            self.marks.0[usize::from(mark) + 1] = place as u32;
                        }
                        if run.concludes {
                            return Ok(true);
                        }
                        let (then, behind) = (usize::from(run.then), place + run.seen);
                        if places.done {
                            (step, at) = (then, behind);
                            break;
                        }
                        if self.leads(then, behind)? {
                            return Ok(true);
                        }
                    }
                }
                Step::Mark(mark) => self.marks.0[usize::from(*mark)] = at as u32,
                Step::Split(first, second) => {
                    if self.begins(*first, at) && self.leads(usize::from(*first), at)? {
                        return Ok(true);
                    }
                    step = usize::from(*second);
                }
                Step::Jump(to) => step = usize::from(*to),
                Step::End => return Ok(at == self.message.len()),
            }
        }
    }

    /// Whether a step could begin at a place, as far as that is seen at once.
    fn begins(&self, step: u16, at: usize) -> bool {
        match &self.steps[usize::from(step)] {
            Step::Literal(literal) => bytes::begins(&self.message.as_bytes()[at..], literal),
            _ => true,
        }
    }

    /// As [`Attempt::go`], but what was tried in vain leaves no marks that stay.
    fn leads(&mut self, step: usize, at: usize) -> Result<bool, Exhausted> {
        if !self.optional {
            return self.go(step, at);
        }
        let marks = *self.marks;
        let found = self.go(step, at)?;
        if !found {
            *self.marks = marks;
        }
        Ok(found)
    }

    fn spend(&mut self, work: usize) -> Result<(), Exhausted> {
        self.fuel = self.fuel.checked_sub(work).ok_or(Exhausted)?;
        Ok(())
    }
}

/// Places between two characters where a run may end and that have not been tried.
struct Places {
    from: usize,
    /// Inclusive.
    to: usize,
    done: bool,
}

impl Places {
    /// Keeps what lies before a place that has been taken, or behind it.
    fn drop(&mut self, taken: usize, greedy: bool) {
        if greedy {
            self.done = taken <= self.from;
            self.to = taken.saturating_sub(1);
        } else {
            self.done = taken >= self.to;
            self.from = taken + 1;
        }
    }
}

impl Run {
    /// Where the run can end if it begins at `at`.
    fn places(&self, message: &str, at: usize) -> Option<Places> {
        let (from, to) = self.set.reach(message, at, self.count)?;
        let to = to.min(message.len().checked_sub(self.least)?);
        (from <= to).then_some(Places { from, to, done: false })
    }

    /// The best place that is left, and drops those that cannot be meant before it.
    fn take(&self, message: &str, places: &mut Places) -> Option<usize> {
        if places.done {
            return None;
        }
        let len = message.len();
        let place = match &self.next {
            Next::Anything if self.greedy => Some(message.floor_char_boundary(places.to)),
            Next::Anything => Some(message.ceil_char_boundary(places.from)),
            Next::LiteralOrEnd(_) if self.greedy && places.to == len => Some(len),
            Next::Literal(needle) | Next::LiteralOrEnd(needle) if self.stops => {
                places.done = true;
                let ends = matches!(self.next, Next::LiteralOrEnd(_)) && places.to == len;
                return (ends || needle.stands(message.as_bytes(), places.to)).then_some(places.to);
            }
            Next::Literal(needle) | Next::LiteralOrEnd(needle) if self.greedy => {
                needle.last(message.as_bytes(), places.from, places.to)
            }
            Next::Literal(needle) => needle.first(message.as_bytes(), places.from, places.to),
            Next::LiteralOrEnd(needle) => needle
                .first(message.as_bytes(), places.from, places.to)
                .or((places.to == len).then_some(len)),
            Next::Tail(tail) => {
                places.done = true;
                let ends = bytes::ends(message.as_bytes(), tail);
                let place = ends.then(|| len - tail.len())?;
                return (places.from..=places.to).contains(&place).then_some(place);
            }
        };
        let place = place.filter(|place| (places.from..=places.to).contains(place));
        match place {
            Some(place) => places.drop(place, self.greedy),
            None => places.done = true,
        }
        place
    }
}

#[cfg(test)]
mod tests;
