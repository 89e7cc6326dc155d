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

    /// Where a group begins, if that has been said.
    fn begin(&self, group: usize) -> usize {
        self.0[2 * group] as usize
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
    /// For each step, how many groups begin at it or before it; empty if there is no match without
    /// one of the groups.
    begun: Box<[u8]>,
}

/// One step; unless it says otherwise the next one follows.
#[derive(Debug, Clone)]
enum Step {
    /// These bytes.
    Literal(Box<[u8]>),
    /// Characters of a set. It says itself which step follows.
    Run(Box<Run>),
    /// The same where it can end at one place only.
    Span(Box<Run>),
    /// The same for any characters before the last one of a literal.
    Seek(Box<Run>),
    /// The same for any characters before the last bytes of the message, which are the end.
    Rest(Box<Run>),
    /// Here a group begins or ends.
    Mark(u8),
    /// Goes on at the first step, and if there is no way through, at the second.
    Split(u16, u16),
    /// Goes on at a later step.
    Jump(u16),
    /// The message ends. Always the last step, and the only one of its kind.
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
    /// The group that it is, if it is a whole one.
    group: Option<u8>,
    /// The step that comes behind it, and how many bytes there `next` has seen already.
    then: u16,
    seen: usize,
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

/// Too much work, or too many ways: there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Exhausted;

impl Program {
    /// Whether the whole message matches; fills `marks`, which must be clear. What they are if it
    /// does not match has no meaning.
    pub(super) fn run(&self, message: &str, marks: &mut Marks) -> Result<bool, Exhausted> {
        Attempt::new(self, message, marks).go(0)
    }

    /// The literal that it begins with.
    pub(super) fn opening(&self) -> Option<&[u8]> {
        match self.steps.first() {
            Some(Step::Literal(literal)) => Some(literal),
            _ => None,
        }
    }

    /// The same for what is left of a message behind that literal, if it begins with one; places
    /// are counted from there.
    pub(super) fn run_behind_opening(
        &self,
        rest: &str,
        marks: &mut Marks,
    ) -> Result<bool, Exhausted> {
        Attempt::new(self, rest, marks).go(usize::from(self.opening().is_some()))
    }
}

/// A step where there is more than one way on, and what of it has not been tried: the second step
/// of a split, at the first place; or the places of a run.
#[derive(Debug, Clone, Copy, Default)]
struct Way {
    step: u32,
    from: u32,
    end: u32,
}

/// So many ways can be open at a time: more than patterns of the real world need. They stand in
/// place, because a call for each would cost more than the steps themselves.
const MAX_WAYS: usize = 8;

/// One program at work on one message.
struct Attempt<'a> {
    program: &'a Program,
    message: &'a str,
    marks: &'a mut Marks,
    /// The last one is the next one to be tried.
    ways: [Way; MAX_WAYS],
    open: usize,
    /// How much work may still be done, about in bytes looked at.
    fuel: usize,
}

impl<'a> Attempt<'a> {
    fn new(program: &'a Program, message: &'a str, marks: &'a mut Marks) -> Attempt<'a> {
        // Every run may look at the whole message once, and literals may mislead it a few times.
        let fuel = 16 * (message.len() + 16);
        Attempt { program, message, marks, ways: Default::default(), open: 0, fuel }
    }

    /// Whether there is a way from a step at the beginning to the end.
    #[inline(never)]
    fn go(mut self, mut step: usize) -> Result<bool, Exhausted> {
        let (steps, message) = (&*self.program.steps, self.message);
        let mut at = 0;
        // What has not been tried of the run that it has gone back to.
        let mut left = None;
        loop {
            // What other steps lead to is clear at once.
            let run = match &steps[step] {
                Step::Literal(literal) => {
                    if bytes::begins(&message.as_bytes()[at..], literal) {
                        (step, at) = (step + 1, at + literal.len());
                        continue;
                    }
                    None
                }
                Step::Span(run) => match run.set.longest(message, at, run.count) {
                    Some(end) => {
                        self.spend(end - at)?;
                        run.is_followed(message, end).then_some((run, at, end))
                    }
                    None => None,
                },
                Step::Seek(run) => {
                    let places = left.take().unwrap_or_else(|| run.any_places(message, at));
                    let place = run.last(message, places);
                    let Places { from, end } = places;
                    self.spend(end.saturating_sub(place.unwrap_or(from)))?;
                    if let Some(place) = place.filter(|place| *place > from) {
                        self.leave_open(step, Places { from, end: place })?;
                    }
                    place.map(|place| (run, from - run.count.0 as usize, place))
                }
                Step::Rest(run) => match run.rest(message, at) {
                    Some(place) => {
                        self.mark(run.group, at, place);
                        return Ok(true);
                    }
                    None => None,
                },
                Step::Run(run) => {
                    // Where it begins does not change, but what is left may begin behind that.
                    let marked = run.group.filter(|_| left.is_some());
                    let begin = marked.map_or(at, |group| self.marks.begin(usize::from(group)));
                    let place = self.explore(run, step, at, left.take())?;
                    place.map(|place| (run, begin, place))
                }
                Step::Mark(mark) => {
                    self.marks.0[usize::from(*mark)] = at as u32;
                    step += 1;
                    continue;
                }
                Step::Split(first, second) => {
                    let next = usize::from(*first);
                    let literal: &[u8] = match &steps[next] {
                        Step::Literal(literal) => literal,
                        _ => &[],
                    };
                    if bytes::begins(&message.as_bytes()[at..], literal) {
                        self.leave_open(step, Places { from: at, end: at })?;
                        (step, at) = (next + usize::from(!literal.is_empty()), at + literal.len());
                    } else {
                        step = usize::from(*second);
                    }
                    continue;
                }
                Step::Jump(to) => {
                    step = usize::from(*to);
                    continue;
                }
                Step::End if at == message.len() => return Ok(true),
                Step::End => None,
            };
            if let Some((run, begin, place)) = run {
                self.mark(run.group, begin, place);
                (step, at) = (usize::from(run.then), place + run.seen);
                continue;
            }
            let Some(way) = self.back()? else { return Ok(false) };
            (step, at) = (way.step as usize, way.from as usize);
            match &steps[step] {
                Step::Split(_, second) => step = usize::from(*second),
                _ => left = Some(Places { from: at, end: way.end as usize }),
            }
        }
    }

    /// Where a run ends best of what is left of it. Leaves open what is left then.
    #[inline(never)]
    fn explore(
        &mut self,
        run: &Run,
        step: usize,
        at: usize,
        left: Option<Places>,
    ) -> Result<Option<usize>, Exhausted> {
        let places = match left {
            None => {
                let Some(places) = run.places(self.message, at) else { return Ok(None) };
                // All places together are found in one pass over the run.
                self.spend(places.end - at)?;
                places
            }
            Some(left) => left,
        };
        let Some((place, left)) = run.take(self.message, places) else { return Ok(None) };
        if left.from < left.end {
            self.leave_open(step, left)?;
        }
        Ok(Some(place))
    }

    #[inline]
    fn mark(&mut self, group: Option<u8>, begin: usize, end: usize) {
        if let Some(group) = group {
            self.marks.set(usize::from(group), begin, end);
        }
    }

    #[inline]
    fn leave_open(&mut self, step: usize, left: Places) -> Result<(), Exhausted> {
        let way = Way { step: step as u32, from: left.from as u32, end: left.end as u32 };
        *self.ways.get_mut(self.open).ok_or(Exhausted)? = way;
        self.open += 1;
        Ok(())
    }

    /// Takes the last way that is open. What was tried in vain leaves no marks that stay: those of
    /// groups around the step are set anew.
    fn back(&mut self) -> Result<Option<Way>, Exhausted> {
        self.spend(1)?;
        let Some(open) = self.open.checked_sub(1) else { return Ok(None) };
        self.open = open;
        let way = self.ways[open];
        if let Some(begun) = self.program.begun.get(way.step as usize) {
            self.marks.0[2 * usize::from(*begun)..].fill(UNSET);
        }
        Ok(Some(way))
    }

    #[inline]
    fn spend(&mut self, work: usize) -> Result<(), Exhausted> {
        self.fuel = self.fuel.checked_sub(work).ok_or(Exhausted)?;
        Ok(())
    }
}

/// Places where a run may end and that have not been tried; those between two characters.
#[derive(Clone, Copy)]
struct Places {
    from: usize,
    /// The first one behind them.
    end: usize,
}

impl Run {
    /// Whether what must follow stands behind it.
    #[inline]
    fn is_followed(&self, message: &str, end: usize) -> bool {
        let message = message.as_bytes();
        match &self.next {
            Next::Literal(needle) => needle.stands(message, end),
            Next::Tail(tail) => message.len() == end + tail.len() && bytes::ends(message, tail),
            Next::Anything | Next::LiteralOrEnd(_) => true,
        }
    }

    /// Where it can end if there may be any characters. Within one begins nothing that can follow.
    #[inline]
    fn any_places(&self, message: &str, at: usize) -> Places {
        let end = (message.len() + 1).saturating_sub(self.least);
        Places { from: at + self.count.0 as usize, end }
    }

    /// The last of some places where what follows is a literal.
    #[inline]
    fn last(&self, message: &str, places: Places) -> Option<usize> {
        let Next::Literal(needle) = &self.next else { return None };
        needle.last(message.as_bytes(), places.from, places.end.checked_sub(1)?)
    }

    /// The place before the last bytes of the message, if there may be any characters before them.
    #[inline]
    fn rest(&self, message: &str, at: usize) -> Option<usize> {
        let Next::Tail(tail) = &self.next else { return None };
        let place = message.len().checked_sub(tail.len())?;
        let ends = at + self.count.0 as usize <= place && bytes::ends(message.as_bytes(), tail);
        ends.then_some(place)
    }

    /// Where the run can end if it begins at `at`.
    fn places(&self, message: &str, at: usize) -> Option<Places> {
        let (from, to) = self.set.reach(message, at, self.count)?;
        let to = to.min(message.len().checked_sub(self.least)?);
        (from <= to).then_some(Places { from, end: to + 1 })
    }

    /// The best of some places, and those that can still be meant if it is not.
    fn take(&self, message: &str, places: Places) -> Option<(usize, Places)> {
        const NONE: Places = Places { from: 0, end: 0 };
        let (bytes, len) = (message.as_bytes(), message.len());
        let (from, to) = (places.from, places.end - 1);
        let place = match &self.next {
            Next::Tail(tail) => {
                let place = bytes::ends(bytes, tail).then(|| len - tail.len())?;
                return (from..=to).contains(&place).then_some((place, NONE));
            }
            Next::LiteralOrEnd(_) if self.greedy && to == len => len,
            Next::Literal(needle) | Next::LiteralOrEnd(needle) if self.greedy => {
                needle.last(bytes, from, to)?
            }
            Next::Literal(needle) => needle.first(bytes, from, to)?,
            Next::LiteralOrEnd(needle) => {
                needle.first(bytes, from, to).or((to == len).then_some(len))?
            }
            Next::Anything if self.greedy => message.floor_char_boundary(to),
            Next::Anything => Some(message.ceil_char_boundary(from)).filter(|at| *at <= to)?,
        };
        let left = if self.greedy {
            Places { end: place, ..places }
        } else {
            Places { from: place + 1, ..places }
        };
        Some((place, left))
    }
}

#[cfg(test)]
mod tests;
