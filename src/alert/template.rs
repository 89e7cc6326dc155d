//! Texts of annotations with places for what is known when an alert is told.
//!
//! A template is read once, with its rule. What is put into it may come from a log, and is never
//! read again: a value that looks like a placeholder stays what it is. Escaping is the business
//! of whoever writes the text out.

use std::borrow::Cow;

use crate::config::shorten;
use crate::error::{Error, Result, nearest};

/// In bytes; how long an annotation can become.
const MAX_RENDERED: usize = 1024;

/// What stands for a value that there is none of.
const NONE: &str = "(none)";

/// The placeholders that every rule has; beside them it has `labels.NAME` for each of its labels.
pub const PLACEHOLDERS: [&str; 8] =
    ["value", "threshold", "name", "severity", "over", "for", "records", "matched"];

/// What stands before the name of a label.
const LABELS: &str = "labels.";

/// The text of an annotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// A placeholder by its name, `labels.` included.
    Value(String),
}

impl Template {
    /// Reads a text with placeholders such as `{{value}}`, blanks inside the braces allowed;
    /// `labels` are the names that may stand behind `{{labels.`.
    ///
    /// ```
    /// use std::borrow::Cow;
    /// use ufo_logscan::alert::Template;
    /// let template = Template::parse("{{value}} of {{labels.client}}", &["client"])?;
    /// let text = template.render(&|name| match name {
    ///     "value" => Some(Cow::Borrowed("14.2%")),
    ///     "labels.client" => Some(Cow::Borrowed("{{value}}")),
    ///     _ => None,
    /// });
    /// assert_eq!(text, "14.2% of {{value}}");
    /// # Ok::<(), ufo_logscan::error::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Braces that are never closed, and a placeholder that does not exist, with the nearest one.
    pub fn parse(text: &str, labels: &[&str]) -> Result<Template> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("{{") {
            let Some((name, after)) = behind.split_once("}}") else {
                let opened = shorten(behind);
                return Err(Error::config(format!("`{{{{{opened}` is never closed by `}}}}`")));
            };
            push_text(&mut pieces, before);
            pieces.push(Piece::Value(placeholder(name.trim(), labels)?));
            rest = after;
        }
        push_text(&mut pieces, rest);
        Ok(Template { pieces })
    }

    /// The text with its values: those of [`PLACEHOLDERS`] and of `labels.NAME`, asked for by
    /// name. At most 1,024 bytes; a longer one is cut between two characters and ends with `…`.
    #[must_use]
    pub fn render<'a>(&self, lookup: &dyn Fn(&str) -> Option<Cow<'a, str>>) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(piece) => push_bounded(&mut text, piece),
                Piece::Value(name) => {
                    push_bounded(&mut text, lookup(name).as_deref().unwrap_or(NONE));
                }
            }
        }
        if text.len() > MAX_RENDERED {
            text.truncate(text.floor_char_boundary(MAX_RENDERED - '…'.len_utf8()));
            text.push('…');
        }
        text
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Text(text.to_owned()));
    }
}

/// Appends no more of a text than shows that there is too much of it.
fn push_bounded(text: &mut String, piece: &str) {
    let room = (MAX_RENDERED + 1).saturating_sub(text.len());
    text.push_str(&piece[..piece.ceil_char_boundary(room.min(piece.len()))]);
}

fn placeholder(name: &str, labels: &[&str]) -> Result<String> {
    let label = name.strip_prefix(LABELS);
    if PLACEHOLDERS.contains(&name) || label.is_some_and(|label| labels.contains(&label)) {
        return Ok(name.to_owned());
    }
    let shown = shorten(name);
    let error = Error::config(format!("unknown placeholder `{{{{{shown}}}}}`"));
    let of_labels: Vec<String> = labels.iter().map(|label| format!("{LABELS}{label}")).collect();
    let known = || PLACEHOLDERS.into_iter().chain(of_labels.iter().map(String::as_str));
    Err(match nearest(&shown, known()) {
        Some(near) => error.hint(format!("did you mean `{{{{{near}}}}}`?")),
        None if label.is_some() => {
            error.hint("the labels of a rule are those it sets and the keys behind `by`".to_owned())
        }
        None => error.hint(format!("known are: {}", known().collect::<Vec<_>>().join(", "))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(text: &str) -> String {
        Template::parse(text, &["client", "team"]).unwrap_err().to_string()
    }

    /// The text with every placeholder replaced by the same value.
    fn rendered(text: &str, value: &str) -> String {
        let template = Template::parse(text, &["client"]).unwrap();
        template.render(&|_| Some(Cow::Owned(value.to_owned())))
    }

    #[test]
    fn values_stand_in_their_places() {
        let text = "{{value}} > {{ threshold }} {name} {{{labels.client}}} }} {{for}}{{over}}";
        let template = Template::parse(text.replace("{{{", "{ {{").as_str(), &["client"]).unwrap();
        let shown =
            template.render(&|name| (name != "over").then(|| Cow::Owned(name.to_uppercase())));
        assert_eq!(shown, "VALUE > THRESHOLD {name} { LABELS.CLIENT} }} FOR(none)");
        assert_eq!(rendered("", "x"), "");
    }

    #[test]
    fn a_value_is_never_read_again() {
        assert_eq!(rendered("{{value}}lue}}", "{{va"), "{{value}}");
        assert_eq!(rendered("{{value}}", "{{labels.client}}"), "{{labels.client}}");
    }

    #[test]
    fn unknown_placeholders_are_named_with_the_nearest() {
        for (text, meant) in [
            ("{{vlaue}}", "unknown placeholder `{{vlaue}}`\n  did you mean `{{value}}`?"),
            ("{{ $value }}", "unknown placeholder `{{$value}}`\n  did you mean `{{value}}`?"),
            (
                "{{label.client}}",
                "unknown placeholder `{{label.client}}`\n  did you mean `{{labels.client}}`?",
            ),
            (
                "{{labels.somewhere}}",
                "unknown placeholder `{{labels.somewhere}}`\n  \
                 the labels of a rule are those it sets and the keys behind `by`",
            ),
            (
                "{{session_identifier}}",
                "unknown placeholder `{{session_identifier}}`\n  known are: value, threshold, \
                 name, severity, over, for, records, matched, labels.client, labels.team",
            ),
            ("{{}}", "unknown placeholder `{{}}`\n  known are"),
            ("a {{value} b", "`{{value} b` is never closed by `}}`"),
        ] {
            assert!(refused(text).starts_with(meant), "{}", refused(text));
        }
        assert!(refused(&format!("{{{{{}}}}}", "x".repeat(1 << 20))).len() < 500);
    }

    #[test]
    fn a_text_is_bounded() {
        assert_eq!(rendered("{{value}}", &"x".repeat(1024)), "x".repeat(1024));
        assert_eq!(rendered("{{value}}", &"x".repeat(1025)), format!("{}…", "x".repeat(1021)));
        let long = rendered("aa{{value}}{{value}}", &"设".repeat(1000));
        assert_eq!(long, format!("aa{}…", "设".repeat(339)));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(
            text in "(\\{\\{|\\}\\}|value| |labels\\.|client|设|\\PC){0,12}", value in any::<String>(),
        ) {
            if let Ok(template) = Template::parse(&text, &["client"]) {
                let shown = template.render(&|_| Some(Cow::Borrowed(&value)));
                prop_assert!(shown.len() <= 1024);
                prop_assert!(text.contains("{{") || shown == text);
            }
        }
    }
}
