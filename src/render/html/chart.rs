//! Bars, side by side or on top of each other, as SVG that takes the width it is given.
//!
//! Only shapes are stretched; words stand beside them, so that they can be read at any width. Every
//! bar tells its numbers to whoever points at it. It does not know what is drawn.

use super::markup::Markup;

/// The units of one slot and of the whole height.
const SLOT: f64 = 10.0;
const HEIGHT: f64 = 100.0;

/// A kind of bar: what it is called and the class of its colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Series {
    pub(super) name: String,
    pub(super) class: &'static str,
}

/// Bars of one place.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    /// What is told of it.
    pub(super) label: String,
    /// A value for each series, not negative.
    pub(super) values: Vec<f64>,
}

/// A line that values should stay below.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) at: f64,
    pub(super) name: String,
}

/// A chart.
pub(super) struct Bars {
    pub(super) title: String,
    pub(super) series: Vec<Series>,
    pub(super) slots: Vec<Slot>,
    /// Whether values stand on top of each other; else each begins at the bottom, and later series
    /// are part of the first.
    pub(super) stacked: bool,
    pub(super) line: Option<Line>,
    /// A value in words.
    pub(super) words: fn(f64) -> String,
    /// What stands below, from left to right at equal distances.
    pub(super) below: Vec<String>,
}

impl Bars {
    fn height(&self, slot: &Slot) -> f64 {
        let values = slot.values.iter().copied();
        if self.stacked { values.sum() } else { values.fold(0.0, f64::max) }
    }

    /// The value at the top: a round one that nothing exceeds.
    fn top(&self) -> f64 {
        let bars = self.slots.iter().map(|slot| self.height(slot)).fold(0.0, f64::max);
        let line = self.line.as_ref().map_or(0.0, |line| line.at * 1.25);
        round_up(bars.max(line))
    }

    /// Writes the chart.
    pub(super) fn write(&self, out: &mut Markup) {
        let top = self.top();
        out.within("figure", &[("class", "chart")], |out| {
            out.within("figcaption", &[], |out| {
                out.element("span", &[], &self.title);
                self.legend(out);
            });
            out.within("div", &[("class", "plot")], |out| {
                out.within("div", &[("class", "y"), ("aria-hidden", "true")], |out| {
                    for value in [top, top / 2.0, 0.0] {
                        out.element("span", &[], &(self.words)(value));
                    }
                });
                self.shapes(top, out);
                out.within("div", &[("class", "x"), ("aria-hidden", "true")], |out| {
                    self.below.iter().for_each(|label| out.element("span", &[], label));
                });
            });
        });
    }

    fn legend(&self, out: &mut Markup) {
        if self.series.len() < 2 && self.line.is_none() {
            return;
        }
        out.within("ul", &[("class", "legend")], |out| {
            for series in &self.series {
                out.within("li", &[], |out| {
                    key(out, series.class);
                    out.text(&series.name);
                });
            }
            if let Some(line) = &self.line {
                out.within("li", &[], |out| {
                    key(out, "limit");
                    out.text(&line.name);
                });
            }
        });
    }

    /// What the chart shows, for those who do not see it.
    fn in_words(&self) -> String {
        let highest = self.slots.iter().max_by(|a, b| self.height(a).total_cmp(&self.height(b)));
        let highest = highest.map_or(String::new(), |slot| format!(", at most {}", slot.label));
        format!("Bar chart: {}{highest}", self.title)
    }

    fn shapes(&self, top: f64, out: &mut Markup) {
        let width = (self.slots.len() as f64 * SLOT).max(SLOT);
        let view = format!("0 0 {width} {HEIGHT}");
        let label = self.in_words();
        let attributes = [
            ("class", "bars"),
            ("role", "img"),
            ("aria-label", label.as_str()),
            ("viewBox", &view),
            ("preserveAspectRatio", "none"),
        ];
        out.within("svg", &attributes, |out| {
            for y in [0.0, HEIGHT / 2.0, HEIGHT] {
                across(out, "grid", width, y);
            }
            for (at, slot) in self.slots.iter().enumerate() {
                if self.height(slot) > 0.0 {
                    self.slot(at as f64 * SLOT, slot, top, out);
                }
            }
            if let Some(line) = &self.line {
                across(out, "limit", width, HEIGHT * (1.0 - line.at / top));
            }
        });
    }

    fn slot(&self, left: f64, slot: &Slot, top: f64, out: &mut Markup) {
        out.within("g", &[], |out| {
            out.element("title", &[], &slot.label);
            // Also a low bar can be pointed at.
            shape(out, "hit", (left, 0.0, SLOT, HEIGHT));
            let mut base = 0.0;
            for (series, value) in self.series.iter().zip(&slot.values) {
                let height = value / top * HEIGHT;
                let y = HEIGHT - height - if self.stacked { base } else { 0.0 };
                base += height;
                if *value > 0.0 {
                    shape(out, series.class, (left + SLOT * 0.08, y, SLOT * 0.84, height));
                }
            }
        });
    }
}

/// A swatch of a colour.
pub(super) fn key(out: &mut Markup, class: &'static str) {
    out.within(
        "svg",
        &[("class", "key"), ("viewBox", "0 0 10 10"), ("aria-hidden", "true")],
        |out| {
            if class == "limit" {
                across(out, class, 10.0, 5.0);
            } else {
                shape(out, class, (0.0, 0.0, 10.0, 10.0));
            }
        },
    );
}

/// A rectangle by its left, top, width and height.
pub(super) fn shape(out: &mut Markup, class: &str, (x, y, width, height): (f64, f64, f64, f64)) {
    let [x, y, width, height] = [x, y, width, height].map(short);
    let attributes =
        [("class", class), ("x", &x), ("y", &y), ("width", &width), ("height", &height)];
    out.within("rect", &attributes, |_| ());
}

/// A horizontal line.
pub(super) fn across(out: &mut Markup, class: &str, width: f64, y: f64) {
    let [width, y] = [width, y].map(short);
    let attributes = [("class", class), ("x1", "0"), ("x2", &width), ("y1", &y), ("y2", &y)];
    out.within("line", &attributes, |_| ());
}

/// Two decimals are more than can be seen.
fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The next number of the form 1, 2 or 5 times a power of ten; 1 for nothing.
fn round_up(value: f64) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 4.0, 5.0, 8.0, 10.0];
    steps
        .into_iter()
        .map(|step| step * power)
        .find(|top| *top >= value * 0.999_999)
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tops_are_round() {
        for (value, top) in [
            (0.0, 1.0),
            (1.0, 1.0),
            (3.0, 4.0),
            (41.0, 50.0),
            (75.0, 80.0),
            (99.0, 100.0),
            (f64::NAN, 1.0),
        ] {
            assert!((round_up(value) - top).abs() < 1e-9, "{value}");
        }
        assert!((round_up(0.125) - 0.2).abs() < 1e-9);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([0.0, 10.0, 1.256, 100.0].map(short), ["0", "10", "1.26", "100"]);
    }
}
