//! Every section that a report can have: one row for each aggregator.
//!
//! To add one, write its file with a [`State`](super::State), name the file in `mod.rs` and add a
//! row here. Text, JSON, `--help`, combinators, merging and their tests follow.

use crate::event::FactKind;
use crate::record::Standard;

use super::client::Clients;
use super::comings::Comings;
use super::connections::Connections;
use super::error_rate::ErrorRate;
use super::errors::Errors;
use super::health::Health;
use super::hourly::Hours;
use super::http::Http;
use super::input::Input;
use super::latency::Latency;
use super::level::Levels;
use super::lines::Lines;
use super::names::Names;
use super::open_sessions::OpenSessions;
use super::session_failure::SessionFailure;
use super::silence::Silence;
use super::throughput::Throughput;
use super::timeline::Timeline;
use super::{Aggregator, Setup};

/// A kind of aggregator: its name, and what it folds.
#[derive(Debug)]
pub struct Kind {
    /// The name in `--agg`, in JSON and in rules.
    pub name: &'static str,
    /// One line for `--help`.
    pub about: &'static str,
    /// The heading in text. Where it is that of the section's first table, text shows the tables
    /// alone, as the page does.
    pub title: &'static str,
    /// The figure that a rule means when it names none; empty where there are tables only.
    pub main: &'static str,
    /// What stands behind its figures.
    pub behind: &'static [Behind],
    /// Whether it folds records.
    pub takes_records: bool,
    /// The facts it folds.
    pub learns: &'static [FactKind],
    /// The columns of names that it reads: those of loggers, modules, functions and clients are
    /// filled only for whoever reads them.
    pub names: &'static [Standard],
    /// Makes an empty state.
    pub make: fn(&Setup) -> Box<dyn Aggregator>,
}

/// The population behind a figure, and what of it the figure is about, as sums of counts. Rules
/// trust no figure that too little stands behind, and tell how much did.
#[derive(Debug)]
pub struct Behind {
    /// The figure; with a dot at its end all that begin so, and empty for all others.
    pub figure: &'static str,
    /// Counts that make up the population.
    pub population: &'static [&'static str],
    /// Counts that make up the part that the figure is about; empty if it is about all.
    pub matched: &'static [&'static str],
}

impl Behind {
    /// Records stand behind every figure.
    pub(super) const RECORDS: &'static [Behind] = &[behind("", &["records"], &[])];

    fn is_of(&self, figure: &str) -> bool {
        match self.figure {
            "" => true,
            group if group.ends_with('.') => figure.starts_with(group),
            one => figure == one,
        }
    }
}

const fn behind(
    figure: &'static str,
    population: &'static [&'static str],
    matched: &'static [&'static str],
) -> Behind {
    Behind { figure, population, matched }
}

impl Kind {
    /// What stands behind a figure; `None` for gauges, and where nobody counts it.
    pub(super) fn behind(&self, figure: &str) -> Option<&'static Behind> {
        self.behind.iter().find(|behind| behind.is_of(figure))
    }

    /// Whether its bare section depends on what messages mean: by facts, or by the clients that
    /// messages name.
    pub(super) fn follows_events(&self) -> bool {
        !self.learns.is_empty()
    }
}

const COMINGS_AND_GOINGS: &[&str] = &["connects", "disconnects"];

const CONNECTIONS_BEHIND: &[Behind] = &[
    behind("connects", COMINGS_AND_GOINGS, &["connects"]),
    behind("disconnects", COMINGS_AND_GOINGS, &["disconnects"]),
    behind("reconnections", COMINGS_AND_GOINGS, &["reconnections"]),
    behind("stability", COMINGS_AND_GOINGS, &["disconnects"]),
    behind("disconnects_per_hour", COMINGS_AND_GOINGS, &["disconnects"]),
];

const LATENCY_BEHIND: &[Behind] =
    &[behind("session.", &["session.count"], &[]), behind("health.", &["health.count"], &[])];

const LINES_BEHIND: &[Behind] = &[
    behind("malformed", &["lines"], &["malformed"]),
    behind("malformed_ratio", &["lines"], &["malformed"]),
    behind("", &["lines"], &[]),
];

/// All kinds, in the order of the default report.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "level",
        about: "records by level",
        title: "📈 Events by Level",
        main: "records",
        behind: Behind::RECORDS,
        takes_records: true,
        learns: &[],
        names: &[],
        make: |setup| Box::new(Levels::new(setup)),
    },
    Kind {
        name: "module",
        about: "records and errors by module",
        title: "📦 Events by Module",
        main: "distinct",
        behind: Behind::RECORDS,
        takes_records: true,
        learns: &[],
        names: &[Standard::Module],
        make: |setup| Box::new(Names::modules(setup)),
    },
    Kind {
        name: "logger",
        about: "records and errors by logger",
        title: "📦 Events by Logger",
        main: "distinct",
        behind: Behind::RECORDS,
        takes_records: true,
        learns: &[],
        names: &[Standard::Logger],
        make: |setup| Box::new(Names::loggers(setup)),
    },
    Kind {
        name: "errors",
        about: "the most frequent messages of WARNING and above",
        title: "⚠️ Top Errors/Warnings",
        main: "distinct",
        behind: Behind::RECORDS,
        takes_records: true,
        learns: &[],
        names: &[],
        make: |setup| Box::new(Errors::new(setup)),
    },
    Kind {
        name: "client",
        about: "records, sessions and connections by client",
        title: "👥 Top Active Clients",
        main: "distinct",
        behind: Behind::RECORDS,
        takes_records: true,
        learns: &[
            FactKind::SessionFinished,
            FactKind::SessionUnfinished,
            FactKind::SessionOpen,
            FactKind::ClientConnected,
            FactKind::Mention,
        ],
        names: &[Standard::Client],
        make: |setup| Box::new(Clients::new(setup)),
    },
    Kind {
        name: "hourly",
        about: "records by hour of the day",
        title: "🕐 Activity by Hour",
        main: "",
        behind: &[],
        takes_records: true,
        learns: &[],
        names: &[],
        make: |setup| Box::new(Hours::new(setup)),
    },
    Kind {
        name: "timeline",
        about: "records, errors and ended sessions over time",
        title: "📅 Activity over Time",
        main: "",
        behind: &[],
        takes_records: true,
        learns: &[FactKind::SessionFinished],
        names: &[],
        make: |setup| Box::new(Timeline::new(setup)),
    },
    Kind {
        name: "error-rate",
        about: "the share of ERROR and CRITICAL records",
        title: "🚨 Error Rate",
        main: "ratio",
        behind: &[behind("", &["records"], &["errors"])],
        takes_records: true,
        learns: &[],
        names: &[],
        make: |setup| Box::new(ErrorRate::new(setup)),
    },
    Kind {
        name: "session-failure",
        about: "sessions by outcome, each once",
        title: "🎯 Sessions",
        main: "ratio",
        behind: &[
            behind("ratio", &["completed", "failed", "cancelled"], &["failed", "cancelled"]),
            behind("agent_ratio", &["completed"], &["agent_failed"]),
        ],
        takes_records: false,
        learns: &[
            FactKind::SessionStarted,
            FactKind::SessionFinished,
            FactKind::SessionUnfinished,
            FactKind::SessionOpen,
            FactKind::SessionOrphaned,
        ],
        names: &[],
        make: |setup| Box::new(SessionFailure::new(setup)),
    },
    Kind {
        name: "connections",
        about: "connects, disconnects, who is online",
        title: "🔌 Connections",
        main: "devices_online",
        behind: CONNECTIONS_BEHIND,
        takes_records: false,
        learns: &[
            FactKind::ClientConnected,
            FactKind::ClientDisconnected,
            FactKind::ClientLost,
            FactKind::RegistrationRefused,
            FactKind::ServerStarted,
        ],
        names: &[],
        make: |setup| Box::new(Connections::new(setup)),
    },
    Kind {
        name: "throughput",
        about: "records a second, tasks a minute",
        title: "⚡ Throughput",
        main: "tasks_per_minute",
        behind: Behind::RECORDS,
        takes_records: true,
        learns: &[FactKind::SessionFinished],
        names: &[],
        make: |setup| Box::new(Throughput::new(setup)),
    },
    Kind {
        name: "latency",
        about: "how long sessions ran and health checks took",
        title: "📊 Latency Report",
        main: "session.p95",
        behind: LATENCY_BEHIND,
        takes_records: false,
        learns: &[FactKind::SessionFinished, FactKind::HealthCheck],
        names: &[],
        make: |setup| Box::new(Latency::new(setup)),
    },
    Kind {
        name: "health",
        about: "what health checks found",
        title: "🏥 Health Checks",
        main: "consecutive_failures",
        behind: &[behind("", &["checks"], &["failures"])],
        takes_records: false,
        learns: &[FactKind::HealthCheck],
        names: &[],
        make: |setup| Box::new(Health::new(setup)),
    },
    Kind {
        name: "http",
        about: "HTTP requests by status",
        title: "🌐 HTTP",
        main: "requests",
        behind: &[behind("", &["requests"], &["server_errors"])],
        takes_records: false,
        learns: &[FactKind::HttpAccess],
        names: &[],
        make: |setup| Box::new(Http::new(setup)),
    },
    Kind {
        name: "input",
        about: "what became of the lines: records, malformed, repaired and more",
        title: "📥 Input",
        main: "records",
        behind: LINES_BEHIND,
        takes_records: true,
        learns: &[],
        names: &[],
        make: |setup| Box::new(Input::new(setup)),
    },
];

/// What rules have and reports have not: how long nothing has come.
pub(super) static SILENCE: Kind = Kind {
    name: "silence",
    about: "",
    title: "",
    main: "seconds",
    behind: &[],
    takes_records: true,
    learns: &[],
    names: &[],
    make: |setup| Box::new(Silence::new(setup)),
};

/// What `input` is to rules: windows are made of lines, not of blocks.
pub(super) static LINES: Kind = Kind {
    name: "input",
    about: "",
    title: "",
    main: "records",
    behind: LINES_BEHIND,
    takes_records: false,
    learns: &[],
    names: &[],
    make: |setup| Box::new(Lines::new(setup)),
};

/// What `session-failure.oldest_open_seconds` is to rules: a gauge at any time, and not a figure
/// of the end of the input.
pub(super) static OPEN_SESSIONS: Kind = Kind {
    name: "session-failure",
    about: "",
    title: "",
    main: "oldest_open_seconds",
    behind: &[],
    takes_records: false,
    learns: &[FactKind::SessionStarted, FactKind::SessionFinished, FactKind::SessionUnfinished],
    names: &[],
    make: |setup| Box::new(OpenSessions::new(setup)),
};

/// What the counts of `connections` are to rules, which ask for no tables.
pub(super) static COMINGS: Kind = Kind {
    name: "connections",
    about: "",
    title: "",
    main: "connects",
    behind: CONNECTIONS_BEHIND,
    takes_records: false,
    learns: &[
        FactKind::ClientConnected,
        FactKind::ClientDisconnected,
        FactKind::RegistrationRefused,
    ],
    names: &[],
    make: |setup| Box::new(Comings::new(setup)),
};

/// The kind of a name.
#[must_use]
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// `latency` to rules that ask for a figure of sessions, and of health checks: what the figure is
/// not about needs no memory.
pub(super) static SESSION_LATENCY: Kind = latency(&[FactKind::SessionFinished]);
pub(super) static HEALTH_LATENCY: Kind = latency(&[FactKind::HealthCheck]);

const fn latency(learns: &'static [FactKind]) -> Kind {
    Kind {
        name: "latency",
        about: "",
        title: "",
        main: "session.p95",
        behind: LATENCY_BEHIND,
        takes_records: false,
        learns,
        names: &[],
        make: |setup| Box::new(Latency::new(setup)),
    }
}
