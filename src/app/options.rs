//! What was typed, resolved: names looked up, numbers and times read, files of settings opened.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::aggregate::{ErrorsBy, Plan, Setup};
use crate::cli::{EnvelopesArg, ErrorsByArg, InputArgs, ReportArgs};
use crate::error::{Error, Result, nearest};
use crate::event::Profile;
use crate::expr::{parse_aggregation, parse_duration};
use crate::parse::{self, Envelopes, Simd};
use crate::record::{FieldNames, Needs, Seed, Standard, Timestamp, Zone};
use crate::source::{Plan as Sources, PlanOptions, plan};

/// Everything about reading records.
pub(super) struct Reading {
    pub(super) profile: Profile,
    pub(super) names: FieldNames,
    pub(super) assume: Zone,
    pub(super) max_line: usize,
    pub(super) simd: Simd,
}

impl Reading {
    pub(super) fn new(args: &InputArgs) -> Result<Reading> {
        Ok(Reading {
            profile: profile(&args.profile, Path::new(&args.profile))?,
            names: field_names(&args.fields)?,
            assume: zone("--assume-tz", &args.assume_tz)?,
            max_line: bytes("--max-line", &args.max_line)?,
            simd: simd(args.simd.as_deref())?,
        })
    }

    /// How records are read; nobody has asked for fields yet.
    pub(super) fn parsing(&self, args: &InputArgs) -> parse::Options {
        let Reading { names, assume, max_line, simd, .. } = self;
        parse::Options {
            names: names.clone(),
            needs: Needs::default(),
            zone: *assume,
            strict: args.strict,
            max_line: *max_line,
            envelopes: envelopes(args.input),
            simd: *simd,
        }
    }
}

fn envelopes(arg: EnvelopesArg) -> Envelopes {
    match arg {
        EnvelopesArg::Auto => Envelopes::Auto,
        EnvelopesArg::Json => Envelopes::Json,
        EnvelopesArg::FluentBit => Envelopes::FluentBit,
        EnvelopesArg::Docker => Envelopes::Docker,
        EnvelopesArg::Vector => Envelopes::Vector,
        EnvelopesArg::Cri => Envelopes::Cri,
        EnvelopesArg::Journald => Envelopes::Journald,
        EnvelopesArg::Text => Envelopes::Text,
    }
}

/// What the paths mean; standard input without any.
pub(super) fn sources(
    paths: &[PathBuf],
    keep_order: bool,
    parsing: &parse::Options,
) -> Result<Sources> {
    let stdin = [PathBuf::from("-")];
    let paths = if paths.is_empty() { &stdin[..] } else { paths };
    let first_time = |head: &[u8]| parse::first_timestamp(head, parsing);
    plan(paths, &PlanOptions { keep_order, first_time: &first_time })
}

/// The setup of all aggregators.
pub(super) fn setup(args: &ReportArgs, profile: &Profile, sources: Arc<[String]>) -> Result<Setup> {
    let zone = zone("--tz", &args.tz)?;
    let (since, until) = span(args.since.as_deref(), args.until.as_deref(), zone)?;
    Ok(Setup {
        seed: seed(),
        max_keys: args.max_keys,
        zone,
        errors_by: match args.errors_by {
            ErrorsByArg::Template => ErrorsBy::Template,
            ErrorsByArg::Prefix => ErrorsBy::Prefix,
        },
        message_levels: profile.message_levels().to_vec(),
        nested: false,
        sources,
        since,
        until,
    })
}

/// The stretch of time of `--since` and `--until`.
pub(super) fn span(
    since: Option<&str>,
    until: Option<&str>,
    zone: Zone,
) -> Result<(Option<Timestamp>, Option<Timestamp>)> {
    let since = since.map(|text| instant("--since", text, zone)).transpose()?;
    let until = until.map(|text| instant("--until", text, zone)).transpose()?;
    match (since, until) {
        (Some(since), Some(until)) if until <= since => {
            Err(Error::usage("--until is not after --since").hint("there is nothing between them"))
        }
        span => Ok(span),
    }
}

/// The plans of what `--agg` asks for: each value is one aggregation, or a list of names.
pub(super) fn plans(texts: &[String], setup: &Setup, needs: &mut Needs) -> Result<Vec<Plan>> {
    if texts.is_empty() {
        return Ok(Plan::all(setup));
    }
    let mut plans = Vec::new();
    for text in texts {
        let names: Vec<&str> = text.split(',').map(str::trim).collect();
        let list = names.len() > 1 && names.iter().all(|name| is_word(name));
        let parts = if list { names } else { vec![text.as_str()] };
        for part in parts {
            let aggregation = parse_aggregation(part).map_err(|error| {
                let listed = text.split(',').next().is_some_and(|first| is_word(first.trim()));
                if !listed || list || !text.contains(',') {
                    return error;
                }
                error.hint("a list may hold bare names only: give --agg once for each aggregation")
            })?;
            plans.push(Plan::new(aggregation, setup, needs)?);
        }
    }
    Ok(plans)
}

/// A lone word is a section's name, known or not; `by a, b` has more than that.
fn is_word(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// What messages mean unless somebody says otherwise.
pub(super) const PROFILE: &str = "ufo";

/// A profile by its name; `path` is the file that it may mean.
pub(super) fn profile(name: &str, path: &Path) -> Result<Profile> {
    if let Some(profile) = Profile::named(name) {
        return Ok(profile);
    }
    let text = std::fs::read_to_string(path).map_err(|cause| {
        let error = Error::io(format!("cannot read the profile {name}"), &cause);
        match nearest(name, ["ufo", "page"]) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("built-in profiles are `ufo` and `page`; others are TOML files"),
        }
    })?;
    Profile::from_toml(&text, name)
}

fn field_names(renames: &[String]) -> Result<FieldNames> {
    let mut names = FieldNames::default();
    let known = || Standard::ALL.iter().map(|(_, name, _)| *name);
    for rename in renames {
        let Some((field, key)) = rename.split_once('=').filter(|(_, key)| !key.is_empty()) else {
            return Err(Error::usage(format!("--field {rename} names no key"))
                .hint("write it as --field level=severity"));
        };
        let Some((standard, ..)) = Standard::ALL.iter().find(|(_, name, _)| *name == field) else {
            let error = Error::usage(format!("--field {rename}: there is no field `{field}`"));
            return Err(match nearest(field, known()) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => {
                    error.hint(format!("fields are {}", known().collect::<Vec<_>>().join(", ")))
                }
            });
        };
        names.rename(*standard, key);
    }
    Ok(names)
}

pub(super) fn zone(option: &str, text: &str) -> Result<Zone> {
    text.parse().map_err(|fault: String| Error::usage(format!("{option}: {fault}")))
}

/// A size in bytes with an optional K, M or G (of 1024).
fn bytes(option: &str, text: &str) -> Result<usize> {
    let wrong = || {
        Error::usage(format!("{option} {text} is no size"))
            .hint("write bytes from 1 to 1G, as 65536, 64K or 1M")
    };
    let (digits, unit) = match text.char_indices().last() {
        Some((at, 'k' | 'K')) => (&text[..at], 1 << 10),
        Some((at, 'm' | 'M')) => (&text[..at], 1 << 20),
        Some((at, 'g' | 'G')) => (&text[..at], 1 << 30),
        _ => (text, 1),
    };
    let number: usize = digits.parse().map_err(|_| wrong())?;
    number.checked_mul(unit).filter(|n| (1..=1 << 30).contains(n)).ok_or_else(wrong)
}

/// The kind of processor to parse for: the best that this one is, unless said otherwise.
fn simd(name: Option<&str>) -> Result<Simd> {
    let Some(name) = name else { return Ok(Simd::detect()) };
    let names = Simd::ALL.map(|(_, name)| name).join(", ");
    match Simd::ALL.iter().find(|(_, known)| *known == name) {
        Some((simd, _)) if simd.is_available() => Ok(*simd),
        Some(_) => Err(Error::usage(format!("--simd {name}: this processor cannot do that"))
            .hint("leave the option out: the best kind is found")),
        None => Err(Error::usage(format!("--simd {name} is no kind of processor"))
            .hint(format!("there are {names}"))),
    }
}

/// How many threads parse and count: one for each core unless said otherwise.
pub(super) fn threads(number: Option<usize>) -> Result<usize> {
    const MOST: usize = 1024;
    match number {
        None => Ok(std::thread::available_parallelism().map_or(1, |n| n.get().min(MOST))),
        Some(number @ 1..=MOST) => Ok(number),
        Some(number) => Err(Error::usage(format!("--threads {number} is no number of threads"))
            .hint("write one from 1 to 1024, or leave it out: then there is one for each core")),
    }
}

/// An instant of `--since` or `--until`: a timestamp, a day, or a duration before now.
fn instant(option: &str, text: &str, zone: Zone) -> Result<Timestamp> {
    let day = || Timestamp::from_text(&format!("{text}T00:00:00"), &zone);
    let ago = || {
        let micros = parse_duration(text)?;
        Some(Timestamp::from_micros(now()?.micros().checked_sub(micros)?))
    };
    Timestamp::from_text(text, &zone).or_else(day).or_else(ago).ok_or_else(|| {
        Error::usage(format!("{option} {text} is no time")).hint(
            "write a timestamp (2026-11-22T06:00, with Z or an offset if it is not in --tz), \
             a day (2026-11-22), or a duration before now (90m, 2h, 7d)",
        )
    })
}

#[expect(clippy::disallowed_methods, reason = "`--since 2h` means: before now")]
fn now() -> Option<Timestamp> {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(elapsed.as_micros()).ok().map(Timestamp::from_micros)
}

/// The standard library draws it from the system.
pub(super) fn seed() -> Seed {
    Seed(RandomState::new().build_hasher().finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_and_bounds() {
        assert_eq!(bytes("--max-line", "64K").unwrap(), 65_536);
        assert_eq!(bytes("--max-line", "1M").unwrap(), 1 << 20);
        for wrong in ["", "K", "0", "2G", "-1", "1.5M", "1 M"] {
            assert!(bytes("--max-line", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn there_is_at_least_one_thread() {
        assert!(threads(None).unwrap() > 0);
        assert_eq!((threads(Some(1)).unwrap(), threads(Some(1024)).unwrap()), (1, 1024));
        assert!(simd(Some("portable")).is_ok() && simd(Some("fast")).is_err());
        assert!(threads(Some(0)).is_err() && threads(Some(1025)).is_err());
    }

    #[test]
    fn instants_are_times_days_or_ago() {
        let at = |text| instant("--since", text, "+01:00".parse().unwrap()).map(|t| t.to_string());
        assert_eq!(at("2026-11-22").unwrap(), "2026-11-21T23:00:00.000Z");
        assert_eq!(at("2026-11-22T06:00").unwrap(), "2026-11-22T05:00:00.000Z");
        assert_eq!(at("2026-11-22T06:00Z").unwrap(), "2026-11-22T06:00:00.000Z");
        assert!(at("2h").is_ok());
        assert!(at("yesterday").unwrap_err().to_string().contains("--since yesterday is no time"));
    }

    #[test]
    fn fields_are_renamed() {
        assert!(field_names(&["level=severity".to_owned()]).is_ok());
        let error = field_names(&["levle=severity".to_owned()]).unwrap_err().to_string();
        assert!(error.ends_with("did you mean `level`?"), "{error}");
        assert!(field_names(&["level".to_owned()]).is_err());
    }
}
