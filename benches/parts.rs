//! What the parts of a report cost, each on a block of a made-up log: reading lines into columns,
//! recognising events, folding batches into every section.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot set itself up has failed")]
#![allow(missing_docs, reason = "criterion's macros write functions")]

mod corpus;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ufo_logscan::aggregate::{Plan, Setup};
use ufo_logscan::event::{Matcher, Profile};
use ufo_logscan::parse::{Options, Parser};
use ufo_logscan::record::{Batch, Needs, Seed};
use ufo_logscan::scan::{Fold, Tracking};

use corpus::Layout;

const BLOCK: u64 = 256 << 10;

fn parts(criterion: &mut Criterion) {
    let setup = Setup::default();
    let profile = Profile::named("ufo").unwrap();
    for (layout, name) in Layout::ALL {
        let mut block = Vec::new();
        corpus::write(layout, BLOCK, &mut block).unwrap();
        let mut needs = Needs::default();
        let mut matcher = Matcher::new(&profile, &mut needs);
        let mut batch = Batch::new(Seed(1), needs.paths().len());
        let mut parser = Parser::new(Options { needs, ..Options::default() });

        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(block.len() as u64));
        group.bench_function("parse", |bencher| {
            bencher.iter(|| parser.parse(black_box(&block), &mut batch));
        });
        group.bench_function("parse and recognise", |bencher| {
            bencher.iter(|| {
                parser.parse(black_box(&block), &mut batch);
                matcher.recognise(&mut batch);
            });
        });
        let tracking = Tracking { join: true, max_keys: setup.max_keys };
        let mut fold = Fold::whole(&Plan::all(&setup), tracking);
        group.bench_function("fold", |bencher| bencher.iter(|| fold.observe(black_box(&batch))));
        group.finish();
    }
}

criterion_group!(benches, parts);
criterion_main!(benches);
