//! Elements, attributes and text. Tags and names of attributes are ours; every text and every
//! value is escaped here and nowhere else, so that nothing logged can become an element.

use crate::escape;

/// A name of an attribute and its value.
pub(super) type Attribute<'a> = (&'static str, &'a str);

/// A document as it grows.
#[derive(Debug, Default)]
pub(super) struct Markup {
    text: String,
}

impl Markup {
    /// Something of our own that is no text: the style and the script.
    pub(super) fn constant(&mut self, markup: &'static str) {
        self.text.push_str(markup);
    }

    pub(super) fn open(&mut self, tag: &'static str, attributes: &[Attribute<'_>]) {
        self.text.push('<');
        self.text.push_str(tag);
        let some = |(name, value): &&Attribute<'_>| *name != "class" || !value.is_empty();
        for (name, value) in attributes.iter().filter(some) {
            self.text.push(' ');
            self.text.push_str(name);
            self.text.push_str("=\"");
            self.text(value);
            self.text.push('"');
        }
        self.text.push('>');
    }

    pub(super) fn close(&mut self, tag: &'static str) {
        self.text.extend(["</", tag, ">"]);
        if !matches!(tag, "span" | "b" | "code" | "title" | "rect" | "line") {
            self.text.push('\n');
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        escape::html(text, &mut self.text);
    }

    /// An element that holds a text.
    pub(super) fn element(&mut self, tag: &'static str, attributes: &[Attribute<'_>], text: &str) {
        self.open(tag, attributes);
        self.text(text);
        self.close(tag);
    }

    /// An element and what `inner` puts into it.
    pub(super) fn within(
        &mut self,
        tag: &'static str,
        attributes: &[Attribute<'_>],
        inner: impl FnOnce(&mut Markup),
    ) {
        self.open(tag, attributes);
        inner(self);
        self.close(tag);
    }

    /// What there is so far, which is then forgotten.
    pub(super) fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}
