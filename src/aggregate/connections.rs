//! `connections`: who came, who went, who is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::event::{Fact, FactKind};
use crate::record::Timestamp;
use crate::summary::{Body, Look, Table, Value};

use super::comings::Comings;
use super::keyed::Keyed;
use super::{Setup, State, View, scalars};

/// From so many reconnections on a client is flaky (the page's `get_flaky_clients`).
const FLAKY: u64 = 3;

const SCALARS: [&str; 9] = [
    "connects",
    "disconnects",
    "reconnections",
    "refused",
    "clients_online",
    "devices_online",
    "peak_online",
    "stability",
    "disconnects_per_hour",
];

/// Who is online in one source, as changes since the state began. The gauges of a stretch of
/// input are the sums of its changes, and its peak the greatest sum on the way, so that stretches
/// can be put together.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Online {
    clients: i64,
    devices: i64,
    peak: i64,
}

impl Online {
    fn change(&mut self, by: i64, device: bool) {
        self.clients += by;
        self.devices += if device { by } else { 0 };
        self.peak = self.peak.max(self.clients);
    }

    fn then(self, later: Online) -> Online {
        Online {
            clients: self.clients + later.clients,
            devices: self.devices + later.devices,
            peak: self.peak.max(self.clients + later.peak),
        }
    }
}

/// Connects, disconnects and gauges, each client's comings and goings counted once.
///
/// - `stability` = 1 - disconnects / connects, kept within 0 and 1; 1 when there were no connects
///   (the page's `get_stability_rate`, which can go below 0 when a log starts in the middle);
/// - `disconnects_per_hour` = disconnects over the hours from the first to the last of them; 0
///   for fewer than two, or two at one instant (the page's `get_disconnection_rate_per_hour`);
/// - the gauges are unknown until the source has shown a server start or a client event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Connections {
    seen: Comings,
    /// Of the disconnects.
    first: Timestamp,
    last: Timestamp,
    /// By source; present once something is known of it.
    online: BTreeMap<u32, Online>,
    codes: Keyed<u64>,
    by_client: Keyed<u64>,
    /// The names of the sources.
    #[serde(skip)]
    sources: Arc<[String]>,
}

impl Connections {
    pub(super) fn new(setup: &Setup) -> Connections {
        Connections {
            seen: Comings::new(setup),
            first: Timestamp::NONE,
            last: Timestamp::NONE,
            online: BTreeMap::new(),
            codes: Keyed::of(setup),
            by_client: Keyed::of(setup),
            sources: Arc::clone(&setup.sources),
        }
    }

    fn disconnected_at(&mut self, time: Timestamp) {
        if time.is_some() {
            self.first = if self.first.is_some() { self.first.min(time) } else { time };
            self.last = self.last.max(time);
        }
    }

    fn disconnects_per_hour(&self) -> f64 {
        let disconnects = self.seen.disconnects();
        if disconnects < 2 || self.first == self.last {
            return 0.0;
        }
        disconnects as f64 / (self.last.seconds_since(self.first) / 3600.0)
    }

    fn gauge(&self, of: impl Fn(&Online) -> i64) -> Value {
        if self.online.is_empty() {
            return Value::Null;
        }
        Value::Int(self.online.values().map(|online| of(online).max(0)).sum())
    }

    fn tables(&self, view: &View) -> Vec<Table> {
        let look = Look::Ranking { width: 10, unit: "" };
        let mut codes = Table::new("codes", "Disconnects by code", look, &["code", "disconnects"]);
        let (ranked, omitted) = self.codes.ranked(view.top, |n| *n);
        let code = |name: &str| name.parse().map_or_else(|_| Value::text(name), Value::Int);
        codes.rows = ranked.iter().map(|(name, n)| vec![code(name), Value::count(**n)]).collect();
        codes.omitted = omitted;
        if let Some(other) = self.codes.other() {
            codes.rows.push(vec![Value::Rest("(other)"), Value::count(*other)]);
            codes.capped = true;
        }

        let look = Look::Ranking { width: 30, unit: " reconnections" };
        let columns = &["client", "reconnections"];
        let mut flaky = Table::new("flaky", "Flaky clients", look, columns);
        let (ranked, _) = self.by_client.ranked(None, |n| *n);
        let ranked: Vec<_> = ranked.into_iter().filter(|(_, n)| **n >= FLAKY).collect();
        let keep = view.top.unwrap_or(usize::MAX).min(ranked.len());
        flaky.omitted = (ranked.len() - keep) as u64;
        flaky.rows = ranked[..keep]
            .iter()
            .map(|(client, n)| vec![Value::text(client), Value::count(**n)])
            .collect();
        flaky.capped = self.by_client.other().is_some();

        let mut tables = vec![codes, flaky];
        if self.online.len() > 1 {
            let columns = &["source", "peak_online", "clients_online"];
            let mut sources = Table::new("sources", "Online by source", Look::Grid, columns);
            let row = |(source, online): (&u32, &Online)| {
                let name = match self.sources.get(*source as usize) {
                    Some(name) => Value::text(name),
                    None => Value::Int(i64::from(*source) + 1),
                };
                vec![name, Value::Int(online.peak), Value::Int(online.clients.max(0))]
            };
            sources.rows = self.online.iter().map(row).collect();
            tables.push(sources);
        }
        tables
    }
}

impl State for Connections {
    fn learn(&mut self, fact: &Fact<'_>) {
        State::learn(&mut self.seen, fact);
        match fact.kind {
            FactKind::ClientConnected if fact.reconnection => {
                *self.by_client.get(fact.client.unwrap_or("(none)")) += 1;
            }
            FactKind::ClientDisconnected => {
                *self.codes.get(fact.code.unwrap_or("(none)")) += 1;
                self.disconnected_at(fact.time.unwrap_or(Timestamp::NONE));
            }
            FactKind::ClientConnected | FactKind::ClientLost | FactKind::ServerStarted => {}
            _ => return,
        }
        self.online.entry(fact.source).or_default().change(i64::from(fact.online), fact.device);
    }

    fn merge(&mut self, later: Connections) {
        State::merge(&mut self.seen, later.seen);
        self.disconnected_at(later.first);
        self.disconnected_at(later.last);
        for (source, online) in later.online {
            let mine = self.online.entry(source).or_default();
            *mine = mine.then(online);
        }
        self.codes.merge(later.codes, |mine, theirs| *mine += theirs);
        self.by_client.merge(later.by_client, |mine, theirs| *mine += theirs);
    }

    fn carry(&self, next: &mut Connections) {
        for (source, online) in &self.online {
            let at_start = Online { peak: online.clients, ..*online };
            let then = next.online.get(source).copied().unwrap_or_default();
            next.online.insert(*source, at_start.then(then));
        }
    }

    fn summarize(&self, view: &View) -> Body {
        Body::Figures { scalars: scalars(self, &SCALARS, view), tables: self.tables(view) }
    }

    fn figure(&self, name: &str, view: &View) -> Option<Value> {
        Some(match name {
            "disconnects_per_hour" => Value::Float(self.disconnects_per_hour()),
            "clients_online" => self.gauge(|online| online.clients),
            "devices_online" => self.gauge(|online| online.devices),
            "peak_online" => {
                let peak = self.online.values().map(|online| online.peak).max();
                peak.filter(|_| !view.unordered).map_or(Value::Null, Value::Int)
            }
            name => return State::figure(&self.seen, name, view),
        })
    }

    fn silent(&self) -> bool {
        State::silent(&self.seen)
    }
}
