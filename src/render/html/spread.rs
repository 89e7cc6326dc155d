//! A distribution as a line from its least to its greatest value, with marks on it.

use super::chart::shape;
use super::markup::Markup;
use super::words;
use crate::record::Zone;
use crate::summary::Value;

/// From this span on, the scale is logarithmic.
const WIDE: f64 = 30.0;

/// Writes the distribution that figures describe: `min`, `max`, `median`, `p95` and so on. Nothing
/// if they do not.
pub(super) fn write(name: &str, figures: &[(&str, &str, &Value)], zone: Zone, page: &mut Markup) {
    let of = |wanted: &str| {
        let (.., value) = figures.iter().find(|(name, ..)| *name == wanted)?;
        Some((*value, words::number(value)?))
    };
    let (Some((least_value, least)), Some((greatest_value, greatest))) = (of("min"), of("max"))
    else {
        return;
    };
    if greatest <= least {
        return;
    }
    let log = least > 0.0 && greatest / least > WIDE;
    let at = |value: f64| {
        let share = if log {
            (value / least).ln() / (greatest / least).ln()
        } else {
            (value - least) / (greatest - least)
        };
        1.0 + share.clamp(0.0, 1.0) * 98.0
    };
    let marks: Vec<(&str, &Value, f64)> = figures
        .iter()
        .filter(|(name, ..)| *name == "median" || name.starts_with('p'))
        .filter_map(|(name, _, value)| Some((*name, *value, words::number(value)?)))
        .collect();
    let told: Vec<String> = marks
        .iter()
        .map(|(name, value, _)| format!("{name} {}", words::text(value, zone)))
        .collect();
    let label = format!(
        "Distribution of {name}: from {} to {}, {}",
        words::text(least_value, zone),
        words::text(greatest_value, zone),
        told.join(", ")
    );
    page.within("figure", &[("class", "spread")], |page| {
        let attributes = [
            ("role", "img"),
            ("aria-label", label.as_str()),
            ("viewBox", "0 0 100 20"),
            ("preserveAspectRatio", "none"),
        ];
        page.within("svg", &attributes, |page| {
            shape(page, "rail", (1.0, 9.0, 98.0, 2.0));
            if let (Some(first), Some(last)) = (marks.first(), marks.last()) {
                shape(page, "box", (at(first.2), 5.0, (at(last.2) - at(first.2)).max(0.0), 10.0));
            }
            for ((place, (.., number)), words) in marks.iter().enumerate().zip(&told) {
                page.within("g", &[], |page| {
                    page.element("title", &[], words);
                    let class = if place == 0 { "mark first" } else { "mark" };
                    shape(page, class, (at(*number) - 0.25, 1.0, 0.5, 18.0));
                });
            }
        });
        page.within("div", &[("class", "x"), ("aria-hidden", "true")], |page| {
            page.element("span", &[], &words::text(least_value, zone));
            let scale = if log {
                "median to the highest percentile, logarithmic"
            } else {
                "median to the highest percentile"
            };
            page.element("span", &[("class", "scale")], scale);
            page.element("span", &[], &words::text(greatest_value, zone));
        });
    });
}
