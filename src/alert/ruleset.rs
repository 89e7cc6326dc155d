//! The rules of a run with their series: who reads what, and who learns which facts.

use std::collections::BTreeSet;

use crate::aggregate::{Division, Measure, Setup};
use crate::error::Result;
use crate::event::FactKind;
use crate::record::Needs;

use super::check::{Figure, check};
use super::engine::Settings;
use super::rule::Rule;
use super::series::{Key, Series};
use super::watch::{Term, Watch};

/// Rules at work, in the order of their names, and the series that they share.
#[derive(Default)]
pub(super) struct RuleSet {
    pub(super) watches: Vec<Watch>,
    pub(super) series: Vec<Series>,
    /// For each series the rules that read it.
    pub(super) readers: Vec<Vec<usize>>,
    /// What the series are grouped by.
    pub(super) divisions: Vec<Shared>,
    /// For each kind of fact the series that learn it, by their divisions.
    pub(super) learners: Vec<Vec<(usize, Vec<usize>)>>,
    /// What whoever wrote the rules may not have meant.
    pub(super) warnings: Vec<String>,
}

/// A division, and the first of the measures that share it.
pub(super) struct Shared {
    pub(super) division: Division,
    measure: Measure,
    /// Whether the rows at hand have been divided.
    pub(super) divided: bool,
}

impl RuleSet {
    /// Goes on with other rules; what is unchanged keeps its states and windows. If there is an
    /// error, everything stays as it was.
    pub(super) fn replace(
        &mut self,
        rules: Vec<Rule>,
        setup: &Setup,
        settings: Settings,
        needs: &mut Needs,
    ) -> Result<()> {
        let mut new = RuleSet::default();
        for rule in rules {
            let terms = new.terms(&rule, setup, settings, needs)?;
            new.watches.push(Watch::new(rule, terms, settings, setup.seed));
        }
        for series in &mut new.series {
            if let Some(before) = self.series.iter().position(|before| before.is_like(series)) {
                series.go_on(self.series.swap_remove(before));
            }
        }
        for watch in &mut new.watches {
            if let Some(before) = self.watches.iter().position(|old| old.rule == watch.rule) {
                watch.go_on(self.watches.swap_remove(before));
            }
        }
        let reads = |series: usize| {
            let reads = |watch: &Watch| watch.terms.iter().any(|term| term.series == series);
            (0..new.watches.len()).filter(|at| reads(&new.watches[*at])).collect()
        };
        new.readers = (0..new.series.len()).map(reads).collect();
        new.learners = FactKind::ALL.iter().map(|kind| new.learners_of(*kind)).collect();
        *self = new;
        Ok(())
    }

    /// The series that learn a kind of fact, by their divisions.
    fn learners_of(&self, kind: FactKind) -> Vec<(usize, Vec<usize>)> {
        let learn = |division: usize| {
            let series = self.series.iter().enumerate();
            series
                .filter(|(_, series)| series.division == division && series.learns(kind))
                .map(|(at, _)| at)
                .collect()
        };
        let of = |division| (division, learn(division));
        let all = (0..self.divisions.len()).map(of);
        all.filter(|(_, series): &(usize, Vec<usize>)| !series.is_empty()).collect()
    }

    /// The division of a measure.
    fn division(&mut self, measure: &Measure) -> usize {
        let known = self.divisions.iter().position(|shared| shared.measure.shares_groups(measure));
        known.unwrap_or_else(|| {
            let (division, measure) = (measure.division(), measure.clone());
            self.divisions.push(Shared { division, measure, divided: false });
            self.divisions.len() - 1
        })
    }

    /// The comparisons of a rule, with the series that they read.
    fn terms(
        &mut self,
        rule: &Rule,
        setup: &Setup,
        settings: Settings,
        needs: &mut Needs,
    ) -> Result<Vec<Term>> {
        let length = rule.over.map(|over| settings.pace.ticks_in(over).max(1));
        let mut terms = Vec::new();
        for term in &rule.when.terms {
            let text = term.aggregation.to_string();
            let measure = Measure::new(term.aggregation.clone(), setup, needs)
                .map_err(|error| error.within(&format!("the rule `{}`", rule.name)))?;
            // A gauge is as it stands, whatever window other terms look at.
            let length = length.filter(|_| !measure.is_of_all());
            let known = self.series.iter().position(|series| series.is_of(&measure, length));
            let series = known.unwrap_or_else(|| {
                let division = self.division(&measure);
                self.series.push(Series::new(measure.clone(), division, length, setup));
                self.series.len() - 1
            });
            terms.push(Term { measure, test: term.test, series, text });
        }
        let figures: Vec<Figure<'_>> = terms.iter().map(Term::figure).collect();
        self.warnings.extend(check(rule, &figures)?);
        Ok(terms)
    }

    /// All that rules measure.
    pub(super) fn measures(&self) -> impl Iterator<Item = &Measure> {
        self.watches.iter().flat_map(|watch| &watch.terms).map(|term| &term.measure)
    }

    /// The rules that stand for no groups, with the key of what they stand for.
    pub(super) fn ungrouped(&self) -> impl Iterator<Item = (usize, Key)> {
        let watches = self.watches.iter().enumerate();
        watches.filter(|(_, watch)| !watch.is_grouped()).map(|(at, _)| (at, Key::from("")))
    }

    /// Whether a rule stands for a group, so that it is to be looked at.
    pub(super) fn stands_for(&self, watch: usize, key: &str) -> bool {
        let watch = &self.watches[watch];
        let mut grouped = watch.terms.iter().filter(|term| term.measure.is_grouped());
        !watch.is_grouped()
            || watch.states.contains_key(key)
            || grouped.any(|term| self.series[term.series].has(key))
    }

    /// The keys of all groups that a rule stands for.
    pub(super) fn groups_of(&self, watch: usize) -> BTreeSet<Key> {
        RuleSet::groups(&self.watches[watch], &self.series)
    }

    /// See [`RuleSet::groups_of`].
    pub(super) fn groups(watch: &Watch, series: &[Series]) -> BTreeSet<Key> {
        let mut keys: BTreeSet<Key> = watch.states.keys().cloned().collect();
        if !watch.is_grouped() {
            keys.insert(Key::from(""));
        }
        let grouped = watch.terms.iter().filter(|term| term.measure.is_grouped());
        keys.extend(grouped.flat_map(|term| series[term.series].keys()));
        keys
    }
}
