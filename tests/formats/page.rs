//! The page of HTML: one style, one script, both by their hashes; and nothing that the log says.

use std::collections::BTreeSet;

use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use sha2::{Digest, Sha256};

use crate::common::{feed, run};

/// An element with its attributes and the text in it.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    pub(crate) tag: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Element {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// The elements of a page in their order, as a browser reads them. A page with a mistake is none.
#[track_caller]
pub(crate) fn elements(page: &str) -> Vec<Element> {
    let dom = parse_document(RcDom::default(), ParseOpts::default()).one(page);
    let errors = dom.errors.borrow();
    assert!(errors.is_empty(), "{:?}", errors.iter().take(5).collect::<Vec<_>>());
    let mut elements = Vec::new();
    collect(&dom.document, &mut elements);
    elements
}

fn collect(node: &Handle, elements: &mut Vec<Element>) {
    match &node.data {
        NodeData::Element { name, attrs, .. } => {
            let attributes = attrs
                .borrow()
                .iter()
                .map(|attribute| (attribute.name.local.to_string(), attribute.value.to_string()))
                .collect();
            let mut text = String::new();
            text_of(node, &mut text);
            elements.push(Element { tag: name.local.to_string(), attributes, text });
        }
        NodeData::Comment { contents } => panic!("a comment: {contents}"),
        _ => {}
    }
    node.children.borrow().iter().for_each(|child| collect(child, elements));
}

fn text_of(node: &Handle, text: &mut String) {
    if let NodeData::Text { contents } = &node.data {
        text.push_str(&contents.borrow());
    }
    node.children.borrow().iter().for_each(|child| text_of(child, text));
}

const TAGS: &str = "html head meta title style body header h1 h2 h3 p dl div dt dd main section code \
    figure figcaption span ul li svg g rect line details summary table caption thead tbody tr th td \
    footer script";

const ATTRIBUTES: &str = "lang charset http-equiv content name class tabindex role aria-label \
    aria-hidden scope data-v viewBox preserveAspectRatio x y width height x1 x2 y1 y2";

/// What no page may have, whatever was logged.
#[track_caller]
pub(crate) fn check(page: &str) -> Vec<Element> {
    let elements = elements(page);
    let tags: BTreeSet<&str> = TAGS.split_whitespace().collect();
    let names: BTreeSet<&str> = ATTRIBUTES.split_whitespace().collect();
    for element in &elements {
        assert!(tags.contains(element.tag.as_str()), "{element:?}");
        for (name, _) in &element.attributes {
            assert!(names.contains(name.as_str()), "{element:?}");
        }
    }
    let of = |tag: &str| -> Vec<&Element> { elements.iter().filter(|e| e.tag == tag).collect() };
    let (scripts, styles) = (of("script"), of("style"));
    assert_eq!((scripts.len(), styles.len()), (1, 1));
    let policy = elements
        .iter()
        .find(|element| element.attribute("http-equiv") == Some("Content-Security-Policy"))
        .and_then(|element| element.attribute("content"))
        .unwrap();
    let meant = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        hash(&styles[0].text),
        hash(&scripts[0].text)
    );
    assert_eq!(policy, meant, "src/render/html/mod.rs has the hashes of the style and the script");
    assert!(!page.contains("http://") || !styles[0].text.contains("http"), "nothing is fetched");
    elements
}

fn hash(text: &str) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digest = Sha256::digest(text.as_bytes());
    let mut base64 = String::new();
    for three in digest.chunks(3) {
        let bits =
            (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(*three.get(at).unwrap_or(&0)));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            base64.push(if place > three.len() { '=' } else { char::from(digit) });
        }
    }
    format!("sha256-{base64}")
}

fn count(elements: &[Element], tag: &str, class: &str) -> usize {
    elements.iter().filter(|e| e.tag == tag && e.attribute("class") == Some(class)).count()
}

#[test]
fn a_report_has_its_charts() {
    let done = run(["--format", "html", "fixtures/logs"]);
    assert_eq!(done.code, Some(0));
    let elements = check(&done.stdout);
    // Levels, the error rate, hours and the timeline.
    assert_eq!(count(&elements, "figure", "chart"), 4);
    assert_eq!(count(&elements, "figure", "parts"), 1);
    assert_eq!(count(&elements, "figure", "spread"), 1);
    assert!(elements.iter().any(|e| e.tag == "li" && e.text.trim() == "HighErrorRate 10.0%"));
    assert!(count(&elements, "line", "limit") >= 2, "in the chart and its legend");
    assert!(elements.iter().any(|e| e.tag == "title" && e.text.contains("INFO 68, WARNING 7")));
    let tables = count(&elements, "table", "sortable");
    assert_eq!(elements.iter().filter(|e| e.tag == "caption").count(), tables);
    assert!(tables >= 8, "{tables}");
    for svg in elements.iter().filter(|element| element.tag == "svg") {
        let named = svg.attribute("aria-label").is_some_and(|label| !label.is_empty());
        assert!(named || svg.attribute("aria-hidden").is_some(), "{svg:?}");
    }
}

#[test]
fn every_log_gives_a_page() {
    let many: String = (0..3000)
        .map(|n| {
            format!(
                "{{\"timestamp\":{},\"level\":\"INFO\",\"module\":\"m{n}\",\"message\":\"x\"}}\n",
                1_700_000_000 + n * 3600
            )
        })
        .collect();
    let one = "{\"timestamp\":\"2026-11-22T06:00:00\",\"level\":\"ERROR\",\"message\":\"x\"}\n";
    let odd = "{\"timestamp\":\"9999-12-31T23:59:59\",\"level\":\"ERROR\"}\n{\"timestamp\":0}\n";
    for log in ["", "broken\n", one, odd, &many] {
        for more in [
            &[][..],
            &[
                "--agg",
                "level by module",
                "--agg",
                "latency every 1h",
                "--agg",
                "count by hour, level",
            ],
        ] {
            let args: Vec<&str> = ["--format", "html"].iter().chain(more).copied().collect();
            let done = feed(&args, log);
            assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
            let elements = check(&done.stdout);
            assert!(done.stdout.len() < 1_000_000, "{} bytes", done.stdout.len());
            assert!(elements.len() > 10);
        }
    }
}

/// A log of so many texts, each the name of a module, has the same elements whatever they say.
#[test]
fn j3_texts_are_texts_and_change_no_structure() {
    let texts: Vec<String> = crate::corpus::texts()
        .into_iter()
        .filter(|text| !text.trim().is_empty() && !text.starts_with('('))
        .collect();
    let page = |texts: &[String]| {
        let line =
            |text: &String| format!("{}\n", serde_json::json!({"module": text, "level": "INFO"}));
        let log: String = texts.iter().map(line).collect();
        feed(&["--format", "html", "--agg", "module", "--top", "1000"], log).stdout
    };
    let harmless: Vec<String> = (0..texts.len()).map(|n| format!("m{n}")).collect();
    let shape = |elements: &[Element]| -> Vec<(String, Vec<String>)> {
        let names = |e: &Element| e.attributes.iter().map(|(name, _)| name.clone()).collect();
        elements.iter().map(|e| (e.tag.clone(), names(e))).collect()
    };
    let (hostile, plain) = (check(&page(&texts)), check(&page(&harmless)));
    assert_eq!(shape(&hostile), shape(&plain));
    let rows: Vec<&str> = hostile
        .iter()
        .filter(|element| element.tag == "th" && element.attribute("scope") == Some("row"))
        .map(|element| element.text.as_str())
        .collect();
    assert_eq!(rows.len(), texts.len());
    for (row, text) in rows.iter().zip(&texts).filter(|(_, text)| text.len() <= 256) {
        assert_eq!(*row, ufo_logscan::escape::terminal(text));
    }
}
