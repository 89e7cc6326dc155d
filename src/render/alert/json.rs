//! JSON on one line, in which every character can be seen.
//!
//! It masks nothing: what is written has been masked before it was cut.

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;

use crate::escape;

/// Appends a value and a newline.
pub(super) fn line(value: &impl Serialize, out: &mut Vec<u8>) {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Visible);
    // Memory takes all that is written, and our values are structs and maps of texts.
    let _ = value.serialize(&mut serializer);
    out.push(b'\n');
}

/// A number without a fraction where it has none, so that a count looks like one. What is not
/// finite has to be left out before.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
pub(super) fn number<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    /// Up to here f64 holds every integer.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        serializer.serialize_i64(*number as i64)
    } else {
        serializer.serialize_f64(*number)
    }
}

/// The same for a number that may be missing.
#[expect(clippy::ref_option, reason = "serde asks for it")]
pub(super) fn maybe_number<S: Serializer>(
    value: &Option<f64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => number(value, serializer),
        None => serializer.serialize_none(),
    }
}

/// Compact JSON, with `\u202e` for whatever would steer, reorder or hide.
struct Visible;

impl Formatter for Visible {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        let mut quoted = String::with_capacity(text.len() + 2);
        escape::json_quoted(text, &mut quoted);
        // A fragment has no quotes and no backslashes, so that it is what stands between these.
        out.write_all(&quoted.as_bytes()[1..quoted.len() - 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_can_be_seen() {
        let mut out = Vec::new();
        line(&[("a\u{202e}\u{7f}", "\"\\\n\u{9b}\u{e0041}é"), ("", "\0")], &mut out);
        let meant = r#"[["a\u202e\u007f","\"\\\n\u009b\udb40\udc41é"],["","\u0000"]]"#;
        assert_eq!(String::from_utf8(out).unwrap(), format!("{meant}\n"));
    }

    #[test]
    fn whole_numbers_look_whole() {
        for (value, meant) in [
            (0.0, "0"),
            (-0.0, "0"),
            (3.0, "3"),
            (0.142, "0.142"),
            (-2.5, "-2.5"),
            (1e300, "1e+300"),
        ] {
            let mut out = Vec::new();
            number(&value, &mut serde_json::Serializer::new(&mut out)).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), meant);
        }
    }
}
