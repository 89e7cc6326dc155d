//! `client`: what each client did.

use serde::{Deserialize, Serialize};

use crate::event::{Fact, FactKind, Outcome};
use crate::record::{Batch, Level};
use crate::summary::{Body, Look, Table, Value};

use super::keyed::Keyed;
use super::names::Tally;
use super::records::Records;
use super::{Setup, State, View, scalars};

/// What facts tell of one client.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Deeds {
    /// Sessions that finished, or never will.
    sessions: u64,
    /// Sessions of them that failed; cancelled ones are not failed.
    failed: u64,
    connects: u64,
    reconnections: u64,
    /// Records that name no client themselves, but a session whose client is known.
    mentions: Tally,
}

impl Deeds {
    fn merge(&mut self, later: Deeds) {
        self.sessions += later.sessions;
        self.failed += later.failed;
        self.connects += later.connects;
        self.reconnections += later.reconnections;
        self.mentions.merge(later.mentions);
    }
}

/// Records and deeds by client.
///
/// A record belongs to a client by its key, by the pattern that names one in its message, or by
/// the fact that it tells of. Records of no client are not listed. What rows and what facts tell
/// is kept apart and joined in the report, so that it makes no difference when a fact is learned.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Clients {
    records: Keyed<Tally>,
    deeds: Keyed<Deeds>,
}

impl Clients {
    pub(super) fn new(setup: &Setup) -> Clients {
        Clients { records: Keyed::of(setup), deeds: Keyed::of(setup) }
    }
}

fn row(name: Value, tally: Tally, deeds: Deeds) -> Vec<Value> {
    vec![
        name,
        Value::count(tally.records + deeds.mentions.records),
        Value::count(tally.errors + deeds.mentions.errors),
        Value::count(deeds.sessions),
        Value::count(deeds.failed),
        Value::count(deeds.connects),
        Value::count(deeds.reconnections),
    ]
}

impl State for Clients {
    fn observe(&mut self, records: &Records<'_>) {
        let Batch { client, level, .. } = records.batch;
        self.records.add_named(records, client, level, Tally::add, |_| {});
    }

    fn learn(&mut self, fact: &Fact<'_>) {
        let Some(client) = fact.client else { return };
        match fact.kind {
            FactKind::SessionFinished => {
                let deeds = self.deeds.get(client);
                deeds.sessions += 1;
                deeds.failed += u64::from(fact.outcome == Some(Outcome::Failed));
            }
            FactKind::SessionUnfinished | FactKind::SessionOpen => {
                self.deeds.get(client).sessions += 1;
            }
            FactKind::ClientConnected => {
                let deeds = self.deeds.get(client);
                deeds.connects += 1;
                deeds.reconnections += u64::from(fact.reconnection);
            }
            FactKind::Mention => {
                let mentions = &mut self.deeds.get(client).mentions;
                mentions.records += 1;
                mentions.errors += u64::from(fact.level.is_some_and(Level::is_error));
            }
            _ => {}
        }
    }

    fn merge(&mut self, later: Clients) {
        self.records.merge(later.records, Tally::merge);
        self.deeds.merge(later.deeds, Deeds::merge);
    }

    fn summarize(&self, view: &View) -> Body {
        let look = Look::Ranking { width: 30, unit: " events" };
        let columns =
            &["client", "records", "errors", "sessions", "failed", "connects", "reconnections"];
        let mut table = Table::new("clients", "👥 Top Active Clients", look, columns);
        let mut ranks = self.ranks();
        ranks.sort_unstable_by_key(|(rank, index)| (std::cmp::Reverse(*rank), *index));
        let keep = view.top.unwrap_or(usize::MAX).min(ranks.len());
        table.omitted = (ranks.len() - keep) as u64;
        table.rows.extend(ranks[..keep].iter().map(|(_, index)| self.row_at(*index)));
        if self.capped() {
            let tally = self.records.other().copied().unwrap_or_default();
            let mut deeds = self.deeds.other().copied().unwrap_or_default();
            if self.records.other().is_some() {
                self.told().for_each(|(_, told)| deeds.merge(*told));
            }
            table.rows.push(row(Value::Rest("(other)"), tally, deeds));
            table.capped = true;
        }
        Body::Figures { scalars: scalars(self, &["distinct"], view), tables: vec![table] }
    }

    fn figure(&self, name: &str, view: &View) -> Option<Value> {
        match name {
            // Which clients of the two tables are past the cap hangs on the order.
            "distinct" if self.capped() && view.unordered => Some(Value::Null),
            "distinct" => Some(Value::count(self.distinct())),
            "records" => Some(Value::count(self.all_records())),
            _ => None,
        }
    }

    fn silent(&self) -> bool {
        self.records.is_empty() && self.deeds.is_empty()
    }
}

impl Clients {
    fn capped(&self) -> bool {
        self.records.other().is_some() || self.deeds.other().is_some()
    }

    /// How many clients have rows of their own.
    fn distinct(&self) -> u64 {
        let told = if self.records.other().is_none() { self.told().count() } else { 0 };
        (self.records.len() + told) as u64
    }

    /// The records of all clients.
    fn all_records(&self) -> u64 {
        let named = self.records.iter().map(|(_, tally)| tally).chain(self.records.other());
        let told = self.deeds.iter().map(|(_, deeds)| deeds).chain(self.deeds.other());
        named.map(|tally| tally.records).sum::<u64>()
            + told.map(|deeds| deeds.mentions.records).sum::<u64>()
    }

    /// The clients that facts tell of and no record names, with their places among the deeds. Once
    /// records are past the cap, their records may be among the others, and so they are too.
    fn told(&self) -> impl Iterator<Item = (u32, &Deeds)> {
        let unnamed = |name: &str| self.records.find(name).is_none();
        let places = (0..).zip(self.deeds.iter());
        places.filter(move |(_, (name, _))| unnamed(name)).map(|(place, (_, deeds))| (place, deeds))
    }

    /// How many records each client has, with its place: first the clients that records name, in
    /// order of first sight, then those that only facts tell of.
    fn ranks(&self) -> Vec<(u64, u32)> {
        let mentions = |name: &str| self.deeds.find(name).map_or(0, |deeds| deeds.mentions.records);
        let named = self.records.iter().map(|(name, tally)| tally.records + mentions(name));
        let mut ranks: Vec<(u64, u32)> = named.zip(0..).collect();
        if self.records.other().is_none() {
            let behind = self.records.len() as u32;
            ranks.extend(self.told().map(|(at, deeds)| (deeds.mentions.records, behind + at)));
        }
        ranks
    }

    /// The row of a place that [`Clients::ranks`] gave.
    fn row_at(&self, index: u32) -> Vec<Value> {
        let index = index as usize;
        if let Some((name, tally)) = self.records.at_place(index) {
            let deeds = self.deeds.find(name).copied().unwrap_or_default();
            return row(Value::text(name), *tally, deeds);
        }
        self.deeds
            .at_place(index - self.records.len())
            .map_or_else(Vec::new, |(name, deeds)| row(Value::text(name), Tally::default(), *deeds))
    }
}
