//! Every line is accounted for, whatever bytes come: the contract with the input, checked from
//! outside.

use proptest::prelude::*;
use ufo_logscan::parse::{Options, Parser, first_timestamp};
use ufo_logscan::record::{Accounting, Batch, FieldPath, Needs, Reason, Seed};

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let json = b"{}[]\":,\\u0d8 \t\r\n\n-1.e+NaInfity\0\xc3\xa9\xef\xbb\xbf\xff".to_vec();
    let pieces = [
        &b"{}\n"[..],
        b"{\"a\":{\"b\":1}}\r\n",
        b"{\"ts\":0,\"a\":\"\\ud800\"}\n",
        b"{\"ts\":1,\"logger\":\"ufo_logscan.alert\"}\n",
        b"2026-11-22T06:00:00Z stdout P {\"a\":\n",
        b"2026-11-22T06:00:00Z stdout F ",
        b"2026-11-22 06:00:00,000 - a - INFO - ",
        b"{\"log\":\"",
        b"\",\"stream\":\"stdout\"}",
        b"{\"MESSAGE\":[1,[2],null],\"__REALTIME_TIMESTAMP\":\"1\"}\n",
        b"{\"date\":1,\"log\":\"{\\\"a\\\":{\\\"b\\\":1}}\"}\n",
        b"{\"message\":\"{\",\"source_type\":1}\n",
    ];
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..20),
        prop::collection::vec(prop::sample::select(json), 0..20),
        prop::sample::select(pieces.map(<[u8]>::to_vec).to_vec()),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn options(strict: bool, max_line: usize) -> Options {
    let mut needs = Needs::default();
    needs.field(&FieldPath::dotted("a.b"));
    Options { needs, strict, max_line, ..Options::default() }
}

fn parse(options: Options, block: &[u8]) -> Batch {
    let mut batch = Batch::new(Seed(5), 1);
    Parser::new(options).parse(block, &mut batch);
    batch
}

#[test]
fn a_row_tells_what_became_of_it() {
    let block = b"{}\n \t\r\n{\"ts\":1}\n[]\n{\"logger\":\"ufo_logscan.alert\"}\n{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1}\n{";
    let batch = parse(options(false, 40), block);
    assert_eq!(batch.records, [0, 2]);
    assert_eq!(batch.malformed, [(3, Reason::NotObject), (6, Reason::Truncated)]);
    let told = |row| {
        let Accounting { records, undated, oversize, blank, own_alerts, .. } =
            batch.accounting_of(row..row + 1);
        [records, undated, oversize, blank, own_alerts]
    };
    let rows: Vec<[u64; 5]> = (0..7).map(told).collect();
    let expected = [
        [1, 1, 0, 0, 0],
        [0, 0, 0, 1, 0],
        [1, 0, 0, 0, 0],
        [0; 5],
        [1, 0, 0, 0, 1],
        [0, 0, 1, 0, 0],
        [0; 5],
    ];
    assert_eq!(rows, expected);
}

proptest! {
    #[test]
    fn every_line_ends_in_one_count(block in bytes(), strict: bool, max_line in 0_usize..60) {
        let batch = parse(options(strict, max_line), &block);
        let Accounting { lines, records, oversize, blank, joined, repaired, .. } = batch.accounting;
        prop_assert_eq!(lines, block.split_inclusive(|byte| *byte == b'\n').count() as u64);
        prop_assert_eq!(lines, records + batch.accounting.malformed() + oversize + blank + joined);
        prop_assert_eq!(batch.accounting.bytes, block.len() as u64);
        prop_assert_eq!(batch.rows() as u64, lines);
        let most = if strict { 0 } else { records };
        prop_assert!(repaired <= most);
        prop_assert!(batch.records.is_sorted_by(|a, b| a < b));
        let mut scratch = String::new();
        for record in batch.records() {
            prop_assert!(!record.line().is_empty());
            batch.text(record.message(), &mut scratch);
        }
        for sample in &batch.accounting.samples {
            prop_assert!(sample.line >= 1 && sample.line <= lines && sample.column >= 1);
            prop_assert!(sample.text.chars().count() <= 120);
        }
        let _ = first_timestamp(&block, &options(strict, max_line));
    }

    #[test]
    fn any_cut_of_the_rows_adds_up_to_the_whole(
        block in bytes(),
        strict: bool,
        max_line in 0_usize..60,
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let batch = parse(options(strict, max_line), &block);
        let rows = batch.rows() as u32;
        let cuts = cuts.iter().map(|cut| cut.index(rows as usize + 1) as u32);
        let mut ends: Vec<u32> = cuts.chain([0, rows]).collect();
        ends.sort_unstable();
        let mut sum = Accounting::default();
        for ends in ends.windows(2) {
            let part = batch.accounting_of(ends[0]..ends[1]);
            prop_assert_eq!(part.lines, u64::from(ends[1] - ends[0]));
            prop_assert_eq!(
                part.lines,
                part.records + part.malformed() + part.oversize + part.blank + part.joined
            );
            sum.merge(&part);
        }
        let Accounting { repaired, duplicate_keys, bytes, ref samples, .. } = batch.accounting;
        let told_of_the_block = Accounting { repaired, duplicate_keys, bytes, samples: samples.clone(), ..sum };
        prop_assert_eq!(&told_of_the_block, &batch.accounting);
        // Beyond the end there is nothing.
        prop_assert_eq!(batch.accounting_of(rows..rows + 9), Accounting::default());
    }

    #[test]
    fn strict_refuses_what_is_repaired_and_nothing_else(block in bytes()) {
        let mended = parse(options(false, 1 << 20), &block);
        let strict = parse(options(true, 1 << 20), &block);
        prop_assert!(strict.records.iter().all(|row| mended.records.contains(row)));
        let refused = mended.accounting.records - strict.accounting.records;
        prop_assert_eq!(refused, mended.accounting.repaired);
    }
}
