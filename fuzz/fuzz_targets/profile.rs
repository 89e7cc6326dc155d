//! What messages mean: the same in every spelling that JSON allows and whatever lies beside them,
//! and what is taken out of a message lies in it.

#![no_main]

use std::cell::RefCell;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ufo_logscan::event::{Matcher, Profile};
use ufo_logscan::parse::{Options, Parser};
use ufo_logscan::record::{Batch, Capture, EventKind, Needs, Record, Seed};

const TOML: [&str; 2] = [
    include_str!("../../src/event/profiles/ufo.toml"),
    include_str!("../../src/event/profiles/page.toml"),
];

/// Words between quotes in the profiles: the loggers they name, what they set.
static QUOTED: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let lines = TOML.iter().flat_map(|text| text.lines());
    let lines = lines.filter(|line| line.starts_with("set ") || line.starts_with("logger "));
    lines.flat_map(|line| line.split(['"', '\'']).skip(1).step_by(2)).collect()
});

const LEVELS: [&str; 4] = ["INFO", "WARNING", "ERROR", "DEBUG"];

/// A profile with its parser. Matchers keep what they have compiled, so that each is made once.
struct Reader {
    parser: Parser,
    matcher: Matcher,
    fields: usize,
}

impl Reader {
    fn new(name: &str) -> Reader {
        let mut needs = Needs::default();
        let profile = Profile::named(name).expect("it is built in");
        let matcher = Matcher::new(&profile, &mut needs);
        let fields = needs.paths().len();
        let parser = Parser::new(Options { needs, ..Options::default() });
        Reader { parser, matcher, fields }
    }

    fn read(&mut self, lines: &[String]) -> Batch {
        let mut batch = Batch::new(Seed(1), self.fields);
        self.parser.parse(lines.join("\n").as_bytes(), &mut batch);
        self.matcher.recognise(&mut batch);
        assert_eq!(batch.records.len(), lines.len(), "every line is a record");
        batch
    }
}

thread_local! {
    static READERS: RefCell<[Reader; 2]> = RefCell::new(["ufo", "page"].map(Reader::new));
}

fuzz_target!(|input: &[u8]| {
    let [logger, level, spelling, message @ ..] = input else { return };
    let message = String::from_utf8_lossy(message);
    let logger = QUOTED[usize::from(*logger) % QUOTED.len()];
    let level = LEVELS[usize::from(*level) % LEVELS.len()];
    let line = |spelled: &str| {
        format!(r#"{{"logger": "{logger}", "level": "{level}", "message": "{spelled}"}}"#)
    };
    let hows: [&dyn Fn(usize) -> u8; 4] = [&|_| 0, &|_| 2, &|_| 3, &|at| {
        spelling.wrapping_mul(at as u8 | 1).rotate_left(at as u32 % 8) % 4
    }];
    let spelled = hows.map(|how| -> String {
        message.chars().enumerate().map(|(at, c)| spell(c, how(at))).collect()
    });
    READERS.with_borrow_mut(|readers| {
        for reader in readers {
            let alone = reader.read(&[line(&spelled[0])]);
            let wanted = recognised(alone.record(0));
            check(&wanted, &message);
            let beside = reader.read(&spelled.each_ref().map(|text| line(text)));
            for record in beside.records() {
                assert_eq!(recognised(record), wanted, "{message:?}, row {}", record.row());
            }
        }
    });
});

type Recognised = Option<(EventKind, Vec<Option<String>>)>;

fn recognised(record: Record<'_>) -> Recognised {
    let text = |(capture, _)| record.capture(capture).map(str::to_owned);
    Some((record.event_kind()?, Capture::ALL.map(text).to_vec()))
}

/// What was captured stands in the message or in the profile: the records have nothing else.
fn check(recognised: &Recognised, message: &str) {
    let Some((_, captures)) = recognised else { return };
    for text in captures.iter().flatten() {
        assert!(message.contains(text.as_str()) || QUOTED.contains(&text.as_str()), "{text:?}");
    }
}

/// One character of a JSON string in one of its spellings.
fn spell(c: char, how: u8) -> String {
    let units = |upper: bool| -> String {
        let code =
            |unit: &u16| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
        c.encode_utf16(&mut [0; 2]).iter().map(code).collect()
    };
    match (c, how) {
        ('"' | '\\' | '/', 0) => format!("\\{c}"),
        ('\n', 0) => "\\n".to_owned(),
        (c, 0 | 1) if c >= ' ' && !matches!(c, '"' | '\\') => c.to_string(),
        (_, how) => units(how == 3),
    }
}
