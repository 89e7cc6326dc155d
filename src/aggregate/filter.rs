//! `where`: only the records and facts that a condition holds for.

use std::any::Any;

use crate::error::Result;
use crate::event::Fact;
use crate::expr::Condition;
use crate::summary::{Body, Value};

use super::records::Records;
use super::{Aggregator, View};

/// Another aggregator over a selection of records and facts.
#[derive(Clone)]
pub(super) struct Filter {
    condition: Condition,
    inner: Box<dyn Aggregator>,
}

impl Filter {
    pub(super) fn new(condition: Condition, inner: Box<dyn Aggregator>) -> Filter {
        Filter { condition, inner }
    }
}

impl Aggregator for Filter {
    fn copy(&self) -> Box<dyn Aggregator> {
        Box::new(self.clone())
    }

    fn take(&mut self, records: &Records<'_>) {
        let Records { batch, rows, .. } = *records;
        let chosen: Vec<u32> =
            rows.iter().copied().filter(|&row| self.condition.test(&batch.record(row))).collect();
        self.inner.observe(batch, &chosen);
    }

    fn learn(&mut self, fact: &Fact<'_>) {
        if self.condition.test(fact) {
            self.inner.learn(fact);
        }
    }

    fn merge(&mut self, later: Box<dyn Aggregator>) {
        if let Ok(later) = (later as Box<dyn Any>).downcast::<Filter>() {
            self.inner.merge(later.inner);
        }
    }

    fn retract(&mut self, earlier: &dyn Aggregator) -> bool {
        let earlier = (earlier as &dyn Any).downcast_ref::<Filter>();
        earlier.is_some_and(|earlier| self.inner.retract(earlier.inner.as_ref()))
    }

    fn carry(&self, next: &mut dyn Aggregator) {
        if let Some(next) = (next as &mut dyn Any).downcast_mut::<Filter>() {
            self.inner.carry(next.inner.as_mut());
        }
    }

    fn summarize(&self, view: &View) -> Body {
        self.inner.summarize(view)
    }

    fn figure(&self, name: &str, view: &View) -> Option<Value> {
        self.inner.figure(name, view)
    }

    fn silent(&self) -> bool {
        self.inner.silent()
    }

    fn save(&self) -> serde_json::Value {
        self.inner.save()
    }

    fn load(&mut self, saved: serde_json::Value) -> Result<()> {
        self.inner.load(saved)
    }
}
