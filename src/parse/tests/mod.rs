//! What every set of tests needs: a batch of some lines, and what became of one line.

mod conformance;
mod oracle;
mod reference;
mod scenarios;

use super::{Options, Parser};
use crate::record::{Accounting, Batch, FieldPath, FieldSlot, Needs, Reason, Record, Seed, Text};

fn needs(paths: &[&str]) -> Needs {
    let mut needs = Needs::default();
    for path in paths {
        needs.field(&FieldPath::dotted(path));
    }
    needs
}

fn parse_with(options: Options, block: &[u8]) -> Batch {
    let mut batch = Batch::new(Seed(1), options.needs.paths().len());
    Parser::new(options).parse(block, &mut batch);
    let Accounting { lines, records, oversize, blank, .. } = batch.accounting;
    assert_eq!(lines, records + batch.accounting.malformed() + oversize + blank);
    assert_eq!(batch.rows() as u64, lines);
    assert_eq!(batch.records.len() as u64, records - batch.accounting.own_alerts);
    batch
}

fn parse(block: &[u8]) -> Batch {
    parse_with(Options::default(), block)
}

fn strict(block: &[u8]) -> Batch {
    parse_with(Options { strict: true, ..Options::default() }, block)
}

/// Why the only malformed line was refused, and in which column.
fn fault(batch: &Batch) -> (Reason, u64) {
    assert_eq!(batch.accounting.malformed(), 1, "{:?}", batch.accounting);
    let sample = &batch.accounting.samples[0];
    assert_eq!(batch.accounting.reasons[sample.reason as usize], 1);
    (sample.reason, sample.column)
}

fn only(batch: &Batch) -> Record<'_> {
    assert_eq!(batch.records.len(), 1, "{:?}", batch.accounting);
    batch.record(batch.records[0])
}

fn text(batch: &Batch, text: Text) -> Option<String> {
    text.is_some().then(|| batch.text(text, &mut String::new()).to_owned())
}

/// The requested fields of the only record.
fn fields(paths: &[&str], line: &str) -> Vec<Option<String>> {
    let options = Options { needs: needs(paths), ..Options::default() };
    let batch = parse_with(options, line.as_bytes());
    let record = only(&batch);
    (0..paths.len()).map(|slot| record.field(FieldSlot(slot as u16)).map(str::to_owned)).collect()
}
