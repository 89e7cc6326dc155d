//! The texts of an event, made fit to leave the program: secrets masked, lengths bounded.
//!
//! It knows no format. How much room there is, a format says by writing the texts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::alert::{ALERTNAME, Event, SEVERITY};
use crate::escape::mask;

/// How many bytes the value of a label has at most.
const MAX_LABEL: usize = 256;
/// What stands in the place of a value whose name says that it is a secret.
const MASK: &str = "***";

pub(super) type Labels = BTreeMap<String, String>;

/// The texts of an event, masked.
#[derive(Default)]
pub(super) struct Texts {
    pub(super) message: String,
    /// Those that have a value: to Alertmanager the others are none.
    pub(super) labels: Labels,
    pub(super) annotations: Labels,
    pub(super) dedup_key: String,
}

/// How much of the texts is written, in bytes of a text; `pairs` is how many labels are, besides
/// `alertname` and `severity`.
#[derive(Clone, Copy)]
struct Caps {
    annotation: usize,
    message: usize,
    label: usize,
    pairs: usize,
}

/// One of the caps.
type Cap = fn(&mut Caps) -> &mut usize;

/// What is cut, in this order, and how short it may get before the next one is cut: what only
/// explains goes first, and who the alert is goes last.
const STAGES: [(Cap, usize); 4] = [
    (|caps| &mut caps.annotation, 0),
    (|caps| &mut caps.message, 160),
    (|caps| &mut caps.label, 16),
    (|caps| &mut caps.pairs, 0),
];

impl Texts {
    pub(super) fn of(event: &Event) -> Texts {
        let masked = |pairs: &Labels| -> Labels {
            pairs.iter().map(|(n, v)| (mask(n).into_owned(), masked(n, v).into_owned())).collect()
        };
        let mut labels = masked(&event.labels);
        labels.retain(|_, value| !value.is_empty());
        Texts {
            message: mask(&event.message).into_owned(),
            labels,
            annotations: masked(&event.annotations),
            dedup_key: dedup_key(event),
        }
    }

    /// Appends what `write` makes of the texts, cut as little as is needed to make it at most
    /// `limit` bytes.
    ///
    /// `write` must give more bytes for more text. A limit below some 3,000 bytes may be too
    /// small for what is never cut.
    pub(super) fn write_within(
        &self,
        limit: usize,
        out: &mut Vec<u8>,
        write: impl Fn(&Texts, &mut Vec<u8>),
    ) {
        let caps = self.caps(limit, &write);
        write(&self.cut(caps), out);
    }

    /// Cuts the labels until what `write` makes of them alone has at most `limit` bytes: the
    /// same, whatever else there is to write.
    pub(super) fn settle_labels(&mut self, limit: usize, write: impl Fn(&Labels, &mut Vec<u8>)) {
        let mut alone = Texts { labels: std::mem::take(&mut self.labels), ..Texts::default() };
        alone = alone.cut(alone.caps(limit, |texts, out| write(&texts.labels, out)));
        self.labels = alone.labels;
    }

    /// The most that fits: all, or everything up to the stage at which it begins to fit.
    fn caps(&self, limit: usize, write: impl Fn(&Texts, &mut Vec<u8>)) -> Caps {
        let mut written = Vec::new();
        let mut fits = |caps: Caps| {
            written.clear();
            write(&self.cut(caps), &mut written);
            written.len() <= limit
        };
        let pairs = self.labels.len();
        let mut caps = Caps { annotation: limit, message: limit, label: MAX_LABEL, pairs };
        if fits(caps) {
            return caps;
        }
        for (part, floor) in STAGES {
            let too_much = std::mem::replace(part(&mut caps), floor);
            if fits(caps) {
                let enough = greatest(floor, too_much, |size| {
                    *part(&mut caps) = size;
                    fits(caps)
                });
                *part(&mut caps) = enough;
                return caps;
            }
        }
        caps
    }

    fn cut(&self, caps: Caps) -> Texts {
        let short = |(name, value): (&String, &String), bytes| {
            (name.clone(), cut(value, bytes).into_owned())
        };
        let mut others = 0;
        let is_kept = |(name, _): &(&String, &String)| {
            let is_other = *name != ALERTNAME && *name != SEVERITY;
            others += usize::from(is_other);
            !is_other || others <= caps.pairs
        };
        let labels = self.labels.iter().filter(is_kept);
        let annotations = self.annotations.iter().filter(|_| caps.annotation > 0);
        Texts {
            message: cut(&self.message, caps.message).into_owned(),
            labels: labels.map(|pair| short(pair, caps.label)).collect(),
            annotations: annotations.map(|pair| short(pair, caps.annotation)).collect(),
            dedup_key: self.dedup_key.clone(),
        }
    }
}

/// The greatest number from `low`, which fits, to below `high`, which does not.
fn greatest(mut low: usize, mut high: usize, mut fits: impl FnMut(usize) -> bool) -> usize {
    while high > low + 1 {
        let middle = low.midpoint(high);
        if fits(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// A text of at most so many bytes, with `…` at its end where it was cut.
pub(super) fn cut(text: &str, bytes: usize) -> Cow<'_, str> {
    if text.len() <= bytes {
        return Cow::Borrowed(text);
    }
    match bytes.checked_sub('…'.len_utf8()) {
        Some(left) => Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(left)])),
        None => Cow::Borrowed(""),
    }
}

/// A value as it may be shown under its name: under that of a secret, not at all.
fn masked<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    let assigned = format!("{name}=x");
    let is_secret = mask(&assigned) != assigned;
    if is_secret && !value.is_empty() { Cow::Borrowed(MASK) } else { mask(value) }
}

/// The key of an incident; if there is a secret in it, the rule and a number, which stands for
/// the rest.
fn dedup_key(event: &Event) -> String {
    let key = event.dedup_key();
    let is_shown = |(name, value): (&String, &String)| masked(name, value) == value.as_str();
    if event.group.iter().all(is_shown) && mask(&key) == key {
        return key;
    }
    let rule = mask(key.split('/').next().unwrap_or_default());
    format!("{}/{:016x}", cut(&rule, 200), event.dedup_hash())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_characters() {
        for (bytes, meant) in
            [(9, "aé设bc"), (8, "aé设bc"), (7, "aé…"), (6, "aé…"), (5, "a…"), (3, "…"), (2, "")]
        {
            assert_eq!(cut("aé设bc", bytes), meant, "{bytes}");
            assert!(cut("aé设bc", bytes).len() <= bytes);
        }
    }

    #[test]
    fn names_tell_secrets() {
        assert_eq!(masked("token", "two words"), "***");
        assert_eq!(masked("X-API-Key", "abc"), "***");
        assert_eq!(masked("token", ""), "");
        assert_eq!(masked("max_tokens", "512"), "512");
        assert_eq!(masked("url", "/ws?token=abc&x=1"), "/ws?token=***&x=1");
    }

    fn sample(annotation: &str, message: &str, label: &str) -> Texts {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Texts {
            message: message.to_owned(),
            labels: [
                pair("alertname", "A"),
                pair("a", label),
                pair("b", "b"),
                pair("severity", "x"),
            ]
            .into(),
            annotations: [pair("summary", annotation)].into(),
            dedup_key: String::new(),
        }
    }

    fn plain(texts: &Texts, out: &mut Vec<u8>) {
        out.extend(texts.message.bytes());
        for (name, value) in texts.labels.iter().chain(&texts.annotations) {
            out.extend(name.bytes().chain(value.bytes()));
        }
    }

    fn within(texts: &Texts, limit: usize) -> String {
        let mut out = Vec::new();
        texts.write_within(limit, &mut out, plain);
        assert!(out.len() <= limit, "{} bytes", out.len());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn annotations_are_cut_before_the_message_and_that_before_labels() {
        let texts = sample(&"s".repeat(300), &"m".repeat(300), &"l".repeat(200));
        let all = within(&texts, 900);
        assert_eq!(all.len(), 829);
        assert!(!all.contains('…'));
        let line = within(&texts, 800);
        assert!(line.len() == 800 && line.ends_with("sss…") && line.matches('…').count() == 1);
        let line = within(&texts, 450);
        assert!(line.len() == 450 && !line.contains("summary") && line.contains("mm…a"), "{line}");
        let line = within(&texts, 250);
        assert!(line.len() == 250 && line.contains("ll…alertnameAbb"), "{line}");
        let line = within(&texts, 185);
        assert!(line.ends_with("…alertnameAseverityx"), "{line}");
    }

    #[test]
    fn settled_labels_do_not_depend_on_the_rest() {
        let settled = |mut texts: Texts| {
            texts.settle_labels(100, |labels, out| {
                out.extend(labels.values().flat_map(|value| value.bytes()));
            });
            texts.labels
        };
        let labels = settled(sample("", "", &"l".repeat(500)));
        assert_eq!(labels["a"].len(), 97);
        assert_eq!(labels, settled(sample(&"s".repeat(5000), &"m".repeat(5000), &"l".repeat(500))));
    }
}
