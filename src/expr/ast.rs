//! What an expression is once it has been read.

use regex::Regex;

use crate::record::{FieldPath, FieldSlot, Level, Timestamp, Zone};

/// Something that a subject may have a value for.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// The level; ordered.
    Level,
    /// The logger.
    Logger,
    /// The module.
    Module,
    /// The function.
    Function,
    /// The client: of a record by key or message, of a fact by what the tracker knows.
    Client,
    /// The session.
    Session,
    /// The task.
    Task,
    /// The kind of event or fact, such as `session-finished`.
    Event,
    /// How a session ended: `completed`, `failed`, `cancelled`.
    Outcome,
    /// The status of a session, health check or HTTP answer.
    Status,
    /// The file that a record stands in.
    File,
    /// The hour of the day in a zone, 0 to 23.
    Hour(Zone),
    /// The day in a zone, as `2026-11-22`.
    Day(Zone),
    /// The message.
    Message,
    /// The traceback.
    Exception,
    /// The whole line.
    Line,
    /// When it was.
    Timestamp,
    /// Any field of the record.
    Field {
        /// The way to it.
        path: FieldPath,
        /// Its column, once bound.
        slot: FieldSlot,
    },
}

/// What an aggregation computes.
#[derive(Debug, Clone, PartialEq)]
pub enum Metric {
    /// A section of the report, by name.
    Section(String),
    /// The number of records.
    Count,
    /// The sum of an operand's numbers.
    Sum(Operand),
    /// Their mean.
    Avg(Operand),
    /// The least.
    Min(Operand),
    /// The greatest.
    Max(Operand),
    /// The value below which a share of them lies; the share is within 0 and 1.
    Quantile(f64, Operand),
    /// How many different values there are.
    Distinct(Operand),
}

/// `METRIC [.FIGURE] [by KEY, …] [every DURATION] [where COND]`.
#[derive(Debug, Clone)]
pub struct Aggregation {
    /// The expression as the user wrote it, white space folded.
    pub text: String,
    /// What is computed.
    pub metric: Metric,
    /// The one figure that is meant, for rules.
    pub figure: Option<String>,
    /// The keys to group by.
    pub by: Vec<Operand>,
    /// The length of windows in microseconds: a divisor of a day, or whole days.
    pub every: Option<i64>,
    /// Which records and facts take part.
    pub filter: Option<Condition>,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `==`; `!=` is its negation.
    Equal,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `contains`
    Contains,
    /// `startswith`
    StartsWith,
}

impl Operator {
    /// As it is written.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Operator::Equal => "==",
            Operator::Less => "<",
            Operator::LessEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterEqual => ">=",
            Operator::Contains => "contains",
            Operator::StartsWith => "startswith",
        }
    }
}

/// What an operand is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A quoted text. Where a timestamp is compared: a time without an offset, until it is bound.
    Text(String),
    /// A number; percent are hundredths, durations seconds.
    Number(f64),
    /// A bare level name.
    Level(Level),
    /// An instant, where a timestamp is compared.
    Time(Timestamp),
    /// `true` or `false`.
    Bool(bool),
}

/// A condition over one subject.
#[derive(Debug, Clone)]
pub enum Condition {
    /// Both.
    And(Box<Condition>, Box<Condition>),
    /// Either.
    Or(Box<Condition>, Box<Condition>),
    /// Not.
    Not(Box<Condition>),
    /// Whether the operand has a value.
    Has(Operand),
    /// A comparison; false when the value is missing.
    Compare(Operand, Operator, Literal),
    /// `in [ … ]`; false when the value is missing.
    In(Operand, Vec<Literal>),
    /// `=~`; false when the value is missing.
    Matches(Operand, Regex),
}
