//! `http`: the requests that uvicorn logged.

use serde::{Deserialize, Serialize};

use crate::event::{Fact, FactKind};
use crate::summary::{Body, Look, Table, Value};

use super::keyed::Keyed;
use super::{Setup, State, View, scalars};

/// HTTP requests by status. `server_errors` are those of 500 and above.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Http {
    requests: u64,
    server_errors: u64,
    statuses: Keyed<u64>,
}

impl Http {
    pub(super) fn new(setup: &Setup) -> Http {
        let statuses = Keyed::of(setup);
        Http { requests: 0, server_errors: 0, statuses }
    }
}

impl State for Http {
    fn learn(&mut self, fact: &Fact<'_>) {
        if fact.kind != FactKind::HttpAccess {
            return;
        }
        self.requests += 1;
        let status = fact.status.unwrap_or("(none)");
        self.server_errors += u64::from(status.parse::<u32>().is_ok_and(|code| code >= 500));
        *self.statuses.get(status) += 1;
    }

    fn merge(&mut self, later: Http) {
        self.requests += later.requests;
        self.server_errors += later.server_errors;
        self.statuses.merge(later.statuses, |mine, theirs| *mine += theirs);
    }

    fn summarize(&self, view: &View) -> Body {
        let look = Look::Ranking { width: 10, unit: "" };
        let mut table = Table::new("statuses", "Answers by status", look, &["status", "requests"]);
        let (ranked, omitted) = self.statuses.ranked(view.top, |n| *n);
        let status = |name: &str| name.parse().map_or_else(|_| Value::text(name), Value::Int);
        table.rows = ranked.iter().map(|(name, n)| vec![status(name), Value::count(**n)]).collect();
        table.omitted = omitted;
        if let Some(other) = self.statuses.other() {
            table.rows.push(vec![Value::Rest("(other)"), Value::count(*other)]);
            table.capped = true;
        }
        let scalars = scalars(self, &["requests", "server_errors"], view);
        Body::Figures { scalars, tables: vec![table] }
    }

    fn figure(&self, name: &str, _: &View) -> Option<Value> {
        match name {
            "requests" => Some(Value::count(self.requests)),
            "server_errors" => Some(Value::count(self.server_errors)),
            _ => None,
        }
    }

    fn silent(&self) -> bool {
        self.requests == 0
    }
}
