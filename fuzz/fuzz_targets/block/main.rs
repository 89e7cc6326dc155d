//! Blocks of lines, read as `serde_json` and the slow reader of the parser's tests read them.
//!
//! However a block is read, the same must come out: by a parser that knows nothing, by one that has
//! learned other layouts and whose batch holds another block, in two parts, and without its values.

#![no_main]

mod lines;
mod oracle;
#[path = "../../../src/parse/tests/reference.rs"]
mod reference;

use libfuzzer_sys::fuzz_target;
use ufo_logscan::parse::{Envelopes, Options, Parser};
use ufo_logscan::record::{Batch, FieldPath, FieldSlot, Needs, Seed, Standard, Text};

/// Fields that somebody asks for; some are standard ones, some lie within others.
const PATHS: [&str; 6] = ["level", "a", "a.b", "a.b.c", "task_name", "\u{e9}"];

fuzz_target!(|input: &[u8]| {
    let [options, cut, input @ ..] = input else { return };
    let lines = lines::expand(input);
    let strict = options & 1 == 1;
    let wanted = oracle::check(&lines, strict);
    let rows = Rows::of(&wanted);

    let mut parser = Parser::new(self::options(strict));
    let mut batch = Batch::new(Seed(u64::from(*options)), PATHS.len());
    parse(&mut parser, &mut batch, &lines::taught(*options >> 1), 7);
    parse(&mut parser, &mut batch, &lines, 2);
    assert_eq!(Rows::of(&batch), rows, "behind another block");

    let cut = usize::from(*cut) % (lines.len() + 1);
    let mut parts = Rows::default();
    for (first, lines) in [(0, &lines[..cut]), (cut, &lines[cut..])] {
        parse(&mut parser, &mut batch, lines, first as u64 + 2);
        parts.append(Rows::of(&batch));
    }
    assert_eq!(parts, rows, "in two parts");

    without_values(&lines, strict, &wanted);
});

fn options(strict: bool) -> Options {
    let mut needs = Needs::default();
    for path in PATHS {
        needs.field(&FieldPath::dotted(path));
    }
    // Short enough that lines can be too long.
    let envelopes = Envelopes::Json;
    Options { needs, strict, max_line: oracle::MAX_LINE, envelopes, ..Options::default() }
}

fn parse(parser: &mut Parser, batch: &mut Batch, lines: &[Vec<u8>], first_line: u64) {
    batch.first_line = first_line;
    if lines.is_empty() {
        return parser.parse(b"", batch);
    }
    let mut block = lines.join(&b'\n');
    // The end of the last line may be missing, unless the line would be missing then, too.
    if lines.len() % 2 == 0 || lines.last().is_some_and(Vec::is_empty) {
        block.push(b'\n');
    }
    parser.parse(&block, batch);
}

/// Whether a line is a record must not depend on what is read of it.
fn without_values(lines: &[Vec<u8>], strict: bool, wanted: &Batch) {
    let mut nothing = Options { needs: Needs::default(), ..options(strict) };
    for (field, ..) in Standard::ALL {
        nothing.names.rename(field, "no such key");
    }
    let mut batch = Batch::new(Seed(5), 0);
    parse(&mut Parser::new(nothing), &mut batch, lines, 2);
    // It sees neither timestamps nor its own alerts.
    if wanted.accounting.own_alerts == 0 {
        assert_eq!(batch.records, wanted.records, "without values");
        assert_eq!(batch.accounting.reasons, wanted.accounting.reasons, "without values");
        assert_eq!(batch.accounting.repaired, wanted.accounting.repaired, "without values");
    }
}

/// A batch as texts that can be compared with another batch's.
#[derive(Debug, Default, PartialEq)]
struct Rows {
    rows: Vec<Vec<Option<String>>>,
    records: Vec<u32>,
    /// Lines, records, malformed, oversize, blank, repaired, duplicates, undated, own.
    counts: [u64; 9],
}

impl Rows {
    fn of(batch: &Batch) -> Rows {
        let counts = &batch.accounting;
        Rows {
            rows: (0..batch.rows() as u32).map(|number| row(batch, number)).collect(),
            records: batch.records.clone(),
            counts: [
                counts.lines,
                counts.records,
                counts.malformed(),
                counts.oversize,
                counts.blank,
                counts.repaired,
                counts.duplicate_keys,
                counts.undated,
                counts.own_alerts,
            ],
        }
    }

    fn append(&mut self, later: Rows) {
        let rows = self.rows.len() as u32;
        self.rows.extend(later.rows);
        self.records.extend(later.records.iter().map(|number| number + rows));
        for (sum, count) in self.counts.iter_mut().zip(later.counts) {
            *sum += count;
        }
    }
}

fn text(batch: &Batch, text: Text) -> Option<String> {
    text.is_some().then(|| batch.text(text, &mut String::new()).to_owned())
}

fn row(batch: &Batch, number: u32) -> Vec<Option<String>> {
    let record = batch.record(number);
    let mut all = vec![
        Some(record.line().to_owned()),
        record.timestamp().map(|time| time.to_string()),
        text(batch, record.session()),
        text(batch, record.message()),
        text(batch, record.exception()),
    ];
    let names =
        [record.level_name(), record.logger(), record.module(), record.function(), record.client()];
    all.extend(names.map(|name| name.map(str::to_owned)));
    for slot in 0..PATHS.len() {
        all.push(record.field(FieldSlot(slot as u16)).map(str::to_owned));
    }
    all
}
