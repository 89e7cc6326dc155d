//! What the figures of each section are called by monitoring systems.
//!
//! Names are an interface, like those of figures. Figures that stand nowhere here get a name by
//! themselves; what has to be said is which of them count, and which tables have few rows.

use crate::summary::{Metric, Sheet};

use super::Kind;

/// The sheet of a kind.
pub(super) fn sheet(kind: &'static Kind) -> Sheet {
    let Kind { name: base, title, about, main, .. } = *kind;
    let (metrics, few, parts) = match SHEETS.iter().find(|(name, ..)| *name == base) {
        Some((_, metrics, few, parts)) => (*metrics, *few, *parts),
        None => (&[][..], &[][..], &[][..]),
    };
    let population = kind.behind(main).map_or(&[][..], |behind| behind.population);
    Sheet { base, title, about, main, population, metrics, few, parts }
}

/// The section, its figures, its tables of few rows, the parts of a whole among its figures.
type Entry = (&'static str, &'static [Metric], &'static [&'static str], &'static [&'static str]);

const fn counter(figure: &'static str, name: &'static str, help: &'static str) -> Metric {
    Metric::counter(figure, name, help)
}

const fn gauge(figure: &'static str, name: &'static str, help: &'static str) -> Metric {
    Metric::gauge(figure, name, help)
}

const SHEETS: &[Entry] = &[
    (
        "",
        &[
            counter("records", "aggregation_records", "Records that an aggregation counts"),
            counter("unusable", "aggregation_unusable", "Records whose value is no number"),
            gauge("distinct", "aggregation_distinct", "Different values of a field"),
        ],
        &[],
        &[],
    ),
    (
        "level",
        &[
            counter("records", "level_records", "Records of all levels"),
            counter("levels.records", "records", "Records by level"),
        ],
        &["levels"],
        &[],
    ),
    (
        "module",
        &[
            gauge("distinct", "modules", "Different modules"),
            counter("records", "module_all_records", "Records of all modules"),
            counter("modules.records", "module_records", "Records by module"),
            counter(
                "modules.errors",
                "module_errors",
                "Records of level ERROR and CRITICAL by module",
            ),
        ],
        &["modules"],
        &[],
    ),
    (
        "logger",
        &[
            gauge("distinct", "loggers", "Different loggers"),
            counter("records", "logger_all_records", "Records of all loggers"),
            counter("loggers.records", "logger_records", "Records by logger"),
            counter(
                "loggers.errors",
                "logger_errors",
                "Records of level ERROR and CRITICAL by logger",
            ),
        ],
        &["loggers"],
        &[],
    ),
    (
        "errors",
        &[
            gauge("distinct", "error_messages", "Different messages of WARNING and above"),
            counter(
                "messages.records",
                "error_message_records",
                "Records by message of WARNING and above",
            ),
        ],
        &[],
        &[],
    ),
    (
        "client",
        &[
            gauge("distinct", "clients", "Different clients"),
            counter("clients.records", "client_records", "Records by client"),
            counter(
                "clients.errors",
                "client_errors",
                "Records of level ERROR and CRITICAL by client",
            ),
            counter("clients.sessions", "client_sessions", "Ended sessions by client"),
            counter("clients.failed", "client_sessions_failed", "Failed sessions by client"),
            counter("clients.connects", "client_connects", "Connects by client"),
            counter("clients.reconnections", "client_reconnections", "Reconnections by client"),
        ],
        &[],
        &[],
    ),
    (
        "hourly",
        &[
            counter("hours.records", "hour_records", "Records by hour of the day"),
            counter(
                "hours.errors",
                "hour_errors",
                "Records of level ERROR and CRITICAL by hour of the day",
            ),
        ],
        &["hours"],
        &[],
    ),
    (
        "error-rate",
        &[
            counter("records", "error_rate_records", "Records that the error ratio is about"),
            counter("errors", "error_records", "Records of level ERROR and CRITICAL"),
            gauge("ratio", "error", "Share of ERROR and CRITICAL among all records"),
        ],
        &[],
        &[],
    ),
    (
        "session-failure",
        &[
            counter("started", "sessions_started", "Sessions that started"),
            counter("completed", "sessions_completed", "Sessions that were completed"),
            counter("failed", "sessions_failed", "Sessions that failed"),
            counter("cancelled", "sessions_cancelled", "Sessions that were cancelled"),
            gauge("unfinished", "sessions_unfinished", "Sessions that started and did not end"),
            counter(
                "ends_without_start",
                "session_ends_without_start",
                "Ends of sessions whose start is not in the log",
            ),
            counter(
                "agent_failed",
                "sessions_agent_failed",
                "Completed sessions whose agent did not succeed",
            ),
            counter(
                "orphaned",
                "sessions_orphaned",
                "Sessions whose client went away while they were open",
            ),
            gauge("ratio", "session_failure", "Share of failed and cancelled among ended sessions"),
            gauge(
                "agent_ratio",
                "session_agent_failure",
                "Share of completed sessions whose agent did not succeed",
            ),
            gauge("open", "sessions_open", "Sessions that are open"),
            gauge("oldest_open_seconds", "oldest_open_session", "Age of the oldest open session"),
        ],
        &[],
        &["completed", "failed", "cancelled", "unfinished"],
    ),
    (
        "connections",
        &[
            counter("connects", "connects", "Clients that connected"),
            counter("disconnects", "disconnects", "Clients that disconnected"),
            counter(
                "reconnections",
                "reconnections",
                "Connects of clients that had been there before",
            ),
            counter("refused", "registrations_refused", "Registrations that the server refused"),
            gauge("clients_online", "clients_online", "Clients that are online"),
            gauge("devices_online", "devices_online", "Devices that are online"),
            gauge(
                "peak_online",
                "clients_online_peak",
                "The most clients that were online at once",
            ),
            gauge("stability", "connection_stability", "1 less the disconnects for each connect"),
            counter(
                "codes.disconnects",
                "disconnects_by_code",
                "Disconnects by the code of the close",
            ),
            gauge(
                "sources.clients_online",
                "source_clients_online",
                "Clients that are online by source",
            ),
            gauge(
                "sources.peak_online",
                "source_clients_online_peak",
                "The most clients that were online at once by source",
            ),
            counter(
                "flaky.reconnections",
                "flaky_client_reconnections",
                "Reconnections of clients that had three or more",
            ),
        ],
        &["codes"],
        &[],
    ),
    (
        "throughput",
        &[
            counter("records", "throughput_records", "Records that the throughput is about"),
            gauge("records_per_second", "records_per_second", "Records in a second, on average"),
            gauge("tasks_per_minute", "tasks_per_minute", "Ended sessions in a minute, on average"),
            gauge(
                "peak_tasks_per_minute",
                "tasks_per_minute_peak",
                "The most sessions that ended in a minute",
            ),
            gauge(
                "peak_start",
                "tasks_per_minute_peak_start",
                "When the minute began in which the most sessions ended",
            ),
        ],
        &[],
        &[],
    ),
    (
        "latency",
        &[
            gauge("session", "session_duration", "How long sessions ran"),
            gauge("health", "health_check_duration", "How long health checks took"),
        ],
        &[],
        &[],
    ),
    (
        "health",
        &[
            counter("checks", "health_checks", "Health checks"),
            counter("failures", "health_check_failures", "Health checks that failed"),
            gauge(
                "consecutive_failures",
                "health_check_consecutive_failures",
                "Health checks that failed since the last good one",
            ),
            gauge(
                "longest_failure_run",
                "health_check_longest_failure_run",
                "The most health checks that failed one after the other",
            ),
            gauge("availability", "availability", "Share of health checks that were good"),
            gauge("uptime_seconds", "uptime", "How long health checks have been good"),
        ],
        &[],
        &[],
    ),
    (
        "http",
        &[
            counter("requests", "http_all_requests", "HTTP requests"),
            counter(
                "server_errors",
                "http_server_errors",
                "HTTP requests that were answered by 500 or above",
            ),
            counter("statuses.requests", "http_requests", "HTTP requests by status"),
        ],
        &["statuses"],
        &[],
    ),
    (
        "input",
        &[
            counter("lines", "lines", "Lines of the input"),
            counter("records", "input_records", "Lines that are records"),
            counter("malformed", "malformed_lines", "Lines that could not be read"),
            counter("oversize", "oversize_lines", "Lines that were too long to be read"),
            counter("blank", "blank_lines", "Lines with nothing on them"),
            counter("repaired", "repaired_records", "Records whose encoding was mended"),
            counter(
                "duplicate_keys",
                "duplicate_key_records",
                "Records with a key that comes twice",
            ),
            counter("undated", "undated_records", "Records without a time"),
            counter("late", "late_records", "Records that came too late for their window"),
            counter(
                "own_alerts",
                "own_alert_records",
                "Records that are alerts of ufo-logscan itself",
            ),
            counter("possible_losses", "possible_losses", "Times that lines may have been lost"),
            counter("bytes", "input_bytes", "Bytes of the input"),
            gauge("first", "first_record", "When the first record was written"),
            gauge("last", "last_record", "When the last record was written"),
            gauge("silence_seconds", "longest_silence", "The longest time without a record"),
            gauge("malformed_ratio", "malformed", "Share of lines that could not be read"),
            counter("reasons.lines", "parse_errors", "Lines that could not be read, by reason"),
            counter("files.lines", "file_lines", "Lines by file"),
        ],
        &["reasons"],
        &[],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::{KINDS, Setup, View};
    use crate::summary::Body;

    /// Comes with several sources only.
    const SOMETIMES: &str = "sources";

    /// A figure that was renamed would leave its name behind.
    #[test]
    fn sheets_speak_of_figures_that_there_are() {
        for (name, metrics, few, parts) in SHEETS.iter().filter(|(name, ..)| !name.is_empty()) {
            let kind = KINDS.iter().find(|kind| kind.name == *name).expect(name);
            let body = (kind.make)(&Setup::default()).summarize(&View::default());
            let Body::Figures { scalars, tables } = &body else { panic!("{name}") };
            let is_scalar = |figure: &str| {
                let state = (kind.make)(&Setup::default());
                state.figure(figure, &View::default()).is_some()
                    || scalars.iter().any(|scalar| {
                        scalar.name == figure || scalar.name.starts_with(&format!("{figure}."))
                    })
            };
            let is_column = |figure: &str| {
                figure.split_once('.').is_some_and(|(table, column)| {
                    table == SOMETIMES
                        || tables.iter().any(|t| t.name == table && t.columns.contains(&column))
                })
            };
            for metric in *metrics {
                assert!(is_scalar(metric.figure) || is_column(metric.figure), "{name} {metric:?}");
                assert!(metric.help.len() < 80 && !metric.help.ends_with('.'), "{metric:?}");
            }
            for table in *few {
                assert!(tables.iter().any(|found| found.name == *table), "{name} {table}");
            }
            assert!(parts.iter().all(|part| is_scalar(part)), "{name} {parts:?}");
        }
    }

    #[test]
    fn no_name_stands_for_two_figures() {
        let mut names: Vec<&str> =
            SHEETS.iter().flat_map(|(_, metrics, ..)| *metrics).map(|metric| metric.name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
