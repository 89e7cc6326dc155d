//! A sliding window: the states of ticks, and of runs of them, merged when somebody looks.
//!
//! Of plain counts the oldest can be taken out: there the window is what it was, with the newest
//! put in. Other states can be merged and nothing more. So those of single ticks are kept (level
//! 0), and those of runs of two, four, eight … neighbours, each made once when its run is over
//! (level 1, 2, 3 …) and only where both halves have something: a window of `n` ticks is put
//! together of at most `2 log2 n` states, however long it is, and holds less than two for each
//! tick in which something was seen.

mod saved;

use std::collections::VecDeque;

use crate::aggregate::Aggregator;

/// A mergeable state; all states of one window are of one plan.
pub(super) type Pane = Box<dyn Aggregator>;

/// The states of the last ticks.
pub(super) struct Window {
    /// How many ticks it is long, at least 1.
    length: i64,
    levels: Vec<VecDeque<Node>>,
    /// The state of all that is in it, unless something has left since it was made.
    all: Option<Pane>,
    /// Whether the oldest can be taken out of it.
    retracts: bool,
}

/// The state of the ticks `at << level` to `((at + 1) << level) - 1`.
struct Node {
    at: i64,
    state: Pane,
}

impl Window {
    /// An empty window of so many ticks.
    pub(super) fn new(length: i64) -> Window {
        Window { length: length.max(1), levels: vec![VecDeque::new()], all: None, retracts: false }
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.levels[0].is_empty()
    }

    /// How many states it holds.
    pub(super) fn held(&self) -> usize {
        let parts: usize = self.levels.iter().map(VecDeque::len).sum();
        parts + usize::from(self.all.is_some())
    }

    /// The tick at which what is oldest leaves the window.
    pub(super) fn expires(&self) -> Option<i64> {
        self.levels[0].front().map(|node| node.at + self.length)
    }

    /// Adds what was seen in a tick, behind all that are in it: if that tick is there already, it
    /// is continued.
    pub(super) fn push(&mut self, tick: i64, state: Pane) {
        if let Some(all) = &mut self.all {
            all.append(state.as_ref());
        } else {
            self.all = self.is_empty().then(|| state.copy());
            self.retracts = state.copy().retract(state.as_ref());
        }
        match self.levels[0].back_mut() {
            // No run can contain it yet: runs are closed by what comes behind them.
            Some(last) if last.at >= tick => return last.state.merge(state),
            Some(last) if !self.retracts => {
                let last = last.at;
                self.close(last, tick);
            }
            _ => {}
        }
        self.levels[0].push_back(Node { at: tick, state });
    }

    /// Makes the states of the runs that have one tick and not the next one.
    fn close(&mut self, last: i64, next: i64) {
        let over = |level: &u32| 1 << level <= self.length && last >> level != next >> level;
        for level in (1..).take_while(over) {
            let run = last >> level;
            let [Some(first), Some(second)] =
                [2 * run, 2 * run + 1].map(|half| self.run(half, level - 1))
            else {
                continue;
            };
            let mut state = first.copy();
            state.append(second.as_ref());
            let level = level as usize;
            self.levels.resize_with(self.levels.len().max(level + 1), VecDeque::new);
            self.levels[level].push_back(Node { at: run, state });
        }
    }

    /// The state of a run that is over: that of the longest run in it that has one of its own.
    fn run(&self, run: i64, level: u32) -> Option<&Pane> {
        (0..=level).rev().find_map(|lower| {
            let nodes = self.levels.get(lower as usize)?;
            let of = |node: &Node| node.at >> (level - lower);
            let node = nodes.get(nodes.partition_point(|node| of(node) < run))?;
            (of(node) == run).then_some(&node.state)
        })
    }

    /// Moves on to the window that ends with a tick, inclusive, and forgets what lies before it.
    pub(super) fn slide(&mut self, end: i64) {
        let first = end - self.length + 1;
        for (level, nodes) in self.levels.iter_mut().enumerate() {
            while let Some(node) = nodes.pop_front_if(|node| node.at << level < first) {
                let left = |all: &mut Pane| all.retract(node.state.as_ref());
                if !(self.retracts && self.all.as_mut().is_some_and(left)) {
                    self.all = None;
                }
            }
        }
        if self.is_empty() {
            self.all = None;
        } else if self.all.is_none() {
            self.all = self.merged(end);
        }
    }

    /// The state of all that is in the window since it was last moved; none if that is nothing.
    pub(super) fn state(&self) -> Option<&Pane> {
        self.all.as_ref()
    }

    /// The same put together of its parts, up to a tick, inclusive.
    fn merged(&self, end: i64) -> Option<Pane> {
        let mut all: Option<Pane> = None;
        let mut tick = end - self.length + 1;
        while let Some((level, index)) = self.next_part(tick, end) {
            let node = &self.levels[level][index];
            match &mut all {
                Some(all) => all.append(node.state.as_ref()),
                None => all = Some(node.state.copy()),
            }
            tick = (node.at + 1) << level;
        }
        all
    }

    /// The largest part that begins with the first tick from `tick` on in which something was
    /// seen, and does not reach behind `end`.
    fn next_part(&self, tick: i64, end: i64) -> Option<(usize, usize)> {
        let panes = &self.levels[0];
        let pane = panes.partition_point(|node| node.at < tick);
        let first = panes.get(pane).filter(|node| node.at <= end)?.at;
        let mut best = (0, pane);
        for (level, nodes) in self.levels.iter().enumerate().skip(1) {
            let at = first >> level;
            // The run may begin before its first pane, but not before what has been taken.
            if at << level < tick || ((at + 1) << level) - 1 > end {
                break;
            }
            if let Ok(index) = nodes.binary_search_by_key(&at, |node| node.at) {
                best = (level, index);
            }
        }
        Some(best)
    }
}

#[cfg(test)]
mod tests;
