//! Help: every key, what the marks mean, and what exactly a filter and a condition do.

use ratatui::text::Span;

use super::pages::Pen;
use super::words::Ink;

const KEYS: [(&str, &str); 10] = [
    ("q  Ctrl-C", "quit: the final report is printed"),
    ("Tab  r", "the report as it would be printed now; Esc goes back"),
    ("p  space", "let the screen stand still; reading goes on"),
    ("/", "show only rows of the tables with a text, in any case"),
    ("w", "figures and tables of chosen records only, from now on"),
    ("s  m", "sort clients, sort messages; ▼ marks the column"),
    ("+  -", "how long a column of the graphs is"),
    ("up down", "scroll the report"),
    ("Ctrl-Z", "suspend; the screen comes back with fg"),
    ("?", "this page"),
];

const TEXTS: [&str; 17] = [
    "A filter (/) hides rows and changes no figure: what it finds is found among all rows, and",
    "beside the name of a table stands how many there are.",
    "",
    "A condition (w) is one of `where` in docs/aggregations.md, such as",
    "    level >= ERROR      client == \"device_1\"      message contains \"timeout\"",
    "It begins with the next record: nothing that was read before is in these figures. Alerts,",
    "graphs and the counts in the second line go on to be of everything, and so is the report",
    "at the end. An empty condition brings back the figures of everything.",
    "",
    "Graphs show the time of the records. Bars go from nothing to what is said at their right;",
    "· are records without an error, and where nothing stands there was no record.",
    "",
    "Red: errors, failures, what is critical. Yellow: warnings. Green: what works. Each of them",
    "is said in words, too. In narrow tables C, E and W are CRITICAL, ERROR and WARNING.",
    "Bad sessions are those that failed or were cancelled.",
    "",
    "Alerts are those of the built-in rules; `ufo-logscan watch` has yours, and tells others.",
];

pub(super) fn lines(pen: &Pen<'_>) -> Vec<Vec<Span<'static>>> {
    let mut lines = vec![vec![Span::raw("")]];
    for (keys, does) in KEYS {
        lines.push(vec![pen.ink(Ink::Key, format!("  {keys:<11}")), Span::raw(does)]);
    }
    lines.push(vec![Span::raw("")]);
    lines.extend(TEXTS.map(|text| vec![Span::raw(format!("  {text}"))]));
    lines
}
