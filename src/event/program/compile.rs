//! From a parsed pattern to a program, if the pattern has only forms that profiles use: literals,
//! runs of characters, groups, choices and options. Not: boundaries, and repeated groups.

use regex_syntax::hir::{Hir, HirKind, Repetition};

use super::needle::Needle;
use super::set::Set;
use super::{Next, Program, Run, Step};

/// A longer program is not made; nor one that counts to more than this.
const MAX_STEPS: usize = 256;
const MAX_COUNT: u32 = 64;

impl Program {
    /// The program of a pattern whose groups of these numbers capture something.
    pub(in super::super) fn compile(hir: &Hir, groups: &[usize]) -> Option<Program> {
        Compiler::new(groups, false).program(hir)
    }

    /// The same program for messages as JSON writes them in which `\"` is the only escape. None if
    /// that would make no difference, or if it would not give the same answers and captures but for
    /// that.
    pub(in super::super) fn quoted(&self, hir: &Hir, groups: &[usize]) -> Option<Program> {
        let quotes = |step: &Step| matches!(step, Step::Literal(bytes) if bytes.contains(&b'"'));
        let same = |step: &Step| match step {
            Step::Run(run) | Step::Span(run) | Step::Seek(run) | Step::Rest(run) => {
                run.takes_quotes_whole()
            }
            _ => true,
        };
        if !self.steps.iter().any(quotes) {
            return None;
        }
        let program = Compiler::new(groups, true).program(hir)?;
        program.steps.iter().all(same).then_some(program)
    }
}

impl Run {
    /// Whether it has any characters, as many as there are, of which at most one must be there.
    fn is_any(&self) -> bool {
        self.set.has_all() && self.count.0 <= 1 && self.count.1 == u32::MAX
    }

    /// Whether it can end only where its characters do.
    fn has_one_end(&self) -> bool {
        match &self.next {
            Next::Tail(tail) if tail.is_empty() => true,
            next => {
                let stops = next.begins().is_some_and(|c| !self.set.has(c));
                stops || self.count.0 == self.count.1
            }
        }
    }

    /// Whether it takes an escaped quote as if it were one character, if it takes quotes at all.
    /// What may split the escape is followed by a literal, and no literal begins with a quote that
    /// has lost its backslash.
    fn takes_quotes_whole(&self) -> bool {
        match (self.set.has('"'), self.set.has('\\')) {
            (false, false) => true,
            (true, true) => {
                self.count.0 <= 1 && self.count.1 == u32::MAX && self.next != Next::Anything
            }
            _ => false,
        }
    }
}

struct Compiler<'a> {
    steps: Vec<Step>,
    groups: &'a [usize],
    /// Whether literals are written with `\"` for each quote.
    quoted: bool,
    /// How many choices are around what is added now.
    choices: usize,
    /// Whether there is a group in a choice.
    optional: bool,
}

impl<'a> Compiler<'a> {
    fn new(groups: &'a [usize], quoted: bool) -> Compiler<'a> {
        Compiler { steps: Vec::new(), groups, quoted, choices: 0, optional: false }
    }

    fn program(mut self, hir: &Hir) -> Option<Program> {
        self.add(hir)?;
        self.push(Step::End)?;
        let mut steps = self.steps;
        let begun = if self.optional { begun(&steps) } else { [].into() };
        look_ahead(&mut steps);
        fuse(&mut steps);
        Some(Program { steps: steps.into(), begun })
    }

    fn literal(&mut self, bytes: &[u8]) -> Option<()> {
        let bytes = if self.quoted { quoted(bytes)? } else { bytes.into() };
        self.push(Step::Literal(bytes))
    }

    fn push(&mut self, step: Step) -> Option<()> {
        self.steps.push(step);
        (self.steps.len() < MAX_STEPS).then_some(())
    }

    /// The number of the step that comes next.
    fn next(&self) -> u16 {
        self.steps.len() as u16
    }

    fn add(&mut self, hir: &Hir) -> Option<()> {
        match hir.kind() {
            HirKind::Empty => Some(()),
            HirKind::Literal(literal) => self.literal(&literal.0),
            HirKind::Class(_) => self.run(Set::of(hir)?, (1, 1), true),
            HirKind::Repetition(repetition) => self.repetition(repetition),
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.add(part)),
            HirKind::Alternation(choices) => self.choice(choices),
            HirKind::Capture(group) => {
                let number = group.index as usize;
                let Some(at) = self.groups.iter().position(|known| *known == number) else {
                    return self.add(&group.sub);
                };
                self.optional |= self.choices > 0;
                self.push(Step::Mark(2 * at as u8))?;
                self.add(&group.sub)?;
                self.push(Step::Mark(2 * at as u8 + 1))
            }
            HirKind::Look(_) => None,
        }
    }

    fn repetition(&mut self, repetition: &Repetition) -> Option<()> {
        let Repetition { min, max, greedy, sub } = repetition;
        if *min > MAX_COUNT || max.is_some_and(|max| max > MAX_COUNT) {
            return None;
        }
        if let Some(set) = Set::of(sub) {
            return self.run(set, (*min, max.unwrap_or(u32::MAX)), *greedy);
        }
        if (*min, *max) != (0, Some(1)) {
            return None;
        }
        let split = self.steps.len();
        self.push(Step::End)?;
        self.choices += 1;
        self.add(sub)?;
        self.choices -= 1;
        let (with, without) = (split as u16 + 1, self.next());
        self.steps[split] =
            if *greedy { Step::Split(with, without) } else { Step::Split(without, with) };
        Some(())
    }

    fn choice(&mut self, choices: &[Hir]) -> Option<()> {
        let (last, others) = choices.split_last()?;
        let mut jumps = Vec::new();
        self.choices += 1;
        for choice in others {
            let split = self.steps.len();
            self.push(Step::End)?;
            self.add(choice)?;
            jumps.push(self.steps.len());
            self.push(Step::End)?;
            self.steps[split] = Step::Split(split as u16 + 1, self.next());
        }
        self.add(last)?;
        self.choices -= 1;
        for jump in jumps {
            self.steps[jump] = Step::Jump(self.next());
        }
        Some(())
    }

    fn run(&mut self, set: Set, count: (u32, u32), greedy: bool) -> Option<()> {
        // What follows is not known yet.
        self.push(Step::Run(Box::new(Run {
            set,
            count,
            greedy,
            least: 0,
            next: Next::Anything,
            group: None,
            then: self.next() + 1,
            seen: 0,
        })))
    }
}

/// What can come from a step to the end.
#[derive(Debug, Clone)]
struct Ahead {
    /// At least so many bytes.
    least: usize,
    next: Next,
}

/// Tells all runs what follows them. All steps lead forwards, so that the last ones come first.
fn look_ahead(steps: &mut [Step]) {
    let end = Ahead { least: 0, next: Next::Tail([].into()) };
    let mut ahead = vec![end; steps.len()];
    for at in (0..steps.len()).rev() {
        let of = |step: &u16| &ahead[usize::from(*step)];
        ahead[at] = match &mut steps[at] {
            Step::End | Step::Span(_) | Step::Seek(_) | Step::Rest(_) => continue,
            Step::Mark(_) => ahead[at + 1].clone(),
            Step::Jump(to) => of(to).clone(),
            Step::Split(first, second) => either(of(first), of(second)),
            Step::Literal(bytes) => literal(bytes, &ahead[at + 1]),
            Step::Run(run) => {
                let Ahead { least, next } = ahead[at + 1].clone();
                (run.least, run.next) = (least, next);
                // A character has at least one byte.
                Ahead { least: run.count.0 as usize + least, next: Next::Anything }
            }
        };
    }
}

/// Lets runs do the work of the steps around them, because to go from step to step is most of the
/// work. What has become superfluous stays where it is, so that steps keep their numbers.
fn fuse(steps: &mut [Step]) {
    for at in 0..steps.len() {
        if let [Step::Mark(begin), Step::Run(run), Step::Mark(end), ..] = &steps[at..]
            && begin % 2 == 0
            && *end == begin + 1
        {
            let (group, then) = (Some(*begin / 2), at as u16 + 3);
            steps[at] = Step::Run(Box::new(Run { group, then, ..(**run).clone() }));
        }
    }
    let end = steps.len() - 1;
    for at in 0..steps.len() {
        let Step::Run(run) = &steps[at] else { continue };
        let behind = &steps[usize::from(run.then)..];
        let literals = behind.iter().take_while(|step| matches!(step, Step::Literal(_))).count();
        let (then, seen) = match (&run.next, behind) {
            // Where the last bytes stand there is nothing more to see.
            (Next::Tail(tail), _) if literals + 1 == behind.len() => (end as u16, tail.len()),
            (Next::Literal(_), [Step::Literal(literal), ..]) => (run.then + 1, literal.len()),
            _ => (run.then, 0),
        };
        let run = Box::new(Run { then, seen, ..(**run).clone() });
        steps[at] = match &run.next {
            Next::Tail(_) if run.is_any() && usize::from(then) == end => Step::Rest(run),
            Next::Literal(_) if run.is_any() && run.greedy => Step::Seek(run),
            _ if run.has_one_end() => Step::Span(run),
            _ => Step::Run(run),
        };
    }
}

/// How many groups begin at each step or before it.
fn begun(steps: &[Step]) -> Box<[u8]> {
    let begins = |step: &Step| u8::from(matches!(step, Step::Mark(mark) if mark % 2 == 0));
    let count = |count: &mut u8, step| {
        *count += begins(step);
        Some(*count)
    };
    steps.iter().scan(0, count).collect()
}

/// A literal with a backslash before each quote. None if it has backslashes of its own.
fn quoted(bytes: &[u8]) -> Option<Box<[u8]>> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\\'))?;
    Some(text.replace('"', "\\\"").into_bytes().into())
}

fn literal(bytes: &[u8], behind: &Ahead) -> Ahead {
    let next = match &behind.next {
        Next::Tail(tail) => Next::Tail([bytes, tail].concat().into()),
        _ => Next::Literal(Needle::new(bytes)),
    };
    Ahead { least: bytes.len() + behind.least, next }
}

/// What can come where there are two ways.
fn either(one: &Ahead, other: &Ahead) -> Ahead {
    let least = one.least.min(other.least);
    let next = match (&one.next, &other.next) {
        (one, other) if one == other => one.clone(),
        (Next::Tail(end), other) | (other, Next::Tail(end)) if end.is_empty() => match other {
            Next::Literal(needle) | Next::LiteralOrEnd(needle) => {
                Next::LiteralOrEnd(needle.clone())
            }
            // Where these bytes are the last ones, they are a literal too.
            Next::Tail(tail) => Next::LiteralOrEnd(Needle::new(tail)),
            Next::Anything => Next::Anything,
        },
        _ => Next::Anything,
    };
    Ahead { least, next }
}
