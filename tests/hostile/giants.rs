//! H10, H11, H20, H21: input of sizes that nobody would keep. It is made while the program reads
//! it, and the program's memory is watched.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::ChildStdin;

use serde_json::Value;

use crate::common::{Accounting, feed, skip, stream};

const INPUT: [&str; 4] = ["--format", "json", "--agg", "input"];

/// What a run may take at most: a block and a line of a mebibyte each, a few times, and what any
/// program takes.
const MEMORY: u64 = 48 << 20;

/// Runs the program over what `write` writes and watches its memory.
fn giant(
    args: &[&str],
    write: impl FnOnce(&mut ChildStdin) -> io::Result<()> + Send,
) -> (Value, Accounting) {
    giant_of(MEMORY, args, write)
}

/// The same with another limit.
fn giant_of(
    memory: u64,
    args: &[&str],
    write: impl FnOnce(&mut ChildStdin) -> io::Result<()> + Send,
) -> (Value, Accounting) {
    let (done, peak) = stream(args, write);
    match peak {
        Some(peak) => assert!(peak < memory, "{peak} bytes"),
        None => skip("this system does not tell how much memory a program takes"),
    }
    let report = done.report();
    let accounting = Accounting::of(&report);
    (report, accounting)
}

/// Writes so many mebibytes of one byte.
fn mebibytes(stdin: &mut ChildStdin, count: usize, byte: u8) -> io::Result<()> {
    let block = vec![byte; 1 << 20];
    (0..count).try_for_each(|_| stdin.write_all(&block))
}

#[test]
fn h10_a_line_without_end_is_skipped_in_little_memory() {
    let (report, accounting) = giant(&INPUT, |stdin| {
        stdin.write_all(b"{\"level\":\"INFO\"}\n{\"message\":\"")?;
        mebibytes(stdin, 64, b'x')?;
        stdin.write_all(b"\"}\n{\"level\":\"INFO\"}\n")
    });
    assert_eq!((accounting.lines, accounting.records, accounting.oversize), (3, 2, 1));
    let bytes = 17 + 12 + (64 << 20) + 3 + 17;
    assert_eq!(report["sections"]["input"]["bytes"], bytes);
}

#[test]
fn h10_a_giant_line_at_the_end_counts_without_its_newline() {
    let (_, accounting) = giant(&INPUT, |stdin| {
        stdin.write_all(b"{}\n")?;
        mebibytes(stdin, 32, b' ')
    });
    assert_eq!((accounting.lines, accounting.records, accounting.oversize), (2, 1, 1));
}

#[test]
fn h10_the_limit_is_exact() {
    let line = |length: usize| format!("{{\"message\":\"{}\"}}\n", "x".repeat(length - 14));
    for (limit, at) in [("1M", 1 << 20), ("64K", 1 << 16), ("100", 100)] {
        let lines = [line(at), line(at + 1), line(at - 1)].concat();
        let done = feed(&[&INPUT[..], &["--max-line", limit]].concat(), lines);
        let accounting = Accounting::of(&done.report());
        assert_eq!((accounting.records, accounting.oversize), (2, 1), "{limit}");
    }
}

#[test]
fn h11_brackets_without_end_take_neither_stack_nor_memory() {
    let (_, accounting) = giant(&INPUT, |stdin| mebibytes(stdin, 64, b'['));
    assert_eq!((accounting.lines, accounting.oversize), (1, 1));
    // Within the limit they are read, and refused.
    let brackets = "[".repeat(1_000_000);
    for line in [brackets.clone(), format!("{{\"a\":{brackets}")] {
        let accounting = Accounting::of(&feed(&INPUT, line).report());
        assert_eq!((accounting.lines, accounting.malformed), (1, 1));
    }
}

/// H20: patterns take time that grows with the text and no more, on texts as long as a line.
#[test]
fn h20_a_long_text_is_matched_in_linear_time() {
    let line = format!("{{\"message\":\"{}!\"}}\n", "a".repeat(1_000_000));
    let patterns = ["(a+)+$", "(a|a)*b", "(.*)*x", "(a{1,15}){1,15}!"];
    let counts: Vec<String> =
        patterns.iter().map(|pattern| format!("count where message =~ \"{pattern}\"")).collect();
    let mut args = vec!["--format", "json", "--agg", "input"];
    args.extend(counts.iter().flat_map(|count| ["--agg", count.as_str()]));
    let report = feed(&args, line.repeat(3)).report();
    assert_eq!(Accounting::of(&report).records, 3);
    // Only the first 64 KiB are looked at: the `!` is far behind them.
    let found = |at: usize| report["sections"][&counts[at]]["records"].as_u64();
    assert_eq!((found(0), found(1), found(3)), (Some(3), Some(0), Some(0)));
    // The wording of events is matched with patterns too.
    let long = "x disconnected - code=".repeat(30_000);
    let line = format!(
        "{{\"logger\":\"UFOWebSocketHandler\",\"level\":\"WARNING\",\"message\":\"[WS] {long}\"}}\n"
    );
    assert_eq!(Accounting::of(&feed(&["--format", "json"], line.repeat(3)).report()).records, 3);
}

#[test]
fn h21_noise_is_accounted_for() {
    const BLOCKS: usize = 16;
    let mut newlines = 0;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let blocks = (0..BLOCKS).map(|_| {
        let mut block = Vec::with_capacity(1 << 20);
        while block.len() < 1 << 20 {
            // xorshift64: noise enough, and the same in every run.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            block.extend(state.to_le_bytes());
        }
        newlines += block.split(|byte| *byte == b'\n').count() as u64 - 1;
        block
    });
    let mut blocks: Vec<Vec<u8>> = blocks.collect();
    blocks.push(b"\n".to_vec());
    newlines += 1;
    let (report, accounting) =
        giant(&INPUT, |stdin| blocks.iter().try_for_each(|block| stdin.write_all(block)));
    assert_eq!((accounting.lines, accounting.records), (newlines, 0));
    assert_eq!(report["sections"]["input"]["bytes"], (BLOCKS << 20) + 1);
}

/// A million and a half bytes of records with the same few names, and sessions that end.
fn ordinary(stdin: &mut ChildStdin, times: usize) -> io::Result<()> {
    for round in 0..times {
        let mut block = String::new();
        for n in 0..3000 {
            let text = if n % 2 == 0 { "Created session" } else { "Task completed:" };
            let session = round * 3000 + n / 2;
            let tail = if n % 2 == 0 { " for task: t" } else { "" };
            let _ = writeln!(
                block,
                "{{\"timestamp\":\"2026-11-22T06:00:{:02}\",\"level\":\"INFO\",\"logger\":\"l{}\",\"message\":\"[Session] {text} s{session}{tail}\",\"client_id\":\"c{}\"}}",
                n % 60,
                n % 7,
                n % 40
            );
        }
        stdin.write_all(block.as_bytes())?;
    }
    Ok(())
}

/// The default report of a log that is eight times as long takes about as much memory, also by
/// several threads.
#[test]
fn memory_does_not_grow_with_the_length_of_the_input() {
    for threads in ["1", "2"] {
        let args = ["--format", "json", "--threads", threads];
        let peak = |times| stream(&args, |stdin| ordinary(stdin, times)).1;
        match (peak(8), peak(64)) {
            (Some(short), Some(long)) => {
                // What may grow is bounded by itself: the memory of sessions that have ended.
                assert!(long < short + (24 << 20), "{threads}: {short} bytes, then {long}");
            }
            _ => skip("this system does not tell how much memory a program takes"),
        }
    }
}

/// Every group of `by` is small, whatever it holds.
#[test]
fn h18_very_many_groups_are_small() {
    let (report, _) = giant_of(
        128 << 20,
        &["--format", "json", "--agg", "level by client", "--agg", "input"],
        |stdin| {
            for n in 0..40_000 {
                writeln!(stdin, "{{\"level\":\"INFO\",\"client_id\":\"client-{n}\"}}")?;
            }
            Ok(())
        },
    );
    assert_eq!(report["sections"]["level by client"]["groups"].as_array().unwrap().len(), 40_000);
}
