//! Records of Python's default format, `%(asctime)s - %(name)s - %(levelname)s - %(message)s`.
//!
//! They are written down as the object that a JSON formatter would have made of them, so that
//! everything else reads them as any other record.

use super::line::Header;
use crate::record::{FieldNames, Standard};

/// The fields that are written down.
const FIELDS: [Standard; 5] = [
    Standard::Timestamp,
    Standard::Logger,
    Standard::Level,
    Standard::Message,
    Standard::Exception,
];

/// The keys of the fields, as records have them.
#[derive(Debug)]
pub(in crate::parse) struct Keys([String; FIELDS.len()]);

impl Keys {
    pub(in crate::parse) fn new(names: &FieldNames) -> Keys {
        Keys(FIELDS.map(|field| {
            let key = names.keys().find(|(_, of, rank)| *of == field && *rank == 0);
            key.map_or(String::new(), |(key, ..)| key.to_owned())
        }))
    }

    /// An object of these values, in the order of [`FIELDS`]; empty ones are left out.
    pub(super) fn object(&self, values: [Option<&str>; FIELDS.len()]) -> String {
        let mut out = String::from("{");
        for (key, value) in self.0.iter().zip(values) {
            let Some(value) = value else { continue };
            if out.len() > 1 {
                out.push(',');
            }
            quote(key, &mut out);
            out.push(':');
            quote(value, &mut out);
        }
        out.push('}');
        out
    }

    /// The object of a record of text, of which the header has been read.
    pub(super) fn record(&self, header: &Header, text: &str) -> String {
        let (message, exception) = parts(&text[header.message..]);
        let part = |place: &std::ops::Range<usize>| Some(&text[place.clone()]);
        let values = [
            part(&header.time),
            part(&header.logger),
            part(&header.level),
            Some(message),
            exception,
        ];
        self.object(values)
    }
}

/// Appends a JSON string.
fn quote(text: &str, out: &mut String) {
    // Writing text to memory cannot fail.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// The message and the traceback of a record.
///
/// Logging writes the message, a line feed, and the traceback without the line feed at its end. A
/// message that was made with `traceback.format_exc()` has that line feed, which shows as an
/// empty line: then it is all message, as it is in JSON.
fn parts(text: &str) -> (&str, Option<&str>) {
    const FIRST_LINES: [&str; 3] = [
        "\nTraceback (most recent call last):\n",
        "\n  + Exception Group Traceback (most recent call last):\n",
        "\nStack (most recent call last):\n",
    ];
    if text.ends_with('\n') {
        return (text, None);
    }
    match FIRST_LINES.iter().filter_map(|line| text.find(line)).min() {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracebacks_stand_where_python_has_put_them() {
        let trace = "Traceback (most recent call last):\n  File \"a\"\nE: x";
        let whole = format!("m\nn\n{trace}");
        assert_eq!(parts(&whole), ("m\nn", Some(trace)));
        // `format_exc()` within the message.
        let within = format!("m\n{trace}\n");
        assert_eq!(parts(&within), (&*within, None));
        assert_eq!(
            parts("Traceback (most recent call last):"),
            ("Traceback (most recent call last):", None)
        );
        assert_eq!(parts(&format!("\n{trace}")), ("", Some(trace)));
    }

    #[test]
    fn keys_are_those_of_the_user() {
        let mut names = FieldNames::default();
        names.rename(Standard::Level, "severity");
        let keys = Keys::new(&names);
        let object = keys.object([Some("t"), None, Some("INFO"), Some("a\"\n"), None]);
        assert_eq!(object, r#"{"timestamp":"t","severity":"INFO","message":"a\"\n"}"#);
    }
}
