//! `by`: an aggregator for each group of records and facts.

use std::any::Any;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::error::{Error, Result};
use crate::event::{Fact, FactKind};
use crate::expr::Operand;
use crate::record::Seed;
use crate::summary::{Body, Group};

use super::keyed::Keyed;
use super::keys::{Keys, MISSING, parts};
use super::records::Records;
use super::{Aggregator, Kind, Setup, View, other};

/// Makes the aggregator of a new group.
pub(super) type Factory = Arc<dyn Fn() -> Box<dyn Aggregator> + Send + Sync>;

/// One group: how much it has seen, for the order of the report, and its aggregator.
#[derive(Clone)]
struct Member {
    weight: u64,
    inner: Box<dyn Aggregator>,
}

/// Groups by the values of one or more keys. Groups of records and groups of facts are kept apart
/// and joined in the report, so that it makes no difference when a fact is learned.
#[derive(Clone)]
pub(super) struct Groups {
    keys: Keys,
    /// The kinds of facts that the inner aggregator learns; others open no group.
    learns: &'static [FactKind],
    takes_records: bool,
    make: Factory,
    of_records: Keyed<Member>,
    of_facts: Keyed<Member>,
}

fn member<'a>(table: &'a mut Keyed<Member>, make: &Factory, key: &str) -> &'a mut Member {
    table.get_or(key, || Member { weight: 0, inner: make() })
}

impl Groups {
    pub(super) fn new(keys: Vec<Operand>, kind: &Kind, setup: &Setup, make: Factory) -> Groups {
        Groups {
            keys: Keys::new(keys, setup.seed),
            learns: kind.learns,
            takes_records: kind.takes_records,
            make,
            of_records: Keyed::of(setup),
            of_facts: Keyed::of(setup),
        }
    }

    /// Every group once, those of records first, in order of first sight; by key, weight, and
    /// the states that belong together.
    fn joined(&self) -> Vec<Joined<'_>> {
        let of_records = self.of_records.iter().map(|(key, member)| {
            let facts = self.of_facts.find(key);
            let weight = member.weight + facts.map_or(0, |facts| facts.weight);
            Joined { key: Some(key), weight, states: [Some(member), facts] }
        });
        let of_facts =
            self.of_facts.iter().filter(|(key, _)| self.of_records.find(key).is_none()).map(
                |(key, facts)| Joined {
                    key: Some(key),
                    weight: facts.weight,
                    states: [None, Some(facts)],
                },
            );
        of_records.chain(of_facts).filter(|joined| !joined.silent()).collect()
    }

    /// The order of reports: hours and days by time, all else by weight; groups with a missing
    /// key behind the others.
    fn ordered(&self) -> Vec<Joined<'_>> {
        let mut joined: Vec<(Vec<Option<String>>, Joined<'_>)> = self
            .joined()
            .into_iter()
            .map(|joined| (joined.key.map(parts).unwrap_or_default(), joined))
            .collect();
        if matches!(self.keys.operands().first(), Some(Operand::Hour(_) | Operand::Day(_))) {
            // Shorter numbers first: `9` before `10`.
            let time = |part: &Option<String>| part.as_ref().map(|p| (p.len(), p.clone()));
            joined.sort_by_key(|(parts, _)| parts.first().and_then(time));
        } else {
            joined.sort_by_key(|(_, joined)| std::cmp::Reverse(joined.weight));
        }
        joined.sort_by_key(|(parts, _)| parts.iter().any(Option::is_none));
        joined.into_iter().map(|(_, joined)| joined).collect()
    }

    fn group(&self, joined: &Joined<'_>, view: &View) -> Group {
        let told = |state: &dyn Aggregator| match joined.key {
            Some(_) => state.summarize(view),
            None => other::summarize(state, view),
        };
        let body = match joined.states {
            [Some(one), None] | [None, Some(one)] => told(one.inner.as_ref()),
            [Some(of_records), Some(of_facts)] => {
                let mut both = of_records.inner.copy();
                both.merge(of_facts.inner.copy());
                told(both.as_ref())
            }
            [None, None] => told((self.make)().as_ref()),
        };
        Group { key: self.keys.labels(joined.key), body }
    }
}

/// A group of the report: its key, none for `(other)`, and its states.
struct Joined<'a> {
    key: Option<&'a str>,
    weight: u64,
    states: [Option<&'a Member>; 2],
}

impl Joined<'_> {
    fn silent(&self) -> bool {
        self.states.iter().flatten().all(|member| member.inner.silent())
    }
}

impl Aggregator for Groups {
    fn copy(&self) -> Box<dyn Aggregator> {
        Box::new(self.clone())
    }

    fn take(&mut self, records: &Records<'_>) {
        let Records { batch, rows, .. } = *records;
        if !self.takes_records {
            return;
        }
        for (key, rows) in self.keys.partition(batch, rows) {
            let member = member(&mut self.of_records, &self.make, &key);
            member.weight += rows.len() as u64;
            member.inner.observe(batch, &rows);
        }
    }

    fn learn(&mut self, fact: &Fact<'_>) {
        if self.learns.contains(&fact.kind) {
            let key = self.keys.key(fact);
            let member = member(&mut self.of_facts, &self.make, &key);
            member.weight += 1;
            member.inner.learn(fact);
        }
    }

    fn merge(&mut self, later: Box<dyn Aggregator>) {
        if let Ok(later) = (later as Box<dyn Any>).downcast::<Groups>() {
            let add = |mine: &mut Member, theirs: Member| {
                mine.weight += theirs.weight;
                mine.inner.merge(theirs.inner);
            };
            let new = || Member { weight: 0, inner: (self.make)() };
            self.of_records.merge_into(later.of_records, new, add);
            self.of_facts.merge_into(later.of_facts, new, add);
        }
    }

    fn carry(&self, next: &mut dyn Aggregator) {
        if let Some(next) = (next as &mut dyn Any).downcast_mut::<Groups>() {
            for (key, group) in self.of_facts.iter() {
                let theirs = member(&mut next.of_facts, &next.make, key);
                group.inner.carry(theirs.inner.as_mut());
            }
        }
    }

    fn summarize(&self, view: &View) -> Body {
        let ordered = self.ordered();
        // The group without a key is last, and shown however many are left out.
        let single = self.keys.operands().len() == 1;
        let has_key = |joined: &Joined<'_>| joined.key.is_none_or(|key| key != MISSING);
        let named =
            if single { ordered.iter().take_while(|j| has_key(j)).count() } else { ordered.len() };
        let keep = view.top.unwrap_or(usize::MAX).min(named);
        let shown = ordered[..keep].iter().chain(&ordered[named..]);
        let mut groups: Vec<Group> = shown.map(|joined| self.group(joined, view)).collect();
        let states = [self.of_records.other(), self.of_facts.other()];
        let capped = states.iter().any(Option::is_some);
        if capped {
            groups.push(self.group(&Joined { key: None, weight: 0, states }, view));
        }
        let omitted = (named - keep) as u64;
        Body::Groups { groups, omitted, capped }
    }

    fn silent(&self) -> bool {
        self.joined().is_empty()
    }

    fn save(&self) -> Json {
        json!([save(&self.of_records), save(&self.of_facts)])
    }

    fn load(&mut self, saved: Json) -> Result<()> {
        let (records, facts): (Json, Json) = serde_json::from_value(saved).map_err(not_groups)?;
        let later = Groups {
            keys: self.keys.clone(),
            learns: self.learns,
            takes_records: self.takes_records,
            make: Arc::clone(&self.make),
            of_records: load(records, &self.make)?,
            of_facts: load(facts, &self.make)?,
        };
        self.merge(Box::new(later));
        Ok(())
    }
}

#[derive(serde::Deserialize)]
struct Saved {
    groups: Vec<(String, Json)>,
    other: Option<Json>,
}

fn save(table: &Keyed<Member>) -> Json {
    let row = |member: &Member| json!([member.weight, member.inner.save()]);
    let groups: Vec<Json> = table.iter().map(|(key, member)| json!([key, row(member)])).collect();
    json!({ "groups": groups, "other": table.other().map(row) })
}

fn load(saved: Json, make: &Factory) -> Result<Keyed<Member>> {
    let member = |row: Json| -> Result<Member> {
        let (weight, state): (u64, Json) = serde_json::from_value(row).map_err(not_groups)?;
        let mut inner = make();
        inner.load(state)?;
        Ok(Member { weight, inner })
    };
    let Saved { groups, other } = serde_json::from_value(saved).map_err(not_groups)?;
    let mut table = Keyed::new(Seed::default(), usize::MAX);
    for (key, row) in groups {
        let member = member(row)?;
        table.get_or(&key, || member);
    }
    table.set_other(other.map(member).transpose()?);
    Ok(table)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn not_groups(fault: serde_json::Error) -> Error {
    Error::config(format!("not a state of groups: {fault}"))
}
