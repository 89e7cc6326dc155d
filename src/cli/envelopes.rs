//! The argument that says what is around records.

use clap::ValueEnum;

/// What is around records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EnvelopesArg {
    /// Whatever each line shows
    Auto,
    /// Nothing: a line is an object
    Json,
    /// Fluent Bit's wrappers.
    #[value(help = "{\"date\":…,\"log\":\"…\"}, {\"exec\":\"…\"}")]
    FluentBit,
    /// Docker's json-file: {"log":"…","stream":…,"time":…}
    Docker,
    /// Vector's wrapper.
    #[value(help = "{\"message\":…,\"source_type\":…}")]
    Vector,
    /// Kubernetes: TIME stdout F …
    Cri,
    /// journalctl -o json
    Journald,
    /// Python's default format: TIME - LOGGER - LEVEL - …
    Text,
}
