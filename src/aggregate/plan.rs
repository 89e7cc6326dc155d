//! From an aggregation as written to the aggregator that computes it.

use std::sync::Arc;

use crate::error::Result;
use crate::expr::{Aggregation, Metric};
use crate::record::{Needs, Standard};
use crate::summary::{Body, Scalar, Section};

use super::build::{GENERIC, check_figure, leaf, refuse_lines, unknown};
use super::every::Windows;
use super::filter::Filter;
use super::groups::{Factory, Groups};
use super::range::Range;
use super::sheets::sheet;
use super::{Aggregator, KINDS, Kind, Setup, View, kind};

/// One aggregation of a run: builds states of it, and sections from states.
#[derive(Clone)]
pub struct Plan {
    name: String,
    title: String,
    figure: Option<String>,
    kind: &'static Kind,
    /// Whether it is a section or a count as it is, without anything around it.
    simple: bool,
    needs_events: bool,
    whole: Factory,
    part: Factory,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Plan {
    /// Plans an aggregation. The fields that it asks for are added to `needs`.
    ///
    /// # Errors
    ///
    /// If there is no such section or figure, or if it cannot be combined as written.
    pub fn new(mut aggregation: Aggregation, setup: &Setup, needs: &mut Needs) -> Result<Plan> {
        aggregation.bind(needs, &setup.zone);
        let kind = match &aggregation.metric {
            Metric::Section(name) => kind(name).ok_or_else(|| unknown(name, &[]))?,
            _ => &GENERIC,
        };
        refuse_lines(&aggregation, kind)?;
        let bare = aggregation.by.is_empty()
            && aggregation.every.is_none()
            && aggregation.filter.is_none()
            && aggregation.figure.is_none();
        // What operands ask for may be anything; sections say it, and a count of all asks nothing.
        let simple = bare && matches!(aggregation.metric, Metric::Section(_) | Metric::Count);
        let title = if bare && !kind.name.is_empty() { kind.title } else { &aggregation.text };
        let parts = Setup { max_keys: usize::MAX, ..setup.clone() };
        let plan = Plan {
            name: aggregation.text.clone(),
            title: title.to_owned(),
            figure: aggregation.figure.clone(),
            kind,
            simple,
            needs_events: !simple || kind.follows_events(),
            whole: factory(&aggregation, kind, setup),
            part: factory(&aggregation, kind, &parts),
        };
        if let Some(figure) = &plan.figure {
            let empty = leaf(&aggregation.metric, kind, setup).summarize(&View::default());
            check_figure(kind.name, figure, &empty)?;
        }
        Ok(plan)
    }

    /// The plans of the default report: every section.
    #[must_use]
    pub fn all(setup: &Setup) -> Vec<Plan> {
        let plain = |kind: &'static Kind| Aggregation {
            text: kind.name.to_owned(),
            metric: Metric::Section(kind.name.to_owned()),
            figure: None,
            by: Vec::new(),
            every: None,
            filter: None,
        };
        let mut needs = Needs::default();
        KINDS.iter().filter_map(|kind| Plan::new(plain(kind), setup, &mut needs).ok()).collect()
    }

    /// The name of its section in JSON: the aggregation as written.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it folds.
    #[must_use]
    pub fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// Whether its figures depend on what messages mean. Keys, conditions and operands may ask
    /// for clients that only a message names, so everything but a bare section is taken to.
    #[must_use]
    pub fn needs_events(&self) -> bool {
        self.needs_events
    }

    /// Whether it may read the column of names of a standard field. Keys, conditions and operands
    /// may be any, so everything but a bare section or count is taken to.
    #[must_use]
    pub fn reads(&self, field: Standard) -> bool {
        !self.simple || self.kind.names.contains(&field)
    }

    /// An empty state for an input from its start, where caps on keys work.
    #[must_use]
    pub fn whole(&self) -> Box<dyn Aggregator> {
        (self.whole)()
    }

    /// An empty state for a part of an input, to be merged into a whole.
    #[must_use]
    pub fn part(&self) -> Box<dyn Aggregator> {
        (self.part)()
    }

    /// The section of a state.
    #[must_use]
    pub fn section(&self, state: &dyn Aggregator, view: &View) -> Section {
        let body = match &self.figure {
            Some(figure) => only(state.summarize(view), figure),
            None => state.summarize(view),
        };
        Section {
            name: self.name.clone(),
            title: self.title.clone(),
            silent: state.silent(),
            body,
            sheet: sheet(self.kind),
        }
    }
}

/// The combinators around the metric, from the inside out: `every`, `by`, `where`, time range.
fn factory(aggregation: &Aggregation, kind: &'static Kind, setup: &Setup) -> Factory {
    let metric = aggregation.metric.clone();
    let nested = !aggregation.by.is_empty() || aggregation.every.is_some();
    let setup = Setup { nested, ..setup.clone() };
    let mut make: Factory = {
        let setup = setup.clone();
        Arc::new(move || leaf(&metric, kind, &setup))
    };
    if kind.name == "input" {
        return make;
    }
    if let Some(length) = aggregation.every {
        let (inner, zone, cap) = (make, setup.zone, setup.max_keys);
        make = Arc::new(move || Box::new(Windows::new(length, zone, cap, Arc::clone(&inner))));
    }
    if !aggregation.by.is_empty() {
        let (inner, keys, setup) = (make, aggregation.by.clone(), setup.clone());
        make =
            Arc::new(move || Box::new(Groups::new(keys.clone(), kind, &setup, Arc::clone(&inner))));
    }
    if let Some(condition) = aggregation.filter.clone() {
        let inner = make;
        make = Arc::new(move || Box::new(Filter::new(condition.clone(), inner())));
    }
    if setup.since.is_some() || setup.until.is_some() {
        let inner = make;
        let (since, until) = (setup.since, setup.until);
        make = Arc::new(move || Box::new(Range::new(since, until, &inner)));
    }
    make
}

/// The body with one figure alone, in every group and window.
fn only(body: Body, figure: &str) -> Body {
    let inside = |mut group: crate::summary::Group| {
        group.body = only(group.body, figure);
        group
    };
    match body {
        Body::Figures { scalars, .. } => Body::scalars(
            scalars.into_iter().filter(|scalar: &Scalar| scalar.name == figure).collect(),
        ),
        Body::Groups { groups, omitted, capped } => {
            Body::Groups { groups: groups.into_iter().map(inside).collect(), omitted, capped }
        }
        Body::Windows(windows) => Body::Windows(windows.into_iter().map(inside).collect()),
    }
}
