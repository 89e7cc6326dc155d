//! A strict reader of Prometheus's text format 0.0.4 and of `OpenMetrics`: it takes what the
//! program writes and nothing that a scraper could read in another way.

use std::collections::{BTreeMap, BTreeSet};

pub(crate) type Labels = BTreeMap<String, String>;

#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: Labels,
    pub(crate) value: f64,
}

#[derive(Debug, Default)]
pub(crate) struct Family {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) unit: Option<String>,
    pub(crate) samples: Vec<Sample>,
}

/// The families of a page, or what is wrong with it.
pub(crate) fn read(page: &str, open_metrics: bool) -> Result<Vec<Family>, String> {
    let body = if open_metrics {
        page.strip_suffix("# EOF\n").ok_or("no # EOF at the end")?
    } else {
        page
    };
    if !body.is_empty() && !body.ends_with('\n') {
        return Err("the last line does not end".to_owned());
    }
    let mut families: Vec<Family> = Vec::new();
    for line in body.split_terminator('\n') {
        if line.is_empty() || line.chars().any(char::is_control) {
            return Err(format!("a line that is empty or holds control characters: {line:?}"));
        }
        if let Some(about) = line.strip_prefix("# ") {
            describe(about, open_metrics, &mut families)?;
            continue;
        }
        let sample = sample(line)?;
        let family = families.last_mut().ok_or("a sample before any family")?;
        family.samples.push(sample);
    }
    families.iter().try_for_each(|family| check(family, open_metrics))?;
    let names: BTreeSet<&str> = families.iter().map(|family| family.name.as_str()).collect();
    if names.len() < families.len() {
        return Err("a family comes twice".to_owned());
    }
    Ok(families)
}

fn describe(about: &str, open_metrics: bool, families: &mut Vec<Family>) -> Result<(), String> {
    let mut words = about.splitn(3, ' ');
    let (what, name, rest) = (words.next(), words.next(), words.next());
    let (Some(what), Some(name), Some(rest)) = (what, name, rest) else {
        return Err(format!("not a description: {about}"));
    };
    // The first line of a family is its help in one format and its type in the other.
    let first = if open_metrics { "TYPE" } else { "HELP" };
    if what == first {
        families.push(Family { name: name.to_owned(), ..Family::default() });
    }
    let family =
        families.last_mut().filter(|family| family.name == name && family.samples.is_empty());
    let family = family.ok_or_else(|| format!("out of its place: {about}"))?;
    match what {
        "TYPE" if family.kind.is_empty() => rest.clone_into(&mut family.kind),
        "UNIT" if open_metrics && family.unit.is_none() => family.unit = Some(rest.to_owned()),
        "HELP" => {}
        _ => return Err(format!("unknown or repeated: {about}")),
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && name.chars().all(fits) && !name.starts_with(|c: char| c.is_ascii_digit())
}

fn sample(line: &str) -> Result<Sample, String> {
    let wrong = |what: &str| format!("{what}: {line}");
    let end = line.find(['{', ' ']).ok_or_else(|| wrong("no value"))?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = Labels::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_once("=\"").ok_or_else(|| wrong("no label"))?;
            let (value, after) = quoted(after).ok_or_else(|| wrong("an open quote"))?;
            if !is_name(label) || label.starts_with("__") {
                return Err(wrong("a bad label"));
            }
            if labels.insert(label.to_owned(), value).is_some() {
                return Err(wrong("a label that comes twice"));
            }
            match (after.strip_prefix(','), after.strip_prefix('}')) {
                (Some(after), _) => rest = after,
                (_, Some(after)) => {
                    rest = after;
                    break;
                }
                _ => return Err(wrong("labels do not end")),
            }
        }
    }
    let value = rest.strip_prefix(' ').ok_or_else(|| wrong("no value"))?;
    // No time, no exemplar: the textfile collector takes neither.
    let value: f64 = value.parse().map_err(|_| wrong("no number"))?;
    if !is_name(name) || !value.is_finite() {
        return Err(wrong("a bad name or number"));
    }
    Ok(Sample { name: name.to_owned(), labels, value })
}

/// What stands before the closing quote, and what behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                c @ ('\\' | '"') => value.push(c),
                _ => return None,
            },
            c => value.push(c),
        }
    }
    None
}

fn check(family: &Family, open_metrics: bool) -> Result<(), String> {
    let Family { name, kind, unit, samples } = family;
    let mut seen = BTreeSet::new();
    for sample in samples {
        let suffix = sample.name.strip_prefix(name.as_str()).unwrap_or("?");
        let fits = match (kind.as_str(), open_metrics) {
            ("counter", true) => suffix == "_total",
            ("counter", false) => suffix.is_empty() && name.ends_with("_total"),
            ("gauge", _) => suffix.is_empty() && !name.ends_with("_total"),
            ("summary", _) => match suffix {
                "" => sample.labels.contains_key("quantile"),
                suffix => ["_sum", "_count"].contains(&suffix),
            },
            ("info", true) => suffix == "_info" && (sample.value - 1.0).abs() < f64::EPSILON,
            _ => false,
        };
        if !fits {
            return Err(format!("{} is no sample of the {kind} {name}", sample.name));
        }
        if !seen.insert((&sample.name, &sample.labels)) {
            return Err(format!("{} comes twice with {:?}", sample.name, sample.labels));
        }
    }
    if kind.is_empty() || samples.is_empty() {
        return Err(format!("{name} has no type or no sample"));
    }
    match unit {
        Some(unit) if !name.ends_with(&format!("_{unit}")) => {
            Err(format!("{name} is not in {unit}"))
        }
        _ => Ok(()),
    }
}

#[test]
fn the_reader_refuses_what_is_wrong() {
    let page = "# HELP a b\n# TYPE a gauge\na{x=\"1\\\"\\\\\\n\"} 1\na 2.5\n";
    let families = read(page, false).unwrap();
    assert_eq!(families[0].samples[0].labels["x"], "1\"\\\n");
    for (from, to) in [
        ("a 2.5", "a NaN"),
        ("a 2.5", "a 2.5 1700000000"),
        ("a 2.5", "b 2.5"),
        ("a 2.5\n", "a 2.5"),
        ("a 2.5", "a{x=\"1\\\"\\\\\\n\"} 2"),
        ("\\\"", "\""),
        ("gauge", "counter"),
        ("# TYPE a gauge\n", ""),
        ("x=", "0x="),
    ] {
        assert!(read(&page.replace(from, to), false).is_err(), "{from} {to}");
    }
    assert!(read(page, true).is_err());
    assert!(read("# TYPE a counter\na_total 1\n# EOF\n", true).is_ok());
    assert!(read("# TYPE a counter\na 1\n# EOF\n", true).is_err());
}
